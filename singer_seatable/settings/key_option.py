"""The option `--key`, the same for all commands: `COLUMN`, or `TABLE=COLUMN` for one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WRITE_IT = "Write --key COLUMN, or --key TABLE=COLUMN for one of several tables."


class KeyOption:
    """The key columns, as the command line names them.

    A key of several columns takes the option several times. `COLUMN` holds for all tables but
    those that `TABLE=COLUMN` names.

    Args:
        options: the values of the option.
    """

    def __init__(self, options: Iterable[str]) -> None:
        self._options = list(options)

    def check(self, tables: Iterable[str]) -> None:
        """Check that there are the tables that the option names.

        Args:
            tables: all names that tables can be called by.

        Raises:
            ConfigError: the option names a table that does not exist, or no column.
        """
        known = list(dict.fromkeys(tables))
        for option in self._options:
            table, equals, column = option.partition("=")
            if not (column if equals else table):
                raise ConfigError(
                    f"--key {option!r} names no column.",
                    hint=_WRITE_IT,
                )
            if equals and not any(option.startswith(f"{name}=") for name in known):
                raise ConfigError(
                    f"--key {option!r} names table {table!r}, which does not exist. The tables are "
                    f"{', '.join(map(repr, known)) or 'none'}.",
                    hint=_WRITE_IT,
                )

    def columns(self, *names: str) -> Sequence[str]:
        """The columns of a table's key; none if the option says nothing of it.

        Args:
            names: all names that the table can be called by.
        """
        own = [
            option.removeprefix(f"{name}=")
            for option in self._options
            for name in dict.fromkeys(names)
            if option.startswith(f"{name}=")
        ]
        return own or [option for option in self._options if "=" not in option]
