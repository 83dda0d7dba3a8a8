"""The bookmark of a table in the state: enough to find what has changed by the next run.

Four invariants hold (the page on incremental syncs gives the reasons):

* the horizon never passes a change that was not read;
* every id that was emitted and not yet emitted as deleted is among the emitted rows, and is there
  before it is emitted: a run may be killed between any two messages;
* a bookmark is replaced only when the stream is complete, or by the cursor of an unfinished read;
* a doubtful bookmark counts as none, and leads to a full sync.

Meltano lays a new state over an old one, dictionary by dictionary: with `--full-refresh` and where
it merges states. So a bookmark is one text, which is replaced as a whole or not at all, and keys
are set to null, never removed. Bookmarks of older versions, which are dictionaries, are read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_64_hexdigest

from seatable_client.timestamps import parse_instant
from singer_seatable.contract import CURSOR, STATE_KEY, VERSION_KEY
from tap_seatable.state.emitted_rows import EmittedRows
from tap_seatable.state.row_sketches import bytes_for_columns, capacity_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 1
"""Raised when an older bookmark can no longer be understood."""

_LATEST_VERSION = 10**13

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far apart the clocks of servers that share the work may be."""


class InvalidBookmark(Exception):
    """Why a bookmark cannot be used; the message completes "full sync, because …"."""


@dataclass
class TableBookmark:
    """What the state keeps of a table.

    Attributes:
        base: id of the base.
        table: id of the table, or of the table and the view.
        version: the base's operation counter up to which nothing is unknown; None where servers
            have none, or where something has to be compared again.
        last_operation_at: when the operation of that number happened, as the log has it; None where
            the log did not show it. Another time means that the base was put back in between.
        stream_version: version of the Singer stream under which the records went out.
        fingerprint: of what decides how records look; with another one all contents are new.
        columns: what `column_changes.format_columns` returned; None where there was no room.
        horizon: every change up to here has been emitted; None for a table without rows.
        compared_at: when the rows were last compared, or all read.
        rows: how many rows have been emitted; None where it is not known, as while rows go out.
        emitted: those rows.
        cursor: id of the last row emitted by a full read that did not finish; else None.
        ahead: id up to which, after the cursor, `emitted` has rows already; None like `cursor`.
        sent_as: the names that the records went out under; empty for the stream's own name alone.
        deletes_unreported: whether deleted rows may not have been reported, as `deletes` was off or
            a map left out what marks them.
    """

    base: str
    table: str
    version: int | None
    stream_version: int
    fingerprint: str
    columns: Sequence[str] | None
    horizon: datetime | None
    compared_at: datetime
    rows: int | None
    emitted: EmittedRows
    cursor: str | None = None
    ahead: str | None = None
    sent_as: Sequence[str] = ()
    deletes_unreported: bool = False
    last_operation_at: datetime | None = None

    def dump(self) -> str:
        """The bookmark as a part of the state: JSON, because nothing may merge its parts.

        What is null or false is left out.
        """
        fields = {
            "format": FORMAT,
            "base": self.base,
            "table": self.table,
            "version": self.version,
            "operation_at": _format(self.last_operation_at),
            VERSION_KEY: self.stream_version,
            "fingerprint": self.fingerprint,
            "columns": self.columns,
            "horizon": _format(self.horizon),
            "compared_at": self.compared_at.isoformat(timespec="seconds"),
            "rows": self.rows,
            **self.emitted.dump(),
            CURSOR: self.cursor,
            "ahead": self.ahead,
            "names": list(self.sent_as) or None,
            "silent": self.deletes_unreported,
        }
        fields = {
            key: value for key, value in fields.items() if value is not None and value is not False
        }
        return _encode({**fields, "check": _check_sum(fields)})

    @property
    def contents_known(self) -> bool:
        """Whether no record counts as known in another form than the one emitted last."""
        return self.emitted.contents_known

    @property
    def replication_key_value(self) -> str | None:
        """The SDK's replication key value, for people who look: of a finished read only."""
        if self.horizon is None or self.cursor is not None:
            return None
        return self.horizon.replace(microsecond=0).isoformat(timespec="milliseconds")

    @classmethod
    def load(cls, state: Mapping[str, Any], *, base: str, table: str) -> TableBookmark | None:
        """The bookmark of a table in its stream's part of the state; None if there is none yet.

        Raises:
            InvalidBookmark: the state has a bookmark, but not one that fits this table.
        """
        fields = parse_bookmark(state)
        if fields is None:
            if state.get("replication_key_value") is None:
                return None
            raise InvalidBookmark("the state is of an older version of this tap or of another one")
        if fields.get("format") != FORMAT:
            raise InvalidBookmark("the state is of another version of this tap")
        if fields.get("base") != base:
            raise InvalidBookmark("the state is of another base")
        if fields.get("table") != table:
            raise InvalidBookmark("the state is of another table")
        content = {key: value for key, value in fields.items() if key != "check"}
        if fields.get("check") != _check_sum(content):
            raise InvalidBookmark("the state is damaged")
        try:
            bookmark = cls._parse(fields, base=base, table=table)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise InvalidBookmark("the state is damaged") from None
        if state.get("replication_key_value") != bookmark.replication_key_value:
            raise InvalidBookmark("the state's bookmark is not the one that belongs to it")
        return bookmark

    @classmethod
    def _parse(cls, fields: Mapping[str, Any], *, base: str, table: str) -> TableBookmark:
        return cls(
            base=base,
            table=table,
            version=_integer(fields.get("version")),
            stream_version=int(fields[VERSION_KEY]),
            fingerprint=str(fields["fingerprint"]),
            columns=_texts(fields.get("columns")),
            horizon=_moment(fields.get("horizon")),
            compared_at=datetime.fromisoformat(fields["compared_at"]),
            rows=_integer(fields.get("rows")),
            emitted=EmittedRows.load(fields),
            cursor=_text(fields.get(CURSOR)),
            ahead=_text(fields.get("ahead")),
            sent_as=tuple(_texts(fields.get("names")) or ()),
            deletes_unreported=fields.get("silent", False) is True,
            last_operation_at=_moment(fields.get("operation_at")),
        )

    def is_due(self, now: datetime, interval: timedelta) -> bool:
        """Whether the last comparison is so old that the rows have to be compared.

        Or whether it lies in the future: then a clock was wrong, and its age is not known.
        """
        age = now.astimezone(timezone.utc) - self.compared_at
        return max(age, timedelta()) >= interval or age < -CLOCKS_DIFFER


