"""Addresses of stores, and stores that are down: a sentence without a secret."""

import contextlib
import re
import sqlite3
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.postgres import own_server
from seatable_client.errors import ConfigError
from seatable_client.http.budget import postgres
from seatable_client.http.budget.open_store import open_store, parse_url
from seatable_client.http.budget.store import BudgetStoreUnavailable
from tests.client.http.budget.budgets import budget_of


def test_a_store_that_cannot_be_used_is_closed(tmp_path, monkeypatch):
    opened = []
    connect = sqlite3.connect

    def note(*args, **options):
        opened.append(connect(*args, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", note)
    (tmp_path / "text.db").write_text("no database " * 100)
    with contextlib.closing(connect(tmp_path / "index.db")) as other:
        other.execute("CREATE TABLE t (a)")
        other.execute("CREATE INDEX seatable_budgets ON t (a)")
    for name in ("text.db", "index.db"):
        with pytest.raises(BudgetStoreUnavailable):
            open_store(f"sqlite:///{tmp_path}/{name}")
    assert len(opened) == 2
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_no_secret_is_stored(tmp_path):
    budget_of(f"sqlite:///{tmp_path}/budget.db", name=None, per_minute=5, per_month=5).close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"secret-token" not in stored


@pytest.mark.parametrize(
    "bad",
    ["redis://localhost", "sqlite://", "sqlite:///", "budget.db", "postgresql://", "http://[",
     "postgresql://user:hidden@host:99999/db", "sqlite:///:memory:", "sqlite:///a.db?mode=ro",
     "sqlite:///a.db#b", "sqlite:///%00", "sqlite:////tmp/\ud800.db"],
)  # fmt: skip
def test_a_url_of_something_else_is_refused(bad):
    with pytest.raises(ConfigError, match="is not a budget store"):
        open_store(bad)


@given(
    st.builds("".join, st.tuples(
        st.sampled_from(["sqlite:", "postgresql://", "postgres+x://h", ""]), st.text(max_size=40),
    ))
)  # fmt: skip
def test_any_text_is_the_place_of_a_store_or_a_sentence(url):
    with contextlib.suppress(ConfigError):
        place = parse_url(url)
        assert isinstance(place, Path) or place.startswith("postgresql")


@given(st.text(), st.sampled_from("/?#"), st.text())
def test_no_beginning_of_a_password_is_taken_for_a_place(begin, sign, end):
    """Of `user:12/34@host` the driver would make port 12 of a host `user`."""
    for password in (f"{begin}{sign}{end}", f"12{sign}{end}"):
        with pytest.raises(ConfigError):
            parse_url(f"postgresql://user:{password}@host.example:9/db")
        place = parse_url(f"postgresql://user:{quote(password, safe='')}@host.example:9/db")
        assert urlsplit(str(place)).hostname == "host.example"


@pytest.mark.parametrize("bad", ["postgresql://host/db?foo=hidden", "postgresql://a:%zz@host/db"])
def test_a_url_that_the_driver_does_not_understand_is_told_at_once(bad):
    with pytest.raises(ConfigError, match="does not understand") as caught:
        open_store(bad)
    assert "hidden" not in str(caught.value)


def test_a_database_that_does_not_exist_is_told_in_the_servers_words(postgres_url, monkeypatch):
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 1.0)
    missing = re.sub(r"/seatable_\w+", "/missing", postgres_url)
    with pytest.raises(BudgetStoreUnavailable, match='database "missing" does not exist'):
        budget_of(missing, per_minute=5)


def test_a_store_that_is_down_ends_the_run_or_not_as_the_setting_says(
    tmp_path, caplog, monkeypatch
):
    (tmp_path / "file").write_text("no folder")
    url = f"sqlite:///{tmp_path}/file/budget.db"
    with pytest.raises(BudgetStoreUnavailable, match="cannot be counted in") as caught:
        budget_of(url, per_minute=5)
    assert caught.value.kind.exit_code == 74
    budget = budget_of(url, per_minute=5, on_unavailable="continue")
    budget.acquire("sql")
    assert "goes on without the call budget" in caplog.text


def test_a_database_that_is_down_is_named_without_its_password(monkeypatch):
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 1.0)
    with pytest.raises(BudgetStoreUnavailable) as caught:
        budget_of("postgresql://user:hidden@127.0.0.1:9/db", per_minute=5)
    assert "127.0.0.1:9/db" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_database_that_goes_down_in_mid_run_ends_it_with_a_sentence(tmp_path):
    budget = budget_of(f"sqlite:///{tmp_path}/budget.db", per_month=5)
    budget.acquire("sql")
    assert budget._store is not None
    budget._store.close()
    with pytest.raises(BudgetStoreUnavailable, match="cannot be counted"):
        budget.acquire("sql")


def test_a_server_that_goes_down_ends_a_run_or_not_and_counts_on_when_it_is_back(
    data_folder, monkeypatch, caplog
):
    monkeypatch.setattr(postgres, "BUSY_SECONDS", 2.0)
    with own_server(data_folder) as url:
        ending = budget_of(url, per_month=5)
        going_on = budget_of(url, per_month=5, on_unavailable="continue")
        ending.acquire("sql")
        going_on.acquire("sql")
    with pytest.raises(BudgetStoreUnavailable, match="See that the server runs") as caught:
        ending.acquire("sql")
    assert caught.value.kind.exit_code == 74
    going_on.acquire("sql")
    assert "goes on without the call budget" in caplog.text
    ending.close()
    with own_server(data_folder) as url:
        later = budget_of(url, per_month=5)
        later.acquire("sql")
        assert later.monthly_calls == 3
        later.close()
