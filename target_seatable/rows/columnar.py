"""From the values of each property to the rows that are sent: the fast path of `layout.py`."""

from __future__ import annotations

import contextlib
import operator
from decimal import Decimal
from functools import cache
from itertools import filterfalse
from typing import TYPE_CHECKING, Any, ClassVar, cast

import msgspec
from msgspec import UNSET, UnsetType

from seatable_client.column_types import type_of
from seatable_client.errors import InvalidValueError
from target_seatable.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from seatable_client.column_types import Bulk
    from target_seatable.rows.fields import Field

    Cells = Sequence[Any]
    Refused = dict[int, list[Refusal]]
    Explain = Callable[[Field, Any, InvalidValueError], InvalidValueError]

_ABSENT = {type(None), UnsetType}

_NEVER_EMPTY = {bool, int, float, Decimal}
"""Classes of values that are no empty cells even if they are false."""


class Body(msgspec.Struct):
    """A row as an append sends it: empty cells are left out. Made for a table by `body_type`."""

    places: ClassVar[Mapping[str, str]] = {}

    def get(self, name: str) -> Any:
        """The cell of a column; None if it is empty, or there is no such column."""
        cell = getattr(self, self.places[name]) if name in self.places else None
        return None if cell is UNSET else cell


def body_type(columns: Sequence[str]) -> type[Body] | None:
    """The type of rows with cells for these columns, to be given in this order.

    None where the name of a column cannot be written without escapes.
    """
    places = {name: f"c{index}" for index, name in enumerate(columns)}
    try:
        row_type = msgspec.defstruct(
            "Row",
            [(place, Any, None) for place in places.values()],
            bases=(Body,),
            namespace={"places": places},
            rename={place: name for name, place in places.items()},
            omit_defaults=True,
            gc=False,
        )
    except ValueError:
        return None
    return cast("type[Body]", row_type)


def cells_of(rows: Sequence[Mapping[str, Any] | Body], column: str) -> Cells:
    """The cells of a column that are not empty."""
    if rows and isinstance(first := rows[0], Body):
        cells: Iterable[Any] = map(_cell(first.places[column]), rows)
    else:
        cells = (row.get(column) for row in rows)
    return list(filter(None, cells))


def columns_of(rows: Sequence[Mapping[str, Any] | Body], names: Sequence[str]) -> Sequence[Cells]:
    """The cells of columns; None where a row has none."""
    if rows and isinstance(first := rows[0], Body):
        if set(map(type, rows)) == {type(first)} and first.places.keys() >= set(names):
            return [_cells_at(rows, first.places[name]) for name in names]
    elif len(names) > 1 and rows:
        with contextlib.suppress(KeyError):  # a row lacks a cell
            return list(zip(*map(operator.itemgetter(*names), rows), strict=True))  # type: ignore[arg-type]
    return [[row.get(name) for row in rows] for name in names]


def _cells_at(bodies: Iterable[Any], place: str) -> Cells:
    """The cells in one place of rows; None where a row has none."""
    cells = list(map(_cell(place), bodies))
    return [None if cell is UNSET else cell for cell in cells] if UNSET in cells else cells


@cache
def _cell(place: str) -> Callable[[Any], Any]:
    return operator.attrgetter(place)


def write_cells(field: Field, values: Cells, refused: Refused, explain: Explain) -> Cells:
    """The cells for values of a property, absent ones left as they are, empty ones None.

    Args:
        field: the property and its column.
        values: of each record.
        refused: which records are refused, by their positions; those of this property are added.
        explain: makes the refusal of a record from that of a value.
    """
    if field.bulk is not None:
        cells = _write_in_bulk(field.bulk, values)
        if cells is not None:
            return cells
    write, holds_files = field.write, type_of(field.column).holds_files
    cells = []
    for index, value in enumerate(values):
        cell = value if value is UNSET else None
        # No file is fetched for a record that is not stored.
        if (value or value == 0) and not (holds_files and index in refused):
            try:
                cell = write(value)
            except InvalidValueError as refusal:
                reason = Refusal(field.property, explain(field, value, refusal))
                refused.setdefault(index, []).append(reason)
        cells.append(cell)
    return cells


def _write_in_bulk(bulk: Bulk, values: Cells) -> Cells | None:
    """The cells, if all can be written at once; None if not."""
    classes = set(map(type, values))
    if classes <= _NEVER_EMPTY or all(values):
        return bulk(values, classes)
    if classes.isdisjoint(_NEVER_EMPTY):
        present = list(filter(None, values))
    else:
        present = [value for value in values if value or value == 0]
    cells = bulk(present, classes - _ABSENT) if present else present
    if cells is None:
        return None
    if cells is present and set(map(type, filterfalse(None, values))) <= _ABSENT | _NEVER_EMPTY:
        return values
    rest = iter(cells)
    return [
        next(rest) if value or value == 0 else UNSET if value is UNSET else None for value in values
    ]
