"""Coverage: the rows of a table that a stream has brought, and how many may be removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import Writing, codec, comparable
from seatable_client.errors import ConfigError, InvalidValueError, SeaTableError
from seatable_client.rows import row_ids_of
from target_seatable.errors import CannotLink
from target_seatable.keys import PackedIds

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

    from seatable_client.metadata import Column, Table

    Row = dict[str, Any]
    ProtectedRows = Mapping[str, Sequence[Any]]


def check_fraction(
    table: str, removed: Sequence[str], rows: Collection[object], max_fraction: float
) -> None:
    """Refuse to remove so much that it looks like a mistake.

    Raises:
        SeaTableError: more rows would be removed than `max_fraction` allows.
    """
    if len(removed) > max_fraction * len(rows):
        raise SeaTableError(
            f"Table {table!r}: the stream lacks {len(removed):,} of {len(rows):,} rows, more than "
            f"max_delete_fraction ({max_fraction:g}) allows to remove. None of them is "
            "removed, whatever else the run stores. If the source is right, raise "
            "max_delete_fraction."
        )


@dataclass
class Coverage:
    """Which rows of a table were there before a stream came, and which of them it has brought.

    It outlives a change of the stream's schema.

    Attributes:
        protected_rows: by column, the values of rows that stay whatever the stream brings; all
            columns named have to agree.
        rows_before: how many rows were there; None until they have been read.
        not_seen: ids of those that the stream has not brought yet, without protected ones.
        protected: ids of protected rows that the stream has not brought yet.
        rejected: records that were rejected: their rows count as brought.
        version: the version of the stream that was activated last; None if none was.
    """

    protected_rows: ProtectedRows = field(default_factory=dict)
    rows_before: int | None = None
    not_seen: PackedIds = field(default_factory=PackedIds)
    protected: PackedIds = field(default_factory=PackedIds)
    rejected: list[Mapping[str, Any]] = field(default_factory=list)
    version: int | None = None

    def columns(self, table: Table) -> list[Column]:
        """The columns that tell which rows are protected.

        Raises:
            ConfigError: the table has no such column.
        """
        for name in self.protected_rows:
            if name not in table.by_name:
                raise ConfigError(
                    f"protected_rows names column {name!r}, which table {table.name!r} does not "
                    f"have. It has {', '.join(map(repr, table.by_name))}."
                )
        return [table.by_name[name] for name in self.protected_rows]

    def snapshot(self, table: Table) -> Callable[[Sequence[Row]], None]:
        """The function to call with each page of rows that are there before the first record.

        Only the first snapshot counts: rows that are there later the stream may have brought.

        Raises:
            ConfigError: the table lacks a column of protected_rows, or no cell of the column can
                hold a value given for it.
        """
        if self.rows_before is not None:
            return _ignore
        self.rows_before = 0
        conditions = [
            (column.name, comparable(column), _protected_cells(column, values, table))
            for column, values in zip(
                self.columns(table), self.protected_rows.values(), strict=True
            )
        ]

        def note(page: Sequence[Row]) -> None:
            self.rows_before = (self.rows_before or 0) + len(page)
            if not conditions:
                self.not_seen.add_all(row_ids_of(page))
                return
            for row in page:
                is_protected = all(
                    compare(row.get(name)) in cells for name, compare, cells in conditions
                )
                (self.protected if is_protected else self.not_seen).add(row["_id"])

        return note

    def mark_seen(self, row_ids: Sequence[str]) -> None:
        """Note that the stream has brought these rows, or said that they were deleted."""
        self.not_seen.discard_all(row_ids)

    def missing(self, table: str, max_fraction: float) -> list[str]:
        """The rows that the stream, now complete, has not brought.

        Raises:
            SeaTableError: more rows are missing than that fraction of the rows that were there.
        """
        missing = sorted(self.not_seen)
        check_fraction(table, missing, range(self.rows_before or 0), max_fraction)
        return missing


class Coverages:
    """What each stream of a run has brought of its table.

    Args:
        protected_rows: by stream, the rows that are never removed; see `Coverage`.
        keeps_rejected: whether rows may be removed because a stream lacks them, so that rejected
            records, whose rows are to stay, have to be kept.
    """

    def __init__(
        self, protected_rows: Mapping[str, ProtectedRows], *, keeps_rejected: bool
    ) -> None:
        self._protected_rows = protected_rows
        self._keeps_rejected = keeps_rejected
        self._by_stream: dict[str, Coverage] = {}

    def __getitem__(self, stream: str) -> Coverage:
        """What a stream has brought so far."""
        if stream not in self._by_stream:
            self._by_stream[stream] = Coverage(self._protected_rows.get(stream) or {})
        return self._by_stream[stream]

    def note_rejected(self, stream: str, record: Mapping[str, Any], error: Exception) -> None:
        """Note a rejected record, whose row stays although the stream has not brought it."""
        if self._keeps_rejected and not isinstance(error, CannotLink):  # whose row is stored
            self[stream].rejected.append(record)

    def check_names(self, stream: str, table: str) -> None:
        """See that protected_rows does not name the table instead of the stream.

        Raises:
            ConfigError: protected_rows names the table.
        """
        named = self._protected_rows
        if stream != table and table in named and stream not in named:
            raise ConfigError(
                f"protected_rows names table {table!r}, but its entries are keyed by stream: the "
                f"rows of this table come from stream {stream!r}. Name that stream. Nothing was "
                "removed."
            )


def _protected_cells(column: Column, values: Sequence[Any], table: Table) -> set[Hashable]:
    """The cells that are meant, in the form for comparing; values as those of records."""
    write, compare = codec.writer(column, Writing(zone=None)), comparable(column)
    cells: set[Hashable] = set()
    for value in values:
        is_empty = value is None or value == ""
        try:
            cells.add(compare(None if is_empty else write(value) if write else value))
        except (InvalidValueError, TypeError) as error:
            raise ConfigError(
                f"protected_rows, column {column.name!r} of table {table.name!r}: no cell of type "
                f"{column.type} holds {value!r} ({error}). Nothing was removed."
            ) from None
    return cells


def _ignore(_page: Sequence[Row]) -> None:
    pass
