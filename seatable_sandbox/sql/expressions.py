"""Compiles expressions and conditions to SQLite text by SeaTable's rules.

SeaTable's NULL semantics are two-valued: a condition on an empty cell is false, and its negation
(`!=`, NOT LIKE, NOT IN, HAS NONE OF …) is true.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import msgspec
from sqlglot import exp

from seatable_sandbox.columns import type_of
from seatable_sandbox.sql.calls import compile_call, is_function
from seatable_sandbox.sql.dialect import LIST_PREDICATES, SqlError
from seatable_sandbox.sql.scope import CompiledValue, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARISONS: dict[type[Any], str] = {
    exp.EQ: "=",
    exp.NEQ: "=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ARITHMETIC: dict[type[Any], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}
_AGGREGATES = {exp.Count: "COUNT", exp.Sum: "SUM", exp.Min: "MIN", exp.Max: "MAX", exp.Avg: "AVG"}


class Compiler:
    """Compiles the expressions of one statement."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    # Values -------------------------------------------------------------------------------------

    def value(self, node: Any) -> CompiledValue:
        """Compile a value."""
        if isinstance(node, exp.Paren):
            return self.value(node.this)
        if isinstance(node, exp.Column):
            return self.scope.column(node)
        if self.is_constant(node):
            return self._compile_constant(self.constant(node))
        if type(node) in _ARITHMETIC:
            left, right = self.operand(node.this), self.operand(node.expression)
            operator = _ARITHMETIC[type(node)]
            first = f"({left.value} * 1.0)" if operator == "/" else left.value
            text = f"({first} {operator} {right.value})"
            return CompiledValue(text, text, "number")
        if type(node) in _AGGREGATES:
            return self._compile_aggregate(node)
        if is_function(node):
            return compile_call(self, node)
        if isinstance(node, exp.Not) and isinstance(node.this, exp.Paren):
            text = self.condition(node)
            return CompiledValue(text, text, "bool")
        raise SqlError(f"syntax error near '{node.sql(dialect='mysql')}'")

    def operand(self, node: Any) -> CompiledValue:
        """Compile a value inside a larger expression; computed columns are materialized."""
        return self.scope.materialize(self.value(node))

    def _compile_constant(self, value: Any) -> CompiledValue:
        text = self.scope.bind(int(value) if isinstance(value, bool) else value)
        kind = "text" if isinstance(value, str) else "bool" if isinstance(value, bool) else "number"
        return CompiledValue(text, text, kind)

    def _compile_aggregate(self, node: Any) -> CompiledValue:
        name = _AGGREGATES[type(node)]
        argument = node.this
        if isinstance(argument, exp.Star):
            return CompiledValue("COUNT(*)", "COUNT(*)", "number")
        distinct = ""
        if isinstance(argument, exp.Distinct):
            distinct, argument = "DISTINCT ", argument.expressions[0]
        operand = self.operand(argument)
        text = f"{name}({distinct}{operand.value})"
        if operand.kind == "time" and operand.column is not None:
            unit = 1000 if self.scope.engine.profile.sql_aggregates_by_second else 1
            text = f"({text} / {unit} * {unit})"
        if name == "COUNT" and (error := self._count_error()):
            text = f"MAX({text} + {error}, 0)"
        if name not in ("MIN", "MAX"):
            return CompiledValue(text, text, "number")
        keeps_type = self.scope.engine.profile.sql_aggregates_keep_type
        column_type = operand.column.type if keeps_type and operand.column is not None else ""
        return CompiledValue(text, text, operand.kind, column_type=column_type)

    def _count_error(self) -> int:
        errors = self.scope.engine.profile.sql_count_error_of
        return errors.get(self.scope.sources[0].table.name, 0)

    # Constants ----------------------------------------------------------------------------------

    def is_constant(self, node: Any) -> bool:
        if isinstance(node, exp.Neg):
            return isinstance(node.this, exp.Literal)
        return isinstance(node, (exp.Literal, exp.Boolean, exp.Placeholder, exp.Null))

    def constant(self, node: Any) -> Any:
        if isinstance(node, exp.Placeholder):
            return self.scope.next_value()
        if isinstance(node, exp.Boolean):
            return bool(node.this)
        if isinstance(node, exp.Null):
            return None
        if isinstance(node, exp.Neg):
            value = self.constant(node.this)
            if not isinstance(value, (int, float)):
                raise SqlError("syntax error near '-': a number is expected")
            return -value
        if isinstance(node, exp.Literal):
            if node.is_string:
                return str(node.this)
            number = float(node.this)
            is_whole = math.isfinite(number) and str(node.this).isdigit()
            return int(node.this) if is_whole else number
        raise SqlError(f"syntax error near '{node.sql(dialect='mysql')}': a constant is expected")

    # Conditions ---------------------------------------------------------------------------------

    def condition(self, node: Any) -> str:
        """Compile a condition, for which NULL is false."""
        if isinstance(node, exp.Paren):
            return f"({self.condition(node.this)})"
        if isinstance(node, (exp.And, exp.Or)):
            word = "AND" if isinstance(node, exp.And) else "OR"
            return f"({self.condition(node.this)} {word} {self.condition(node.expression)})"
        if isinstance(node, exp.Not):
            return f"NOT COALESCE({self.condition(node.this)}, 0)"
        if type(node) in _COMPARISONS:
            text = self._compile_comparison(node)
            return f"NOT COALESCE({text}, 0)" if isinstance(node, exp.NEQ) else text
        if isinstance(node, exp.Between):
            item = self._compile_comparable(node.this)
            low, high = (
                self._compile_counterpart(item, node.args["low"]),
                self._compile_counterpart(item, node.args["high"]),
            )
            return f"({item.value} BETWEEN {low} AND {high})"
        if isinstance(node, exp.In):
            if not node.expressions:
                raise SqlError("syntax error: subqueries are not supported")
            item = self._compile_comparable(node.this)
            members = ", ".join(
                self._compile_counterpart(item, member) for member in node.expressions
            )
            return f"({item.value} IN ({members}))"
        if isinstance(node, (exp.Like, exp.ILike)):
            return self._compile_like(node)
        if isinstance(node, exp.Is):
            return self._compile_is(node)
        if isinstance(node, exp.Anonymous) and node.name.upper() in LIST_PREDICATES:
            return self._compile_list_predicate(node)
        return self._compile_truth(node)

    def _compile_truth(self, node: Any) -> str:
        if isinstance(node, (exp.Column, exp.Boolean)):
            return f"({self._compile_comparable(node).value})"
        if is_function(node):
            found = compile_call(self, node)
            if found.kind == "bool":
                return found.raw
        raise SqlError(f"syntax error near '{node.sql(dialect='mysql')}'")

    def _compile_comparable(self, node: Any) -> CompiledValue:
        """Compile a value of a comparison, in which a list is its first element."""
        item = self._compile_usable(node)
        if item.kind == "list":
            return CompiledValue(
                item.raw, self.first_element(item), "any", item.column, item.source
            )
        return item

    def _compile_usable(self, node: Any) -> CompiledValue:
        item = self.operand(node)
        if item.column is not None and type_of(item.column).kind == "opaque":
            raise SqlError(
                f"column {item.column.name} of type {item.column.type} cannot be used"
                " in a condition"
            )
        return item

    def first_element(self, item: CompiledValue) -> str:
        """The first element of a list, by which it is compared."""
        first = f"json_extract({item.value}, '$[0]')"
        if item.column is not None and item.column.type == "multiple-select":
            return self.scope.option_name(item.column, first)
        return first

    def _compile_counterpart(self, item: CompiledValue, node: Any) -> str:
        if self.is_constant(node):
            return self.scope.constant(self.constant(node), item)
        return self._compile_comparable(node).value

    def _compile_comparison(self, node: Any) -> str:
        operator = _COMPARISONS[type(node)]
        left, right = node.this, node.expression
        if self.is_constant(left) and not self.is_constant(right):
            left, right, operator = right, left, _MIRRORED[operator]
        item = self._compile_comparable(left)
        return f"({item.value} {operator} {self._compile_counterpart(item, right)})"

    def _compile_like(self, node: Any) -> str:
        item = self._compile_comparable(node.this)
        pattern = self.scope.bind(
            like_pattern(str(self.constant(node.expression)), isinstance(node, exp.ILike))
        )
        text = f"matches({pattern}, {item.value})"
        return f"NOT {text}" if node.args.get("negate") else text

    def _compile_is(self, node: Any) -> str:
        item = self._compile_usable(node.this)
        if isinstance(node.expression, exp.Null):
            return f"({item.value} IS NULL)"
        if isinstance(node.expression, exp.Boolean):
            return f"({item.value} IS {int(bool(node.expression.this))})"
        raise SqlError("syntax error near 'IS'")

    def _compile_list_predicate(self, node: Any) -> str:
        name = node.name.upper()
        subject, *members = node.expressions
        item = self.operand(subject)
        if item.kind != "list":
            raise SqlError(f"{name} is only supported for list columns")
        values = [self.constant(member) for member in members]
        if item.column is not None and item.column.type == "multiple-select":
            known = {str(option["name"]): option["id"] for option in item.column.options}
            values = [known.get(str(value), "\0") for value in values]
        bound = self.scope.bind(msgspec.json.encode(values).decode())
        return f"list_matches({self.scope.bind(name)}, {item.value}, {bound})"


def like_pattern(pattern: str, ignore_case: bool) -> str:
    """Convert a pattern of LIKE to a regular expression."""
    parts = [".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern]
    return ("(?is)" if ignore_case else "(?s)") + "".join(parts) + r"\Z"


def matches(pattern: str, value: Any) -> int:
    """SQLite function: whether the value matches; NULL does not."""
    return int(value is not None and re.match(pattern, str(value)) is not None)


def list_matches(name: str, stored: str | None, members: str) -> int:
    """SQLite function: a list predicate, such as HAS ANY OF, on a stored list."""
    present = set(map(str, msgspec.json.decode(stored))) if stored else set()
    required = set(map(str, msgspec.json.decode(members)))
    tests: dict[str, Callable[[], bool]] = {
        "HAS ANY OF": lambda: bool(present & required),
        "HAS ALL OF": lambda: bool(present) and required <= present,
        "HAS NONE OF": lambda: not present & required,
        "IS EXACTLY": lambda: bool(present) and present == required,
    }
    return int(tests[name]())
