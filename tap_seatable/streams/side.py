"""Side streams: what a base is made of and who uses it, besides the rows of its tables.

They are read whole in every run in which they are selected, under a new version each.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from seatable_client.auth.account import AccountBase
from seatable_client.errors import ConfigError
from tap_seatable.records.writer import encode_all
from tap_seatable.state.bookmark import one_version_later
from tap_seatable.streams.base import SourceStream
from tap_seatable.streams.side_records import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk.helpers.types import Context

    from tap_seatable.bases.source import Source
    from tap_seatable.tap import TapSeaTable

    Record = dict[str, Any]

PAGE = 1_000
"""Records written at a time."""


class SideStream(SourceStream):
    """What there is of one kind in one base."""

    def __init__(self, tap: TapSeaTable, source: Source, name: str, kind: Kind) -> None:
        self._kind = kind
        self._keys = ("base_id", *kind.keys)
        schema = {
            "type": "object",
            "properties": {**{key: {"type": "string"} for key in self._keys}, **kind.properties},
        }
        super().__init__(tap, source, name=name, schema=schema)
        self.primary_keys = self._keys
        self.forced_replication_method = "FULL_TABLE"

    def get_records(self, context: Context | None) -> Iterator[Record]:
        """All records."""
        del context
        for record in self._kind.records(self._source):
            yield {"base_id": self._source.uuid, **record}

    def bring(self) -> None:
        """Emit all records under a new version."""
        version = one_version_later()
        output = self.open(version)
        wanted = [name for name in self.schema["properties"] if self.mask["properties", name]]
        limit = self.ABORT_AT_RECORD_COUNT
        records = itertools.islice(self.get_records(None), limit)
        while page := list(itertools.islice(records, PAGE)):
            output.write(encode_all({name: one.get(name) for name in wanted} for one in page))
            self.count(len(page))
        if limit is None and self.config["deletes"] != "off":
            self.activate(version)


def check_side_streams(wanted: Iterable[str], sources: Sequence[Source]) -> None:
    """See that the side streams that the setting names can be had.

    Raises:
        ConfigError: API tokens are wanted, and no account is there that sees them.
    """
    if "_api_tokens" in wanted and sources and not any(map(_has_account, sources)):
        raise ConfigError(
            "The setting side_streams names _api_tokens, which takes an account: set "
            "account_token, or username and password."
        )


def side_streams(tap: TapSeaTable, source: Source, wanted: Iterable[str]) -> list[SideStream]:
    """The streams that the setting names, as far as the base's credential is enough for them.

    A table that has the name of one has it first.
    """
    taken = {stream.name.casefold() for stream in source.streams}
    found = []
    for kind in dict.fromkeys(wanted):
        if kind == "_api_tokens" and not _has_account(source):
            continue
        name = kind
        while source.stream_name(name).casefold() in taken:
            name = f"_{name}"
        found.append(SideStream(tap, source, name, KINDS[kind]))
    return found


def _has_account(source: Source) -> bool:
    return isinstance(source.base.auth.credential, AccountBase)
