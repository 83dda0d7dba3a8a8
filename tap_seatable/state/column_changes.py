"""Changes of a table's columns between two runs, for people who have a warehouse.

A loader takes a renamed column for a new one and keeps the old one as it was. A column with a new
type it may refuse, or truncate. Catalogs do not show either where each run discovers anew, as with
Meltano. So the state keeps names and types, as far as it has room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.metadata import SYSTEM_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seatable_client.metadata import Column


def format_columns(columns: Mapping[str, Column]) -> list[str]:
    """The columns of a stream as a state holds them: key, type and property, between spaces."""
    return [
        f"{column.key} {column.type} {name}"
        for name, column in columns.items()
        if column not in SYSTEM_COLUMNS
    ]


def describe_changes(before: Sequence[str], now: Mapping[str, Column]) -> Iterator[str]:
    """Describe what happened to columns that records of the last run had.

    Args:
        before: those columns, as `format_columns` returned them.
        now: all columns of the stream, selected or not, by property.

    Yields:
        A clause for each change.
    """
    by_key = {column.key: (name, column.type) for name, column in now.items()}
    for column in before:
        key, former_type, name = (*column.split(" ", 2), "", "")[:3]
        if key not in by_key:
            yield f"column {name!r} is gone"
            continue
        new_name, new_type = by_key[key]
        if new_name != name:
            yield f"column {name!r} is now called {new_name!r}"
        if new_type != former_type:
            yield f"column {new_name!r} was of type {former_type} and is {new_type}"
