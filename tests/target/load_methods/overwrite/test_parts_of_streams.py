"""A stream that comes in part, or is unfinished, removes nothing."""

import json
from typing import Any

import pytest

from tests.target.load_methods.overwrite.people import DONE, PEOPLE, REMOVED, ids, people
from tests.target.singer import schema, state

DRAWN_TOO = True


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
        ({"persons": PLACE}, {"persons": PLACE}, "'persons', which was not received, and none"),
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
