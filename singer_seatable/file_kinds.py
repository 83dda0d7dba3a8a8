"""Recognises a file that was given in the place of another, so that one sentence can say it."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import json
import re
from enum import Enum
from typing import TYPE_CHECKING, Any

from seatable_client.settings import CONNECTION_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_LOAD = "target-seatable load loads such files."


class FileKind(Enum):
    """Kinds of files that are no text, and how they begin."""

    ARCHIVE = b"PK\x03\x04"
    GZIP = b"\x1f\x8b"
    OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # also one of today with a password
    PARQUET = b"PAR1"
    PDF = b"%PDF-"
    SQLITE = b"SQLite format 3\x00"


def kind_of(beginning: bytes) -> FileKind | None:
    """The kind of a file that begins with these bytes; None if it may be a text."""
    return next((kind for kind in FileKind if beginning.startswith(kind.value)), None)


_ADVICE = {
    FileKind.ARCHIVE: f"an Excel workbook or another archive. {_LOAD}",
    FileKind.PARQUET: f"a Parquet file. {_LOAD}",
    FileKind.GZIP: "a compressed file. Unpack it first.",
    FileKind.SQLITE: f"an SQLite database. {_LOAD}",
    FileKind.OLD_OFFICE: "a file in a pre-2007 Office format. Save a workbook as .xlsx.",
}
"""What files of rows are, and what to do with them."""

_FIRST_LINES = 5
_DELIMITERS = ",;\t|"
_MELTANO = ("singer_state", "completed", "partial", "completed_state", "partial_state")
"""Keys under which Meltano keeps states."""

_MESSAGES = {
    "SCHEMA": ("stream", "schema"),
    "RECORD": ("stream", "record"),
    "STATE": ("value",),
    "BATCH": ("stream", "manifest"),
    "ACTIVATE_VERSION": ("stream", "version"),
}
"""The types of Singer messages, and what each has."""


def recognise_content(content: bytes | str) -> str:
    """What a file holds that is not JSON, with what to do; empty for anything else.

    Args:
        content: of the file.
    """
    if isinstance(content, bytes):
        kind = kind_of(content)
        if kind in _ADVICE:
            return _ADVICE[kind]
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return ""
    lines = [line for line in content.splitlines()[:_FIRST_LINES] if line.strip()]
    first = lines[0].strip() if lines else ""
    if first.startswith("{") and _is_message(first):
        return (
            "Singer messages. The target reads them from standard input. A state is the 'value' of "
            "the last STATE message."
        )
    if not first or first[0] in "{[":
        return ""
    if _is_table(lines):
        return f"a CSV table. {_LOAD}"
    is_yaml = first == "---" or first.endswith(":") or ": " in first
    return "YAML. Write it as JSON." if is_yaml else ""


def _is_message(line: str) -> bool:
    try:
        value = json.loads(line)
    except ValueError:
        return False
    return isinstance(value, dict) and is_message(value)


def is_message(value: Mapping[str, Any]) -> bool:
    """Whether an object is a Singer message, and no row that has a column called `type`."""
    kind = value.get("type")
    return isinstance(kind, str) and kind in _MESSAGES and value.keys() >= set(_MESSAGES[kind])


_INPUTS = {
    "a catalog. The tap takes it with --catalog.": ("streams",),
    "a state. The tap takes it with --state.": ("bookmarks", *_MELTANO),
    "settings. Give them with --config.": tuple(CONNECTION_SETTINGS),
}
"""What is given to a target in place of messages, and the keys of such an object."""

_FIRST_KEY = re.compile(r'\{\s*"([^"]+)"\s*:')


def recognise_input(content: bytes) -> str:
    """What an input holds that has no Singer message, with what to do; empty for anything else.

    Args:
        content: its first lines.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return f"a text in UTF-16. Singer messages are in UTF-8. {_LOAD}"
    text = content.decode("utf-8", "replace").strip()
    if text.startswith("["):
        return "a JSON list. Singer messages are objects, one in each line."
    if not text.startswith("{"):
        return recognise_content(content)
    try:
        names = set(json.loads(text))
    except ValueError:  # the first lines only, of an object over many
        first = _FIRST_KEY.match(text)
        names = {first[1]} if first else set()
    kinds = (kind for kind, keys in _INPUTS.items() if not names.isdisjoint(keys))
    return next(kinds, "") if "type" not in names else ""


def _is_table(lines: list[str]) -> bool:
    """Whether each line has as many cells as the first, which has several."""
    for delimiter in _DELIMITERS:
        with contextlib.suppress(csv.Error):
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
            if rows and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
                return True
    return False


def recognise_object(value: Mapping[str, Any], known: Collection[str] = ()) -> str:
    """What a JSON object is that was given for something else, and where it belongs.

    Args:
        value: the object.
        known: names of settings, if it was given for settings; one of them makes it that.

    Returns:
        What it is, with what to do; empty for anything else.
    """
    if not value.keys().isdisjoint(known):
        return ""
    if not known and not value.keys().isdisjoint(CONNECTION_SETTINGS):
        return "settings. Give it with --config."
    kinds = {
        "a catalog. Give it with --catalog.": isinstance(value.get("streams"), list),
        "a state. Give it with --state.": isinstance(value.get("bookmarks"), dict),
        "a state as Meltano keeps it. Put what its 'singer_state' is into a file of its own.": any(
            isinstance(value.get(name), dict) for name in _MELTANO
        ),
        "a Singer message. A state is the 'value' of a STATE message.": is_message(value),
    }
    return next((kind for kind, applies in kinds.items() if applies), "")
