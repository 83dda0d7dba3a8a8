"""Tables are changed, rows are written and failures are survived, on every generation of server."""

from __future__ import annotations

import pytest

from seatable_client.connection import connect
from seatable_client.errors import (
    AmbiguousWriteError,
    QuotaExhausted,
    RequestRejected,
    ServerUnavailable,
)
from seatable_client.http.client import MAX_TRIES
from seatable_client.metadata import NewColumn
from seatable_sandbox import Fault
from tests.client.api.support import names, read_all
from tests.client.scripted_server import Reply


def test_tables_columns_and_options_are_made(base):
    made = base.create_table("New", [NewColumn("Key", "text"), NewColumn("N", "number")])
    table = base.metadata().table("New")
    assert made.name == "New"
    base.add_columns(
        "New",
        [
            NewColumn("S", "single-select", {"options": []}),
            NewColumn("D", "date", {"format": "YYYY-MM-DD"}),
        ],
    )
    base.add_options("New", "S", [f"option {n}" for n in range(9)])
    table = base.metadata().table("New")
    assert {"S": "single-select", "D": "date"}.items() <= {
        column.name: column.type for column in table.columns
    }.items()
    assert [option["name"] for option in table.by_name["S"].options] == [
        f"option {n}" for n in range(9)
    ]
    with pytest.raises(RequestRejected):
        base.create_table("New", [NewColumn("Key", "text")])


def test_rows_are_appended_updated_and_deleted(door, base):
    appended = base.append_rows("T", [{"Name": f"row {n}"} for n in range(5)])
    assert appended.count == 5
    ids = [row["_id"] for row in door.rows("T")]
    assert appended.row_ids in (None, tuple(ids))
    base.update_rows("T", {ids[0]: {"Name": "first"}, ids[3]: {"Name": "fourth"}})
    assert base.delete_rows("T", [ids[1], ids[2]]) in (None, 2)
    assert names(door.rows("T")) == ["first", "fourth", "row 4"]
    assert base.rows_moved >= 7
    assert " per call" in base.costs()


@pytest.mark.parametrize(
    ("calls", "rows", "said"),
    [
        (1, 0, "1 API call (x 1) for 0 rows."),
        (1, 1, "1 API call (x 1) for 1 row, 1 row per call."),
        (9, 4, "9 API calls (x 9) for 4 rows."),
        (2, 3000, "2 API calls (x 2) for 3,000 rows, 1,500 rows per call."),
    ],
)
def test_what_it_cost_is_said_in_numbers_that_mean_something(base, calls, rows, said):
    base.transport.calls.clear()
    base.transport.calls["x"] = calls
    base.rows_moved = rows
    assert base.costs() == f"Base {base.name!r}: {said}"


def test_rows_that_hold_nothing_known_are_not_counted(base):
    appended = base.append_rows("T", [{"Name": "a"}, {"Nobody": "b"}])
    assert appended.count == 1


def test_links_are_replaced(door, base):
    door.create_table("Other", [{"column_name": "Name", "column_type": "text"}])
    door.add_column("T", "Link", "link", {"table": "T", "other_table": "Other"})
    (row,) = door.append_rows("T", [{"Name": "a"}])
    others = door.append_rows("Other", [{"Name": n} for n in "xyz"])
    link_id = base.metadata().table("T").by_name["Link"].data["link_id"]
    for wanted in (others[:2], others[1:], others[3:]):
        base.set_links("T", "Other", link_id, {row: wanted})
        shown = door.rows("T")[0]["Link"] or []
        assert {link["row_id"] for link in shown} == set(wanted)


@pytest.mark.parametrize("kind", ["reset_after", "cut", "html"])
def test_an_append_is_never_sent_twice(sandbox, door, base, kind):
    base.metadata()
    sandbox.inject(Fault(kind, path="rows", method="POST", times=3))
    with pytest.raises(AmbiguousWriteError, match=r"append rows to table 'T' of base"):
        base.append_rows("T", [{"Name": "a"}])
    sandbox.clear_faults()
    assert len(door.rows("T")) == (0 if kind == "html" else 1)


@pytest.mark.parametrize("kind", ["reset_after", "cut", "html", "status"])
def test_an_update_is_sent_again(sandbox, door, base, kind):
    (row,) = door.append_rows("T", [{"Name": "a"}])
    base.metadata()
    sandbox.inject(Fault(kind, path="rows", method="PUT", times=2))
    base.update_rows("T", {row: {"Name": "b"}})
    assert names(door.rows("T")) == ["b"]


@pytest.mark.parametrize("kind", ["reset_before", "cut", "html", "status", "expire"])
def test_reads_survive_bad_days(sandbox, door, base, kind):
    door.append_rows("T", [{"Name": f"{n}"} for n in range(20)])
    times = 1 if kind == "expire" else 3  # a new token that is refused is no bad day
    sandbox.inject(Fault(kind, path="sql|query|rows|metadata", times=times))
    assert len(read_all(base, page_size=7)[0]) == 20


def test_a_server_that_stays_away_is_not_stormed(sandbox, base):
    sandbox.inject(Fault("status", path="metadata", times=1000))
    sandbox.calls.clear()
    with pytest.raises(ServerUnavailable, match=r"read the structure of base .*HTTP 502"):
        base.metadata()
    assert len(sandbox.calls) == MAX_TRIES


def test_a_quota_that_is_used_up_ends_the_run(sandbox, base):
    sandbox.inject(Fault("status", path="metadata", times=99, status=429, retry_after=86_400))
    with pytest.raises(QuotaExhausted, match="call limit is used up until"):
        base.metadata()


@pytest.mark.parametrize("answer", [[], "pong", 5, None])
def test_an_answer_that_is_none_of_seatables_is_a_sentence(serve, answer):
    def reply(request):
        if "app-access-token" in request.path:
            grant = {"access_token": "t", "dtable_uuid": "u", "use_api_gateway": True}
            return Reply(body=grant)
        return Reply(body=answer)

    base = connect({"server_url": serve(reply).url, "api_token": "t"}).base
    for attempt in (base.metadata, lambda: base.append_rows("T", [{}])):  # the latter once
        with pytest.raises(ServerUnavailable, match="does not have SeaTable's format"):
            attempt()
