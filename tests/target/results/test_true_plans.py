"""The plan of a dry run has the numbers of the load, whatever the load reads of its own rows."""

import io
import json
from contextlib import redirect_stdout

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_seatable.sinks import table_sink
from tests.target.links.customers_and_orders import BY_ID, CUSTOMERS, ORDERS, customers, with_links
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway", "v1 without SQL")

DONE = state({"n": 1})
WHEN = "2024-01-01T00:00:00Z"
COUNTS = {"add": "added", "change": "changed", "unchanged": "unchanged", "delete": "deleted",
          "mark": "marked", "skip": "skipped"}  # fmt: skip


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    """So that a load reads rows of its own."""
    monkeypatch.setattr(table_sink, "SAMPLE", 4)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 4)


def rows_by_table(base):
    tables = base.base.metadata()["metadata"]["tables"]
    return {table["name"]: base.base.rows(table["name"]) for table in tables}


def numbers(planned):
    return {
        stream["stream"]: {name: stream[name] for name in (*COUNTS, "refuse")}
        for stream in planned["streams"]
    }


def run(base, messages, config):
    """Load; returns the counts by stream, and the error with which the load ended."""
    target = base.target(**config)
    error = None
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    with redirect_stdout(io.StringIO()):
        try:
            target.run(io.BytesIO(lines.encode()))
        except Exception as failure:  # noqa: BLE001  (compared with that of the dry run)
            error = failure
    report = target._report
    done = {
        stream: {
            **{name: getattr(stats, attribute) for name, attribute in COUNTS.items()},
            "refuse": report.rejected.counts[stream],
        }
        for stream, stats in report.streams()
    }
    return done, error


def check(base, plan, messages, **config):
    """The plan and then the load of the same input have equal numbers; returns them."""
    plan.unlink(missing_ok=True)
    before = rows_by_table(base)
    base.sandbox.calls.clear()
    _, expected = run(base, messages, {**config, "dry_run": True, "plan_path": str(plan)})
    assert rows_by_table(base) == before
    assert base.writes == []
    if not plan.exists():
        assert type(run(base, messages, config)[1]) is type(expected)
        return {}
    found = json.loads(plan.read_text("utf-8"))
    done, error = run(base, messages, config)
    assert type(error) is type(expected)
    empty = dict.fromkeys([*COUNTS, "refuse"], 0)
    assert numbers(found) == {stream: done.get(stream, empty) for stream in numbers(found)}
    return numbers(found)


def keyed(columns=(), tags=("a", "b")):
    properties = {"id": "integer", "name": "string", "n": "integer", "tag": {"enum": [*tags, None]}}
    return schema("p", {**properties, **dict.fromkeys(columns, "string")}, ["id"])


ROW = st.fixed_dictionaries(
    {"id": st.integers(1, 8)},
    optional={
        "name": st.sampled_from(["x", "y", None, ""]),
        "tag": st.sampled_from(["a", "b", "c", None]),
        "n": st.sampled_from([1, 2, None, "bad"]),
        "_sdc_deleted_at": st.sampled_from([None, None, WHEN]),
    },
)
POLICIES = st.sampled_from(["always", "if_empty", "on_insert", "never"])
CONFIG = st.fixed_dictionaries(
    {"max_rejected_records": st.just(100)},
    optional={
        "load_method": st.sampled_from(
            ["upsert", "update-only", "insert-only", "append-only", "overwrite"]
        ),
        "write_policy": st.fixed_dictionaries(
            {"p": st.dictionaries(st.sampled_from(["name", "tag", "n"]), POLICIES)}
        ),
        "schema_contract": st.sampled_from(["evolve", "freeze", "drop_value", "drop_row"]),
        "on_ambiguous_key": st.sampled_from(["error", "first", "all"]),
        "hard_delete": st.booleans(),
        "skip_unchanged": st.booleans(),
        "add_record_metadata": st.booleans(),
        "add_columns": st.booleans(),
        "batch_size_rows": st.sampled_from([1, 2, 5]),
        "max_delete_fraction": st.sampled_from([0.5, 1.0]),
    },
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    before=st.lists(ROW, max_size=8),
    doubled=st.lists(st.integers(1, 8), max_size=2),
    after=st.tuples(st.lists(ROW, max_size=12), st.lists(ROW, max_size=8)),
    config=CONFIG,
    has_versions=st.booleans(),
)
def test_a_plan_has_the_numbers_of_the_load(
    make, seatable, plan, before, doubled, after, config, has_versions
):
    base, (first, second) = make(seatable), after

    def versioned(version, rows):
        mine = {"version": version} if has_versions else {}
        return [{**record("p", **row), **mine} for row in rows]

    def activated(version):
        message = {"type": "ACTIVATE_VERSION", "stream": "p", "version": version}
        return [message] if has_versions else []

    if before:
        there = [row for row in before if not row.get("_sdc_deleted_at")]
        metadata = bool(config.get("add_record_metadata"))
        base.load(keyed(), *versioned(1, there), *activated(1), DONE, max_rejected_records=100,
                  add_record_metadata=metadata)  # fmt: skip
        if "p" in rows_by_table(base) and doubled:
            base.base.append_rows("p", [{"id": key, "name": "twice"} for key in doubled])
    messages = [keyed(tags="abc"), *versioned(2, first)]
    if second:
        messages += [keyed(["more"], tags="abc"), *versioned(2, second)]
    check(base, plan, [*messages, *activated(2), DONE], **config)


