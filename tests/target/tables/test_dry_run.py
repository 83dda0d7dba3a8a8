"""A dry run says what a run would do, and does nothing of it."""

import pytest

from seatable_client.api import CAPABILITIES, Gateway, V1Api, V1SqlApi
from seatable_client.api.base import Base
from seatable_client.api.requests import BaseRequests
from seatable_client.connection import connect
from seatable_sandbox import Sandbox
from target_seatable.sinks import table_sink
from target_seatable.tables.dry_run import DryRunBase
from tests.servers import WITH_SQL
from tests.target.links.copied_orders import COPY, order
from tests.target.singer import record, schema, state

PEOPLE = schema("people", {"id": "integer", "tag": {"enum": ["a"]}}, ["id"])
WRITES = {"tables", "rows", "columns", "batch-append-columns", "column-options", "links"}


def people(*ids, **cells):
    return [record("people", id=key, **cells) for key in ids]


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog):
    caplog.set_level("INFO")


@pytest.fixture(params=["gateway", "v1"])
def dry(request, make):
    with Sandbox(request.param, version="2.3.0" if request.param == "v1" else "6.1.8") as sandbox:
        yield make(sandbox)


def everything(base):
    metadata = base.base.metadata()
    return metadata, {
        table["name"]: base.base.rows(table["name"]) for table in metadata["metadata"]["tables"]
    }


def test_nothing_is_written_and_everything_is_said(dry, caplog):
    dry.load(PEOPLE, *people(1, 2, 3, tag="a"), state({"n": 1}))
    before = everything(dry)
    caplog.clear()
    wider = schema(
        "people", {"id": "integer", "tag": {"enum": ["a", "b"]}, "new": "string"}, ["id"]
    )
    dry.load(
        wider,
        *people(1, tag="a", new=None),
        *people(2, tag="b"),
        *people(4, new="x"),
        record("people", id=3, _sdc_deleted_at="2024-01-01T00:00:00Z"),
        schema("other", {"id": "integer"}),
        record("other", id=1),
        record("other", id="bad"),
        state({"n": 2}),
        dry_run=True,
        hard_delete=True,
        max_rejected_records=5,
    )
    assert everything(dry) == before
    assert dry.states == []
    assert dry.rejections() == []
    methods = {call.method for call in dry.sandbox.calls if "/rows/" in call.path}
    assert methods <= {"GET"}
    assert not (WRITES - {"rows"}) & set(dry.calls)
    for sentence in (
        "Would add to table 'people' the columns 'new' (text)",
        "Would add to column 'tag' of table 'people' the options b",
        "Would create table 'other' with the columns 'id' (number)",
        "Stream 'people': in a real run 1 row added, 1 changed, 1 unchanged, 1 deleted, 0 rejected",
        "Stream 'other': in a real run 1 row added, 0 changed, 0 unchanged, 0 deleted, 1 rejected",
    ):
        assert sentence in caplog.text
    assert "Created " not in caplog.text
    assert "Added " not in caplog.text


def test_a_token_that_may_only_read_is_enough(base):
    base.load(PEOPLE, *people(1), api_token=base.base.read_only_token, dry_run=True)
    assert base.base.metadata()["metadata"]["tables"] == []


# Without SQL a record that names only some cells is written, whatever the row holds.
@pytest.mark.servers(*WITH_SQL)
def test_a_dry_run_of_overwrite_writes_nothing(base, caplog):
    done = state({"n": 1})
    base.load(PEOPLE, *people(1, 2, 3), done)
    before = everything(base)
    base.load(PEOPLE, *people(1, 2, 4), done, dry_run=True, load_method="overwrite")
    assert everything(base) == before
    assert "in a real run 1 row added, 0 changed, 2 unchanged, 1 deleted" in caplog.text


def test_records_whose_keys_come_again_are_counted_as_they_would_be(base, caplog, monkeypatch):
    monkeypatch.setattr(table_sink, "SAMPLE", 10)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 10)
    named = schema("people", {"id": "integer", "name": "string"}, ["id"])
    base.load(named, *people(*range(100, 150), name="x"))
    again = [
        *people(*range(10), name="x"),
        *people(*range(5, 15), name="y"),
        *people(*range(10), name="y"),
    ]
    counts = []
    for dry_run in (True, False):
        caplog.clear()
        base.load(named, *again, batch_size_rows=10, dry_run=dry_run)
        (said,) = (line for line in caplog.messages if line.startswith("Stream 'people': "))
        counts.append(said.replace("in a real run ", ""))
    assert counts[0] == counts[1]


def test_a_dry_run_of_a_copy_writes_nothing(base, caplog):
    base.load(*COPY, order("a", Price=1.5, Customer=[{"row_id": "c" * 22}]), dry_run=True)
    assert base.base.metadata()["metadata"]["tables"] == []
    assert "Would add to table 'Orders' the column 'Customer' (link)" in caplog.text


# Limits first


def test_too_many_columns_are_refused_before_anything_is_written(base, caplog):
    wide = schema("t", {f"c{n}": "integer" for n in range(501)})
    sentence = base.fails(caplog, wide, record("t", c1=1))
    assert "would get 501 more, and SeaTable takes 500" in sentence
    assert base.base.metadata()["metadata"]["tables"] == []


def test_too_many_tables_are_refused_before_anything_is_written(base, caplog, monkeypatch):
    monkeypatch.setattr("target_seatable.tables.base_tables.MAX_TABLES", 1)
    base.load(PEOPLE, *people(1))
    sentence = base.fails(caplog, schema("t", {"id": "integer"}), record("t", id=1))
    assert "the base has 1 tables, and SeaTable takes 1" in sentence


def test_no_call_of_a_base_is_left_to_it():
    """What a dry run had no method of its own for would be sent with its own calls, and changes."""
    methods = {
        name
        for kind in (Base, BaseRequests)
        for name, member in vars(kind).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    }
    assert {"append_rows", "set_links", "id"} < methods <= vars(DryRunBase).keys()


@pytest.mark.parametrize("can", [False, True])
def test_a_dry_run_can_what_the_server_can(base, monkeypatch, can):
    connection = connect(base.settings())
    assert {"finds_by_sql", "asks_for_links"} < set(CAPABILITIES)
    for name in CAPABILITIES:
        monkeypatch.setattr(connection.base, name, can)
    dry = DryRunBase(connection.base)
    assert {name: getattr(dry, name) for name in CAPABILITIES} == dict.fromkeys(CAPABILITIES, can)


@pytest.mark.parametrize("kind", [Gateway, V1Api, V1SqlApi])
def test_what_servers_differ_in_is_declared_by_the_base_of_all(kind):
    flags = {
        name
        for parent in kind.__mro__
        for name, value in vars(parent).items()
        if isinstance(value, bool) and not name.startswith("_")
    }
    own_affairs = {"lists_without_sql"}  # nobody else asks for it
    assert flags - own_affairs == set(CAPABILITIES)
