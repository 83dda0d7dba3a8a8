"""What a run costs in API calls: counted by the sandbox, not computed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatable_sandbox import Sandbox
from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seatable_sandbox import SandboxBase

QUOTAS = (("Free", 3_000), ("Plus, one user", 10_000), ("Enterprise, one user", 50_000))
"""Calls that SeaTable Cloud grants in a month; those of the last two are for each user."""

IDLE_RUN = 2
"""Calls of a run that finds nothing changed."""

RUNS = (
    ("every 5 minutes", 12 * 24),
    ("every 15 minutes", 4 * 24),
    ("every hour", 24),
    ("daily", 1),
)
"""How often people run pipelines, with the runs of a day."""

_DAYS = 30


@dataclass
class Setting:
    """A base on a server of its own, and both plugins, run as commands."""

    sandbox: Sandbox
    base: SandboxBase
    folder: Path
    state: dict[str, Any] = field(default_factory=dict)

    def tap(self, **settings: Any) -> int:
        """Run the tap from where the last run ended; how many calls that took."""
        state = self.folder / "state.json"
        state.write_text(json.dumps(self.state))
        output, calls = self._run("tap-seatable", ["--state", str(state)], b"", settings)
        states = [line for line in output.splitlines() if line.startswith(b'{"type":"STATE"')]
        self.state = json.loads(states[-1])["value"]
        return calls

    def target(self, messages: Iterable[dict[str, Any]], **settings: Any) -> int:
        """Run the target on these messages; how many calls that took."""
        lines = "".join(json.dumps(message) + "\n" for message in messages)
        return self._run("target-seatable", [], lines.encode(), settings)[1]

    def _run(
        self, plugin: str, options: Sequence[str], given: bytes, settings: dict[str, Any]
    ) -> tuple[bytes, int]:
        config = self.folder / "config.json"
        access = {"server_url": self.sandbox.url, "api_token": self.base.api_token}
        config.write_text(json.dumps({**access, **settings}))
        self.sandbox.calls.clear()
        program = Path(sys.executable).with_name(plugin)
        result = subprocess.run(
            [program, "--config", str(config), *options],
            input=given,
            stdout=subprocess.PIPE,
            check=True,
            cwd=self.folder,
            env={**os.environ, "LOGLEVEL": "WARNING"},
        )
        return result.stdout, len(self.sandbox.calls)


def quotas() -> str:
    """What runs that find nothing take of the monthly quotas."""
    head = ("runs", "calls in 30 days", *(f"of {plan} ({calls:,})" for plan, calls in QUOTAS))
    rows = []
    for often, runs in RUNS:
        calls = IDLE_RUN * runs * _DAYS
        rows.append((often, f"{calls:,}", *(f"{calls / quota:.0%}" for _, quota in QUOTAS)))
    return table(head, rows)


def of_the_tap() -> str:
    """The tap's cases as a table."""
    return table(("case", "API calls"), [(case, f"{calls:,}") for case, calls in _tap_cases()])


def of_the_target() -> str:
    """The target's cases as a table."""
    return table(("case", "API calls"), [(case, f"{calls:,}") for case, calls in _target_cases()])


def _tap_cases() -> Iterator[tuple[str, int]]:
    with _setting() as one:
        tables = [f"Table {number}" for number in range(20)]
        ids = {name: _fill(one, name, 1_000) for name in tables}
        one.tap()
        yield "nothing has changed, 20 tables", one.tap()
        one.base.append_rows(tables[7], _rows(50))
        yield "50 rows were added to one of 20 tables, in one batch", one.tap()
        one.base.update_rows(tables[3], {row_id: {"Amount": -2} for row_id in ids[tables[3]][:50]})
        yield "50 rows were edited in one of 20 tables, in one batch", one.tap()
        one.base.delete_rows(tables[5], ids[tables[5]][:50])
        yield "50 rows were deleted in one of 20 tables, in one batch", one.tap()
        one.sandbox.clock.advance(25 * 3_600)
        yield "nothing has changed, but all of 20 tables are due to be compared", one.tap()
    with _setting() as one:
        names = ("Orders", "Customers", "Products", "Suppliers")
        ids = {name: _fill(one, name, 1_000) for name in names}
        for name in names[1:]:
            one.base.add_column("Orders", name, "link", {"table": "Orders", "other_table": name})
        one.tap()
        one.base.update_rows("Orders", {row_id: {"Amount": -2} for row_id in ids["Orders"][:50]})
        yield "one table was edited, three others are linked to it", one.tap()
    with _setting() as one:
        rows = _fill(one, "Big", 100_000)
        yield "the first run, one table of 100,000 rows", one.tap()
        one.base.update_rows("Big", {row_id: {"Amount": -2} for row_id in rows[:50]})
        yield "50 of 100,000 rows were edited", one.tap()
        one.base.delete_rows("Big", rows[:300])
        yield "300 of 100,000 rows were deleted", one.tap()


def _target_cases() -> Iterator[tuple[str, int]]:
    with _setting() as one:
        yield "10,000 records into a new table", one.target(_people(10_000))
        yield "the same 10,000 records again", one.target(_people(10_000))
        yield "the same records, each with a change", one.target(_people(10_000, age=-1))
        yield "500 of them, each with a change", one.target(_people(500, age=-2))
        appended = one.target(_people(10_000), load_method="append-only")
        yield "10,000 records appended (`append-only`)", appended


class _setting:  # noqa: N801  (used as a function)
    """A setting for the length of a `with`."""

    def __enter__(self) -> Setting:
        self._folder = tempfile.TemporaryDirectory()
        self._sandbox = Sandbox(max_rows_per_base=1_000_000)
        self._sandbox.start()
        base = self._sandbox.create_base("Costs")
        return Setting(self._sandbox, base, Path(self._folder.name))

    def __exit__(self, *_failure: object) -> None:
        self._sandbox.stop()
        self._folder.cleanup()


def _fill(one: Setting, name: str, rows: int) -> list[str]:
    """Make a table whose rows are old, but for one of them; returns the rows' ids.

    What changed within `lookback_seconds` before the newest change is read again, so a table that
    was filled a moment ago would not show what later runs cost.
    """
    base = one.base
    base.create_table(
        name,
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "Amount", "column_type": "number"},
        ],
    )
    ids = base.append_rows(name, _rows(rows))
    one.sandbox.clock.advance(3_600)
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
