"""Rows that the server refuses: the others are stored, and the run ends where none would be."""

import msgspec
import pytest

from seatable_client.api.gateway import Gateway
from seatable_client.api.v1 import V1Api
from seatable_client.errors import RequestRejected
from seatable_sandbox import Sandbox
from target_seatable.errors import RowLocked
from tests.seeds import SOAK
from tests.target.load_methods.append_and_upsert.people import NEWEST, PEOPLE, people
from tests.target.singer import state

DRAWN_TOO = SOAK


def refuse_rows_with(monkeypatch, **cells):
    """The server refuses every batch that has a row with these cells."""

    def refusing(method):
        def call(self, table, rows):
            given = msgspec.to_builtins(list(rows.values()) if isinstance(rows, dict) else rows)
            if any(cells.items() <= row.items() for row in given):
                raise RequestRejected("Could not: it said no.", status=400, server_message="no")
            return method(self, table, rows)

        return call

    for client in (Gateway, V1Api):
        monkeypatch.setattr(client, "append_rows", refusing(client.append_rows))
        monkeypatch.setattr(client, "update_rows", refusing(client.update_rows))


@pytest.mark.parametrize("load_method", ["append-only", "upsert"])
def test_one_bad_row_does_not_take_the_others_with_it(kind, base, monkeypatch, load_method):
    base.load(PEOPLE, *people(*range(200)))
    refuse_rows_with(monkeypatch, name="bad")
    messages = people(*range(100, 300), name="good")
    messages[17:17] = people(50, name="bad")
    messages[170:170] = people(400, name="bad")
    with pytest.raises(RequestRejected):
        base.load(PEOPLE, *messages, state({"n": 1}), load_method=load_method)
    assert base.states == [{"n": 1}]
    assert [(entry["record"]["id"], entry["server_message"]) for entry in base.rejections()] == [
        (50, "no"),
        (400, "no"),
    ]
    assert sum(row["name"] == "good" for row in base.rows("people")) == 200
    if kind != "2020":  # where rows are changed one by one
        assert len(base.writes) < 40


def test_a_server_that_takes_nothing_is_not_asked_for_every_row(base, monkeypatch):
    base.load(PEOPLE, *people(1))
    refuse_rows_with(monkeypatch)
    with pytest.raises(RequestRejected):
        base.load(PEOPLE, *people(*range(1000)), load_method="append-only")
    assert len(base.rejections()) < 10


def test_a_full_table_ends_the_run(make, caplog):
    with Sandbox(max_rows_per_base=15) as small:
        base = make(small)
        sentence = base.fails(caplog, PEOPLE, *people(*range(20)), batch_size_rows=10)
        assert "Exceed the rows limit" in sentence
        assert len(base.rows("people")) == 10
        assert base.rejections() == []


@NEWEST
def test_a_locked_row_is_an_error(base):
    base.load(PEOPLE, *people(1, 2))
    base.base.lock_rows("people", [base.base.rows("people")[0]["_id"]])
    base.load(PEOPLE, *people(1, 2))  # unchanged: nothing to refuse
    with pytest.raises(RowLocked, match="key 1 is locked"):
        base.load(PEOPLE, *people(1, 2, name="new"))
    assert [row["name"] for row in base.rows("people")] == ["n1", "new"]
