"""tap-tabular-files: the tables in files as Singer streams."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream, Tap
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from singer_seatable.cli import GuardedPlugin, exit_on_error
from singer_seatable.contract import SCHEMA_EXTENSION
from singer_seatable.stream_maps import FlatteningMapper
from tabular_files.settings import SETTINGS
from tabular_files.streams import FileStream, file_streams

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from singer_sdk.helpers.types import Context
    from singer_sdk.singerlib import SchemaMessage


class TapTabularFiles(GuardedPlugin, Tap):
    """Tables in CSV, Excel, JSON lines, Parquet and SQLite files as Singer streams."""

    name = "tap-tabular-files"
    package_name = "singer-seatable"
    config_jsonschema: ClassVar[dict[str, Any]] = copy.deepcopy(dict(SETTINGS))
    dynamic_catalog = True
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    @classmethod
    def invoke(cls, *args: Any, **kwargs: Any) -> None:
        """Run the tap as the SDK does; what is wrong with a file is a sentence."""
        with exit_on_error(cls.logger):
            super().invoke(*args, **kwargs)

    @classmethod
    def cb_discover(cls, *args: Any, **kwargs: Any) -> None:
        """Run discovery as the SDK does; what is wrong with a file is a sentence."""
        with exit_on_error(cls.logger):
            super().cb_discover(*args, **kwargs)

    def setup_mapper(self) -> None:
        """Make the stream maps, with a flattening that loses nothing."""
        self.mapper = FlatteningMapper(dict(self.config), self.logger)
        self.mapper.register_raw_streams_from_catalog(self.catalog)

    @cached_property
    def _files(self) -> list[FileStream]:
        return file_streams(self.config["files"])

    def discover_streams(self) -> Sequence[Stream]:
        """A stream for each table. Every file is looked at whole."""
        for stream in self._files:
            for table in stream.tables:
                for note in table.notes:
                    self.logger.warning("%s: %s", table.place, note)
        return [TableStream(self, stream) for stream in self._files]


class TableStream(Stream):
    """The rows of a table."""

    def __init__(self, tap: Tap, file_stream: FileStream) -> None:
        self._file_stream = file_stream
        super().__init__(tap, name=file_stream.name, schema=file_stream.schema)
        self.primary_keys = file_stream.keys
        self.forced_replication_method = "FULL_TABLE"

    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """Every row."""
        del context
        return self._file_stream.records()

    def _generate_schema_messages(self) -> Generator[SchemaMessage, None, None]:
        """The SDK's messages, with the keyword that its own schema class drops."""
        known = self._file_stream.schema["properties"]
        for message in super()._generate_schema_messages():
            properties = message.schema["properties"]
            for name, schema in known.items():
                if SCHEMA_EXTENSION in schema and name in properties:
                    properties[name] = {
                        **properties[name],
                        SCHEMA_EXTENSION: schema[SCHEMA_EXTENSION],
                    }
            yield message
