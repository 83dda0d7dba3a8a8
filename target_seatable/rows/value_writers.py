"""Writers of a property's values, by the column's type and the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec, length, type_of
from target_seatable.rows.collaborators import People
from target_seatable.rows.exact_text import (
    NUMBERS_OF_SEVERAL_FORMS,
    exact_number_only,
    exact_text_only,
    one_form_of_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from seatable_client.column_types import Bulk, Writer, Writing
    from seatable_client.metadata import Column
    from target_seatable.settings import TargetConfig

WALL_CLOCK = len("2024-06-05T10:20")
"""Characters of a date-time without its offset, to the minute that a date column holds."""


class ValueWriters:
    """Makes the functions that turn values into the cells that are sent.

    Args:
        config: the target's settings.
        writing: what writers need besides the value.
        announce: tells the user something, once.
        related_users: asks for the people who can see the base.
    """

    def __init__(
        self,
        config: TargetConfig,
        writing: Writing,
        announce: Callable[[str], None],
        related_users: Callable[[], Sequence[Mapping[str, Any]]],
    ) -> None:
        self._cuts_text = config.on_text_overflow == "truncate"
        self._writing = writing
        self._key_writing = replace(writing, cut_seconds=False)
        self._announce = announce
        self._people = People(related_users, announce)

    def writer(
        self, stream: str, column: Column, *, is_key: bool, keep_text_form: bool, wall_clock: bool
    ) -> Writer | None:
        """How the values of a property are written into a column; None if they are not.

        Args:
            stream: the stream's name, for the log.
            column: the column.
            is_key: whether rows are found by the property. A key is never cut, whatever the
                settings say, or it could become the key of another row.
            keep_text_form: whether the values are texts whose form counts: `1.10` is not `1.1`.
            wall_clock: whether a date counts as its clock shows it, whatever its offset.
        """
        write = codec.writer(column, self._key_writing if is_key else self._writing)
        if write is None:
            return None
        own = type_of(column)
        if wall_clock and own.holds_wall_clock:
            return lambda value: write(str(value)[:WALL_CLOCK])
        if is_key:
            return _key_writer(column, write, keep_text_form=keep_text_form)
        if own.names_people:
            return lambda value: write(self._people.ids(value))
        limit = own.text_limit
        if self._cuts_text and limit is not None:
            sentence = (
                f"Stream {stream!r}: texts longer than the {limit:,} characters that column "
                f"{column.name!r} holds are cut."
            )
            return self._truncate(write, limit, sentence)
        return write

    def bulk_writer(self, column: Column, *, is_key: bool, wall_clock: bool) -> Bulk | None:
        """How many values at once are written as `writer` would write each; None if they are not.

        A value that changes on its way to the column's writer is written alone.
        """
        if wall_clock and type_of(column).holds_wall_clock:
            return None
        if not is_key:
            return codec.bulk_writer(column, self._writing)
        bulk = codec.bulk_writer(column, self._key_writing)
        return bulk if bulk is None or type_of(column).holds_double else _without_fractions(bulk)

    def _truncate(self, write: Writer, limit: int, sentence: str) -> Writer:
        def truncate_and_write(value: Any) -> Any:
            if isinstance(value, str) and length(value) > limit:
                self._announce(sentence)
                value = value.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
            return write(value)

        return truncate_and_write


def _key_writer(column: Column, write: Writer, *, keep_text_form: bool) -> Writer:
    """A writer that makes one cell of one key, and two of two."""
    if not type_of(column).holds_double:
        return one_form_of_numbers(write)
    return exact_text_only(write) if keep_text_form else exact_number_only(write)


def _without_fractions(bulk: Bulk) -> Bulk:
    """A bulk writer that leaves numbers of several forms to the writer of single values."""

    def write_others(values: Sequence[Any], classes: AbstractSet[type]) -> Sequence[Any] | None:
        return None if NUMBERS_OF_SEVERAL_FORMS.intersection(classes) else bulk(values, classes)

    return write_others
