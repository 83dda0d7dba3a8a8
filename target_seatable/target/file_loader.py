"""Loads files: their messages come from a thread of the same process."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from typing import TYPE_CHECKING

from tabular_files.messages import singer_lines
from target_seatable.target.target import TargetSeaTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tabular_files.streams import FileStream


class FileLoader(TargetSeaTable):
    """The target for files, whose number of rows is known beforehand."""

    def load(self, streams: Sequence[FileStream]) -> None:
        """Let a thread write the messages to a pipe that the target reads."""
        reading, writing = os.pipe()
        failures: list[Exception] = []
        for stream in streams:
            self._progress.begin(stream.name, total=stream.row_count)

        def write() -> None:
            try:
                with os.fdopen(writing, "wb", buffering=1 << 16) as output:
                    output.writelines(singer_lines(streams))
            except BrokenPipeError:
                pass  # the target has ended, and says why
            except Exception as error:  # noqa: BLE001  (raised when the target has ended)
                failures.append(error)

        with os.fdopen(reading, "rb") as messages:
            threading.Thread(target=write, name="files", daemon=True).start()
            with contextlib.redirect_stdout(io.StringIO()):  # states are for pipelines
                self.run(messages)
        if failures:
            raise failures[0]

    def note_table(self, stream: str, table: str) -> None:
        """Let rejected records say which table they were to go into: no setting does."""
        self._report.rejected.tables = {stream: table}
