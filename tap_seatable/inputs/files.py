"""What a run is given in files: a catalog, which says what is wanted, and a state to continue."""

from __future__ import annotations

import json
import logging
import re
from typing import IO, Any

import fastjsonschema

from seatable_client.errors import ConfigError
from tap_seatable.state.bookmark import STATE_KEY

log = logging.getLogger(__name__)

_NOTES_OF_THE_SDK = frozenset({"partitions", "progress_markers"})

_CATALOG = {
    "type": "object",
    "required": ["streams"],
    "properties": {
        "streams": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tap_stream_id"],
                "properties": {
                    "tap_stream_id": {"type": "string"},
                    "schema": {
                        "type": "object",
                        "properties": {
                            "properties": {
                                "type": "object",
                                "additionalProperties": {"type": "object"},
                            }
                        },
                    },
                    "metadata": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["breadcrumb", "metadata"],
                            "properties": {
                                "breadcrumb": {"type": "array", "items": {"type": "string"}},
                                "metadata": {"type": "object"},
                            },
                        },
                    },
                },
            },
        }
    },
}
"""The form of a catalog, as far as anything would stumble without it."""


def read_state(file: IO[str] | None) -> dict[str, Any] | None:
    """The state in the file of `--state`; None if there is none. Streams judge what it says.

    Raises:
        ConfigError: the file holds no JSON object, or one that is a whole message.
    """
    found = _read_object("--state", file)
    if file is None or not found:
        return found
    if found.get("type") == "STATE" and "value" in found:
        raise ConfigError(
            f"The file of --state {file.name} holds a whole STATE message. The state is what its "
            "'value' is: put that into the file."
        )
    if "bookmarks" not in found:
        log.warning(
            "The file of --state %s holds no bookmarks, so it is no state of this tap, and every "
            "table is read whole.",
            file.name,
        )
    return found


def read_catalog(file: IO[str] | None) -> dict[str, Any] | None:
    """The catalog in the file of `--catalog`; None if there is none.

    Raises:
        ConfigError: the file holds no catalog. One without streams would read nothing, in silence.
    """
    found = _read_object("--catalog", file)
    if file is None or found is None:
        return None
    try:
        fastjsonschema.validate(_CATALOG, found)
    except fastjsonschema.JsonSchemaValueException as error:
        words = re.sub(r"^data(\.| )", lambda met: "" if met[1] == "." else "it ", error.message)
        raise ConfigError(
            f"The file of --catalog {file.name} holds no catalog: {words}. Make one with "
            "--discover."
        ) from None
    for entry in found["streams"]:
        if entry.get("stream") and entry["stream"] != entry["tap_stream_id"]:
            raise ConfigError(
                f"The file of --catalog {file.name} calls stream {entry['tap_stream_id']!r} "
                f"{entry['stream']!r}. Streams are called what they are; stream_maps and their "
                "__alias__ give another name."
            )
    return found


def _read_object(option: str, file: IO[str] | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        text = file.read().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise ConfigError(
            f"The file of {option} {file.name} is not in UTF-8. Save it in UTF-8; the > of some "
            "versions of PowerShell writes UTF-16."
        ) from None
    if not text.strip():
        raise ConfigError(f"The file of {option} {file.name} is empty.")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"The file of {option} {file.name} is no JSON: {error}.") from None
    if not (found is None or isinstance(found, dict)):
        raise ConfigError(f"The file of {option} {file.name} holds no JSON object.")
    return found


def bookmarks(state: Any) -> dict[str, Any]:
    """The parts of a state by stream; none where it has no such form."""
    found = state.get("bookmarks") if isinstance(state, dict) else None
    return found if isinstance(found, dict) else {}


def well_formed(marks: Any) -> dict[str, Any]:
    """A stream's part of a state in the form in which the SDK takes it.

    What is of no such form becomes a memory that its stream doubts. The SDK's notes on partitions
    and unsorted streams, which it expects to be well-formed, are not this tap's.
    """
    if not isinstance(marks, dict):
        return {} if marks is None else {STATE_KEY: marks}
    return {key: value for key, value in marks.items() if key not in _NOTES_OF_THE_SDK}
