"""The tables of a base, and changes to them, each confirmed, none made twice."""

from __future__ import annotations

import functools
import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from seatable_client.column_types import type_of
from seatable_client.errors import (
    AmbiguousWriteError,
    ConfigError,
    NotFound,
    RequestRejected,
    SeaTableError,
)
from target_seatable.schema import format_columns
from target_seatable.tables.confirm import (
    MAX_WRITE_ATTEMPTS,
    is_server_failure,
    poll_until_stable,
)
from target_seatable.tables.dry_run import DryRunBase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatable_client.api import Base
    from seatable_client.metadata import Column, Metadata, NewColumn, Table

Given = ParamSpec("Given")
Result = TypeVar("Result")

MAX_TABLES = 200
"""Tables of a base at most (API reference, "Limits")."""

MAX_COLUMNS = 500
"""Columns of a table at most."""

log = logging.getLogger(__name__)


def _one_at_a_time(
    change: Callable[Concatenate[BaseTables, Given], Result],
) -> Callable[Concatenate[BaseTables, Given], Result]:
    """Let one thread after the other change the structure, of which each notes what it has done."""

    @functools.wraps(change)
    def change_alone(self: BaseTables, /, *args: Given.args, **options: Given.kwargs) -> Result:
        with self.lock:
            return change(self, *args, **options)

    return change_alone


