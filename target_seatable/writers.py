"""How values of a property are written: as the column has it, and as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client import columns
from seatable_client.writing import LONG_TEXT_LIMIT, TEXT_LIMIT, length

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatable_client.metadata import Column
    from seatable_client.writing import Writer, Writing
    from target_seatable.shape import StreamShape

WALL_CLOCK = len("2024-06-05T10:20")
"""Characters of a date-time without its offset, to the minute that a date column holds."""

_LIMITS = {"text": TEXT_LIMIT, "long-text": LONG_TEXT_LIMIT}


class Writers:
    """Makes the functions that turn values into what is sent.

    Args:
        config: the target's settings.
        writing: what writers need besides the value.
        announce: tells the user something, once.
    """

    def __init__(
        self, config: Mapping[str, Any], writing: Writing, announce: Callable[[str], None]
    ) -> None:
        self._cuts_text = config.get("on_too_long") == "truncate"
        self._writing = writing
        self._announce = announce

    def __call__(self, stream: StreamShape, prop: str, column: Column) -> Writer | None:
        """How values of a property are written into a column; None if they are not."""
        write = columns.writer(column, self._writing)
        if write is None:
            return None
        if column.type == "date" and stream.told(prop).get("type") == "date":
            # A date of another base goes by what its clock showed there.
            return lambda value: write(str(value)[:WALL_CLOCK])
        if self._cuts_text and column.type in _LIMITS:
            said = (
                f"Stream {stream.name!r}: texts longer than the {_LIMITS[column.type]:,} "
                f"characters that column {column.name!r} holds are cut."
            )
            return self._cutting(write, _LIMITS[column.type], said)
        return write

    def _cutting(self, write: Writer, limit: int, said: str) -> Writer:
        def cut(value: Any) -> Any:
            if isinstance(value, str) and length(value) > limit:
                self._announce(said)
                value = value.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
            return write(value)

        return cut
