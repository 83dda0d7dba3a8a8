"""Calls of functions in SQL: checked and compiled to one SQLite function, which this file adds."""

from __future__ import annotations

import math
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Protocol

from sqlglot import exp

from seatable_sandbox.columns import parse_stored_date, type_of
from seatable_sandbox.sql.date_functions import DATE_FUNCTIONS
from seatable_sandbox.sql.dialect import LIST_PREDICATES, SqlError
from seatable_sandbox.sql.functions import FUNCTIONS, is_true, to_number, to_text
from seatable_sandbox.sql.scope import CompiledValue, normalize_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_sandbox.engine import Engine
    from seatable_sandbox.sql.functions import Function
    from seatable_sandbox.sql.scope import Scope

_ALL: dict[str, Function] = {**FUNCTIONS, **DATE_FUNCTIONS}
FUNCTION_NAMES = frozenset(_ALL)
"""The names of the functions, in lower case, without `now` and `today`."""
_CONSTANTS = {"e": math.e, "pi": math.pi}
_LARGEST_INTEGER = 2**53
CONDITIONS = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Between,
    exp.In,
    exp.Like,
    exp.ILike,
    exp.Is,
)
"""Expressions that are true or false, which functions take as arguments."""


class Compiler(Protocol):
    """What compiles the arguments of a call."""

    scope: Scope

    def operand(self, node: Any) -> CompiledValue:
        """Compile a value."""

    def condition(self, node: Any) -> str:
        """Compile a condition."""

    def first_element(self, item: CompiledValue) -> str:
        """The first element of a list."""


def is_function(node: Any) -> bool:
    """Whether a node is a call of a function, and no list predicate."""
    return isinstance(node, exp.Anonymous) and node.name.upper() not in LIST_PREDICATES


def compile_call(compiler: Compiler, node: Any) -> CompiledValue:
    """Compile the call of a function.

    Raises:
        SqlError: SeaTable's SQL has no such function, or the arguments do not fit it.
    """
    name = node.name.lower()
    if name in ("now", "today") and not node.expressions:
        return _current_time(compiler, name)
    function = _ALL.get(name)
    if function is None:
        raise SqlError(f"no such function: {node.name}")
    kinds = [function.kind(index) for index in range(len(node.expressions))]
    is_odd_pair = name == "ifs" and len(kinds) % 2
    if len(kinds) < function.required or None in kinds or is_odd_pair:
        raise SqlError(f"wrong number of arguments for function {node.name}")
    if name == "switch" and len(kinds) > function.required and len(kinds) % 2 == 0:
        kinds[-1] = "branch"  # the default
    arguments = [
        _argument(compiler, argument, str(kind))
        for argument, kind in zip(node.expressions, kinds, strict=True)
    ]
    text = ", ".join([compiler.scope.bind(name), *(item.value for item in arguments)])
    branches = {item.kind for item, kind in zip(arguments, kinds, strict=True) if kind == "branch"}
    result = function.result
    if result == "branch":
        result = branches.pop() if len(branches) == 1 else "any"
    raw = f"call_function({text})"
    return CompiledValue(raw, f"nullif({raw}, '')", result)


def _current_time(compiler: Compiler, name: str) -> CompiledValue:
    engine = compiler.scope.engine
    if name == "now":
        text = compiler.scope.bind(engine.clock.milliseconds())
        return CompiledValue(text, text, "time")
    day = engine.zone_clock.today(engine.clock.milliseconds())
    text = compiler.scope.bind(f"{day.isoformat()} 00:00:00")
    return CompiledValue(text, text, "date")


def _argument(compiler: Compiler, node: Any, kind: str) -> CompiledValue:
    if kind == "comparison" and not isinstance(node, (exp.Boolean, exp.Null)):
        text = compiler.condition(node)
        return CompiledValue(text, text, "bool")
    if isinstance(node, CONDITIONS):
        text = f"COALESCE({compiler.condition(node)}, 0)"
        return CompiledValue(text, text, "bool")
    item = _constant(compiler, node) or compiler.operand(node)
    text = item.value
    if kind == "list" and not (item.kind in ("list", "any") or _is_opaque(item)):
        raise SqlError("countItems is only supported for list columns")
    if _is_opaque(item) and kind not in ("list", "place", "any"):
        raise SqlError("a column of this type cannot be an argument of the function")
    if item.kind in ("date", "time"):
        if item.column is None and kind in ("text", "number"):
            raise SqlError("a date cannot be an argument of a function of texts or numbers")
        if item.kind == "time":
            return CompiledValue(f"wall_clock({text})", f"wall_clock({text})", "date", item.column)
    elif item.kind == "bool" and kind == "text":
        text = f"(CASE WHEN {text} THEN 'true' ELSE 'false' END)"
    elif item.kind == "list" and kind not in ("list", "any"):
        text = compiler.first_element(item)
    return CompiledValue(text, text, item.kind, item.column)


def _is_opaque(item: CompiledValue) -> bool:
    return item.column is not None and type_of(item.column).kind == "opaque"


def _constant(compiler: Compiler, node: Any) -> CompiledValue | None:
    """A constant such as pi, which is one inside of functions only; a column comes first."""
    if not isinstance(node, exp.Column) or node.table or node.this.quoted:
        return None
    value = _CONSTANTS.get(node.name.lower())
    if value is None or compiler.scope.has_column(node):
        return None
    text = compiler.scope.bind(value)
    return CompiledValue(text, text, "number")


# Execution ---------------------------------------------------------------------------------------


def register_calls(engine: Engine) -> None:
    """Add the SQLite function that compiled calls use."""
    engine.store.connection.create_function(
        "call_function",
        -1,
        _caller(engine.zone, misses_with_null=engine.profile.sql_find_misses_with_null),
        deterministic=True,
    )


def _caller(zone: tzinfo, *, misses_with_null: bool) -> Callable[..., Any]:
    def to_date(value: Any) -> datetime:
        text = str(value).strip()
        try:
            moment = datetime.fromisoformat(normalize_time(text))
        except ValueError:
            return parse_stored_date(text)
        return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)

    converters: dict[str, Callable[[Any], Any]] = {
        "text": to_text,
        "number": to_number,
        "date": to_date,
        "maybe_date": lambda value: None if value in (None, "") else to_date(value),
        "logic": is_true,
    }

    def call(name: str, *arguments: Any) -> Any:
        function = _ALL[name]
        try:
            converted = [
                converters.get(str(function.kind(index)), _unchanged)(value)
                for index, value in enumerate(arguments)
            ]
            found = _to_sqlite(function.apply(*converted))
        except (ValueError, ArithmeticError):
            return None
        is_miss = misses_with_null and name in ("find", "search") and found == 0
        return None if is_miss else found

    return call


def _unchanged(value: Any) -> Any:
    return value


def _to_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        return float(value)
    return value
