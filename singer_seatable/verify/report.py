"""Shows what a comparison has found: as a table for people, or as JSON lines for programs."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import TYPE_CHECKING

import click

from seatable_client.errors import ConfigError
from seatable_client.formatting import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_seatable.verify.comparison import TableResult

DIFFERENT = 1
"""The exit code where a table differs."""

_HEADINGS = ("missing", "unexpected", "changed", "")
_NUMBERS = range(2, 7)


def show_results(
    results: Sequence[TableResult], *, as_json: bool, other_side: str = "warehouse"
) -> None:
    """Print the results.

    Args:
        results: of all tables.
        as_json: print a JSON line for each table in place of the table.
        other_side: what the heading calls the other side.
    """
    if as_json:
        for result in results:
            line = {**dataclasses.asdict(result), "equal": result.is_equal}
            click.echo(json.dumps(line, ensure_ascii=False))
    elif results:
        _print_table(results, other_side)
        _print_details(results)
        different = sum(not result.is_equal for result in results)
        click.echo(
            f"{different} of {format_count(len(results), 'table')} differ."
            if different
            else f"{format_count(len(results), 'table')} compared, all equal, value by value."
        )


def exit_if_different(results: Sequence[TableResult]) -> None:
    """End with exit code 1 if a table differs.

    Raises:
        ConfigError: nothing was compared.
        SystemExit: a table differs.
    """
    if not results:
        raise ConfigError(
            "There is nothing to compare: the settings and the catalog select no table."
        )
    if not all(result.is_equal for result in results):
        sys.stdout.flush()
        sys.exit(DIFFERENT)


def _print_table(results: Sequence[TableResult], other_side: str) -> None:
    headings = ("stream", "table", "base", other_side, *_HEADINGS)
    lines = [headings, *map(_cells, results)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    for line in lines:
        cells = [
            cell.rjust(width) if place in _NUMBERS else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
    click.echo()


def _cells(result: TableResult) -> tuple[str, ...]:
    counts = (
        result.rows, result.rows_there, result.missing, result.unexpected, result.changed,
    )  # fmt: skip
    verdict = "equal" if result.is_equal else "DIFFERENT"
    return (result.stream, result.place or "-", *(f"{count:,}" for count in counts), verdict)


def _print_details(results: Sequence[TableResult]) -> None:
    for result in results:
        columns = [f"{name} in {count:,} rows" for name, count in result.columns.items()]
        lines = list(result.examples)
        if columns:
            lines.append(f"Columns that differ: {', '.join(columns)}.")
        for line in [*lines, *result.notes]:
            click.echo(f"{result.stream}: {line}")
