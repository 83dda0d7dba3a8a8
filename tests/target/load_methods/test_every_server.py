"""What holds on servers of every generation."""

from seatable_client.api.gateway import Gateway
from seatable_client.api.v1 import V1Api
from tests.target.singer import record, schema, state

PEOPLE = schema("people", {"id": "integer", "name": "string", "tag": "string"}, ["id"])


def test_streams_are_loaded_and_loaded_again(base):
    first = [record("people", id=n, name=f"n{n}") for n in range(1200)]
    base.load(PEOPLE, *first, state({"n": 1}))
    assert base.states == [{"n": 1}]
    assert base.rows("people") == [{"id": n, "name": f"n{n}", "tag": None} for n in range(1200)]
    again = [record("people", id=n, name="new", tag="t") for n in range(1190, 1210)]
    base.load(PEOPLE, *again, record("people", id=1, name=None), state({"n": 2}))
    assert base.states == [{"n": 2}]
    rows = {row["id"]: row for row in base.rows("people")}
    assert len(base.rows("people")) == len(rows) == 1210
    assert rows[1] == {"id": 1, "name": None, "tag": None}
    assert rows[1195] == rows[1205] | {"id": 1195} == {"id": 1195, "name": "new", "tag": "t"}


def test_a_key_can_come_again_in_a_later_batch(base):
    messages = [PEOPLE]
    for name in ("old", "new"):
        messages += [record("people", id=n, name=name, tag="x") for n in range(20)]
        messages += [
            record("people", id=n, name="filler", tag="") for n in range(1000, 1000 + 4980)
        ]
    base.load(*messages)
    rows = {row["id"]: row["name"] for row in base.rows("people")}
    assert len(rows) == len(base.rows("people"))
    assert {rows[n] for n in range(20)} == {"new"}


def test_new_columns_and_options_are_added(base):
    base.load(PEOPLE, record("people", id=1))
    wider = schema(
        "people",
        {
            "id": "integer",
            "when": {"type": "string", "format": "date-time"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "choice": {"type": "string", "enum": ["a"]},
        },
        ["id"],
    )
    base.load(wider, record("people", id=2, when="2024-02-29T10:20:00", tags=["a b"], choice="a"))
    base.load(wider, record("people", id=3, tags=["c", "a b"]))
    rows = {row["id"]: row for row in base.rows("people")}
    assert rows[2]["when"][:16] == "2024-02-29T10:20"
    assert [rows[n]["tags"] for n in (1, 2, 3)] == [None, ["a b"], ["c", "a b"]]
    assert rows[2]["choice"] == "a"


def test_a_row_that_was_deleted_meanwhile_is_added_again(base, monkeypatch):
    base.load(PEOPLE, *[record("people", id=n, name="old", tag="t") for n in range(3)])
    ids = {row["id"]: row["_id"] for row in base.base.rows("people")}
    for kind in (Gateway, V1Api):

        def update(self, table, updates, *, original=kind.update_rows):
            base.base.delete_rows("people", [ids[1]])
            original(self, table, updates)

        monkeypatch.setattr(kind, "update_rows", update)
    base.load(PEOPLE, *[record("people", id=n, name="new", tag="t") for n in range(3)])
    assert sorted((row["id"], row["name"]) for row in base.rows("people")) == [
        (0, "new"),
        (1, "new"),
        (2, "new"),
    ]
