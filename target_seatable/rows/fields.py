"""The fields of a stream: which property goes into which column."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import comparable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatable_client.column_types import Bulk, Comparable, Writer
    from seatable_client.metadata import Column
    from target_seatable.settings import WritePolicy


@dataclass(frozen=True)
class Field:
    """One property and the column that it goes into.

    Attributes:
        property: the property's name.
        column: the column.
        write: turns a value that is not empty into what is sent.
        bulk: does so with many values at once, where they need no look at each.
        policy: which cells of existing rows are written.
    """

    property: str
    column: Column
    write: Writer = field(compare=False)
    bulk: Bulk | None = field(default=None, compare=False)
    policy: WritePolicy = "always"

    @cached_property
    def comparable(self) -> Comparable:
        """Brings the column's cell into the form for comparing."""
        return comparable(self.column)


@dataclass(frozen=True)
class LinkField:
    """One property whose values are rows of another table, linked when all rows are stored.

    Attributes:
        property: the property's name.
        column: name of the link column, which may be still to be made.
        by: the column of the other table that holds the values, or the columns of its key; None if
            they are ids of its rows.
        parts: the properties that hold the key, where it may have several parts.
        clears: whether a record without the property has no links, as the elements of arrays have,
            which replace their rows.
    """

    property: str
    column: str
    by: str | tuple[str, ...] | None
    parts: tuple[str, ...] = ()
    clears: bool = False

    def is_in(self, record: Mapping[str, Any]) -> bool:
        """Whether a record says which rows it is to be linked to."""
        return self.clears or self.property in record

    def value(self, record: Mapping[str, Any]) -> Any:
        """Which rows a record is to be linked to, if it says so."""
        if not self.parts:
            return record.get(self.property)
        return [[record.get(part) for part in self.parts]]  # one row, by the parts of its key
