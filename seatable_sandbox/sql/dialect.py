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


CALL_TEXT = "call_text"
"""The key of a call's text, as it was written, in the meta data of its node."""


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
        #: and(), or() and if() are functions as others are.
        FUNC_TOKENS: ClassVar[set[Any]] = {
            *MySQL.Parser.FUNC_TOKENS,
            TokenType.AND,
            TokenType.OR,
        }
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: parser
            for name, parser in MySQL.Parser.NO_PAREN_FUNCTION_PARSERS.items()
            if name != "IF"
        }
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        RANGE_PARSERS: ClassVar[dict[Any, Any]] = {
            **MySQL.Parser.RANGE_PARSERS,
            **{token: _list_predicate(name) for name, token in LIST_PREDICATES.items()},
        }

        def _parse_function_call(self, *args: Any, **options: Any) -> Any:
            """Parse a call, and note its text, which names an unnamed column of the answer."""
            start = self._curr.start if self._curr else 0
            found = super()._parse_function_call(*args, **options)
            if isinstance(found, exp.Expression):
                found.meta[CALL_TEXT] = self.sql[start : self._prev.end + 1]
            return found

        def _parse_table_part(self, schema: bool = False) -> Any:
            """Parse the name of a table; a text in quotes is none."""
            if self._curr and self._curr.token_type == TokenType.STRING:
                self.raise_error("a name is expected")
            return super()._parse_table_part(schema=schema)


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
