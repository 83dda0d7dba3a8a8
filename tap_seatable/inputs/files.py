"""Reads the files of a run: a catalog, which selects streams, and a state to continue from."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import IO, TYPE_CHECKING, Any

import fastjsonschema

from seatable_client.errors import ConfigError
from singer_seatable.contract import STATE_KEY
from singer_seatable.file_kinds import recognise_content, recognise_object

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

_SDK_KEYS = frozenset({"partitions", "progress_markers"})

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
"""JSON Schema of a catalog, as far as the tap and the SDK rely on it."""


def read_state(file: IO[str] | None) -> dict[str, Any] | None:
    """Read the file of `--state`; None if there is none. Streams check their bookmarks.

    Raises:
        ConfigError: the file holds no JSON object, or one that is a whole message.
    """
    state = _read_object("--state", file)
    if file is None or not state:
        return state
    kind = recognise_object(state) if "bookmarks" not in state else ""
    if state.get("type") == "STATE" and "value" in state:
        raise ConfigError(
            f"The file of --state {file.name} holds a whole STATE message. The state is its "
            "'value': put that into the file."
        )
    if kind:
        raise ConfigError(f"The file of --state {file.name} holds {kind}")
    if "bookmarks" not in state:
        log.warning(
            "The file of --state %s holds no bookmarks, so it is not a state of this tap, and "
            "every table gets a full sync.",
            file.name,
        )
    return state


def read_catalog(file: IO[str] | None) -> dict[str, Any] | None:
    """Read the file of `--catalog`; None if there is none.

    Raises:
        ConfigError: the file holds no catalog. Without streams the run would silently read none.
    """
    catalog = _read_object("--catalog", file)
    if file is None or catalog is None:
        return None
    try:
        fastjsonschema.validate(_CATALOG, catalog)
    except fastjsonschema.JsonSchemaValueException as error:
        if kind := recognise_object(catalog) if "streams" not in catalog else "":
            raise ConfigError(f"The file of --catalog {file.name} holds {kind}") from None
        place = re.sub(
            r"^data(\.| )", lambda match: "" if match[1] == "." else "it ", error.message
        )
        raise ConfigError(
            f"The file of --catalog {file.name} holds no catalog: {place}. Make one with "
            "--discover."
        ) from None
    entries: dict[str, Any] = {}
    for entry in catalog["streams"]:
        _check_metadata(entry, file.name)
        if entries.setdefault(entry["tap_stream_id"], entry) != entry:
            raise ConfigError(
                f"The file of --catalog {file.name} has stream {entry['tap_stream_id']!r} twice, "
                "and the two differ: which tables and columns are read is not clear. Remove one."
            )
        if entry.get("stream") and entry["stream"] != entry["tap_stream_id"]:
            raise ConfigError(
                f"The file of --catalog {file.name} calls stream {entry['tap_stream_id']!r} "
                f"{entry['stream']!r}. The catalog cannot rename a stream; use __alias__ in "
                "stream_maps."
            )
    return catalog


def _check_metadata(entry: Mapping[str, Any], name: str) -> None:
    """Check that a catalog's entry says one thing of each property and of the stream itself.

    Raises:
        ConfigError: it does not. The SDK takes what comes last.
    """
    found: dict[tuple[str, ...], Any] = {}
    for item in entry.get("metadata", ()):
        place = tuple(item["breadcrumb"])
        if found.setdefault(place, item["metadata"]) != item["metadata"]:
            raise ConfigError(
                f"The file of --catalog {name} has metadata of stream {entry['tap_stream_id']!r} "
                f"for the breadcrumb {list(place)!r} twice, and the two differ: what is read is "
                "not clear. Remove one."
            )


def _read_object(option: str, file: IO[str] | None) -> dict[str, Any] | None:
    if file is None:
        return None
    # Whatever the locale says: click opens files in its encoding.
    content = file.buffer.read() if isinstance(file, io.TextIOWrapper) else file.read()
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        text = text.removeprefix("\ufeff")
    except UnicodeDecodeError:
        if kind := recognise_content(content):
            raise ConfigError(f"The file of {option} {file.name} holds {kind}") from None
        raise ConfigError(
            f"The file of {option} {file.name} is not in UTF-8. Save it in UTF-8; the > of some "
            "versions of PowerShell writes UTF-16."
        ) from None
    if not text.strip():
        raise ConfigError(f"The file of {option} {file.name} is empty.")
    try:
        value = json.loads(text)
    except ValueError as error:
        if kind := recognise_content(text):
            raise ConfigError(f"The file of {option} {file.name} holds {kind}") from None
        raise ConfigError(f"The file of {option} {file.name} is not JSON: {error}.") from None
    if not (value is None or isinstance(value, dict)):
        raise ConfigError(f"The file of {option} {file.name} holds no JSON object.")
    return value


def bookmarks_of(state: Any) -> dict[str, Any]:
    """The parts of a state by stream; empty where it has no such form."""
    bookmarks = state.get("bookmarks") if isinstance(state, dict) else None
    return bookmarks if isinstance(bookmarks, dict) else {}


def well_formed(content: Any) -> dict[str, Any]:
    """A stream's part of a state in the form that the SDK takes.

    Anything else becomes a bookmark that its stream will find invalid. The SDK's notes on
    partitions and unsorted streams, which it expects to be well-formed, are not this tap's.
    """
    if not isinstance(content, dict):
        return {} if content is None else {STATE_KEY: content}
    return {key: value for key, value in content.items() if key not in _SDK_KEYS}
