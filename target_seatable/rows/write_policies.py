"""Write policies: which cells of a record reach a row that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_seatable.rows.fields import Field

    Row = dict[str, Any]


class WritePolicies:
    """The policies of a stream's fields.

    Args:
        fields: the fields of the stream.

    Attributes:
        filled: the fields of which only empty cells are written.
        has_policies: whether a field has another policy than `always`.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self.filled = [field for field in fields if field.policy == "if_empty"]
        self._filled = {field.column.name for field in self.filled}
        self._kept = {field.column.name for field in fields if field.policy == "on_insert"}
        self.has_policies = bool(self._filled or self._kept)

    def update(self, row: Row) -> Row:
        """The cells of a row that may be written to a row that exists: nothing fills no cell."""
        if not self.has_policies:
            return row
        return {
            name: cell
            for name, cell in row.items()
            if name not in self._kept and (cell is not None or name not in self._filled)
        }

    def later(self, before: Row, row: Row) -> Row:
        """The cells of a row that reach the table after an earlier row with the same key."""
        if not self.has_policies:
            return row
        taken = {field.column.name for field in self.filled if not is_empty(field, before)}
        return {name: cell for name, cell in self.update(row).items() if name not in taken}


def is_empty(field: Field, row: Mapping[str, Any]) -> bool:
    """Whether a row has nothing in a field's column. An unticked box is something."""
    cell = row.get(field.column.name)
    return cell is None or cell in ("", [], {})
