"""Changes between two memories of a table's rows, and the interface of both forms of memory."""

from __future__ import annotations

from dataclasses import dataclass

from xxhash import xxh3_64_intdigest

from seatable_client.errors import ApiNotAvailable

LONGEST_ID = 22
"""Characters of a row id, all of them ASCII."""


@dataclass(frozen=True)
class Changes:
    """The differences of two memories.

    Attributes:
        removed: ids that only the earlier one has.
        added: ids that only the later one has.
        contents: id and digest of rows that only the later one has; None where that is not known.
    """

    removed: frozenset[str]
    added: frozenset[str]
    contents: frozenset[tuple[str, int]] | None


def content_digest(content: bytes) -> int:
    """The digest of a record, 64 bits. It is fast, and not cryptographic."""
    return xxh3_64_intdigest(content)


def refuse_id(row_id: str) -> ApiNotAvailable:
    """The error of a row id that no state can hold."""
    return ApiNotAvailable(
        f"The server sent row id {row_id!r}, which is longer than SeaTable's row ids are, or has "
        "characters that these do not have; a newer version of this tap may know such servers."
    )
