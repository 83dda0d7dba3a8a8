"""How values of a property are written: as the column has it, and as the settings say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec
from seatable_client.column_types.registry import type_of
from seatable_client.column_types.writers import length
from target_seatable.rows.collaborators import People
from target_seatable.rows.exact_text import exact_text_only
from target_seatable.schema.column_types import is_untyped_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatable_client.column_types.bulk_writers import Bulk
    from seatable_client.column_types.date_writers import Writing
    from seatable_client.column_types.writers import Writer
    from seatable_client.metadata import Column
    from target_seatable.schema.stream_schema import StreamSchema

WALL_CLOCK = len("2024-06-05T10:20")
"""Characters of a date-time without its offset, to the minute that a date column holds."""


class Writers:
    """Makes the functions that turn values into what is sent.

    Args:
        config: the target's settings.
        writing: what writers need besides the value.
        announce: tells the user something, once.
        related_users: asks for the people who can see the base.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        writing: Writing,
        announce: Callable[[str], None],
        related_users: Callable[[], Sequence[Mapping[str, Any]]],
    ) -> None:
        self._cuts_text = config.get("on_text_overflow") == "truncate"
        self._writing = writing
        self._whole = replace(writing, cut_seconds=False)
        self._announce = announce
        self._people = People(related_users, announce)

    def __call__(self, stream: StreamSchema, prop: str, column: Column) -> Writer | None:
        """How values of a property are written into a column; None if they are not.

        Of a key nothing is cut off, whatever the settings say, or it could become that of another
        row.
        """
        is_key = prop in stream.keys
        write = codec.writer(column, self._whole if is_key else self._writing)
        if write is None:
            return None
        if is_key and type_of(column).holds_double and is_untyped_text(stream.properties[prop]):
            return exact_text_only(write)
        if column.type == "date" and stream.told(prop).get("type") == "date":
            # A date of another base goes by what its clock showed there.
            return lambda value: write(str(value)[:WALL_CLOCK])
        if column.type == "collaborator":
            return lambda value: write(self._people.ids(value))
        limit = type_of(column).text_limit
        if self._cuts_text and limit is not None and not is_key:
            warning = (
                f"Stream {stream.name!r}: texts longer than the {limit:,} characters that column "
                f"{column.name!r} holds are cut."
            )
            return self._cutting(write, limit, warning)
        return write

    def bulk(self, stream: StreamSchema, prop: str, column: Column) -> Bulk | None:
        """How many values at once are written as `__call__` would write each; None if they are not.

        What is changed on the way to the column's writer is changed value by value.
        """
        if column.type == "date" and stream.told(prop).get("type") == "date":
            return None
        return codec.bulk_writer(column, self._whole if prop in stream.keys else self._writing)

    def _cutting(self, write: Writer, limit: int, said: str) -> Writer:
        def cut(value: Any) -> Any:
            if isinstance(value, str) and length(value) > limit:
                self._announce(said)
                value = value.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
            return write(value)

        return cut
