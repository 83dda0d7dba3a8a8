"""The interface of a warehouse for a comparison: tables, their columns and their rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from seatable_client.errors import ConfigError
from singer_seatable.contract import TOMBSTONE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    Row = Mapping[str, Any]

_LONGEST_NAME = 63
"""Bytes of a name that PostgreSQL keeps."""


class WarehouseTable(ABC):
    """A table of a warehouse.

    Attributes:
        place: what messages call it.
        columns: the names of its columns.
        doubles: the names of those whose numbers are doubles.
        keys: the columns that tell its rows apart, if it says so.
        schemas: JSON Schema by column, where it says of what type they are.
        newest_wins: whether a later row replaces an earlier one with the same key, because loads
            are appended.
    """

    place: str
    columns: Sequence[str]
    doubles: Collection[str] = ()
    keys: Sequence[str] = ()
    schemas: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    newest_wins: bool = False

    @abstractmethod
    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """The cells of these columns, row by row, oldest first where that matters."""

    @property
    def marks(self) -> list[str]:
        """The columns that mark a row as deleted."""
        return [name for name in self.columns if name.casefold() in TOMBSTONE_COLUMNS]


class IterableTable(WarehouseTable):
    """Rows that a program has.

    Args:
        place: what messages call it.
        columns: the names of its columns.
        rows: makes an iterator over the rows.
        keys: the columns that tell its rows apart.
        schemas: JSON Schema by column.
    """

    def __init__(
        self,
        place: str,
        columns: Sequence[str],
        rows: Callable[[], Iterable[Row]],
        *,
        keys: Sequence[str] = (),
        schemas: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        self.place = place
        self.columns = columns
        self.keys = keys
        self.schemas = schemas
        self._rows = rows

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Every row, whole."""
        del columns
        yield from self._rows()


class Warehouse(ABC):
    """A place with tables that were loaded, or are to be loaded, by streams."""

    @abstractmethod
    def find(self, stream: str) -> WarehouseTable | None:
        """The table of a stream; None where there is none.

        Raises:
            ConfigError: several tables have the name.
        """

    @abstractmethod
    def tables(self) -> list[str]:
        """The names of all tables."""


def time_zone_of(name: str) -> ZoneInfo:
    """The zone that `--time-zone` names.

    Raises:
        ConfigError: there is no zone with this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError(
            f"--time-zone {name!r} is not a time zone; use a name such as Europe/Berlin."
        ) from None


def match_names(wanted: Iterable[str], found: Iterable[str], *, owner: str) -> dict[str, str]:
    """Match names with those that loaders make of them: another case, other separators, cut.

    Args:
        wanted: the names of streams or properties.
        found: the names that the warehouse has.
        owner: whose names these are, for messages.

    Returns:
        The found name of each wanted one that has one.

    Raises:
        ConfigError: a name may be one of several.
    """
    names = list(found)
    exact = set(names)
    by_form: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_form[_folded(name)].append(name)
    wanted = list(wanted)
    matched = {name: name for name in wanted if name in exact}
    for name in wanted:
        taken = set(matched.values())
        if name in matched:
            continue
        candidates = [
            other
            for form in dict.fromkeys((_folded(name), _folded(_cut(name))))
            for other in by_form.get(form, ())
            if other not in taken
        ]
        if len(candidates) > 1:
            raise ConfigError(
                f"{owner}: {name!r} may be {' or '.join(map(repr, candidates))}. Rename or remove "
                "the one that is not meant, so that it is certain what to compare."
            )
        if candidates:
            matched[name] = candidates[0]
    return matched


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum()) or name


def _cut(name: str) -> str:
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")
