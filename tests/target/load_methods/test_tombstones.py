"""How rows that the source has deleted leave the table, or are marked in it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import MissingKeyPropertiesError

from seatable_sandbox import Sandbox
from singer_seatable.contract import SDC_DELETED_AT
from target_seatable.errors import CannotRemove
from tests.servers import WITH_GATEWAY, written_alike
from tests.target.singer import record, schema, state

DRAWN_TOO = True

PEOPLE = schema(
    "people",
    {"id": {"type": "integer"}, "name": {"type": "string"}, "age": "integer"},
    ["id"],
    required=["id", "name"],
)
MOMENT = "2024-02-29T10:20:30.123Z"
MARKED = "2024-02-29T10:20:00+00:00"


def people(*ids, **cells):
    return [
        record("people", id=number, **{"name": f"n{number}", "age": number, **cells})
        for number in ids
    ]


def deleted(number, how="_sdc_deleted_at", **more):
    return record("people", id=number, **{how: MOMENT}, **more)


def ids(base):
    return sorted(row["id"] for row in base.rows("people"))


def marks(base):
    """When each person was marked."""
    rows = base.base.rows("people")
    return {row["id"]: written_alike(row.get("_sdc_deleted_at")) for row in rows}


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


@pytest.mark.parametrize("how", ["_sdc_deleted_at", "_deleted_at"])
@pytest.mark.parametrize("nothing", ["", None, False])
@pytest.mark.parametrize("hard", [True, False])
def test_an_empty_moment_deletes_nothing(base, how, nothing, hard):
    """As every row of a CSV file has it that was exported with the column."""
    base.load(PEOPLE, *people(1), hard_delete=hard)
    base.load(PEOPLE, *people(1, 2, **{how: nothing}), hard_delete=hard)
    assert marks(base) == {1: None, 2: None}


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


KEYS = (1, 2, 3)
LIVES = st.lists(
    st.tuples(
        st.sampled_from(KEYS),
        st.one_of(
            st.fixed_dictionaries({"name": st.sampled_from(["a", "b"]), "age": st.just(7)}),
            st.fixed_dictionaries({"name": st.sampled_from(["a", "b"])}),
            st.fixed_dictionaries(
                {"_sdc_deleted_at": st.sampled_from(["2024-02-29T10:20:00Z", "2024-03-01"])}
            ),
            st.just({"_sdc_deleted_at": MOMENT, "name": None, "age": None}),
        ),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("skip_unchanged", [True, False])
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(life=LIVES)
def test_it_does_not_matter_where_a_batch_ends(make, sandbox, hard, skip_unchanged, life):
    """All in one batch leaves the table as each record in a run of its own does."""
    options = {"hard_delete": hard, "skip_unchanged": skip_unchanged}
    messages = [record("people", id=key, **cells) for key, cells in life]
    tables = []
    for runs in ([messages], [[message] for message in messages]):
        base = make(sandbox)
        base.load(PEOPLE, *people(1, 2))
        for run in runs:
            base.load(PEOPLE, *run, **options)
        rows = [
            {name: cell for name, cell in row.items() if name[0] != "_" or name == SDC_DELETED_AT}
            for row in base.base.rows("people")
        ]
        tables.append(sorted(rows, key=lambda row: row["id"]))
    assert tables[0] == tables[1]


def test_a_row_that_is_added_and_deleted_in_one_batch_is_marked_with_what_it_held(base):
    base.load(PEOPLE, *people(1), deleted(1, name=None, age=None))
    assert base.rows("people") == [{"id": 1, "name": "n1", "age": 1}]
    assert marks(base) == {1: MARKED}


def test_rows_that_are_marked_already_are_left_alone(base, caplog):
    caplog.set_level("INFO", logger="target_seatable")
    base.load(PEOPLE, *people(1, 2))
    base.load(PEOPLE, deleted(1))
    assert "0 changed, 0 unchanged, 0 deleted, 1 marked as deleted" in caplog.text
    base.load(PEOPLE, deleted(1), *people(2))
    assert base.writes == []


def test_a_mark_of_an_unknown_moment_is_refused(base):
    base.load(PEOPLE, *people(1))
    with pytest.raises(ValueError, match="yesterday"):
        base.load(PEOPLE, record("people", id=1, _sdc_deleted_at="yesterday"))
    assert base.rejections()[0]["record"] == {"id": 1, "_sdc_deleted_at": "yesterday"}


def test_a_deleted_row_without_a_key_is_refused(base):
    base.load(PEOPLE, *people(1))
    with pytest.raises(MissingKeyPropertiesError):
        base.load(PEOPLE, record("people", name="x", _deleted_at=MOMENT))
    assert ids(base) == [1]


@pytest.mark.parametrize(
    ("keys", "load_method"), [([], "upsert"), (["id"], "append-only"), ([], "append-only")]
)
def test_rows_that_cannot_be_found_are_not_silently_kept(base, keys, load_method):
    shape = {**PEOPLE, "key_properties": keys}
    base.load(shape, *people(1), load_method=load_method)
    with pytest.raises(CannotRemove, match="its row cannot be found without a key"):
        base.load(shape, deleted(1), *people(2), load_method=load_method, hard_delete=True)
    assert ids(base) == [1, 2]


def test_no_table_is_made_for_rows_that_are_deleted(base):
    base.load(PEOPLE, deleted(1), hard_delete=True)
    assert base.rejections() == []


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
