"""Runs of the fleet's workers, side by side and without Airflow."""

import json
import subprocess
import sys

import pytest

from seatable_sandbox import Fault
from tests.fleet.conftest import DAGS
from tests.tap.support import make_table

pytestmark = pytest.mark.timeout(900)
LOADER = "target-postgres-by-base"
BLOCKS = ("tap-seatable-without-catalog", LOADER)


@pytest.fixture
def start(environment):
    def run(base, *more, blocks=BLOCKS, **variables):
        entry = [
            {"workspace_id": base.workspace_id, "base_name": name} for name in (base.name, *more)
        ]
        return subprocess.Popen(
            [sys.executable, DAGS / "meltano_run.py", *blocks],
            env={
                **environment,
                "FLEET_STATE_ID": base.uuid,
                "TAP_SEATABLE_BASES": json.dumps(entry),
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run


def end(process):
    output, _ = process.communicate(timeout=800)
    return process.returncode, output


def test_two_runs_at_once_bring_a_base_each_and_later_only_changes(start, sandbox, warehouse):
    bases = [sandbox.create_base(name) for name in ("North", "South")]
    ids = [make_table(base, "T", 20) for base in bases]
    for round_ in range(2):
        ended = [end(process) for process in [start(base) for base in bases]]
        for base, (code, output) in zip(bases, ended, strict=True):
            assert code == 0, output
            assert sandbox.account_token not in output
            rows = {row["_id"]: row for row in warehouse.rows(base.name, "T")}
            assert {key for key, row in rows.items() if not row["_sdc_deleted_at"]} == {
                row["_id"] for row in base.rows("T")
            }
            assert ("first run" in output) == (round_ == 0), output
        bases[0].delete_rows("T", ids[0][:1])


def test_the_exit_code_is_that_of_the_plugin_that_failed(start, sandbox):
    base = sandbox.create_base("North")
    make_table(base, "T", 2)
    sandbox.inject(Fault("status", path="sql", status=429, retry_after=3_000))
    code, output = end(start(base))
    assert code == 75, output


def test_a_failed_discovery_tells_its_exit_code_too(start, sandbox):
    base = sandbox.create_base("North")
    make_table(base, "T", 2)
    blocks = ("tap-seatable", LOADER)
    code, output = end(start(base, blocks=blocks, TAP_SEATABLE_ACCOUNT_TOKEN="0" * 40))
    assert code == 67, output


def test_a_base_that_vanished_stops_no_other_of_its_group(start, sandbox, warehouse):
    base = sandbox.create_base("North")
    make_table(base, "T", 3)
    code, output = end(start(base, "Gone"))
    assert code == 78, output
    assert "'Gone'" in output
    assert len(warehouse.rows("North", "T")) == 3


def test_a_run_without_changes_takes_four_calls(start, sandbox):
    base = sandbox.create_base("North")
    make_table(base, "T", 3)
    assert end(start(base))[0] == 0
    sandbox.calls.clear()
    code, output = end(start(base))
    assert code == 0, output
    assert len(sandbox.calls) == 4, [call.path for call in sandbox.calls]
