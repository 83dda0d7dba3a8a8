"""Side streams: the structure of a base and who uses it, besides the rows of its tables.

They are read whole in every run in which they are selected, under a new version each.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError
from tap_seatable.records import encode_all
from tap_seatable.state import next_version
from tap_seatable.streams.base import SourceStream
from tap_seatable.streams.side_records import SIDE_TABLES, SideTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context

    from tap_seatable.bases import Source
    from tap_seatable.records import RecordWriter
    from tap_seatable.streams.base import RunContext
    from tap_seatable.streams.table import TableStream

    Record = dict[str, Any]

PAGE = 1_000
"""Records written at a time."""


class SideStream(SourceStream):
    """One side stream of one base.

    Args:
        tap: the tap.
        source: the base.
        run: what the streams of a run share.
        name: the stream's name.
        side_table: which records it has.
        tables: the streams of the base's tables and views.
    """

    def __init__(
        self,
        tap: Tap,
        source: Source,
        run: RunContext,
        *,
        name: str,
        side_table: SideTable,
        tables: Sequence[TableStream],
    ) -> None:
        self._side_table = side_table
        self._tables = tables
        keys = ("base_id", *side_table.keys)
        schema = {
            "type": "object",
            "properties": {**{key: {"type": "string"} for key in keys}, **side_table.properties},
        }
        super().__init__(tap, source, run, name=name, schema=schema)
        self.primary_keys = keys
        self.forced_replication_method = "FULL_TABLE"

    def get_records(self, context: Context | None) -> Iterator[Record]:
        """All records."""
        del context
        for record in self._side_table.read(self.source, self._tables):
            yield {"base_id": self.source.uuid, **record}

    def sync_table(self, writer: RecordWriter) -> None:
        """Emit all records under a new version.

        Raises:
            SeaTableError: the records cannot be read.
        """
        version = next_version()
        names = [name for name in self.schema["properties"] if self.mask["properties", name]]
        limit = self.ABORT_AT_RECORD_COUNT
        records = itertools.islice(self.get_records(None), limit)
        while page := list(itertools.islice(records, PAGE)):
            selected = ({name: record.get(name) for name in names} for record in page)
            writer.write(encode_all(selected), version)
        if limit is None and self._run.config.deletes.activates_versions:
            writer.activate(version)


def check_side_streams(names: Iterable[str], sources: Sequence[Source]) -> None:
    """Check that the side streams of the setting can be read.

    Raises:
        ConfigError: the setting names API tokens, and no account is there that sees them.
    """
    if "_api_tokens" in names and sources and not any(map(_lists_api_tokens, sources)):
        raise ConfigError(
            "The setting side_streams names _api_tokens, which needs an account: set "
            "account_token, or username and password."
        )


def make_side_streams(
    tap: Tap, source: Source, run: RunContext, tables: Sequence[TableStream]
) -> list[SideStream]:
    """Make the side streams of the setting, as far as the base's credential is enough for them.

    A table of the same name keeps it; the side stream gets another underscore.
    """
    taken = {stream.name.casefold() for stream in tables}
    streams = []
    for side_stream in run.config.side_streams:
        if side_stream == "_api_tokens" and not _lists_api_tokens(source):
            continue
        name = side_stream
        while source.stream_name(name).casefold() in taken:
            name = f"_{name}"
        side_table = SIDE_TABLES[side_stream]
        streams.append(
            SideStream(
                tap,
                source,
                run,
                name=source.stream_name(name),
                side_table=side_table,
                tables=tables,
            )
        )
    return streams


def _lists_api_tokens(source: Source) -> bool:
    return source.base.auth.credential.lists_api_tokens
