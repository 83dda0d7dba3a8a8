"""What a stream reads of its table, and what it makes its memory of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatable_client.api.read_request import ReadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from seatable_client.api.base import Base
    from seatable_client.metadata import Column, Table
    from seatable_client.rows.results import TableRead
    from tap_seatable.catalog.row_filter import RowFilter
    from tap_seatable.records.encoder import Page, Row


@dataclass(frozen=True)
class Scope:
    """What is read of a table, and how.

    Attributes:
        base, table: what to read.
        columns: the columns wanted; `_ctime`, which tells new rows from known ones, among them.
        shape: makes rows records.
        start: only rows changed since then count.
        bounds: which rows of the table count.
        lookback: how far before the last horizon changed rows are asked for.
        page_size: rows to ask for at a time.
    """

    base: Base
    table: Table
    columns: tuple[Column, ...]
    shape: Callable[[Sequence[Row]], Page]
    start: datetime | None
    bounds: RowFilter
    lookback: timedelta
    page_size: int

    def read(self, *, since: datetime | None = None, after: str = "") -> TableRead:
        """Read the table, or what changed in it since then, or what follows a row."""
        return self.base.read(
            ReadRequest(
                self.table,
                self.columns,
                start=self.start,
                where=self.bounds.where,
                view=self.bounds.view,
                changed_since=since,
                after=after,
                page_size=self.page_size,
            )
        )
