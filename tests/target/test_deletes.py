"""How rows that the source has deleted leave the table, or are marked in it."""

import pytest
from singer_sdk.exceptions import MissingKeyPropertiesError

from seatable_sandbox import Sandbox
from target_seatable.loading import CannotRemove
from tests.servers import WITH_GATEWAY
from tests.target.messages import record, schema, state

PEOPLE = schema(
    "people",
    {"id": {"type": "integer"}, "name": {"type": "string"}, "age": "integer"},
    ["id"],
    required=["id", "name"],
)
AT = "2024-02-29T10:20:30.123Z"
MARKED = "2024-02-29T10:20:00+00:00"


def people(*ids, **cells):
    return [record("people", id=one, **{"name": f"n{one}", "age": one, **cells}) for one in ids]


def deleted(one, how="_sdc_deleted_at", **more):
    return record("people", id=one, **{how: AT}, **more)


def ids(base):
    return sorted(row["id"] for row in base.rows("people"))


def marks(base):
    return {row["id"]: row.get("_sdc_deleted_at") for row in base.base.rows("people")}


@pytest.mark.parametrize("how", ["_sdc_deleted_at", "_deleted_at"])
@pytest.mark.parametrize("metadata", [False, True])
def test_a_deleted_row_is_deleted(base, how, metadata):
    base.load(PEOPLE, *people(1, 2, 3))
    base.load(
        PEOPLE,
        deleted(2, how),
        deleted(9, how),
        state({"n": 1}),
        hard_delete=True,
        add_record_metadata=metadata,
    )
    assert ids(base) == [1, 3]
    assert base.states == [{"n": 1}]
    assert not {"_deleted_at", "_sdc_deleted_at"} & set(base.columns("people"))


@pytest.mark.parametrize("how", ["_sdc_deleted_at", "_deleted_at"])
@pytest.mark.parametrize("metadata", [False, True])
def test_or_it_is_marked_and_keeps_its_cells(base, how, metadata):
    base.load(PEOPLE, *people(1, 2))
    base.load(
        PEOPLE,
        deleted(2, how, name=None, age=None),
        deleted(9, how),
        add_record_metadata=metadata,
    )
    assert marks(base) == {1: None, 2: MARKED}
    assert base.rows("people")[1]["name"] == "n2"
    assert base.columns("people")["_sdc_deleted_at"] == "date"


def test_a_row_that_comes_back_loses_its_mark(base):
    base.load(PEOPLE, *people(1, 2))
    base.load(PEOPLE, deleted(1), deleted(2))
    base.load(PEOPLE, *people(1))
    assert marks(base) == {1: None, 2: MARKED}
    base.load(PEOPLE, *people(1))
    assert base.writes == []


def test_marking_in_the_middle_of_a_run_forgets_nothing(base):
    base.load(PEOPLE, *people(*range(10)))
    messages = [PEOPLE, *people(*range(10)), schema("other", {"id": "integer"})]
    wider = {**PEOPLE, "schema": {**PEOPLE["schema"], "title": "again"}}
    base.load(*messages, wider, deleted(3), *people(4, name="new"), *people(3, 5))
    assert set(marks(base).values()) == {None}
    assert base.rows("people")[4]["name"] == "new"
    assert ids(base) == list(range(10))


@pytest.mark.parametrize("hard", [True, False])
def test_within_a_batch_the_last_word_counts(base, hard):
    base.load(PEOPLE, *people(1, 2, 3))
    base.load(
        PEOPLE,
        *people(1, name="changed"),
        deleted(1),
        deleted(2),
        record("people", id=2, name="again"),
        *people(4),
        deleted(4),
        hard_delete=hard,
    )
    rows = {row["id"]: row for row in base.base.rows("people")}
    assert (1 in rows) is not hard
    assert rows[2]["name"] == "again"
    assert rows[2]["age"] is None
    assert 4 not in rows
    if not hard:
        assert rows[1]["_sdc_deleted_at"] == MARKED
        assert rows[1]["name"] == "n1"


def test_a_mark_of_an_unknown_moment_is_refused(base):
    base.load(PEOPLE, *people(1))
    with pytest.raises(ValueError, match="yesterday"):
        base.load(PEOPLE, record("people", id=1, _sdc_deleted_at="yesterday"))
    assert base.letters()[0]["record"] == {"id": 1, "_sdc_deleted_at": "yesterday"}


def test_a_deleted_row_without_a_key_is_refused(base):
    base.load(PEOPLE, *people(1))
    with pytest.raises(MissingKeyPropertiesError):
        base.load(PEOPLE, record("people", name="x", _deleted_at=AT))
    assert ids(base) == [1]


@pytest.mark.parametrize(
    ("keys", "load_method"), [([], "upsert"), (["id"], "append-only"), ([], "append-only")]
)
def test_where_rows_cannot_be_found_nothing_is_deleted_in_silence(base, keys, load_method):
    shape = {**PEOPLE, "key_properties": keys}
    base.load(shape, *people(1), load_method=load_method)
    with pytest.raises(CannotRemove, match="takes a stream with key properties"):
        base.load(shape, deleted(1), *people(2), load_method=load_method, hard_delete=True)
    assert ids(base) == [1, 2]


def test_no_table_is_made_for_rows_that_are_deleted(base):
    base.load(PEOPLE, deleted(1), hard_delete=True)
    assert base.letters() == []


@pytest.mark.servers(*WITH_GATEWAY)  # only these tell that a row is locked
def test_a_locked_row_is_not_deleted_in_silence(base, caplog):
    base.load(PEOPLE, *people(1, 2))
    base.base.lock_rows("people", [base.base.rows("people")[0]["_id"]])
    sentence = base.fails(caplog, PEOPLE, deleted(1), deleted(2), hard_delete=True)
    assert "key 1 is locked" in sentence
    assert ids(base) == [1]


@pytest.mark.parametrize("profile", ["v1", "v1-2020"])
def test_old_servers_delete_too(make, profile):
    with Sandbox(profile, version="2.3.0") as old:
        base = make(old)
        base.load(PEOPLE, *people(1, 2, 3))
        base.load(PEOPLE, deleted(2), deleted(9), hard_delete=True)
        assert ids(base) == [1, 3]
        base.load(PEOPLE, deleted(3))
        assert marks(base)[3][:10] == "2024-02-29"
