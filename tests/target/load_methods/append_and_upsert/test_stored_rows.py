"""append-only and upsert: what is in the table afterwards."""

import io
import json
from contextlib import redirect_stdout

import pytest

from seatable_client.api.gateway import Gateway
from seatable_client.errors import ConfigError, SeaTableError
from seatable_sandbox import Fault
from target_seatable.load_methods import LOAD_METHODS, load_method
from target_seatable.settings import SETTINGS
from target_seatable.sinks import table_sink
from tests.seeds import SOAK
from tests.servers import WITH_SQL
from tests.target.load_methods.append_and_upsert.people import NEWEST, PEOPLE, by_id, people
from tests.target.singer import record, schema, state

DRAWN_TOO = SOAK
WRITES = r"/(rows|batch-append-rows)/$"


def test_append_only_adds_every_record(base):
    for _ in range(2):
        base.load(PEOPLE, *people(1, 2), load_method="append-only")
    assert [row["id"] for row in base.rows("people")] == [1, 2, 1, 2]


def test_a_stream_without_a_key_is_appended(base):
    keyless = {**PEOPLE, "key_properties": []}
    for _ in range(2):
        base.load(keyless, *people(1, 2))
    assert [row["id"] for row in base.rows("people")] == [1, 2, 1, 2]


def test_upsert_changes_what_is_there_and_adds_what_is_not(base):
    base.load(PEOPLE, *people(1, 2))
    ids = [row["_id"] for row in base.base.rows("people")]
    base.load(PEOPLE, *people(2, 3, name="new"))
    assert by_id(base) == {
        1: {"id": 1, "name": "n1", "age": 1},
        2: {"id": 2, "name": "new", "age": 2},
        3: {"id": 3, "name": "new", "age": 3},
    }
    assert [row["_id"] for row in base.base.rows("people")][:2] == ids


def test_null_clears_a_cell_and_an_absent_property_leaves_it(base):
    base.load(PEOPLE, *people(1, 2))
    base.load(PEOPLE, record("people", id=1, name=None), record("people", id=2, age=7))
    assert by_id(base) == {
        1: {"id": 1, "name": None, "age": 1},
        2: {"id": 2, "name": "n2", "age": 7},
    }


def test_of_records_with_one_key_the_last_wins(base):
    base.load(
        PEOPLE,
        *people(1, 1),
        record("people", id=1, name="last"),
        record("people", id=2, age=1),
        record("people", id=2, name="two"),
    )
    assert by_id(base) == {
        1: {"id": 1, "name": "last", "age": 1},
        2: {"id": 2, "name": "two", "age": 1},
    }


@NEWEST  # others do not show what they have stored
def test_a_column_that_is_renamed_in_mid_run_is_missed_at_once(base):
    base.load(PEOPLE, *people(0))
    target = base.target(batch_size_rows=10, load_method="append-only")

    def lines():
        for message in (PEOPLE, *people(*range(1, 1_501))):
            yield json.dumps(message) + "\n"
        target._worker.wait()
        base.base.rename_column("people", "name", "called")
        for message in (*people(*range(1_501, 1_600)), state({"n": 1})):
            yield json.dumps(message) + "\n"

    with pytest.raises(SeaTableError, match="rows were stored without their cells of 'name'"):
        target.run(lines())


@pytest.mark.servers(*WITH_SQL, "v1 without SQL")  # others do not tell how many they have stored
def test_fewer_rows_stored_than_sent_end_the_run(base):
    """SeaTable takes no row of which it knows no column; the first row shows nothing of it."""
    either = schema("t", {"a": "string", "b": "string"})
    base.load(either, record("t", a="first", b="first"))
    target = base.target(load_method="append-only")

    def lines():
        for message in (either, record("t", a="kept"), record("t", b="lost"), state({"n": 1})):
            yield json.dumps(message) + "\n"
        base.base.rename_column("t", "b", "c")

    out = io.StringIO()
    with (
        redirect_stdout(out),
        pytest.raises(SeaTableError, match="2 rows were sent, 1 stored"),
    ):
        target.run(lines())
    assert out.getvalue() == ""


def test_a_table_is_called_like_a_limit(base):
    quotas = {**PEOPLE, "stream": "quotas: row limit"}
    rows = [{**message, "stream": quotas["stream"]} for message in people(1, 2, 3)]
    base.load(quotas, *rows)
    base.sandbox.inject(Fault("status", WRITES, "POST", status=400, times=2))
    more = [{**message, "stream": quotas["stream"]} for message in people(4, 5, 6)]
    base.load(quotas, *more, max_rejected_records=9)
    assert [row["id"] for row in base.rows(quotas["stream"])] == [1, 2, 3, 5, 6]


def test_a_row_that_was_deleted_meanwhile_is_added_again(base, monkeypatch):
    base.load(PEOPLE, *people(1, 2, 3))
    ids = {row["id"]: row["_id"] for row in base.base.rows("people")}
    update = Gateway.update_rows

    def update_after_a_delete(self, table, updates):
        base.base.delete_rows("people", [ids[2]])
        update(self, table, updates)

    monkeypatch.setattr(Gateway, "update_rows", update_after_a_delete)
    base.load(PEOPLE, *people(1, 2, 3, 4, name="new"))
    assert sorted((row["id"], row["name"]) for row in base.rows("people")) == [
        (1, "new"),
        (2, "new"),
        (3, "new"),
        (4, "new"),
    ]


def test_a_row_with_nothing_in_it_is_a_row(base):
    base.load(
        schema("t", {"a": "string", "f": "boolean"}), record("t"), record("t", a=None, f=None)
    )
    assert base.rows("t") == [{"a": None, "f": None}] * 2


def test_a_table_without_a_column_to_write_into_is_refused(base):
    base.base.create_table("t", [{"column_name": "a", "column_type": "auto-number"}])
    with pytest.raises(ConfigError, match="has no column to write into"):
        base.load(schema("t", {"a": "string"}), record("t", a="x"))


@pytest.fixture
def one_by_one(monkeypatch):
    """Batches of one record."""
    monkeypatch.setattr(table_sink, "SAMPLE", 1)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 1)


@pytest.mark.parametrize("skip_unchanged", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.usefixtures("one_by_one")
def test_what_somebody_deletes_in_mid_run_is_added_once(base, skip_unchanged, count):
    shape, same = schema("t", {"id": "integer", "v": "string"}, ["id"]), record("t", id=1, v="v")
    base.load(shape, *[same] * count, load_method="append-only")
    target = base.target(batch_size_rows=1, skip_unchanged=skip_unchanged, on_ambiguous_key="all")

    def lines():
        for message in (shape, record("t", id=1, v="new")):
            yield json.dumps(message) + "\n"
        target._worker.wait()
        base.base.delete_rows("t", [row["_id"] for row in base.base.rows("t")[:2]])
        for value in ("new", "new", "old", "new"):
            yield json.dumps(record("t", id=1, v=value)) + "\n"

    target.run(lines())
    assert base.rows("t") == [{"id": 1, "v": "new"}] * max(count - 2, 1)


def test_the_setting_offers_every_load_method_of_the_registry():
    assert SETTINGS["properties"]["load_method"]["enum"] == list(LOAD_METHODS)


@pytest.mark.parametrize("name", sorted(LOAD_METHODS.keys() - {"update-only", "insert-only"}))
def test_a_stream_without_key_gets_a_load_method_that_needs_none(name):
    keyless = load_method(name, "t", ())
    assert not keyless.needs_key
    assert keyless.removes_missing == LOAD_METHODS[name].removes_missing
