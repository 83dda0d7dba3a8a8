"""The DAGs of examples/airflow, run by Airflow itself."""

import json
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import requests

from demo.meltano import ROOT
from seatable_client.http.budget import BudgetSettings, CallBudget
from seatable_sandbox import Fault
from tests.fleet.conftest import DAGS
from tests.pipelines.compare import compare, list_columns
from tests.pipelines.conftest import ZONE
from tests.pipelines.test_database_to_base import EXACT, TABLE
from tests.tap.support import make_table

AIRFLOW = ROOT / ".venv-airflow" / "bin" / "python"
ROWS = {"North": 30, "South": 3, "East {{ 7 * 7 }} '\"$(id)": 12}


@pytest.fixture
def run_dags(environment, tmp_path):
    """Runs DAGs in Airflow's environment; returns their runs, and Airflow's log."""
    assert AIRFLOW.exists(), "Run `make plugins`."

    def run(*names, **variables):
        ended = subprocess.run(
            [AIRFLOW, DAGS.with_name("run_dags.py"), *names],
            env={
                **environment,
                "AIRFLOW_HOME": str(tmp_path / "airflow"),
                "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
                "FLEET_RETRY_SECONDS": "1",
                "FLEET_MAX_RETRY_SECONDS": "4",
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=1_500,
        )
        log = ended.stdout + ended.stderr
        assert ended.returncode == 0, log
        return json.loads(ended.stdout.splitlines()[-1]), log

    return run


def states_of(run, task):
    """State and number of tries of each instance of a task, by its name."""
    return {
        found["name"]: (found["state"], found["tries"])
        for found in run["tasks"]
        if found["task"] == task
    }


def assets_of(bases):
    """The assets of bases, as their runs update them."""
    return sorted(f"seatable://base/{base.uuid.replace('-', '')}" for base in bases)


@pytest.mark.timeout(1_600)
def test_a_fleet_in_both_directions(run_dags, sandbox, warehouse, tmp_path):
    bases = {name: sandbox.create_base(name) for name in ROWS}
    limited = sandbox.create_base("Limited")
    target = sandbox.create_base("Orders")
    for name, base in bases.items():
        make_table(base, "T", ROWS[name])
    make_table(limited, "T", 1)
    warehouse.execute(TABLE)
    # The first call of each is that of the listing, which counts rows.
    sandbox.inject(Fault("status", path=f"{bases['South'].uuid}/sql", after=1, status=400))
    sandbox.inject(
        Fault("status", path=f"{limited.uuid}/sql", after=1, status=429, retry_after=3_000)
    )
    loads = tmp_path / "loads.jsonl"
    load = {
        "name": "orders",
        "tap": "tap-postgres",
        "settings": {
            "TAP_POSTGRES_SQLALCHEMY_URL": warehouse.sqlalchemy_url("psycopg2"),
            "TAP_POSTGRES_FILTER_SCHEMAS": '["shop"]',
            "TARGET_SEATABLE_WORKSPACE_ID": "1",
            "TARGET_SEATABLE_BASE_NAME": "Orders",
            "TARGET_SEATABLE_TABLE_MAPPING": '{"shop-orders": "Orders"}',
        },
    }
    loads.write_text(json.dumps(load))
    runs, log = run_dags(
        "bases_to_warehouse",
        "loads_into_bases",
        FLEET_LOADS=str(loads),
        FLEET_MAX_ROWS="0",  # a base with rows is alone
        TAP_SEATABLE_BASES=json.dumps([{"base_name": "*", "exclude": ["Orders"]}]),
        TARGET_SEATABLE_SERVER_URL=sandbox.url,
        TARGET_SEATABLE_ACCOUNT_TOKEN=sandbox.account_token,
        TARGET_SEATABLE_SERVER_TIMEZONE=ZONE.key,
    )
    assert sandbox.account_token not in log

    run = runs["bases_to_warehouse"]
    tries = states_of(run, "bring")
    assert tries.pop("South", None) == ("success", 2), run
    assert tries.pop("Limited") == ("skipped", 1)
    assert set(tries.values()) == {("success", 1)}
    assert set(tries) == set(ROWS) - {"South"}
    assert Counter(state for state, _ in states_of(run, "check_all").values()) == {"success": 1}
    assert run["assets"] == assets_of(bases.values())
    # The base that was skipped has never been brought.
    assert states_of(run, "check_age")[None][0] == "failed"
    assert f"Not brought for 6 hours: {limited.uuid.replace('-', '')}." in log
    assert run["state"] == "failed"
    for name, base in bases.items():
        columns = list_columns(base.metadata(), "T")
        result = compare(name, base.rows("T"), warehouse.rows(name, "T"), columns, ZONE)
        assert result.equal, result
        assert result.rows_out == ROWS[name]

    run = runs["loads_into_bases"]
    assert states_of(run, "load") == {"orders": ("success", 1)}
    assert run["state"] == "success"
    columns = {
        name: column
        for name, column in list_columns(target.metadata(), "Orders").items()
        if name in EXACT
    }
    rows = warehouse.rows("shop", "orders")
    assert compare("Orders", rows, target.rows("Orders"), columns, ZONE).equal
    assert len(rows) == 3


@pytest.mark.timeout(1_600)
def test_a_base_that_vanished_and_one_that_is_being_read_stop_no_other(
    run_dags, sandbox, warehouse, tmp_path
):
    bases = {name: sandbox.create_base(name) for name in ("Busy", "Gone", "West")}
    for base in bases.values():
        make_table(base, "T", 4)
    budget = BudgetSettings(url=f"sqlite:///{tmp_path}/budget.db", name="team", per_minute=5_000)
    variables = {
        "FLEET_MAX_ROWS": "0",
        "TAP_SEATABLE_CALL_BUDGET": msgspec.json.encode(budget).decode(),
    }
    runs, _ = run_dags("bases_to_warehouse", **variables)
    run = runs["bases_to_warehouse"]
    assert run["state"] == "success", run
    assert run["assets"] == assets_of(bases.values())

    answer = requests.delete(
        f"{sandbox.url}/api/v2.1/workspace/1/dtable/",
        data={"name": "Gone"},
        headers={"Authorization": f"Token {sandbox.account_token}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    make_table(bases["West"], "Later", 2)
    sandbox.calls.clear()
    other = CallBudget(budget, server=sandbox.url, credential="another run's")
    other.lock_base(bases["Busy"].uuid.replace("-", ""), "read")
    with ThreadPoolExecutor(1) as threads:
        # A second attempt at the busy base shows that the first has ended, in vain.
        threads.submit(_wait_for_attempts, sandbox, "Busy", 2).add_done_callback(
            lambda _: other.close()
        )
        runs, log = run_dags("bases_to_warehouse", **variables)
    run = runs["bases_to_warehouse"]
    states = states_of(run, "bring")
    assert states["Busy"] in {("success", 2), ("success", 3)}
    assert (states["Gone"], states["West"]) == (("failed", 5), ("success", 1))
    assert "Another run is about to read this base" in log
    assert "'Gone'" in log
    assert run["assets"] == assets_of([bases["Busy"], bases["West"]])
    # It was brought an hour ago. The run as a whole is not green.
    assert states_of(run, "check_age")[None][0] == "success"
    assert run["state"] == "failed"
    assert len(warehouse.rows("West", "Later")) == 2
    assert len(warehouse.rows("Gone", "T")) == 4


def _wait_for_attempts(sandbox, name, count):
    """Wait until a base was opened so many times."""
    until = time.monotonic() + 600
    path = f"/dtable/{name}/access-token/"
    while time.monotonic() < until and sum(path in call.path for call in sandbox.calls) < count:
        time.sleep(0.05)


@pytest.mark.timeout(600)
def test_a_pattern_that_matches_no_base_fails_the_listing_with_a_sentence(run_dags, sandbox):
    make_table(sandbox.create_base("North"), "T", 1)
    runs, log = run_dags(
        "bases_to_warehouse", TAP_SEATABLE_BASES=json.dumps([{"base_name": "South*"}])
    )
    run = runs["bases_to_warehouse"]
    assert run["state"] == "failed"
    assert states_of(run, "list_bases") == {None: ("failed", 3)}
    assert states_of(run, "bring") == {None: ("upstream_failed", 0)}
    assert "'South*'" in log
    assert "No base was listed" in log
