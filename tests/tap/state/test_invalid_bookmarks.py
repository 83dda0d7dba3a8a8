"""States that are not what this table left: a full read and one warning, never silence."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seatable_sandbox import Sandbox
from singer_seatable.contract import STATE_KEY
from tap_seatable.state.bookmark import FORMAT
from tests.tap.support import (
    config_of,
    longest_list,
    make_table,
    memory_of,
    read,
    run_command,
)

ROWS = 20


@pytest.fixture(scope="module", params=["list", "sketches"])
def place(request):
    """A base with a table that nobody edits, a configuration and the state of a run."""
    rows = ROWS if request.param == "list" else ROWS - 1
    with Sandbox() as sandbox:
        base = sandbox.create_base("Doubt")
        make_table(base, "T", ROWS)
        config = config_of(sandbox, base, sketch_capacity=16)
        with longest_list(rows):
            yield base, config, read(config).state


def marks_of(state):
    return state["bookmarks"]["T"]


def assert_read_whole(run, rows=ROWS):
    assert run.error == ""
    assert len(run.log_lines("Stream 'T': full sync, because")) == 1
    assert len(run.ids("T")) == len(set(run.ids("T"))) == rows
    [activation] = run.messages_of("ACTIVATE_VERSION")
    assert {message["version"] for message in run.messages_of("RECORD")} == {activation["version"]}
    assert memory_of(run.state)["rows"] == rows


def test_an_unchanged_state_is_used(place):
    _, config, state = place
    run = read(config, state=state)
    assert run.log_lines("full sync, because") == []
    assert run.records("T") == []


def test_the_state_after_an_invalid_one_is_used(place):
    _, config, state = place
    damaged = copy.deepcopy(state)
    memory_of(damaged)["rows"] = 7
    again = read(config, state=read(config, state=damaged).state)
    assert again.log_lines("full sync, because") == []
    assert again.records("T") == []


# Somebody else's


def test_a_state_of_another_base(place):
    _, _, state = place
    with Sandbox() as sandbox:
        other = sandbox.create_base("Doubt")
        make_table(other, "T", 3)
        run = read(config_of(sandbox, other, sketch_capacity=16), state=state)
    assert_read_whole(run, 3)
    assert run.log_lines("full sync, because the state is of another base")


def test_a_state_of_another_table_of_the_same_name(sandbox, base, config):
    make_table(base, "T", 5)
    state = read(config).state
    base.create_table("Only so that one is left", [])
    base.delete_table("T")
    sandbox.clock.advance(1)
    base.create_table("In between", [])
    make_table(base, "T", 4)
    run = read({**config, "tables": ["T"]}, state=state)
    assert_read_whole(run, 4)
    assert run.log_lines("full sync, because the state is of another table")


def test_tables_that_swap_their_names(base, config):
    make_table(base, "T", 5)
    make_table(base, "U", 6)
    state = read(config).state
    base.rename_table("T", "V")
    base.rename_table("U", "T")
    base.rename_table("V", "U")
    run = read(config, state=state)
    assert len(run.log_lines("full sync, because")) == 2
    assert (len(run.ids("T")), len(run.ids("U"))) == (6, 5)


@pytest.mark.parametrize("number", [FORMAT - 1, FORMAT + 1, None, "1", 1.5, [1]])
def test_a_state_of_another_version(place, number):
    _, config, state = place
    state = copy.deepcopy(state)
    memory_of(state)["format"] = number
    run = read(config, state=state)
    assert_read_whole(run)
    assert run.log_lines("full sync, because the state is of another version of this tap")


@pytest.mark.parametrize(
    "marks",
    [
        {"replication_key": "_mtime", "replication_key_value": "2024-01-01T00:00:00.000+00:00"},
        {"replication_key_value": "2999-01-01T00:00:00Z"},
        {"replication_key_value": 17},
        {"replication_key": "_mtime", "replication_key_value": "2024-01-01", STATE_KEY: None},
    ],
)
def test_a_plain_bookmark(place, marks):
    _, config, _ = place
    assert_read_whole(read(config, state={"bookmarks": {"T": marks}}))


@pytest.mark.parametrize("value", ["2020-01-01T00:00:00.000+00:00", None, "", 0, []])
def test_a_bookmark_that_was_changed_by_hand_counts(place, value):
    """Who sets it back, or away, wants rows again, whatever else the state remembers."""
    _, config, state = place
    state = copy.deepcopy(state)
    marks_of(state)["replication_key_value"] = value
    assert_read_whole(read(config, state=state))


# Damage


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
FIELDS = [
    "version",
    "operation_at",
    "contents_known",
    "stream_version",
    "fingerprint",
    "columns",
    "horizon",
    "compared_at",
    "rows",
    "capacity",
    "row_ids",
    "row_digests",
    "ids",
    "pairs",
    "cursor",
    "ahead",
    "names",
    "silent",
    "check",
]


LEFT_OUT = {
    *("operation_at", "contents_known", "row_ids", "row_digests", "ids", "pairs"),
    *("cursor", "ahead", "names", "silent"),
}
"""Fields that a bookmark need not have."""


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(FIELDS), value=ANYTHING)
@example("capacity", 10**12)
@example("capacity", -16)
@example("capacity", -(10**12))
@example("stream_version", 10**40)
@example("version", 2**70)
@example("version", 0)
@example("rows", -1)
@example("horizon", "2999-01-01T00:00:00.000+00:00")
@example("horizon", "0001-01-01T00:00:00+14:00")
@example("compared_at", "9999-12-31T23:59:59-14:00")
@example("compared_at", "2026-01-01T00:00:00")
@example("cursor", "AAAAAAAAAAAAAAAAAAAAAA")
@example("cursor", 5)
@example("cursor", "' OR ''='")
@example("ahead", "zzzzzzzzzzzzzzzzzzzzzz")
@example("row_ids", "")
@example("row_digests", "")
@example("row_digests", "💥")
@example("ids", "")
@example("ids", "💥")
def test_a_value_that_was_damaged(place, name, value):
    _, config, state = place
    state = copy.deepcopy(state)
    former = memory_of(state).get(name)
    if type(former) is type(value) and former == value and name in memory_of(state):
        return
    memory_of(state)[name] = value
    assert_read_whole(read(config, state=state))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("place_of_damage", [0, 50, 150, -5])
def test_emitted_rows_with_one_letter_changed(place, first, place_of_damage):
    _, config, state = place
    state = copy.deepcopy(state)
    names = {"row_ids", "row_digests", "ids", "pairs"}.intersection(memory_of(state))
    name = sorted(names)[0 if first else 1]
    text = list(memory_of(state)[name])
    text[place_of_damage] = "A" if text[place_of_damage] != "A" else "B"
    memory_of(state)[name] = "".join(text)
    assert_read_whole(read(config, state=state))


@pytest.mark.parametrize("name", ["format", "base", "table", *FIELDS])
def test_a_value_that_is_missing(place, name):
    _, config, state = place
    state = copy.deepcopy(state)
    if name in memory_of(state):
        del memory_of(state)[name]
    else:
        assert name in LEFT_OUT
        memory_of(state)[name] = None
    assert_read_whole(read(config, state=state))


@pytest.mark.parametrize(
    "bookmark",
    ["text", "", "{", "8", "[" * 10**5, '{"format": 1}', 7, [1], True, {}, {"format": 1}],
)
def test_a_bookmark_of_another_form_is_not_used(place, bookmark):
    _, config, state = place
    state = copy.deepcopy(state)
    marks_of(state)[STATE_KEY] = bookmark
    assert_read_whole(read(config, state=state))


def test_fields_of_two_states_mixed(base, config):
    """What a merge of states could make, if some keys were in one of them only."""
    make_table(base, "T", 5)
    first = read(config).state
    base.append_rows("T", [{"Amount": 1}])
    second = read(config, state=first).state
    for name in FIELDS:
        if memory_of(first).get(name) != memory_of(second).get(name):
            mixed = copy.deepcopy(second)
            memory_of(mixed)[name] = memory_of(first).get(name)
            assert_read_whole(read(config, state=mixed), 6)


@pytest.mark.parametrize("place_of_damage", [1, 20, -1])
def test_a_text_with_one_letter_changed(place, place_of_damage):
    _, config, state = place
    state = copy.deepcopy(state)
    memory_of(state)
    text = list(json.dumps(marks_of(state)[STATE_KEY]))
    text[place_of_damage] = "A"
    marks_of(state)[STATE_KEY] = "".join(text)
    assert_read_whole(read(config, state=state))


# Forms that are no state at all


@pytest.mark.parametrize("marks", ["text", 7, [1], True])
def test_a_bookmark_that_is_no_object(place, marks):
    _, config, _ = place
    assert_read_whole(read(config, state={"bookmarks": {"T": marks}}))


@pytest.mark.parametrize("bookmarks", ["text", 7, [1], ["T"], True])
def test_bookmarks_that_are_no_object(place, bookmarks):
    _, config, _ = place
    run = read(config, state={"bookmarks": bookmarks})
    assert run.error == ""
    assert len(run.ids("T")) == ROWS
    assert len(run.log_lines("The state")) == 1


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"bookmarks": None},
        {"bookmarks": {}},
        {"bookmarks": {"T": None}},
        {"bookmarks": {"T": {}}},
        {"bookmarks": {"T": {"replication_key": None, "replication_key_value": None}}},
        {"bookmarks": {"T": {"replication_key_value": None, STATE_KEY: None}}},
        {"currently_syncing": "T"},
    ],
)
def test_an_empty_state_is_a_first_run_without_a_warning(place, state):
    _, config, _ = place
    run = read(config, state=state)
    assert run.error == ""
    assert len(run.ids("T")) == ROWS
    assert run.log_lines("full sync, because") == []


@pytest.mark.parametrize(
    "marks",
    [
        {"progress_markers": None},
        {"progress_markers": "x"},
        {"progress_markers": {"Note": "Progress is not resumable if interrupted."}},
        {"partitions": None},
        {"partitions": "x"},
        {"partitions": [{"context": {"a": 1}}]},
        {"partitions": [None, 3]},
    ],
)
def test_what_other_taps_leave_beside_a_state_does_no_harm(place, marks):
    _, config, state = place
    state = copy.deepcopy(state)
    marks_of(state).update(marks)
    run = read(config, state=state)
    assert run.error == ""
    assert run.records("T") == []


def test_states_of_streams_that_are_not_of_this_run_stay(place):
    _, config, state = place
    others = {"Gone": {"replication_key_value": "x", STATE_KEY: {"any": 1}}}
    state = {"bookmarks": {**state["bookmarks"], **others}}
    assert read(config, state=state).state["bookmarks"]["Gone"] == others["Gone"]


def test_the_command_reports_it_in_a_sentence(tmp_path, place):
    _, config, state = place
    state = copy.deepcopy(state)
    memory_of(state)["rows"] = 3
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "state.json").write_text(json.dumps(state))
    ended = run_command(
        *("--config", str(tmp_path / "config.json")), *("--state", str(tmp_path / "state.json"))
    )
    assert ended.code == 0
    assert ended.log.count("full sync, because the state is damaged") == 1
    assert "Traceback" not in ended.log
