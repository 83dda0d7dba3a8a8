r"""Lenient decoding of lines that hold what cannot be stored, but that common programs write.

Python writes `NaN` and `Infinity`, which JSON does not have, and a lone surrogate as an escape
(`\ud83d`), which is not text. A number may have more digits than any program reads. None of these
can be stored or sent on, but the records around it can.
"""

from __future__ import annotations

import decimal
import json
import re
from typing import TYPE_CHECKING, Any

from target_seatable.messages import nesting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


_SHOWN = 40
"""Characters of a number that a message shows."""

_MOST_DIGITS = 4_000
"""Digits of an integer that every version of Python reads and prints."""


class UnstorableNumber(str):
    """A number that nothing can hold, as it is written: `NaN`, or an integer of 5,000 digits."""

    __slots__ = ()


class SourceRecord(dict[str, Any]):
    """A record on its way, with the lines of the input that it came in.

    Attributes:
        lines: the RECORD messages as they came; several where records of one key were merged.
    """

    def __init__(self, record: Mapping[str, Any], lines: Sequence[bytes] = ()) -> None:
        super().__init__(record)
        self.lines = lines


class FaultyRecord(SourceRecord):
    """A record with values that cannot be stored, which texts replace.

    Attributes:
        reason: what is wrong with them.
    """

    def __init__(self, record: Mapping[str, Any], reason: str, lines: Sequence[bytes] = ()) -> None:
        super().__init__(record, lines)
        self.reason = reason


def decode(line: bytes) -> tuple[Any, list[str]]:
    """Decode a line; texts replace values that are no JSON.

    Returns:
        The decoded value, and a clause per replaced value: its property, or the path to it in the
        line, and what is wrong with it.

    Raises:
        ValueError: the line is no JSON for another reason.
    """
    faults: list[str] = []
    value = json.loads(
        line, parse_float=_fraction, parse_int=_integer, parse_constant=UnstorableNumber
    )
    return _repair(value, (), faults), faults


def repaired_message(line: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """A RECORD message in which texts replace what cannot be stored.

    Returns:
        The message, and the properties of its record in which something was replaced.
    """
    deep: list[str] = []
    if nesting.is_too_deep(line):
        line, deep = nesting.replace_deep(line)
    message: dict[str, Any] = json.loads(
        line, parse_float=_fraction, parse_int=_integer, parse_constant=UnstorableNumber
    )
    replaced = {}
    for name, value in message["record"].items():
        faults: list[str] = []
        repaired = _repair(value, (), faults)
        if faults or name in deep:
            replaced[_repair_text(name, (), [])] = repaired
    return _repair(message, (), []), replaced


def _fraction(numeral: str) -> decimal.Decimal | UnstorableNumber:
    try:
        return decimal.Decimal(numeral)
    except ArithmeticError:  # an exponent of twenty digits
        return UnstorableNumber(numeral)


def _integer(numeral: str) -> int | UnstorableNumber:
    return int(numeral) if len(numeral) <= _MOST_DIGITS else UnstorableNumber(numeral)


def _repair(value: Any, path: tuple[str, ...], faults: list[str]) -> Any:
    if isinstance(value, dict):
        return {
            _repair_text(name, path, faults): _repair(item, (*path, name), faults)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_repair(item, path, faults) for item in value]
    if isinstance(value, UnstorableNumber):
        shown = value if len(value) <= _SHOWN else f"a number of {len(value):,} characters"
        faults.append(f"{_describe_path(path)} is {shown}, which cannot be stored as a number")
        return str(value)
    return _repair_text(value, path, faults) if isinstance(value, str) else value


def _repair_text(text: str, path: tuple[str, ...], faults: list[str]) -> str:
    if not _LONE_SURROGATE.search(text):
        return text
    faults.append(
        f"{_describe_path(path)} has an unpaired surrogate, which cannot be stored as text"
    )
    return _LONE_SURROGATE.sub(_escape, text)


def _escape(surrogate: re.Match[str]) -> str:
    return f"\\u{ord(surrogate[0]):04x}"


def _describe_path(path: tuple[str, ...]) -> str:
    """A path in words."""
    inner = path[1:] if path[:1] == ("record",) else path
    name = ".".join(inner).encode("utf-8", "backslashreplace").decode()
    return f"Property {name!r}" if name else "The record"
