"""Results of reading and changing the rows of a base."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from seatable_client.rows.lazy import Row


@dataclass(frozen=True)
class Appended:
    """What the server says it added. Rows that hold no known column are not stored at all.

    Attributes:
        count: the number of rows stored.
        row_ids: their ids in order; None on servers that do not tell.
        first: the first of them as it is stored, by keys of columns; empty where it is not sent.
    """

    count: int
    row_ids: tuple[str, ...] | None
    first: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DeletedRow:
    """An entry of the list of deleted rows."""

    row_id: str
    table_id: str
    deleted_at: datetime


@dataclass
class TableRead:
    """Rows of a table on their way.

    Attributes:
        pages: some rows each, never none; each row once.
        horizon: once `pages` is exhausted, every change of a row in scope up to here has been
            read; None when there was none. Changes made since the read began are later.
        expected: how many rows were in scope when the read began; None where the server cannot
            tell.
        count: how many rows are in scope now that were made and last changed up to a moment; one
            call. None where the server cannot tell.
        count_again: how many rows are in scope now; one call. None where the server cannot tell.
        has_open_end: whether rows may follow the only page, which was not asked for more: see
            `ReadRequest.leaves_end_open`.
    """

    pages: Iterator[Sequence[Row]]
    horizon: datetime | None = None
    expected: int | None = None
    count: Callable[[datetime], int] | None = None
    count_again: Callable[[], int] | None = None
    has_open_end: bool = False
