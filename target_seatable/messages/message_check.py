"""The check that a message has the fields that the Singer specification requires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidInputLine

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED_FIELDS: Mapping[str, Mapping[str, type]] = {
    "SCHEMA": {"stream": str, "schema": dict},
    "RECORD": {"stream": str, "record": dict},
    "STATE": {"value": object},
    "ACTIVATE_VERSION": {"stream": str, "version": int},
    "BATCH": {"stream": str, "encoding": dict, "manifest": list},
}
"""The fields of each type of message, with their Python types."""

_TYPE_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
}


def check(message: Mapping[str, Any]) -> None:
    """Check that a message has the fields of its type.

    Raises:
        InvalidInputLine: a field is missing or of a wrong type; completes "Line … of the input: ".
    """
    message_type = message.get("type")
    fields = REQUIRED_FIELDS.get(message_type) if isinstance(message_type, str) else None
    if fields is None:
        reason = "has no 'type'" if "type" not in message else f"is of type {message_type!r}"
        raise InvalidInputLine(
            f"a message {reason}, so it is not a Singer message. Check that the source is a "
            "Singer tap; files of rows are loaded by target-seatable load."
        )
    for name, type_ in fields.items():
        if name not in message:
            raise _invalid(message, f"has no {name!r}")
        if not isinstance(message[name], type_):
            raise _invalid(message, f"has a {name!r} that is not {_TYPE_NAMES[type_]}")
    if message_type == "SCHEMA":
        _check_schema(message)


def _check_schema(message: Mapping[str, Any]) -> None:
    if not isinstance(message["schema"].get("properties"), dict):
        raise _invalid(message, "has a schema whose 'properties' are missing or not an object")
    keys = message.get("key_properties") or []
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
        raise _invalid(message, "has 'key_properties' that are not a list of names")


def _invalid(message: Mapping[str, Any], reason: str) -> InvalidInputLine:
    stream = f" of stream {message['stream']!r}" if "stream" in message else ""
    return InvalidInputLine(
        f"the {message['type']}{stream} {reason}. Check that the source is a Singer tap."
    )
