"""What Singer's messages have to hold for anything to be made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidInputLine

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMS: Mapping[str, Mapping[str, type]] = {
    "SCHEMA": {"stream": str, "schema": dict},
    "RECORD": {"stream": str, "record": dict},
    "STATE": {"value": object},
    "ACTIVATE_VERSION": {"stream": str, "version": int},
    "BATCH": {"stream": str},
}
"""By type of message, what it holds and of which type that is."""

_WORDS: Mapping[type, str] = {dict: "an object", str: "a text", int: "a whole number"}


def check(message: Mapping[str, Any]) -> None:
    """See that a message is one of Singer's.

    Raises:
        InvalidInputLine: it is not; completes "Line … of the input: ".
    """
    kind = message.get("type")
    form = _FORMS.get(kind) if isinstance(kind, str) else None
    if form is None:
        reason = "is without 'type'" if "type" not in message else f"is of type {kind!r}"
        raise InvalidInputLine(f"a message {reason}, which is none of Singer's.")
    for name, type_ in form.items():
        if name not in message:
            raise _unlike(message, f"is without {name!r}")
        if not isinstance(message[name], type_):
            raise _unlike(message, f"has a {name!r} that is not {_WORDS[type_]}")
    if kind == "SCHEMA":
        _check_schema(message)


def _check_schema(message: Mapping[str, Any]) -> None:
    if not isinstance(message["schema"].get("properties"), dict):
        raise _unlike(message, "has a schema without 'properties', or with some that are no object")
    keys = message.get("key_properties") or []
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
        raise _unlike(message, "has 'key_properties' that are no list of names")


def _unlike(message: Mapping[str, Any], how: str) -> InvalidInputLine:
    stream = f" of stream {message['stream']!r}" if "stream" in message else ""
    return InvalidInputLine(
        f"the {message['type']}{stream} {how}. Check that the source is a Singer tap."
    )
