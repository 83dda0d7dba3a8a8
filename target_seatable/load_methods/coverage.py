"""Which rows of a table a stream has brought, and how many may be removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec
from seatable_client.column_types.codec import comparable
from seatable_client.column_types.date_writers import Writing
from seatable_client.errors import ConfigError, InvalidValueError, SeaTableError
from target_seatable.keys.packed import PackedIds

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from seatable_client.metadata import Column

    Row = dict[str, Any]
    from collections.abc import Sequence

    from seatable_client.metadata import Table
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


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
            f"max_delete_fraction ({most_removed:g}) lets be removed. Nothing was removed; all "
            "that the stream brought is stored. If the source is right, raise max_delete_fraction."
        )


@dataclass
class Coverage:
    """Which rows of a table were there before a stream came, and which of them it has brought.

    It outlives a change of the stream's schema.

    Attributes:
        keep: by column, the values of rows that stay whatever the stream brings; all columns
            named have to agree.
        before: how many rows were there; None until they have been read.
        left: ids of those that the stream has not brought yet, without those that stay anyway.
        staying: ids of those that stay anyway, and that the stream has not brought yet.
        rejected: records that were set aside: their rows count as brought.
        version: the version of the stream that was activated last; None if none was.
    """

    keep: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    before: int | None = None
    left: PackedIds = field(default_factory=PackedIds)
    staying: PackedIds = field(default_factory=PackedIds)
    rejected: list[Mapping[str, Any]] = field(default_factory=list)
    version: int | None = None

    def columns(self, table: Table) -> list[Column]:
        """The columns that tell which rows stay.

        Raises:
            ConfigError: the table has no such column.
        """
        for name in self.keep:
            if name not in table.by_name:
                raise ConfigError(
                    f"protected_rows names column {name!r}, which table {table.name!r} does not "
                    f"have. It has {', '.join(map(repr, table.by_name))}."
                )
        return [table.by_name[name] for name in self.keep]

    def snapshot(self, table: Table) -> Callable[[Row], None]:
        """What is to be called with each row that is there before the first record.

        Later calls take no more stock: what is there then the stream may have brought.

        Raises:
            ConfigError: the table has no column of those that tell which rows stay, or a value
                that none of its cells can hold was given for one.
        """
        if self.before is not None:
            return _ignore
        self.before = 0
        stays = [
            (column.name, comparable(column), _kept_cells(column, self.keep[column.name], table))
            for column in self.columns(table)
        ]

        def note(row: Row) -> None:
            self.before = (self.before or 0) + 1
            stay = stays and all(compare(row.get(name)) in cells for name, compare, cells in stays)
            (self.staying if stay else self.left).add(row["_id"])

        return note

    def missing(self, table: str, most_removed: float) -> list[str]:
        """The rows that the stream, now complete, has not brought.

        Raises:
            SeaTableError: they are more than that fraction of those that were there.
        """
        missing = sorted(self.left)
        check_fraction(table, missing, range(self.before or 0), most_removed)
        return missing


def _kept_cells(column: Column, values: Sequence[Any], table: Table) -> set[Hashable]:
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


def _ignore(_row: Row) -> None:
    pass
