"""What a run remembers of a table, in the state: enough to tell next time what has changed.

Four things must hold of it (the page on incremental syncs argues why):

* the horizon never passes a change that was not read;
* every id that was emitted and not yet emitted as deleted is in the sketch of ids, and is there
  before it is emitted: a run may be killed between any two messages;
* a memory is replaced only when the stream is complete, or by the cursor of an unfinished read;
* whatever is doubtful is no memory at all, and leads to a full read.

Keys are set to null, never removed: Meltano merges states.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_64_hexdigest, xxh3_64_intdigest

from seatable_client.errors import GenerationMissing
from seatable_client.times import parse_instant
from tap_seatable.sketch import Sketch, text_length

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = 1
"""Changed when an older memory can no longer be understood."""

STATE_KEY = "seatable"
"""Where a stream's part of the state keeps it, beside the SDK's own keys."""

FORGOTTEN: Mapping[str, None] = {"replication_key_value": None, STATE_KEY: None}
"""What a stream's part of the state says when nothing is known."""

STATE_BYTES = 950_000
"""What a state may measure, all its tables together, as far as `SMALLEST_CAPACITY` allows."""

SMALLEST_CAPACITY = 16

_ID_BITS = 8 * 22  # SeaTable's row ids are 22 ASCII characters
_DIGEST_BITS = 64
_PAIR_BITS = _ID_BITS + _DIGEST_BITS
_BYTES_PER_PLACE = 128  # of both sketches together, as text
_BYTES_BESIDES = 600  # of a memory without its sketches, a long stream's name included
_LONGEST_ID = 22
CLOCKS_DIFFER = timedelta(minutes=5)
"""Servers that share the work may be apart by so much."""


class Doubt(Exception):
    """Why a memory cannot be trusted; the message completes "…, so the table is read again"."""


