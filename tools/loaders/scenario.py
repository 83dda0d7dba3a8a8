"""The scenario for loaders: three runs of tap-seatable over a base that people edit meanwhile.

The base is the sandbox's demo base, which has every column type, on a server that is not in UTC.
The released command is run as it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatable_sandbox import Sandbox
from seatable_sandbox.demo.shop import make_demo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatable_sandbox import SandboxBase

PHASES = 3
ZONE = "Europe/Berlin"
LONG_NAME = "A name that is longer than the sixty-three bytes of PostgreSQL, by far"
LONG_NAMES = (f"{LONG_NAME} (1)", f"{LONG_NAME} (2)")


@dataclass(frozen=True)
class Reading:
    """A way to read the base.

    Attributes:
        deletes: the tap's setting.
        settings: further settings of the tap.
        is_full: whether every run reads all rows, without a state.
        phases: how many of the runs are made.
    """

    deletes: str
    settings: tuple[tuple[str, Any], ...] = ()
    is_full: bool = False
    phases: int = PHASES

    @property
    def config(self) -> dict[str, Any]:
        """The tap's settings."""
        return {"deletes": self.deletes, **dict(self.settings)}


@dataclass
class Scenario:
    """The runs.

    Attributes:
        lines: the messages of each run, by reading.
        ids: of the rows that are watched, by what becomes of them.
        living: the living rows of each run by stream and id, by reading.
        schemas: the properties of each stream after each run, by reading.
    """

    lines: dict[Reading, list[str]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    living: dict[Reading, list[dict[str, dict[str, dict[str, Any]]]]] = field(default_factory=dict)
    schemas: dict[Reading, list[dict[str, Any]]] = field(default_factory=dict)


def play(readings: Iterable[Reading]) -> Scenario:
    """Run the tap, edit the base, and run the tap again, twice."""
    readings = list(dict.fromkeys(readings))
    scenario = Scenario({reading: [] for reading in readings})
    with (
        # Rows come in the order of their ids, and what a loader loses may depend on the first one.
        Sandbox(time_zone=ZONE, seed=1) as sandbox,
        tempfile.TemporaryDirectory() as folder,
    ):
        base = make_demo(sandbox)
        runs = [_Runs(sandbox, base, reading, Path(folder)) for reading in readings]
        for phase, edit in enumerate((lambda _base, _ids: None, _edit, _restore)):
            edit(base, scenario.ids)
            sandbox.clock.advance(3600)
            for run in runs:
                if phase < run.reading.phases:
                    scenario.lines[run.reading].append(run.read())
    for reading in readings:
        _sum_up(scenario, reading)
    return scenario


def play_long_names(**settings: Any) -> str:
    """The messages of a table with names that PostgreSQL cuts to the same one."""
    with Sandbox(time_zone=ZONE) as sandbox, tempfile.TemporaryDirectory() as folder:
        base = sandbox.create_base("Names")
        columns = [{"column_name": name, "column_type": "text"} for name in ("Name", *LONG_NAMES)]
        base.create_table("Long", columns)
        base.append_rows("Long", [{"Name": "x", **{name: name[-2] for name in LONG_NAMES}}])
        reading = Reading("tombstones_only", tuple(settings.items()))
        return _Runs(sandbox, base, reading, Path(folder)).read()


def _edit(base: SandboxBase, ids: dict[str, str]) -> None:
    orders = [row["_id"] for row in base.rows("Orders")]
    ids.update(deleted=orders[0], restored=orders[1])
    base.delete_rows("Orders", orders[:2])
    base.update_rows("Orders", {orders[2]: {"Shipping": 1.25, "State": "paid"}})
    base.append_rows("Products", [{"Name": "Assam", "Price": 8.75, "Labels": ["new"]}])
    base.add_column("Customers", "Since", "date", {"format": "YYYY-MM-DD"})
    customers = [row["_id"] for row in base.rows("Customers")]
    base.update_rows("Customers", {customers[0]: {"Since": "2024-06-05"}})
    base.rename_column("Customers", "Newsletter", "Subscribed")


def _restore(base: SandboxBase, ids: dict[str, str]) -> None:
    base.restore_rows("Orders", [ids["restored"]])


class _Runs:
    """The runs of the tap with one state."""

    def __init__(self, sandbox: Sandbox, base: SandboxBase, reading: Reading, folder: Path) -> None:
        self.reading = reading
        self._folder = Path(tempfile.mkdtemp(dir=folder))
        self._state: Any = None
        self._config = self._folder / "config.json"
        self._config.write_text(json.dumps(
            {"server_url": sandbox.url, "api_token": base.read_only_token, **reading.config}
        ))  # fmt: skip

    def read(self) -> str:
        """Run the tap once: its messages."""
        tap = Path(sys.executable).with_name("tap-seatable")
        command = [str(tap), "--config", str(self._config)]
        if self._state is not None and not self.reading.is_full:
            state = self._folder / "state.json"
            state.write_text(json.dumps(self._state))
            command += ["--state", str(state)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        for message in map(json.loads, result.stdout.splitlines()):
            if message["type"] == "STATE":
                self._state = message["value"]
        return result.stdout


def _sum_up(scenario: Scenario, reading: Reading) -> None:
    """What a warehouse must hold after each run: the newest record of each row that lives."""
    living: dict[str, dict[str, dict[str, Any]]] = {}
    schemas: dict[str, Any] = {}
    scenario.living[reading], scenario.schemas[reading] = [], []
    for lines in scenario.lines[reading]:
        begun: dict[str, set[str]] = {}
        if reading.is_full:
            living = {}
        for message in map(json.loads, lines.splitlines()):
            stream = message.get("stream", "")
            if message["type"] == "SCHEMA":
                schemas[stream] = message["schema"]["properties"]
                living.setdefault(stream, {})
            elif message["type"] == "RECORD":
                record = message["record"]
                begun.setdefault(stream, set()).add(record["_id"])
                living[stream][record["_id"]] = record
                if record["_deleted_at"] is not None:
                    del living[stream][record["_id"]]
            elif message["type"] == "ACTIVATE_VERSION":
                kept = begun.get(stream, set())
                living[stream] = {key: row for key, row in living[stream].items() if key in kept}
        scenario.living[reading].append({name: dict(rows) for name, rows in living.items()})
        scenario.schemas[reading].append(dict(schemas))


def has_offsets(lines: str) -> bool:
    """Whether records of these messages have offsets beside them."""
    messages: Iterable[Mapping[str, Any]] = map(json.loads, lines.splitlines())
    return any("x-seatable" in message for message in messages if message["type"] == "RECORD")
