"""Flattening loses nothing, whatever the schema says and the records hold."""

import json
import logging
from collections import Counter

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.helpers._flattening import FlatteningOptions
from singer_sdk.mapper import CustomStreamMap

from seatable_client.errors import InvalidValueError
from singer_seatable.flattening import Flattening
from singer_seatable.stream_maps import FlatteningMapper

KEYS = st.sampled_from(["a", "b", "c", "a__b", "b__c"])
TEXTS = st.sampled_from(["x", "y", "z"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.just(1.5) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(KEYS, inside, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(KEYS, VALUES, max_size=4)
TYPES = st.lists(
    st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"]),
    min_size=1,
    max_size=3,
    unique=True,
)


def _objects(inside):
    return st.fixed_dictionaries(
        {
            "type": st.sampled_from(["object", ["object", "null"], ["null", "object"]]),
            "properties": st.dictionaries(KEYS, inside, max_size=3),
        },
        optional={
            "required": st.lists(KEYS, max_size=2, unique=True),
            "additionalProperties": st.booleans(),
            "minProperties": st.just(1),
        },
    )


SCHEMAS = st.recursive(
    st.just({})
    | TYPES.map(lambda types: {"type": types[0] if len(types) == 1 else types})
    | st.lists(SCALARS, min_size=1, max_size=3).map(lambda values: {"enum": values})
    | st.just({"$ref": "#/definitions/place"})
    | SCALARS.map(lambda value: {"const": value}),
    lambda inside: (
        _objects(inside)
        | st.tuples(
            st.sampled_from(["anyOf", "oneOf", "allOf"]), st.lists(inside, min_size=1, max_size=2)
        ).map(lambda pair: dict([pair]))
        | inside.map(lambda items: {"type": ["array", "null"], "items": items})
        | TYPES.flatmap(lambda types: _objects(inside).map(lambda body: {**body, "type": types}))
    ),
    max_leaves=6,
)
PLACE = {"type": "object", "properties": {"a": {"type": "string"}}}
STREAMS = _objects(SCHEMAS).map(
    lambda schema: {**schema, "type": "object", "definitions": {"place": PLACE}}
)


def leaves(value, path=""):
    """Every value with the keys that lead to it, joined as flattening does; no nulls."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        value = json.loads(value)
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from leaves(inside, f"{path}__{key}" if path else key)
    elif isinstance(value, list):
        yield path, len(value)
        for place, inside in enumerate(value):
            yield from leaves(inside, f"{path}[{place}]")
    elif value is not None:
        yield path, value if isinstance(value, str) else json.dumps(value)


@given(STREAMS, st.lists(RECORDS, max_size=3), st.integers(1, 3), st.booleans())
@settings(max_examples=400, deadline=None)
def test_nothing_is_lost(schema, records, depth, keeps_undeclared):
    options = FlatteningOptions(enabled=True, max_level=depth)
    flattening = Flattening("t", schema, options, keeps_undeclared=keeps_undeclared)
    jsonschema.Draft7Validator.check_schema(flattening.schema)
    before, after = (jsonschema.Draft7Validator(shape) for shape in (schema, flattening.schema))
    for record in records:
        try:
            flat = flattening.flatten(record)
        except InvalidValueError as refusal:
            assert "twice" in str(refusal)  # noqa: PT017  (it may be refused, but not lost)
            continue
        assert Counter(leaves(flat)) == Counter(leaves(record))
        if before.is_valid(record):
            assert after.is_valid(flat), list(after.iter_errors(flat))


def test_a_stream_map_is_applied_to_the_whole_record_first():
    mapper = FlatteningMapper(
        {
            "flattening_enabled": True,
            "flattening_max_depth": 1,
            "stream_maps": {"t": {"a": "a", "n": "a['b'] * 2"}},
        },
        logging.getLogger(__name__),
    )
    properties = {"a": {"type": "object", "properties": {"b": {"type": "integer"}}}}
    mapper.register_raw_stream_schema("t", {"type": "object", "properties": properties}, [])
    (stream_map,) = mapper.stream_maps["t"]
    assert isinstance(stream_map, CustomStreamMap)
    assert stream_map.transform({"a": {"b": 2}}) == {"a__b": 2, "n": 4}
    assert set(stream_map.transformed_schema["properties"]) == {"a__b", "n"}
