"""Storing the records of a stream: what every load method has in common."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from seatable_client.column_types import type_of
from seatable_client.formatting import format_count
from target_seatable.keys import candidates
from target_seatable.load_methods.batch_writer import BatchWriter
from target_seatable.load_methods.coverage import check_fraction
from target_seatable.load_methods.row_changes import Item, Removal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

    from seatable_client.metadata import Column
    from target_seatable.load_methods.coverage import Coverage
    from target_seatable.results import StreamStats
    from target_seatable.rows import Body, Cells, Layout, LinkField, Refused
    from target_seatable.tables import StreamTables

    CheckRemoval = Callable[[int], None]
    NoteLink = Callable[[LinkField, str, Any], None]
    Row = dict[str, Any]


log = logging.getLogger(__name__)


VERSION = "_sdc_table_version"
"""The column that holds the version of its stream that a row was last brought by."""


@dataclass(frozen=True)
class LoadOptions:
    """How the records of a stream are loaded.

    Attributes:
        batch_size: rows to write in one call.
        skip_unchanged: whether rows that hold the record's values already are not written.
        hard_delete: whether rows that the source has deleted are deleted, or only marked.
        on_ambiguous_key: which rows are meant where several have a key: `first`, `all`, or none,
            which is an `error`.
        max_delete_fraction: the fraction of a table that may be removed because a stream lacks it.
    """

    batch_size: int
    skip_unchanged: bool
    hard_delete: bool
    on_ambiguous_key: str
    max_delete_fraction: float


class LoadMethod(ABC):
    """Brings the rows of one stream into its table.

    Args:
        tables: the tables of the base.
        layout: which table, which columns, which key.
        stats: where to count rows and reject records.
        options: how to load.
        coverage: what the stream has brought so far.
        is_new: whether the table was just made, so that it has no rows.
        note_link: notes what a row is to be linked to; None where no link is written.
        check_removal: checks that so many rows may be removed; None where no plan says how many.
    """

    needs_key: ClassVar[bool]
    """Whether it finds rows by the key of their records."""

    looks_up: ClassVar[bool] = False
    """Whether it asks for the rows of each batch, so that large batches cost fewer calls."""

    adds_rows: ClassVar[bool] = True
    """Whether a record may become a new row."""

    removes_missing: ClassVar[bool] = False
    """Whether rows that the stream lacks are removed in the end."""

    without_removal: ClassVar[type[LoadMethod] | None] = None
    """What loads records alike and removes no missing rows; None if it removes none itself."""

    takes_nested: ClassVar[bool] = False
    """Whether arrays of objects in its records may become tables of their own."""

    relinks: ClassVar[bool] = True
    """Whether the links of records that come again are written, also of rows that exist."""

    def __init__(
        self,
        tables: StreamTables,
        layout: Layout,
        stats: StreamStats,
        options: LoadOptions,
        coverage: Coverage,
        *,
        is_new: bool,
        note_link: NoteLink | None = None,
        check_removal: CheckRemoval | None = None,
    ) -> None:
        self.layout = layout
        self.stats = stats
        self._tables = tables
        self._base = tables.base
        self._options = options
        self._coverage = coverage
        self._writer = BatchWriter(tables, layout, stats, batch_size=options.batch_size)
        self._note_link = note_link
        self._check_planned = check_removal
        self._prepare(is_new=is_new)

    def _prepare(self, *, is_new: bool) -> None:
        """Read what has to be known of the table before the first record, unless it is new."""
        del is_new  # a load method that knows nothing of the table reads nothing

    def rows(
        self, values: Mapping[str, Cells], count: int, refused: Refused
    ) -> Sequence[Row | Body]:
        """The rows that are made of records; see `Layout.rows`."""
        return self.layout.rows(values, count, refused)

    def leave_out(self, record: Mapping[str, Any]) -> None:
        """Leave a record out by the schema contract; its row counts as brought."""
        self.stats.skipped += 1
        has_version = any(field.property == VERSION for field in self.layout.fields)
        if self.removes_missing or has_version:
            self._coverage.rejected.append(record)

    @abstractmethod
    def store(self, items: Sequence[Item | Removal]) -> None:
        """Store rows, remove rows. Afterwards each is done, or its record is rejected."""

    def remove_missing(self) -> None:
        """Remove the rows that the stream, now complete, has not brought.

        The rows of rejected records stay. There are none to remove unless `removes_missing` is set:
        only then a load method notes what the table had.

        Raises:
            SeaTableError: more rows would be removed than is allowed.
        """
        keys = self.keys_of_rejected()
        if keys is None:
            return
        for key in keys:
            self._coverage.mark_seen(list(self._row_ids(key)))
        table, most = self.layout.table.name, self._options.max_delete_fraction
        missing = self._coverage.missing(table, most)
        self._check_removal(missing)
        self._writer.delete(missing)

    def _row_ids(self, key: Hashable) -> Collection[str]:
        """The ids of the rows with a key, as far as the load method knows them."""
        del key
        return ()

    def known_row(self, column: str, key: Hashable) -> str | None:
        """The only row with a key, as far as this run knows; None if it has to be looked up.

        Args:
            column: the column that the key is a cell of.
            key: the cell as it is compared.
        """
        del column, key
        return None

    def remove_older(self, version: int) -> None:
        """Remove the rows of versions before this version, or mark them as deleted.

        A row without a version was not brought by the stream, or before versions were kept: it
        stays, and so do the rows of rejected records.

        Args:
            version: the version that is active now.

        Raises:
            SeaTableError: more rows would be removed than is allowed.
        """
        layout, hard_delete = self.layout, self._options.hard_delete
        found = next((field for field in layout.fields if field.property == VERSION), None)
        if found is None or not type_of(found.column).is_number:
            self.skip_removal(f"it has no column {VERSION!r} of type number for the versions")
            return
        if found.policy != "always":  # then rows that come again keep their older version
            self.skip_removal(f"write_policy says {found.policy} for {VERSION!r}")
            return
        column = found.column
        protected = self.keys_of_rejected()
        if protected is None:
            return
        columns = [column, *(field.column for field in layout.keys)]
        mark = layout.mark.column if layout.mark else None
        older: dict[str, Hashable] = {}
        count = 0
        for page in self._base.read_all(layout.table, [*columns, *([mark] if mark else [])]):
            count += len(page)
            for row in page:
                stored = row.get(column.name)
                if stored is None or stored >= version:
                    continue
                if protected and layout.key(row) in protected:
                    continue
                if hard_delete or not layout.is_marked(row):
                    older[row["_id"]] = layout.key(row) if layout.keys else None
        if self._options.on_ambiguous_key == "first" and layout.keys:
            self._keep_brought_keys(older, column, version)
        row_ids = list(older)
        check_fraction(layout.table.name, row_ids, range(count), self._options.max_delete_fraction)
        self._check_removal(row_ids)
        self.remove_rows(row_ids, hard_delete=hard_delete)

    def _keep_brought_keys(
        self, older: dict[str, Hashable], version_column: Column, version: int
    ) -> None:
        """Take those rows out of the older ones whose key the stream has brought.

        Of several rows with a key the stream brings the first, and the others are people's: they
        stay, as with overwrite.
        """
        keys = self.layout.keys
        wanted = {key if isinstance(key, tuple) else (key,) for key in older.values()}
        columns = [field.column for field in keys]
        table = self.layout.table
        brought = {
            self.layout.key(row)
            for row in candidates(self._base, table, [version_column, *columns], columns, wanted)
            if (row.get(version_column.name) or 0) >= version
        }
        kept = [row_id for row_id, key in older.items() if key in brought]
        for row_id in kept:
            del older[row_id]
        if kept:
            log.warning(
                "Table %r: %s of older versions stay, because a row of this version has the key, "
                "and on_ambiguous_key is first. Make the key unique to have them removed.",
                table.name,
                format_count(len(kept), "row"),
            )

    def _check_removal(self, row_ids: Sequence[str]) -> None:
        """Check that these rows may be removed, besides those that were."""
        if row_ids and self._check_planned is not None:
            self._check_planned(self.stats.deleted + self.stats.marked + len(row_ids))

    def keys_of_rejected(self) -> set[Hashable] | None:
        """The keys of rejected records, whose rows stay.

        None where a key is unknown, so that nothing may be removed; this is logged.
        """
        records = self._coverage.rejected
        if self.layout.keys or not records:
            rows = [self.layout.key_row(record) for record in records]
            if not any(refusals for _, refusals in rows):
                return {self.layout.key(row) for row, _ in rows}
        self.skip_removal("a record was rejected, and its row is unknown")
        return None

    def remove_rows(self, row_ids: Sequence[str], *, hard_delete: bool) -> None:
        """Delete rows, or mark them as deleted just now."""
        if hard_delete:
            self._writer.delete(row_ids)
        elif row_ids:
            self._prepare_marks()
            now = self.layout.marked(datetime.now(timezone.utc).isoformat())
            self._writer.update({row_id: Item(now, {}) for row_id in row_ids})

    def _note_links(self, record: Mapping[str, Any], row_id: str) -> None:
        """Note what a row is to be linked to, once the rows of all tables are stored."""
        for link in self.layout.links:
            if self._note_link is not None and link.is_in(record):
                self._note_link(link, row_id, link.value(record))

    def skip_removal(self, reason: str) -> None:
        """Log that nothing is removed, and why."""
        log.warning("Nothing was removed from table %r: %s.", self.layout.table.name, reason)

    def _prepare_marks(self) -> None:
        """Make the column that tells when a row was deleted, if the table has none."""
        if self.layout.mark is None:
            self._set_layout(self._tables.with_mark(self.layout))

    def _set_layout(self, layout: Layout) -> None:
        """Go on with a layout that has one column more."""
        self.layout = self._writer.layout = layout