class BaseTables:
    """The tables of a base as far as this run knows them. Safe under threads.

    Args:
        base: the base.
        dry_run: whether changes are only logged, and not made.

    Attributes:
        base: the base; in a dry run, one that makes no change.
        dry_base: the same in a dry run; None in other runs.
        metadata: the tables as they are now; replaced, never changed.
        lock: held while the structure is changed.
    """

    def __init__(self, base: Base, *, dry_run: bool) -> None:
        self.dry_base = DryRunBase(base) if dry_run else None
        self.base: Base = self.dry_base or base
        self.lock = threading.RLock()
        self.metadata: Metadata = self.base.metadata()

    def create_table(self, name: str, new: Sequence[NewColumn]) -> Table:
        """Create a table with these columns. Threads may create several at once.

        Raises:
            ConfigError: the base has no room for it.
        """
        if len(self.metadata.tables) >= MAX_TABLES:
            raise ConfigError(
                f"Table {name!r} cannot be created: the base has {len(self.metadata.tables)} "
                f"tables, and SeaTable takes {MAX_TABLES}. Nothing was stored for it."
            )
        self._check_room(name, 0, new)
        made = self._change(
            lambda: self.base.create_table(name, new),
            lambda: any(table.name == name for table in self.metadata.tables),
        )
        self._log(f"create table {name!r} with the columns {format_columns(new)}")
        return self._check_made(name, new, made)

    @staticmethod
    def _check_room(table: str, columns_before: int, new: Sequence[NewColumn]) -> None:
        if columns_before + len(new) > MAX_COLUMNS:
            raise ConfigError(
                f"Table {table!r} has {columns_before} columns and would get {len(new)} more, and "
                f"SeaTable takes {MAX_COLUMNS}. Remove properties with stream_maps."
            )

    @_one_at_a_time
    def add_columns(self, table: Table, new: Sequence[NewColumn]) -> Table:
        """Add columns to a table.

        Raises:
            ConfigError: the table has no room for them.
        """
        self._check_room(table.name, len(table.columns), new)

        def missing() -> list[NewColumn]:
            has = self.metadata.table(table.name).by_name
            return [column for column in new if column.name not in has]

        made = self._change(
            lambda: self._with_columns(table.name, self.base.add_columns(table.name, missing())),
            lambda: not missing(),
        )
        self._log(f"add to table {table.name!r} the columns {format_columns(new)}")
        return self._check_made(table.name, new, made)

    def table(self, name: str) -> Table:
        """The table of that name, which has to exist."""
        return self.metadata.table(name)

    def table_by_id(self, table_id: str) -> Table | None:
        """The table of that id; None if the base does not show it."""
        return next((table for table in self.metadata.tables if table.id == table_id), None)

    @_one_at_a_time
    def add_column(self, table: str, column: NewColumn) -> Table:
        """Add a column that cannot be added together with others: a link or a formula.

        The server adds the other end of a link to its table, which is not known before `refreshed`.

        Raises:
            ConfigError: the table has no room for it.
        """
        self._check_room(table, len(self.metadata.table(table).columns), [column])
        made = self._change(
            lambda: self._with_columns(table, self.base.add_column(table, column), column.after),
            lambda: column.name in self.metadata.table(table).by_name,
        )
        self._log(f"add to table {table!r} the column {format_columns([column])}")
        return self._check_made(table, [column], made)

    @_one_at_a_time
    def rename_column(self, table: str, column: str, new_name: str) -> Table:
        """Give a column another name."""

        def rename() -> Table | None:
            answer = self.base.rename_column(table, column, new_name)
            return self._with_renamed(table, column, answer)

        made = self._change(rename, lambda: new_name in self.metadata.table(table).by_name)
        if made is None or new_name not in made.by_name:
            return self.refreshed().table(table)
        self.metadata = self.metadata.with_table(made)
        return made

    def _with_columns(self, name: str, added: Sequence[Column], after: str | None = None) -> Table:
        """A table with the columns that the server tells of."""
        table = self.metadata.table(name)
        columns = list(table.columns)
        names = [column.name for column in columns]
        place = names.index(after) + 1 if after in names else len(columns)
        columns[place:place] = added
        return replace(table, columns=tuple(columns))

    def _with_renamed(self, name: str, column: str, answered: Sequence[Column]) -> Table | None:
        """A table with a column as the server tells of it; None where it tells of another."""
        table = self.metadata.table(name)
        renamed = {new.key: new for new in answered}
        if table.by_name[column].key not in renamed:
            return None
        columns = (renamed.get(known.key, known) for known in table.columns)
        return replace(table, columns=tuple(columns))

    @_one_at_a_time
    def refreshed(self) -> Metadata:
        """The tables as the base has them at this moment. One call."""
        self.metadata = self.base.metadata()
        return self.metadata

    @_one_at_a_time
    def delete_table(self, name: str) -> None:
        """Delete a table with all its rows."""
        self._change(
            lambda: self.base.delete_table(name),
            lambda: all(table.name != name for table in self.metadata.tables),
        )
        self.refreshed()
        self._log(f"delete table {name!r}, which was empty")

    @_one_at_a_time
    def add_options(self, table: str, column: str, names: Sequence[str]) -> None:
        """Add options to a select column."""

        def missing() -> list[str]:
            options = self.metadata.table(table).by_name[column].options
            known = {option.get("name") for option in options}
            return [name for name in names if name not in known]

        self._change(lambda: self.base.add_options(table, column, missing()), lambda: not missing())
        # Or the stream's next schema would have them added again.
        self.metadata = self.metadata.with_options(table, column, missing())
        self._log(f"add to column {column!r} of table {table!r} the options {', '.join(names)}")

    def _change(self, change: Callable[[], Result], is_made: Callable[[], bool]) -> Result | None:
        """Change the structure of the base; where the answer is lost, read it back.

        Args:
            change: makes what is missing.
            is_made: whether nothing is missing, going by the metadata.

        Returns:
            What `change` returned; None where its answer was lost.
        """

        def look() -> bool:
            with self.lock:
                self.refreshed()
                return is_made()

        for _ in range(MAX_WRITE_ATTEMPTS):
            try:
                return change()
            except AmbiguousWriteError as unknown:  # noqa: PERF203
                lost: SeaTableError = unknown
                if poll_until_stable(look, bool):
                    return None
            except RequestRejected as refusal:
                # An earlier attempt may have been applied after all, and so may a failed one.
                if look():
                    return None
                if not is_server_failure(refusal):
                    raise
                lost = refusal
        raise lost

    def _check_made(self, name: str, new: Sequence[NewColumn], answered: Table | None) -> Table:
        """The table as the base has it now, with all columns made, or rows would lose cells.

        The answer of the call that has made them shows it. Where it was lost, or shows less, the
        metadata are read.

        Args:
            name: of the table.
            new: the columns.
            answered: the table by the server's answer.

        Raises:
            NotFound: the server answered with success and did not make them.
        """
        if answered is not None and answered.name == name and _shows(answered, new):
            with self.lock:
                self.metadata = self.metadata.with_table(answered)
            return answered
        table = self.refreshed().table(name)
        for column in new:
            if (found := table.by_name.get(column.name)) is None or found.type != column.type:
                raise NotFound(
                    f"The server did not make column {column.name!r} of type {column.type} in "
                    f"table {name!r}. Rename the property with stream_maps, or choose "
                    "another type with column_types."
                )
        return table

    def _log(self, change: str) -> None:
        """Log what was changed, or would be.

        Args:
            change: begins with a regular verb, such as `add`.
        """
        verb, rest = change.split(" ", 1)
        made = f"{verb.removesuffix('e')}ed".capitalize()
        log.info("%s %s.", f"Would {verb}" if self.dry_base else made, rest)


def _shows(table: Table, new: Sequence[NewColumn]) -> bool:
    """Whether an answer shows columns with all that is needed of them: servers leave things out."""
    if not all(column.key and column.name and column.type for column in table.columns):
        return False
    return all(
        (made := table.by_name.get(column.name)) is not None
        and made.type == column.type
        and _has_data(made, column.data or {})
        for column in new
    )


def _has_data(made: Column, wanted: Mapping[str, Any]) -> bool:
    """Whether a column shows its data: its options, the ends of a link, or what it was given."""
    if type_of(made).is_link:
        return all(made.data.get(name) for name in ("link_id", "table_id", "other_table_id"))
    known = {option.get("name") for option in made.options}
    if not known.issuperset(option["name"] for option in wanted.get("options") or ()):
        return False
    return bool(made.data) or not wanted
