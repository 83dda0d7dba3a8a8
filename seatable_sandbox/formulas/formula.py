"""Formulas: `{Price} * 2 & " €"` translated to a Python expression and evaluated by simpleeval."""

from __future__ import annotations

import ast
import operator
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simpleeval import (
    FeatureNotAvailable,
    FunctionNotDefined,
    InvalidExpression,
    NameNotDefined,
    SimpleEval,
)

from seatable_sandbox.formulas.functions import (
    RESULT_TYPES,
    functions,
    to_javascript_number,
    to_number,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class FormulaError(str):
    """An error value such as `#VALUE!`."""

    __slots__ = ()


@dataclass(frozen=True)
class Formula:
    """A parsed formula; `columns` are the names in braces, in the order of their variables."""

    tree: Any
    columns: tuple[str, ...]


_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | \{(?P<column>[^{}]*)\}
      | (?P<number>\d+\.?\d*|\.\d+)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<operator><>|<=|>=|[-+*/^&=<>(),%!])
      | (?P<space>\s+)""",
    re.VERBOSE,
)
_PYTHON = {"<>": "!=", "=": "==", "^": "**"}


def parse(text: str) -> Formula | FormulaError:
    """Translate a formula to Python and parse it; an invalid one is an error value in all rows."""
    columns: list[str] = []
    parts: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return FormulaError("#ERROR!")
        position = match.end()
        kind = match.lastgroup
        if kind == "string":
            parts.append(repr(re.sub(r"\\(.)", r"\1", match[0][1:-1])))
        elif kind == "column":
            if match["column"] not in columns:
                columns.append(match["column"])
            parts.append(f" v_{columns.index(match['column'])} ")
        elif kind == "word":
            parts.append(f" f_{match[0].lower()} ")
        elif kind == "operator":
            parts.append(_PYTHON.get(match[0], match[0]))
        else:
            parts.append(match[0])
    # True and False may be written without parentheses.
    source = re.sub(r"f_(true|false)\s*(?!\s*\()", lambda m: m[1].title() + " ", "".join(parts))
    try:
        return Formula(SimpleEval.parse(source.strip()), tuple(columns))
    except (InvalidExpression, SyntaxError, ValueError):
        return FormulaError("#ERROR!")


def _require_value(value: Any) -> Any:
    if isinstance(value, FormulaError):
        raise _OperandError(value)
    return value


class _OperandError(Exception):
    """An operand is itself an error value."""


def _arithmetic(apply: Any) -> Any:
    def calculate(left: Any, right: Any) -> Any:
        return apply(to_number(_require_value(left)), to_number(_require_value(right)))

    return calculate


def _add(left: Any, right: Any) -> Any:
    _require_value(left), _require_value(right)
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return to_number(left) + to_number(right)


def _compare(apply: Any) -> Any:
    def compare(left: Any, right: Any) -> bool:
        left, right = _require_value(left), _require_value(right)
        if isinstance(left, datetime) or isinstance(right, datetime):
            left, right = to_text(left), to_text(right)
        elif left is None or right is None:
            empty: Any = "" if isinstance(left, str) or isinstance(right, str) else 0
            left = empty if left is None else left
            right = empty if right is None else right
        return bool(apply(left, right))

    return compare


_OPERATORS: dict[Any, Any] = {
    ast.Add: _add,
    ast.Sub: _arithmetic(operator.sub),
    ast.Mult: _arithmetic(operator.mul),
    ast.Div: _arithmetic(operator.truediv),
    ast.Mod: _arithmetic(operator.mod),
    ast.Pow: _arithmetic(operator.pow),
    ast.BitAnd: lambda left, right: to_text(_require_value(left)) + to_text(_require_value(right)),
    ast.USub: lambda value: -to_number(_require_value(value)),
    ast.UAdd: lambda value: to_number(_require_value(value)),
    ast.Eq: _compare(operator.eq),
    ast.NotEq: _compare(operator.ne),
    ast.Lt: _compare(operator.lt),
    ast.LtE: _compare(operator.le),
    ast.Gt: _compare(operator.gt),
    ast.GtE: _compare(operator.ge),
}


class _Evaluator(SimpleEval):  # type: ignore[misc]
    """simpleeval with SeaTable's operators, which evaluates only one branch of a condition."""

    def _eval_call(self, node: Any) -> Any:
        name = getattr(node.func, "id", "")
        if name == "f_if":
            test, *branches = node.args
            chosen = (
                branches[0] if _require_value(self._eval(test)) else (branches[1:] or [None])[0]
            )
            return self._eval(chosen) if chosen is not None else ""
        if name == "f_ifs":
            for index in range(0, len(node.args) - 1, 2):
                if _require_value(self._eval(node.args[index])):
                    return self._eval(node.args[index + 1])
            raise ValueError("no condition holds")
        if name == "f_iferror":
            try:
                value = self._eval(node.args[0])
                return self._eval(node.args[1]) if isinstance(value, FormulaError) else value
            except Exception:  # noqa: BLE001 - IFERROR catches everything
                return self._eval(node.args[1])
        return super()._eval_call(node)


