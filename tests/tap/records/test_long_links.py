"""Links beyond what a cell holds are read as well, before anything is compared."""

from __future__ import annotations

import pytest

from seatable_sandbox import Sandbox
from tests.servers import WITH_GATEWAY
from tests.tap.support import config_of, make_table, read

SERVERS: dict[str, tuple[dict, dict]] = {
    "gateway": ({}, {}),
    "gateway by rows": ({}, {"read_method": "rows"}),
    "old gateway": ({"max_links_per_cell": 10}, {}),
    "v1": ({"profile": "v1", "dtable_db": True}, {}),
    "cloud 5.0": ({"profile": "cloud-5.0"}, {}),
    "cloud 5.0 as v1": ({"profile": "cloud-5.0"}, {"api_version": "v1"}),
    "2020": ({"profile": "v1-2020"}, {}),
}


def linked_base(sandbox, tasks, people, name="Base"):
    """Tasks that can link to many people; the ids of both."""
    base = sandbox.create_base(name)
    others = make_table(base, "People", rows=people)
    ids = make_table(base, "Tasks", rows=tasks)
    base.add_column("Tasks", "Owners", "link", {"table": "Tasks", "other_table": "People"})
    return base, ids, others


def owners(run):
    return {
        record["_id"]: [link["row_id"] for link in record["Owners"] or ()]
        for record in run.records("Tasks")
    }


def calls_for_links(sandbox):
    return sum("links" in call.path or "linked" in call.path for call in sandbox.calls)


@pytest.mark.parametrize("server", SERVERS)
def test_every_link_is_read(server):
    options, settings = SERVERS[server]
    with Sandbox(**options) as sandbox:
        base, ids, others = linked_base(sandbox, 5, 230)
        wanted = {ids[0]: others, ids[1]: others[:9], ids[2]: others[:50], ids[3]: others[:51]}
        base.link("Tasks", "Owners", wanted)
        first = read(config_of(sandbox, base, **settings))
        found = owners(first)
        assert not first.error
        assert {key: sorted(value) for key, value in found.items()} == {
            **{key: sorted(value) for key, value in wanted.items()},
            ids[4]: [],
        }
        sandbox.clock.advance(1)
        base.link("Tasks", "Owners", {ids[0]: others[:-1]})
        second = read(config_of(sandbox, base, **settings), state=first.state)
        assert sorted(owners(second)[ids[0]]) == sorted(others[:-1])
        assert set(owners(second)) == {ids[0]}


def test_cells_of_views_say_nothing_about_those_of_tables():
    """Lists of rows, from which views are read, may hold more in a cell than SQL puts there."""
    with Sandbox(profile="v1", dtable_db=True) as sandbox:
        base, ids, others = linked_base(sandbox, 2, 30)
        base.link("Tasks", "Owners", {ids[0]: others[:25]})
        base.add_view("Tasks", "All")
        settings = {"views": [{"table": "Tasks", "view": "All"}], "side_streams": ["_links"]}
        run = read(config_of(sandbox, base, **settings))
        assert owners(run) == {ids[0]: others[:25], ids[1]: []}
        links = [record for record in run.records("_links") if record["table_name"] == "Tasks"]
        assert len(links) == 25


@pytest.mark.only_on("gateway")
def test_rows_share_calls_and_short_cells_cost_none(sandbox):
    base, ids, others = linked_base(sandbox, 120, 60, "Short and long")
    base.link("Tasks", "Owners", {key: others[: 49 - number % 3] for number, key in enumerate(ids)})
    sandbox.calls.clear()
    read(config_of(sandbox, base, tables=["Tasks"]))
    assert calls_for_links(sandbox) == 0
    base.link("Tasks", "Owners", dict.fromkeys(ids, others))
    sandbox.calls.clear()
    run = read(config_of(sandbox, base, tables=["Tasks"]))
    # 120 rows in calls of 100, and the same again to see that it was all.
    assert calls_for_links(sandbox) == 2 * 2
    assert all(len(found) == 60 for found in owners(run).values())


@pytest.mark.only_on(*WITH_GATEWAY)
def test_a_server_that_cannot_be_asked_gives_what_it_gives(sandbox, monkeypatch):
    base, ids, others = linked_base(sandbox, 2, 60, "Not to be asked")
    base.link("Tasks", "Owners", dict.fromkeys(ids, others))
    monkeypatch.setattr("seatable_client.api.gateway.QUERY_LINKS", "no-such-call/")
    run = read(config_of(sandbox, base, tables=["Tasks"]))
    assert not run.error
    most = sandbox.profile.sql_links_per_cell or 50
    assert [len(found) for found in owners(run).values()] == [most, most]
    assert len(run.log_lines("'Owners'", f"more than {most}")) == 1
