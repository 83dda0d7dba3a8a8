"""In the end the table equals the stream; and when it does not become so on purpose."""

import json
from typing import Any

import pytest

from seatable_client.errors import ConfigError, InvalidValueError, SeaTableError
from tests.target.singer import record, schema, state

DRAWN_TOO = True

PEOPLE = schema("people", {"id": "integer", "name": "string"}, ["id"])
KEYLESS = {**PEOPLE, "key_properties": []}
DONE = state({"done": 1})
REMOVED = "Nothing was removed from table 'people'"


def people(*ids, name="x"):
    return [record("people", id=number, name=name) for number in ids]


@pytest.fixture(params=[PEOPLE, KEYLESS], ids=["keyed", "keyless"])
def stream(request):
    return request.param


@pytest.fixture
def base(sandbox, make):
    return make(sandbox, load_method="overwrite", max_delete_fraction=0.9)


def ids(base):
    return sorted(row["id"] for row in base.rows("people"))


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


def test_a_feed_that_breaks_off_removes_nothing(base, stream, caplog):
    base.load(stream, *people(1, 2, 3, 4), DONE)
    base.load(stream, *people(1, 2), DONE, *people(5))
    assert ids(base) == [1, 2, 3, 4, 5]
    assert f"{REMOVED}: no STATE followed the stream's last record" in caplog.text


UNFINISHED = {
    "currently_syncing": {"currently_syncing": "people"},
    "another stream": {"currently_syncing": "other"},
    "progress_markers": {"bookmarks": {"people": {"progress_markers": {"Note": "not resumable"}}}},
    "signpost": {"bookmarks": {"people": {"replication_key_signpost": "2024-06-05"}}},
    "a partition": {"bookmarks": {"people": {"partitions": [{"progress_markers": {"n": 1}}]}}},
    "xmin": {"bookmarks": {"people": {"xmin": "567", "version": 1}}},
    "tap-seatable": {"bookmarks": {"people": {"seatable": '{"cursor":"a1"}'}}},
    "tap-seatable once": {"bookmarks": {"people": {"seatable": {"cursor": "a1"}}}},
}


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("words", UNFINISHED)
def test_a_state_of_an_unfinished_stream_removes_nothing(base, caplog, words):
    base.load(PEOPLE, *people(1, 2, 3, 4), DONE)
    base.load(PEOPLE, *people(1), state(UNFINISHED[words]))
    assert ids(base) == [1, 2, 3, 4]
    assert f"{REMOVED}: the last STATE" in caplog.text
    maps = {"persons": {"__alias__": "people"}}
    messages = [{**message, "stream": "persons"} for message in (PEOPLE, *people(1))]
    renamed = json.loads(json.dumps(UNFINISHED[words]).replace("people", "persons"))
    base.load(*messages, state(renamed), stream_maps=maps)
    assert ids(base) == [1, 2, 3, 4]


@pytest.mark.servers("gateway")
@pytest.mark.parametrize(
    "value",
    [
        {"currently_syncing": None, "bookmarks": {"people": {"xmin": None, "version": 1}}},
        {"bookmarks": {"other": {"progress_markers": {"n": 1}}, "people": {}}},
        {"bookmarks": {"people": {"starting_replication_value": None, "partitions": []}}},
        {"bookmarks": {"people": {"seatable": '{"cursor":null}'}}},
        {"bookmarks": {"people": {"seatable": "no JSON"}}},
        {"bookmarks": {"people": {"seatable": {"cursor": None}}}},
        {"bookmarks": {"people": {"seatable": None}}},
        {"bookmarks": []},
    ],
)
def test_a_state_of_a_finished_stream_lets_rows_be_removed(base, value):
    base.load(PEOPLE, *people(1, 2, 3, 4), DONE)
    base.load(PEOPLE, *people(1), state(value))
    assert ids(base) == [1]


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


