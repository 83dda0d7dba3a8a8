"""`target-seatable`, `target-seatable load`, which loads files, and `target-seatable verify`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from seatable_client.errors import ConfigError
from singer_seatable.cli import exit_on_error
from target_seatable.settings import RetryCommandLine, TargetCommandLine, parse_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_seatable.verify import TableResult, WarehouseTable
    from tabular_files.streams import FileStream
    from target_seatable.settings import TargetConfig

_Entry = TypeVar("_Entry")


def main() -> None:
    """Run the target, or the sub-command that is named first."""
    if sys.argv[1:2] == ["load"]:
        TargetCommandLine.start_subcommand_log()
        load_command(sys.argv[2:], prog_name="target-seatable load")
    elif sys.argv[1:2] == ["verify"]:
        TargetCommandLine.start_subcommand_log("WARNING")  # the result is what there is to say
        verify_command(sys.argv[2:], prog_name="target-seatable verify")
    elif sys.argv[1:] in (["--help"], ["--version"]):
        RetryCommandLine.cli()
    else:
        from target_seatable.target import TargetCommand  # noqa: PLC0415  (--help does not need it)

        TargetCommand.cli()


@click.command("load")
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--config",
    "configs",
    multiple=True,
    help="File of settings, or ENV for those in the environment, which is the default.",
)
@click.option("--table", help="Name of the table, if there is one file or sheet.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="[TABLE=]COLUMN",
    help="Key column; repeatable.",
)
@click.option(
    "--sheet",
    "sheets",
    multiple=True,
    help="Sheet of a workbook, or table of a SQLite database; repeatable.",
)
@click.option("--delimiter", help="What separates the cells of a CSV file.")
@click.option("--encoding", help="Encoding of a text file, such as cp1252.")
@click.option("--skip-rows", type=click.IntRange(min=0), help="Lines before the header.")
@click.option("--dry-run", is_flag=True, help="Change nothing; show what a load would do.")
@click.option(
    "--plan",
    "plan_path",
    metavar="FILE",
    help="File to write the plan to, with --dry-run, or to apply, without it.",
)
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
    plan_path: str | None,
) -> None:
    """Load CSV, TSV, Excel, JSON lines, Parquet and SQLite files into tables of a base.

    Every PATH is a file, a folder or a pattern. With --key a second load updates the rows of the
    first; without it rows are appended. All other settings are those of target-seatable.
    """
    from singer_seatable.settings import KeyOption  # noqa: PLC0415  (no --help needs it)
    from tabular_files.streams import file_streams  # noqa: PLC0415  (as above)
    from target_seatable.target import FileLoader  # noqa: PLC0415  (as above)

    with exit_on_error(TargetCommandLine.logger):
        config = TargetCommandLine.read_config(configs or ["ENV"])
        common = {
            "sheets": list(sheets),
            "delimiter": delimiter,
            "encoding": encoding,
            "skip_rows": skip_rows,
        }
        key_option = KeyOption(keys)
        mapping = parse_config(config).table_mapping

        def names_of(stream: str) -> list[str]:
            """What the stream and its table are called."""
            return [name for name in (stream, mapping.get(stream), table) if name]

        streams = file_streams(
            ({"path": path, **common} for path in paths),
            keys_of=lambda stream: key_option.columns(*names_of(stream)),
        )
        key_option.check(name for stream in streams for name in names_of(stream.name))
        if table is not None:
            config["table_mapping"] = {**mapping, _only_stream(streams).name: table}
        if dry_run:
            config["dry_run"] = True
        if plan_path is not None:
            config["plan_path"] = plan_path
        for stream in streams:
            for source in stream.tables:
                for note in source.notes:
                    TargetCommandLine.logger.warning("%s: %s", source.place, note)
        target = FileLoader(config=config)
        if table is not None:
            target.note_table(streams[0].name, table)
        target.load(streams)


def _only_stream(streams: Sequence[FileStream]) -> FileStream:
    if len(streams) > 1:
        names = ", ".join(repr(stream.name) for stream in streams)
        raise ConfigError(
            f"--table names one table, but there are several to load: {names}. Load one file or "
            "sheet, or leave --table out: each is then a table of its own."
        )
    return streams[0]


@click.command("verify")
@click.argument("sources", nargs=-1, envvar="TARGET_SEATABLE_VERIFY_SOURCE")
@click.option(
    "--config",
    "configs",
    multiple=True,
    help="File of settings, or ENV for those in the environment, which is the default.",
)
@click.option("--table", "tables", multiple=True, help="Pattern of tables to compare; repeatable.")
@click.option("--schema", help="The only schema of a database to look into.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="[TABLE=]COLUMN",
    help="Key column, if neither source nor key_properties name it; repeatable.",
)
@click.option(
    "--time-zone",
    default="UTC",
    show_default=True,
    help="Zone of date-times that the source has without an offset.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each table.")
def verify_command(
    *,
    sources: Sequence[str],
    configs: Sequence[str],
    tables: Sequence[str],
    schema: str | None,
    keys: Sequence[str],
    time_zone: str,
    as_json: bool,
) -> None:
    """Compare a base with what was loaded into it, value by value.

    A SOURCE is the URL of a database as SQLAlchemy has it, or a file, a folder or a pattern of CSV,
    Excel, JSON lines, Parquet or SQLite files. It may stand in TARGET_SEATABLE_VERIFY_SOURCE, where
    no list of processes shows its password. The settings are those of target-seatable; nothing is
    written.

    Exit code 0: all tables are equal. 1: one differs. Others: those of target-seatable.
    """
    from seatable_client.connection import connect  # noqa: PLC0415  (no --help needs it)
    from singer_seatable.settings import KeyOption  # noqa: PLC0415  (as above)
    from singer_seatable.verify import (  # noqa: PLC0415  (SQLAlchemy, which no run needs)
        compare_loaded,
        exit_if_different,
        show_results,
        time_zone_of,
    )
    from target_seatable.schema import column_names  # noqa: PLC0415  (as above)

    with exit_on_error(TargetCommandLine.logger):
        config = TargetCommandLine.read_config(configs or ["ENV"])
        settings = parse_config(config)
        if not sources:
            raise ConfigError(
                "Name what was loaded: the URL of a database, or files, folders or patterns."
            )
        zone, key_option = time_zone_of(time_zone), KeyOption(keys)
        connection = connect(config)
        known = {table.name: table for table in connection.base.metadata().tables}
        opened = list(_open_sources(sources, schema))
        key_option.check([*known, *(name for source in opened for name in source.streams)])
        results = []
        for source in opened:
            names = source.table_names(settings)
            if tables and not any(fnmatchcase(name, wanted) for name in names for wanted in tables):
                continue
            table = next((known[name] for name in names if name in known), None)
            if table is None:
                results.append(_without_table(names[0], source.table))
                continue
            key = key_option.columns(table.name, *source.streams) or source.keys(settings)
            results.append(
                compare_loaded(
                    connection,
                    table,
                    source.table,
                    key,
                    zone,
                    column_names=column_names,
                    tables=list(known.values()),
                    links_by=source.links_by(settings),
                )
            )
        TargetCommandLine.logger.info("%s", connection.base.costs())
        show_results(results, as_json=as_json, other_side="source")
        exit_if_different(results)


@dataclass(frozen=True)
class _Source:
    """A table that was loaded.

    Attributes:
        streams: the names that its stream may have in the settings, the likeliest first.
        table: its rows.
    """

    streams: Sequence[str]
    table: WarehouseTable

    def table_names(self, settings: TargetConfig) -> list[str]:
        """The names that the stream's table may have in the base."""
        from target_seatable.schema import clean_name  # noqa: PLC0415  (as above)

        mapped = self._entry(settings.table_mapping)
        return [mapped] if mapped else [clean_name(name) for name in self.streams]

    def keys(self, settings: TargetConfig) -> Sequence[str]:
        """The key columns; empty if there are none."""
        return self._entry(settings.key_properties) or self.table.keys

    def links_by(self, settings: TargetConfig) -> dict[str, str]:
        """The column of the other table that the values of each link name rows by."""
        return {
            name: settings.links[f"{stream}.{name}"]
            for stream in reversed(self.streams)
            for name in self.table.columns
            if f"{stream}.{name}" in settings.links
        }

    def _entry(self, by_stream: Mapping[str, _Entry]) -> _Entry | None:
        return next((by_stream[stream] for stream in self.streams if stream in by_stream), None)


