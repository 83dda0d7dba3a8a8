"""The order in which the records of a batch came, whatever they were rejected by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from target_seatable.messages import SourceRecord

Place = tuple[int, int, int]


def places(
    lines: Sequence[Any], refused: Iterable[tuple[SourceRecord, int]]
) -> Callable[[bytes | None], Place]:
    """The place of each line of a batch among its lines.

    Args:
        lines: the records that were taken, or their lines.
        refused: records that were not taken, in their order, each with the number of records
            taken before it.
    """
    known: dict[int, Place] = {}
    for place, taken in enumerate(lines):
        for line in (taken,) if isinstance(taken, bytes) else getattr(taken, "lines", ()):
            known[id(line)] = (place, 1, 0)
    for number, (record, count) in enumerate(refused):
        for line in record.lines:
            known[id(line)] = (count, 0, number)
    return lambda line: known.get(id(line), (-1, 0, 0))