def test_rows_that_people_entered_survive(base, stream):
    base.load(stream, *people(1, 2), DONE)
    options = {"options": [{"name": "hand"}, {"name": "other"}]}
    base.base.add_column("people", "by", "single-select", options)
    base.base.append_rows("people", [{"id": 7, "by": "hand"}, {"id": 8, "by": "other"}, {"id": 9}])
    keep = {"people": {"by": ["hand"]}}
    base.load(stream, *people(1), DONE, protected_rows=keep)
    assert ids(base) == [1, 7]
    base.base.append_rows("people", [{"name": "no key"}])
    base.load(stream, *people(1), DONE, protected_rows={"people": {"id": [None]}})
    assert sorted(row["name"] for row in base.rows("people")) == ["no key", "x"]
    with pytest.raises(ConfigError, match="names column 'nope'"):
        base.load(stream, *people(1), DONE, protected_rows={"people": {"nope": [1]}})


KEPT = [
    {"n": ["7"]},
    {"n": [7.0]},
    {"c": ["true"]},
    {"m": [["hand"]]},
    {"d": ["2024-06-05"]},
    {"v": ["hand"], "n": [1, 7]},
    {"v": [""], "n": [None]},
]


@pytest.fixture
def with_hand(base):
    """A table with a row that people entered, of several types."""
    options = {"options": [{"name": "hand"}]}
    types = {"v": "text", "n": "number", "c": "checkbox", "m": "multiple-select", "d": "date"}
    for name, type_ in (("id", "number"), ("name", "text")):
        types = {name: type_, **types}
    base.base.create_table(
        "people",
        [
            {
                "column_name": name,
                "column_type": type_,
                "column_data": options if name == "m" else None,
            }
            for name, type_ in types.items()
        ],
    )
    hand = {"v": "hand", "n": 7, "c": True, "m": ["hand"], "d": "2024-06-05"}
    base.base.append_rows("people", [{"id": 7, **hand}, {"id": 8}])
    return base


@pytest.mark.parametrize("keep", KEPT, ids=str)
def test_values_that_keep_rows_are_read_as_those_of_records(with_hand, stream, keep):
    with_hand.load(stream, *people(1), DONE, protected_rows={"people": keep}, max_delete_fraction=1)
    assert ids(with_hand) == ([1, 8] if None in keep.get("n", ()) else [1, 7])


@pytest.mark.parametrize("keep", [{"n": ["seven"]}, {"c": [5]}, {"m": ["hand"]}, {"m": [5]}])
def test_protected_values_that_no_cell_can_hold_are_an_error(with_hand, caplog, stream, keep):
    keep = {"people": keep}
    sentence = with_hand.fails(caplog, stream, *people(1), DONE, protected_rows=keep)
    assert "protected_rows, column" in sentence
    assert ids(with_hand) == [7, 8]


def test_rows_to_keep_are_named_by_the_table(with_hand, caplog, stream):
    given = {"table_mapping": {"staff": "people"}, "protected_rows": {"people": {"n": [7]}}}
    staff = [{**message, "stream": "staff"} for message in (stream, *people(1))]
    assert "come from stream 'staff'" in with_hand.fails(caplog, *staff, DONE, **given)
    assert ids(with_hand) == [7, 8]


def test_rows_of_the_stream_that_are_kept_are_not_doubled(with_hand, stream):
    keep = {"people": {"v": [None, "hand"]}}
    for _ in range(3):
        with_hand.load(stream, *people(1, 1), DONE, protected_rows=keep)
    of_stream = [1] if stream is PEOPLE else [1, 1]
    assert ids(with_hand) == [*of_stream, 7, 8]


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


# Versions


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


def test_a_schema_with_bookmark_properties_is_refused_before_its_first_row(base, stream, caplog):
    base.load(stream, *people(1, 2, 3, 4), DONE)
    incremental = {**stream, "bookmark_properties": ["updated_at"]}
    sentence = base.fails(caplog, incremental, *people(1, 2, 3, name="new"), DONE)
    assert "bookmark_properties updated_at" in sentence
    assert "Set load_method to upsert" in sentence
    assert {row["name"] for row in base.rows("people")} == {"x"}
    assert base.states == []
    base.load(incremental, *people(5), DONE, load_method="upsert")
    assert ids(base) == [1, 2, 3, 4, 5]


