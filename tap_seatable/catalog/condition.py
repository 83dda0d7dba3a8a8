"""The names in a condition of `where`: columns and options that may have been renamed since.

A column of another name the server refuses. An option of another name it takes for one that no row
has, and all rows would leave the stream, as deleted ones. `OPEN` is another name than `open`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatable_client.api import quote_name, quote_text
from seatable_client.column_types import type_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from tap_seatable.catalog.catalog_memory import KnownColumn, KnownStream

_TOKEN = re.compile(r"`[^`]*`|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|\s+|.", re.DOTALL)
_COMPARES = re.compile(r"=|!=|<>|(not )?in|has (any|all|none) of|is exactly")
"""What stands between a column and the options that it is compared with, in lower case."""

_BEFORE_PARENTHESES = frozenset({"and", "or", "not", "in", "of", "exactly", "between", "like"})
"""Words in front of a parenthesis that are no function, in lower case."""


@dataclass(frozen=True)
class Condition:
    """A condition with the names that columns and options have now.

    Attributes:
        text: in SQL.
        renamed: former and new names, of columns and options.
        unknown_options: columns and the constants they are compared with that are no option.
        named: keys of the columns and ids of the options that the names mean, in their order.
    """

    text: str
    renamed: Sequence[tuple[str, str]] = ()
    unknown_options: Sequence[tuple[str, str]] = ()
    named: Sequence[str] = ()


def read_condition(text: str, table: Table, known: KnownStream | None) -> Condition:
    """Read a condition on a table.

    Args:
        text: as the setting has it.
        table: the table.
        known: what the catalog knows of the table's stream; None without a catalog.
    """
    return _ConditionReader(table, known).read(text)


class _ConditionReader:
    """Reads a condition word by word.

    A constant belongs to the column that it is compared with, on either side. A function hides the
    columns that it is called with: what `lower(Kind)` is compared with is no option.
    """

    def __init__(self, table: Table, known: KnownStream | None) -> None:
        self._own = {column.name.casefold(): column for column in table.columns}
        self._by_key = {column.key: column for column in table.columns}
        self._former = {
            column.name.casefold(): column for column in (known.columns.values() if known else ())
        }
        self._result: list[str] = []
        self._renamed: list[tuple[str, str]] = []
        self._unknown: list[tuple[str, str]] = []
        self._named: list[str] = []
        self._parentheses: list[bool] = []  # whether each that is open is that of a function
        self._column: Column | None = None
        self._after_column: list[str] = []
        self._constant: str | None = None
        self._after_constant: list[str] = []

    def read(self, text: str) -> Condition:
        """Read a condition."""
        tokens = _TOKEN.findall(text)
        word = ""
        for place, token in enumerate(tokens):
            self._result.append(token)
            if token.isspace():
                continue
            if token[0] in "'\"":
                self._read_constant(token)
            elif token in {"(", ")", ","}:
                self._read_sign(token, is_function=_is_function(word))
            elif token[0] == "`" or (token[0].isidentifier() and not _is_call(tokens[place + 1 :])):
                self._read_name(token)
            else:
                self._read_operator(token)
            word = token
        return Condition(
            "".join(self._result),
            tuple(dict.fromkeys(self._renamed)),
            tuple(dict.fromkeys(self._unknown)),
            tuple(self._named),
        )

    def _read_constant(self, token: str) -> None:
        value = token[1:-1].replace(token[0] * 2, token[0])
        if self._column is not None and _is_comparison(self._column, self._after_column):
            self._replace_option(self._column, value, len(self._result) - 1)
        self._constant, self._after_constant = value, []

    def _read_name(self, token: str) -> None:
        name = token.strip("`").casefold()
        found = self._by_key.get(self._former[name].key) if name in self._former else None
        found = found or self._own.get(name)
        if found is None:
            self._read_operator(token)
            return
        self._named.append(found.key)
        if found.name.casefold() != name:
            self._renamed.append((token.strip("`"), found.name))
            self._result[-1] = quote_name(found.name)
        if self._constant is not None and _is_equality(found, self._after_constant):
            place = max(i for i, item in enumerate(self._result) if item[0] in "'\"")
            self._replace_option(found, self._constant, place)
        self._column, self._after_column, self._constant = found, [], None

    def _read_sign(self, sign: str, *, is_function: bool) -> None:
        if sign == "(":
            self._parentheses.append(is_function)
            return
        of_function = bool(self._parentheses) and self._parentheses[-1]
        if sign == ")" and self._parentheses:
            self._parentheses.pop()
        if of_function:  # its argument ends
            self._column = self._constant = None

    def _read_operator(self, token: str) -> None:
        self._after_column.append(token.casefold())
        self._after_constant.append(token.casefold())

    def _replace_option(self, column: Column, value: str, place: int) -> None:
        known = next((known for known in self._former.values() if known.key == column.key), None)
        option = _option(column, value, known)
        if option is None:
            self._unknown.append((column.name, value))
            return
        self._named += [str(own.get("id")) for own in column.options if own.get("name") == option]
        if option != value:
            self._renamed.append((value, option))
            self._result[place] = quote_text(option)


def options_named(text: str, column: Column) -> dict[str, str]:
    """The ids of the options of a column that are constants of a condition, by name."""
    if not type_of(column).is_selection or not text:
        return {}
    constants = {
        token[1:-1].replace(token[0] * 2, token[0])
        for token in _TOKEN.findall(text)
        if token[0] in "'\""
    }
    return {
        str(option.get("name")): str(option.get("id"))
        for option in column.options
        if option.get("id") and option.get("name") in constants
    }


def _is_call(following: Sequence[str]) -> bool:
    """Whether what follows a word makes it a function, or an operator with a list."""
    return next((token for token in following if not token.isspace()), "") == "("


def _is_function(word: str) -> bool:
    """Whether a parenthesis behind a word is that of a function, not of a list or a group."""
    return word[:1].isidentifier() and word.casefold() not in _BEFORE_PARENTHESES


def _is_comparison(column: Column, between: Sequence[str]) -> bool:
    return type_of(column).is_selection and _COMPARES.fullmatch(_joined(between)) is not None


def _is_equality(column: Column, between: Sequence[str]) -> bool:
    return type_of(column).is_selection and _joined(between) in {"=", "!=", "<>"}


def _joined(operators: Sequence[str]) -> str:
    return " ".join(operators).replace("! =", "!=").replace("< >", "<>")


def _option(column: Column, value: str, known: KnownColumn | None) -> str | None:
    """The name that an option has now, to the letter; None if there is none.

    Servers may tell upper from lower case in constants, and then find no row of `OPEN`.
    """
    if not value:
        return value
    names = {str(option.get("id")): str(option.get("name")) for option in column.options}
    present = {name: option_id for option_id, name in names.items()}
    former = known.options if known else {}
    found = (former.get(value), present.get(value), _like(value, former), _like(value, present))
    return next((names[option_id] for option_id in found if option_id in names), None)


def _like(value: str, ids: Mapping[str, str]) -> str | None:
    """The id of the only option whose name differs from a constant in case alone."""
    alike = {option_id for name, option_id in ids.items() if name.casefold() == value.casefold()}
    return alike.pop() if len(alike) == 1 else None
