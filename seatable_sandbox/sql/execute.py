"""Running SQL: SELECT, INSERT, UPDATE and DELETE as SeaTable answers them."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from seatable_sandbox.columns import type_of
from seatable_sandbox.formulas import GATEWAY_FIELDS
from seatable_sandbox.model import ApiError, ConversionError, quote
from seatable_sandbox.operations import rows
from seatable_sandbox.sql.calls import register_calls
from seatable_sandbox.sql.dialect import SqlError, parse
from seatable_sandbox.sql.expressions import Compiler, list_matches, matches
from seatable_sandbox.sql.scope import Scope
from seatable_sandbox.sql.select import Select, fill_temporary_table, temporary_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Actor, Engine
    from seatable_sandbox.model import Base, Table


def run(
    engine: Engine,
    base: Base,
    sql: str,
    actor: Actor,
    *,
    convert_keys: bool,
    parameters: Sequence[Any] = (),
    server_only: bool = False,
    writable: bool = True,
) -> dict[str, Any]:
    """Run a statement.

    Args:
        engine: The engine.
        base: The base.
        sql: The statement.
        actor: Who runs it.
        convert_keys: Whether rows have names of columns and options in place of keys and ids.
        parameters: The values for the question marks of the statement.
        server_only: Whether rows in big data storage are left out.
        writable: Whether the caller may write.

    Returns:
        The answer of SeaTable, with `metadata` and `results`.

    Raises:
        SqlError: SeaTable refuses the statement.
        ApiError: 403 if the caller may not write.
    """
    if not isinstance(parameters, (list, tuple)):
        raise SqlError("parameters invalid")
    statement = parse(sql)
    if isinstance(statement, exp.Select):
        try:
            return Select(engine, base, statement, parameters, convert_keys, server_only).run()
        except sqlite3.Error as error:
            raise SqlError(f"syntax error: {error}") from None
    if isinstance(statement, (exp.Update, exp.Delete)) and not writable:
        raise ApiError(403, {"error_message": "permission denied"})
    try:
        _write(engine, base, statement, parameters, actor)
    except sqlite3.Error as error:
        raise SqlError(f"syntax error: {error}") from None
    return {"success": True, "error_message": "", "metadata": None, "results": None}


def _write(
    engine: Engine, base: Base, statement: Any, parameters: Sequence[Any], actor: Actor
) -> None:
    if isinstance(statement, exp.Update):
        _update(engine, base, statement, parameters, actor)
    elif isinstance(statement, exp.Delete):
        _delete(engine, base, statement, parameters, actor)
    elif isinstance(statement, exp.Insert):
        if not engine.profile.insert_by_sql:
            raise SqlError(f"base {base.uuid} not found: insert on non-existent base")
        _insert(engine, base, statement, parameters, actor)
    else:
        raise SqlError("syntax error: only SELECT, INSERT, UPDATE and DELETE are supported")


def register_functions(engine: Engine) -> None:
    """Add the functions to SQLite that compiled statements call."""
    register_calls(engine)
    connection = engine.store.connection
    connection.create_function("matches", 2, matches, deterministic=True)
    connection.create_function("list_matches", 3, list_matches, deterministic=True)
    connection.create_function(
        "wall_clock",
        1,
        lambda ms: (
            None
            if ms is None
            else datetime.fromtimestamp(ms / 1000, engine.zone).replace(tzinfo=None).isoformat(" ")
        ),
        deterministic=True,
    )


# Writing -----------------------------------------------------------------------------------------


def _select_rows(
    engine: Engine, base: Base, statement: Any, parameters: Sequence[Any]
) -> tuple[Scope, list[str]]:
    """The ids of the rows of an UPDATE or DELETE: all of them without WHERE."""
    scope = Scope(engine, base, [statement.this], parameters)
    compiler = Compiler(scope)
    source = scope.sources[0]
    text = f"SELECT t0._id FROM {quote(source.table.physical)} AS t0"
    condition = ""
    if statement.args.get("where"):
        condition = " WHERE " + compiler.condition(statement.args["where"].this)
    scope.refuse_surplus()
    if source.computed:
        fill_temporary_table(engine, base, source)
        text += f" LEFT JOIN temp.{temporary_name(source)} AS ct0 ON ct0._id = t0._id"
    return scope, [row[0] for row in engine.store.execute(text + condition, scope.bound)]


def row_ids_where(engine: Engine, base: Base, table: Table, where: object) -> list[str]:
    """The ids of the rows that a condition selects; without one, of all rows.

    Raises:
        SqlError: SeaTable refuses the condition.
    """
    name = table.name.replace("`", "")
    condition = f" WHERE {where}" if where else ""
    return _select_rows(engine, base, parse(f"DELETE FROM `{name}`{condition}"), ())[1]


def _update(
    engine: Engine, base: Base, statement: Any, parameters: Sequence[Any], actor: Actor
) -> None:
    values = list(parameters)
    compiler = Compiler(Scope(engine, base, [statement.this], values))
    changes: dict[str, Any] = {}
    if not statement.expressions:
        raise SqlError("syntax error near 'SET'")
    for assignment in statement.expressions:
        if not isinstance(assignment, exp.EQ) or not isinstance(assignment.this, exp.Column):
            raise SqlError("syntax error near 'SET'")
        column = compiler.scope.column(assignment.this).column
        if (
            column is None
            or (column.key == column.name and column.key in GATEWAY_FIELDS)
            or (not type_of(column).sql_writable)
        ):
            raise SqlError(f"column {assignment.this.name} is not writable")
        value = assignment.expression
        if isinstance(value, (exp.Tuple, exp.Paren)):
            members = value.expressions if isinstance(value, exp.Tuple) else [value.this]
            changes[column.name] = [compiler.constant(member) for member in members]
        else:
            changes[column.name] = compiler.constant(value)
    remaining = compiler.scope.values
    scope, row_ids = _select_rows(engine, base, statement, remaining)
    if row_ids:
        try:
            rows.update(
                engine,
                base,
                scope.sources[0].table,
                [(row_id, changes) for row_id in row_ids],
                actor,
            )
        except ConversionError as error:
            raise SqlError(f"invalid value: {error}") from None


def _delete(
    engine: Engine, base: Base, statement: Any, parameters: Sequence[Any], actor: Actor
) -> None:
    scope, row_ids = _select_rows(engine, base, statement, parameters)
    rows.delete(engine, base, scope.sources[0].table, row_ids, actor)


def _insert(
    engine: Engine, base: Base, statement: Any, parameters: Sequence[Any], actor: Actor
) -> None:
    """Insert rows; SQL inserts into big data storage only."""
    schema = statement.this
    scope = Scope(engine, base, [schema.this], parameters)
    compiler = Compiler(scope)
    names = [identifier.name for identifier in schema.expressions]
    new_rows = [
        dict(zip(names, map(compiler.constant, values.expressions), strict=True))
        for values in statement.expression.expressions
    ]
    rows.append(engine, base, scope.sources[0].table, new_rows, actor, archived=True)
