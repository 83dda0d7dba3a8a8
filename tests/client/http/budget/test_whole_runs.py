"""A call budget holds for whole runs of both commands, in processes of their own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seatable_client.http import BudgetSettings, CallBudget
from seatable_sandbox import Fault, Sandbox

MESSAGES = (
    '{"type":"SCHEMA","stream":"people","key_properties":["id"],"schema":{"properties":'
    '{"id":{"type":"integer"},"name":{"type":"string"}}}}\n'
    '{"type":"RECORD","stream":"people","record":{"id":1,"name":"Ada"}}\n'
    '{"type":"STATE","value":{"n":1}}\n'
)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("gateway") as sandbox:
        yield sandbox


def environment_of(command, sandbox, base, budget):
    prefix = command.upper().replace("-", "_")
    return {
        **os.environ,
        f"{prefix}_SERVER_URL": sandbox.url,
        f"{prefix}_API_TOKEN": base.api_token,
        f"{prefix}_CALL_BUDGET": json.dumps(budget),
    }


def run(command, sandbox, base, budget, messages=None):
    program = Path(sys.executable).with_name(command)
    return subprocess.run(
        [program, "--config", "ENV"],
        env=environment_of(command, sandbox, base, budget),
        input=messages or "",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def budget_of(folder, **limits):
    return {"url": f"sqlite:///{folder}/budget.db", "name": "team", **limits}


def test_a_run_that_would_pass_the_month_ends_with_come_back_later(sandbox, tmp_path):
    base = sandbox.create_base("Month")
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    first = run("tap-seatable", sandbox, base, budget_of(tmp_path, per_month=5))
    assert first.returncode == 0, first.stderr
    assert "of 5 calls of this month are used" in first.stderr
    second = run("tap-seatable", sandbox, base, budget_of(tmp_path, per_month=5))
    assert second.returncode == 75
    assert "is used up until" in second.stderr
    assert "Traceback" not in second.stderr


def test_reading_and_loading_share_one_budget(sandbox, tmp_path):
    base = sandbox.create_base("Shared")
    budget = budget_of(tmp_path, per_month=50)
    sandbox.calls.clear()
    loaded = run("target-seatable", sandbox, base, budget, MESSAGES)
    assert loaded.returncode == 0, loaded.stderr
    read = run("tap-seatable", sandbox, base, budget)
    assert read.returncode == 0, read.stderr
    assert f"Call budget: {len(sandbox.calls)} of 50 calls" in read.stderr


def test_a_name_with_other_limits_is_a_sentence(sandbox, tmp_path):
    base = sandbox.create_base("Limits")
    run("tap-seatable", sandbox, base, budget_of(tmp_path, per_minute=500))
    other = run("tap-seatable", sandbox, base, budget_of(tmp_path, per_minute=400))
    assert other.returncode == 78
    assert "is in use with per_minute 500" in other.stderr
    assert "Traceback" not in other.stderr


@pytest.mark.parametrize(
    ("command", "purpose"), [("tap-seatable", "read"), ("target-seatable", "load")]
)
def test_the_second_run_of_a_base_ends_with_a_sentence_until_the_first_is_gone(
    sandbox, tmp_path, command, purpose
):
    base = sandbox.create_base(f"Twice {purpose}")
    base.create_table("people", [{"column_name": "name", "column_type": "text"}])
    base.append_rows("people", [{"name": "Ada"}])
    budget = budget_of(tmp_path, per_month=500)
    path = rf"{base.uuid}/(sql|rows)"
    sandbox.inject(Fault("hang_before", path=path, seconds=15))
    with subprocess.Popen(
        [Path(sys.executable).with_name(command), "--config", "ENV"],
        env=environment_of(command, sandbox, base, budget),
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
    ) as first:  # fmt: skip
        assert first.stdin is not None
        if purpose == "load":
            first.stdin.write(MESSAGES)
        first.stdin.close()
        until = time.monotonic() + 60
        while not list(tmp_path.glob("budget.db.*.lock")) and time.monotonic() < until:
            time.sleep(0.05)
        second = run(command, sandbox, base, budget, MESSAGES if purpose == "load" else None)
        first.kill()
    assert second.returncode == 78, second.stderr
    assert f"Another run is about to {purpose} this base" in second.stderr
    assert "Traceback" not in second.stderr
    sandbox.clear_faults()
    third = run(command, sandbox, base, budget, MESSAGES if purpose == "load" else None)
    assert third.returncode == 0, third.stderr


def test_of_several_bases_one_that_another_run_reads_fails_alone(sandbox, tmp_path):
    taken, free = (sandbox.create_base(name) for name in ("Taken", "Free"))
    for base in (taken, free):
        base.create_table("people", [{"column_name": "name", "column_type": "text"}])
        base.append_rows("people", [{"name": "Ada"}])
    budget = budget_of(tmp_path, per_month=500)
    other = CallBudget(BudgetSettings(**budget), server=sandbox.url, credential="")
    other.lock_base(taken.uuid.replace("-", ""), "read")
    variables = environment_of("tap-seatable", sandbox, taken, budget)
    del variables["TAP_SEATABLE_API_TOKEN"]
    entries = [{"api_token": base.api_token} for base in (taken, free)]
    ended = subprocess.run(
        [Path(sys.executable).with_name("tap-seatable"), "--config", "ENV"],
        env={**variables, "TAP_SEATABLE_BASES": json.dumps(entries)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    other.close()
    assert ended.returncode == 78, ended.stderr
    records = [line for line in ended.stdout.splitlines() if '"type":"RECORD"' in line]
    assert ["Free" in line for line in records] == [True]
    (reason,) = [line for line in ended.stderr.splitlines() if "was not read: Another run" in line]
    assert "Taken" in reason


@pytest.mark.parametrize(("on_unavailable", "code"), [("fail", 74), ("continue", 0)])
def test_a_store_that_is_down_ends_a_run_or_not_as_the_setting_says(
    sandbox, tmp_path, on_unavailable, code
):
    base = sandbox.create_base("Down")
    (tmp_path / "file").write_text("no folder")
    budget = budget_of(tmp_path / "file", per_minute=500, on_unavailable=on_unavailable)
    ended = run("tap-seatable", sandbox, base, budget)
    assert ended.returncode == code, ended.stderr
    assert "The call budget cannot be counted in" in ended.stderr
    assert ("goes on without the call budget" in ended.stderr) == (code == 0)
    assert "Traceback" not in ended.stderr


ADDRESS = "postgresql://user:pass-word@127.0.0.1:9/db"


@pytest.mark.parametrize(
    "budget",
    [
        {"url": ADDRESS, "per_minute": "many"},
        {"url": "postgresql://user:12/pass-word@127.0.0.1:9/db", "per_minute": 5},
        {"url": "postgresql://user:12#pass-word@127.0.0.1:9/db", "per_minute": 5},
        {"url": "postgresql://127.0.0.1:9/db?passwrd=pass-word", "per_minute": 5},
        {"url": [ADDRESS], "per_minute": 5},
        {"url": "budget.db", "name": {"url": ADDRESS}, "per_minute": 5},
        {"url": "budget.db", "per_minute": {ADDRESS: 5}},
        {ADDRESS: "budget.db"},
        [ADDRESS],
        ADDRESS,
    ],
    ids=json.dumps,
)
def test_the_address_of_a_store_is_never_logged(sandbox, tmp_path, budget):
    """Wherever it stands: the sentences about settings quote what is wrong."""
    base = sandbox.create_base(f"Secret {tmp_path.name}")
    config = {"server_url": sandbox.url, "api_token": base.api_token, "call_budget": budget}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    ended = subprocess.run(
        [Path(sys.executable).with_name("tap-seatable"), "--config", path],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 78
    assert "pass-word" not in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
