"""append-only and upsert: what is in the table afterwards, and what it cost."""

import io
import json
from contextlib import redirect_stdout

import msgspec
import pytest

from seatable_client.api.gateway import Gateway
from seatable_client.api.v1 import V1Api
from seatable_client.errors import ConfigError, RequestRejected, SeaTableError
from seatable_sandbox import Fault, Sandbox
from target_seatable.errors import AmbiguousKey, RowLocked
from target_seatable.load_methods import LOAD_METHODS, load_method
from target_seatable.settings import SETTINGS
from target_seatable.sinks import table_sink
from tests.seeds import SOAK
from tests.servers import WITH_GATEWAY, WITH_SQL
from tests.target.singer import record, schema, state

DRAWN_TOO = SOAK

NEWEST = pytest.mark.servers(*WITH_GATEWAY)
"""Tests that count the calls of these, or lock rows, which only these tell."""

WRITES = r"/(rows|batch-append-rows)/$"

PEOPLE = schema("people", {"id": "integer", "name": "string", "age": "integer"}, ["id"])


def people(*ids, **cells):
    return [
        record("people", id=number, **{"name": f"n{number}", "age": number, **cells})
        for number in ids
    ]


def by_id(base):
    return {row["id"]: row for row in base.rows("people")}


def calls_for(base, endpoint):
    return base.calls.count(endpoint)


def test_append_only_adds_every_record(base):
    for _ in range(2):
        base.load(PEOPLE, *people(1, 2), load_method="append-only")
    assert [row["id"] for row in base.rows("people")] == [1, 2, 1, 2]


def test_a_stream_without_a_key_is_appended(base):
    keyless = {**PEOPLE, "key_properties": []}
    for _ in range(2):
        base.load(keyless, *people(1, 2))
    assert [row["id"] for row in base.rows("people")] == [1, 2, 1, 2]


def test_upsert_changes_what_is_there_and_adds_what_is_not(base):
    base.load(PEOPLE, *people(1, 2))
    ids = [row["_id"] for row in base.base.rows("people")]
    base.load(PEOPLE, *people(2, 3, name="new"))
    assert by_id(base) == {
        1: {"id": 1, "name": "n1", "age": 1},
        2: {"id": 2, "name": "new", "age": 2},
        3: {"id": 3, "name": "new", "age": 3},
    }
    assert [row["_id"] for row in base.base.rows("people")][:2] == ids


def test_null_clears_a_cell_and_an_absent_property_leaves_it(base):
    base.load(PEOPLE, *people(1, 2))
    base.load(PEOPLE, record("people", id=1, name=None), record("people", id=2, age=7))
    assert by_id(base) == {
        1: {"id": 1, "name": None, "age": 1},
        2: {"id": 2, "name": "n2", "age": 7},
    }


def test_of_records_with_one_key_the_last_wins(base):
    base.load(
        PEOPLE,
        *people(1, 1),
        record("people", id=1, name="last"),
        record("people", id=2, age=1),
        record("people", id=2, name="two"),
    )
    assert by_id(base) == {
        1: {"id": 1, "name": "last", "age": 1},
        2: {"id": 2, "name": "two", "age": 1},
    }


def test_keys_can_be_set_and_have_several_parts(base):
    parts = schema("people", {"a": "string", "b": "integer", "name": "string"})
    keys = {"people": ["a", "b"]}
    first = [record("people", a=a, b=b, name="old") for a in "xy" for b in (1, 2)]
    base.load(parts, *first, key_properties=keys)
    base.load(parts, record("people", a="x", b=2, name="new"), key_properties=keys)
    assert [(row["a"], row["b"], row["name"]) for row in base.rows("people")] == [
        ("x", 1, "old"),
        ("x", 2, "new"),
        ("y", 1, "old"),
        ("y", 2, "old"),
    ]


@pytest.mark.parametrize(
    ("type_", "data", "stored", "given"),
    [
        ("number", None, 1234, "1234"),
        ("number", None, 1234, 1234.0),
        ("number", None, 0.1, 0.1),
        ("number", None, 0.0000001, 0.0000001),
        ("number", None, 1e22, 10**22),
        ("text", None, "1234", 1234),
        ("text", None, "O'Brien", "O'Brien"),
        ("text", None, "back\\slash", "back\\slash"),
        ("text", None, 'say "hi"', 'say "hi"'),
        ("text", None, "日本 ", "日本 "),
        ("date", {"format": "YYYY-MM-DD"}, "2024-02-29", "2024-02-29T00:00:00"),
        ("date", {"format": "DD.MM.YYYY HH:mm"}, "2024-02-29 10:20", "2024-02-29T10:20:00"),
        ("single-select", {"options": [{"name": "red"}]}, "red", "red"),
        ("long-text", None, "a\nb", "a\nb"),
        ("checkbox", None, True, "true"),
    ],
)
def test_keys_are_compared_as_the_column_holds_them(base, type_, data, stored, given):
    columns = [
        {"column_name": "name", "column_type": "text"},
        {"column_name": "key", "column_type": type_, "column_data": data},
    ]
    base.base.create_table("t", columns)
    base.base.append_rows("t", [{"key": stored, "name": "old"}, {"name": "no key"}])
    keyed = schema("t", {"key": {}, "name": "string"}, ["key"])
    base.load(keyed, record("t", key=given, name="new"))
    assert [row["name"] for row in base.rows("t")] == ["new", "no key"]


