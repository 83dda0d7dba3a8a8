"""A fleet on this machine: bases of an account, PostgreSQL, and Meltano's plugins."""

import os
import sys
from pathlib import Path

import pytest

from demo.meltano import PLUGINS, PROGRAM, ROOT, Project
from demo.postgres import temporary_database
from seatable_sandbox import Sandbox
from tests.pipelines.conftest import ZONE

DAGS = ROOT / "examples" / "airflow" / "dags"


@pytest.fixture(scope="module")
def server_url():
    with temporary_database(os.environ.get("TEST_POSTGRES_URL")) as database:
        yield database.url


@pytest.fixture
def warehouse(server_url):
    with temporary_database(server_url) as database:
        yield database


@pytest.fixture(scope="module")
def states(server_url, tmp_path_factory):
    """Where Meltano keeps its states. It makes its tables once, and not by two runs at once."""
    with temporary_database(server_url) as database:
        project = Project(tmp_path_factory.mktemp("first"))
        project.call("state", "list", meltano_database_uri=database.sqlalchemy_url("psycopg"))
        yield database


@pytest.fixture
def sandbox():
    with Sandbox("gateway", time_zone=ZONE.key) as sandbox:
        yield sandbox


@pytest.fixture
def environment(sandbox, warehouse, states, tmp_path):
    """The variables of a worker."""
    assert (PLUGINS / ".ready").exists(), "Run `make plugins`."
    foreign = ("MELTANO_", "TAP_", "TARGET_", "SINGER_SDK_", "FLEET_", "AIRFLOW_")
    inherited = {name: os.environ[name] for name in os.environ if not name.startswith(foreign)}
    return {
        **inherited,
        "FLEET_PROJECT": str(ROOT),
        "FLEET_PLUGINS": str(PLUGINS),
        "FLEET_MELTANO": str(PROGRAM),
        "FLEET_TAP": str(Path(sys.executable).with_name("tap-seatable")),
        "MELTANO_DATABASE_URI": states.sqlalchemy_url("psycopg"),
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "NO_COLOR": "1",
        "TAP_SEATABLE_SERVER_URL": sandbox.url,
        "TAP_SEATABLE_ACCOUNT_TOKEN": sandbox.account_token,
        "TARGET_POSTGRES_SQLALCHEMY_URL": warehouse.sqlalchemy_url("psycopg"),
    }
