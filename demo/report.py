"""What the demo shows: a spinner per step on a terminal, else plain lines, then the result."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.compare import Comparison

_WIDTH = 100
_SHOWN = 3
"""How many rows that differ are shown of each table."""


class Report:
    """Collects what happened, says it while it happens, and draws it up at the end."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        if not self._console.is_terminal:
            self._console = Console(highlight=False, width=_WIDTH)
        self._comparisons: list[tuple[str, Comparison]] = []
        self._calls: list[tuple[str, int, float]] = []
        self._begin = time.monotonic()

    @property
    def all_equal(self) -> bool:
        """Whether something was compared, and nothing differed."""
        return bool(self._comparisons) and all(c.equal for _, c in self._comparisons)

    def say(self, text: str = "") -> None:
        """A line, never broken: it may be meant to be copied."""
        self._console.print(text, soft_wrap=True)

    def failed(self, text: str) -> None:
        """What somebody else had to say about a failure, as it is."""
        self._console.print(text, soft_wrap=True, markup=False, style="red")

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Shows that something is going on, and how long it took."""
        begin = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(what):
                yield
        else:
            self.say(f"{what} ...")
            yield
        self.say(f"[green]done[/green] {what}, {time.monotonic() - begin:.1f} s")

    def compared(self, pipeline: str, comparison: Comparison) -> None:
        """Adds a table."""
        self._comparisons.append((pipeline, comparison))

    def called(self, pipeline: str, calls: int, seconds: float) -> None:
        """Adds how many calls a run made to SeaTable, and how long it took."""
        self._calls.append((pipeline, calls, seconds))

    def show(self) -> None:
        """The result."""
        self.say()
        self._show_tables()
        self._show_calls()
        self._show_differences()
        tables = len(self._comparisons)
        verdict = (
            f"[bold green]Every one of {tables} tables is equal, value by value.[/]"
            if self.all_equal
            else f"[bold red]{self._different()} of {tables} tables differ.[/]"
        )
        self.say(f"{verdict} It took {time.monotonic() - self._begin:.0f} s.")

    def _different(self) -> int:
        return sum(not comparison.equal for _, comparison in self._comparisons)

    def _table(self, *headings: str) -> Table:
        table = Table(box=box.SIMPLE if self._console.is_terminal else box.ASCII2)
        for heading in headings:
            numeric = heading in {"rows in", "rows out", "calls", "seconds"}
            table.add_column(heading, justify="right" if numeric else "left")
        return table

    def _show_tables(self) -> None:
        table = self._table("pipeline", "table", "rows in", "rows out", "")
        for pipeline, comparison in self._comparisons:
            verdict = "[green]equal[/]" if comparison.equal else "[bold red]DIFFERENT[/]"
            counts = (f"{comparison.rows_in:,}", f"{comparison.rows_out:,}")
            table.add_row(pipeline, comparison.name, *counts, verdict)
        self._console.print(table)

    def _show_calls(self) -> None:
        table = self._table("run", "calls", "seconds")
        for pipeline, calls, seconds in self._calls:
            table.add_row(pipeline, f"{calls:,}", f"{seconds:.1f}")
        table.add_section()
        table.add_row("API calls in all", f"{sum(calls for _, calls, _ in self._calls):,}", "")
        self._console.print(table)

    def _show_differences(self) -> None:
        for pipeline, comparison in self._comparisons:
            if comparison.equal:
                continue
            self.say(f"[bold]{pipeline}, {comparison.name}[/]:")
            for label, rows in (
                ("not arrived", comparison.missing),
                ("arrived instead", comparison.unexpected),
            ):
                for row in rows[:_SHOWN]:
                    self._console.print(f"  {label}: {row}", markup=False)
                if len(rows) > _SHOWN:
                    self.say(f"  ... and {len(rows) - _SHOWN:,} more")
