"""The report of the demo: a spinner for each step, or plain lines, and then the result."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_WIDTH = 100


class Report:
    """Prints the steps while they run, and tables of all results at the end."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        if not self._console.is_terminal:
            self._console = Console(highlight=False, width=_WIDTH)
        self._results: list[tuple[str, dict[str, Any]]] = []
        self._calls: list[tuple[str, int, float]] = []
        self._start = time.monotonic()

    @property
    def all_equal(self) -> bool:
        """Whether tables were compared, and all were equal."""
        return bool(self._results) and all(result["equal"] for _, result in self._results)

    def print_line(self, text: str = "") -> None:
        """Print a line without wrapping it, so that it can be copied."""
        self._console.print(text, soft_wrap=True)

    def print_failure(self, text: str) -> None:
        """Print the message of a failure unchanged."""
        self._console.print(text, soft_wrap=True, markup=False, style="red")

    @contextmanager
    def step(self, description: str) -> Iterator[None]:
        """Show that a step is running, and how long it took."""
        start = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(description):
                yield
        else:
            self.print_line(f"{description} ...")
            yield
        self.print_line(f"[green]done[/green] {description}, {time.monotonic() - start:.1f} s")

    def add_result(self, pipeline: str, result: dict[str, Any]) -> None:
        """Add what a comparison has found of a table."""
        self._results.append((pipeline, result))

    def add_calls(self, pipeline: str, calls: int, seconds: float) -> None:
        """Add the number of API calls of a run, and how long it took."""
        self._calls.append((pipeline, calls, seconds))

    def show(self) -> None:
        """Print the result."""
        self.print_line()
        self._show_tables()
        self._show_calls()
        self._show_differences()
        tables = len(self._results)
        verdict = (
            f"[bold green]All {tables} tables are equal, value by value.[/]"
            if self.all_equal
            else f"[bold red]{self._count_different()} of {tables} tables differ.[/]"
        )
        self.print_line(f"{verdict} It took {time.monotonic() - self._start:.0f} s.")

    def _count_different(self) -> int:
        return sum(not result["equal"] for _, result in self._results)

    def _table(self, *headings: str) -> Table:
        table = Table(box=box.SIMPLE if self._console.is_terminal else box.ASCII2)
        for heading in headings:
            numeric = heading in {"base", "other side", "calls", "seconds"}
            table.add_column(heading, justify="right" if numeric else "left")
        return table

    def _show_tables(self) -> None:
        table = self._table("pipeline", "table", "base", "other side", "")
        for pipeline, result in self._results:
            verdict = "[green]equal[/]" if result["equal"] else "[bold red]DIFFERENT[/]"
            counts = (f"{result['rows']:,}", f"{result['rows_there']:,}")
            table.add_row(pipeline, result["stream"], *counts, verdict)
        self._console.print(table)

    def _show_calls(self) -> None:
        table = self._table("run", "calls", "seconds")
        for pipeline, calls, seconds in self._calls:
            table.add_row(pipeline, f"{calls:,}", f"{seconds:.1f}")
        table.add_section()
        table.add_row("all API calls", f"{sum(calls for _, calls, _ in self._calls):,}", "")
        self._console.print(table)

    def _show_differences(self) -> None:
        for pipeline, result in self._results:
            if result["equal"]:
                continue
            self.print_line(f"[bold]{pipeline}, {result['stream']}[/]:")
            for example in result["examples"]:
                self._console.print(f"  {example}", markup=False, soft_wrap=True)
