"""In the end the table equals the stream; and when it does not become so on purpose."""

import pytest

from seatable_client.errors import InvalidValueError, SeaTableError
from tests.target.load_methods.overwrite.people import DONE, KEYLESS, PEOPLE, REMOVED, ids, people
from tests.target.singer import record, schema

DRAWN_TOO = True


def row_ids(base):
    return {row["id"]: row["_id"] for row in base.base.rows("people")}


def test_rows_that_the_stream_lacks_go_and_the_others_stay_what_they_are(base, stream):
    base.load(stream, *people(1, 2, 3, 4), DONE)
    before = row_ids(base)
    base.load(stream, *people(2, 3, 5), DONE)
    assert ids(base) == [2, 3, 5]
    assert {number: row_ids(base)[number] for number in (2, 3)} == {
        number: before[number] for number in (2, 3)
    }
    base.load(stream, *people(2, 3, 5), DONE)
    assert base.writes == []


def test_a_changed_row_keeps_its_id_where_there_is_a_key(base):
    base.load(PEOPLE, *people(1, 2), DONE)
    before = row_ids(base)
    base.load(PEOPLE, *people(1, 2, name="new"), DONE)
    assert row_ids(base) == before
    assert {row["name"] for row in base.rows("people")} == {"new"}


@pytest.mark.parametrize("hard_delete", [False, True], ids=["marked", "deleted"])
@pytest.mark.parametrize("first", [[], people(2)], ids=["alone", "brought before"])
def test_a_row_that_the_stream_says_was_deleted_is_not_one_that_it_lacks(base, hard_delete, first):
    gone = record("people", id=2, name="x", _sdc_deleted_at="2024-06-05T10:20:00Z")
    base.load(PEOPLE, *people(1, 2, 3), DONE)
    base.load(PEOPLE, *people(1), *first, gone, DONE, hard_delete=hard_delete)
    assert ids(base) == ([1] if hard_delete else [1, 2])
    if not hard_delete:
        marked = [row["id"] for row in base.base.rows("people") if row.get("_sdc_deleted_at")]
        assert marked == [2]


def test_equal_records_are_as_many_rows(base):
    base.load(KEYLESS, *people(1, 1, 1, 2), DONE)
    base.load(KEYLESS, *people(2, 1, 1), DONE)
    assert ids(base) == [1, 1, 2]
    base.load(KEYLESS, *people(1, 1, 1, 1, 2), DONE)
    assert ids(base) == [1, 1, 1, 1, 2]


def test_a_link_that_is_refused_keeps_no_row(base):
    tags = schema("tags", {"name": "string"}, ["name"])
    base.load(PEOPLE, *people(1, 2, 3), tags, record("tags", name="t"), DONE)
    base.base.add_column("people", "tag", "link", {"table": "people", "other_table": "tags"})
    linked = {**PEOPLE, "schema": {**PEOPLE["schema"]}}
    linked["schema"]["properties"] = {**PEOPLE["schema"]["properties"], "tag": {}}
    base.load(
        linked,
        *[
            record("people", id=number, name="x", tag=tag)
            for number, tag in ((1, "t"), (2, "nothing"))
        ],
        DONE,
        links={"people.tag": "name"},
        max_rejected_records=1,
    )
    assert [entry["error"] for entry in base.rejections()] == ["LinkTargetNotFound"]
    assert ids(base) == [1, 2]


def test_a_stopped_run_removes_nothing(base, stream):
    base.load(stream, *people(1, 2, 3, 4), DONE)
    target = base.target()
    target.message_reader.signum = 15
    target._process_schema_message(stream)
    for message in people(1):
        target._process_record_message(message)
    target._process_state_message(DONE)
    target.process_endofpipe()
    assert ids(base) == [1, 2, 3, 4]


def test_a_run_with_an_error_removes_nothing(base, stream, caplog):
    base.load(stream, *people(1, 2, 3, 4), DONE)
    with pytest.raises(InvalidValueError):
        base.load(stream, *people(1), *people(2, name="x" * 10_001), DONE)
    assert ids(base) == [1, 2, 3, 4]
    assert f"{REMOVED}: records were rejected" in caplog.text


def test_the_row_of_a_rejected_record_counts_as_brought(base, caplog):
    base.load(PEOPLE, *people(1, 2, 3, 4), DONE)
    bad = people(2, name="x" * 10_001)
    base.load(PEOPLE, *people(1), *bad, DONE, max_rejected_records=1)
    assert ids(base) == [1, 2]
    keyless = [record("people", name="no key")]
    base.load(PEOPLE, *people(1), *keyless, DONE, max_rejected_records=1)
    assert ids(base) == [1, 2]
    assert f"{REMOVED}: a record was rejected, and its row is unknown" in caplog.text


def test_a_locked_row_that_the_stream_lacks_ends_the_run(base, stream):
    base.load(stream, *people(1, 2), DONE)
    base.base.lock_rows("people", [row_ids(base)[1]])
    with pytest.raises(SeaTableError, match="1 rows were to be deleted and are still there"):
        base.load(stream, *people(2), DONE)
    assert ids(base) == [1, 2]


def test_too_much_is_not_removed(base, stream):
    base.load(stream, *people(*range(10)), DONE)
    with pytest.raises(SeaTableError, match="the stream lacks 6 of 10 rows"):
        base.load(stream, *people(*range(4)), *people(20), DONE, max_delete_fraction=0.5)
    assert ids(base) == [*range(10), 20]


def test_an_empty_stream_empties_the_table_only_if_that_is_allowed(base, stream):
    base.load(stream, *people(1, 2), DONE)
    with pytest.raises(SeaTableError, match="the stream lacks 2 of 2 rows"):
        base.load(stream, DONE)
    base.load(stream, DONE, max_delete_fraction=1)
    assert ids(base) == []


def test_a_schema_that_changes_on_the_way_loses_nothing(base, stream):
    base.load(stream, *people(1, 2, 3, 4), DONE)
    wider = schema(
        "people", {"id": "integer", "name": "string", "new": "string"}, stream["key_properties"]
    )
    base.load(stream, *people(1, 5), wider, *people(2, 6), DONE)
    assert ids(base) == [1, 2, 5, 6]


def test_append_only_and_upsert_remove_nothing(base, stream):
    base.load(stream, *people(1, 2), DONE)
    base.load(stream, *people(3), DONE, load_method="upsert")
    base.load(stream, *people(4), DONE, load_method="append-only")
    assert ids(base) == [1, 2, 3, 4]
