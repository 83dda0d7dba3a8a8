"""What a stream reads of its table, and what it makes its memory of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tap_seatable.state.row_sketches import capacity_for, room_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from seatable_client.api.base import Base, TableRead
    from seatable_client.metadata import Column, Table
    from tap_seatable.catalog.row_filter import Bounds
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
    bounds: Bounds
    lookback: timedelta
    page_size: int

    def read(self, *, since: datetime | None = None, after: str = "") -> TableRead:
        """Read the table, or what changed in it since then, or what follows a row."""
        return self.base.read(
            self.table,
            self.columns,
            scope=self.start,
            where=self.bounds.where,
            view=self.bounds.view,
            since=since,
            after=after,
            page_size=self.page_size,
        )


@dataclass(frozen=True)
class Remembering:
    """What a new memory is made of, besides what the read finds.

    Attributes:
        base: id of the base.
        table: id of the table, or of the table and the view.
        version: the base's operation counter when the run began.
        fingerprint: of what decides how records look.
        columns: what `restructured.remembered` says of the stream's.
        now: the server's clock when the run began.
        tables: how many tables share the state.
        sketch_capacity: the setting.
        last_version: of the stream, in the last run; 0 where that is not known.
    """

    base: str
    table: str
    version: int | None
    fingerprint: str
    columns: Mapping[str, str]
    now: datetime
    tables: int
    sketch_capacity: int
    last_version: int

    @cached_property
    def columns_kept(self) -> Mapping[str, str] | None:
        """The columns, if the state has room for them."""
        fit = len(json.dumps(self.columns)) <= room_beside(self.tables)
        return self.columns if fit else None

    def capacity(self, rows: int | None) -> int:
        """For the sketches of a table of so many rows, if that is known."""
        beside = len(json.dumps(self.columns_kept))
        return capacity_for(rows, self.tables, self.sketch_capacity, beside)