def parse_bookmark(state: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of the bookmark in a stream's part of the state; None if there is none.

    Empty if there is something else, which is no bookmark.
    """
    content = state.get(STATE_KEY)
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except (ValueError, RecursionError):
            return {}
    elif content is None:
        return None
    return content if isinstance(content, dict) else {}


def last_version(state: Mapping[str, Any]) -> int:
    """The stream's latest version in its part of the state, valid or not; 0 if there is none.

    Loaders keep rows that are newer than the version that is activated.
    """
    versions = ((parse_bookmark(state) or {}).get(VERSION_KEY), state.get(VERSION_KEY))
    return max(
        (version for version in versions if type(version) is int and 0 < version < _LATEST_VERSION),
        default=0,
    )


def reset_bookmark(state: Mapping[str, Any], version: int = 0) -> dict[str, Any]:
    """A stream's part of the state without a bookmark; it keeps only the latest version.

    Args:
        state: the part as it was.
        version: of the records that go out from now on, if they have one.
    """
    version = max(version, last_version(state))
    return {"replication_key_value": None, STATE_KEY: None, VERSION_KEY: version}


def _check_sum(fields: Mapping[str, Any]) -> str:
    return xxh3_64_hexdigest(json.dumps(fields, sort_keys=True).encode())


def _format(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None


def _moment(value: str | None) -> datetime | None:
    return parse_instant(value) if value else None


def _encode(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _size(value: Any) -> int:
    """Characters that a part of a bookmark takes in the state, where quotes are escaped."""
    return len(json.dumps(_encode(value)))


def _integer(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise TypeError


def _texts(value: Any) -> Sequence[str] | None:
    if isinstance(value, dict):  # as older versions had it: key and type by property
        value = [f"{column} {name}" for name, column in value.items()]
    if value is None or (isinstance(value, list) and all(isinstance(text, str) for text in value)):
        return value
    raise TypeError


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError


@dataclass(frozen=True)
class BookmarkBuilder:
    """What every new bookmark of a table contains, whatever the read finds.

    Attributes:
        base: id of the base.
        table: id of the table, or of the table and the view.
        version: the base's operation counter when the run began.
        last_operation_at: when the operation of that number happened; None where that is not known.
        fingerprint: of what decides how records look.
        sent_as: the names that the records go out under; empty for the stream's own name alone.
        columns: what `column_changes.format_columns` returned.
        now: the server's clock when the run began.
        tables: how many tables share the state.
        sketch_capacity: the setting.
        last_version: of the stream, in the last run; 0 where that is not known.
        deletes_unreported: whether the run does not report deleted rows.
    """

    base: str
    table: str
    version: int | None
    last_operation_at: datetime | None
    fingerprint: str
    sent_as: Sequence[str]
    columns: Sequence[str]
    now: datetime
    tables: int
    sketch_capacity: int
    last_version: int
    deletes_unreported: bool = False

    def start_full_sync(self, horizon: datetime | None) -> TableBookmark:
        """The bookmark of a full sync that has read no row yet.

        Args:
            horizon: the latest change known before the first page.
        """
        return TableBookmark(
            base=self.base,
            table=self.table,
            version=self.version,
            last_operation_at=self.last_operation_at,
            stream_version=next_version(self.last_version),
            fingerprint=self.fingerprint,
            columns=self.stored_columns,
            horizon=horizon,
            compared_at=self.now,
            rows=0,
            emitted=EmittedRows(self.capacity),
            sent_as=self.sent_as,
            deletes_unreported=self.deletes_unreported,
        )

    def catch_up(self, bookmark: TableBookmark) -> TableBookmark:
        """The bookmark, with nothing unknown of what happened until the run began."""
        is_same = bookmark.version == self.version and self.last_operation_at is None
        return replace(
            bookmark,
            version=self.version,
            last_operation_at=bookmark.last_operation_at if is_same else self.last_operation_at,
        )

    @cached_property
    def stored_columns(self) -> Sequence[str] | None:
        """The columns, if the state has room for them."""
        fit = _size(self.columns) <= bytes_for_columns(self.tables)
        return self.columns if fit else None

    @cached_property
    def capacity(self) -> int:
        """How many differences the sketches of the table show, if it has too many for a list."""
        return capacity_for(self.tables, self.sketch_capacity, _size(self.stored_columns))


def next_version(last: int = 0) -> int:
    """A stream version later than the last one, whatever this machine's clock shows."""
    return max(int(datetime.now(timezone.utc).timestamp() * 1000), last + 1)
