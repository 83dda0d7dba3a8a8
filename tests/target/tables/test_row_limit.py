"""What a base has no room for is said before it is sent."""

from __future__ import annotations

import pytest

from seatable_client.errors import ErrorKind
from seatable_sandbox import Fault, Sandbox
from target_seatable.settings import SUBSCRIPTIONS, config
from target_seatable.tables import row_limit
from tests.servers import SERVERS, WITH_SQL, others
from tests.target.singer import record, schema, state

PEOPLE = schema("people", {"id": "integer", "name": "string"}, ["id"])
PLACES = schema("places", {"id": "integer"}, ["id"])


def people(*ids, **cells):
    return [record("people", id=key, **cells) for key in ids]


def places(*ids):
    return [record("places", id=key) for key in ids]


@pytest.fixture(params=WITH_SQL)
def base(request, make):
    """A base that takes 50 rows, as its settings say; the server would take more."""
    with Sandbox(**SERVERS[request.param]) as sandbox:
        yield make(sandbox, row_limit=50, batch_size_rows=10)


def count(base):
    return {table: len(base.rows(table)) for table in ("people", "places") if table in names(base)}


def names(base):
    return {table["name"] for table in base.base.metadata()["metadata"]["tables"]}


@pytest.mark.parametrize("method", ["append-only", "upsert", "overwrite"])
def test_what_fits_is_stored_and_the_rest_not_sent(base, caplog, method):
    states = [state({"n": number}) for number in range(8)]
    # The first batch is as large as it takes to see what is in a stream.
    base.load(PEOPLE, *people(1), state({"n": 0}))
    messages = [
        message
        for number in range(1, 8)
        for message in (*people(*range(number * 10, number * 10 + 10)), states[number])
    ]
    sentence = base.fails(caplog, PEOPLE, *messages, load_method=method, max_delete_fraction=1)
    assert "Table 'people'" in sentence
    assert f"base {base.base.name!r} has" in sentence
    assert "of the 50 that row_limit" in sentence
    assert len(base.rows("people")) <= 50
    assert base.rejections() == []
    stored = {row["id"] for row in base.rows("people")}
    for emitted in base.states:
        assert {*range(10, emitted["n"] * 10 + 10)} <= stored


def test_the_rows_of_all_tables_count(base, caplog):
    base.load(PEOPLE, *people(*range(30)), PLACES, *places(*range(15)))
    sentence = base.fails(caplog, PLACES, *places(*range(100, 106)))
    assert "6 more rows would be added" in sentence
    assert "has 45 of the 50" in sentence
    base.load(PLACES, *places(*range(100, 105)))
    assert count(base) == {"people": 30, "places": 20}


@pytest.mark.parametrize("concurrency", [1, 4])
def test_two_streams_of_one_run_share_the_room(base, caplog, concurrency):
    """Streams that are sent at once may take it in any order; a state waits for what it counts."""
    messages = [PEOPLE, *people(*range(30)), state({"n": 1}), PLACES, *places(*range(30))]
    sentence = base.fails(caplog, *messages, concurrency=concurrency)
    stored = count(base)
    assert sorted(stored.values()) == [0, 30]
    assert stored["people"] or concurrency > 1
    refused = "places" if stored["people"] else "people"
    assert f"Table {refused!r}" in sentence
    assert base.states == ([{"n": 1}] if stored["people"] else [])


def test_a_full_base_can_be_changed_and_emptied(base):
    base.load(PEOPLE, *people(*range(50)))
    base.load(PEOPLE, *people(*range(50), name="new"))
    assert {row["name"] for row in base.rows("people")} == {"new"}
    gone = [record("people", id=key, _sdc_deleted_at="2024-06-05T10:20:00Z") for key in range(20)]
    base.load(PEOPLE, *gone, hard_delete=True)
    base.load(PEOPLE, *people(*range(100, 120)))
    assert len(base.rows("people")) == 50


def test_rows_that_a_run_deletes_make_room_in_it(base):
    base.load(PEOPLE, *people(*range(45)))
    gone = [record("people", id=key, _sdc_deleted_at="2024-06-05T10:20:00Z") for key in range(20)]
    base.load(PEOPLE, *people(100, 101), *gone, *people(*range(200, 220)), hard_delete=True)
    assert len(base.rows("people")) == 47


def test_archived_rows_take_no_room(base):
    base.base.enable_big_data()
    base.load(PEOPLE, *people(*range(40)))
    base.base.archive_rows("people", [row["_id"] for row in base.base.rows("people")][:30])
    base.load(PEOPLE, *people(*range(100, 140)))
    assert len(base.rows("people")) == 80


