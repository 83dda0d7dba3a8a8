"""SELECT, compiled by SeaTable's rules and run on SQLite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlglot import exp

from seatable_sandbox.columns import javascript_number, type_of
from seatable_sandbox.formulas import (
    GATEWAY_FIELDS,
    Computer,
    Converter,
    FormulaError,
    OutputColumn,
    computed_converter,
    computed_values,
    gateway_converter,
    raw_json,
    render_rows,
    system_converter,
)
from seatable_sandbox.model import quote
from seatable_sandbox.sql.dialect import CALL_TEXT, SqlError
from seatable_sandbox.sql.expressions import Compiler
from seatable_sandbox.sql.grouping import check_grouping
from seatable_sandbox.sql.scope import CompiledValue, Scope, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Engine
    from seatable_sandbox.model import Base, Column

_ALLOWED_CLAUSES = {
    "expressions",
    "from",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "distinct",
}


class Select:
    """One SELECT statement."""

    def __init__(
        self,
        engine: Engine,
        base: Base,
        statement: exp.Select,
        parameters: Sequence[Any],
        convert_keys: bool,
        server_only: bool,
    ) -> None:
        self.engine = engine
        self.base = base
        self.statement = statement
        for name, value in statement.args.items():
            if value and name not in _ALLOWED_CLAUSES:
                raise SqlError(f"syntax error: {name} is not supported")
        clause = statement.args.get("from_") or statement.args.get("from")
        if clause is None:
            raise SqlError("syntax error: FROM is missing")
        joins = statement.args.get("joins") or []
        for join in joins:
            if any(join.args.get(word) for word in ("on", "using", "side", "kind", "method")):
                raise SqlError("syntax error: JOIN is not supported")
        self.scope = Scope(engine, base, [clause.this, *(j.this for j in joins)], parameters)
        self.compiler = Compiler(self.scope)
        self.is_join = bool(joins)
        # The results of a join do not know convert_keys.
        self.convert_keys = convert_keys and not self.is_join
        self.server_only = server_only
        self.shown: list[OutputColumn] = []
        self.selected: list[str] = []
        self.metadata: list[dict[str, Any]] = []
        self.aliases: dict[str, CompiledValue] = {}
        self.has_deferred: bool = False
        self._elements: dict[str, str] = {}

    def run(self) -> dict[str, Any]:
        engine, store = self.engine, self.engine.store
        sql = self._compile()
        with store.lock:
            self._fill_temporary_tables()
            try:
                fetched = store.execute(sql, self.scope.bound).fetchall()
            finally:
                self._drop_temporary_tables()
            if len(fetched) * len(self.shown) > engine.profile.max_cells:
                raise SqlError("Number of cells returned exceeds the limit of 1 million")
            values = None
            if self.has_deferred and fetched:
                table = self.scope.sources[0].table
                row_ids = [row[-1] for row in fetched]
                max_links = engine.profile.sql_links_per_cell
                values = computed_values(engine, self.base, table, row_ids, max_links)
            results = render_rows(self.shown, fetched, values)
        return {
            "success": True,
            "error_message": "",
            "metadata": self.metadata,
            "results": results,
            "is_join_stmt": self.is_join,
        }

    def _compile(self) -> str:
        statement, scope = self.statement, self.scope
        grouped = (
            bool(statement.args.get("group"))
            or statement.find(exp.AggFunc) is not None
            or bool(statement.args.get("distinct"))
        )
        for node in statement.expressions:
            self._project(node, deferred=not grouped and not self.is_join)
        check_grouping(statement)
        clauses = self._clauses()
        if self.is_join and not self._is_joined():
            raise SqlError("every table of a join must be joined to another by a condition")
        scope.refuse_surplus()
        if self.has_deferred:
            self.selected.append(f"{scope.sources[0].alias}._id")
        distinct = "DISTINCT " if statement.args.get("distinct") else ""
        selected = ", ".join(self._elements.get(text, text) for text in self.selected)
        return f"SELECT {distinct}{selected} {self._from()}{clauses}"

    def _is_joined(self) -> bool:
        """Whether equality of columns connects all tables."""
        where = self.statement.args.get("where")
        joined = {self.scope.sources[0].alias}
        pairs = []
        for equality in where.find_all(exp.EQ) if where else ():
            sides = (equality.this, equality.expression)
            if all(isinstance(side, exp.Column) for side in sides):
                found = [self.scope.column(side).source for side in sides]
                pairs.append({source.alias for source in found if source is not None})
        for _ in pairs:
            for pair in pairs:
                if pair & joined:
                    joined |= pair
        return len(joined) == len(self.scope.sources)

    def _clauses(self) -> str:
        args, compiler = self.statement.args, self.compiler
        text = ""
        conditions = []
        if args.get("where"):
            conditions.append(compiler.condition(args["where"].this))
        if self.server_only:
            conditions += [f"{source.alias}._archived = 0" for source in self.scope.sources]
        if conditions:
            text += " WHERE " + " AND ".join(conditions)
        if args.get("group"):
            values = [self._resolve_alias(node) for node in args["group"].expressions]
            text += " GROUP BY " + ", ".join(map(self._element, values))
        if args.get("having"):
            text += " HAVING " + compiler.condition(self._replace_aliases(args["having"].this))
        if args.get("order"):
            text += " ORDER BY " + ", ".join(map(self._compile_order, args["order"].expressions))
        return text + self._limit()

    def _from(self) -> str:
        parts = []
        for source in self.scope.sources:
            text = f"{quote(source.table.physical)} AS {source.alias}"
            if source.computed:
                text += (
                    f" LEFT JOIN temp.{temporary_name(source)} AS c{source.alias}"
                    f" ON c{source.alias}._id = {source.alias}._id"
                )
            parts.append(text)
        lists = "".join(
            f" LEFT JOIN json_each({raw}) AS e{index}" for index, raw in enumerate(self._elements)
        )
        return "FROM " + ", ".join(parts) + lists

    def _limit(self) -> str:
        profile = self.engine.profile
        limit = self._whole_number("limit", profile.sql_default_rows)
        offset = self._whole_number("offset", 0)
        name = self.scope.sources[0].table.name
        most = profile.sql_max_rows_of.get(name, profile.sql_max_rows)
        return f" LIMIT {min(limit, most)} OFFSET {offset}"

    def _whole_number(self, clause: str, default: int) -> int:
        found = self.statement.args.get(clause)
        if found is None:
            return default
        value = self.compiler.constant(found.expression)
        if not isinstance(value, int) or value < 0:
            raise SqlError(f"syntax error near '{clause.upper()}'")
        return value

    # Projections --------------------------------------------------------------------------------

    def _project(self, node: Any, deferred: bool) -> None:
        if isinstance(node, exp.Star) or (
            isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
        ):
            qualifier = node.table.lower() if isinstance(node, exp.Column) else ""
            for source in self.scope.sources:
                if not qualifier or source.exposed == qualifier:
                    self._project_all(source, deferred)
            return
        alias = node.alias if isinstance(node, exp.Alias) else ""
        node = node.this if isinstance(node, exp.Alias) else node
        value = self.compiler.value(node)
        if alias:
            self.aliases[alias.lower()] = value
        column = value.column
        key = alias or (
            self._key(value, column)
            if column
            else _unnamed_key(node, self.scope.sources[0].table.name)
        )
        self._select(key, value, deferred)

    def _project_all(self, source: Source, deferred: bool) -> None:
        for column in source.table.columns:
            if type_of(column).kind != "absent":
                value = self.scope.stored(source, column)
                self._select(self._key(value, column), value, deferred)
        taken = {column.key for column in source.table.columns}
        for name in GATEWAY_FIELDS:
            is_shown_once = name not in ("_ctime", "_mtime") or name not in taken
            if is_shown_once or self.engine.profile.star_shows_own_times:
                value = self.scope.system(source, name)
                self._select(name, value, deferred)

    def _key(self, value: CompiledValue, column: Column) -> str:
        key = column.name if self.convert_keys else column.key
        if self.is_join and value.source is not None:
            return f"{value.source.table.name}.{key}"
        return key

    def _select(self, key: str, value: CompiledValue, deferred: bool) -> None:
        column = value.column
        if column is None:
            self.shown.append(OutputColumn(key, self._converter(value.kind)))
            self.selected.append(value.raw)
            types = {"time": "date", "any": "text", "bool": "checkbox"}
            column_type = value.column_type or types.get(value.kind, value.kind)
            self.metadata.append({"key": key, "name": key, "type": column_type, "data": None})
            return
        self.metadata.append(
            {"key": column.key, "name": column.name, "type": column.type, "data": column.data}
        )
        if type_of(column).kind != "computed":
            system = column.key == column.name and column.key in GATEWAY_FIELDS
            convert = (
                system_converter(self.engine, column.key)
                if system
                else gateway_converter(self.engine, column, self.convert_keys)
            )
            self.shown.append(OutputColumn(key, convert))
            self.selected.append(value.raw)
        elif deferred:
            # Computed for the rows of the answer only, after these are known.
            self.has_deferred = True
            self.shown.append(OutputColumn(key, computed_converter(self.engine), column))
            self.selected.append("NULL")
        else:
            stored = self.scope.materialize(value)
            self.shown.append(OutputColumn(key, self._converter(stored.kind)))
            self.selected.append(stored.raw)

    def _converter(self, kind: str) -> Converter | None:
        if kind == "time":
            return self.engine.zone_clock.time_renderer()
        if kind == "date":
            return self.engine.zone_clock.date_renderer()
        if kind == "bool":
            return lambda value: None if value is None else bool(value)
        if kind == "list":
            return raw_json
        return lambda value: javascript_number(value) if isinstance(value, float) else value

    # Names of ORDER BY, GROUP BY and HAVING -----------------------------------------------------

    def _resolve_alias(self, node: Any) -> CompiledValue:
        if isinstance(node, exp.Column) and not node.table:
            found = self.aliases.get(node.name.lower())
            if found is not None:
                return self.scope.materialize(found)
        value = self.compiler.operand(node)
        if value.column is not None and type_of(value.column).kind == "opaque":
            raise SqlError(
                f"column {value.column.name} of type {value.column.type} cannot be"
                " sorted or grouped by"
            )
        return value

    def _element(self, value: CompiledValue) -> str:
        """What is grouped by: of a list, each of its elements, in a list of one."""
        if value.kind != "list":
            return value.raw
        element = f"e{len(self._elements)}.value"
        listed = f"(CASE WHEN {element} IS NOT NULL THEN json_array({element}) END)"
        return self._elements.setdefault(value.raw, listed)

    def _compile_order(self, node: Any) -> str:
        value = self._resolve_alias(node.this)
        ordered = self._elements.get(value.raw, value.value)
        return ordered + (" DESC" if node.args.get("desc") else "")

    def _replace_aliases(self, node: Any) -> Any:
        aliased = {
            name.alias.lower(): name.this
            for name in self.statement.expressions
            if isinstance(name, exp.Alias)
        }

        def replace(item: Any) -> Any:
            if isinstance(item, exp.Column) and item.name.lower() in aliased:
                return aliased[item.name.lower()].copy()
            return item

        return node.transform(replace)

    # Computed columns in conditions -------------------------------------------------------------

    def _fill_temporary_tables(self) -> None:
        for source in self.scope.sources:
            if source.computed:
                fill_temporary_table(self.engine, self.base, source)

    def _drop_temporary_tables(self) -> None:
        for source in self.scope.sources:
            if source.computed:
                self.engine.store.execute(f"DROP TABLE IF EXISTS temp.{temporary_name(source)}")


def temporary_name(source: Source) -> str:
    return f"computed_{source.alias}"


def fill_temporary_table(engine: Engine, base: Base, source: Source) -> None:
    """Compute the columns that a condition needs, for all rows of a table."""
    store, columns = engine.store, list(source.computed.values())
    row_ids = [row[0] for row in store.execute(f"SELECT _id FROM {quote(source.table.physical)}")]
    computer = Computer(engine, base, engine.profile.sql_links_per_cell)
    convert = computed_converter(engine)
    values = [computer.values(source.table, column, row_ids) for column in columns]
    names = ", ".join(quote("k_" + column.key) for column in columns)
    store.execute(f"DROP TABLE IF EXISTS temp.{temporary_name(source)}")
    store.execute(f"CREATE TEMP TABLE {temporary_name(source)} (_id TEXT PRIMARY KEY, {names})")
    store.executemany(
        f"INSERT INTO temp.{temporary_name(source)} VALUES (?{', ?' * len(columns)})",
        [
            (row_id, *(_to_sql_value(found.get(row_id), convert) for found in values))
            for row_id in row_ids
        ],
    )


def _to_sql_value(value: Any, convert: Converter) -> Any:
    """Convert a computed value so that SQLite can compare it; errors and empty values are NULL."""
    if value is None or value in ("", []) or isinstance(value, FormulaError):
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(value, list):
        items = [
            item["display_value"] if isinstance(item, dict) and "display_value" in item else item
            for item in value
        ]
        return msgspec.json.encode(convert(items)).decode()
    return int(value) if isinstance(value, bool) else value


def _unnamed_key(node: Any, table: str) -> str:
    """The key of an unnamed expression: `SUM(price)`, `ADD(`price`, 1)` or `table.price + 1`."""
    written = node.meta.get(CALL_TEXT) if isinstance(node, exp.Anonymous) else None
    if written is not None:
        name, parenthesis, rest = written.partition("(")
        return str(name.upper() + parenthesis + rest)

    def qualify(item: Any) -> Any:
        if isinstance(item, exp.Column) and not item.table:
            return exp.column(item.name, table=table)
        return item

    if not isinstance(node, exp.AggFunc):
        node = node.transform(qualify)
    return str(node.sql(dialect="mysql").replace("`", ""))
