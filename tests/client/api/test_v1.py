"""Old servers' lists: paged by position or not at all, filtered by days or not at all."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatable_client.api.read_request import ReadRequest
from seatable_client.api.v1 import V1Api
from seatable_client.column_types import codec
from seatable_client.column_types.readers import Reading
from seatable_client.connection import connect
from seatable_client.errors import ConfigError, NotFound
from seatable_client.http.client import Transport
from seatable_client.metadata import Column, Table, View
from seatable_sandbox import Fault, Sandbox
from tests.client.scripted_server import Reply

_numbers = itertools.count()

WHOLE = View("0000", "Default View")
FIRST_DAY = datetime(2021, 1, 1, tzinfo=timezone.utc)


def moment(number: int) -> datetime:
    return FIRST_DAY + timedelta(seconds=number)


class OldServer(V1Api):
    """A base whose rows stand in a list here, changed between pages.

    Args:
        rows: ids in their order, each with the time of its last change.
        cap: rows in one answer at most; None for a server that sends all, whatever is asked.
        changes: what happens before each answer.
        dated: whether answers carry a Date header.
    """

    def __init__(self, rows, cap, changes=(), *, dated=True):
        self.rows = dict(rows)
        self.cap = cap
        self.changes = list(changes)
        self.dated = dated
        self.clock = max(self.rows.values(), default=0) + 1
        self.asked = 0
        self.rows_moved = 0
        self.transport = Transport("http://old.example")
        self.transport.server_time = moment(self.clock) if dated else None

    def _page(self, _table, _view, start, limit):
        self.asked += 1
        if self.changes:
            for kind, number in self.changes.pop(0):
                self._change(kind, number)
        ids = list(self.rows)
        if self.cap is not None:
            ids = ids[start : start + min(limit, self.cap)]
        self.clock += 1
        if self.dated:
            self.transport.server_time = moment(self.clock)
        return [{"_id": row_id, "_mtime": moment(self.rows[row_id]).isoformat()} for row_id in ids]

    def _change(self, kind, number):
        self.clock += 1
        known = list(self.rows)
        if kind == "append":
            self.rows[f"new {self.clock}"] = self.clock
        elif known and kind == "delete":
            del self.rows[known[number % len(known)]]
        elif known:
            self.rows[known[number % len(known)]] = self.clock

    def read_table(self, **options):
        return self.read(ReadRequest(Table("0000", "T", (), (WHOLE,)), **options))


def test_rows_that_tell_no_change_come_whole_or_not_at_all():
    class Untold(OldServer):
        def _page(self, *args):
            return [{**row, "_mtime": None} for row in super()._page(*args)]

    read = Untold({"a": 1, "b": 2}, None).read_table()
    assert [row["_id"] for page in read.pages for row in page] == ["a", "b"]
    assert read.horizon is None
    with pytest.raises(NotFound, match="rows without _mtime"):
        list(Untold({"a": 1}, None).read_table(changed_since=FIRST_DAY).pages)


CHANGES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["append", "delete", "delete", "edit"]), st.integers(0, 50)),
        max_size=4,
    ),
    max_size=12,
)


@settings(max_examples=400)
@given(
    count=st.integers(0, 30),
    cap=st.sampled_from([None, 2, 3, 5, 7, 1000]),
    page_size=st.integers(1, 9),
    changes=CHANGES,
    dated=st.booleans(),
)
def test_rows_are_met_once_and_the_horizon_passes_nothing_unread(
    count, cap, page_size, changes, dated
):
    base = OldServer({f"row {n}": n for n in range(count)}, cap, changes, dated=dated)
    before = set(base.rows)
    read = base.read_table(page_size=page_size)
    met = {}
    for page in read.pages:
        for row in page:
            assert row["_id"] not in met
            met[row["_id"]] = datetime.fromisoformat(row["_mtime"])
    throughout = before & set(base.rows)
    assert throughout <= set(met)
    for row_id, changed in base.rows.items():
        if met.get(row_id) != moment(changed):  # changed or added since it was, or was not, met
            assert read.horizon is None or moment(changed) > read.horizon


@given(count=st.integers(0, 30), cap=st.integers(1, 9), page_size=st.integers(1, 9))
def test_a_quiet_table_costs_one_call_more_than_its_pages(count, cap, page_size):
    base = OldServer({f"row {n}": n for n in range(count)}, cap)
    rows = [row["_id"] for page in base.read_table(page_size=page_size).pages for row in page]
    assert rows == [f"row {n}" for n in range(count)]
    full = min(cap, page_size)
    if full > 1:
        assert base.asked <= max(count - 1, 0) // (full - 1) + 3


def test_a_server_before_paging_is_asked_twice_at_most():
    for count in (0, 1, 5, 1000):
        base = OldServer({f"row {n}": n for n in range(count)}, None)
        assert sum(len(page) for page in base.read_table().pages) == count
        assert base.asked <= 2
    base = OldServer({f"row {n}": n for n in range(1500)}, None)
    assert sum(len(page) for page in base.read_table().pages) == 1500
    assert base.asked == 1


def test_rows_without_a_time_of_change_are_read_whole_or_not_at_all(monkeypatch):
    base = OldServer({}, None)
    monkeypatch.setattr(base, "_page", lambda *_: [{"_id": "a"}])
    read = base.read_table()
    assert list(read.pages) == [[{"_id": "a"}]]
    assert read.horizon is None
    with pytest.raises(NotFound, match="can only be read whole"):
        list(base.read_table(changed_since=FIRST_DAY).pages)


FILTERED = View("1", "Filtered", filters=({},))
NARROW = View("2", "Narrow", hidden_columns=("0000",))
SORTED = View("3", "Sorted", sorts=({},))
ARCHIVE = View("4", "Archive", type="archive")


@pytest.mark.parametrize(
    ("views", "chosen"),
    [
        ((WHOLE,), WHOLE),
        ((FILTERED, NARROW, ARCHIVE, WHOLE), WHOLE),
        ((SORTED, WHOLE), WHOLE),
        ((SORTED,), SORTED),
    ],
)
def test_rows_are_listed_through_a_view_that_shows_all(monkeypatch, views, chosen):
    base = OldServer({}, None)
    asked = []

    def page(_table, view, *_):
        asked.append(view)
        return []

    monkeypatch.setattr(base, "_page", page)
    list(base.read(ReadRequest(Table("0000", "T", (), views))).pages)
    assert asked == [chosen.name]


@pytest.mark.parametrize("views", [(), (FILTERED, NARROW), (ARCHIVE,)])
def test_a_table_without_such_a_view_cannot_be_read(views):
    with pytest.raises(ConfigError, match="Add a view without filters and hidden columns"):
        OldServer({}, None).read(ReadRequest(Table("0000", "T", (), views)))


# -- filtered-rows --------------------------------------------------------------------------------

DATED = [
    {"column_name": "Name", "column_type": "text"},
    {"column_name": "Changed", "column_type": "mtime"},
]


@pytest.fixture(scope="module")
def old():
    with Sandbox("v1", version="2.3.1", grant_answer="2019", filtered_rows_limit=50) as sandbox:
        yield sandbox


@pytest.fixture
def opened(old):
    def make(columns_of_table, count):
        door = old.create_base(f"Base {next(_numbers)}")
        door.create_table("T", columns_of_table)
        door.append_rows("T", [{"Name": f"row {n}"} for n in range(count)])
        base = connect({"server_url": old.url, "api_token": door.api_token}).base
        old.calls.clear()
        return door, base

    yield make
    old.clear_faults()


def _changed(base, since):
    table = base.metadata().table("T")
    read = base.read(ReadRequest(table, table.columns, changed_since=since))
    return [row["Name"] for page in read.pages for row in page]


@pytest.mark.parametrize(
    ("columns_of_table", "count", "filtered", "listed"),
    [(DATED, 9, True, False), (DATED, 60, True, True), (DATED[:1], 9, False, True)],
    ids=["filtered", "too many rows", "no column of type mtime"],
)
def test_changed_rows_by_the_cheapest_way_there_is(
    old, opened, columns_of_table, count, filtered, listed
):
    door, base = opened(columns_of_table, count)
    stamp = max(row.get("_mtime") or row["Changed"] for row in door.rows("T"))
    since = datetime.fromisoformat(stamp.replace("Z", "+00:00")) + timedelta(milliseconds=1)
    old.clock.advance(5)
    door.append_rows("T", [{"Name": "new"}])
    assert _changed(base, since) == ["new"]
    paths = [call.path for call in old.calls]
    assert any("filtered-rows" in path for path in paths) == filtered
    assert any(path.endswith("/rows/") for path in paths) == listed


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "column Changed not found"), (404, "filters required."), (400, "table_name invalid")],
)
def test_a_filter_that_a_proxy_or_server_does_not_take_is_done_without(old, opened, status, words):
    door, base = opened(DATED, 3)
    old.inject(Fault("status", path="filtered-rows", status=status, body={"error_msg": words}))
    assert _changed(base, datetime(2020, 1, 1, tzinfo=timezone.utc)) == names(door)


def names(door):
    return [row["Name"] for row in door.rows("T")]


def test_a_list_of_deleted_rows_that_ignores_the_page_ends(serve):
    entry = {
        "row_id": "r1",
        "op_time": "2020-03-17T10:31:35.000Z",
        "detail": {"table_id": "0000", "table_name": "T"},
    }
    entries = [entry, {**entry, "row_id": "r2", "detail": "not kept"}]

    def answer(request):
        if "app-access-token" in request.path:
            return Reply(body={"access_token": "t", "dtable_uuid": "u", "dtable_db": "/dtable-db/"})
        return Reply(body={"deleted_rows": entries})

    server = serve(answer)
    base = connect({"server_url": server.url, "api_token": "t"}).base
    rows = list(base.deleted_rows(datetime(2020, 1, 1, tzinfo=timezone.utc)))
    assert [(row.row_id, row.table_id) for row in rows] == [("r1", "0000"), ("r2", "")]
    assert rows[0].deleted_at == datetime(2020, 3, 17, 10, 31, 35, tzinfo=timezone.utc)
    assert len(server.requests) == 3


# -- the same base, whoever serves it -------------------------------------------------------------

VALUES = [
    ("Text", "text", None, "ABC 😀\n"),
    ("Long", "long-text", None, "## Heading\n- a"),
    ("Number", "number", {"format": "euro", "decimal": "comma", "thousands": "dot"}, 1234.5),
    ("Zero", "number", {"format": "number"}, 0),
    ("Check", "checkbox", None, True),
    ("Day", "date", {"format": "DD.MM.YYYY"}, "2030-06-20"),
    ("Time", "date", {"format": "M/D/YYYY HH:mm"}, "2030-06-20 23:55"),
    ("Winter", "date", {"format": "YYYY-MM-DD HH:mm"}, "2030-01-20 00:05"),
    ("One", "single-select", {"options": [{"id": "1", "name": "A"}]}, "A"),
    ("Many", "multiple-select", {"options": [{"id": "1", "name": "A"}]}, ["A"]),
    ("People", "collaborator", None, ["u@auth.local"]),
    ("Image", "image", None, ["https://x.example/a.png"]),
    ("File", "file", None, [{"name": "a", "size": 1, "type": "file", "url": "u"}]),
    ("Mail", "email", None, "a@b.example"),
    ("Url", "url", None, "https://x.example"),
    (
        "Rate",
        "rate",
        {"rate_max_number": 5, "rate_style_color": "#FF8000", "rate_style_type": "x"},
        4,
    ),
    ("Duration", "duration", {"format": "duration", "duration_format": "h:mm"}, 5400),
    ("Place", "geolocation", {"geo_format": "lng_lat"}, {"lng": 8.23, "lat": 50}),
    ("Sum", "formula", {"formula": "{Number} + 1"}, None),
    ("Same", "formula", {"formula": "{Number} > 1"}, None),
]

PROFILES: list[tuple[str, dict[str, Any]]] = [
    ("gateway", {}),
    ("v1", {"dtable_db": True, "formula_result_type": True}),
    ("v1", {"version": "2.3.1", "grant_answer": "2019", "formula_result_type": True}),
]


def test_the_same_base_gives_the_same_values_whoever_serves_it():
    found = []
    for profile, overrides in PROFILES:
        with Sandbox(profile, time_zone="Europe/Berlin", **overrides) as sandbox:
            door = sandbox.create_base("Zoo")
            door.create_table("T", [{"column_name": "Text", "column_type": "text"}])
            for name, kind, data, _ in VALUES[1:]:
                door.add_column("T", name, kind, data)
            filled = {name: value for name, *_, value in VALUES if value is not None}
            door.append_rows("T", [filled, {"Text": "empty"}])
            base = connect({"server_url": sandbox.url, "api_token": door.api_token}).base
            table = base.metadata().table("T")
            context = Reading(zone=lambda: ZoneInfo("Europe/Berlin"))
            readers = {column.name: codec.reader(column, context) for column in table.columns}
            found.append(
                [
                    {name: read(row.get(name)) for name, read in readers.items()}
                    for page in base.read(ReadRequest(table, table.columns)).pages
                    for row in page
                ]
            )
            found[-1].sort(key=lambda row: row["Text"])
            assert not context.unread
    gateway, with_sql, without_sql = found
    assert gateway == with_sql == without_sql
    full = gateway[0]
    assert full["Time"] == "2030-06-20T23:55:00+02:00"
    assert full["Winter"] == "2030-01-20T00:05:00+01:00"
    assert (full["Sum"], full["Same"]) == (1235.5, True)
    assert {name: full[name] for name, kind, _, value in VALUES if value and kind != "date"} == {
        name: value for name, kind, _, value in VALUES if value and kind != "date"
    }


def test_an_unknown_column_is_text_whoever_sends_it():
    column = Column("k", "C", "hologram")
    empty: tuple[object, ...] = (None, "", [], {})
    assert {codec.reader(column, Reading())(cell) for cell in empty} == {None}
    assert codec.reader(column, Reading())({"a": ["ä"]}) == '{"a": ["ä"]}'
