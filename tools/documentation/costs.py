"""API calls of runs, counted by the sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatable_sandbox import Sandbox
from seatable_sandbox.demo.shop import make_demo
from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seatable_sandbox import SandboxBase

QUOTAS = (("Free", 3_000), ("Plus, one user", 10_000), ("Enterprise, one user", 50_000))
"""API calls per month on SeaTable Cloud; those of the last two plans are for each user."""

IDLE_RUN = 2
"""API calls of a run without changes."""

RUNS = (
    ("every 5 minutes", 12 * 24),
    ("every 15 minutes", 4 * 24),
    ("every hour", 24),
    ("daily", 1),
)
"""How often pipelines run, and the runs of a day."""

_DAYS = 30


@dataclass
class Workbench:
    """A base on a server of its own, with both plugins as commands.

    Attributes:
        sandbox: The server.
        base: The base.
        folder: The folder of configurations and states.
        state: The state of the tap's last run.
    """

    sandbox: Sandbox
    base: SandboxBase
    folder: Path
    state: dict[str, Any] = field(default_factory=dict)

    def tap(self, **settings: Any) -> int:
        """Run the tap with the state of its last run; returns the number of API calls."""
        state = self.folder / "state.json"
        state.write_text(json.dumps(self.state))
        output, calls = self.run("tap-seatable", ["--state", str(state)], b"", settings)
        states = [line for line in output.splitlines() if line.startswith(b'{"type":"STATE"')]
        self.state = json.loads(states[-1])["value"]
        return calls

    def target(self, messages: Iterable[dict[str, Any]], **settings: Any) -> int:
        """Run the target on these messages; returns the number of API calls."""
        lines = "".join(json.dumps(message) + "\n" for message in messages)
        return self.run("target-seatable", [], lines.encode(), settings)[1]

    def run(
        self, plugin: str, options: Sequence[str], messages: bytes, settings: dict[str, Any]
    ) -> tuple[bytes, int]:
        """Run a plugin; returns its output, and the calls to this base's server."""
        config = self.folder / "config.json"
        access = {"server_url": self.sandbox.url, "api_token": self.base.api_token}
        config.write_text(json.dumps({**access, **settings}))
        self.sandbox.calls.clear()
        program = Path(sys.executable).with_name(plugin)
        result = subprocess.run(
            [program, "--config", str(config), *options],
            input=messages,
            stdout=subprocess.PIPE,
            check=True,
            cwd=self.folder,
            env={**os.environ, "LOGLEVEL": "ERROR"},
        )
        return result.stdout, len(self.sandbox.calls)


def quotas() -> str:
    """The share of the monthly quotas that runs without changes take."""
    head = ("runs", "calls in 30 days", *(f"of {plan} ({calls:,})" for plan, calls in QUOTAS))
    rows = []
    for interval, runs in RUNS:
        calls = IDLE_RUN * runs * _DAYS
        rows.append((interval, f"{calls:,}", *(f"{calls / quota:.0%}" for _, quota in QUOTAS)))
    return table(head, rows)


def tap_costs() -> str:
    """The tap's cases as a table."""
    return table(("case", "API calls"), [(case, f"{calls:,}") for case, calls in _tap_cases()])


def target_costs() -> str:
    """The target's cases as a table."""
    return table(("case", "API calls"), [(case, f"{calls:,}") for case, calls in _target_cases()])


