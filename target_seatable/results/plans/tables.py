"""The plan of a load as tables for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from seatable_client.formatting import format_count

if TYPE_CHECKING:
    from target_seatable.results.plans.load_plan import LoadPlan, StreamPlan

_WIDTH_OF_LOGS = 140
"""Characters of a line where no terminal says how wide it is."""

_SHOWN = 24
"""Characters of a sample."""


def print_plan(plan: LoadPlan) -> None:
    """Print a table per stream on standard error: standard output is for states."""
    from rich.console import Console  # noqa: PLC0415  (which takes time, and only dry runs print)

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(
            file=sys.stderr, width=_WIDTH_OF_LOGS, highlight=False, markup=False, emoji=False
        )
    for stream in plan.streams:
        console.print(_table(stream))
        console.print(_rows(stream))
        for sentence in stream.looks_wrong:
            console.print(f"Looks wrong: {_printable(sentence)}")


def _table(stream: StreamPlan) -> object:
    from rich.box import SQUARE  # noqa: PLC0415  (as above)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    is_new = " (new)" if stream.is_new else ""
    title = f"Stream {stream.stream!r} into table {stream.table!r}{is_new}"
    table = Table(title=Text(_printable(title)), title_justify="left", box=SQUARE)
    for name in ("column", "type", "why", "samples"):
        table.add_column(name, overflow="fold")
    for name in ("empty", "refused", "changed"):
        table.add_column(name, justify="right")
    for column in stream.columns:
        samples = [_printable(text[:_SHOWN]) for text in column.samples]
        changed = "?" if column.changed is None else f"{column.changed:,}"
        table.add_row(
            Text(_printable(column.column or column.property or "")),
            Text(f"{column.type or ''}{' (new)' if column.is_new else ''}"),
            Text(_printable(column.why)),
            Text("\n".join(samples)),
            f"{column.empty:,}",
            f"{column.refused:,}",
            changed,
        )
    return table


def _rows(stream: StreamPlan) -> str:
    marked = f", {stream.mark:,} to mark as deleted" if stream.mark else ""
    skipped = f", {format_count(stream.skip, 'record')} skipped" if stream.skip else ""
    return (
        f"{format_count(stream.add, 'row')} to add, {stream.change:,} to change, "
        f"{stream.unchanged:,} unchanged, {stream.delete:,} to delete{marked}; "
        f"{format_count(stream.refuse, 'record')} refused{skipped}; "
        f"{format_count(stream.calls, 'call')}"
    )


def _printable(text: str) -> str:
    """A text that moves no cursor and hides no sign."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
