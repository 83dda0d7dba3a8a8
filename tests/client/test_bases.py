"""Every operation of a base, on every generation of server, against the sandbox."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from seatable_client import connection
from seatable_client.api.gateway import Gateway
from seatable_client.api.read_request import ReadRequest
from seatable_client.api.v1 import V1Api, V1SqlApi
from seatable_client.column_types import codec
from seatable_client.connection import connect
from seatable_client.errors import (
    AmbiguousWriteError,
    ApiNotAvailable,
    AuthenticationError,
    ConfigError,
    NotFound,
    PermissionDenied,
    QuotaExhausted,
    RequestRejected,
    ServerUnavailable,
)
from seatable_client.http.client import MAX_TRIES
from seatable_client.metadata import NewColumn, Table
from seatable_client.settings import CONNECTION_SETTINGS
from seatable_sandbox import Fault, Sandbox
from tests.client.scripted import HTML, PAGE, Reply

if TYPE_CHECKING:
    from seatable_client.api.base import Base

_numbers = itertools.count()

GENERATIONS: dict[str, tuple[str, dict[str, Any], type[Base]]] = {
    "gateway": ("gateway", {}, Gateway),
    "v1 with SQL": ("v1", {"dtable_db": True, "version": "4.3.0"}, V1SqlApi),
    "v1": ("v1", {"version": "2.3.1", "grant_answer": "2019", "v1_paging": True}, V1Api),
    "2020": ("v1-2020", {}, V1Api),
}


@pytest.fixture(scope="module", params=GENERATIONS)
def generation(request):
    profile, overrides, kind = GENERATIONS[request.param]
    with Sandbox(profile, time_zone="Europe/Berlin", **overrides) as sandbox:
        yield sandbox, kind


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)


@pytest.fixture
def sandbox(generation):
    yield generation[0]
    generation[0].clear_faults()


@pytest.fixture
def door(sandbox):
    """A new base, by the sandbox's own door."""
    made = sandbox.create_base(f"Base {next(_numbers)}")
    made.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    return made


def settings_of(sandbox, door, **more):
    return {"server_url": sandbox.url, "api_token": door.api_token, **more}


@pytest.fixture
def base(sandbox, door):
    return connect(settings_of(sandbox, door)).base


def read_all(base, name="T", **options):
    table = base.metadata().table(name)
    read = base.read(ReadRequest(table, codec.queryable(table.columns), **options))
    return [row for page in read.pages for row in page], read


def names(rows):
    return [row["Name"] for row in rows]


# -- which generation -----------------------------------------------------------------------------


def test_the_generation_is_found_and_costs_no_more_than_two_calls(generation, door):
    sandbox, kind = generation
    sandbox.calls.clear()
    base = connect(settings_of(sandbox, door)).base
    assert type(base) is kind
    assert len(sandbox.calls) <= 2
    assert base.name in {door.name, door.uuid}


def test_the_other_generation_is_said_to_be_missing(generation, door):
    sandbox, kind = generation
    other = "v1" if kind is Gateway else "v2"
    base = connect(settings_of(sandbox, door, api_version=other)).base
    assert (type(base) is Gateway) == (other == "v2")
    with pytest.raises(ApiNotAvailable, match=r"this server has no such API .*api_version"):
        base.metadata()
    table = Table("0000", "T", ())
    with pytest.raises(ApiNotAvailable, match="this server has no such API"):
        base.append_rows(table.name, [{"Name": "x"}])


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        ({"version": "2.4.0"}, V1SqlApi),
        ({"version": "10.0"}, V1SqlApi),
        ({"version": "2.3.9"}, V1Api),
        ({"version": None}, V1Api),
        ({}, V1Api),
        ([], V1Api),
        (404, V1Api),
    ],
    ids=str,
)
def test_the_version_decides_where_the_token_does_not(serve, info, kind):
    def answer(request):
        if "app-access-token" in request.path:
            return Reply(body={"access_token": "t", "dtable_uuid": "u"})
        return Reply(404, PAGE, HTML) if info == 404 else Reply(body=info)

    server = serve(answer)
    assert type(connect({"server_url": server.url, "api_token": "t"}).base) is kind


