"""The keys of the elements of one array, as their columns hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidRecord

from target_seatable.errors import Refusal
from target_seatable.sinks.batches.record_marks import Element

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from target_seatable.rows import Body, Layout, Refused


class ElementKeys:
    """Finds elements of one record whose keys differ as they were given, and not in their columns.

    One row could hold the last of them only.
    """

    def __init__(self) -> None:
        self._owner: object = None
        self._keys: set[Hashable] = set()

    def check(
        self,
        layout: Layout,
        records: Sequence[Any],
        rows: Sequence[Mapping[str, Any] | Body],
        refused: Refused,
    ) -> None:
        """Refuse each element whose key an earlier one of its record has.

        Args:
            layout: of the stream of the elements.
            records: the next elements, those of one record after the other.
            rows: what is to be written of each.
            refused: the reasons by the positions of the elements; those found are added.
        """
        names = [field.column.name for field in layout.keys]
        for index, (record, row) in enumerate(zip(records, rows, strict=True)):
            if not isinstance(record, Element) or any(row.get(name) is None for name in names):
                continue  # it has no key, and is refused for that, or is no element of a record
            if record.owner is not self._owner:
                self._owner = record.owner
                self._keys.clear()
            key = layout.key(row)
            if key in self._keys:
                own = ", ".join(
                    f"{field.property} {record.get(field.property)!r}" for field in layout.keys
                )
                error = InvalidRecord(
                    f"Two objects of the array have the same key in its columns ({own}). Correct "
                    "the key before a retry, which would replace the other object.",
                    dict(record),
                )
                refused.setdefault(index, []).append(Refusal(None, error))
            self._keys.add(key)
