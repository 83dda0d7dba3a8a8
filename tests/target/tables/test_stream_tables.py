"""Tables and columns: made where they are missing, never changed where they are there."""

import pytest

from seatable_sandbox import Fault
from tests.servers import WITH_GATEWAY
from tests.target.singer import record, schema

TEXT = {"column_type": "text"}


def names(base, table):
    return [column["name"] for column in base.table(table)["columns"]]


@pytest.mark.parametrize(
    ("properties", "keys", "first"),
    [
        ({"age": "integer", "id": "integer"}, ["id"], "id"),
        ({"age": "integer", "Name": "string", "id": "integer"}, [], "Name"),
        ({"age": "integer", "Name": "string", "id": "integer"}, ["age", "id"], "Name"),
        ({"flag": "boolean", "age": "integer"}, [], "age"),
        ({"flag": "boolean", "age": "integer"}, ["flag"], "age"),
        ({"flag": "boolean"}, [], "Name"),
        ({"name": "boolean"}, [], "Title"),
    ],
)
def test_the_first_column_is_what_a_row_is_known_by(base, properties, keys, first):
    base.load(schema("t", properties, keys), record("t", **dict.fromkeys(properties, 1)))
    found = names(base, "t")
    assert found[0] == first
    assert set(found) == {first, *properties}


@pytest.fixture(autouse=True)
def _no_validation(base):
    base.config["validate_records"] = False


@pytest.mark.servers(*WITH_GATEWAY)  # their endpoints are counted
def test_missing_columns_are_added_by_one_call(base):
    base.load(schema("t", {"id": "integer"}), record("t", id=1))
    base.load(
        schema("t", {"id": "integer", "a": "string", "b": "number"}), record("t", id=2, a="x", b=1)
    )
    assert base.calls == ["metadata", "batch-append-columns", "sql", "rows"]
    assert base.rows("t") == [{"id": 1, "a": None, "b": None}, {"id": 2, "a": "x", "b": 1}]


HALF_TOLD = {
    "no columns": {},
    "null columns": {"columns": None},
    "not the first": {"columns": [{"key": "aaaa", "name": "kind", "type": "text", "data": None}]},
    "another type": {
        "columns": [
            {"key": "0000", "name": "id", "type": "text", "data": None},
            {"key": "aaaa", "name": "kind", "type": "single-select", "data": {"options": []}},
        ]
    },
    "no options": {
        "columns": [
            {"key": "0000", "name": "id", "type": "number", "data": {"format": "number"}},
            {"key": "aaaa", "name": "kind", "type": "single-select", "data": None},
        ]
    },
}
"""Answers that leave out what was made; the rest is as it is."""


@pytest.mark.servers(*WITH_GATEWAY)
@pytest.mark.parametrize("answer", HALF_TOLD.values(), ids=HALF_TOLD)
def test_what_an_answer_leaves_out_is_read(base, answer):
    """A table by the name only, a column without its options: then the metadata are read."""
    body = {"_id": "zzzz", "name": "t", **answer}
    base.sandbox.inject(Fault("answer", path="/tables/$", method="POST", status=200, body=body))
    kinds = {"type": "string", "enum": ["a", "b"]}
    base.load(schema("t", {"id": "integer", "kind": kinds}, ["id"]), record("t", id=1, kind="a"))
    assert base.calls == ["metadata", "tables", "metadata", "rows"]
    assert base.columns("t") == {"id": "number", "kind": "single-select"}
    assert base.rows("t") == [{"id": 1, "kind": "a"}]


@pytest.mark.servers(*WITH_GATEWAY)
@pytest.mark.parametrize(
    "answer", [{"success": True}, {"columns": []}, {"columns": [{"name": "a", "type": "text"}]}]
)
def test_what_an_answer_to_new_columns_leaves_out_is_read(base, answer):
    base.load(schema("t", {"id": "integer"}), record("t", id=1))
    base.sandbox.inject(Fault("answer", path="append-columns", status=200, body=answer))
    base.load(schema("t", {"id": "integer", "a": "string"}), record("t", id=2, a="x"))
    assert base.calls == ["metadata", "batch-append-columns", "metadata", "sql", "rows"]
    assert base.rows("t") == [{"id": 1, "a": None}, {"id": 2, "a": "x"}]


