"""Deleted rows as they arrive in PostgreSQL: every cell of docs/deletes-table.md, proved."""

from __future__ import annotations

import itertools
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from unittest import mock

import pytest

from demo.meltano import PLUGINS, ROOT
from demo.postgres import temporary_database
from seatable_client.api.base import Base
from seatable_sandbox import Sandbox
from tests.tap.support import config_of, read

PROGRAM = PLUGINS / "loaders" / "target-postgres" / "venv" / "bin" / "target-postgres"
PAGE = ROOT / "docs" / "deletes-table.md"

MODES = ("tombstones", "versions", "off")
LOADER = ("add_record_metadata", "activate_version", "hard_delete")
HEAD = ("deletes", *LOADER, "a deleted row", "a restored row", "rows deleted beyond the sketch")
MANY = 180

REFUSED = "the loader refuses these settings"
REMOVED = "is removed"
LIVES = "stays as if it lived"


@dataclass
class Scenario:
    """What the tap wrote in three runs, for each way of telling of deletes.

    Every table has a row that stays, one that changes, one that is deleted and one that is deleted
    and then restored. From the tables that end in "many" all rows but one are deleted, more than
    the sketch shows, without a log that would name them.
    """

    runs: list[list[dict]] = field(default_factory=lambda: [[], [], []])
    rows: dict[str, dict[str, str]] = field(default_factory=dict)


def write_scenario(sandbox):
    scenario, base = Scenario(), sandbox.create_base("Base")
    states: dict[str, dict] = {}
    tables = [(mode, name) for mode in MODES for name in (mode, f"{mode}_many")]
    for _, name in tables:
        base.create_table(name, [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "Amount", "column_type": "number"},
        ])  # fmt: skip
        words = ["stays", "changes", "goes", "returns", "returns too"]
        words += [f"goes {number}" for number in range(MANY if name.endswith("many") else 0)]
        made = base.append_rows(name, [{"Name": word, "Amount": 1} for word in words])
        scenario.rows[name] = dict(zip(words, made, strict=True))

    def run(phase):
        for mode, name in tables:
            config = config_of(sandbox, base, tables=[name], deletes=mode, sketch_capacity=16)
            result = read(config, state=states.get(name))
            assert result.error == ""
            states[name] = result.state
            scenario.runs[phase] += result.messages
        sandbox.clock.advance(3600)

    run(0)
    for _, name in tables:
        rows = scenario.rows[name]
        base.update_rows(name, {rows["changes"]: {"Amount": 2}})
        base.delete_rows(name, [rows["returns"], rows["returns too"]])
        base.delete_rows(name, [row_id for word, row_id in rows.items() if word.startswith("goes")])
    with mock.patch.object(Base, "operations", return_value=[]):
        run(1)
    for _, name in tables:
        rows = scenario.rows[name]
        base.restore_rows(name, [rows["returns"], rows["returns too"]])
    run(2)
    return scenario


def load(scenario, database, settings, folder):
    """Load the three runs one after the other; where to, or None if the loader refused."""
    schema = "_".join(str(value) for value in settings).lower()
    config = dict(zip(LOADER, settings, strict=True))
    config |= {
        "sqlalchemy_url": database.sqlalchemy_url("psycopg"),
        "default_target_schema": schema,
    }
    path = folder / f"{schema}.json"
    path.write_text(json.dumps(config))
    seen = {}
    for phase, messages in enumerate(scenario.runs):
        lines = "".join(json.dumps(message) + "\n" for message in messages)
        ended = subprocess.run(
            [PROGRAM, "--config", path], input=lines, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            assert "add_record_metadata" in ended.stderr
            return None
        seen[phase] = {
            name: {row["_id"]: row for row in database.rows(schema, name)} for name in scenario.rows
        }
    return seen


def end_of(row):
    """What became of a row, in the words of the documentation."""
    if row is None:
        return REMOVED
    marks = [name for name in ("_deleted_at", "_sdc_deleted_at") if row.get(name)]
    values = row["Name"], row["Amount"]
    if not marks:
        return LIVES if None not in values else "lives with all values null"
    kept = "null in its values" if values == (None, None) else "with its values"
    return f"stays, {kept}, marked in {' and '.join(f'`{name}`' for name in marks)}"


@pytest.fixture(scope="module")
def observed(tmp_path_factory, server_url):
    """What each combination of settings leads to: the last cells of a line, and all rows."""
    with Sandbox() as sandbox:
        scenario = write_scenario(sandbox)
    folder = tmp_path_factory.mktemp("loader")
    combinations = list(itertools.product([True, False], repeat=len(LOADER)))
    with temporary_database(server_url) as database, ThreadPoolExecutor(2) as pool:
        loaded = pool.map(
            lambda combination: load(scenario, database, combination, folder), combinations
        )
        seen = dict(zip(combinations, loaded, strict=True))
    cells, tables = {}, {}
    for mode, settings in itertools.product(MODES, combinations):
        key = (mode, *settings)
        phases = seen[settings]
        if phases is None:
            cells[key] = (REFUSED,) * 3
            continue
        few, many = scenario.rows[mode], scenario.rows[f"{mode}_many"]
        tables[key] = [
            (phase, ids, phases[phase][name])
            for phase in phases
            for name, ids in ((mode, few), (f"{mode}_many", many))
        ]
        ends = {
            end_of(phases[1][f"{mode}_many"].get(row_id))
            for word, row_id in many.items()
            if word.startswith("goes")
        }
        restored = end_of(phases[2][mode].get(few["returns"]))
        cells[key] = (
            end_of(phases[1][mode].get(few["goes"])),
            "lives" if restored == LIVES else restored,
            " or ".join(sorted(ends)),
        )
    return cells, tables


def as_line(cells):
    shown = [str(cell).lower() if isinstance(cell, bool) else cell for cell in cells]
    return f"| {' | '.join(shown)} |"


def test_the_page_says_what_is_so(observed):
    cells, _ = observed
    lines = [
        as_line(HEAD),
        as_line(["---"] * len(HEAD)),
        *(as_line([*settings, *ends]) for settings, ends in cells.items()),
    ]
    stated = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    assert stated == lines, "write these lines into the page:\n" + "\n".join(lines)


def test_rows_that_live_are_never_touched_by_deletions(observed):
    _, tables = observed
    assert len(tables) == len(MODES) * 6
    for settings, seen in tables.items():
        for phase, ids, rows in seen:
            stays, changes = rows[ids["stays"]], rows[ids["changes"]]
            assert end_of(stays) == end_of(changes) == LIVES, settings
            assert (stays["Name"], stays["Amount"]) == ("stays", 1), settings
            assert changes["Amount"] == (2 if phase else 1), settings


def test_no_combination_makes_a_live_row_of_nulls(observed):
    """Neither of the row that was deleted, nor of any other; and rows come back whole."""
    _, tables = observed
    for settings, seen in tables.items():
        for phase, ids, rows in seen:
            words = {row_id: word for word, row_id in ids.items()}
            for row_id, row in rows.items():
                assert end_of(row) != "lives with all values null", settings
                if end_of(row) == LIVES:
                    assert row["Name"] == words[row_id], settings
            assert phase < 2 or end_of(rows[ids["returns"]]) == LIVES, settings


def test_the_defaults_of_both_sides_tell_of_every_deletion(observed):
    cells, _ = observed
    deleted, restored, beyond = cells["tombstones", True, True, False]
    assert "marked" in deleted
    assert restored == "lives"
    assert "marked" in beyond
