"""The structure of a base: tables, columns and views, parsed once and never changed.

Shapes follow SeaTable's metadata answer (API reference, "Get Metadata"). Attributes that this
package does not use are left alone: servers of different ages add and omit many, and the first
column of a table may have hardly any.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from seatable_client.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Columns = tuple["Column", ...]


NonEmpty = Annotated[str, msgspec.Meta(min_length=1)]
Objects = list[dict[str, Any]]


class _Options(msgspec.Struct):
    options: Objects | None = None


class _Column(msgspec.Struct):
    """A column in an answer; the first one of a table may have nothing more (admin manual)."""

    key: NonEmpty
    name: str
    type: str | None = None
    data: dict[str, Any] | None = None
    width: Any = None
    frozen: Any = None

    def __post_init__(self) -> None:
        msgspec.convert(self.data or {}, _Options)

    def parse(self) -> Column:
        width = self.width if type(self.width) is int and self.width > 0 else None
        return Column(
            self.key,
            self.name,
            self.type or "",
            self.data or {},
            width=width,
            is_frozen=self.frozen is True,
        )


class _View(msgspec.Struct, rename={"view_id": "_id"}):
    view_id: str | None = None
    name: str | None = None
    filters: Objects | None = None
    hidden_columns: list[str] | None = None
    sorts: Objects | None = None
    type: str | None = None
    filter_conjunction: str | None = None
    groupbys: Objects | None = None
    private_for: str | None = None

    def parse(self) -> View:
        return View(
            id=self.view_id or "",
            name=self.name or "",
            filters=tuple(self.filters or ()),
            hidden_columns=tuple(self.hidden_columns or ()),
            sorts=tuple(self.sorts or ()),
            type=self.type or "table",
            filter_conjunction=self.filter_conjunction or "And",
            groups=tuple(self.groupbys or ()),
            is_private=bool(self.private_for),
        )


class _NewTable(msgspec.Struct, rename={"table_id": "_id"}, kw_only=True):
    """A table just created; servers leave columns out of it (API reference, "Tables")."""

    table_id: NonEmpty
    name: str
    columns: list[_Column] | None = None
    views: list[_View] | None = None

    def parse(self) -> Table:
        return Table(
            id=self.table_id,
            name=self.name,
            columns=tuple(column.parse() for column in self.columns or ()),
            views=tuple(view.parse() for view in self.views or ()),
        )


class _Table(_NewTable, rename={"table_id": "_id"}, kw_only=True):
    columns: list[_Column]


class _Structure(msgspec.Struct):
    tables: list[_Table]
    version: Any = None
    settings: Any = None


class _Answer(msgspec.Struct):
    metadata: _Structure


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        key: the rename-proof id: four characters such as `0000`, or `_ctime` and the like.
        name: what people see; unique within the table, but only up to upper and lower case in SQL.
        type: SeaTable's name of the type, e.g. `single-select`; see `column_types/registry.py`.
        data: the type's options (number format, select options, link ids, formula), perhaps empty.
        width: in pixels, as people have drawn it; None where the server does not tell.
        is_frozen: whether it stays where it is while people scroll.

    How a column looks does not make it another one.
    """

    key: str
    name: str
    type: str
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    width: int | None = field(default=None, compare=False)
    is_frozen: bool = field(default=False, compare=False)

    @classmethod
    def parse(cls, answer: Mapping[str, Any]) -> Column:
        """Build a column from its object in a server's answer.

        Raises:
            ValidationError: the object has no key or no name, or its data have an unknown form.
        """
        return msgspec.convert(answer, _Column).parse()

    @property
    def options(self) -> tuple[Mapping[str, Any], ...]:
        """The options of a select column, in their order."""
        return tuple(self.data.get("options") or ())


DEFAULT_WIDTH = 200
"""The width of a new column, in pixels."""

CREATED = Column("_ctime", "_ctime", "ctime")
"""When a row was made."""

SYSTEM_COLUMNS = (
    Column("_id", "_id", "text"),
    CREATED,
    Column("_mtime", "_mtime", "mtime"),
    Column("_creator", "_creator", "creator"),
    Column("_last_modifier", "_last_modifier", "last-modifier"),
)
"""What every row has besides its table's columns."""


@dataclass(frozen=True)
class View:
    """One view of a table."""

    id: str
    name: str
    filters: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    hidden_columns: Sequence[str] = field(default=(), hash=False)
    sorts: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    type: str = "table"
    filter_conjunction: str = "And"
    groups: Sequence[Mapping[str, Any]] = field(default=(), hash=False)
    is_private: bool = False

    @classmethod
    def parse(cls, answer: Mapping[str, Any]) -> View:
        """Build a view from its object in a server's answer.

        Raises:
            ValidationError: its filters or hidden columns have an unknown form.
        """
        return msgspec.convert(answer, _View).parse()

    @property
    def restricts(self) -> bool:
        """Whether rows or columns of the table may be missing from the view."""
        return bool(self.filters or self.hidden_columns) or self.type == "archive"


