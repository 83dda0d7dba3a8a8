"""What happened to the columns of a table between two runs, for people who have a warehouse.

A loader meets a renamed column as another one and keeps the former as it was, and one that got
another type it may refuse, or cut what it holds. A catalog tells of neither where it is made anew
for every run, as Meltano does. So the state remembers names and types, as far as it has room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.metadata import SYSTEM_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seatable_client.metadata import Column

    Remembered = Mapping[str, str]


def remembered(columns: Mapping[str, Column]) -> dict[str, str]:
    """The columns of a stream as a state holds them: key and type, by property."""
    own = {name: one for name, one in columns.items() if one not in SYSTEM_COLUMNS}
    return {name: f"{column.key} {column.type}" for name, column in own.items()}


def told(before: Remembered, now: Mapping[str, Column]) -> Iterator[str]:
    """What happened to columns that records of the last run had, each in some words.

    Args:
        before: those columns, as they were remembered.
        now: all columns of the stream, selected or not, by property.
    """
    by_key = {column.key: (name, column.type) for name, column in now.items()}
    for name, known in before.items():
        key, _, former_type = known.partition(" ")
        if key not in by_key:
            yield f"column {name!r} is gone"
            continue
        new_name, new_type = by_key[key]
        if new_name != name:
            yield f"column {name!r} is now called {new_name!r}"
        if new_type != former_type:
            yield f"column {new_name!r} was of type {former_type} and is {new_type}"
