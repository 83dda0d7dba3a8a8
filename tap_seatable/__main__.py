"""`tap-seatable`, `tap-seatable bases`, and `tap-seatable verify`."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatable_client.errors import ConfigError
from singer_seatable.cli import exit_on_error
from tap_seatable.cli import TapCommandLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO, Any

    from singer_seatable.verify import Warehouse
    from tap_seatable.bases import RunFailures

_MAX_ROWS = 50_000
"""Rows of a base that shares a group, at most, if nothing else is said."""


def main() -> None:
    """Run the tap, or the sub-command that is named first."""
    if sys.argv[1:2] == ["bases"]:
        TapCommandLine.start_subcommand_log("WARNING")  # the result is what there is to say
        bases_command(sys.argv[2:], prog_name="tap-seatable bases")
    elif sys.argv[1:2] == ["verify"]:
        TapCommandLine.start_subcommand_log("WARNING")
        verify_command(sys.argv[2:], prog_name="tap-seatable verify")
    elif sys.argv[1:] in (["--help"], ["--version"]):
        TapCommandLine.cli()
    else:
        from tap_seatable.tap import TapSeaTable  # noqa: PLC0415  (--help does not need it)

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
    "--groups",
    type=click.IntRange(min=1),
    help="Pack small bases into at most this number of groups.",
)
@click.option(
    "--max-rows",
    type=click.IntRange(min=0),
    help=f"With --groups: a base with more rows is alone.  [default: {_MAX_ROWS}]",
)
def bases_command(
    *,
    configs: Sequence[str],
    include: Sequence[str],
    exclude: Sequence[str],
    count_rows: bool,
    groups: int | None,
    max_rows: int | None,
) -> None:
    """List the bases that the credentials open as JSON lines.

    Each line holds the name, the id, how many tables and rows there are, a state id that a rename
    does not change, and the settings for a run of that base, or group of bases, alone.
    """
    if max_rows is not None and groups is None:
        raise click.UsageError("--max-rows needs --groups: it says which bases stay alone.")
    from tap_seatable.bases import group_bases, list_bases  # noqa: PLC0415  (no --help needs it)
    from tap_seatable.tap import TapSeaTable  # noqa: PLC0415  (as above)

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
            group_bases(bases, groups=groups, max_rows=_MAX_ROWS if max_rows is None else max_rows)
            if groups
            else (base.describe() for base in bases)
        )
        for line in lines:
            # Some programs take U+2028 in a name for the end of a line, and have no UTF-8.
            click.echo(json.dumps(line))
        if not bases and not failures:
            TapSeaTable.logger.warning(
                "There is no base to list: the patterns leave all bases out."
            )
        tap.failures.record_base_failures(failures)
        tap.failures.raise_all(rest="The others are listed." if bases else "")


@click.command("verify")
@click.argument("warehouse", envvar="TAP_SEATABLE_VERIFY_WAREHOUSE", required=False)
@click.option(
    "--config",
    "configs",
    multiple=True,
    help="File of settings, or ENV for those in the environment, which is the default.",
)
@click.option("--catalog", type=click.File("r"), help="Catalog that selects streams and columns.")
@click.option("--schema", help="The only schema of a database to look into.")
@click.option(
    "--time-zone",
    default="UTC",
    show_default=True,
    help="Zone of date-times that the warehouse keeps without an offset.",
)
@click.option(
    "--other-base",
    "others",
    multiple=True,
    help="In place of WAREHOUSE: file of settings of another base, such as a copy.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="[TABLE=]COLUMN",
    help="With --other-base: key column; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each table.")
def verify_command(
    *,
    warehouse: str | None,
    configs: Sequence[str],
    catalog: IO[str] | None,
    schema: str | None,
    time_zone: str,
    others: Sequence[str],
    keys: Sequence[str],
    as_json: bool,
) -> None:
    """Compare a base with what a loader has made of it, value by value.

    WAREHOUSE is the URL of a database as SQLAlchemy has it, or a folder of JSON lines or Parquet
    files. It may stand in TAP_SEATABLE_VERIFY_WAREHOUSE, where no list of processes shows its
    password. The base is read in full with the settings of tap-seatable; nothing is written.

    Exit code 0: all tables are equal. 1: one differs. Others: those of tap-seatable.
    """
    from singer_seatable.settings import KeyOption  # noqa: PLC0415  (as above)
    from singer_seatable.verify import (  # noqa: PLC0415  (SQLAlchemy, which no run needs)
        RecordedStreams,
        StreamComparisons,
        exit_if_different,
        open_warehouse,
        show_results,
        time_zone_of,
    )

    with exit_on_error(TapCommandLine.logger):
        config = TapCommandLine.read_config(configs or ["ENV"])
        if (warehouse is None) == (not others):
            raise ConfigError(
                "Name what to compare the base with: either WAREHOUSE, which is the URL of a "
                "database or a folder, or --other-base with the settings of another base."
            )
        if keys and not others:
            raise ConfigError(
                "--key is for --other-base: the rows of a warehouse are found by the keys of their "
                "streams. Leave it out."
            )
        zone = time_zone_of(time_zone)
        with contextlib.ExitStack() as stack:
            place: Warehouse
            key_columns = None
            if others:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="verify-"))
                place = RecordedStreams(Path(folder))
                with contextlib.closing(place):
                    _read(TapCommandLine.read_config(others), place.take).raise_all()
                key_columns = KeyOption(keys)
                key_columns.check(place.tables())
            else:
                place = open_warehouse(warehouse or "", schema=schema)
            comparisons = StreamComparisons(place, zone, key_columns)
            stack.enter_context(contextlib.closing(comparisons))
            failures = _read(config, comparisons.take, catalog=catalog)
            results = comparisons.finish(without=failures.streams)
        show_results(results, as_json=as_json)
        failures.raise_all(rest="The others are compared.")
        exit_if_different(results)


def _read(
    config: Mapping[str, Any],
    take: Callable[[Mapping[str, Any]], None],
    catalog: IO[str] | None = None,
) -> RunFailures:
    """Read all streams in full, and hand on their messages.

    Returns:
        What could not be read.

    Raises:
        SeaTableError: nothing can be read.
    """
    from singer_seatable.verify import decode  # noqa: PLC0415  (as above)
    from tap_seatable.inputs import read_catalog  # noqa: PLC0415  (as above)
    from tap_seatable.records import LineCollector  # noqa: PLC0415  (as above)
    from tap_seatable.tap import TapSeaTable  # noqa: PLC0415  (as above)

    # A signed link differs in each run, and a file need not be downloaded to be compared.
    tap = TapSeaTable(
        config={**config, "attachments": "as_is", "deletes": "off"},
        catalog=read_catalog(catalog),
        message_writer=LineCollector(lambda line: take(decode(line))),
    )
    try:
        tap.sync_all()
    finally:
        tap.log_costs()
    return tap.failures


if __name__ == "__main__":
    main()