@dataclass(frozen=True)
class Table:
    """One table of a base."""

    id: str
    name: str
    columns: tuple[Column, ...]
    views: tuple[View, ...] = ()

    @classmethod
    def parse(cls, answer: Any) -> Table:
        """Build a table from the answer of the call that has created it.

        Raises:
            ValidationError: the answer holds no table.
        """
        return msgspec.convert(answer, _NewTable).parse()

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The table's columns by name."""
        return {column.name: column for column in self.columns}


@dataclass(frozen=True)
class Metadata:
    """The structure of a base at one moment.

    Attributes:
        tables: in the base's order.
        version: SeaTable's counter of the base's operations; None on servers that do not tell.
        big_data: whether the base's big data storage is switched on; None where it does not tell.
    """

    tables: tuple[Table, ...]
    version: int | None = None
    big_data: bool | None = None

    @classmethod
    def parse(cls, answer: Any) -> Metadata:
        """Build the structure from the answer of a metadata call.

        Raises:
            ValidationError: the answer holds no tables, of which every base has one, or half a one.
        """
        structure = msgspec.convert(answer, _Answer).metadata
        version, settings = structure.version, structure.settings
        big_data = settings.get("enable_archive") if isinstance(settings, dict) else None
        return cls(
            tables=tuple(table.parse() for table in structure.tables),
            version=version if isinstance(version, int) else None,
            big_data=big_data if isinstance(big_data, bool) else None,
        )

    def with_table(self, table: Table) -> Metadata:
        """This structure with a table as it is now; a new one is the last."""
        tables = {known.id: known for known in self.tables} | {table.id: table}
        return replace(self, tables=tuple(tables.values()))

    def with_columns(self, table: str, change: Callable[[Columns], Columns]) -> Metadata:
        """This structure with other columns in a table, as they are once the base has them."""
        tables = [
            replace(known, columns=change(known.columns)) if known.name == table else known
            for known in self.tables
        ]
        return replace(self, tables=tuple(tables))

    def with_options(self, table: str, column: str, names: Sequence[str]) -> Metadata:
        """This structure with further options of a select column."""
        new = [{"name": name} for name in names]

        def extend(columns: Columns) -> Columns:
            return tuple(
                replace(known, data={**known.data, "options": [*known.options, *new]})
                if known.name == column
                else known
                for known in columns
            )

        return self.with_columns(table, extend)

    def table(self, name: str) -> Table:
        """The table of that name.

        Raises:
            NotFound: the base has no table of that name.
        """
        for table in self.tables:
            if table.name == name:
                return table
        known = ", ".join(repr(table.name) for table in self.tables) or "none"
        message = f"The base has no table {name!r}; its tables are: {known}."
        raise NotFound(message)


def other_end(link: Mapping[str, Any], table_id: str) -> str | None:
    """The id of the table that a link leads to, seen from a table; its own within one table.

    Args:
        link: the `data` of the link column, which names both ends.
        table_id: of the table that it is seen from.
    """
    ends = (link.get("table_id"), link.get("other_table_id"))
    return next((end for end in ends if end != table_id), table_id)


@dataclass(frozen=True)
class NewColumn:
    """A column to create.

    Attributes:
        name: its name.
        type: SeaTable's name of its type.
        data: as the API reference's "Column data" has it for the type.
        after: the column that it stands behind; at the end if not given. Only for one that is added
            alone.
    """

    name: str
    type: str
    data: Mapping[str, Any] | None = field(default=None, hash=False)
    after: str | None = None

    def as_request(self) -> dict[str, Any]:
        """The form in which servers take it."""
        request: dict[str, Any] = {"column_name": self.name, "column_type": self.type}
        if self.data:
            request["column_data"] = dict(self.data)
        if self.after:
            request["anchor_column"] = self.after
        return request


def parse_columns(answers: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """The columns that a server tells of after a change; those that it tells half of are left out.

    Old servers tell of none.
    """
    columns = []
    for answer in answers:
        with contextlib.suppress(msgspec.ValidationError):
            columns.append(Column.parse(answer))
    return tuple(columns)


def new_options(names: Iterable[str]) -> list[dict[str, str]]:
    """Options of a select column, as servers take them."""
    return [
        {
            "name": name,
            "color": OPTION_COLORS[index % len(OPTION_COLORS)],
            "textColor": "#202428",
        }
        for index, name in enumerate(names)
    ]


OPTION_COLORS = ("#FFFCB5", "#FFEAB6", "#FFD9C8", "#FFDDE5", "#FFD4FF", "#DAD7FF", "#DDFFE6")
"""Colours of SeaTable's own palette on which dark text can be read."""
