"""Rows of older versions go when a version is activated, and when they stay."""

import pytest

from tests.target.load_methods.overwrite.people import DONE, PEOPLE, REMOVED, ids, people
from tests.target.singer import record, schema, state

DRAWN_TOO = True


def versioned(version, *ids):
    return [{**message, "version": version} for message in people(*ids)]


def activate(version, stream="people"):
    return {"type": "ACTIVATE_VERSION", "stream": stream, "version": version}


@pytest.fixture
def versions(sandbox, make):
    settings = {"add_record_metadata": True, "hard_delete": True, "max_delete_fraction": 0.9}
    return make(sandbox, **settings)


@pytest.mark.parametrize("early", [True, False])
def test_rows_of_older_versions_go(versions, stream, early):
    versions.load(stream, *versioned(1, 1, 2, 3), activate(1), DONE)
    messages = versioned(2, 2, 3, 4)
    messages.insert(0 if early else len(messages), activate(2))
    versions.load(stream, *messages, DONE)
    assert ids(versions) == [2, 3, 4]


def test_a_schema_that_changes_after_it_makes_no_difference(versions, stream):
    versions.load(stream, *versioned(1, 1, 2, 3), activate(1), DONE)
    wider = schema(
        "people", {"id": "integer", "name": "string", "new": "string"}, stream["key_properties"]
    )
    versions.load(stream, activate(2), *versioned(2, 2), wider, *versioned(2, 3), DONE)
    assert ids(versions) == [2, 3]


def test_rows_of_the_same_version_from_an_earlier_run_stay(versions, stream):
    versions.load(stream, activate(1), *versioned(1, 1, 2), DONE)
    versions.load(stream, activate(1), *versioned(1, 3), DONE)
    assert ids(versions) == [1, 2, 3]


def test_rows_without_a_version_stay(versions, stream):
    versions.load(stream, *versioned(1, 1), DONE)
    versions.base.append_rows("people", [{"id": 9}])
    versions.load(stream, *versioned(2, 2), activate(2), DONE)
    assert ids(versions) == [2, 9]


@pytest.mark.parametrize("hard_delete", [True, False])
@pytest.mark.parametrize("keys", [["id"], ["id", "name"]])
def test_other_rows_of_a_key_that_came_stay(versions, caplog, keys, hard_delete):
    """People have copied them in SeaTable, with the version of the row."""
    stream = schema("people", {"id": "integer", "name": "string"}, keys)
    versions.load(stream, *versioned(1, 1, 2, 3), DONE)
    copied = ("id", "name", "_sdc_table_version")
    rows = [{name: row[name] for name in copied} for row in versions.base.rows("people")]
    versions.base.append_rows("people", rows[:1] + rows[1:2])
    config = {"on_ambiguous_key": "first", "hard_delete": hard_delete}
    versions.load(stream, *versioned(2, 1, 3), activate(2), DONE, **config)
    left = [row["id"] for row in versions.base.rows("people") if not row.get("_sdc_deleted_at")]
    assert sorted(left) == [1, 1, 3]
    assert "Table 'people': 1 row of older versions stay, because a row of this" in caplog.text


def test_older_rows_can_be_marked_instead(versions, stream):
    versions.load(stream, *versioned(1, 1, 2), DONE)
    versions.load(stream, *versioned(2, 2), activate(2), DONE, hard_delete=False)
    marked = [row["id"] for row in versions.rows("people") if row.get("_sdc_deleted_at")]
    deleted = [row["id"] for row in versions.base.rows("people") if row["_sdc_deleted_at"]]
    assert deleted == ([1] if stream is PEOPLE else [1, 2])
    assert marked == []


def test_the_row_of_a_rejected_record_is_not_older(versions, stream, caplog):
    versions.load(stream, *versioned(1, 1, 2, 3), DONE)
    bad = {**record("people", id=2, name="x" * 10_001), "version": 2}
    versions.load(stream, *versioned(2, 1), bad, activate(2), DONE, max_rejected_records=1)
    if stream is PEOPLE:
        assert ids(versions) == [1, 2]
    else:
        assert ids(versions) == [1, 1, 2, 3]
        assert f"{REMOVED}: a record was rejected, and its row is unknown" in caplog.text


def test_an_early_version_of_a_stream_that_dies_removes_nothing(versions, stream, caplog):
    versions.load(stream, *versioned(1, 1, 2, 3), DONE)
    died = state({"currently_syncing": "people"})
    versions.load(stream, activate(2), *versioned(2, 1), died)
    assert {1, 2, 3} == set(ids(versions))
    assert f"{REMOVED}: the last STATE says" in caplog.text


@pytest.mark.parametrize("records", [versioned(2, 1), []], ids=["records", "none"])
def test_a_table_without_a_column_for_the_version_keeps_its_rows(versions, stream, caplog, records):
    versions.load(stream, *people(1, 2), DONE, add_record_metadata=False)
    versions.load(stream, *records, activate(2), DONE, add_columns=False)
    assert {1, 2} == set(ids(versions))
    assert f"{REMOVED}: it has no column '_sdc_table_version'" in caplog.text
    versions.load(stream, *records, activate(2), DONE)
    assert {1, 2} == set(ids(versions))


def test_a_version_that_breaks_off_removes_nothing(versions, stream, caplog):
    versions.load(stream, *versioned(1, 1, 2), DONE)
    versions.load(stream, activate(2), *versioned(2, 1))
    assert {1, 2} <= set(ids(versions))
    assert "no STATE followed" in caplog.text


def test_without_a_version_in_the_table_none_is_activated(versions, stream, caplog):
    config = {"add_record_metadata": False}
    versions.load(stream, *versioned(1, 1, 2), activate(1), DONE, **config)
    versions.load(stream, *versioned(2, 1), activate(2), DONE, **config)
    assert {1, 2} <= set(ids(versions))
    assert "Set add_record_metadata to true" in caplog.text


def test_versions_can_be_ignored_and_may_be_of_unknown_streams(versions, stream):
    config = {"process_activate_version_messages": False}
    versions.load(stream, activate(1, "other"), *versioned(1, 1, 2), DONE)
    versions.load(stream, *versioned(2, 2), activate(2), DONE, **config)
    assert {1, 2} <= set(ids(versions))