def _tap_cases() -> Iterator[tuple[str, int]]:
    with _open_workbench() as bench:
        tables = [f"Table {number}" for number in range(20)]
        ids = {name: _fill_table(bench, name, 1_000) for name in tables}
        yield "the first run, 20 tables of 1,000 rows", bench.tap()
        yield "nothing has changed, 20 tables", bench.tap()
        bench.base.append_rows(tables[7], _rows(50))
        yield "50 rows were added to one of 20 tables, in one batch", bench.tap()
        bench.base.update_rows(
            tables[3], {row_id: {"Amount": -2} for row_id in ids[tables[3]][:50]}
        )
        yield "50 rows were edited in one of 20 tables, in one batch", bench.tap()
        bench.base.delete_rows(tables[5], ids[tables[5]][:50])
        yield "50 rows were deleted in one of 20 tables, in one batch", bench.tap()
        bench.sandbox.clock.advance(25 * 3_600)
        yield "nothing has changed, but all of 20 tables are due to be compared", bench.tap()
    with _open_workbench() as bench:
        names = ("Orders", "Customers", "Products", "Suppliers")
        ids = {name: _fill_table(bench, name, 1_000) for name in names}
        for name in names[1:]:
            bench.base.add_column("Orders", name, "link", {"table": "Orders", "other_table": name})
        bench.tap()
        bench.base.update_rows("Orders", {row_id: {"Amount": -2} for row_id in ids["Orders"][:50]})
        yield "one table was edited, three others are linked to it", bench.tap()
    with _open_workbench() as bench:
        rows = _fill_table(bench, "Big", 100_000)
        bench.sandbox.clock.advance(3_600)
        yield "the first run, one table of 100,000 rows", bench.tap()
        bench.base.update_rows("Big", {row_id: {"Amount": -2} for row_id in rows[:50]})
        yield "50 of 100,000 rows were edited", bench.tap()
        bench.base.delete_rows("Big", rows[:300])
        yield "300 of 100,000 rows were deleted", bench.tap()


def _target_cases() -> Iterator[tuple[str, int]]:
    with _open_workbench() as bench:
        yield "10,000 records into a new table", bench.target(_people(10_000))
        yield "the same 10,000 records again", bench.target(_people(10_000))
        yield "the same records, each with a change", bench.target(_people(10_000, age=-1))
        yield "500 of them, each with a change", bench.target(_people(500, age=-2))
        appended = bench.target(_people(10_000), load_method="append-only")
        yield "10,000 records appended (`append-only`)", appended
    with _open_workbench() as bench, Sandbox() as source:
        demo = make_demo(source)
        access = {"server_url": source.url, "api_token": demo.api_token}
        output, _ = bench.run("tap-seatable", [], b"", access)
        copied = [json.loads(line) for line in output.splitlines()]
        case = "a copy of the demo base (4 tables, 43 rows, 19 links and formulas)"
        yield case, bench.target(copied)
        yield "the same copy again", bench.target(copied)


@contextlib.contextmanager
def _open_workbench() -> Iterator[Workbench]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(max_rows_per_base=1_000_000) as sandbox,
    ):
        yield Workbench(sandbox, sandbox.create_base("Costs"), Path(folder))


def _fill_table(bench: Workbench, name: str, rows: int) -> list[str]:
    """Create a table with a new row and old ones otherwise; returns the ids of the rows.

    Rows that changed within `lookback_seconds` before the newest change are read again, so that
    runs on a table without old rows cost more.
    """
    base = bench.base
    base.create_table(
        name,
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "Amount", "column_type": "number"},
        ],
    )
    ids = base.append_rows(name, _rows(rows))
    bench.sandbox.clock.advance(3_600)
    base.update_rows(name, {ids[0]: {"Amount": -1}})
    return ids


def _rows(count: int) -> list[dict[str, Any]]:
    return [{"Name": f"row {number}", "Amount": number} for number in range(count)]


def _people(count: int, **cells: Any) -> Iterator[dict[str, Any]]:
    yield {
        "type": "SCHEMA",
        "stream": "people",
        "key_properties": ["id"],
        "schema": {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "name": {"type": "string"},
                "age": {"type": "integer"},
            },
        },
    }
    for number in range(count):
        record = {"id": number, "name": f"person {number}", "age": number % 90, **cells}
        yield {"type": "RECORD", "stream": "people", "record": record}
    yield {"type": "STATE", "value": {"done": count}}
