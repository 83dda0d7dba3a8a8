"""Meltano, PostgreSQL and SeaTable's stand-in, for real."""

import itertools
import os
from zoneinfo import ZoneInfo

import pytest

from demo.meltano import Project
from demo.postgres import temporary_database
from seatable_sandbox import Sandbox

ZONE = ZoneInfo("Europe/Berlin")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_url():
    """A PostgreSQL server: the one that TEST_POSTGRES_URL names, or one that is started here."""
    with temporary_database(os.environ.get("TEST_POSTGRES_URL")) as database:
        yield database.url


@pytest.fixture
def database(server_url):
    with temporary_database(server_url) as database:
        yield database


@pytest.fixture
def sandbox():
    with Sandbox(time_zone=ZONE.key) as sandbox:
        yield sandbox


@pytest.fixture
def base(sandbox):
    return sandbox.create_base(f"Base {next(_numbers)}")


@pytest.fixture
def project(tmp_path, sandbox, base, database):
    """This checkout's project, its plugins set to the base and to the database."""
    return Project(
        tmp_path / "meltano",
        {
            "tap_seatable_server_url": sandbox.url,
            "tap_seatable_api_token": base.read_only_token,
            "target_seatable_server_url": sandbox.url,
            "target_seatable_api_token": base.api_token,
            "target_seatable_rejected_records_path": str(tmp_path / "rejected.jsonl"),
            "tap_postgres_sqlalchemy_url": database.sqlalchemy_url("psycopg2"),
            "target_postgres_sqlalchemy_url": database.sqlalchemy_url("psycopg"),
        },
    )