def test_a_run_that_adds_little_counts_nothing(base):
    base.load(PEOPLE, *people(*range(40)))
    base.load(PEOPLE, *people(1, name="new"), row_limit=5_000)
    base.load(PEOPLE, *people(2, name="new"), *people(*range(100, 140)), row_limit=5_000)
    calls = base.calls
    base.load(PEOPLE, *people(3, name="new"), *people(*range(200, 240)), row_limit=0)
    assert base.calls == calls


def test_the_limit_can_be_left_to_the_server(base):
    base.load(PEOPLE, *people(*range(80)), row_limit=0)
    assert len(base.rows("people")) == 80


def test_rows_of_links_and_arrays_count_too(base, caplog):
    nested = schema(
        "people",
        {
            "id": "integer",
            "pets": {
                "type": "array",
                "items": {"type": "object", "properties": {"name": {"type": "string"}}},
            },
        },
        ["id"],
    )
    pets = [{"name": str(number)} for number in range(60)]
    sentence = base.fails(caplog, nested, record("people", id=1, pets=pets), nested="table")
    assert "Table 'people__pets'" in sentence
    assert "60 more rows" in sentence


def test_a_dry_run_goes_on_and_fails_in_the_end(base, caplog):
    caplog.set_level("INFO")
    base.load(PEOPLE, *people(*range(45)))
    sentence = base.fails(caplog, PEOPLE, *people(*range(100)), dry_run=True)
    assert "more rows would be added" in sentence
    assert "Nothing was stored" in sentence
    assert "in a real run 55 rows added" in caplog.text
    assert len(base.rows("people")) == 45


def test_a_dry_run_says_how_many_calls_loading_takes(base, caplog):
    caplog.set_level("INFO")
    base.load(PEOPLE, *people(*range(25)), dry_run=True)
    # A table and its columns, and three batches.
    assert "Loading would take 4 more, to write." in caplog.text


@pytest.mark.parametrize("kind", others(WITH_SQL))
def test_where_counting_would_send_every_row_it_is_left_to_the_server(make, kind, caplog):
    with Sandbox(**SERVERS[kind], max_rows_per_base=50) as sandbox:
        base = make(sandbox, row_limit=50, batch_size_rows=10)
        base.load(PEOPLE, *people(*range(45)), state({"n": 1}))
        sentence = base.fails(caplog, PEOPLE, *people(*range(100, 120)), state({"n": 2}))
        assert "Exceed the rows limit" in sentence
        assert base.states == []
        assert base.rejections() == []


# Calls


@pytest.mark.parametrize("method", ["append-only", "upsert"])
def test_a_batch_that_takes_more_calls_than_are_left_is_not_begun(make, caplog, method):
    with Sandbox(requests_per_day=50) as sandbox:
        base = make(sandbox, batch_size_rows=10, load_method=method)
        sentence = base.fails(caplog, PEOPLE, *people(*range(900)), state({"n": 1}))
        assert "takes 90 calls, and SeaTable leaves" in sentence
        assert "None of them was sent" in sentence
        assert base.rows("people") == []
        assert base.states == []


def test_calls_that_are_back_within_the_minute_are_waited_for(make):
    with Sandbox(requests_per_minute=200) as sandbox:
        base = make(sandbox, batch_size_rows=10)
        base.load(PEOPLE, *people(*range(100)))
        assert len(base.rows("people")) == 100
        assert sandbox.calls
        sandbox.inject(Fault("status", path="/rows/", status=429, retry_after=0))
        base.load(PEOPLE, *people(*range(200)))
        assert len(base.rows("people")) == 200