@dataclass
class Sketches:
    """The ids of a table's rows, and the rows' contents, as far as they have been emitted."""

    ids: Sketch
    pairs: Sketch

    @classmethod
    def of_capacity(cls, capacity: int) -> Sketches:
        """Empty sketches."""
        return cls(Sketch(capacity, _ID_BITS), Sketch(capacity, _PAIR_BITS))

    @property
    def capacity(self) -> int:
        """How many differences they show."""
        return self.ids.capacity

    def add(self, rows: Iterable[tuple[str, bytes]], *, times: int = 1) -> None:
        """Add rows, given by id and by the bytes that were emitted for them."""
        ids, pairs = [], []
        for row_id, content in rows:
            payload, seed = _id_element(row_id)
            digest = content_digest(content)
            ids.append((payload, seed))
            pairs.append((payload << _DIGEST_BITS | digest, seed ^ digest))
        self.ids.add(ids, times=times)
        self.pairs.add(pairs, times=times)

    def add_ids(self, row_ids: Iterable[str]) -> None:
        """Add rows that are about to be emitted, or of which only the ids matter."""
        self.ids.add(map(_id_element, row_ids))

    def add_contents(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Add the contents of rows whose ids have been added."""
        self.pairs.add(_pair_element(*_id_element(row_id), content) for row_id, content in rows)


@dataclass(frozen=True)
class Changes:
    """What two sketches of ids or of contents show.

    Attributes:
        removed: ids that only the earlier one has.
        added: ids that only the later one has.
        contents: id and digest of rows that only the later one has; None where that is not known.
    """

    removed: frozenset[str]
    added: frozenset[str]
    contents: frozenset[tuple[str, int]] | None


def changes_between(earlier: Sketches, later: Sketches, gone: Iterable[str] = ()) -> Changes | None:
    """What has changed from one to the other.

    Args:
        earlier: sketches of the rows emitted so far.
        later: sketches, of the same capacity, of the rows that there are.
        gone: ids that are known to be deleted, to make room where too many are.

    Returns:
        The changes; None where more ids differ than the sketches show.
    """
    ids = later.ids.difference(earlier.ids, _id_seed)
    known = frozenset(gone)
    if ids is None and known:
        fewer = Sketch.load(earlier.ids.dump(), earlier.capacity, _ID_BITS)
        fewer.add(map(_id_element, known), times=-1)
        ids = later.ids.difference(fewer, _id_seed)
    elif ids is not None:
        known = frozenset()
    if ids is None:
        return None
    pairs = later.pairs.difference(earlier.pairs, _pair_seed)
    return Changes(
        removed=frozenset(map(_id_of, ids.removed)) | known,
        added=frozenset(map(_id_of, ids.added)),
        contents=None
        if pairs is None
        else frozenset(
            (_id_of(payload >> _DIGEST_BITS), payload & ((1 << _DIGEST_BITS) - 1))
            for payload in pairs.added
        ),
    )


def content_digest(content: bytes) -> int:
    """What the sketch of contents keeps of a row. Nobody gains by a collision, so speed decides."""
    return xxh3_64_intdigest(content)


def capacity_for(rows: int | None, tables: int, wanted: int) -> int:
    """How many differences the sketches of a table should show.

    No more than the user wants, than the table has rows, and than its share of `STATE_BYTES`
    allows. For the rows a power of two, so that a growing table seldom changes it.

    Args:
        rows: rows of the table; None where the server does not count them.
        tables: tables that share a state.
        wanted: the setting `sketch_capacity`.
    """
    share = STATE_BYTES // max(tables, 1) - _BYTES_BESIDES
    grown = wanted if rows is None else 1 << max(rows - 1, 1).bit_length()
    capacity = min(wanted, grown, share // _BYTES_PER_PLACE)
    while capacity > SMALLEST_CAPACITY and sketches_length(capacity) > share:
        capacity -= 1
    return max(capacity, SMALLEST_CAPACITY)


def sketches_length(capacity: int) -> int:
    """How long both sketches of a table are as text."""
    return text_length(capacity, _ID_BITS) + text_length(capacity, _PAIR_BITS)


@dataclass
class Memory:
    """What a run remembers of a table.

    Attributes:
        base: id of the base.
        table: id of the table, or of the table and the view.
        version: the base's operation counter up to which nothing is unknown; None where servers do
            not tell, or where something has to be looked at again.
        seen_at: when the counter showed `version`, by the server's clock.
        stream_version: version of the Singer stream under which the records went out.
        fingerprint: of what decides how records look; with another one all contents are new.
        horizon: every change up to here has been emitted; None for a table without rows.
        compared_at: when the rows were last compared, or all read.
        rows: how many ids the sketch holds; None where it is not known, as while rows go out.
        sketches: of what was emitted.
        cursor: id of the last row emitted by a full read that did not finish; else None.
        ahead: id up to which, after the cursor, the sketches hold rows already; None like `cursor`.
        silent: whether rows may have been deleted and nobody was told, because that was not wanted.
    """

    base: str
    table: str
    version: int | None
    seen_at: datetime
    stream_version: int
    fingerprint: str
    horizon: datetime | None
    compared_at: datetime
    rows: int | None
    sketches: Sketches
    cursor: str | None = None
    ahead: str | None = None
    silent: bool = False

    def dump(self) -> dict[str, Any]:
        """The memory as a part of the state."""
        told = {
            "format": FORMAT,
            "base": self.base,
            "table": self.table,
            "version": self.version,
            "seen_at": self.seen_at.isoformat(timespec="seconds"),
            "stream_version": self.stream_version,
            "fingerprint": self.fingerprint,
            "horizon": self.horizon.isoformat(timespec="milliseconds") if self.horizon else None,
            "compared_at": self.compared_at.isoformat(timespec="seconds"),
            "rows": self.rows,
            "capacity": self.sketches.capacity,
            "ids": self.sketches.ids.dump(),
            "pairs": self.sketches.pairs.dump(),
            "cursor": self.cursor,
            "ahead": self.ahead,
            "silent": self.silent,
        }
        return {**told, "check": _check_sum(told)}

    @property
    def bookmark(self) -> str | None:
        """How far the stream has come, for those who look: of a finished read only."""
        if self.horizon is None or self.cursor is not None:
            return None
        return self.horizon.replace(microsecond=0).isoformat(timespec="milliseconds")

    @classmethod
    def load(cls, state: Mapping[str, Any], *, base: str, table: str) -> Memory | None:
        """The memory of a table in its stream's part of the state; None if there is nothing yet.

        Raises:
            Doubt: there is something, but not what this table left.
        """
        known = state.get(STATE_KEY)
        if known is None:
            if state.get("replication_key_value") is None:
                return None
            raise Doubt("the state is of an older version of this tap or of another one")
        if not isinstance(known, dict) or known.get("format") != FORMAT:
            raise Doubt("the state is of another version of this tap")
        if known.get("base") != base:
            raise Doubt("the state is of another base")
        if known.get("table") != table:
            raise Doubt("the state is of another table")
        if known.get("check") != _check_sum({key: known[key] for key in known if key != "check"}):
            raise Doubt("the state is damaged")
        try:
            capacity = int(known["capacity"])
            memory = cls(
                base=base,
                table=table,
                version=_integer(known["version"]),
                seen_at=datetime.fromisoformat(known["seen_at"]),
                stream_version=int(known["stream_version"]),
                fingerprint=str(known["fingerprint"]),
                horizon=parse_instant(known["horizon"]) if known["horizon"] else None,
                compared_at=datetime.fromisoformat(known["compared_at"]),
                rows=_integer(known["rows"]),
                sketches=Sketches(
                    Sketch.load(known["ids"], capacity, _ID_BITS),
                    Sketch.load(known["pairs"], capacity, _PAIR_BITS),
                ),
                cursor=_text(known["cursor"]),
                ahead=_text(known["ahead"]),
                silent=known.get("silent", False) is True,
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise Doubt("the state is damaged") from None
        if state.get("replication_key_value") != memory.bookmark:
            raise Doubt("the state's bookmark is not the one that belongs to it")
        return memory

    def is_due(self, now: datetime, interval: timedelta) -> bool:
        """Whether the rows have to be compared, because the last time is too long ago.

        Or because it is still to come: then a clock was wrong, and nothing is known of when it was.
        """
        age = now.astimezone(timezone.utc) - self.compared_at
        return max(age, timedelta()) >= interval or age < -CLOCKS_DIFFER


def _check_sum(told: Mapping[str, Any]) -> str:
    return xxh3_64_hexdigest(json.dumps(told, sort_keys=True).encode())


def _integer(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise TypeError


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError


def _id_element(row_id: str) -> tuple[int, int]:
    raw = row_id.encode()
    if len(raw) > _LONGEST_ID:
        raise GenerationMissing(
            f"The server sent row id {row_id!r}, which is longer than SeaTable's row ids are; a "
            "newer version of this tap may know such servers."
        )
    return int.from_bytes(raw, "big"), xxh3_64_intdigest(raw)


def _pair_element(payload: int, seed: int, content: bytes) -> tuple[int, int]:
    digest = content_digest(content)
    return payload << _DIGEST_BITS | digest, seed ^ digest


def _id_of(payload: int) -> str:
    return payload.to_bytes(_LONGEST_ID, "big").lstrip(b"\0").decode("ascii", "replace")


def _id_seed(payload: int) -> int | None:
    raw = payload.to_bytes(_LONGEST_ID, "big").lstrip(b"\0")
    return xxh3_64_intdigest(raw)


def _pair_seed(payload: int) -> int | None:
    seed = _id_seed(payload >> _DIGEST_BITS)
    return None if seed is None else seed ^ (payload & ((1 << _DIGEST_BITS) - 1))
