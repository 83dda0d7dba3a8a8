"""Storing the records of a stream: what every load method has in common, and append-only."""

from __future__ import annotations

import contextlib
import logging
from abc import ABC, abstractmethod
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MissingKeyPropertiesError

from seatable_client.api.read_request import ReadRequest
from seatable_client.errors import InvalidValueError
from target_seatable.load_methods.batch_writer import BatchWriter
from target_seatable.load_methods.coverage import check_fraction
from target_seatable.load_methods.row_changes import Item, Removal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from target_seatable.results.stats import StreamStats
    from target_seatable.rows.columnar import Body, Cells, Refused
    from target_seatable.rows.fields import LinkField
    from target_seatable.rows.layout import Layout
    from target_seatable.tables.stream_tables import StreamTables

    NoteLink = Callable[[LinkField, str, Any], None]
    Row = dict[str, Any]


log = logging.getLogger(__name__)


VERSION = "_sdc_table_version"
"""The column that holds the version of its stream that a row was last brought by."""


class LoadMethod(ABC):
    """Brings the rows of one stream into its table.

    Args:
        structure: the base.
        layout: which table, which columns.
        outcome: where to count what becomes of the records, and to put those refused.
        batch_size: rows to write in one call.
    """

    def __init__(
        self, structure: StreamTables, layout: Layout, outcome: StreamStats, *, batch_size: int
    ) -> None:
        self.layout = layout
        self.outcome = outcome
        self._structure = structure
        self._base = structure.base
        self._delivery = BatchWriter(structure, layout, outcome, batch_size=batch_size)
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
            self.skip_removal(f"it has no column {VERSION!r} of type number to tell versions by")
            return
        staying = self.keys_of_rejected(rejected)
        if staying is None:
            return
        columns = [column, *(one.column for one in layout.keys)]
        mark = layout.mark.column if layout.mark else None
        older, count = [], 0
        request = ReadRequest(layout.table, [*columns, *([mark] if mark else [])])
        for page in self._base.read(request).pages:
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
        with contextlib.suppress(MissingKeyPropertiesError, InvalidValueError):
            if self.layout.keys or not records:
                return {self.layout.key(self.layout.key_row(record)) for record in records}
        self.skip_removal("a record was rejected, and which row it meant cannot be told")
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

    def skip_removal(self, why: str) -> None:
        """Say that nothing is removed, and why."""
        log.warning("Nothing was removed from table %r: %s.", self.layout.table.name, why)

    def _prepare_marks(self) -> None:
        """See to it that the table has a column that tells when a row was deleted."""
        if self.layout.mark is None:
            self._take(self._structure.with_mark(self.layout))

    def _take(self, layout: Layout) -> None:
        """Go on with a layout that knows one column more."""
        self.layout = self._delivery.layout = layout