def _without_table(name: str, source: WarehouseTable) -> TableResult:
    from singer_seatable.verify import TableResult  # noqa: PLC0415  (as above)

    rows = sum(1 for _ in source.rows([]))
    return TableResult(
        name,
        source.place,
        rows_there=rows,
        unexpected=rows,
        missing_columns=list(source.columns),
        examples=["The base has no such table."],
    )


def _open_sources(places: Sequence[str], schema: str | None) -> Iterator[_Source]:
    from singer_seatable.verify import Database, IterableTable  # noqa: PLC0415  (as above)
    from tabular_files.streams import file_streams  # noqa: PLC0415  (as above)

    files = []
    for place in places:
        if "://" not in place:
            files.append(str(Path(place).expanduser()))
            continue
        database = Database(place, schema=schema)
        for where, name in database.places():
            streams = [f"{where}-{name}", name] if where else [name]
            yield _Source(streams, database.table(where, name))
    for stream in file_streams(files):
        properties = stream.tables[0].properties
        schemas = {
            name: kind for name, kind in properties.items() if "string" not in kind.get("type", ())
        }
        table = IterableTable(
            stream.name, list(properties), stream.records, keys=stream.keys, schemas=schemas
        )
        yield _Source([stream.name], table)


if __name__ == "__main__":
    main()