@pytest.mark.servers("gateway")
def test_a_new_table_costs_a_call_to_make_it_and_one_to_fill_it(base):
    """The others are for the base token and the metadata."""
    run = []
    for number in range(20):
        properties = {"id": "integer", "name": "string", "kind": {"enum": ["a", "b"]}}
        run.append(schema(f"t{number}", properties, ["id"]))
        run += [record(f"t{number}", id=row, name="x", kind="ab"[row % 2]) for row in range(5)]
    base.load(*run)
    assert len(base.sandbox.calls) == 42
    base.load(*run)
    assert base.writes == []
    assert len(base.sandbox.calls) == 42  # a lookup and a look behind it


def test_columns_are_not_added_where_that_is_switched_off(base, caplog):
    base.load(schema("t", {"id": "integer"}), record("t", id=1))
    base.load(
        schema("t", {"id": "integer", "a": "string"}), record("t", id=2, a="x"), add_columns=False
    )
    assert base.rows("t") == [{"id": 1}, {"id": 2}]
    assert "skipped, because table 't' has no column for it and add_columns is off: 'a'" in (
        caplog.text
    )


def test_a_column_that_is_there_keeps_its_type(base):
    columns = [{"column_name": "id", **TEXT}, {"column_name": "n", "column_type": "long-text"}]
    base.base.create_table("t", columns)
    before = base.table("t")
    base.load(schema("t", {"id": "integer", "n": "boolean"}), record("t", id=1, n=True))
    assert base.table("t") == before
    assert base.rows("t") == [{"id": "1", "n": "true"}]


def test_columns_that_seatable_computes_are_skipped_with_a_warning(base, caplog):
    base.base.create_table("t", [{"column_name": "id", **TEXT}])
    base.base.add_column("t", "made", "ctime")
    base.base.add_column("t", "number", "auto-number", {"format": "0000", "digits": 4})
    base.load(
        schema("t", {"id": "string", "made": "string", "number": "string"}),
        *[record("t", id=key, made="x", number="y") for key in "ab"],
    )
    assert [row["id"] for row in base.rows("t")] == ["a", "b"]
    assert [row["number"] for row in base.rows("t")] == ["0001", "0002"]
    assert caplog.text.count("'made' was skipped: column 'made' of table 't'") == 1


def test_a_typed_stream_without_records_makes_its_table(base):
    base.load(schema("t", {"id": "integer", "name": "string"}))
    assert base.columns("t") == {"id": "number", "name": "text"}


def test_a_stream_of_unknown_types_without_records_waits_for_some(base):
    base.load(schema("t", {"id": "string", "name": "string"}))
    assert base.base.metadata()["metadata"]["tables"] == []


def test_white_space_is_kept_as_long_text(base):
    rows = [record("t", id=n, v=v) for n, v in enumerate(("  ", "\n", "\ufeff\u3000", " x "))]
    for _ in range(2):
        base.load(
            schema("t", {"id": "integer", "v": "string"}, ["id"]),
            *rows,
            column_types={"t": {"v": "long-text"}},
        )
        assert [row["v"] for row in base.rows("t")] == ["  ", "\n", "\ufeff\u3000", " x "]
    assert base.writes == []


def test_a_stream_map_decides_what_arrives(base):
    base.load(
        schema("t", {"id": "integer", "name": "string", "secret": "string"}, ["id"]),
        record("t", id=1, name="a", secret="x"),
        record("t", id=2, name="b", secret="y"),
        stream_maps={"t": {"secret": None, "upper": "name.upper()", "__filter__": "id > 1"}},
    )
    assert base.rows("t") == [{"id": 2, "name": "b", "upper": "B"}]


def test_objects_can_be_flattened(base):
    properties = {
        "id": "integer",
        "a": {"type": "object", "properties": {"b": {"type": "integer"}}},
    }
    base.load(
        schema("t", properties),
        record("t", id=1, a={"b": 2}),
        flattening_enabled=True,
        flattening_max_depth=1,
    )
    assert base.rows("t") == [{"id": 1, "a__b": 2}]


def test_about_shows_the_target_and_its_settings(capsys):
    from target_seatable.target import TargetSeaTable  # noqa: PLC0415

    TargetSeaTable.print_about("json")
    about = capsys.readouterr().out
    assert '"default": "upsert"' in about
    assert "activate-version" in about
    assert '"batch"' not in about
    assert '"hard_delete"' in about
