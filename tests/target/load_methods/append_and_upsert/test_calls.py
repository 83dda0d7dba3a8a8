"""What a load costs: the calls for lookups, and no call for what is unchanged.

The constant part of a run: metadata, and for a new table making it.
"""

import pytest

from seatable_sandbox import Sandbox
from tests.seeds import SOAK
from tests.target.load_methods.append_and_upsert.people import NEWEST, PEOPLE, by_id, people
from tests.target.singer import record, schema, state

DRAWN_TOO = SOAK


def calls_for(base, endpoint):
    return base.calls.count(endpoint)


@NEWEST
def test_a_thousand_records_are_appended_by_one_call(base):
    base.load(PEOPLE, *people(*range(2500)), load_method="append-only")
    assert base.calls == ["metadata", "tables", "rows", "rows", "rows"]


@NEWEST
def test_nothing_is_looked_up_in_a_table_that_was_just_made(base):
    base.load(PEOPLE, *people(*range(6000)))
    assert base.calls == ["metadata", "tables", *["rows"] * 6]
    assert len(base.rows("people")) == 6000


@NEWEST
def test_a_small_table_is_read_and_counted_for_many_keys(base):
    base.load(PEOPLE, *people(*range(5000)))
    base.load(PEOPLE, *people(*range(5000), name="new"))
    assert base.calls == ["metadata", "sql", "sql", *["rows"] * 5]
    base.load(PEOPLE, *people(*range(5000, 10_000)))
    # A third call tells how many rows there are, for row_limit.
    assert base.calls == ["metadata", "sql", "sql", "sql", *["rows"] * 5]
    assert len(base.rows("people")) == 10_000
    base.load(PEOPLE, *people(*range(5000), name="new"), *people(*range(5000, 10_000)))
    assert base.calls == ["metadata", "sql", "sql"]


@NEWEST
def test_a_few_keys_are_looked_up_by_one_call_and_a_look_behind_it(base):
    base.load(PEOPLE, *people(*range(3000)))
    base.load(PEOPLE, *people(*range(1000)))
    assert base.calls == ["metadata", "sql", "sql"]


@NEWEST
def test_a_table_that_takes_many_pages_is_not_read_for_one_batch(make):
    with Sandbox(sql_max_rows=500) as frugal:
        base = make(frugal)
        base.load(PEOPLE, *people(*range(5500)))
        base.load(PEOPLE, *people(*range(4000), name="new"))
        # A page of the table, its number of rows, eight pages of rows found, a look behind them.
        assert calls_for(base, "sql") == 11
        assert calls_for(base, "rows") == 4
        assert [row["name"] for row in base.rows("people")].count("new") == 4000
        assert len(base.rows("people")) == 5500


@NEWEST
def test_long_keys_are_looked_up_a_few_at_a_time(base):
    keyed = schema("t", {"key": "string", "n": "integer"}, ["key"])
    keys = [f"{n}".rjust(9_000, "x") for n in range(120)]
    base.load(keyed, *[record("t", key=key, n=1) for key in keys])
    base.load(keyed, *[record("t", key=key, n=2) for key in keys])
    assert {row["n"] for row in base.rows("t")} == {2}
    assert len(base.rows("t")) == 120
    assert calls_for(base, "sql") == 5  # the last page is shorter than one seen before


@NEWEST
def test_nothing_is_looked_up_in_a_table_that_was_read(base):
    base.load(PEOPLE, *people(*range(5000)))
    base.load(PEOPLE, *people(*range(5000, 11_000)))
    assert calls_for(base, "sql") == 3  # a page, the number of rows, their number for row_limit
    assert calls_for(base, "rows") == 6
    assert len(base.rows("people")) == 11_000


@NEWEST
def test_loading_the_same_again_only_reads(base):
    base.load(PEOPLE, *people(*range(11_000)))
    before = base.base.rows("people")
    base.load(PEOPLE, *people(*range(11_000)), state({"done": 1}))
    # A page, the number of rows, another page, and the number of rows again to end it.
    assert base.calls == ["metadata", *["sql"] * 4]
    assert base.base.rows("people") == before
    assert base.states == [{"done": 1}]


@NEWEST
def test_unchanged_rows_can_be_written_all_the_same(base):
    base.load(PEOPLE, *people(1))
    base.load(PEOPLE, *people(1), skip_unchanged=False)
    assert calls_for(base, "rows") == 1


