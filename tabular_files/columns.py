"""Names of columns: each has one, and no two have the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def column_names(
    header: Sequence[Any], filled: Collection[int]
) -> tuple[dict[int, str], list[str]]:
    """Name the columns of a table by its header.

    Args:
        header: the cells of the header row.
        filled: positions of the columns that hold a value in some row.

    Returns:
        The names by position, and notes about names that had to be made up. A column without a
        name and without a value is left out.
    """
    names: dict[int, str] = {}
    notes: list[str] = []
    taken: set[str] = set()
    for position in range(max([len(header), *(index + 1 for index in filled)])):
        cell = header[position] if position < len(header) else None
        name = "" if cell is None else " ".join(str(cell).split())
        if not name:
            if position not in filled:
                continue
            name = f"column_{position + 1}"
            notes.append(f"Column {position + 1} has no name in the header; it is called {name!r}.")
        unique, number = name, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{name}_{number}"
        if unique != name:
            notes.append(f"Two columns are called {name!r}; the later one is called {unique!r}.")
        taken.add(unique.casefold())
        names[position] = unique
    return names, notes
