"""Names in a SQL statement: their tables and columns, and how SQLite has these."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from seatable_sandbox.columns import type_of
from seatable_sandbox.model import SYSTEM_COLUMNS, Base, Column, Table, quote
from seatable_sandbox.sql.dialect import SqlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Engine

SYSTEM_KINDS = {
    "_id": "text",
    "_ctime": "time",
    "_mtime": "time",
    "_creator": "text",
    "_last_modifier": "text",
    "_locked": "bool",
    "_locked_by": "text",
    "_archived": "bool",
}
"""What the system columns, which every table has, hold for SQL."""
SYSTEM_TYPES = {
    "_id": "text",
    "_ctime": "ctime",
    "_mtime": "mtime",
    "_creator": "creator",
    "_last_modifier": "last-modifier",
    "_locked": "checkbox",
    "_locked_by": "text",
    "_archived": "checkbox",
}

_TOO_LARGE = 2**63
"""SQLite takes integers below."""


@dataclass
class Source:
    """One table of the FROM clause.

    Attributes:
        table: The table.
        alias: Its name in the compiled statement.
        exposed: The name by which the statement refers to it, in lower case.
        computed: Computed columns, by key, that need values before the statement runs.
    """

    table: Table
    alias: str
    exposed: str
    computed: dict[str, Column] = field(default_factory=dict)


@dataclass
class CompiledValue:
    """A compiled expression.

    Attributes:
        raw: SQLite text of the stored value, for projections and GROUP BY.
        value: SQLite text of the value by which rows are compared and sorted.
        kind: What it holds: text, number, bool, date, time, list, opaque, any.
        column: The column, if the expression is nothing but a column.
        source: The table of that column.
        column_type: The type that `metadata` names, if not that of the column or the kind.
    """

    raw: str
    value: str
    kind: str
    column: Column | None = None
    source: Source | None = None
    column_type: str = ""


class Scope:
    """The tables of a statement and its bound values."""

    def __init__(
        self, engine: Engine, base: Base, tables: Sequence[exp.Expression], values: Sequence[Any]
    ) -> None:
        self.engine = engine
        self.base = base
        self.bound: dict[str, Any] = {}
        self.values = list(values)
        self.sources = [self._source(node, index) for index, node in enumerate(tables)]
        if len({source.table.id for source in self.sources}) < len(self.sources):
            raise SqlError("each table of a join must be another one")

    def _source(self, node: exp.Expression, index: int) -> Source:
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            raise SqlError("syntax error: subqueries are not supported")
        name = node.name
        folded = name.lower()
        for table in self.base.tables:
            if table.name.lower() == folded:
                return Source(table, f"t{index}", (node.alias or name).lower())
        raise SqlError(f"no such table: {name}")

    def bind(self, value: Any) -> str:
        name = f"p{len(self.bound)}"
        is_large = isinstance(value, int) and abs(value) >= _TOO_LARGE
        try:
            self.bound[name] = float(value) if is_large else value
        except OverflowError:
            raise SqlError("syntax error: a number is too large") from None
        return ":" + name

    def refuse_surplus(self) -> None:
        """Check that every value has had its question mark.

        Raises:
            SqlError: There are more values.
        """
        if self.values:
            raise SqlError("too many parameters")

    def next_value(self) -> Any:
        if not self.values:
            raise SqlError("not enough parameters")
        return self.values.pop(0)

    def column(self, node: exp.Column) -> CompiledValue:
        """The column of a name. Case does not matter; the first of several counts."""
        name, qualifier = node.name, node.table.lower()
        sources = [s for s in self.sources if not qualifier or s.exposed == qualifier]
        for source in sources:
            found = self._find_column(source, name)
            if found is not None:
                return found
        raise SqlError(f"no such column: {name}")

    def has_column(self, node: exp.Column) -> bool:
        """Whether a table has a column of this name."""
        return any(self._find_column(source, node.name) for source in self.sources)

    def _find_column(self, source: Source, name: str) -> CompiledValue | None:
        folded = name.lower()
        if folded in SYSTEM_COLUMNS:
            return self.system(source, folded)
        for column in source.table.columns:
            if column.name.lower() == folded:
                return self.stored(source, column)
        return None

    def system(self, source: Source, name: str) -> CompiledValue:
        """A system column of a table."""
        text = f"{source.alias}.{quote(name)}"
        column = Column(name, name, SYSTEM_TYPES[name])
        return CompiledValue(text, text, SYSTEM_KINDS[name], column, source)

    def stored(self, source: Source, column: Column) -> CompiledValue:
        """A column of a table."""
        kind = type_of(column).kind
        if kind == "absent":
            raise SqlError(f"column {column.name} of type {column.type} is not supported")
        raw = f"{source.alias}.{quote(column.physical)}"
        if kind == "computed":
            return CompiledValue(raw, raw, computed_kind(column), column, source)
        if kind == "date":
            padding = ":00" if "HH:mm" in str(column.setting("format")) else " 00:00:00"
            return CompiledValue(raw, f"({raw} || '{padding}')", kind, column, source)
        if kind == "select":
            return CompiledValue(raw, self.option_name(column, raw), "text", column, source)
        return CompiledValue(raw, raw, "list" if kind == "multi" else kind, column, source)

    def option_name(self, column: Column, raw: str) -> str:
        cases = "".join(
            f" WHEN {self.bind(option['id'])} THEN {self.bind(str(option['name']))}"
            for option in column.options
        )
        return f"(CASE {raw}{cases} END)" if cases else "NULL"

    def materialize(self, value: CompiledValue) -> CompiledValue:
        """A computed column as a column of a temporary table, for conditions and sorting."""
        column, source = value.column, value.source
        if column is None or source is None or type_of(column).kind != "computed":
            return value
        source.computed[column.key] = column
        text = f"c{source.alias}.{quote('k_' + column.key)}"
        return CompiledValue(text, text, value.kind, column, source)

    # Constants ----------------------------------------------------------------------------------

    def constant(self, value: Any, other: CompiledValue) -> str:
        """Bind a constant in the form of the value with which it is compared."""
        if other.kind == "date":
            wall = self._to_wall_clock(self._parse_time(value))
            return self.bind(wall.isoformat(" ", "seconds"))
        if other.kind == "time":
            moment = self._parse_time(value)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=self.engine.zone)
            since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
            return self.bind(since / timedelta(milliseconds=1))
        if other.kind == "bool":
            return self.bind(1 if str(value).lower() in ("1", "true") else 0)
        if other.kind == "number" and isinstance(value, str):
            try:
                return self.bind(float(value))
            except ValueError:
                return self.bind(value)
        if other.kind in ("text", "list") and not isinstance(value, str) and value is not None:
            return self.bind(str(value))
        return self.bind(int(value) if isinstance(value, bool) else value)

    def _parse_time(self, value: Any) -> datetime:
        """Parse a time: the server's wall clock, or RFC 3339 with an offset."""
        text = str(value).strip()
        try:
            return datetime.fromisoformat(normalize_time(text))
        except ValueError:
            raise SqlError(f"invalid time constant: {value}") from None

    def _to_wall_clock(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            return moment
        return moment.astimezone(self.engine.zone).replace(tzinfo=None)


def normalize_time(text: str) -> str:
    """Rewrite RFC 3339 for Python 3.10, which takes no Z, and six digits of fraction."""
    if text.endswith(("Z", "z")):
        text = text[:-1] + "+00:00"
    if "." in text:
        head, _, rest = text.partition(".")
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        text = f"{head}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}"
    return text


def computed_kind(column: Column) -> str:
    result_type = column.setting("result_type")
    if column.type == "link" or result_type == "array":
        return "list"
    return {"number": "number", "string": "text", "date": "date", "bool": "bool"}.get(
        str(result_type), "any"
    )