@pytest.mark.parametrize(
    ("column_type", "given", "other"),
    [
        ("integer", -1, -2),
        ("number", 5.0, 6),
        ("boolean", True, False),
        ("string", "a", "A"),
        ({"type": "string", "format": "date"}, "2024-02-29", "2024-03-01"),
        ({"type": "string", "format": "date-time"}, "2024-02-29T10:20:00", "2024-02-29T10:21:00"),
        ({"type": "string", "enum": ["a", "b"]}, "a", "b"),
        ({"type": "array", "items": {"type": "string"}}, ["a", "b"], ["b", "a"]),
        ("object", {"a": 1}, {"a": 2}),
    ],
    ids=str,
)
def test_a_row_is_unchanged_only_if_each_cell_is(base, column_type, given, other):
    column_type = {"type": column_type} if isinstance(column_type, str) else column_type
    nullable = {
        **column_type,
        "type": [column_type["type"], "null"],
        **({"enum": [given, other, None]} if "enum" in column_type else {}),
    }
    keyed = schema("t", {"id": "integer", "v": nullable}, ["id"])
    base.load(keyed, record("t", id=1, v=given))
    base.load(keyed, record("t", id=1, v=given))
    assert base.writes == []
    base.load(keyed, record("t", id=1, v=other))
    assert base.writes
    base.load(keyed, record("t", id=1, v=None))
    assert base.rows("t")[0]["v"] in (None, False)
    base.load(keyed, record("t", id=1, v=None))
    assert base.writes == []


def test_metadata_of_the_sdk_does_not_make_a_row_changed(base):
    base.load(PEOPLE, *people(1), add_record_metadata=True)
    base.load(PEOPLE, *people(1), add_record_metadata=True)
    assert base.writes == []


def test_a_server_that_sends_few_rows_at_a_time_hides_none(make):
    with Sandbox(sql_max_rows=7) as frugal:
        base = make(frugal)
        base.load(PEOPLE, *people(*range(20)))
        base.load(PEOPLE, *people(*range(10, 30), name="new"))
        assert sorted(by_id(base)) == list(range(30))
        assert {row["name"] for row in base.rows("people")[10:]} == {"new"}


@NEWEST
def test_new_options_are_added_by_one_call_before_the_rows(base):
    tagged = schema("t", {"tags": {"type": "array", "items": {"type": "string"}}})
    base.load(tagged, record("t", tags=["a", "b"]))
    assert "column-options" not in base.calls
    base.load(tagged, record("t", tags=["b", "c d"]), record("t", tags=["e"]))
    assert base.calls == ["metadata", "sql", "column-options", "rows"]
    assert [row["tags"] for row in base.rows("t")] == [["a", "b"], ["b", "c d"], ["e"]]
    options = next(c for c in base.table("t")["columns"] if c["name"] == "tags")["data"]["options"]
    assert [option["name"] for option in options] == ["a", "b", "c d", "e"]


def test_no_option_is_added_twice_when_the_schema_changes(base):
    tags = {"type": "array", "items": {"type": "string"}}
    shape = schema("t", {"id": "integer", "kind": "string", "tags": tags}, ["id"])
    other = schema("t", {"id": "number", "kind": "string", "tags": tags}, ["id"])
    base.load(
        shape,
        record("t", id=0, kind="a", tags=["x"]),
        column_types={"t": {"kind": "single-select"}},
    )
    news = [record("t", id=number, kind="b", tags=["y", "x"]) for number in range(9)]
    base.load(shape, *news, other, *[record("t", id=9, kind="b", tags=["y"])])
    assert [end for end in base.writes if "column" in end].count("column-options") == 2
    for column, names in (("kind", ["a", "b"]), ("tags", ["x", "y"])):
        data = next(
            candidate for candidate in base.table("t")["columns"] if candidate["name"] == column
        )["data"]
        assert [option["name"] for option in data["options"]] == names


@NEWEST
def test_records_without_all_properties_are_unchanged_if_the_others_are(base):
    first = [record("people", id=n, name=f"n{n}", age=n) for n in range(6000)]
    base.load(PEOPLE, *first)
    some = [
        record("people", id=n, **({"name": f"n{n}"} if n % 2 else {"age": n})) for n in range(6000)
    ]
    base.load(PEOPLE, *some)
    # A page, the number of rows, and a lookup of those that the second batch has to compare.
    assert base.calls == ["metadata", *["sql"] * 3]
    some[4500]["record"]["age"] = None
    some[4501]["record"]["name"] = "new"
    base.load(PEOPLE, *some, record("people", id=1, age=0))
    assert base.calls.count("rows") == 2
    rows = {row["id"]: row for row in base.rows("people")}
    assert rows[4500] == {"id": 4500, "name": "n4500", "age": None}
    assert rows[4501] == {"id": 4501, "name": "new", "age": 4501}
    assert rows[1] == {"id": 1, "name": "n1", "age": 0}