# What is read of rows that the load has written


def test_rows_that_a_new_version_brings_are_not_removed(base, plan):
    def version(number, rows):
        return [keyed(), *({**record("p", id=row, name="x"), "version": number} for row in rows),
                {"type": "ACTIVATE_VERSION", "stream": "p", "version": number}, DONE]  # fmt: skip

    base.load(*version(1, range(6)), add_record_metadata=True)
    found = check(base, plan, version(2, range(1, 8)), add_record_metadata=True, hard_delete=True)
    assert (found["p"]["add"], found["p"]["change"], found["p"]["delete"]) == (2, 5, 1)


def test_rows_of_a_schema_that_ended_are_known(base, plan):
    records = [record("p", id=key, name="x") for key in range(5)]
    messages = [keyed(), *records, keyed(["more"]), *records, DONE]
    for method in ("upsert", "overwrite"):
        found = check(base, plan, messages, load_method=method)
    assert found["p"]["add"] == 0


def test_a_cell_that_the_load_has_filled_is_not_filled_again(base, plan):
    base.load(keyed(), record("p", id=1), DONE)
    again = [record("p", id=1, name=name) for name in ("x", "y")]
    fillers = [record("p", id=key, name="x") for key in range(10, 16)]
    policy = {"p": {"name": "if_empty"}}
    check(base, plan, [keyed(), again[0], *fillers, again[1], DONE], write_policy=policy)


def test_a_record_of_some_cells_comes_again(base, plan):
    """Servers that do not tell the ids of new rows have them looked up."""
    found = check(base, plan, [keyed(), *(record("p", id=1) for _ in range(9)), DONE])
    assert found["p"]["add"] == 1


def test_elements_that_a_later_record_lacks_are_removed(base, plan):
    parts = {"type": "array", "items": {"properties": {"k": {"type": "integer"}}}}
    trips = schema("trips", {"id": "integer", "parts": parts}, ["id"])
    config = {"nested": "table", "hard_delete": True, "key_properties": {"trips__parts": ["k"]}}

    def trip(key, *own):
        return record("trips", id=key, parts=[{"k": part} for part in own])

    base.load(trips, trip(1, 1, 2), trip(2, 1), DONE, **config)
    fillers = [[trip(key, 1) for key in range(start, start + 6)] for start in (10, 20)]
    first, second = [trip(1, 2, 3), *fillers[0], trip(1, 2)], [trip(3, 1, 2), *fillers[1]]
    found = check(base, plan, [trips, *first, *second, trip(3, 2), DONE], **config)
    assert found["trips__parts"]["delete"] == 3


def test_links_that_a_dry_run_does_not_look_up_are_not_said_to_stay(base, plan):
    with_links(base)
    base.load(CUSTOMERS, *customers(1, 2), ORDERS, record("orders", no=1, customer=1), links=BY_ID)
    messages = [ORDERS, record("orders", no=1, customer=2), DONE]
    base.load(*messages, links=BY_ID, dry_run=True, plan_path=str(plan))
    (stream,) = json.loads(plan.read_text("utf-8"))["streams"]
    (link,) = (column for column in stream["columns"] if column["type"] == "link")
    assert link["changed"] is None
