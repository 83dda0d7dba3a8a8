"""The demo's story, as `make demo` runs it: python -m demo.

1. Real CSV files go into a base (files-to-base).
2. That base, and one that shows every column type, go into PostgreSQL (base-to-warehouse).
3. A few rows change, and a second run brings just these.
4. The warehouse's tables go into a third base (database-to-base).

After each step the tables at both ends are compared, value by value.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from demo import files
from demo.compare import columns_of, compare
from demo.meltano import ROOT, MeltanoFailed, Project
from demo.postgres import Database, temporary_database
from demo.report import Report
from seatable_sandbox import Sandbox
from seatable_sandbox.demo.shop import make_demo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox import SandboxBase

ZONE = "Europe/Berlin"

# What a person who knows PostgreSQL might put together for colleagues who work in SeaTable.
REPORTS = {
    "airports_by_state": """
        CREATE TABLE reporting.airports_by_state AS
            SELECT state, count(*) AS airports, max(latitude) AS northernmost
            FROM files.airports WHERE state <> '' GROUP BY state;
        ALTER TABLE reporting.airports_by_state ADD PRIMARY KEY (state);
    """,
    "rainy_days": """
        CREATE TABLE reporting.rainy_days AS
            SELECT date, precipitation, temp_max >= 20 AS warm
            FROM files.seattle_weather WHERE weather = 'rain';
        ALTER TABLE reporting.rainy_days ADD PRIMARY KEY (date);
    """,
}


class Demo:
    """The three bases, the database, and the project that moves tables between them."""

    def __init__(self, folder: Path, sandbox: Sandbox, database: Database, report: Report) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.database = database
        self.report = report
        self.zone = ZoneInfo(ZONE)
        self.project = Project(
            folder / "meltano",
            {
                "tap_seatable_server_url": sandbox.url,
                "target_seatable_server_url": sandbox.url,
                "target_seatable_rejected_records_path": str(folder / "rejected.jsonl"),
                "tap_postgres_sqlalchemy_url": database.sqlalchemy_url("psycopg2"),
                "target_postgres_sqlalchemy_url": database.sqlalchemy_url("psycopg"),
            },
        )

    def run(self, job: str, what: str, **settings: Any) -> str:
        """Runs a job; returns how many records it moved, in words."""
        before, begin = len(self.sandbox.calls), time.monotonic()
        with self.report.step(f"{job}: {what}"):
            run = self.project.run(job, **settings)
        called = len(self.sandbox.calls) - before
        self.report.called(f"{job}, {what}", called, time.monotonic() - begin)
        moved = run.records("tap-seatable")
        return f"{moved:,} record{'' if moved == 1 else 's'}"

    def files_to_base(self, base: SandboxBase) -> None:
        """CSV files into a base."""
        given = files.copy_files(self.folder / "csv")
        keys = {name: list(key) for name, key in files.KEYS.items() if key}
        self.run(
            "files-to-base",
            f"{len(given)} CSV files",
            tap_csv_folder_path=str(self.folder / "csv"),
            target_seatable_api_token=base.api_token,
            target_seatable_key_properties=keys,
        )
        for name, file in given.items():
            columns = columns_of(base.metadata(), name)
            compared = compare(name, file.rows(), base.rows(name), columns, self.zone)
            self.report.compared("files-to-base", compared)

    def base_to_warehouse(self, base: SandboxBase, schema: str, what: str) -> str:
        """A base into PostgreSQL."""
        moved = self.run(
            "base-to-warehouse",
            what,
            tap_seatable_api_token=base.read_only_token,
            target_postgres_default_target_schema=schema,
        )
        metadata = base.metadata()
        for table in metadata["metadata"]["tables"]:
            name = table["name"]
            compared = compare(
                f"{base.name}/{name}",
                base.rows(name),
                self.database.rows(schema, name.replace("-", "_")),
                columns_of(metadata, name) | {"_id": {"type": "text"}},
                self.zone,
            )
            self.report.compared(f"base-to-warehouse, {what}", compared)
        return moved

    def database_to_base(self, base: SandboxBase) -> None:
        """PostgreSQL into a base."""
        self.database.execute("CREATE SCHEMA reporting")
        for statement in REPORTS.values():
            self.database.execute(statement)
        self.run(
            "database-to-base",
            f"{len(REPORTS)} tables",
            tap_postgres_filter_schemas=["reporting"],
            target_seatable_api_token=base.api_token,
            target_seatable_table_mapping={f"reporting-{name}": name for name in REPORTS},
        )
        for name in REPORTS:
            rows = self.database.rows("reporting", name)
            columns = columns_of(base.metadata(), name)
            compared = compare(name, rows, base.rows(name), columns, self.zone)
            self.report.compared("database-to-base", compared)

    def change(self, base: SandboxBase) -> int:
        """A day later somebody edits two rows and adds one; returns how many rows that makes."""
        self.sandbox.clock.advance(24 * 60 * 60)
        first, second, *_ = base.rows("Products")
        base.update_rows(
            "Products", {first["_id"]: {"Price": 11.25}, second["_id"]: {"Name": "Tea"}}
        )
        base.append_rows("Products", [{"Name": "Lemon curd", "Category": "Food", "Price": 3.8}])
        return 3


def tell(report: Report, folder: Path, *, wait: bool) -> None:
    """The whole story."""
    with Sandbox(time_zone=ZONE) as sandbox, temporary_database() as database:
        demo = Demo(folder, sandbox, database, report)
        with report.step("a base that shows every column type"):
            shop = make_demo(sandbox)
        report.say(f"Watch the bases fill: {sandbox.url}")
        filled = sandbox.create_base("Files")
        demo.files_to_base(filled)
        demo.base_to_warehouse(filled, "files", "the files' base")
        demo.base_to_warehouse(shop, "demo", "the demo base")
        changed = demo.change(shop)
        moved = demo.base_to_warehouse(shop, "demo", "a day later")
        report.say(f"{changed} rows had changed; {moved} came (the last minute is read again).")
        demo.database_to_base(sandbox.create_base("From the database"))
        report.show()
        report.say(f"\nThe bases, in a browser:      {sandbox.url}")
        report.say(f'The warehouse, with psql:     psql "{database.url}"')
        report.say(f"What Meltano had to say:      {demo.project.log}")
        if wait:
            report.say("\nEverything is there until you press Enter.")
            sys.stdin.readline()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo; 1 if anything differs or fails."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Pipelines, run and checked."
    )
    parser.add_argument("--no-wait", action="store_true", help="do not wait for Enter at the end")
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / ".cache" / "demo",
        help="where to keep the files, the logs and the states; it is emptied first",
    )
    options = parser.parse_args(arguments)
    shutil.rmtree(options.folder, ignore_errors=True)
    report = Report()
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    try:
        tell(report, options.folder, wait=at_terminal and not options.no_wait)
    except MeltanoFailed as failure:
        report.failed(str(failure))
        return 1
    except KeyboardInterrupt:
        report.say("Stopped.")
        return 130
    return 0 if report.all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
