"""Append: every record becomes a new row."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar

from seatable_client.api import ReadRequest
from seatable_client.errors import AmbiguousWriteError
from seatable_client.metadata import SYSTEM_COLUMNS
from seatable_client.timestamps import parse_instant
from target_seatable.errors import CannotLink, CannotRemove
from target_seatable.load_methods.base import LoadMethod
from target_seatable.load_methods.batch_writer import CLOCK_MARGIN
from target_seatable.load_methods.row_changes import Item, Removal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from target_seatable.rows import Body, Cells, Refused

    Row = dict[str, Any]

_NO_KEY = (
    "The record is a tombstone, and its row cannot be found without a key. Set key_properties for "
    "the stream, and load_method to upsert."
)

_NO_ID = (
    "The row is stored, but not linked: this server does not return the ids of appended rows. Set "
    "key_properties for the stream to have its rows linked."
)

_OTHER_COUNT = (
    "none of them was found among the newest rows, and the number of rows has changed: another "
    "program may have added or deleted rows, or the server's clocks differ"
)

_NO_CTIME = "this server does not show when rows were added"


class Append(LoadMethod):
    """Every record becomes a row of its own; see `LoadMethod` for the arguments."""

    needs_key: ClassVar[bool] = False

    def _prepare(self, *, is_new: bool) -> None:
        super()._prepare(is_new=is_new)
        self._rows_before = 0 if is_new else self._count_rows()
        self._tables.row_limit.note_rows(self._rows_before)

    def rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> Sequence[Row | Body]:
        """The rows that are made of records, without empty cells."""
        return self.layout.bodies(values, count, refused)

    def store(self, items: Sequence[Item | Removal]) -> None:
        """Append the rows. A tombstone has no row to add, and is rejected."""
        rows = [item for item in items if item.__class__ is Item]
        if len(rows) < len(items):
            for item in items:
                if isinstance(item, Removal):
                    self.stats.reject(item.record, CannotRemove(_NO_KEY))
        stored = self._writer.append(rows, self._rows_already_stored)
        if not self.layout.links:
            return
        for item, row_id in stored:
            if row_id is not None:
                self._note_links(item.record, row_id)
            else:
                self.stats.reject(item.record, CannotLink(_NO_ID))

    def _rows_already_stored(
        self, items: Sequence[Item], since: datetime | None
    ) -> list[str | None]:
        """Which of these rows the table holds: all of them or none, as an append is applied whole.

        They are recognised by their content, among the rows that were added since the request by
        the server's clock and not acknowledged. The number of rows in the table has to agree: equal
        rows may be from before. So may the rows themselves seem, where the clock of the answers
        (`Date`) is ahead of the clock of the rows (`_ctime`): none found proves nothing unless the
        table has as many rows as before the request.

        Raises:
            AmbiguousWriteError: the rows found could be those of another program, or none was
                found and the number of rows changed.
        """
        if since is None or self._rows_before is None:
            raise self._ambiguous(_NO_CTIME)
        began = since - CLOCK_MARGIN
        columns = [*self.layout.columns, *SYSTEM_COLUMNS]
        read = self._base.read(ReadRequest(self.layout.table, columns, changed_since=began))
        found = self._rows_added_since(began, read.pages)
        sent = [self.layout.content(item.row) for item in items]
        ids = [rows.pop() if (rows := found.get(content)) else None for content in sent]
        if read.expected is None:
            raise self._ambiguous(_NO_CTIME)
        known = self._rows_before + self._writer.stored
        grown = read.expected - known
        if grown == 0 and not all(ids):
            return [None] * len(items)
        if not any(ids):
            raise self._ambiguous(_OTHER_COUNT)
        if all(ids) and grown < len(items):
            # The append may have been applied after the rows were counted, before they were read.
            grown = (self._count_rows() or 0) - known
        if all(ids) and grown >= len(items) and not any(found.get(content) for content in sent):
            return ids
        raise self._ambiguous("another program added equal rows meanwhile")

    def _count_rows(self) -> int | None:
        return self._base.read(ReadRequest(self.layout.table)).expected

    def _rows_added_since(
        self, began: datetime, pages: Iterator[Sequence[Row]]
    ) -> dict[bytes, list[str]]:
        """The ids of rows added since then and not acknowledged, by the digest of their content.

        Raises:
            AmbiguousWriteError: the server does not tell when rows were added.
        """
        is_known = self._writer.known_since(began)
        found: defaultdict[bytes, list[str]] = defaultdict(list)
        for page in pages:
            for row in page:
                if is_known(row["_id"]):
                    continue
                if "_ctime" not in row:
                    raise self._ambiguous(_NO_CTIME)
                if parse_instant(row["_ctime"]) >= began:
                    found[self.layout.content(row)].append(row["_id"])
        return found

    def _ambiguous(self, reason: str) -> AmbiguousWriteError:
        return AmbiguousWriteError(
            f"The answer to an append to table {self.layout.table.name!r} was lost, and whether "
            f"its rows are stored is unknown, because {reason}. The last state is valid: look at "
            "the table's newest rows before running again, or load with a key."
        )
