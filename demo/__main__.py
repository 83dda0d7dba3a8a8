"""The steps of the demo: python -m demo.

1. CSV files are loaded into a base (files-to-base).
2. That base, and one with every column type, are loaded into PostgreSQL (base-to-warehouse).
3. A few rows change, and a second run loads only these.
4. Tables of the database are loaded into a third base (database-to-base).

After each step, `tap-seatable verify` or `target-seatable verify` compares both ends.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo import files
from demo.meltano import ROOT, MeltanoFailed, Project
from demo.postgres import Database, temporary_database
from demo.report import Report
from demo.verify import verify
from seatable_sandbox import Sandbox
from seatable_sandbox.demo import make_demo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox import SandboxBase

ZONE = "Europe/Berlin"

# Tables that somebody might prepare in PostgreSQL for colleagues who work in SeaTable.
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
    """Runs the pipelines between three bases and a database."""

    def __init__(self, folder: Path, sandbox: Sandbox, database: Database, report: Report) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.database = database
        self.report = report
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

    def run(self, job: str, description: str, **settings: Any) -> str:
        """Run a job; returns the number of records, such as "3 records"."""
        calls_before, start = len(self.sandbox.calls), time.monotonic()
        with self.report.step(f"{job}: {description}"):
            run = self.project.run(job, **settings)
        calls = len(self.sandbox.calls) - calls_before
        self.report.add_calls(f"{job}, {description}", calls, time.monotonic() - start)
        count = run.count_records("tap-seatable")
        return f"{count:,} record{'' if count == 1 else 's'}"

    def files_to_base(self, base: SandboxBase) -> None:
        """Load CSV files into a base and compare."""
        csv_files = files.copy_files(self.folder / "csv")
        keys = {name: list(key) for name, key in files.KEYS.items() if key}
        self.run(
            "files-to-base",
            f"{len(csv_files)} CSV files",
            tap_tabular_files_files=[str(self.folder / "csv")],
            target_seatable_api_token=base.api_token,
            target_seatable_key_properties=keys,
        )
        self._verify(
            "files-to-base",
            "target",
            str(self.folder / "csv"),
            api_token=base.api_token,
            key_properties=keys,
        )

    def base_to_warehouse(self, base: SandboxBase, schema: str, description: str) -> str:
        """Load a base into PostgreSQL and compare; returns the number of records in words."""
        records = self.run(
            "base-to-warehouse",
            description,
            tap_seatable_api_token=base.read_only_token,
            target_postgres_default_target_schema=schema,
        )
        self._verify(
            f"base-to-warehouse, {description}",
            "tap",
            self._warehouse,
            "--schema",
            schema,
            api_token=base.read_only_token,
        )
        return records

    def database_to_base(self, base: SandboxBase) -> None:
        """Load tables of PostgreSQL into a base and compare."""
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
        self._verify(
            "database-to-base",
            "target",
            self._warehouse,
            "--schema",
            "reporting",
            api_token=base.api_token,
        )

    def _verify(self, pipeline: str, plugin: str, *arguments: str, **settings: Any) -> None:
        """Compare both ends of a pipeline."""
        settings["server_url"] = self.sandbox.url
        with self.report.step(f"{plugin}-seatable verify: {pipeline}"):
            results = verify(plugin, *arguments, **settings)
        for result in results:
            self.report.add_result(pipeline, result)

    @property
    def _warehouse(self) -> str:
        return self.database.sqlalchemy_url("psycopg")

    def change(self, base: SandboxBase) -> int:
        """Edit two rows and add one, a day later; returns the number of rows."""
        self.sandbox.clock.advance(24 * 60 * 60)
        first, second, *_ = base.rows("Products")
        base.update_rows(
            "Products", {first["_id"]: {"Price": 11.25}, second["_id"]: {"Name": "Tea"}}
        )
        base.append_rows("Products", [{"Name": "Lemon curd", "Category": "Food", "Price": 3.8}])
        return 3


def run_demo(report: Report, folder: Path, *, wait: bool) -> None:
    """Run all steps."""
    with Sandbox(time_zone=ZONE) as sandbox, temporary_database() as database:
        demo = Demo(folder, sandbox, database, report)
        with report.step("a base with every column type"):
            shop = make_demo(sandbox)
        report.print_line(f"Watch the bases in a browser, until the demo ends: {sandbox.url}")
        from_files = sandbox.create_base("Files")
        demo.files_to_base(from_files)
        demo.base_to_warehouse(from_files, "files", "the base of the files")
        demo.base_to_warehouse(shop, "demo", "the demo base")
        changed = demo.change(shop)
        records = demo.base_to_warehouse(shop, "demo", "a day later")
        report.print_line(
            f"{changed} rows changed, {records} arrived (the last minute is read again)."
        )
        demo.database_to_base(sandbox.create_base("From the database"))
        report.show()
        report.print_line(f"\nThe log of Meltano:          {demo.project.log}")
        if wait:
            report.print_line(f"The bases, in a browser:     {sandbox.url}")
            report.print_line(f'The warehouse, with psql:    psql "{database.url}"')
            report.print_line("\nPress Enter to stop the servers.")
            sys.stdin.readline()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns 1 if a table differs or a run fails."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Run the pipelines and check what arrives."
    )
    parser.add_argument("--no-wait", action="store_true", help="do not wait for Enter at the end")
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / ".cache" / "demo",
        help="the folder of files, logs and states; it is deleted first",
    )
    options = parser.parse_args(arguments)
    shutil.rmtree(options.folder, ignore_errors=True)
    report = Report()
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    try:
        run_demo(report, options.folder, wait=at_terminal and not options.no_wait)
    except MeltanoFailed as failure:
        report.print_failure(str(failure))
        return 1
    except KeyboardInterrupt:
        report.print_line("Stopped.")
        return 130
    return 0 if report.all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
