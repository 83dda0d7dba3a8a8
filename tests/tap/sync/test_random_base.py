"""Random lives of a base, under several conditions: see `random_base.BaseAndWarehouse`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.seeds import SOAK
from tests.servers import DRAWN, settings_of
from tests.tap.random_base import BaseAndWarehouse, live_through
from tests.tap.random_rules import TABLES

BARE_LINKS = {"v1 without SQL", "v1 with pages", "2020"}
SERVERS: dict[str, tuple[dict, dict]] = {
    "gateway": ({}, {}),
    "gateway by rows": ({}, {"read_method": "rows"}),
    "v1 with SQL": ({"profile": "v1", "dtable_db": True}, {}),
    "v1 without SQL": ({"profile": "v1", "version": "2.3.0"}, {}),
    "v1 with pages": ({"profile": "v1", "version": "2.3.0", "v1_paging": True}, {}),
    "2020": ({"profile": "v1-2020"}, {}),
    "cloud 5.0 as v1": ({"profile": "cloud-5.0"}, {"api_version": "v1"}),
}
"""The sandbox's parameters, and the tap's settings."""


def machine(**flags: Any) -> type[BaseAndWarehouse]:
    """The state machine with other flags."""
    return type("Machine", (BaseAndWarehouse,), flags)


def holds_amount(row):
    return (row.get("Amount") or 0) > 0


@pytest.mark.parametrize("server", SERVERS)
def test_after_a_quiet_run_the_warehouse_equals_the_base(server):
    sandbox, settings = SERVERS[server]
    forms: set[tuple] = set()
    base = machine(
        forms=forms,
        server=sandbox,
        settings=settings,
        bare_links=server in BARE_LINKS,
        # The list of deleted rows, which stands in for a log there, leaves out young ones.
        has_log=server != "2020",
        archives=server in {"gateway", "gateway by rows", "v1 with SQL"},
    )
    live_through(base, examples=40 if server == "gateway" else 10)
    # Seeds that are drawn need not meet both, in so few lives.
    assert SOAK or {("list", "sketches"), ("sketches", "list")} <= forms


@pytest.mark.parametrize("drawn", DRAWN)
def test_after_a_quiet_run_it_is_equal_whatever_the_documents_leave_open(drawn):
    base = machine(server=settings_of(drawn), archives=True, adverse=True)
    live_through(base, examples=10 if SOAK else 4)


def test_after_a_quiet_run_the_warehouse_equals_the_rows_of_the_conditions():
    base = machine(
        settings={"where": {"Tasks": "Amount > 0", "Notes": "Amount > 0 OR Choice = 'a'"}},
        streams={
            "Tasks": ("Tasks", holds_amount),
            "Notes": ("Notes", lambda row: holds_amount(row) or row.get("Choice") == "a"),
            "People": ("People", lambda _row: True),
        },
    )
    live_through(base, examples=30)


def test_after_a_quiet_run_the_warehouse_equals_the_views():
    viewed = ("Tasks", "Notes")
    base = machine(
        settings={
            "tables": ["People"],
            "views": [{"table": table, "view": "Few"} for table in viewed],
        },
        views=dict.fromkeys(viewed, ("Amount", "greater_or_equal", 1)),
        streams={f"{table}_Few": (table, holds_amount) for table in viewed},
    )
    live_through(base, examples=25)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("page_size", [3, 10, 1000])
def test_servers_that_cap_pages_and_miscount_rows_change_nothing(page_size):
    """A page that is shorter than what was asked for may be all that the server sends at once."""
    base = machine(settings={"page_size": page_size}, caps_pages=True, archives=True)
    live_through(base, examples=150 if SOAK else 12)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("caps_pages", [False, True])
@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
def test_adverse_conditions_change_nothing(deletes, caps_pages):
    """Wrong clocks, no log, other settings in single runs."""
    base = machine(
        settings={"deletes": deletes, "page_size": 10 if caps_pages else 3},
        archives=True,
        adverse=True,
        caps_pages=caps_pages,
    )
    live_through(base, examples=300 if SOAK else 8)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("caps_pages", [False, True])
def test_after_a_quiet_run_the_warehouse_equals_a_first_run_with_the_same_selection(caps_pages):
    base = machine(
        settings={"page_size": 10 if caps_pages else 3},
        changes_selection=True,
        views={"Notes": ("Name", "contains", "v")},
        caps_pages=caps_pages,
    )
    live_through(base, examples=150 if SOAK else 15)


def test_every_flag_of_the_machine_adds_rules():
    """A flag that no rule looks at would switch nothing on."""
    flags = {"archives": True, "adverse": True, "changes_selection": True, "caps_pages": True}
    for flag in flags:
        idle, active = machine()(), machine(**{flag: True})()
        for base in (idle, active):
            base.deleted = {table: [] for table in TABLES}
        rules = [
            {
                rule.function.__name__
                for rule in base.rules
                if all(condition(base) for condition in rule.preconditions)
            }
            for base in (idle, active)
        ]
        assert rules[0] < rules[1], flag
