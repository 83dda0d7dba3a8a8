"""Every load method by the name that the settings have for it.

To add a load method, write its class, give it its properties (see `LoadMethod`), enter it here, and
add its name to `settings/values.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import ConfigError
from target_seatable.load_methods.append import Append
from target_seatable.load_methods.insert_only import InsertOnly
from target_seatable.load_methods.overwrite import Overwrite, OverwriteByContent
from target_seatable.load_methods.update_only import UpdateOnly
from target_seatable.load_methods.upsert import Upsert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_seatable.load_methods.base import LoadMethod

LOAD_METHODS: Mapping[str, type[LoadMethod]] = {
    "upsert": Upsert,
    "update-only": UpdateOnly,
    "insert-only": InsertOnly,
    "append-only": Append,
    "overwrite": Overwrite,
}
"""By the value of the setting `load_method`, the class for streams with a key."""

_WITHOUT_KEY: Mapping[type[LoadMethod], type[LoadMethod]] = {
    Upsert: Append,
    Overwrite: OverwriteByContent,
}
"""For load methods that need a key, the class for streams that have none."""


def load_method(name: str, stream: str, keys: Sequence[str]) -> type[LoadMethod]:
    """The class that loads a stream.

    Args:
        name: the value of the setting `load_method`.
        stream: the stream's name.
        keys: the stream's key properties.

    Raises:
        ConfigError: the load method needs a key, and the stream has none.
    """
    method = LOAD_METHODS[name]
    if keys or not method.needs_key:
        return method
    if method not in _WITHOUT_KEY:
        raise ConfigError(
            f"Stream {stream!r} has no key, and load_method {name} finds rows by their key. Name "
            "what identifies its records in key_properties."
        )
    return _WITHOUT_KEY[method]


def without_removal(name: str) -> str:
    """The load method that loads records as this one does, and removes no missing rows.

    Args:
        name: the value of the setting `load_method`, as is what is returned.
    """
    other = LOAD_METHODS[name].without_removal
    return next((known for known, method in LOAD_METHODS.items() if method is other), name)
