"""Lines that are nested too deeply to be taken apart, whatever Python runs.

How deep a decoder or a function may call itself differs between versions of Python, from some
hundreds to some thousands of levels. One limit that holds for all of them makes a record either
good everywhere or bad everywhere.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH = 200
"""Levels of objects and lists within a line; the deepest documents known have some dozens."""

_RECORD_DEPTH = 2
"""The level of a record's properties: the message has the first."""

_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_STRINGS = re.compile(_STRING, re.DOTALL)
_TOKENS = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}

_json = msgspec.json.Encoder()


def is_too_deep(line: bytes) -> bool:
    """Whether a line has more levels than can be taken apart."""
    if line.count(b"[") + line.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _STRINGS.sub(b"", line).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH


def is_any_too_deep(lines: Sequence[bytes]) -> bool:
    """Whether one of several lines is too deep; lines of 400 bytes cannot be."""
    return max(map(len, lines)) > 2 * MAX_DEPTH and any(map(is_too_deep, lines))


def replace_deep(line: bytes) -> tuple[bytes, list[str]]:
    """Replace what lies deeper than the limit by its JSON as a text.

    Returns:
        The line, and the names of the properties in which something was replaced.
    """
    depth = position = start = 0
    name = b'""'
    pieces: list[bytes] = []
    names: list[str] = []
    for token in _TOKENS.finditer(line):
        sign = token[0][:1]
        if sign == b'"':
            name = token[0] if depth <= _RECORD_DEPTH else name
        elif sign in b"[{":
            depth += 1
            if depth == MAX_DEPTH + 1:
                start = token.start()
        else:
            if depth == MAX_DEPTH + 1:
                text = line[start : token.end()].decode("utf-8", "replace")
                pieces += [line[position:start], _json.encode(text)]
                position = token.end()
                names.append(msgspec.json.decode(name, type=str, strict=False))
            depth -= 1
    return b"".join([*pieces, line[position:]]), list(dict.fromkeys(names))
