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
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_64_hexdigest

from seatable_client.timestamps import parse_instant
from tap_seatable.state.row_sketches import Sketches, capacity_for, room_beside

if TYPE_CHECKING:
    from collections.abc import Mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
"""Changed when an older memory can no longer be understood."""

STATE_KEY = "seatable"
"""Where a stream's part of the state keeps it, beside the SDK's own keys."""

VERSION_KEY = "stream_version"
"""Where a memory has the version of its stream, and a part of a state without memory the last."""

_LATEST_VERSION = 10**13

CLOCKS_DIFFER = timedelta(minutes=5)
"""Servers that share the work may be apart by so much."""


class InvalidBookmark(Exception):
    """Why a memory cannot be trusted; the message completes "…, so the table is read again"."""


@dataclass
class TableBookmark:
    """What a run remembers of a table.

    Attributes:
        base: id of the base.
        table: id of the table, or of the table and the view.
        version: the base's operation counter up to which nothing is unknown; None where servers do
            not tell, or where something has to be looked at again.
        seen_at: when the counter showed `version`, by the server's clock.
        stream_version: version of the Singer stream under which the records went out.
        fingerprint: of what decides how records look; with another one all contents are new.
        columns: what `restructured.remembered` said of the stream's; None where there was no room.
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
    columns: Mapping[str, str] | None
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
            VERSION_KEY: self.stream_version,
            "fingerprint": self.fingerprint,
            "columns": self.columns,
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
    def load(cls, state: Mapping[str, Any], *, base: str, table: str) -> TableBookmark | None:
        """The memory of a table in its stream's part of the state; None if there is nothing yet.

        Raises:
            InvalidBookmark: there is something, but not what this table left.
        """
        known = state.get(STATE_KEY)
        if known is None:
            if state.get("replication_key_value") is None:
                return None
            raise InvalidBookmark("the state is of an older version of this tap or of another one")
        if not isinstance(known, dict) or known.get("format") != FORMAT:
            raise InvalidBookmark("the state is of another version of this tap")
        if known.get("base") != base:
            raise InvalidBookmark("the state is of another base")
        if known.get("table") != table:
            raise InvalidBookmark("the state is of another table")
        if known.get("check") != _check_sum({key: known[key] for key in known if key != "check"}):
            raise InvalidBookmark("the state is damaged")
        try:
            capacity = int(known["capacity"])
            memory = cls(
                base=base,
                table=table,
                version=_integer(known["version"]),
                seen_at=datetime.fromisoformat(known["seen_at"]),
                stream_version=int(known[VERSION_KEY]),
                fingerprint=str(known["fingerprint"]),
                columns=_texts(known["columns"]),
                horizon=parse_instant(known["horizon"]) if known["horizon"] else None,
                compared_at=datetime.fromisoformat(known["compared_at"]),
                rows=_integer(known["rows"]),
                sketches=Sketches.load(known["ids"], known["pairs"], capacity),
                cursor=_text(known["cursor"]),
                ahead=_text(known["ahead"]),
                silent=known.get("silent", False) is True,
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise InvalidBookmark("the state is damaged") from None
        if state.get("replication_key_value") != memory.bookmark:
            raise InvalidBookmark("the state's bookmark is not the one that belongs to it")
        return memory

    def is_due(self, now: datetime, interval: timedelta) -> bool:
        """Whether the rows have to be compared, because the last time is too long ago.

        Or because it is still to come: then a clock was wrong, and nothing is known of when it was.
        """
        age = now.astimezone(timezone.utc) - self.compared_at
        return max(age, timedelta()) >= interval or age < -CLOCKS_DIFFER


def last_version(state: Mapping[str, Any]) -> int:
    """The version of a stream that its part of the state names, also in doubt; 0 if there is none.

    Loaders keep rows that are newer than the version that is activated.
    """
    known = state.get(STATE_KEY)
    told = (known if isinstance(known, dict) else state).get(VERSION_KEY)
    return told if type(told) is int and 0 < told < _LATEST_VERSION else 0


def reset_bookmark(state: Mapping[str, Any], version: int = 0) -> dict[str, Any]:
    """What a stream's part of the state says when nothing is known but how far its versions are.

    Args:
        state: as it was.
        version: of the records that go out from now on, if they have one.
    """
    version = max(version, last_version(state))
    return {"replication_key_value": None, STATE_KEY: None, VERSION_KEY: version}


def _check_sum(told: Mapping[str, Any]) -> str:
    return xxh3_64_hexdigest(json.dumps(told, sort_keys=True).encode())


def _integer(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise TypeError


def _texts(value: Any) -> Mapping[str, str] | None:
    if value is None or (
        isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    ):
        return value
    raise TypeError


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError


@dataclass(frozen=True)
class BookmarkBuilder:
    """What a new memory is made of, besides what the read finds.

    Attributes:
        base: id of the base.
        table: id of the table, or of the table and the view.
        version: the base's operation counter when the run began.
        fingerprint: of what decides how records look.
        columns: what `restructured.remembered` says of the stream's.
        now: the server's clock when the run began.
        tables: how many tables share the state.
        sketch_capacity: the setting.
        last_version: of the stream, in the last run; 0 where that is not known.
    """

    base: str
    table: str
    version: int | None
    fingerprint: str
    columns: Mapping[str, str]
    now: datetime
    tables: int
    sketch_capacity: int
    last_version: int

    @cached_property
    def columns_kept(self) -> Mapping[str, str] | None:
        """The columns, if the state has room for them."""
        fit = len(json.dumps(self.columns)) <= room_beside(self.tables)
        return self.columns if fit else None

    def capacity(self, rows: int | None) -> int:
        """For the sketches of a table of so many rows, if that is known."""
        beside = len(json.dumps(self.columns_kept))
        return capacity_for(rows, self.tables, self.sketch_capacity, beside)


def one_version_later(last: int = 0) -> int:
    """A version later than the last one, whatever this machine's clock says."""
    return max(int(datetime.now(timezone.utc).timestamp() * 1000), last + 1)
