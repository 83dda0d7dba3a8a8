"""Flattened records in tables: nothing is lost, and null clears what an object had."""

import json

import pytest

from tests.target.singer import record, schema

FLAT = {"flattening_enabled": True, "flattening_max_depth": 2}
CITY = {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("property_schema", "value", "cells"),
    [
        ({"anyOf": [CITY, {"type": "null"}]}, {"city": "x"}, {"a": '{"city":"x"}'}),
        ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, 5, {"a": 5}),
        ({"allOf": [CITY]}, {"zip": 1}, {"a": '{"zip":1}'}),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "x", {"a": "x"}),
        ({}, {"x": [1.5]}, {"a": '{"x":[1.5]}'}),
        ({}, "x", {"a": "x"}),
        ({"enum": ["x", "y"]}, "y", {"a": "y"}),
        ({"type": "object", "properties": {}}, {"x": 1}, {"a": '{"x":1}'}),
        ({"type": ["object", "string"], "properties": CITY["properties"]}, "x", {"a": "x"}),
        ({**CITY, "type": ["null", "object"]}, {"city": "x"}, {"a__city": "x"}),
        (CITY, {"city": "x", "more": 1}, {"a__city": "x", "a": '{"more":1}'}),
        (CITY, None, {}),
        ({"type": ["array", "null"]}, [{"b": None}], {"a": '[{"b":null}]'}),
    ],
)
@pytest.mark.servers("gateway")
def test_every_schema_is_flattened_or_stays_whole(base, property_schema, value, cells):
    base.load(
        schema("t", {"id": "integer", "a": property_schema}), record("t", id=1, a=value), **FLAT
    )
    (row,) = base.rows("t")
    assert {name: cell for name, cell in row.items() if cell is not None} == {"id": 1, **cells}


@pytest.mark.servers("gateway")
def test_undeclared_keys_get_a_column_when_they_come(base, caplog):
    said = schema("t", {"id": "integer", "a": CITY}, ["id"])
    base.load(said, *(record("t", id=number, a={"city": "x"}) for number in range(3)), **FLAT)
    assert list(base.columns("t")) == ["id", "a__city", "a__zip"]
    more = [record("t", id=number, a={"city": "y", "b": {"c": number}}) for number in (1, 4)]
    last = record("t", id=5, a={"zip": 5})
    base.load(said, record("t", id=3, a={"zip": 3}), *more, last, **FLAT)
    found = {
        row["id"]: (row.get("a__city"), row.get("a__zip"), row.get("a")) for row in base.rows("t")
    }
    assert found == {
        0: ("x", None, None),
        1: ("y", None, '{"b":{"c":1}}'),
        2: ("x", None, None),
        3: (None, 3, None),
        4: ("y", None, '{"b":{"c":4}}'),
        5: (None, 5, None),
    }
    base.load(said, record("t", id=1, a={"city": "z"}), **FLAT)
    row = next(row for row in base.rows("t") if row["id"] == 1)
    assert (row["a__city"], row.get("a")) == ("z", None)
    assert not [entry for entry in caplog.records if entry.levelname == "WARNING"]


@pytest.mark.parametrize("load_method", ["upsert", "overwrite"])
@pytest.mark.servers("gateway")
def test_null_for_an_object_clears_its_cells(base, caplog, load_method):
    deep = {"type": ["object", "null"], "properties": {"geo": CITY, "n": {"type": "integer"}}}
    said = schema("t", {"id": "integer", "a": deep}, ["id"])
    full = {"geo": {"city": "x", "zip": 1}, "n": 2}
    settings = {"load_method": load_method, **FLAT}
    rows = [record("t", id=number, a=full) for number in (1, 2, 3, 4)]
    base.load(said, *rows, **settings)
    base.load(
        said,
        record("t", id=1, a=None),
        record("t", id=2, a={"geo": None, "n": 3}),
        record("t", id=3, a={"geo": {"zip": 7}}),
        record("t", id=4),
        **settings,
    )
    found = {
        row.pop("id"): {name: cell for name, cell in row.items() if cell is not None}
        for row in base.rows("t")
    }
    whole = {"a__geo__city": "x", "a__geo__zip": 1, "a__n": 2}
    assert found == {1: {}, 2: {"a__n": 3}, 3: {"a__geo__zip": 7}, 4: whole}
    assert "not in its schema" not in caplog.text


@pytest.mark.servers("gateway")
def test_a_name_that_two_properties_would_get(base, caplog):
    properties = {"id": "integer", "a": CITY, "a__city": "string", "b": CITY}
    value = {"city": "x", "zip": 1}
    base.load(schema("t", properties), record("t", id=1, a=value, a__city="y", b=value), **FLAT)
    (row,) = base.rows("t")
    assert json.loads(row.pop("a")) == value
    assert row == {"id": 1, "a__city": "y", "b__city": "x", "b__zip": 1}
    (warning,) = [entry.message for entry in caplog.records if entry.levelname == "WARNING"]
    assert warning == (
        "Stream 't': 'a' stays whole, as JSON text, because flattening would give two properties "
        "the name 'a__city'. Set another flattening_separator to split it."
    )


@pytest.mark.servers("gateway")
def test_names_that_become_one_are_a_sentence(base, caplog):
    properties = {"abcdefgh": "string", "abcxyz": "string"}
    sentence = base.fails(
        caplog,
        schema("t", properties),
        record("t", abcdefgh="x"),
        flattening_max_key_length=4,
        **FLAT,
    )
    assert "several properties the name 'abc'" in sentence


@pytest.mark.servers("gateway")
def test_an_undeclared_key_does_not_take_the_place_of_a_flattened_one(base):
    properties = {"id": "integer", "a": CITY}
    base.load(
        schema("t", properties),
        record("t", id=1, a={"city": "x"}, a__city="y"),
        record("t", id=2, a={"city": "z"}),
        max_rejected_records=1,
        **FLAT,
    )
    assert [row["id"] for row in base.rows("t")] == [2]
    assert "'a__city' twice" in base.rejections()[0]["reason"]


@pytest.mark.servers("gateway")
def test_what_a_schema_requires_of_whole_records_refuses_no_flattened_one(base):
    properties = {"id": {"type": "integer"}, "a": CITY}
    body = {"required": ["id", "a"], "additionalProperties": False, "minProperties": 2}
    base.load(schema("t", properties, **body), record("t", id=1, a={"city": "x"}), **FLAT)
    assert base.rows("t")[0]["a__city"] == "x"
