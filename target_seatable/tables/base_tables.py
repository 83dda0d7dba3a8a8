"""The tables of a base, and changing them so that nothing is made twice or taken for made."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.errors import (
    AmbiguousWriteError,
    ConfigError,
    NotFound,
    RequestRejected,
    SeaTableError,
)
from target_seatable.schema.new_columns import listed
from target_seatable.tables.confirm import SERVER_FAILED, TRIES, poll_until_stable
from target_seatable.tables.dry_run import dry_run_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seatable_client.api.base import Base
    from seatable_client.metadata import NewColumn, Table

MOST_TABLES = 200
"""Tables of a base at most (API reference, "Limits")."""

MOST_COLUMNS = 500
"""Columns of a table at most."""

log = logging.getLogger(__name__)


class BaseTables:
    """The base's tables as far as this run knows them.

    Args:
        base: the base.
        rehearses: whether changes are only said, and not made.

    Attributes:
        base: the base, or its rehearsal.
        rehearses: as given.
    """

    def __init__(self, base: Base, *, rehearses: bool) -> None:
        self.base = dry_run_of(base) if rehearses else base
        self.rehearses = rehearses
        self._metadata = self.base.metadata()

    def create_table(self, name: str, new: Sequence[NewColumn]) -> Table:
        """Create a table with these columns.

        Raises:
            ConfigError: the base has no room for it.
        """
        if len(self._metadata.tables) >= MOST_TABLES:
            raise ConfigError(
                f"Table {name!r} cannot be created: the base has {len(self._metadata.tables)} "
                f"tables, and SeaTable takes {MOST_TABLES}. Nothing was stored for it."
            )
        self._check_room(name, 0, new)
        self._surely(
            lambda: self.base.create_table(name, new),
            lambda: any(one.name == name for one in self._metadata.tables),
        )
        self._tell(f"create table {name!r} with the columns {listed(new)}")
        return self._checked(name, new)

    @staticmethod
    def _check_room(table: str, columns_there: int, new: Sequence[NewColumn]) -> None:
        if columns_there + len(new) > MOST_COLUMNS:
            raise ConfigError(
                f"Table {table!r} has {columns_there} columns and was to get {len(new)} more, and "
                f"SeaTable takes {MOST_COLUMNS}. Leave properties out with stream_maps."
            )

    def add_columns(self, table: Table, new: Sequence[NewColumn]) -> Table:
        """Add columns to a table.

        Raises:
            ConfigError: the table has no room for them.
        """
        self._check_room(table.name, len(table.columns), new)

        def missing() -> list[NewColumn]:
            has = self._metadata.table(table.name).by_name
            return [column for column in new if column.name not in has]

        self._surely(lambda: self.base.add_columns(table.name, missing()), lambda: not missing())
        self._tell(f"add to table {table.name!r} the columns {listed(new)}")
        return self._checked(table.name, new)

    def existing(self, table: str) -> Table:
        """A table that is there."""
        return self._metadata.table(table)

    def table_of_id(self, table_id: str) -> Table | None:
        """The base's table of that id."""
        return next((one for one in self._metadata.tables if one.id == table_id), None)

    def add_column(self, table: str, column: NewColumn) -> Table:
        """Add a column that cannot be added together with others: a link or a formula.

        Raises:
            ConfigError: the table has no room for it.
        """
        self._check_room(table, len(self._metadata.table(table).columns), [column])
        self._surely(
            lambda: self.base.add_column(table, column),
            lambda: column.name in self._metadata.table(table).by_name,
        )
        self._tell(f"add to table {table!r} the column {listed([column])}")
        return self._checked(table, [column])

    def rename_column(self, table: str, column: str, new_name: str) -> Table:
        """Give a column another name."""
        self._surely(
            lambda: self.base.rename_column(table, column, new_name),
            lambda: new_name in self._metadata.table(table).by_name,
        )
        self._metadata = self.base.metadata()
        return self._metadata.table(table)

    def add_options(self, table: str, column: str, names: Sequence[str]) -> None:
        """Add options to a select column."""

        def missing() -> list[str]:
            options = self._metadata.table(table).by_name[column].options
            known = {option.get("name") for option in options}
            return [name for name in names if name not in known]

        self._surely(lambda: self.base.add_options(table, column, missing()), lambda: not missing())
        # Or the stream's next schema would have them added again.
        self._metadata = self._metadata.with_options(table, column, missing())
        self._tell(f"add to column {column!r} of table {table!r} the options {', '.join(names)}")

    def _surely(self, change: Callable[[], object], is_made: Callable[[], bool]) -> None:
        """Change the base's structure; where the answer is lost, look whether it was changed.

        Args:
            change: makes what is missing.
            is_made: whether nothing is missing, going by the metadata.
        """

        def look() -> bool:
            self._metadata = self.base.metadata()
            return is_made()

        for _ in range(TRIES):
            try:
                change()
            except AmbiguousWriteError as unknown:  # noqa: PERF203
                lost: SeaTableError = unknown
                if poll_until_stable(look, bool):
                    return
            except RequestRejected as refusal:
                # An earlier try may have been applied after all, and so may one that failed.
                if look():
                    return
                if refusal.status < SERVER_FAILED:
                    raise
                lost = refusal
            else:
                return
        raise lost

    def _checked(self, name: str, made: Sequence[NewColumn]) -> Table:
        """The table as the base has it now; what was made must be there, or rows would lose cells.

        Raises:
            NotFound: the server said yes and did otherwise.
        """
        self._metadata = self.base.metadata()
        table = self._metadata.table(name)
        for column in made:
            if (found := table.by_name.get(column.name)) is None or found.type != column.type:
                raise NotFound(
                    f"The server was to make column {column.name!r} of type {column.type} in "
                    f"table {name!r} and did not. Rename the property with stream_maps, or choose "
                    "another type with column_types."
                )
        return table

    def _tell(self, change: str) -> None:
        """Say what was changed, or would be."""
        log.info("%s %s.", "Would" if self.rehearses else "Did", change)