GIVEN: dict[str, dict[str, Any]] = {
    "a bookmark": {"bookmarks": {"people": {"replication_key_value": "2024-06-05"}}},
    "an old bookmark": {"bookmarks": {"people": "2024-06-05"}},
    "a log": {"bookmarks": {"people": {"last_replication_method": "LOG_BASED", "lsn": 5}}},
    "a partition": {"bookmarks": {"people": {"partitions": [{"context": {"n": 1}, "since": 5}]}}},
    "tap-seatable": {"bookmarks": {"people": {"seatable": {"horizon": None}}}},
    "no bookmarks": {"people": "2024-06-05"},
}
WHOLE = {
    "nothing": {},
    "no bookmark": {"bookmarks": {"people": {}}},
    "nothing since": {"bookmarks": {"people": {"replication_key_value": None, "seatable": None}}},
    "a version": {"bookmarks": {"people": {"version": 5, "last_replication_method": "FULL_TABLE"}}},
    "contexts": {"bookmarks": {"people": {"partitions": [{"context": {"n": 1}}]}}},
    "another stream": {"bookmarks": {"other": {"replication_key_value": "5"}, "people": {}}},
    "no stream": {"currently_syncing": None},
}


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("words", GIVEN)
@pytest.mark.parametrize("place", ["before the schema", "behind it", "renamed"])
def test_a_stream_that_resumes_from_a_state_is_refused(base, caplog, words, place):
    base.load(PEOPLE, *people(1, 2, 3, 4), DONE)
    messages = [state(GIVEN[words]), PEOPLE, *people(1, 2, 3), DONE]
    config = {}
    if place == "behind it":
        messages[:2] = PEOPLE, state({"bookmarks": GIVEN[words].get("bookmarks") or GIVEN[words]})
    elif place == "renamed":
        config = {"stream_maps": {"persons": {"__alias__": "people"}}}
        messages = json.loads(json.dumps(messages).replace('"people"', '"persons"'))
    sentence = base.fails(caplog, *messages, **config)
    assert "the source was given a state" in sentence
    assert ids(base) == [1, 2, 3, 4]


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("words", WHOLE)
def test_a_state_of_whole_streams_is_not_in_the_way(base, words):
    base.load(PEOPLE, *people(1, 2, 3, 4), DONE)
    base.load(state(WHOLE[words]), PEOPLE, *people(1, 2, 3), DONE)
    assert ids(base) == [1, 2, 3]


PLACE = {"replication_key_value": "2024-06-05"}
UNDER_WAY = {"progress_markers": {"replication_key_value": "2024-06-05"}}


@pytest.mark.servers("gateway")
@pytest.mark.parametrize(
    ("given", "last", "reason"),
    [
        ({"persons": PLACE}, {"persons": PLACE}, "a place in stream 'persons', which did not come"),
        ({"persons": {}}, {"persons": UNDER_WAY}, "shows stream 'persons' as unfinished"),
        ({"persons": {}}, {"persons": {}}, None),
        ({"persons": PLACE, "people": {}}, {"people": {}}, None),
        ({"other": PLACE}, {"other": UNDER_WAY}, None),
    ],
)
def test_rows_stay_where_a_mapper_may_have_renamed_their_stream(base, caplog, given, last, reason):
    base.load(PEOPLE, *people(1, 2, 3, 4), DONE)
    messages = [
        state({"bookmarks": given}),
        PEOPLE,
        *people(1, 2, 3),
        schema("other", {"n": "integer"}),
    ]
    base.load(
        *messages,
        state({"bookmarks": last}),
        stream_settings={"other": {"load_method": "append-only"}},
    )
    assert ids(base) == [1, 2, 3, *([4] if reason else [])]
    assert reason is None or (reason in caplog.text and REMOVED in caplog.text)


@pytest.mark.servers("gateway")
def test_a_stream_that_a_map_leaves_out_is_not_refused(base):
    incremental = {**PEOPLE, "stream": "log", "bookmark_properties": ["id"]}
    base.load(incremental, PEOPLE, *people(1), DONE, stream_maps={"log": None})
    assert ids(base) == [1]
