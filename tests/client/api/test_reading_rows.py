"""Rows are read completely and once, on every generation of server."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from seatable_client.api.gateway import Gateway
from seatable_client.api.read_request import ReadRequest
from seatable_client.api.v1 import V1Api
from seatable_client.errors import (
    ApiNotAvailable,
    NotFound,
    RequestRejected,
)
from seatable_client.metadata import Table
from tests.client.api.support import names, read_all


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
            victims = [row_id for row_id in ids[number : number + 2] if row_id not in gone]
            door.delete_rows("T", victims)
            gone.update(victims)
            door.append_rows("T", [{"Name": "new"}])
    assert len(met) == len(set(met))
    assert set(ids) - gone <= set(met)


def begun(horizon: datetime) -> datetime:
    """The second of a horizon: servers cut the fraction off the newest change, so all of it counts.

    Readers ask again for what changed since then.
    """
    return horizon.replace(microsecond=0)


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
            assert datetime.fromisoformat(now[row_id]["_mtime"]) >= begun(read.horizon)


def test_changed_rows_are_read_again_and_none_is_missing(door, base):
    ids = door.append_rows("T", [{"Name": f"row {n}"} for n in range(9)])
    _, read = read_all(base)
    assert read.horizon is not None
    door.update_rows("T", {ids[3]: {"Name": "changed"}})
    door.append_rows("T", [{"Name": "new"}])
    rows, again = read_all(base, changed_since=begun(read.horizon))
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
        for row_id in ids[:3]:
            base.delete_rows("T", [row_id])
        if kind is Gateway:
            with pytest.raises(ApiNotAvailable):
                list(base.deleted_rows(began))
            return
        listed = list(base.deleted_rows(began))
        assert {row.row_id for row in listed} == set(ids[:3])
        assert len(listed) == 3
        assert {row.table_id for row in listed} == {base.metadata().table("T").id}
        assert list(base.deleted_rows(datetime.now(timezone.utc) + timedelta(days=1))) == []
        calls = [call for call in sandbox.calls if "deleted-rows" in call.path]
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