@pytest.mark.parametrize("declared", [{"type": "number"}, {"type": ["number", "string"]}, {}])
@pytest.mark.parametrize(
    ("form", "other", "stored"),
    [
        ("1", "1.0", "1"),
        ("10", "1e1", "10"),
        ("1.5", "1.50", "1.5"),
        ("0", "-0.0", "0"),
        ("0.0000001", "1e-7", "1E-7"),
        ("0.12345678901234567890123456789012345", "0.123456789012345678901234567890123450", None),
        (
            "-100000000000000000000000000000000001",
            "-1.00000000000000000000000000000000001e35",
            None,
        ),
    ],
)
def test_a_number_is_one_key_however_it_is_written(base, declared, form, other, stored):
    """In a text column its forms are several texts, and a second load would add all rows again."""
    base.base.create_table(
        "t", [{"column_name": name, "column_type": "text"} for name in ("id", "v")]
    )
    stream = schema("t", {"id": declared, "v": "string"}, ["id"])

    def rows(*numbers):
        return [
            f'{{"type":"RECORD","stream":"t","record":{{"id":{number},"v":"{n}"}}}}\n'
            for n, number in enumerate(numbers)
        ]

    base.load(stream, *rows(form))
    base.load(stream, *rows(form, other))
    assert base.rows("t") == [{"id": stored or form, "v": "1"}]
    base.load(stream, *rows(other), load_method="insert-only")
    assert base.rows("t") == [{"id": stored or form, "v": "1"}]


def test_texts_that_look_like_one_number_are_two_keys(base):
    stream = schema("t", {"id": "string"}, ["id"])
    base.load(stream, *[record("t", id=text) for text in ("1", "1.0", "1.00")])
    assert [row["id"] for row in base.rows("t")] == ["1", "1.0", "1.00"]


def test_texts_that_differ_in_case_are_two_keys(base):
    keyed = schema("t", {"key": "string", "n": "integer"}, ["key"])
    base.load(keyed, record("t", key="a", n=1), record("t", key="A", n=2))
    base.load(keyed, record("t", key="A", n=3))
    assert base.rows("t") == [{"key": "a", "n": 1}, {"key": "A", "n": 3}]


def test_a_column_that_cannot_tell_rows_apart_is_no_key(base, caplog):
    keyed = schema("t", {"key": {"type": "array", "items": {"type": "string"}}}, ["key"])
    assert "is of type multiple-select" in base.fails(caplog, keyed, record("t", key=["a"]))


def test_a_key_that_several_rows_have_is_not_guessed(base):
    base.load(PEOPLE, *people(1, 1, 2), load_method="append-only")
    with pytest.raises(AmbiguousKey, match="Several rows of table 'people' have the key 1"):
        base.load(PEOPLE, *people(1, 2, name="new"))
    assert [row["name"] for row in base.rows("people")] == ["n1", "n1", "new"]
    assert len(base.rejections()) == 1


def test_a_key_that_several_rows_have_is_not_guessed_if_the_record_equals_one_of_them(base):
    base.load(PEOPLE, *people(1, 1, 2), load_method="append-only")
    with pytest.raises(AmbiguousKey, match="Several rows of table 'people' have the key 1"):
        base.load(PEOPLE, *people(1, 2))
    assert len(base.rejections()) == 1


@pytest.mark.parametrize(
    ("choice", "names"), [("first", ["new", "n1", "n2"]), ("all", ["new", "new", "n2"])]
)
def test_which_of_several_rows_is_meant_can_be_said(base, choice, names):
    base.load(PEOPLE, *people(1, 1, 2), load_method="append-only")
    base.load(PEOPLE, *people(1, name="new"), on_ambiguous_key=choice)
    assert sorted(row["name"] for row in base.rows("people")) == sorted(names)
    if choice == "all":
        base.load(
            PEOPLE,
            record("people", id=1, _sdc_deleted_at="2024-01-01T00:00:00Z"),
            on_ambiguous_key=choice,
            hard_delete=True,
        )
        assert [row["id"] for row in base.rows("people")] == [2]


