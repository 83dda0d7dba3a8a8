"""The names in a condition of `where`: columns and options that may have been renamed since.

A column of another name the server refuses. An option of another name it takes for one that no row
has, and all rows would leave the stream, as deleted ones. `OPEN` is another name than `open`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatable_client.api import select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from tap_seatable.catalog.catalog_memory import KnownColumn, KnownStream

SELECTS = frozenset({"single-select", "multiple-select"})
"""Types of columns whose cells hold options."""

_TOKEN = re.compile(r"`[^`]*`|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|\s+|.", re.DOTALL)
_COMPARES = re.compile(r"=|!=|<>|(not )?in|has (any|all|none) of|is exactly")
"""What stands between a column and the options that it is compared with, in lower case."""


@dataclass(frozen=True)
class Condition:
    """A condition with the names that columns and options have now.

    Attributes:
        text: in SQL.
        renamed: former and new names, of columns and options.
        unknown_options: columns and the constants they are compared with that are no option.
    """

    text: str
    renamed: Sequence[tuple[str, str]] = ()
    unknown_options: Sequence[tuple[str, str]] = ()


def read_condition(text: str, table: Table, known: KnownStream | None) -> Condition:
    """Read a condition on a table.

    Args:
        text: as the setting has it.
        table: the table.
        known: what the catalog knows of the table's stream; None without a catalog.
    """
    own = {column.name.casefold(): column for column in table.columns}
    by_key = {column.key: column for column in table.columns}
    former = {
        column.name.casefold(): column for column in (known.columns.values() if known else ())
    }
    column: Column | None = None
    between: list[str] = []
    result: list[str] = []
    renamed: list[tuple[str, str]] = []
    unknown: list[tuple[str, str]] = []
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        new = token
        if token[0] in "'\"":
            value = token[1:-1].replace(token[0] * 2, token[0])
            if column is not None and _is_comparison(column, between):
                option = _option(column, value, _former(column, former))
                if option is None:
                    unknown.append((column.name, value))
                elif option != value:
                    renamed.append((value, option))
                    new = select.quote_text(option)
        elif token[0] == "`" or (token[0].isidentifier() and not _is_call(tokens[place + 1 :])):
            name = token.strip("`").casefold()
            found = by_key.get(former[name].key) if name in former else None
            found = found or own.get(name)
            if found is None:
                between.append(token.casefold())
            else:
                column, between = found, []
                if found.name.casefold() != name:
                    renamed.append((token.strip("`"), found.name))
                    new = select.quote_name(found.name)
        elif not token.isspace() and token not in {"(", ")", ","}:
            between.append(token.casefold())
        result.append(new)
    return Condition("".join(result), tuple(dict.fromkeys(renamed)), tuple(dict.fromkeys(unknown)))


def options_named(text: str, column: Column) -> dict[str, str]:
    """The ids of the options of a column that are constants of a condition, by name."""
    if column.type not in SELECTS or not text:
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


def _former(column: Column, former: Mapping[str, KnownColumn]) -> KnownColumn | None:
    """What the catalog knows of a column."""
    return next((known for known in former.values() if known.key == column.key), None)


def _is_call(following: Sequence[str]) -> bool:
    """Whether what follows a word makes it a function, or an operator with a list."""
    return next((token for token in following if not token.isspace()), "") == "("


def _is_comparison(column: Column, between: Sequence[str]) -> bool:
    text = " ".join(between).replace("! =", "!=").replace("< >", "<>")
    return column.type in SELECTS and _COMPARES.fullmatch(text) is not None


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
