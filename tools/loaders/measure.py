"""Runs a loader through the scenario, and says what it did."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.loaders import observations
from tools.loaders.destinations import Place
from tools.loaders.programs import LoaderFailed
from tools.loaders.scenario import LONG_NAMES, PHASES, Reading
from tools.mariadb import mysql_database

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tools.loaders.destinations import Tables
    from tools.loaders.programs import Program
    from tools.loaders.scenario import Scenario
    from tools.mariadb import MySqlDatabase

FAILS = "the run fails"
_VALUE = "State"
"""A column of deleted rows that always has a value."""


def readings_of(program: Program) -> dict[str, Reading]:
    """The ways to read the base for a loader, by what they are for."""
    tap = tuple(program.tap.items())
    found = {
        mode: Reading(mode, tap, is_full=program.replaces)
        for mode in ("tombstones", "tombstones_only", "versions")
    }
    if program.replaces:
        found["tombstones, from the state"] = Reading("tombstones", tap)
    found["offset"] = Reading("tombstones_only", (*tap, ("date_times", "offset")), phases=1)
    if tap:
        found["without the tap's settings"] = Reading("tombstones_only", phases=1)
    return found


def measure(
    program: Program,
    scenario: Scenario,
    long_names: str,
    database_url: str,
    mysql: MySqlDatabase | None = None,
) -> dict[str, Any]:
    """Everything that the documentation says of a loader.

    Args:
        program: the loader.
        scenario: the runs for its readings.
        long_names: the messages of a table with long names.
        database_url: of a PostgreSQL database to use.
        mysql: a server of MariaDB, for loaders that store there.
    """
    readings = readings_of(program)
    runs = _Runs(program, scenario, database_url, mysql)
    found: dict[str, Any] = {
        "package": program.package,
        "requirement": program.requirement,
        "versions": program.versions,
        "settings": dict(program.settings),
        "tap": dict(program.tap),
        "replaces": program.replaces,
        "deletes": runs.modes(readings, {}),
    }
    if program.hard_delete:
        found["hard_delete"] = runs.modes(readings, program.hard_delete)
        found["hard_delete_settings"] = dict(program.hard_delete)
    if not any(mode["rows"] for mode in found["deletes"].values()):
        return found
    first = runs.first_tables(readings["tombstones_only"])
    found["values"] = observations.show_values(first)
    offset = observations.show_values(runs.first_tables(readings["offset"]))
    found["values"]["date-time, offset"] = offset.get("date-time", FAILS)
    if program.tap:
        found["without the tap's settings"] = runs.plain(readings["without the tap's settings"])
    found["long names"] = runs.long_names(long_names)
    return found


class _Runs:
    """The runs of a loader, each into a place of its own."""

    def __init__(
        self,
        program: Program,
        scenario: Scenario,
        database_url: str,
        mysql: MySqlDatabase | None,
    ) -> None:
        self._program = program
        self._scenario = scenario
        self._database_url = database_url
        self._mysql = mysql

    def modes(self, readings: Mapping[str, Reading], settings: Mapping[str, Any]) -> dict[str, Any]:
        """What each value of `deletes` leads to. `tombstones_only` is for those that need it."""
        found: dict[str, dict[str, Any]] = {}
        for mode, reading in readings.items():
            if reading.phases < PHASES:
                continue
            runs_through = any("restored" in other for other in found.values())
            if reading.deletes == "tombstones_only" and runs_through:
                continue
            found[mode] = self.deletes(reading, settings)
        return found

    def deletes(self, reading: Reading, settings: Mapping[str, Any]) -> dict[str, Any]:
        """What three runs lead to: living rows, a deleted row, a restored row."""
        scenario, ids = self._scenario, self._scenario.ids
        found: dict[str, Any] = {"rows": []}
        with self._place() as place:
            for phase in range(reading.phases):
                try:
                    self._program.load(scenario.lines[reading][phase], place, settings)
                except LoaderFailed as error:
                    found["error"] = str(error)
                    break
                tables = self._program.read(place)
                living = scenario.living[reading][phase]
                schemas = scenario.schemas[reading][phase]
                found["rows"].append(observations.compare(tables, living, schemas))
                if phase == 1:
                    found["deleted"] = observations.end_of(tables, "Orders", ids["deleted"], _VALUE)
                    found["doubles"] = any(map(observations.appends, tables.values()))
                    names = ("Since", "Newsletter", "Subscribed")
                    found["columns"] = observations.columns_of(tables, "Customers", names)
                if phase == PHASES - 1:
                    restored = observations.end_of(tables, "Orders", ids["restored"], _VALUE)
                    found["restored"] = restored.replace(observations.LIVES, "lives")
        return found

    def first_tables(self, reading: Reading) -> Tables:
        """What is stored after the first run."""
        with self._place() as place:
            self._program.load(self._scenario.lines[reading][0], place, {})
            return self._program.read(place)

    def plain(self, reading: Reading) -> dict[str, str]:
        """The lists and objects of a first run without the settings of the tap."""
        try:
            shown = observations.show_values(self.first_tables(reading))
        except LoaderFailed as error:
            return {"error": str(error)}
        return {kind: shown[kind] for kind in ("list", "objects")}

    @contextmanager
    def _place(self) -> Iterator[Place]:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            own = self._mysql and stack.enter_context(mysql_database(self._mysql))
            yield Place(folder, self._database_url, self._program, own)

    def long_names(self, lines: str) -> str:
        """What becomes of columns whose names are alike in their first 63 bytes."""
        with self._place() as place:
            try:
                self._program.load(lines, place, {})
            except LoaderFailed as error:
                return f"{FAILS}: `{error}`"
            (table,) = self._program.read(place).values()
            found = [name for name in observations.own_columns(table) if name.lower() != "name"]
            values = [row[name] for row in table.rows for name in found]
        if not table.rows:
            return "the row is lost"
        if sorted(values) == ["1", "2"]:
            return "kept" if set(LONG_NAMES) == set(found) else f"become `{'`, `'.join(found)}`"
        return f"become `{'`, `'.join(found)}` and lose values"


def needed_readings(programs: Iterable[Program]) -> list[Reading]:
    """The readings for some loaders, each once."""
    found = itertools.chain.from_iterable(readings_of(program).values() for program in programs)
    return list(dict.fromkeys(found))
