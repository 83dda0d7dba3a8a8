r"""Reading a line that is no strict JSON, but that common writers of JSON write.

Python writes `NaN` and `Infinity`, which JSON does not have, and half of a character beyond the
16-bit range as an escape (`\ud83d`), which is no text. Neither can be stored, nor sent on. It is
no reason to give up the records around it.
"""

from __future__ import annotations

import decimal
import json
import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


class NonFiniteNumber(str):
    """The name of a number that JSON does not have."""

    __slots__ = ()


def decoded(line: bytes) -> tuple[Any, list[str]]:
    """Decode a line, with texts in place of what is no JSON.

    Returns:
        What it holds, and what was replaced: the name of the property, or the path to it in the
        line, and what is wrong with it.

    Raises:
        ValueError: it is no JSON all the same.
    """
    faults: list[str] = []
    found = json.loads(line, parse_float=decimal.Decimal, parse_constant=NonFiniteNumber)
    return _mended(found, (), faults), faults


def _mended(value: Any, path: tuple[str, ...], faults: list[str]) -> Any:
    if isinstance(value, dict):
        return {
            _text(name, path, faults): _mended(one, (*path, name), faults)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_mended(one, path, faults) for one in value]
    if isinstance(value, NonFiniteNumber):
        faults.append(f"{_named(path)} is {value}, which is no number that can be stored")
        return str(value)
    return _text(value, path, faults) if isinstance(value, str) else value


def _text(text: str, path: tuple[str, ...], faults: list[str]) -> str:
    if not _HALF.search(text):
        return text
    faults.append(f"{_named(path)} holds half of a character, which is no text that can be stored")
    return _HALF.sub(_escaped, text)


def _escaped(half: re.Match[str]) -> str:
    return f"\\u{ord(half[0]):04x}"


def _named(path: tuple[str, ...]) -> str:
    """What a path leads to, in words."""
    inner = path[1:] if path[:1] == ("record",) else path
    name = ".".join(inner).encode("utf-8", "backslashreplace").decode()
    return f"Property {name!r}" if name else "The record"
