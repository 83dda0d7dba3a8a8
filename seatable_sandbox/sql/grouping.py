"""GROUP BY is strict: each column that is shown is grouped by or inside of an aggregate."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from seatable_sandbox.sql.dialect import SqlError


def check_grouping(statement: exp.Select) -> None:
    """Check the columns of a statement that groups or aggregates.

    Raises:
        SqlError: A column beside aggregates is not grouped by.
    """
    args = statement.args
    having = [args["having"].this] if args.get("having") else []
    shown = [*statement.expressions, *having]
    groups = args["group"].expressions if args.get("group") else []
    if not groups and not any(node.find(exp.AggFunc) for node in shown):
        return
    aliases = {node.alias.lower() for node in shown if isinstance(node, exp.Alias)}
    keys = {_identity(node) for node in groups}
    for node in shown:
        is_key = isinstance(node, exp.Alias) and node.alias.lower() in keys
        if not is_key and not _is_grouped(node.unalias(), keys, aliases):
            raise SqlError("a selected column must be in GROUP BY or in an aggregate function")


def _identity(node: Any) -> str:
    """What two expressions have in common that are the same; tables and case do not matter."""
    if isinstance(node, exp.Column):
        return str(node.name.lower())
    return str(node.sql(dialect="mysql").replace("`", "").lower())


def _is_grouped(node: Any, keys: set[str], aliases: set[str]) -> bool:
    """Whether all columns of an expression are grouped by, inside of aggregates, or aliases."""
    if isinstance(node, exp.AggFunc) or _identity(node) in keys:
        return True
    if isinstance(node, (exp.Column, exp.Star)):
        return isinstance(node, exp.Column) and node.name.lower() in aliases
    return all(_is_grouped(child, keys, aliases) for child in node.iter_expressions())
