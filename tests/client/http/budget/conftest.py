"""Stores of call budgets: files of SQLite, and a database of PostgreSQL."""

import os
import tempfile
from pathlib import Path

import pytest

from demo.postgres import temporary_database


@pytest.fixture(scope="module")
def postgres_database():
    with temporary_database(os.environ.get("TEST_POSTGRES_URL")) as database:
        yield database


@pytest.fixture
def postgres_url(postgres_database):
    """A database as nobody has used it."""
    for table in postgres_database.tables("public"):
        postgres_database.execute(f'DROP TABLE "{table}"')
    return postgres_database.url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/budget.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def data_folder():
    """Not pytest's own: each start of pytest closes that to the user that a server runs as."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"
