"""`tap-seatable`, and `tap-seatable bases`, which lists what there is to read."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from singer_seatable.cli import exit_on_error
from tap_seatable.bases import group_bases, list_bases
from tap_seatable.tap import TapSeaTable

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> None:
    """Run the tap, or the sub-command that is named first."""
    if sys.argv[1:2] == ["bases"]:
        bases_command(sys.argv[2:], prog_name="tap-seatable bases")
    else:
        TapSeaTable.cli()


@click.command("bases")
@click.option(
    "--config",
    "configs",
    multiple=True,
    help="File of settings, or ENV for those in the environment, which is the default.",
)
@click.option("--include", multiple=True, help="Pattern of names to list, such as 'Sales*'.")
@click.option("--exclude", multiple=True, help="Pattern of names to leave out.")
@click.option("--count-rows", is_flag=True, help="Count rows; one call for each table.")
@click.option(
    "--groups", type=click.IntRange(min=1), help="Pack small bases into so many groups at most."
)
@click.option(
    "--max-rows",
    type=click.IntRange(min=0),
    default=50_000,
    show_default=True,
    help="With --groups: a base with more rows is alone.",
)
def bases_command(
    *,
    configs: Sequence[str],
    include: Sequence[str],
    exclude: Sequence[str],
    count_rows: bool,
    groups: int | None,
    max_rows: int,
) -> None:
    """List the bases that the credentials open as JSON lines.

    Each line holds the name, the id, how many tables and rows there are, a state id that a rename
    does not change, and the settings for a run of that base, or group of bases, alone.
    """
    with exit_on_error(TapSeaTable.logger):
        tap = TapSeaTable(config=TapSeaTable.read_config(configs or ["ENV"]), setup_mapper=False)
        bases, failures = list_bases(
            tap.server,
            tap.settings,
            include=include,
            exclude=exclude,
            count_rows=count_rows or groups is not None,
        )
        lines = (
            group_bases(bases, groups=groups, max_rows=max_rows)
            if groups
            else (base.describe() for base in bases)
        )
        for line in lines:
            click.echo(json.dumps(line, ensure_ascii=False))
        if not bases and not failures:
            TapSeaTable.logger.warning("There is no base to list: the patterns leave none.")
        tap.failures.record_base_failures(failures)
        tap.failures.raise_all(rest="The others are listed." if bases else "")


if __name__ == "__main__":
    main()