@pytest.mark.parametrize("load_method", ["upsert", "overwrite"])
@pytest.mark.parametrize("choice", ["first", "all"])
def test_a_key_of_several_rows_is_deleted_and_comes_again(base, monkeypatch, choice, load_method):
    """In batches of their own; what is still there with the key is changed, and nothing added."""
    base.load(PEOPLE, *people(1, 1), load_method="append-only")
    monkeypatch.setattr(table_sink, "SAMPLE", 1)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 1)
    gone = record("people", id=1, _sdc_deleted_at="2024-01-01T00:00:00Z")
    base.load(
        PEOPLE,
        gone,
        *people(1, name="new"),
        state({}),
        load_method=load_method,
        on_ambiguous_key=choice,
        hard_delete=True,
        batch_size_rows=1,
        max_delete_fraction=1,
    )
    assert [(row["id"], row["name"]) for row in base.rows("people")] == [(1, "new")]


@NEWEST
@pytest.mark.parametrize("locked", [0, 1])
def test_one_of_several_rows_with_a_key_is_locked(base, caplog, locked):
    base.load(PEOPLE, *people(1, 1), load_method="append-only")
    row_ids = [row["_id"] for row in base.base.rows("people")]
    base.base.lock_rows("people", [row_ids[locked]])
    sentence = base.fails(caplog, PEOPLE, *people(1, name="new"), on_ambiguous_key="all")
    assert "the key 1 is locked" in sentence
    assert len(base.rejections()) == 1


@NEWEST  # others do not show what they have stored
def test_a_column_that_is_renamed_in_mid_run_is_missed_at_once(base):
    base.load(PEOPLE, *people(0))
    target = base.target(batch_size_rows=10, load_method="append-only")

    def lines():
        for message in (PEOPLE, *people(*range(1, 1_501))):
            yield json.dumps(message) + "\n"
        target._worker.wait()
        base.base.rename_column("people", "name", "called")
        for message in (*people(*range(1_501, 1_600)), state({"n": 1})):
            yield json.dumps(message) + "\n"

    with pytest.raises(SeaTableError, match="rows were stored without their cells of 'name'"):
        target.run(lines())


@pytest.mark.servers(*WITH_SQL, "v1 without SQL")  # others do not tell how many they have stored
def test_fewer_rows_stored_than_sent_end_the_run(base):
    """SeaTable takes no row of which it knows no column; the first row shows nothing of it."""
    either = schema("t", {"a": "string", "b": "string"})
    base.load(either, record("t", a="first", b="first"))
    target = base.target(load_method="append-only")

    def lines():
        for message in (either, record("t", a="kept"), record("t", b="lost"), state({"n": 1})):
            yield json.dumps(message) + "\n"
        base.base.rename_column("t", "b", "c")

    out = io.StringIO()
    with (
        redirect_stdout(out),
        pytest.raises(SeaTableError, match="2 rows were sent, 1 stored"),
    ):
        target.run(lines())
    assert out.getvalue() == ""


def test_a_table_is_called_like_a_limit(base):
    quotas = {**PEOPLE, "stream": "quotas: row limit"}
    rows = [{**message, "stream": quotas["stream"]} for message in people(1, 2, 3)]
    base.load(quotas, *rows)
    base.sandbox.inject(Fault("status", WRITES, "POST", status=400, times=2))
    more = [{**message, "stream": quotas["stream"]} for message in people(4, 5, 6)]
    base.load(quotas, *more, max_rejected_records=9)
    assert [row["id"] for row in base.rows(quotas["stream"])] == [1, 2, 3, 5, 6]


# What it costs. The constant part of a run: metadata, and for a new table making it.


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


# What the server refuses


def refuse_rows_with(monkeypatch, **cells):
    """The server refuses every batch that has a row with these cells."""

    def refusing(method):
        def call(self, table, rows):
            given = msgspec.to_builtins(list(rows.values()) if isinstance(rows, dict) else rows)
            if any(cells.items() <= row.items() for row in given):
                raise RequestRejected("Could not: it said no.", status=400, server_message="no")
            return method(self, table, rows)

        return call

    for client in (Gateway, V1Api):
        monkeypatch.setattr(client, "append_rows", refusing(client.append_rows))
        monkeypatch.setattr(client, "update_rows", refusing(client.update_rows))