@pytest.mark.parametrize("action", ["change", "delete", "mark"])
def test_changes_that_take_more_calls_than_are_left_are_not_begun(make, caplog, action):
    with Sandbox(requests_per_day=60) as sandbox:
        base = make(sandbox, batch_size_rows=10)
        base.base.create_table("people", [{"column_name": "id", "column_type": "number"}])
        base.base.add_column("people", "name", "text")
        base.base.append_rows("people", [{"id": key, "name": "old"} for key in range(900)])
        cells = (
            {"name": "new"} if action == "change" else {"_sdc_deleted_at": "2024-06-05T10:20:00Z"}
        )
        size = 1 if action == "delete" else 10
        records = [record("people", id=key, **cells) for key in range(900)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("target_seatable.load_methods.batch_writer.DELETE_LIMIT", size)
            sentence = base.fails(caplog, PEOPLE, *records, hard_delete=action == "delete")
        assert "calls, and SeaTable leaves" in sentence
        assert action.replace("mark", "change") + " 900 rows of table 'people'" in sentence
        assert [row["name"] for row in base.rows("people")] == ["old"] * 900


# Plans of SeaTable


@pytest.fixture
def whole(make):
    """A base without a limit of its own, and a smallest plan that ends at 100 rows."""
    with Sandbox(**SERVERS["gateway"]) as sandbox:
        yield make(sandbox, batch_size_rows=10)


@pytest.fixture
def small(monkeypatch):
    free = SUBSCRIPTIONS["free"]._replace(row_limit=100, monthly_calls=20)
    for module in (config, row_limit):
        monkeypatch.setattr(module, "SUBSCRIPTIONS", {**SUBSCRIPTIONS, "free": free})
    monkeypatch.setattr(row_limit, "SMALLEST", free)


def test_the_plan_sets_the_row_limit(whole, caplog, small):
    sentence = whole.fails(caplog, PEOPLE, *people(*range(101)), plan="free")
    assert "of the 100 that plan free allows" in sentence
    assert whole.rows("people") == []
    sentence = whole.fails(caplog, PEOPLE, *people(*range(60)), plan="free", row_limit=50)
    assert "of the 50 that row_limit allows" in sentence
    whole.load(PEOPLE, *people(*range(110)), plan="plus")
    assert len(whole.rows("people")) == 110


@pytest.mark.parametrize(
    ("plan", "rows"), [("free", 10_000), ("plus", 50_000), ("enterprise", 100_000),
                       ("dedicated", 200_000), (None, 100_000)]
)  # fmt: skip
def test_the_rows_of_each_plan(plan, rows):
    assert config.parse_config({"plan": plan}).row_limit == rows
    assert config.parse_config({"plan": plan, "row_limit": 7}).row_limit == 7
    assert config.parse_config({"plan": plan, "row_limit": 0}).row_limit == 0


def test_a_base_that_nears_the_smallest_plan_is_told_once(whole, caplog, small, monkeypatch):
    monkeypatch.setattr(row_limit, "_WORTH_COUNTING", 0)
    words = "SeaTable's plan Free ends at 100 rows of a base, Plus at 50,000"
    whole.load(PEOPLE, *people(*range(89)))
    assert words not in caplog.text
    whole.load(PEOPLE, *people(*range(100, 105)))
    assert caplog.text.count(words) == 1
    caplog.clear()
    whole.load(PEOPLE, *people(200), plan="enterprise")
    whole.load(PEOPLE, *people(201), row_limit=1000)
    assert words not in caplog.text


def test_a_large_table_that_is_appended_to_is_told(whole, caplog, small):
    whole.load(PEOPLE, *people(*range(95)))
    caplog.clear()
    whole.load(PEOPLE, *people(1), load_method="append-only")
    assert "SeaTable's plan Free ends at 100 rows" in caplog.text


@pytest.mark.parametrize("method", ["overwrite", "upsert"])
def test_a_large_table_that_is_read_as_a_whole_is_told(whole, caplog, small, monkeypatch, method):
    """Nothing is added, so that the run counts no rows; but it has seen them."""
    whole.load(PEOPLE, *people(*range(95)))
    monkeypatch.setattr("target_seatable.keys.row_index._MANY_KEYS", 10)
    caplog.clear()
    whole.load(PEOPLE, *people(*range(95)), load_method=method)
    assert caplog.text.count("SeaTable's plan Free ends at 100 rows") == 1


def test_a_large_part_of_the_calls_of_a_month_is_told(whole, caplog, small):
    whole.load(PEOPLE, *people(*range(50)), plan="free", dry_run=True)
    assert "plan free allows a team 20 calls a month." in caplog.text
    caplog.clear()
    whole.load(PEOPLE, *people(*range(50)), plan="dedicated")
    whole.load(PEOPLE, *people(*range(50)), plan="plus")
    assert "calls a month" not in caplog.text


@pytest.mark.parametrize("plan", ["free", "plus"])
def test_a_plan_without_big_data_takes_none(whole, caplog, plan):
    sentence = whole.fails(caplog, PEOPLE, *people(1), plan=plan, storage="big_data")
    assert "has no big data storage: Enterprise and Dedicated have" in sentence
    assert whole.exit_code == ErrorKind.CONFIGURATION.exit_code
    assert "people" not in names(whole)
