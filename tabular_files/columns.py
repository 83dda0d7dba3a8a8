"""Names of columns: each has one, no two have the same, and a title is not taken for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabular_files.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


_LEAST_UNNAMED = 2
"""Columns with values beside a single name, from which on that name looks like a title."""


def column_names(
    place: str, header: Sequence[Any], filled: Collection[int]
) -> tuple[dict[int, str], list[str]]:
    """Name the columns of a table by its header.

    Args:
        place: where the table stands, for the error.
        header: the cells of the header row.
        filled: positions of the columns that hold a value in some row.

    Returns:
        The names by position, and notes about names that had to be made up. A column without a
        name and without a value is left out.

    Raises:
        FileError: one column has a name and several have none: a title above the header.
    """
    named = [position for position, cell in enumerate(header) if _name_of(cell)]
    unnamed = set(filled).difference(named)
    if len(named) == 1 and len(unnamed) >= _LEAST_UNNAMED:
        raise FileError(
            f"{place}: the first line with a value holds only {_name_of(header[named[0]])!r}, and "
            f"{len(unnamed)} other columns have values. It looks like a title above the header. "
            "Set skip_rows (--skip-rows) to the number of lines above the header, or give each "
            "column a name."
        )
    names: dict[int, str] = {}
    notes: list[str] = []
    taken: set[str] = set()
    for position in range(max([len(header), *(index + 1 for index in filled)])):
        cell = header[position] if position < len(header) else None
        name = _name_of(cell)
        if not name:
            if position not in filled:
                continue
            name = f"column_{position + 1}"
            notes.append(
                f"Column {position + 1} has no name in the header; it is called {name!r}. If the "
                "header is further down, set skip_rows."
            )
        unique, number = name, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{name}_{number}"
        if unique != name:
            notes.append(f"Two columns are called {name!r}; the later one is called {unique!r}.")
        taken.add(unique.casefold())
        names[position] = unique
    return names, notes


def _name_of(cell: Any) -> str:
    return "" if cell is None else " ".join(str(cell).split())