class Evaluation:
    """Evaluates a formula for many rows, all at the same time."""

    def __init__(self, formula: Formula | FormulaError, now: datetime) -> None:
        self._formula = formula
        callables = {
            f"f_{name}": _propagate_errors(apply) for name, apply in functions(now).items()
        }
        self._evaluator = _Evaluator(operators=_OPERATORS, functions=callables, names={})

    def value(self, cells: Mapping[str, Any]) -> Any:
        """The formula's value for cells by column name."""
        formula = self._formula
        if isinstance(formula, FormulaError):
            return formula
        try:
            self._evaluator.names = {
                f"v_{index}": cells[name] for index, name in enumerate(formula.columns)
            }
            result = self._evaluator.eval("", previously_parsed=formula.tree)
            return to_javascript_number(_require_value(result))
        except _OperandError as error:
            return error.args[0]
        except ZeroDivisionError:
            return FormulaError("#DIV/0!")
        except (KeyError, FunctionNotDefined, NameNotDefined, FeatureNotAvailable):
            return FormulaError("#NAME?")
        except Exception:  # noqa: BLE001 - any failure of a formula is an error value
            return FormulaError("#VALUE!")


def _propagate_errors(apply: Any) -> Any:
    """Make a function fail with the error value that it gets as an argument."""

    def call(*arguments: Any) -> Any:
        for argument in arguments:
            _require_value(argument)
        return apply(*arguments)

    return call


def result_type(formula: Formula | FormulaError, types: Mapping[str, str]) -> str:
    """Infer what a formula gives: number, string, date or bool.

    `types` has the types of the columns that it uses, by name.
    """
    if isinstance(formula, FormulaError):
        return "string"

    def infer(node: Any) -> str:
        if isinstance(node, ast.Expr):
            return infer(node.value)
        if isinstance(node, ast.Constant):
            if isinstance(node.value, bool):
                return "bool"
            return "string" if isinstance(node.value, str) else "number"
        if isinstance(node, ast.Name):
            name = node.id.partition("_")[2]
            return types.get(formula.columns[int(name)], "string") if name.isdigit() else "string"
        if isinstance(node, ast.BinOp):
            if isinstance(node.op, ast.BitAnd):
                return "string"
            operands = {infer(node.left), infer(node.right)}
            is_text = isinstance(node.op, ast.Add) and operands == {"string"}
            return "string" if is_text else "number"
        if isinstance(node, (ast.Compare, ast.BoolOp)):
            return "bool"
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", "").partition("_")[2]
            if called in ("if", "ifs", "switch"):
                return infer(node.args[1 if called != "switch" else 2])
            return (
                infer(node.args[0]) if called == "iferror" else RESULT_TYPES.get(called, "number")
            )
        return "number"

    try:
        return infer(formula.tree)
    except IndexError:
        return "string"
