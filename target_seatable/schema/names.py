"""From the names that a source uses to names that a base can have.

SeaTable refuses `.`, `{`, `}` and backticks in names, keeps some column names for itself, and its
SQL takes two names that differ only in case for one. A name is changed as little as possible, and
never so that two become one: then the run ends with an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FORBIDDEN = re.compile(r"[.{}`]")

RESERVED = frozenset(
    {
        "_id",
        "_ctime",
        "_mtime",
        "_creator",
        "_last_modifier",
        "_locked",
        "_locked_by",
        "_archived",
    }
)
"""The system columns of every row. SQL cannot select a column of such a name."""


def clean_name(name: str) -> str:
    """The closest valid name of a table or column: `Net. income` becomes `Net_ income`."""
    return _FORBIDDEN.sub("_", name) or "_"


def column_names(
    properties: Iterable[str], stream: str, name_of: Callable[[str], str] = clean_name
) -> dict[str, str]:
    """The column name of each property.

    SeaTable's own names are moved out of the way: `_id` becomes `source_id`.

    Raises:
        ConfigError: two properties would share a column.
    """
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    for prop in properties:
        name = name_of(prop)
        if name.casefold() in RESERVED:
            name = f"source{name}"
        owner = owners.setdefault(name.casefold(), prop)
        if owner != prop:
            raise ConfigError(
                f"Stream {stream!r}: the properties {owner!r} and {prop!r} would both become "
                f"column {name!r}; SeaTable's SQL does not distinguish upper and lower case, and "
                "names cannot have . { } or backticks. Rename one of them with stream_maps."
            )
        names[prop] = name
    return names
