"""Records decoded by their schema are those that the validator lets pass, value by value."""

import json
import math
from decimal import Decimal

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from singer_sdk.exceptions import InvalidRecord

from target_seatable.messages.typed_decoder import TypedDecoder, UntypableSchema, record_of
from target_seatable.messages.validation import validator_for
from target_seatable.messages.whole_numbers import with_integers

NAMES = st.sampled_from(["id", "Name", "a b", "ä", "_deleted_at", "more"])
TYPES = ["string", "number", "integer", "boolean", "array", "object", "null"]
SIMPLE = st.fixed_dictionaries(
    {"type": st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), unique=True))},
    optional={
        "maxLength": st.integers(0, 3),
        "format": st.sampled_from(["date", "date-time"]),
        "x-seatable": st.just({"type": "text"}),
        "minimum": st.integers(-1, 1),
        "enum": st.just(["a", 1, None]),
        "properties": st.just({"x": {"type": "string"}}),
    },
)
SCHEMAS = st.recursive(
    SIMPLE | st.just({}) | st.just({"type": ["null", "string"]}),
    lambda inner: (
        st.fixed_dictionaries({"type": st.just(["array", "null"]), "items": inner})
        | st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)})
    ),
    max_leaves=3,
)
NUMERALS = st.sampled_from(
    ["0", "-0", "5", "5.0", "-1.50", "1e3", "1E-400", "1e400", "0.1", "1.0000000000000001",
     "123456789012345", "1234567890123456", "9007199254740993", "12345678901234567890123", "0.30"]
)  # fmt: skip


class Numeral(float):
    """A number in the digits of its source."""

    digits: str

    def __new__(cls, digits):
        made = super().__new__(cls, digits)
        made.digits = digits
        return made

    def __repr__(self):
        return self.digits


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(["", "a", "\U0001f600a", "abcd"])
    | NUMERALS.map(Numeral),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2)
    ),
    max_leaves=3,
)


def spelled(value):
    """A value as JSON, numbers with the digits that they were given."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{spelled(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spelled, value)) + "]"
    return value.digits if isinstance(value, Numeral) else json.dumps(value)


def line(record):
    return f'{{"type":"RECORD","stream":"s","record":{spelled(record)}}}'.encode()


@settings(max_examples=1500, deadline=None)
@given(
    properties=st.dictionaries(NAMES, SCHEMAS, min_size=1),
    records=st.lists(st.dictionaries(NAMES, VALUES), min_size=1, max_size=4),
    data=st.data(),
)
def test_what_passes_is_what_the_validator_lets_pass(properties, records, data):
    required = data.draw(st.lists(st.sampled_from(sorted(properties)), unique=True))
    exact = set(data.draw(st.lists(NAMES, unique=True)))
    schema = {"type": "object", "properties": properties, "required": required}
    validator = validator_for(schema)
    try:
        decoder = TypedDecoder("s", schema, exact, validates=True)
    except UntypableSchema:
        assert "_deleted_at" in required  # which is no column
        return
    lines = []
    decoded = []
    for encoded in map(line, records):
        try:
            decoded += [message.record for message in decoder.decode(encoded)]
        except msgspec.DecodeError:  # noqa: PERF203
            event("does not fit")
        else:
            lines.append(encoded)
    if not decoded:
        return
    columns, doubtful = decoder.column_values(decoded)
    for position, encoded in enumerate(lines):
        whole = msgspec.json.decode(encoded, type=dict[str, msgspec.Raw])["record"]
        plain = record_of(encoded)
        if position in doubtful:
            event("doubtful")
            continue
        event("passes")
        try:
            validator.validate(dict(plain))
        except InvalidRecord:
            pytest.fail(f"{bytes(whole)!r} does not fit {schema}")
        given_ = {
            name: column[position]
            for name, column in columns.items()
            if column[position] is not UNSET
        }
        assert given_.keys() == plain.keys()
        for name, value in given_.items():
            items = isinstance(value, list)  # whose whole numbers are integers already
            wanted = with_integers(plain[name]) if items else plain[name]
            assert same(value, wanted), (name, value, wanted)
            assert not (name in exact and isinstance(value, float))


def same(value, plain):
    """Whether two values are the same; a double stands for the numeral that it is written with."""
    if isinstance(value, float):
        return math.isfinite(value) and Decimal(repr(value)) == plain
    if type(value) is int:
        return type(plain) is not bool and value == plain
    return type(value) is type(plain) and repr(value) == repr(plain)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {}, "required": ["id"]},
        {"type": "string", "properties": {}},
        {"type": "object", "properties": {}, "minProperties": 1},
        {"type": "object", "properties": {'with "quotes"': {}}},
        {"properties": {}},
    ],
)
def test_a_schema_that_no_type_can_express_is_left_to_the_validator(schema):
    with pytest.raises(UntypableSchema):
        TypedDecoder("s", schema, set(), validates=True)


def test_lines_of_other_streams_do_not_fit():
    decoder = TypedDecoder("s", {"type": "object", "properties": {"a": {}}}, set(), validates=True)
    for other in (
        b'{"type":"RECORD","stream":"t","record":{}}',
        b'{"type":"STATE","stream":"s","record":{}}',
        b'{"type":"RECORD","stream":"s"}',
        b'{"type":"RECORD","stream":"s","record":{"b":1}}',
        b'{"type":"RECORD","stream":"s","record":{"a":1}',
    ):
        with pytest.raises(msgspec.DecodeError):
            decoder.decode(other)