@pytest.mark.parametrize(
    ("config", "because"),
    [
        ({"api_token": ""}, "api_token is not set"),
        ({"api_token": "  "}, "api_token is not set"),
        ({}, "api_token is not set"),
        ({"api_token": "t", "server_timezone": "Mars/Olympus"}, "no time zone"),
        ({"api_token": "t", "server_timezone": "../../etc/passwd"}, "no time zone"),
        ({"api_token": "t", "server_url": "cloud.seatable.io"}, "server_url must be"),
    ],
)
def test_a_wrong_setting_is_a_sentence(config, because):
    with pytest.raises(ConfigError, match=because):
        connect(config)


def test_settings_that_are_not_given_have_the_described_defaults(monkeypatch):
    made: dict[str, Any] = {}

    class Noted(Exception):
        pass

    def note(url, **settings):
        made.update(settings, url=url)
        raise Noted

    monkeypatch.setattr(connection, "Transport", note)
    with pytest.raises(Noted):
        connect({"api_token": "t"})
    described = {n: one.get("default") for n, one in CONNECTION_SETTINGS.items()}
    assert made == {
        "url": described["server_url"],
        "timeout": described["request_timeout"],
        "max_requests_per_minute": None,
        "max_wait_seconds": described["max_wait_seconds"],
    }


# -- access ---------------------------------------------------------------------------------------


def test_a_run_outlives_its_token(sandbox, base):
    base.metadata()
    sandbox.expire_tokens()
    assert base.append_rows("T", [{"Name": "a"}]).count == 1
    assert names(read_all(base)[0]) == ["a"]


def test_a_token_that_only_reads_says_so_when_it_is_to_write(sandbox, door):
    base = connect({"server_url": sandbox.url, "api_token": door.read_only_token}).base
    assert base.permission == "r"
    with pytest.raises(PermissionDenied, match="only permits reading"):
        base.append_rows("T", [{"Name": "x"}])
    assert door.rows("T") == []


def test_a_revoked_api_token_ends_the_run_with_a_sentence(sandbox, door, base):
    sandbox.revoke(door.api_token)
    sandbox.expire_tokens()
    with pytest.raises(AuthenticationError, match="Check api_token"):
        base.metadata()


def test_an_api_token_of_nobody(sandbox):
    with pytest.raises(AuthenticationError, match="Check api_token"):
        connect({"server_url": sandbox.url, "api_token": "0" * 40})


# -- structure and writing ------------------------------------------------------------------------


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
    assert [one["name"] for one in table.by_name["S"].options] == [f"option {n}" for n in range(9)]
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
        assert {one["row_id"] for one in shown} == set(wanted)


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
    for attempt in (base.metadata, lambda: base.append_rows("T", [{}])):
        with pytest.raises(ServerUnavailable, match="none of SeaTable's"):
            attempt()


# -- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page_size", [1, 2, 6, 7, 8, 1000])
def test_every_row_is_read_once_whatever_the_page(door, base, page_size):
    door.append_rows("T", [{"Name": f"row {n}"} for n in range(7)])
    rows, read = read_all(base, page_size=page_size)
    assert sorted(names(rows)) == [f"row {n}" for n in range(7)]
    assert read.expected in {7, None}
    assert read.horizon is not None


def test_an_empty_table(base):
    rows, read = read_all(base)
    assert rows == []
    assert read.horizon is None
    assert read.expected in {0, None}


@pytest.mark.parametrize("page_size", [2, 3, 5])
def test_rows_are_met_once_while_others_come_and_go(door, base, page_size):
    ids = door.append_rows("T", [{"Name": f"row {n}"} for n in range(30)])
    table = base.metadata().table("T")
    met, gone = [], set()
    for number, page in enumerate(
        base.read(ReadRequest(table, table.columns, page_size=page_size)).pages
    ):
        met += [row["_id"] for row in page]
        if number < 6:
            victims = [one for one in ids[number : number + 2] if one not in gone]
            door.delete_rows("T", victims)
            gone.update(victims)
            door.append_rows("T", [{"Name": "new"}])
    assert len(met) == len(set(met))
    assert set(ids) - gone <= set(met)


