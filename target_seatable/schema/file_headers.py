"""Headers of files that their source has read wrongly, which shows in the names of properties.

A source that reads a file with the wrong delimiter or encoding sends well-formed messages all the
same, and the table would get one column called `id;name;city`.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from seatable_client.errors import ConfigError
from seatable_client.formatting import quote_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from target_seatable.settings import TargetConfig

_DELIMITERS = {";": "a semicolon", "\t": "a tab", "|": "a vertical bar", ",": "a comma"}
"""What may separate the cells of a line."""

_BYTE_ORDER_MARKS = ("\ufeff", "ï»¿", "þÿ", "ÿþ")
"""What a byte order mark becomes at the beginning of a text that is decoded with it."""

_OWN_READER = "tap-tabular-files, which comes with this target and reads such a file as it is"


def check_header(stream: str, properties: Collection[str], config: TargetConfig) -> None:
    """Check that the names of a stream's properties are no header that was read wrongly.

    Args:
        stream: the stream's name.
        properties: its properties, in the order of their columns.
        config: the target's settings. A property that they name is meant as it is.

    Raises:
        ConfigError: the names come from a header that was read wrongly.
    """
    own = [name for name in properties if not name.startswith("_sdc_")]
    named = [config.column_types.get(stream, ()), config.key_properties.get(stream, ())]
    if not own or any(own[0] in names for names in named):
        return
    mistake = _mistake(own)
    if mistake:
        raise ConfigError(
            f"Stream {stream!r}: {mistake}, or use {_OWN_READER}. If the name is right, give it a "
            "type in column_types."
        )


def alike_names(properties: Collection[str]) -> Iterator[str]:
    """A sentence for each group of properties whose names a person would take for one.

    Args:
        properties: the properties of a stream.
    """
    groups: dict[str, list[str]] = {}
    for name in properties:
        folded = unicodedata.normalize("NFKC", name).casefold()
        folded_name = "".join(sign for sign in folded if sign.isalnum()) or name
        groups.setdefault(folded_name, []).append(name)
    for names in groups.values():
        if len(names) > 1:
            yield (
                f"The properties {', '.join(map(repr, names))} have similar names. Rename "
                "one in the source if it is another column, or leave one out with stream_maps."
            )


def _mistake(names: Collection[str]) -> str | None:
    first = next(iter(names))
    shown = quote_value(first)
    if first.startswith(_BYTE_ORDER_MARKS):
        return (
            f"the name of its first property, {shown}, begins with the byte order mark of its "
            "file. Set the encoding of the source to utf-8-sig (in tap-csv: encoding), or save the "
            "file without the mark"
        )
    if any(name.strip().lower().startswith("sep=") and len(name.strip()) <= len("sep=;")
           for name in names):  # fmt: skip
        return (
            f"its first property is called {shown}: the first line of its file names the "
            "delimiter, and the source took it for the header. Remove that line, or let the source "
            "skip it (in tap-spreadsheets-anywhere: skip_initial)"
        )
    if not any(name.strip() for name in names):
        return (
            "no property has a name: the first line of its file is empty or has delimiters only. "
            "Remove that line, or let the source skip it (in tap-spreadsheets-anywhere: "
            "skip_initial)"
        )
    found = next((sign for sign in _DELIMITERS if sign in first), None)
    if len(names) == 1 and found:
        return (
            f"its only property is called {shown}: {_DELIMITERS[found]} separates the columns of "
            f"its file. Set delimiter in the source to {found!r}"
        )
    return None
