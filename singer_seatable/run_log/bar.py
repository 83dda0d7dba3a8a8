"""A bar on the terminal that standard error is, with the log's lines above it."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import Console
    from rich.progress import Progress

WIDTH = 79
"""Columns at most. Lines of the log are longer, so one of another program covers the whole bar."""


class Bar:
    """A bar for the stream that a run is at.

    Args:
        console: of the terminal.
        progress: rich's own, which draws when it is told to.
    """

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._task = progress.add_task("", total=None, text="")
        self._streams = [
            (handler, handler.stream)
            for handler in logging.getLogger().handlers
            if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr
        ]
        above = cast("TextIO", _AboveBar(console))
        for handler, _ in self._streams:
            handler.setStream(above)
        progress.start()

    def draw(self, stream: str, text: str, done: int, total: int | None) -> None:
        """Show how far a stream is.

        Args:
            stream: its name.
            text: how far it is, in words.
            done: its rows so far.
            total: rows that there are; None where that is not known.
        """
        self._progress.update(
            self._task, description=stream, text=text, completed=done, total=total
        )
        self._progress.refresh()
        # A line that another program logs begins where the bar does.
        self._console.file.write("\r")
        self._console.file.flush()

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()
        for handler, stream in self._streams:
            handler.setStream(stream)


class _AboveBar:
    """A stream whose lines appear above the bar."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, text: str) -> None:
        self._console.print(
            text, end="", markup=False, highlight=False, emoji=False, soft_wrap=True
        )

    def flush(self) -> None:
        """Nothing: the console has written already."""


def open_bar() -> Bar | None:
    """Begin a bar, if standard error is a terminal that can show one."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    # Only here, as it takes a tenth of a second.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415
    from rich.table import Column  # noqa: PLC0415

    console = Console(file=sys.stderr)
    if not console.is_terminal or console.is_dumb_terminal:
        return None
    console.width = min(console.width, WIDTH)
    name = Column(no_wrap=True, overflow="ellipsis", max_width=20)
    progress = Progress(
        TextColumn("{task.description}", markup=False, table_column=name),
        BarColumn(bar_width=10),
        TextColumn("{task.fields[text]}", markup=False, table_column=Column(no_wrap=True)),
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    return Bar(console, progress)
