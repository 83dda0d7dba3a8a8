"""A plan is applied only to a base that has not moved, and to the input that was planned."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.errors import ErrorKind
from tests.target.results.plans import PEOPLE, everything, people, planned
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")
OTHER = schema("other", {"id": "integer"}, ["id"])


def test_a_plan_is_applied(base, plan, caplog):
    base.load(OTHER, record("other", id=1))
    caplog.set_level("INFO")
    messages = [PEOPLE, *people(1, 2), OTHER, record("other", id=2), state({"n": 1})]
    found = planned(base, plan, *messages)
    base.load(*messages, plan_path=str(plan))
    assert [row["id"] for row in base.rows("people")] == [1, 2]
    assert base.states == [{"n": 1}]
    assert "not that of the plan" not in caplog.text
    assert [stream["add"] for stream in found["streams"]] == [2, 1]
    sentence = base.fails(caplog, *messages, plan_path=str(plan))
    assert "has changed since the plan was made" in sentence


def test_what_moved_is_told_and_nothing_is_written(base, plan, caplog):
    base.load(PEOPLE, *people(1), OTHER, record("other", id=1))
    planned(base, plan, PEOPLE, *people(1, 2))
    base.base.append_rows("other", [{"id": 5}])
    before = everything(base)
    sentence = base.fails(caplog, PEOPLE, *people(1, 2), state({}), plan_path=str(plan))
    assert f"its counter of operations was {before[0] - 1} and is {before[0]}" in sentence
    assert "in table 'other'" in sentence
    assert "'people'" not in sentence
    assert base.exit_code == ErrorKind.DATA.exit_code
    assert everything(base) == before
    assert base.states == []
    assert base.writes == []


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_is_written_after_any_move(make, seatable, tmp_path, data):
    """Whatever somebody does between the plan and its run, and only then."""
    base, plan = make(seatable), tmp_path / "plan.json"
    base.load(PEOPLE, *people(1, 2))
    messages = [PEOPLE, *people(2, 3, name="new")]
    planned(base, plan, *messages)
    moves = {
        "append": lambda: base.base.append_rows("people", [{"id": 3}]),
        "delete": lambda: base.base.delete_rows(
            "people", [row["_id"] for row in base.base.rows("people")][:1]
        ),
        "load": lambda: base.load(OTHER, record("other", id=1)),
        "none": lambda: None,
    }
    names = data.draw(st.lists(st.sampled_from(sorted(moves)), max_size=3))
    for name in names:
        moves[name]()
    before = everything(base)
    if {*names} <= {"none"}:
        base.load(*messages, plan_path=str(plan))
        assert [row["id"] for row in base.rows("people")] == [1, 2, 3]
        return
    with pytest.raises(Exception, match="has changed since the plan was made"):
        base.load(*messages, plan_path=str(plan))
    assert everything(base) == before


def test_secrets_and_the_run_as_such_may_be_others(base, plan):
    planned(base, plan, PEOPLE, *people(1), api_token=base.base.read_only_token)
    base.load(PEOPLE, *people(1), plan_path=str(plan), concurrency=1, max_rejected_records=3)
    assert len(base.rows("people")) == 1
    assert base.base.read_only_token not in plan.read_text("utf-8")
    assert base.base.api_token not in plan.read_text("utf-8")


BAD = [
    (None, "There is no plan to apply"),
    ("", "is not a plan, or was damaged"),
    ("id,name\n1,Ada\n", "is not a plan, or was damaged"),
    ('{"format": "target-seatable-plan", "version": 2}', "has version 2"),
    ('{"format": "target-seatable-plan", "version": 1}', "was damaged"),
    ("[1]", "is not a plan, or was damaged"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_a_plan_that_is_none(base, plan, caplog, text, words):
    if text is not None:
        plan.write_text(text)
    sentence = base.fails(caplog, PEOPLE, *people(1), plan_path=str(plan))
    assert words in sentence
    assert "Nothing was written" in sentence
    assert base.exit_code == ErrorKind.CONFIGURATION.exit_code
    assert "people" not in everything(base)[1]


def test_a_plan_that_was_cut_off_is_told(base, plan, caplog):
    planned(base, plan, PEOPLE, *people(1))
    plan.write_text(plan.read_text("utf-8")[:-20], "utf-8")
    assert "damaged" in base.fails(caplog, PEOPLE, *people(1), plan_path=str(plan))


def test_a_plan_of_another_base_or_of_other_settings(base, make, sandbox, plan, caplog):
    other = make(sandbox)
    planned(other, plan, PEOPLE, *people(1))
    sentence = base.fails(caplog, PEOPLE, *people(1), plan_path=str(plan))
    assert f"for base {other.base.name!r}" in sentence
    sentence = other.fails(caplog, PEOPLE, *people(1), plan_path=str(plan), locale="de_DE",
                           hard_delete=True)  # fmt: skip
    assert "made with other settings: hard_delete, locale." in sentence
    assert other.exit_code == ErrorKind.CONFIGURATION.exit_code
    assert "people" not in everything(other)[1]


ONE_MORE = schema("people", {"id": "integer", "name": "string", "born": "string",
                             "more": "string"}, ["id"])  # fmt: skip
DATED = schema("people", {"id": "integer", "name": "string", "born": "integer"}, ["id"])
OTHERS = [
    ([OTHER, record("other", id=1)], "stream 'other' is not in the plan"),
    ([ONE_MORE, *people(1)], "stream 'people' has properties that are not in it: 'more'"),
    ([DATED, *people(1)], "column 'born' of table 'people' would be made as number"),
    ([{**PEOPLE, "key_properties": ["name"]}, *people(1)], "stream 'people' has another key"),
]


@pytest.mark.parametrize(("messages", "words"), OTHERS)
def test_an_input_that_was_not_planned(base, plan, caplog, messages, words):
    planned(base, plan, PEOPLE, *people(1))
    before = everything(base)
    sentence = base.fails(caplog, *messages, state({}), plan_path=str(plan))
    assert words in sentence
    assert base.exit_code == ErrorKind.DATA.exit_code
    assert everything(base) == before
    assert base.states == []


def test_other_rows_than_planned_are_told(base, plan, caplog):
    base.load(PEOPLE, *people(1))
    planned(base, plan, PEOPLE, *people(1, 2))
    base.load(PEOPLE, *people(1, 2, 3), plan_path=str(plan))
    assert (
        "the plan has 1 row added, 0 changed and 0 removed, and the load has 2 rows added, 0 "
        "changed and 0 removed." in caplog.text
    )


def test_a_planned_stream_that_brings_nothing_is_told(base, plan, caplog):
    messages = [PEOPLE, *people(1), OTHER, record("other", id=1)]
    planned(base, plan, *messages)
    base.load(*messages[:2], plan_path=str(plan))
    assert (
        "Stream 'other': the plan has 1 row added, 0 changed and 0 removed, and the load has 0 rows"
        in caplog.text
    )
    assert "Stream 'people': the plan has" not in caplog.text


def test_an_empty_input_is_not_that_of_the_plan(base, plan, caplog):
    assert "There is no plan to apply" in base.fails(caplog, plan_path=str(plan))
    planned(base, plan, PEOPLE, *people(1, 2))
    base.load(plan_path=str(plan))
    assert "'people': the plan has 2 rows added, 0 changed and 0 removed, and" in caplog.text
    assert base.base.metadata()["metadata"]["tables"] == []


def test_other_rows_removed_than_planned_are_told(base, plan, caplog):
    base.load(PEOPLE, *people(1, 2, 3))
    gone = [record("people", id=key, _sdc_deleted_at="2024-01-01T00:00:00Z") for key in (1, 2)]
    planned(base, plan, PEOPLE, *gone, hard_delete=True)
    base.load(PEOPLE, *gone[:1], hard_delete=True, plan_path=str(plan))
    assert "0 changed and 2 removed, and the load has 0 rows added, 0 changed and 1 removed" in (
        caplog.text
    )


def test_no_more_rows_are_removed_than_planned(base, plan, caplog):
    base.load(PEOPLE, *people(*range(10)), state({}))
    config = {"load_method": "overwrite", "plan_path": str(plan)}
    base.load(PEOPLE, *people(*range(9)), state({}), dry_run=True, **config)
    sentence = base.fails(caplog, PEOPLE, *people(*range(8)), state({}), **config)
    assert "2 rows would be removed, and the plan has 1" in sentence
    assert len(base.rows("people")) == 10
    base.load(PEOPLE, *people(*range(9)), state({}), **config)
    assert len(base.rows("people")) == 9


def test_a_plan_without_records_of_a_stream(base, plan):
    texts = schema("texts", {"a": "string"})
    planned(base, plan, PEOPLE, *people(1), texts)
    base.load(PEOPLE, *people(1), texts, plan_path=str(plan))
    assert len(base.rows("people")) == 1


@pytest.mark.parametrize("method", ["upsert", "append-only"])
def test_tombstones_links_and_arrays_are_part_of_a_plan(base, plan, method):
    parts = {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}}
    trips = schema("trips", {"id": "integer", "parts": parts}, ["id"])
    if method == "upsert":
        base.load(PEOPLE, *people(1))
    messages = [PEOPLE, *people(2)]
    if method == "upsert":
        messages += [
            record("people", id=1, _sdc_deleted_at="2024-01-01T00:00:00Z"),
            trips, record("trips", id=1, parts=[{"n": 1}, {"n": 2}]),
        ]  # fmt: skip
    config = {"nested": "table", "load_method": method} if method == "upsert" else {
        "load_method": method}  # fmt: skip
    planned(base, plan, *messages, state({}), **config)
    base.load(*messages, state({}), plan_path=str(plan), **config)
    assert 2 in [row["id"] for row in base.rows("people")]
    if method == "upsert":
        assert len(base.rows("trips__parts")) == 2
