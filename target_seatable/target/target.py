"""The target as a run: it ends with the input, an error or a signal, and reports what it did."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import IO, TYPE_CHECKING, Any

from singer_sdk import Target

from seatable_client.errors import ErrorKind, SeaTableError
from singer_seatable.cli import exit_on_error, kind_of
from singer_seatable.gc_tuning import reduced_gc
from singer_seatable.run_log import log_summary
from target_seatable.messages import Stopped
from target_seatable.target.message_target import MessageTarget

if TYPE_CHECKING:
    from types import FrameType


class TargetSeaTable(MessageTarget):
    """Loads Singer streams into the tables of a SeaTable base."""

    def process_endofpipe(self) -> None:
        """Store the rest, write the links, and remove what is to be removed.

        Raises:
            Exception: the error of the first rejected record, if the run rejected more records
                than it may.
            RowLimitExceeded: the base has no room for the rows of a dry run.
        """
        super().process_endofpipe()
        self._worker.wait()
        context, sinks = self._context, self._sinks()
        if context is not None and sinks:
            self.remove_refused_tables()
            for sink in sinks:
                sink.create_empty_table()
            loads = {sink.stream_name: sink.load for sink in sinks}
            self._worker.run(lambda: context.finish_tables(loads))
        self._check_columns()
        is_complete = self.message_reader.signum is None
        with self._planning.ending(context, sinks, is_complete=is_complete):
            if is_complete:
                for sink in sinks:
                    sink.remove_rows(self._reason_not_to_delete(sink.stream_name))
            self._report.check_rejected(self.logger)
            if context is not None and context.tables.row_limit.exceeded:
                raise context.tables.row_limit.exceeded

    def _reason_not_to_delete(self, stream: str) -> str | None:
        """Why the rows that a stream lacks are not removed; None if nothing forbids it."""
        if self._report.rejected.too_many:
            return "records were rejected"
        while array := self._nested.array_of(stream):
            stream = array.parent
        sources = [
            source
            for source, stream_maps in self.mapper.stream_maps.items()
            if stream in {stream_map.stream_alias for stream_map in stream_maps}
        ]
        return self._partial_source.incomplete_reason({stream, *sources})

    # Running

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: Any = None,
        file_input: IO[str] | None = None,
    ) -> None:
        """Run the target as the SDK does; a user's mistake ends in a sentence, not a traceback.

        Args:
            about: only print what the target is and takes.
            about_format: how to print it.
            config: the SDK's merged `--config` options.
            file_input: the messages; standard input if not given.
        """
        super(Target, cls).invoke(about=about, about_format=about_format)
        cls.log_version()
        with exit_on_error(cls.logger):
            target = cls(
                config=config.config if config else None,
                parse_env_config=bool(config and config.parse_env),
            )
            target.run(file_input)

    def run(self, file_input: IO[Any] | None) -> None:
        """Load until the input ends, or until a signal asks to stop between two messages."""
        try:
            with reduced_gc():
                self.listen(file_input)
        except Stopped as stop:
            self.logger.warning("Stopped by signal %d; storing what was received.", stop.signum)
            self.process_endofpipe()
        except Exception as error:
            if kind_of(error) in {ErrorKind.CONFIGURATION, ErrorKind.DATA} and self._context:
                with contextlib.suppress(SeaTableError):  # what ends the run is raised
                    self._worker.wait()
                    self.remove_refused_tables(has_failed=True)
            raise
        finally:
            with contextlib.suppress(SeaTableError):  # what ended the run has been raised
                self._worker.wait()
            self._worker.stop()
            if self._context is not None:
                loads = {sink.stream_name: sink.load for sink in self._sinks()}
                self._context.linker.warn_of_unlinked(loads)
            self._progress.close()
            self._log_report()
            if self._context is not None:
                self._context.tables.base.transport.close()
        if signum := self.message_reader.signum:
            sys.exit(128 + signum)

    def _log_report(self) -> None:
        """Log the counters of each stream, however the run ended."""
        self._report.log_streams(self.logger)
        if self._context is None:
            if sys.exc_info()[0] is None:  # an error says itself what came
                self.logger.info("Nothing was loaded: no stream was received.")
        else:
            base = self._context.tables.base
            is_idle = self._report.is_idle and not self._settings.dry_run
            self.logger.log(logging.DEBUG if is_idle else logging.INFO, "%s", base.costs())
            is_complete = sys.exc_info()[0] is None and not self.message_reader.signum
            counts = self._report.counts(is_complete=is_complete)
            log_summary(self.logger, counts, [base.transport], is_idle=is_idle)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Stop between two messages; a second signal stops at once.

        The SDK's handler drains where it interrupts, even a drain, and then reports success.
        """
        del frame
        if self.message_reader.signum is not None:
            sys.exit(128 + signum)
        self.message_reader.stop(signum)
