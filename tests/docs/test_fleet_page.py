"""The figures of docs/fleet.md come from docs/fleet.json, where `make fleet` has written one."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seatable_sandbox import Sandbox
from tests.tap.support import make_table
from tools.documentation import fleet
from tools.documentation.__main__ import ROOT
from tools.fleet.__main__ import judge, write


def measured(**found):
    def play(**round_):
        return {
            "is_faulty": False, "edited_rows": 1_200, "brought": 3, "not_started": [],
            "failed": [], "as_expected": True, "tries": 4, "seconds": 61.4,
            "by_worker": {"worker 1": 1, "worker 2": 2},
        } | round_  # fmt: skip

    def wall(seconds, ratio, runs):
        return {
            "runs": {"1": runs, "2": runs}, "seconds": seconds, "busy_cores": {"1": 1.24, "2": 1.9},
            "ratio": ratio, "failed": [], "differences": {},
        }  # fmt: skip

    results = {
        "date": "2026-11-30",
        "machine": {"cores": 2, "memory_gib": 24, "system": "Linux x86_64", "python": "CPython 3"},
        "versions": {"Airflow": "3.3.2"},
        "bases": 4, "tables": 7, "rows": 12_345, "latency_ms": 200, "per_minute": 120, "calls": 987,
        "most_calls_in_a_minute": 119,
        "wall": wall({"1": 80.0, "2": 44.0}, 0.55, 8),
        "wall_alone": wall({"1": 181.4, "2": 123.1}, 0.679, 24),
        "rounds": [play(), play(is_faulty=True, failed=["base 01"]), play(edited_rows=7)],
        "killed": {"running": ["base 02"], "brought_by": {"base 02": "worker 2"}},
        "differences": {},
    } | found  # fmt: skip
    return results | {"bars": judge(results)}


@pytest.fixture
def page(monkeypatch, tmp_path):
    """Writes results as `make fleet` does, and gives the part of the page."""
    monkeypatch.setattr(fleet, "RESULTS", tmp_path / "fleet.json")

    def make(results):
        if results is not None:
            write(fleet.RESULTS, json.loads(json.dumps(results)))
        return fleet.results()

    return make


def test_the_page_shows_what_was_measured(page):
    shown = page(measured())
    assert "| wall time of 8 groups, two workers / one | 0.6 | 0.55 | reached |" in shown
    assert "| groups: 8 runs | 80 s (1.2 cores busy) | 44 s (1.9 cores busy) | 0.55 |" in shown
    assert "| each base alone: 24 runs | 181 s (" in shown
    assert "| calls in any minute | 120 | 119 | reached |" in shown
    assert (
        "| 2, with the faults | 1,200 | 3 (1 by worker 1, 2 by worker 2) | base 01 | 4 | 61 s |"
        in shown
    )
    assert "Taken on 2026-11-30 on 2 cores" in shown
    assert "The killed worker was running base 02." in shown
    assert "missed" not in shown


def test_what_was_missed_or_not_measured_is_shown_as_that(page):
    shown = page(measured(killed=None, differences={"base 03": "differs"}))
    assert "| bases that differ from the warehouse | 0 | 1 | **missed** |" in shown
    assert "that nobody else brought | 0 | not measured | **missed** |" in shown


def test_without_a_run_the_page_says_so(page):
    assert page(None).startswith("There are no figures yet")


def test_the_line_for_cron_runs_each_base_alone_whatever_it_is_called(tmp_path):
    """Only Meltano is another program: the tap by itself."""
    names = ['It\'s "quoted"', "two\nlines", "ends with a space ", "a\u2028b\x85c", "$HOME {} \\n"]
    page = (ROOT / "docs" / "fleet.md").read_text("utf-8")
    [line] = re.findall(r"```sh\n(tap-seatable bases.*?)```", page, re.DOTALL)
    meltano = tmp_path / "meltano"
    meltano.write_text(
        '#!/bin/sh\nexec tap-seatable --config ENV > "$OUT/$FLEET_STATE_ID"\n', "utf-8"
    )
    meltano.chmod(0o755)
    brought = tmp_path / "brought"
    brought.mkdir()
    with Sandbox() as sandbox:
        bases = [sandbox.create_base(name) for name in names]
        bases += [sandbox.create_base("Namesake", workspace_id=place) for place in (1, 2)]
        for base in bases:
            make_table(base, "T", 1)
        expected = {
            f"tap-seatable-{base.uuid.replace('-', '')}": [row["_id"] for row in base.rows("T")]
            for base in bases
        }
        folder = Path(sys.executable).parent
        ended = subprocess.run(
            ["sh", "-c", line],
            cwd=ROOT,
            env={
                **{name: value for name, value in os.environ.items() if "SEATABLE" not in name},
                "PATH": os.pathsep.join([str(folder), os.environ["PATH"]]),
                "TAP_SEATABLE_SERVER_URL": sandbox.url,
                "TAP_SEATABLE_ACCOUNT_TOKEN": sandbox.account_token,
                "FLEET_MELTANO": str(meltano),
                "FLEET_PROJECT": str(ROOT),
                "OUT": str(brought),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    found = {}
    for path in brought.iterdir():
        messages = map(json.loads, path.read_bytes().splitlines())
        found[path.name] = [item["record"]["_id"] for item in messages if item["type"] == "RECORD"]
    assert found == expected
