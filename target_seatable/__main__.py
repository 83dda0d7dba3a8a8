"""`target-seatable`, and `target-seatable load`, which loads files without a tap."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import click

from seatable_client.errors import ConfigError
from singer_seatable.cli import exit_on_error
from tabular_files.messages import singer_lines
from tabular_files.streams import file_streams
from target_seatable.target import TargetSeaTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tabular_files.streams import FileStream


def main() -> None:
    """Run the target, or the sub-command that is named first."""
    if sys.argv[1:2] == ["load"]:
        load_command(sys.argv[2:], prog_name="target-seatable load")
    else:
        TargetSeaTable.cli()


@click.command("load")
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--config",
    "configs",
    multiple=True,
    help="File of settings, or ENV for those in the environment, which is the default.",
)
@click.option("--table", help="Name of the table, if there is one file or sheet.")
@click.option("--key", "keys", multiple=True, help="Column that tells rows apart; repeatable.")
@click.option("--sheet", "sheets", multiple=True, help="Sheet of a workbook; repeatable.")
@click.option("--delimiter", help="What separates the cells of a CSV file.")
@click.option("--encoding", help="Encoding of a text file, such as cp1252.")
@click.option("--skip-rows", type=click.IntRange(min=0), help="Lines before the header.")
@click.option("--dry-run", is_flag=True, help="Change nothing; log what a load would do.")
def load_command(  # noqa: PLR0913  (options are arguments)
    *,
    paths: Sequence[str],
    configs: Sequence[str],
    table: str | None,
    keys: Sequence[str],
    sheets: Sequence[str],
    delimiter: str | None,
    encoding: str | None,
    skip_rows: int | None,
    dry_run: bool,
) -> None:
    """Load CSV, TSV, Excel, JSON lines and Parquet files into tables of a base.

    Every PATH is a file, a folder or a pattern. With --key a second load updates the rows of the
    first; without it rows are appended. All other settings are those of target-seatable.
    """
    with exit_on_error(TargetSeaTable.logger):
        config = TargetSeaTable.read_config(configs or ["ENV"])
        common = {
            "keys": list(keys),
            "sheets": list(sheets),
            "delimiter": delimiter,
            "encoding": encoding,
            "skip_rows": skip_rows,
        }
        streams = file_streams({"path": path, **common} for path in paths)
        config |= _table_mapping(config, streams, table)
        if dry_run:
            config["dry_run"] = True
        for stream in streams:
            for source in stream.tables:
                for note in source.notes:
                    TargetSeaTable.logger.warning("%s: %s", source.place, note)
        _load(TargetSeaTable(config=config), streams)


def _table_mapping(
    config: Mapping[str, Any], streams: Sequence[FileStream], table: str | None
) -> dict[str, Any]:
    if table is None:
        return {}
    if len(streams) > 1:
        names = ", ".join(repr(stream.name) for stream in streams)
        raise ConfigError(
            f"--table names one table, but there are several to load: {names}. Load one file or "
            "sheet, or leave --table out: each is then a table of its own."
        )
    return {"table_mapping": {**(config.get("table_mapping") or {}), streams[0].name: table}}


def _load(target: TargetSeaTable, streams: Sequence[FileStream]) -> None:
    """Let a thread write the messages to a pipe that the target reads."""
    reading, writing = os.pipe()
    failures: list[Exception] = []
    total = sum(stream.row_count for stream in streams)

    def write() -> None:
        try:
            with os.fdopen(writing, "wb", buffering=1 << 16) as output:
                for line in singer_lines(streams, lambda: progress.update(1)):
                    output.write(line)
        except BrokenPipeError:
            pass  # the target has ended, and says why
        except Exception as error:  # noqa: BLE001  (raised when the target has ended)
            failures.append(error)

    with (
        click.progressbar(length=total, label="Rows", file=sys.stderr, show_pos=True) as progress,
        os.fdopen(reading, "rb") as messages,
    ):
        threading.Thread(target=write, name="files", daemon=True).start()
        with contextlib.redirect_stdout(io.StringIO()):  # states are for pipelines
            target.run(messages)
    if failures:
        raise failures[0]


if __name__ == "__main__":
    main()
