"""From JSON Schema, in all the forms that taps write it, to column types."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatable_client.column_types.registry import TYPES
from target_seatable.messages.validation import CompiledValidator
from target_seatable.schema.column_types import is_untyped_text, proposed_column
from tests.servers import written_alike
from tests.target.singer import record, schema

DATE_TIME = {"type": "string", "format": "date-time"}
MINUTES = {"format": "YYYY-MM-DD HH:mm"}


def kind(property_schema, root=None):
    column = proposed_column("c", property_schema, root or {})
    return column.type


@pytest.mark.parametrize(
    ("property_schema", "type_"),
    [
        ({"type": "string"}, "text"),
        ({"type": ["null", "string"]}, "text"),
        ({"type": "string", "maxLength": 255}, "text"),
        ({"type": "string", "maxLength": 10_001}, "long-text"),
        ({"type": "integer"}, "number"),
        ({"type": ["number", "integer", "null"]}, "number"),
        ({"type": "boolean"}, "checkbox"),
        ({"type": "string", "format": "date"}, "date"),
        (DATE_TIME, "date"),
        ({"type": "string", "format": "time"}, "text"),
        ({"type": "string", "format": "uuid"}, "text"),
        ({"type": "string", "format": "email"}, "email"),
        ({"type": "string", "format": "uri"}, "url"),
        ({"type": "string", "format": "singer.decimal"}, "number"),
        ({"type": "string", "enum": ["a", "b"]}, "single-select"),
        ({"enum": ["a", "b", None]}, "single-select"),
        ({"enum": [1, 2]}, "number"),
        ({"const": "a"}, "text"),
        ({"type": "object"}, "long-text"),
        ({"properties": {"a": {}}}, "long-text"),
        ({"type": "array", "items": {"type": "string"}}, "multiple-select"),
        ({"type": "array", "items": {"type": "string", "enum": ["a"]}}, "multiple-select"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "multiple-select"),
        ({"type": "array", "items": {"type": "integer"}}, "long-text"),
        ({"type": "array", "items": {"type": "object"}}, "long-text"),
        ({"type": "array", "items": {}}, "long-text"),
        ({"type": "array"}, "long-text"),
        ({"items": {"type": "string"}}, "multiple-select"),
        ({}, "text"),
        ({"type": ["string", "integer"]}, "text"),
        ({"type": ["string", "object"]}, "long-text"),
        ({"type": ["string", "array"], "items": {"type": "string"}}, "long-text"),
        ({"anyOf": [DATE_TIME, {"type": ["string", "null"]}]}, "date"),
        ({"anyOf": [DATE_TIME, {"type": "string", "format": "date"}]}, "text"),
        ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, "number"),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, "text"),
        ({"anyOf": [{"type": "boolean"}, {"type": "integer"}]}, "text"),
        ({"allOf": [{"type": "string"}, {"format": "email"}]}, "email"),
        ({"type": ["null"]}, "text"),
        ({"type": "array", "items": {"anyOf": [{"type": "string"}]}}, "multiple-select"),
    ],
    ids=str,
)
def test_what_a_schema_becomes(property_schema, type_):
    assert kind(property_schema) == type_


def test_references_within_the_schema_are_followed():
    root = {
        "definitions": {"day": {"type": "string", "format": "date"}, "again": {"$ref": "#/x"}},
        "$defs": {"a/b": {"type": ["boolean", "null"]}},
    }
    assert kind({"$ref": "#/definitions/day"}, root) == "date"
    assert kind({"$ref": "#/$defs/a~1b"}, root) == "checkbox"
    assert kind({"$ref": "#/definitions/missing"}, root) == "text"
    assert kind({"anyOf": [{"$ref": "#/definitions/day"}, {"type": "null"}]}, root) == "date"


def test_a_schema_that_refers_to_itself_ends():
    root = {"definitions": {"a": {"anyOf": [{"$ref": "#/definitions/a"}]}}}
    assert kind({"$ref": "#/definitions/a"}, root) == "text"
    assert kind({"$ref": "#/definitions/b"}, {"definitions": {"b": {"$ref": "#/definitions/b"}}})


def test_a_date_with_time_shows_minutes_and_a_selection_its_options():
    assert proposed_column("c", DATE_TIME, {}).data == MINUTES
    selection = proposed_column("c", {"type": "string", "enum": ["a", "b", ""]}, {})
    assert selection.data
    assert [option["name"] for option in selection.data["options"]] == ["a", "b"]


@pytest.mark.parametrize("name", [name for name, entry in TYPES.items() if entry.writer])
def test_a_column_of_a_base_is_made_again_as_it_was(name):
    data = {"format": "dollar", "anything": 1}
    made = proposed_column("c", {"type": "string", "x-seatable": {"type": name, "data": data}}, {})
    assert (made.type, made.data) == (name, data)


def test_a_computed_column_of_a_base_becomes_one_of_its_values():
    property_schema = {"type": ["number", "null"], "x-seatable": {"type": "formula", "data": {}}}
    assert kind(property_schema) == "number"


@pytest.mark.parametrize(
    ("property_schema", "untyped"),
    [
        ({"type": "string"}, True),
        ({"type": ["null", "string"], "description": "what it says"}, True),
        ({"type": "string", "format": "date"}, False),
        ({"type": "string", "maxLength": 10}, False),
        ({"type": "string", "enum": ["a"]}, False),
        ({"type": "string", "x-seatable": {"type": "text"}}, False),
        ({"type": ["string", "integer"]}, False),
        ({"type": "null"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_which_text_says_nothing_of_its_type(property_schema, untyped):
    assert is_untyped_text(property_schema) is untyped


LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": ["integer", "null"]},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "null"},
        DATE_TIME,
        {"type": "string", "enum": ["a", "b"]},
        {"$ref": "#/definitions/d"},
        {},
    ]
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda schemas: {"anyOf": schemas}),
        st.lists(inner, min_size=1, max_size=3).map(lambda schemas: {"oneOf": schemas}),
        st.lists(inner, min_size=1, max_size=2).map(lambda schemas: {"allOf": schemas}),
        inner.map(lambda items: {"type": ["array", "null"], "items": items}),
        st.dictionaries(st.sampled_from("ab"), inner).map(
            lambda inside: {"type": "object", "properties": inside}
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(SCHEMAS)
def test_every_schema_becomes_a_column_that_can_be_written_and_a_validator(property_schema):
    root = {"properties": {"c": property_schema}, "definitions": {"d": {"type": "integer"}}}
    made = proposed_column("c", property_schema, root)
    assert TYPES[made.type].writer is not None
    assert made == proposed_column("c", {"anyOf": [property_schema, {"type": "null"}]}, root)
    CompiledValidator(root)


def test_columns_of_all_kinds_arrive_in_the_base(base):
    base.load(
        schema(
            "t",
            {
                "text": "string",
                "number": "number",
                "flag": "boolean",
                "day": {"type": "string", "format": "date"},
                "moment": DATE_TIME,
                "mail": {"type": "string", "format": "email"},
                "page": {"type": "string", "format": "uri"},
                "choice": {"type": "string", "enum": ["red", "blue"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "nested": "object",
                "list": {"type": "array", "items": {"type": "integer"}},
            },
        ),
        record(
            "t",
            text="a b",
            number=1.5,
            flag=True,
            day="2024-02-29",
            moment="2024-02-29T23:59:00",
            mail="a@example.com",
            page="https://example.com/",
            choice="blue",
            tags=["x", "y z"],
            nested={"a": [1.50, {"b": None}]},
            list=[1, 2],
        ),
    )
    [row] = base.rows("t")
    assert {name: written_alike(cell) for name, cell in row.items()} == {
        "text": "a b",
        "number": 1.5,
        "flag": True,
        "day": "2024-02-29T00:00:00+00:00",
        "moment": "2024-02-29T23:59:00+00:00",
        "mail": "a@example.com",
        "page": "https://example.com/",
        "choice": "blue",
        "tags": ["x", "y z"],
        "nested": '{"a":[1.5,{"b":null}]}',
        "list": "[1,2]",
    }
    assert base.columns("t") == {
        "text": "text",
        "number": "number",
        "flag": "checkbox",
        "day": "date",
        "moment": "date",
        "mail": "email",
        "page": "url",
        "choice": "single-select",
        "tags": "multiple-select",
        "nested": "long-text",
        "list": "long-text",
    }
