"""Collaborators by name or address."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ApiNotAvailable, InvalidValueError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


ID_SUFFIX = "@auth.local"
"""How the ids of users end."""


class People:
    """Who is meant by an id, an e-mail address or a name.

    Args:
        related_users: asks for the people who can see the base; called once, when needed.
        announce: logs a warning, once.
    """

    def __init__(
        self,
        related_users: Callable[[], Sequence[Mapping[str, Any]]],
        announce: Callable[[str], None],
    ) -> None:
        self._related_users = related_users
        self._announce = announce

    def ids(self, value: Any) -> Any:
        """The ids of the people in a list, or of a single person.

        Raises:
            InvalidValueError: a person is unknown, or several people have the name.
        """
        people = [value] if isinstance(value, str) else value
        if not isinstance(people, list):
            return value  # for the column to refuse
        return [
            self._id(person) if isinstance(person, str) and person else person for person in people
        ]

    @cached_property
    def _known(self) -> dict[str, set[str]]:
        """Ids by id, e-mail address and name, in small letters."""
        known: dict[str, set[str]] = defaultdict(set)
        try:
            users = self._related_users()
        except (ApiNotAvailable, NotFound):  # then ids are stored as given
            users = ()
        for user in users:
            for field in ("email", "contact_email", "name"):
                if user.get(field):
                    known[str(user[field]).casefold()].add(str(user.get("email")))
        return dict(known)

    def _id(self, person: str) -> str:
        found = self._known.get(person.casefold(), set())
        if len(found) == 1:
            return next(iter(found))
        if person.endswith(ID_SUFFIX):
            self._announce(f"The user {person} is not known in this base and is stored as given.")
            return person
        reason = "several users of the base" if found else "not a user of the base"
        raise InvalidValueError(
            f"{person!r} is {reason}; give an id, an e-mail address or a full name"
        )
