"""Comparing a cell that is sent with one that is stored.

A row is written in one form and read back in another: `2024-06-05 10:20` comes back as
`2024-06-05T10:20:00+02:00`, 5.0 as 5, an untouched checkbox as null. For each column type there is
one form in which two cells are equal exactly if they are the same. These functions bring a cell
into that form; they take cells, not values, and raise nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    Comparable = Callable[[Any], Hashable]


_json = msgspec.json.Encoder(order="deterministic", decimal_format="number")


def plain(cell: Any) -> Any:
    """The cell as it is; empty text is null."""
    return None if cell == "" else cell


def number(cell: Any) -> Any:
    """The number; a whole one as an integer."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else plain(cell)


def long_text(cell: Any) -> Any:
    """The text, also from the editor's object around it; empty text is null."""
    return (cell.get("text") if isinstance(cell, dict) else cell) or None


def checkbox(cell: Any) -> bool:
    """Whether the box is ticked: SeaTable stores an untouched box and an unticked one alike."""
    return cell is True


def day(cell: Any) -> str | None:
    """The day, such as `2024-06-05`, without a time of day."""
    return str(cell)[:10] if cell else None


def minute(cell: Any) -> str | None:
    """The minute on the server's clock, such as `2024-06-05 10:20`."""
    return str(cell)[:16].replace("T", " ") if cell else None


def items(cell: Any) -> tuple[Any, ...] | None:
    """The items of a list, in their order; an empty list is null."""
    return tuple(cell) if cell else None


def document(cell: Any) -> bytes | None:
    """The JSON of an object or of a list of objects, keys sorted; an empty one is null."""
    return _json.encode(cell) if cell else None


def compare_in_bulk(compare: Comparable, cells: Sequence[Any]) -> Sequence[Any]:
    """Cells of one column in the form into which `compare` brings each."""
    in_bulk = _IN_BULK.get(compare)
    return list(map(compare, cells)) if in_bulk is None else in_bulk(cells)


def _plain_cells(cells: Sequence[Any]) -> Sequence[Any]:
    return [plain(cell) for cell in cells] if "" in cells else cells


def _numbers(cells: Sequence[Any]) -> Sequence[Any]:
    if float not in set(map(type, cells)):
        return _plain_cells(cells)
    return [
        int(cell) if cell.__class__ is float and cell.is_integer() else cell
        for cell in _plain_cells(cells)
    ]


# Without a call for each cell.
_IN_BULK: dict[Comparable, Callable[[Sequence[Any]], Sequence[Any]]] = {
    plain: _plain_cells,
    number: _numbers,
    long_text: lambda cells: (
        [long_text(cell) for cell in cells]
        if dict in set(map(type, cells))
        else [cell or None for cell in cells]
    ),
    checkbox: lambda cells: [cell is True for cell in cells],
    day: lambda cells: [str(cell)[:10] if cell else None for cell in cells],
    minute: lambda cells: [str(cell)[:16].replace("T", " ") if cell else None for cell in cells],
    items: lambda cells: [tuple(cell) if cell else None for cell in cells],
}
