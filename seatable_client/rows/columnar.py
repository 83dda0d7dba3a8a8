"""The cells of a page, column by column.

Most cells need no conversion. So an answer is decoded into a type that is made from the requested
columns, and the decoder checks each cell. A column in which a cell fails the check is read cell by
cell from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import ValidationError, convert, defstruct
from msgspec.json import Decoder
from msgspec.structs import astuple

from seatable_client.column_types import codec
from seatable_client.rows.lazy import LazyRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.column_types import Reading
    from seatable_client.metadata import Column

    Row = Mapping[str, Any]
    Cells = Sequence[Any]


class CellReader:
    """Reads pages of rows into the values of some columns.

    Args:
        columns: the columns to read.
        reading: what readers need.
    """

    def __init__(self, columns: Sequence[Column], reading: Reading) -> None:
        self._names = [column.name for column in columns]
        self._types = {
            column.name: cell_type
            for column in columns
            if (cell_type := codec.plain_cell_type(column)) is not None
        }
        self._readers = {column.name: codec.cells_reader(column, reading) for column in columns}
        self._decoder = self._made_decoder()

    def cells(self, rows: Sequence[Row]) -> dict[str, Cells]:
        """The cells of every column as they were sent; None where a row has none."""
        if rows and self._decoder is not None and isinstance(rows, LazyRows):
            try:
                answer = rows.decode(self._decoder).results
            except ValidationError:
                pass
            else:
                return dict(zip(self._names, zip(*map(astuple, answer), strict=True), strict=True))
        found: dict[str, Cells] = {name: [row.get(name) for row in rows] for name in self._names}
        unusual = {
            name for name, cell_type in self._types.items() if not _are_all(cell_type, found[name])
        }
        if unusual:
            self._types = {
                name: cell_type for name, cell_type in self._types.items() if name not in unusual
            }
            self._decoder = self._made_decoder()
        return found

    def values(self, name: str, cells: Cells) -> Cells:
        """The values of a column's cells, given as `cells` returned them."""
        return cells if name in self._types else self._readers[name](cells)

    def read(self, name: str, cells: Cells) -> Cells:
        """The values of a column's cells, wherever they are from."""
        return self._readers[name](cells)

    def _made_decoder(self) -> Decoder[Any] | None:
        """Decodes an answer to a SELECT; None where a column's name rules that out."""
        fields = [
            (f"cell_{index}", self._types.get(name, Any), None)
            for index, name in enumerate(self._names)
        ]
        names = {field: name for (field, *_), name in zip(fields, self._names, strict=True)}
        try:
            row = defstruct("Row", fields, rename=names, gc=False)
        except ValueError:  # msgspec takes no names with quotes, backslashes or control characters
            return None
        return Decoder(defstruct("Answer", [("results", list[row])]))  # type: ignore[valid-type]


def _are_all(cell_type: Any, cells: Cells) -> bool:
    try:
        convert(cells, list[cell_type])
    except ValidationError:
        return False
    return True
