"""Keys in sixteen bytes, to keep a million of them in memory.

Two keys have the same digest exactly where Python compares them as equal: 1, 1.0 and True are one
key, 1 and "1" are two. Other keys collide as digests of 128 bits do: among a million keys once in
10^27 times. Records come from outside, and nobody must be able to make two keys collide: hence a
cryptographic hash.
"""

from __future__ import annotations

import hashlib
import struct
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

SIZE = 16
"""Bytes of a digest."""

_double = struct.Struct(">d").pack


def digest_of(key: Hashable) -> bytes:
    """The digest of a key: null, text, a number, bytes, or several of these.

    Raises:
        TypeError: the key is of another type, which no column holds.
    """
    return hashlib.blake2b(_encode(key), digest_size=SIZE).digest()


def _encode(key: Hashable) -> bytes:
    """The key as bytes, different for each key."""
    if isinstance(key, str):
        return b"t" + key.encode("utf-8", "surrogatepass")
    if isinstance(key, (int, float, Decimal)):
        return _encode_number(key)
    if isinstance(key, tuple):
        parts = [_encode(part) for part in key]
        return b"(" + b"".join(b"%d:%b" % (len(part), part) for part in parts)
    if key is None:
        return b"-"
    if isinstance(key, bytes):
        return b"b" + key
    raise TypeError(f"a key cannot be of type {type(key).__name__}")


def _encode_number(key: float | Decimal) -> bytes:
    """A number by its value, whatever its type."""
    try:
        whole = int(key)
    except (ValueError, OverflowError):  # not a number, or infinite
        return b"f" + _double(float(key))
    if whole == key:
        return b"i%d" % whole
    double = float(key)
    return b"f" + _double(double) if double == key else b"d%d/%d" % key.as_integer_ratio()