@pytest.mark.parametrize("page_size", [2, 4])
def test_the_horizon_passes_nothing_that_changed_behind_the_reader(door, base, page_size):
    ids = door.append_rows("T", [{"Name": f"row {n}"} for n in range(12)])
    table = base.metadata().table("T")
    read = base.read(ReadRequest(table, table.columns, page_size=page_size))
    met: dict[str, str] = {}
    for number, page in enumerate(read.pages):
        met |= {row["_id"]: row["Name"] for row in page}
        if number == 1:
            door.update_rows("T", {key: {"Name": "changed behind"} for key in met})
        if number == 2:
            door.update_rows("T", {ids[-1]: {"Name": "changed before"}})
    assert read.horizon is not None
    now = {row["_id"]: row for row in door.rows("T")}
    for row_id, name in met.items():
        if now[row_id]["Name"] != name:
            assert datetime.fromisoformat(now[row_id]["_mtime"]) > read.horizon


def test_changed_rows_are_read_again_and_none_is_missing(door, base):
    ids = door.append_rows("T", [{"Name": f"row {n}"} for n in range(9)])
    _, read = read_all(base)
    assert read.horizon is not None
    door.update_rows("T", {ids[3]: {"Name": "changed"}})
    door.append_rows("T", [{"Name": "new"}])
    rows, again = read_all(base, changed_since=read.horizon)
    assert {"changed", "new"} <= set(names(rows))
    assert again.horizon is None or again.horizon >= read.horizon
    rows, _ = read_all(base, changed_since=datetime.now(timezone.utc) + timedelta(hours=1))
    assert rows == []


def test_found_rows_are_those_looked_for(door, base):
    door.append_rows("T", [{"Name": n} for n in ("a", "b", "it's", "ü")])
    table = base.metadata().table("T")
    found = base.find(table, table.columns, {"Name": ["it's", "ü", "nobody"]})
    assert {"it's", "ü"} <= {row["Name"] for page in found for row in page}


def test_deleted_rows_are_listed_where_the_server_remembers(generation, door, base, monkeypatch):
    sandbox, kind = generation
    began = datetime.now(timezone.utc) - timedelta(minutes=1)
    ids = door.append_rows("T", [{"Name": f"row {n}"} for n in range(4)])
    sandbox.clock.advance(600)
    try:
        for one in ids[:3]:
            base.delete_rows("T", [one])
        if kind is Gateway:
            with pytest.raises(ApiNotAvailable):
                list(base.deleted_rows(began))
            return
        listed = list(base.deleted_rows(began))
        assert {one.row_id for one in listed} == set(ids[:3])
        assert len(listed) == 3
        assert {one.table_id for one in listed} == {base.metadata().table("T").id}
        assert list(base.deleted_rows(datetime.now(timezone.utc) + timedelta(days=1))) == []
        calls = [one for one in sandbox.calls if "deleted-rows" in one.path]
        monkeypatch.setattr("seatable_client.api.base.DELETED_ROWS_PAGE", 2)
        assert len(list(base.deleted_rows(began))) == 3
        assert len(calls) < len(sandbox.calls)
    finally:
        sandbox.clock.advance(-600)


def test_a_missing_table_is_not_found_or_refused(base):
    table = Table("zzzz", "Nobody", (), base.metadata().table("T").views)
    with pytest.raises((NotFound, RequestRejected), match="'Nobody'"):
        list(base.read(ReadRequest(table)).pages)


def test_the_servers_offset_is_shown_by_those_that_answer_sql(generation, door, base):
    _, kind = generation
    assert base.zone() is None  # every table is empty
    door.create_table("Second", [{"column_name": "Name", "column_type": "text"}])
    door.append_rows("Second", [{"Name": "a"}])
    zone = base.zone()
    if kind is V1Api:
        assert zone is None
    else:
        assert zone is not None
        assert zone.utcoffset(None) in {timedelta(hours=1), timedelta(hours=2)}