@pytest.mark.parametrize("load_method", ["append-only", "upsert"])
def test_one_bad_row_does_not_take_the_others_with_it(kind, base, monkeypatch, load_method):
    base.load(PEOPLE, *people(*range(200)))
    refuse_rows_with(monkeypatch, name="bad")
    messages = people(*range(100, 300), name="good")
    messages[17:17] = people(50, name="bad")
    messages[170:170] = people(400, name="bad")
    with pytest.raises(RequestRejected):
        base.load(PEOPLE, *messages, state({"n": 1}), load_method=load_method)
    assert base.states == [{"n": 1}]
    assert [(entry["record"]["id"], entry["server_message"]) for entry in base.rejections()] == [
        (50, "no"),
        (400, "no"),
    ]
    assert sum(row["name"] == "good" for row in base.rows("people")) == 200
    if kind != "2020":  # where rows are changed one by one
        assert len(base.writes) < 40


def test_a_server_that_takes_nothing_is_not_asked_for_every_row(base, monkeypatch):
    base.load(PEOPLE, *people(1))
    refuse_rows_with(monkeypatch)
    with pytest.raises(RequestRejected):
        base.load(PEOPLE, *people(*range(1000)), load_method="append-only")
    assert len(base.rejections()) < 10


def test_a_full_table_ends_the_run(make, caplog):
    with Sandbox(max_rows_per_base=15) as small:
        base = make(small)
        sentence = base.fails(caplog, PEOPLE, *people(*range(20)), batch_size_rows=10)
        assert "Exceed the rows limit" in sentence
        assert len(base.rows("people")) == 10
        assert base.rejections() == []


def test_a_row_that_was_deleted_meanwhile_is_added_again(base, monkeypatch):
    base.load(PEOPLE, *people(1, 2, 3))
    ids = {row["id"]: row["_id"] for row in base.base.rows("people")}
    update = Gateway.update_rows

    def update_after_a_delete(self, table, updates):
        base.base.delete_rows("people", [ids[2]])
        update(self, table, updates)

    monkeypatch.setattr(Gateway, "update_rows", update_after_a_delete)
    base.load(PEOPLE, *people(1, 2, 3, 4, name="new"))
    assert sorted((row["id"], row["name"]) for row in base.rows("people")) == [
        (1, "new"),
        (2, "new"),
        (3, "new"),
        (4, "new"),
    ]


@NEWEST
def test_a_locked_row_is_an_error(base):
    base.load(PEOPLE, *people(1, 2))
    base.base.lock_rows("people", [base.base.rows("people")[0]["_id"]])
    base.load(PEOPLE, *people(1, 2))  # unchanged: nothing to refuse
    with pytest.raises(RowLocked, match="key 1 is locked"):
        base.load(PEOPLE, *people(1, 2, name="new"))
    assert [row["name"] for row in base.rows("people")] == ["n1", "new"]


def test_a_row_with_nothing_in_it_is_a_row(base):
    base.load(
        schema("t", {"a": "string", "f": "boolean"}), record("t"), record("t", a=None, f=None)
    )
    assert base.rows("t") == [{"a": None, "f": None}] * 2


def test_a_table_without_a_column_to_write_into_is_refused(base):
    base.base.create_table("t", [{"column_name": "a", "column_type": "auto-number"}])
    with pytest.raises(ConfigError, match="has no column to write into"):
        base.load(schema("t", {"a": "string"}), record("t", a="x"))


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


@pytest.fixture
def one_by_one(monkeypatch):
    """Batches of one record."""
    monkeypatch.setattr(table_sink, "SAMPLE", 1)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 1)


@pytest.mark.parametrize("skip_unchanged", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.usefixtures("one_by_one")
def test_what_somebody_deletes_in_mid_run_is_added_once(base, skip_unchanged, count):
    shape, same = schema("t", {"id": "integer", "v": "string"}, ["id"]), record("t", id=1, v="v")
    base.load(shape, *[same] * count, load_method="append-only")
    target = base.target(batch_size_rows=1, skip_unchanged=skip_unchanged, on_ambiguous_key="all")

    def lines():
        for message in (shape, record("t", id=1, v="new")):
            yield json.dumps(message) + "\n"
        target._worker.wait()
        base.base.delete_rows("t", [row["_id"] for row in base.base.rows("t")[:2]])
        for value in ("new", "new", "old", "new"):
            yield json.dumps(record("t", id=1, v=value)) + "\n"

    target.run(lines())
    assert base.rows("t") == [{"id": 1, "v": "new"}] * max(count - 2, 1)


def test_the_setting_offers_every_load_method_of_the_registry():
    assert SETTINGS["properties"]["load_method"]["enum"] == list(LOAD_METHODS)


@pytest.mark.parametrize("name", sorted(LOAD_METHODS.keys() - {"update-only", "insert-only"}))
def test_a_stream_without_key_gets_a_load_method_that_needs_none(name):
    keyless = load_method(name, "t", ())
    assert not keyless.needs_key
    assert keyless.removes_missing == LOAD_METHODS[name].removes_missing
