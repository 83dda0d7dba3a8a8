"""`target-seatable --retry-rejected`: loads rejected records again, once they are corrected.

The records take the route of all records. STATEs of its own, which nobody else sees, tell the retry
which of them are stored or rejected again; what is stored is then taken out of the file.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import msgspec
from singer_sdk import Target

from seatable_client.errors import ConfigError, InvalidValueError
from seatable_client.formatting import format_count, show_path, show_path_error
from singer_seatable.cli import exit_on_error
from target_seatable.errors import CannotLink
from target_seatable.load_methods import without_removal
from target_seatable.messages import LINE, SourceRecord
from target_seatable.results import MARKS, Marks, RetriedFile, decode_message
from target_seatable.settings import RetryCommandLine
from target_seatable.target.target import TargetSeaTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from target_seatable.results import Entry, RetriedRecord
    from target_seatable.settings import TargetConfig
    from target_seatable.sinks import Route, TableSink

_RECORDS_PER_STATE = 100
"""Records after which a STATE asks which of them are stored."""

_json = msgspec.json.Encoder()


class TargetCommand(RetryCommandLine, TargetSeaTable):
    """The command of the target, which also loads rejected records again."""

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        file_input: IO[str] | None = None,
        retry_rejected: Sequence[str] = (),
    ) -> None:
        """Run the target, or retry files of rejected records.

        Args:
            about: only print what the target is and takes.
            about_format: how to print it.
            config: the SDK's merged `--config` options.
            file_input: the messages; standard input if not given.
            retry_rejected: the files to retry, instead of any input.
        """
        if not retry_rejected:
            super().invoke(
                about=about, about_format=about_format, config=config, file_input=file_input
            )
            return
        super(Target, cls).invoke(about=about, about_format=about_format)
        cls.log_version()
        with exit_on_error(cls.logger):
            if file_input is not None:
                raise ConfigError(
                    "--retry-rejected loads its files, and --input names another one. Give one of "
                    "the two."
                )
            target = RetryingTarget(
                config=config.config if config else None,
                parse_env_config=bool(config and config.parse_env),
            )
            target.retry(retry_rejected)


class RetryingTarget(TargetSeaTable):
    """Loads the records of files of rejected records."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._files: list[RetriedFile] = []
        self._confirmed: dict[int, int] = {}
        self._place = (0, 0)
        self._added: list[Entry] = []
        self._keeping = threading.Lock()
        self._sink_name: str | None = None
        self._open_routes = 0

    def _parse_settings(self) -> TargetConfig:
        """The settings, without removal of rows: a retry has a few records of a stream."""
        settings = super()._parse_settings()
        if settings.plan_path:
            raise ConfigError(
                "plan_path is set, but a retry has no plan. Leave it out for --retry-rejected."
            )

        by_stream = {
            stream: {
                name: without_removal(value) if name == "load_method" else value
                for name, value in entry.items()
            }
            for stream, entry in settings.stream_settings.items()
        }
        return msgspec.structs.replace(
            settings,
            load_method=without_removal(settings.load_method),
            stream_settings=by_stream,
        )

    def retry(self, paths: Sequence[str]) -> None:
        """Load the records of these files; what is stored is taken out of them.

        Raises:
            ConfigError: a file cannot be retried.
            Exception: the error of the first record that is rejected again, if more are than may.
        """
        with contextlib.ExitStack() as stack:
            for path in dict.fromkeys(map(_resolved, paths)):
                file = RetriedFile(path, len(self._files))
                stack.callback(file.close)
                self._files.append(file)
            self._set_tables()
            records = sum(file.count for file in self._files)
            names = ", ".join(file.name for file in self._files)
            self.logger.info("Retrying %s of %s.", format_count(records, "record"), names)
            if not self._settings.dry_run:
                self._report.rejected.destination = self
                self._report.rejected.path = names
                for file in self._files:
                    file.check_replaceable()
            self.run(cast("IO[Any]", self._messages()))

    def _set_tables(self) -> None:
        """Load each stream into the table that `load --table` named.

        Raises:
            ConfigError: the records of a stream were to go into several tables.
        """
        tables: dict[str, str] = {}
        for stream in dict.fromkeys(name for file in self._files for name in file.tables):
            places: set[str | None] = set().union(
                *(file.tables.get(stream, ()) for file in self._files)
            )
            if len(places) > 1:
                names = sorted(repr(place) for place in places if place)
                raise ConfigError(
                    f"The records of stream {stream!r} were to go into several tables: --table was "
                    f"{' or '.join(names)} for some of them. Move those into a file of their own, "
                    "with the SCHEMA line before them, and retry one file after the other; "
                    "retry.table in a line names its table."
                )
            if (place := next(iter(places))) is not None:
                tables[stream] = place
        self._report.rejected.tables = tables
        mapping = {**self._settings.table_mapping, **tables}
        self._settings = msgspec.structs.replace(
            self._settings,
            table_mapping=mapping,
            by_name={**self._settings.by_name, "table_mapping": mapping},
        )

    # What is loaded

    def _messages(self) -> Iterator[bytes]:
        """The lines to load. A line is done when the next one is asked for."""
        count = 0
        for index, file in enumerate(self._files):
            for message in file.messages():
                if isinstance(message, bytes):
                    yield message
                    continue
                if not self._take_apart(index, file, message):
                    yield message.line
                self._place = (index, message.number + 1)
                count += 1
                if count % _RECORDS_PER_STATE == 0:
                    yield self._state()
            self._place = (index, len(file))

    def _state(self) -> bytes:
        return _json.encode({"type": "STATE", "value": {"place": self._place}})

    def _take_apart(self, index: int, file: RetriedFile, record: RetriedRecord) -> bool:
        """Take a record that must not be loaded as one; returns whether it was none to load."""
        marks, stream = record.marks, self._stream_of(record)
        if names := file.unmended(record):
            reason = (
                f"The text of property {names[0]!r} replaces a value that cannot be stored. "
                f"Correct it, or remove {MARKS!r} from the line to store the text."
            )
            self._reject(stream, record, InvalidValueError(reason))
        elif marks.row_id is not None:
            links = self._record(record)
            if len(links) != 1:
                reason = (
                    "The row is stored, and the record held nothing but the link that it lacks. "
                    "Leave this one property in it, or remove the line."
                )
                self._reject(stream, record, CannotLink(reason))
                return True
            ((prop, value),) = links.items()
            self._report.rejected.link_places[stream, marks.row_id, prop] = (index, record.number)
            self._link(self._sink(stream), marks.row_id, prop, value)
        elif marks.is_stored and not self._sink(stream).stream.keys:
            self._reject(
                stream,
                record,
                CannotLink(
                    "The row is stored without its links, and would be added once more. Set "
                    "key_properties for the stream to have it linked."
                ),
            )
        else:
            return False
        return True

    def _link(self, sink: TableSink, row_id: str, prop: str, value: Any) -> None:
        """Link a row that is stored, when the links of all rows are written."""
        if sink.load is None and self.context.tables.table(sink.stream) is not None:
            sink.begin([])
        for link in sink.load.layout.links if sink.load else ():
            if link.property == prop:
                ticket = self._batches.begin()
                note = self.context.linker.note
                note(sink.stream_name, link, row_id, value, must_exist=True)
                self._batches.complete(ticket, awaits_links=True)
                return
        stream = sink.stream_name
        error = CannotLink(f"Property {prop!r} of stream {stream!r} has no link column.")
        self._report.rejected.add_link(stream, row_id, prop, value, error)

    @staticmethod
    def _record(record: RetriedRecord) -> dict[str, Any]:
        return dict(decode_message(record.line)["record"])

    @staticmethod
    def _stream_of(record: RetriedRecord) -> str:
        return record.marks.sink or record.stream

    def _reject(self, stream: str, record: RetriedRecord, error: Exception) -> None:
        rejected = SourceRecord(self._record(record), (record.line,))
        self._report.stats(stream).reject(rejected, error)

    def _sink(self, stream: str) -> TableSink:
        """The sink of a stream as stream maps call it, or of the elements of an array.

        Raises:
            ConfigError: the settings make no such stream.
        """
        for sink in self._sinks():
            if sink.stream_name == stream:
                return sink
        raise _no_stream(stream)

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        """Load a record by the route that rejected it; the other routes may have stored it."""
        marks = msgspec.convert(message_dict[MARKS], Marks)
        if marks.part_of is not None:
            sink = self._sink(message_dict["stream"])
            sink.take(SourceRecord(message_dict["record"], (message_dict[LINE],)), message_dict)
            if sink.is_full:
                self.drain_one(sink)
            return
        self._sink_name = marks.sink
        super()._process_record_message(message_dict)

    def _routes_of(self, message: dict[str, Any]) -> Sequence[Route]:
        """The routes that a record takes.

        Raises:
            ConfigError: no route: the record would leave the file, and be stored nowhere.
        """
        routes, name = super()._routes_of(message), self._sink_name
        if name is not None:
            routes = [route for route in routes if route[1].stream_name == name]
        if not routes:
            raise _no_stream(name or message["stream"])
        self._open_routes = len(routes)
        return routes

    def _leave_out(self, sink: TableSink, message: dict[str, Any]) -> None:
        """Keep a record in its file if filters leave it out on all of its routes."""
        self._open_routes -= 1
        marks = msgspec.convert(message[MARKS], Marks)
        if self._open_routes or marks.file is None or marks.line is None:
            return
        self._report.note_left_out(sink.stream_name)
        with self._keeping:
            self._files[marks.file].keep(marks.line)

    def _add_fast_path(self, stream: str) -> None:
        """Take no fast path, which does not ask each record for its route."""

    def process_endofpipe(self) -> None:
        """Store the rest; all records that were taken are then stored or rejected."""
        self._states.receive({"place": self._place})
        super().process_endofpipe()

    # What is kept

    def write(self, entries: Sequence[Entry]) -> None:
        """Keep records that were rejected again.

        An entry that comes from no line, such as a link not found, goes into the file that the
        next STATE is about. An object of an array may have a line of its own beside that of its
        record, which is retried as well: it needs no second one.
        """
        with self._keeping:  # batches are stored by several threads
            for entry in entries:
                if entry.place:
                    self._files[entry.place[0]].write([entry])
                elif not any(file.holds(entry) for file in self._files):
                    self._added.append(entry)

    def _write_state_message(self, state: dict[str, Any]) -> None:
        """Take out of the files what is stored, instead of telling anybody."""
        if self._settings.dry_run:
            return
        index, count = state["place"]
        with self._keeping:
            self._files[index].write(self._added)
            self._added.clear()
            # The last file first: what is added to it comes from records of all these files.
            self._confirm(index, count)
            for earlier in range(index):
                self._confirm(earlier, len(self._files[earlier]))

    def _confirm(self, index: int, count: int) -> None:
        if self._confirmed.get(index, -1) < count:
            self._files[index].confirm(count)
            self._confirmed[index] = count


def _no_stream(stream: str) -> ConfigError:
    return ConfigError(
        f"A record of stream {stream!r} was rejected, and with these settings no such stream comes "
        "from its source. Set stream_maps and nested as they were when it was rejected, or load it "
        "from the source again and remove it from the file."
    )


def _resolved(path: str) -> str:
    """A path without links, by which one file is known as one; a URL as it is.

    Raises:
        ConfigError: the path cannot be resolved.
    """
    if "://" in path:
        return path
    try:
        return str(Path(path).expanduser().resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError(
            f"The file {show_path(path)!r} cannot be found: {show_path_error(error, path)}. Name "
            "the file that rejected_records_path was when they were rejected."
        ) from None
