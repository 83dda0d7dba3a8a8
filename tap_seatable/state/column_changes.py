"""What happened to the columns of a table between two runs, for people who have a warehouse.

A loader takes a renamed column for a new one and keeps the old one as it was. A column with a new
type it may refuse, or truncate. Catalogs do not show either where each run discovers anew, as with
Meltano. So the state keeps names and types, as far as it has room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.metadata import SYSTEM_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seatable_client.metadata import Column


def format_columns(columns: Mapping[str, Column]) -> dict[str, str]:
    """The columns of a stream as a state holds them: key and type, by property."""
    return {
        name: f"{column.key} {column.type}"
        for name, column in columns.items()
        if column not in SYSTEM_COLUMNS
    }


def describe_changes(before: Mapping[str, str], now: Mapping[str, Column]) -> Iterator[str]:
    """Describe what happened to columns that records of the last run had.

    Args:
        before: those columns, as `format_columns` returned them.
        now: all columns of the stream, selected or not, by property.

    Yields:
        A clause for each change.
    """
    by_key = {column.key: (name, column.type) for name, column in now.items()}
    for name, column in before.items():
        key, _, former_type = column.partition(" ")
        if key not in by_key:
            yield f"column {name!r} is gone"
            continue
        new_name, new_type = by_key[key]
        if new_name != name:
            yield f"column {name!r} is now called {new_name!r}"
        if new_type != former_type:
            yield f"column {new_name!r} was of type {former_type} and is {new_type}"
