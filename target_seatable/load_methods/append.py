"""Append: every record becomes a new row."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from seatable_client.api.read_request import ReadRequest
from seatable_client.errors import AmbiguousWriteError
from seatable_client.metadata import SYSTEM_COLUMNS
from seatable_client.timestamps import parse_instant
from target_seatable.errors import CannotLink, CannotRemove
from target_seatable.load_methods.base import LoadMethod
from target_seatable.load_methods.batch_writer import CLOCK_MARGIN
from target_seatable.load_methods.row_changes import Item, Removal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from target_seatable.results.stats import StreamStats
    from target_seatable.rows.columnar import Body, Cells, Refused
    from target_seatable.rows.layout import Layout

    Row = dict[str, Any]
    from collections.abc import Sequence

    from target_seatable.tables.stream_tables import StreamTables


_NO_ROW_TO_FIND = (
    "The record says that a row was deleted, and which one cannot be found: that takes a stream "
    "with key properties and load_method upsert."
)


_NO_ID_TOLD = (
    "The row is stored, but not linked: this server does not tell the ids of appended rows, so "
    "that links take a stream with key properties."
)


_NO_CTIME = "this server does not tell when rows were added"


class Append(LoadMethod):
    """Every record becomes a row of its own.

    Args:
        structure: the base.
        layout: which table, which columns.
        outcome: where to count what becomes of the records, and to put those refused.
        batch_size: rows to write in one call.
        is_new: whether the table was just made, so that its rows need not be counted.
    """

    def __init__(
        self,
        structure: StreamTables,
        layout: Layout,
        outcome: StreamStats,
        *,
        batch_size: int,
        is_new: bool,
    ) -> None:
        super().__init__(structure, layout, outcome, batch_size=batch_size)
        self._rows_before = 0 if is_new else self._base.read(ReadRequest(layout.table)).expected

    def rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> Sequence[Row | Body]:
        """The rows that are made of records, without empty cells."""
        return self.layout.bodies(values, count, refused)

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Append the rows. A record that says that a row was deleted has none to add."""
        rows = [item for item in items if item.__class__ is Item]
        if len(rows) < len(items):
            for item in items:
                if isinstance(item, Removal):
                    self.outcome.reject(item.record, CannotRemove(_NO_ROW_TO_FIND))
        stored = self._delivery.append(rows, self._arrived)
        if not self.layout.links:
            return
        for item, row_id in stored:
            if row_id is not None:
                self._note_links(item.record, row_id)
            else:
                self.outcome.reject(item.record, CannotLink(_NO_ID_TOLD))

    def _arrived(self, items: Sequence[Item], since: datetime | None) -> list[str | None]:
        """Which of these rows the table holds: all of them or none, as an append is applied.

        They are recognised by what is in them, among the rows that were added since the request by
        the server's clock and not acknowledged. The number of rows in the table has to agree: rows
        just like them may be from before.

        Raises:
            AmbiguousWriteError: what there is could be somebody else's.
        """
        if since is None or self._rows_before is None:
            raise self._cannot_tell(_NO_CTIME)
        began = since - CLOCK_MARGIN
        columns = [*self.layout.columns, *SYSTEM_COLUMNS]
        read = self._base.read(ReadRequest(self.layout.table, columns, changed_since=began))
        found = self._newcomers(read.pages, began)
        sent = [self.layout.content(item.row) for item in items]
        ids = [rows.pop() if (rows := found.get(content)) else None for content in sent]
        grown = (read.expected or 0) - self._rows_before - self._delivery.stored
        if not any(ids) or (grown == 0 and not all(ids)):
            return [None] * len(items)
        if all(ids) and grown >= len(items) and not any(found.get(content) for content in sent):
            return ids
        raise self._cannot_tell("rows just like them were added by somebody else meanwhile")

    def _newcomers(self, pages: Iterator[Sequence[Row]], began: datetime) -> dict[bytes, list[str]]:
        """Rows added since then and not acknowledged, by what is in them.

        Raises:
            AmbiguousWriteError: the server does not tell when rows were added.
        """
        is_known = self._delivery.acknowledged_since(began)
        found: defaultdict[bytes, list[str]] = defaultdict(list)
        for page in pages:
            for row in page:
                if is_known(row["_id"]):
                    continue
                if "_ctime" not in row:
                    raise self._cannot_tell(_NO_CTIME)
                if parse_instant(row["_ctime"]) >= began:
                    found[self.layout.content(row)].append(row["_id"])
        return found

    def _cannot_tell(self, why: str) -> AmbiguousWriteError:
        return AmbiguousWriteError(
            f"The answer to an append to table {self.layout.table.name!r} was lost, and whether "
            f"its rows are stored cannot be found out, because {why}. The last state is true: "
            "look at the table's newest rows before running again, or load with a key."
        )
