"""Storing the records of a stream: what every load method has in common, and append-only."""

from __future__ import annotations

import contextlib
import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MissingKeyPropertiesError

from seatable_client.column_types.codec import SYSTEM_COLUMNS
from seatable_client.column_types.date_readers import parse_instant
from seatable_client.errors import OutcomeUnknown, SeaTableError, ValueRefused
from target_seatable.load_methods.batch_writer import CLOCK_MARGIN, Delivery, Item, Removal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence

    from target_seatable.results.stats import Outcome
    from target_seatable.rows.columnar import Body, Cells, Refused
    from target_seatable.rows.layout import Layout, LinkField
    from target_seatable.tables.stream_tables import Structure

    NoteLink = Callable[[LinkField, str, Any], None]
    Row = dict[str, Any]


log = logging.getLogger(__name__)

_NO_ROW_TO_FIND = (
    "The record says that a row was deleted, and which one cannot be found: that takes a stream "
    "with key properties and load_method upsert."
)


VERSION = "_sdc_table_version"
"""The column that holds the version of its stream that a row was last brought by."""


def check_fraction(
    table: str, removed: Sequence[str], rows: Collection[object], most_removed: float
) -> None:
    """Refuse to remove so much that it looks like a mistake.

    Raises:
        SeaTableError: it does.
    """
    if len(removed) > most_removed * len(rows):
        raise SeaTableError(
            f"Table {table!r}: the stream lacks {len(removed):,} of {len(rows):,} rows, more than "
            f"max_removed_fraction ({most_removed:g}) lets be removed. Nothing was removed; all "
            "that the stream brought is stored. If the source is right, raise max_removed_fraction."
        )


_NO_ID_TOLD = (
    "The row is stored, but not linked: this server does not tell the ids of appended rows, so "
    "that links take a stream with key properties."
)


_NO_CTIME = "this server does not tell when rows were added"


class CannotLink(SeaTableError):
    """A row whose id is not known, so that it cannot be linked."""


class CannotRemove(SeaTableError):
    """A record that says that a row was deleted, in a stream that only appends."""


class Load(ABC):
    """Brings the rows of one stream into its table.

    Args:
        structure: the base.
        layout: which table, which columns.
        outcome: where to count what becomes of the records, and to put those refused.
        batch_size: rows to write in one call.
    """

    def __init__(
        self, structure: Structure, layout: Layout, outcome: Outcome, *, batch_size: int
    ) -> None:
        self.layout = layout
        self.outcome = outcome
        self._structure = structure
        self._base = structure.base
        self._delivery = Delivery(structure, layout, outcome, batch_size=batch_size)
        self.note_link: NoteLink | None = None

    def rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> Sequence[Row | Body]:
        """The rows that are made of records; see `Layout.rows`."""
        return self.layout.rows(values, count, refused)

    @abstractmethod
    def store(self, items: Sequence[Item | Removal]) -> None:
        """Store rows, remove rows. Each is done afterwards, or its record is set aside."""

    def remove_missing(self, most_removed: float) -> None:
        """Remove the rows that the stream, now complete, has not brought, if that is the method.

        Args:
            most_removed: the fraction of the table that may be removed.

        Raises:
            SeaTableError: they are more than that.
        """
        del most_removed  # these load methods leave what they are not told of

    def remove_older(
        self,
        version: int,
        rejected: Sequence[Mapping[str, Any]],
        most_removed: float,
        *,
        hard_delete: bool,
    ) -> None:
        """Remove the rows of versions before this one, or mark them as deleted.

        A row without a version was brought by nobody, or before versions were kept: it stays.

        Args:
            version: the version that is active now.
            rejected: records of it that were set aside: their rows stay.
            most_removed: the fraction of the table that may be removed.
            hard_delete: whether rows are deleted, or only marked.

        Raises:
            SeaTableError: they are more than may be removed.
        """
        layout = self.layout
        column = next((one.column for one in layout.fields if one.property == VERSION), None)
        if column is None or column.type != "number":
            self.refrain(f"it has no column {VERSION!r} of type number to tell versions by")
            return
        staying = self.keys_of_rejected(rejected)
        if staying is None:
            return
        columns = [column, *(one.column for one in layout.keys)]
        mark = layout.mark.column if layout.mark else None
        older, count = [], 0
        for page in self._base.read(layout.table, [*columns, *([mark] if mark else [])]).pages:
            count += len(page)
            for row in page:
                stored = row.get(column.name)
                if stored is None or stored >= version or (staying and layout.key(row) in staying):
                    continue
                if hard_delete or not layout.is_marked(row):
                    older.append(row["_id"])
        check_fraction(layout.table.name, older, range(count), most_removed)
        self.remove_rows(older, hard_delete=hard_delete)

    def keys_of_rejected(self, records: Sequence[Mapping[str, Any]]) -> set[Hashable] | None:
        """The keys of records that were set aside, whose rows stay.

        None where one cannot be told, so that nothing may be removed; this is said then.
        """
        with contextlib.suppress(MissingKeyPropertiesError, ValueRefused):
            if self.layout.keys or not records:
                return {self.layout.key(self.layout.key_row(record)) for record in records}
        self.refrain("a record was rejected, and which row it meant cannot be told")
        return None

    def remove_rows(self, row_ids: Sequence[str], *, hard_delete: bool) -> None:
        """Delete rows, or mark them as deleted just now."""
        if hard_delete:
            self._delivery.delete(row_ids)
        elif row_ids:
            self._prepare_marks()
            now = self.layout.marked(datetime.now(timezone.utc).isoformat())
            self._delivery.update({row_id: Item(now, {}) for row_id in row_ids})

    def _note_links(self, record: Mapping[str, Any], row_id: str) -> None:
        """Note what a row is to be linked to, once the rows of all tables are stored."""
        for link in self.layout.links:
            if self.note_link is not None and link.property in record:
                self.note_link(link, row_id, link.value(record))

    def refrain(self, why: str) -> None:
        """Say that nothing is removed, and why."""
        log.warning("Nothing was removed from table %r: %s.", self.layout.table.name, why)

    def _prepare_marks(self) -> None:
        """See to it that the table has a column that tells when a row was deleted."""
        if self.layout.mark is None:
            self._take(self._structure.with_mark(self.layout))

    def _take(self, layout: Layout) -> None:
        """Go on with a layout that knows one column more."""
        self.layout = self._delivery.layout = layout


class AppendOnly(Load):
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
        structure: Structure,
        layout: Layout,
        outcome: Outcome,
        *,
        batch_size: int,
        is_new: bool,
    ) -> None:
        super().__init__(structure, layout, outcome, batch_size=batch_size)
        self._rows_before = 0 if is_new else self._base.read(layout.table, ()).expected

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
            OutcomeUnknown: what there is could be somebody else's.
        """
        if since is None or self._rows_before is None:
            raise self._cannot_tell(_NO_CTIME)
        began = since - CLOCK_MARGIN
        columns = [*self.layout.columns, *SYSTEM_COLUMNS]
        read = self._base.read(self.layout.table, columns, since=began)
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
            OutcomeUnknown: the server does not tell when rows were added.
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

    def _cannot_tell(self, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"The answer to an append to table {self.layout.table.name!r} was lost, and whether "
            f"its rows are stored cannot be found out, because {why}. The last state is true: "
            "look at the table's newest rows before running again, or load with a key."
        )
