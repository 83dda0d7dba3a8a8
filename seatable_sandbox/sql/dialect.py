"""SeaTable's SQL for sqlglot: MySQL's quoting, and the list predicates such as HAS ANY OF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType  # type: ignore[attr-defined]

if TYPE_CHECKING:
    from collections.abc import Callable

LIST_PREDICATES = {
    "HAS ANY OF": TokenType.AT_GT,
    "HAS ALL OF": TokenType.LT_AT,
    "HAS NONE OF": TokenType.ADJACENT,
    "IS EXACTLY": TokenType.CARET_AT,
}
"""List predicates, with operator tokens that SeaTable's SQL does not use otherwise."""


class SqlError(Exception):
    """SeaTable refuses the statement; the message is that of its `error_message`."""


def _list_predicate(name: str) -> Callable[[Any, Any], exp.Expression]:
    def parse(parser: Any, this: Any) -> exp.Expression:
        members = parser._parse_wrapped_csv(parser._parse_bitwise)  # noqa: SLF001 - how dialects are made
        return exp.Anonymous(this=name, expressions=[this, *members])

    return parse


class SeaTable(MySQL):
    """The dialect."""

    class Tokenizer(MySQL.Tokenizer):
        """Reads the list predicates as tokens."""

        KEYWORDS: ClassVar[dict[str, Any]] = {
            **MySQL.Tokenizer.KEYWORDS,
            **LIST_PREDICATES,
            "ILIKE": TokenType.ILIKE,
        }

    class Parser(MySQL.Parser):  # type: ignore[misc, valid-type]
        """Parses list predicates as functions of the column and the members."""

        # Only aggregates are parsed; every other function keeps its name.
        FUNCTIONS: ClassVar[dict[str, Any]] = {
            name: MySQL.Parser.FUNCTIONS[name] for name in ("COUNT", "SUM", "MIN", "MAX", "AVG")
        }
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        RANGE_PARSERS: ClassVar[dict[Any, Any]] = {
            **MySQL.Parser.RANGE_PARSERS,
            **{token: _list_predicate(name) for name, token in LIST_PREDICATES.items()},
        }


def parse(sql: str) -> exp.Expression:
    """Parse a text that is exactly one statement.

    Raises:
        SqlError: It is not.
    """
    try:
        statements = [found for found in sqlglot.parse(sql, read=SeaTable) if found is not None]
    except SqlglotError as error:
        raise SqlError(f"syntax error: {str(error).splitlines()[0]}") from None
    if len(statements) != 1:
        raise SqlError("syntax error at position 1")
    statement: Any = statements[0]
    return statement  # type: ignore[no-any-return]
