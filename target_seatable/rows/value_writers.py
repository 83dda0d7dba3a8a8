"""How values of a property are written: as the column has it, and as the settings say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import codec
from seatable_client.column_types.writers import LONG_TEXT_LIMIT, TEXT_LIMIT, length
from seatable_client.errors import GenerationMissing, NotFound, ValueRefused
from target_seatable.rows.comparison import letter_by_letter
from target_seatable.schema.column_types import is_untyped_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatable_client.column_types.bulk_writers import Bulk
    from seatable_client.column_types.writers import Writer, Writing
    from seatable_client.metadata import Column
    from target_seatable.schema.stream_schema import StreamShape

WALL_CLOCK = len("2024-06-05T10:20")
"""Characters of a date-time without its offset, to the minute that a date column holds."""

ID_SUFFIX = "@auth.local"
"""How the ids of users end."""

_NUMBERS = frozenset({"number", "rate"})

_LIMITS = {"text": TEXT_LIMIT, "long-text": LONG_TEXT_LIMIT}


class People:
    """Who is meant by an id, an e-mail address or a name.

    Args:
        related_users: asks for the people who can see the base; called once, when needed.
        announce: tells the user something, once.
    """

    def __init__(
        self,
        related_users: Callable[[], Sequence[Mapping[str, Any]]],
        announce: Callable[[str], None],
    ) -> None:
        self._related_users = related_users
        self._announce = announce

    def ids(self, value: Any) -> Any:
        """The ids of the people in a list, or of a lone one.

        Raises:
            ValueRefused: somebody is not known, or could be several people.
        """
        people = [value] if isinstance(value, str) else value
        if not isinstance(people, list):
            return value  # for the column to refuse
        return [self._id(one) if isinstance(one, str) and one else one for one in people]

    @cached_property
    def _known(self) -> dict[str, set[str]]:
        """Ids by id, e-mail address and name, in small letters."""
        known: dict[str, set[str]] = defaultdict(set)
        try:
            users = self._related_users()
        except (GenerationMissing, NotFound):  # then ids are stored as given
            users = ()
        for user in users:
            for called in ("email", "contact_email", "name"):
                if user.get(called):
                    known[str(user[called]).casefold()].add(str(user.get("email")))
        return dict(known)

    def _id(self, called: str) -> str:
        found = self._known.get(called.casefold(), set())
        if len(found) == 1:
            return next(iter(found))
        if called.endswith(ID_SUFFIX):
            self._announce(f"The user {called} is not known in this base and is stored as given.")
            return called
        why = "several users of the base" if found else "no user of the base"
        raise ValueRefused(f"{called!r} is {why}; give an id, an e-mail address or a full name")


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
        self._cuts_text = config.get("on_too_long") == "truncate"
        self._writing = writing
        self._whole = replace(writing, cut_seconds=False)
        self._announce = announce
        self._people = People(related_users, announce)

    def __call__(self, stream: StreamShape, prop: str, column: Column) -> Writer | None:
        """How values of a property are written into a column; None if they are not.

        Of a key nothing is cut off, whatever the settings say, or it could become that of another
        row.
        """
        is_key = prop in stream.keys
        write = codec.writer(column, self._whole if is_key else self._writing)
        if write is None:
            return None
        if is_key and column.type in _NUMBERS and is_untyped_text(stream.properties[prop]):
            return letter_by_letter(write)
        if column.type == "date" and stream.told(prop).get("type") == "date":
            # A date of another base goes by what its clock showed there.
            return lambda value: write(str(value)[:WALL_CLOCK])
        if column.type == "collaborator":
            return lambda value: write(self._people.ids(value))
        if self._cuts_text and column.type in _LIMITS and not is_key:
            said = (
                f"Stream {stream.name!r}: texts longer than the {_LIMITS[column.type]:,} "
                f"characters that column {column.name!r} holds are cut."
            )
            return self._cutting(write, _LIMITS[column.type], said)
        return write

    def bulk(self, stream: StreamShape, prop: str, column: Column) -> Bulk | None:
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
