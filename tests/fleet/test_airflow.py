"""The DAGs of examples/airflow, run by Airflow itself."""

import json
import subprocess
from collections import Counter

import pytest

from demo.meltano import ROOT
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
