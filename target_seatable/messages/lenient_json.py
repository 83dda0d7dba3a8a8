r"""Lenient decoding of lines that are no strict JSON, but that common programs write.

Python writes `NaN` and `Infinity`, which JSON does not have, and a lone surrogate as an escape
(`\ud83d`), which is half of a character and no text. Neither can be stored or sent on, but the
records around it can.
"""

from __future__ import annotations

import decimal
import json
import re
from typing import Any

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class NonFiniteNumber(str):
    """The name of a number that JSON does not have."""

    __slots__ = ()


def decode(line: bytes) -> tuple[Any, list[str]]:
    """Decode a line; texts replace values that are no JSON.

    Returns:
        The decoded value, and a clause per replaced value: its property, or the path to it in the
        line, and what is wrong with it.

    Raises:
        ValueError: the line is no JSON for another reason.
    """
    faults: list[str] = []
    value = json.loads(line, parse_float=decimal.Decimal, parse_constant=NonFiniteNumber)
    return _repair(value, (), faults), faults


def _repair(value: Any, path: tuple[str, ...], faults: list[str]) -> Any:
    if isinstance(value, dict):
        return {
            _repair_text(name, path, faults): _repair(item, (*path, name), faults)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_repair(item, path, faults) for item in value]
    if isinstance(value, NonFiniteNumber):
        faults.append(f"{_describe_path(path)} is {value}, which is no number that can be stored")
        return str(value)
    return _repair_text(value, path, faults) if isinstance(value, str) else value


def _repair_text(text: str, path: tuple[str, ...], faults: list[str]) -> str:
    if not _LONE_SURROGATE.search(text):
        return text
    faults.append(
        f"{_describe_path(path)} holds half of a character, which is no text that can be stored"
    )
    return _LONE_SURROGATE.sub(_escape, text)


def _escape(surrogate: re.Match[str]) -> str:
    return f"\\u{ord(surrogate[0]):04x}"


def _describe_path(path: tuple[str, ...]) -> str:
    """A path in words."""
    inner = path[1:] if path[:1] == ("record",) else path
    name = ".".join(inner).encode("utf-8", "backslashreplace").decode()
    return f"Property {name!r}" if name else "The record"
