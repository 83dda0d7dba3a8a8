"""Numbers are checked exactly, and whatever goes wrong with a record is that record's."""

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import InvalidRecord

from target_seatable.messages.validation import validator_for
from tests.target.singer import record, schema

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False) | st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places, decimal.Context(prec=60)),
    st.integers(-(10**45), 10**45),
    st.integers(0, 20),
)
STEPS = st.sampled_from(
    [1, 3, 10**30, Decimal("0.01"), Decimal("1E-10"), Decimal("0.3"), Decimal(7)]
)


def validator(property_schema):
    return validator_for({"type": "object", "properties": {"v": property_schema}})


def fits(property_schema, value):
    try:
        validator(property_schema).validate({"v": value})
    except InvalidRecord as refusal:
        assert "set validate_records to false" in str(refusal)  # noqa: PT017
        return False
    return True


@settings(max_examples=150)
@given(NUMBERS | st.integers(), STEPS)
def test_a_multiple_is_one_however_many_digits_it_has(number, step):
    if Fraction(number) and Decimal(number).adjusted() > 5000:
        return
    assert fits({"multipleOf": step}, number) == ((Fraction(number) / Fraction(step)) % 1 == 0)


@settings(max_examples=100)
@given(NUMBERS, NUMBERS, st.sampled_from(["minimum", "maximum", "enum", "const"]))
def test_limits_are_exact(number, limit, keyword):
    expected = {"minimum": number >= limit, "maximum": number <= limit}.get(
        keyword, number == limit
    )
    assert fits({keyword: [limit] if keyword == "enum" else limit}, number) == expected


@given(st.integers(-(10**30), 10**30), st.sampled_from(["", ".0", ".000", "e0", "E+2"]))
def test_a_whole_number_is_an_integer_however_it_is_written(number, tail):
    value = Decimal(f"{number}{tail}")
    for property_schema in (
        {"type": "integer"},
        {"type": ["null", "integer"]},
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        {"type": "integer", "multipleOf": 1},
    ):
        assert fits(property_schema, value)
    assert (
        validator({"type": "array", "items": {"type": "integer"}}).validate({"v": [value]}) is None
    )
    assert not fits({"type": "integer"}, Decimal(f"{number}.5"))


@pytest.mark.parametrize(
    ("property_schema", "value"),
    [
        ({"multipleOf": Decimal("1E-10")}, Decimal("1E+9000000")),
        ({"multipleOf": 0}, 5),
        ({"multipleOf": Decimal("0.01")}, Decimal("NaN")),
        ({"minimum": 1}, Decimal("sNaN")),
        ({"$ref": "#"}, 5),
        ({"type": "integer"}, Decimal("1E+9000000")),
    ],
)
def test_whatever_a_validator_raises_is_one_record(property_schema, value):
    assert not fits(property_schema, value)


def test_a_value_that_is_refused_is_shown():
    with pytest.raises(InvalidRecord, match=r"record.v must be string; it is 5. To load such"):
        validator({"type": "string"}).validate({"v": 5})
    with pytest.raises(InvalidRecord, match=r"record.v does not fit multipleOf 0.01; it is 1.234."):
        validator({"multipleOf": Decimal("0.01")}).validate({"v": Decimal("1.234")})


@pytest.mark.servers("gateway")
def test_a_long_decimal_and_its_step(base):
    shape = schema("t", {"id": "integer", "v": {"type": "number", "multipleOf": 1e-10}}, ["id"])
    line = '{"type":"RECORD","stream":"t","record":{"id":2,"v":12345678901234567890.1234567890}}\n'
    base.load(shape, line, record("t", id=1, v=0.5))
    assert {row["id"]: row["v"] for row in base.rows("t")} == {
        1: "0.5",
        2: "12345678901234567890.1234567890",
    }


WHOLE = ["1.0", "2e0", "30E-1", "-0", "4"]


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("known", [False, True])  # then lines take the fast path
@pytest.mark.parametrize("column", ["number", "text"])
def test_keys_of_integers_are_integers_however_they_are_written(base, known, column):
    before = [record("t", id=4, n=7)] * (5_000 if known else 1)
    lines = [
        f'{{"type":"RECORD","stream":"t","record":{{"id":{id_},"n":{n}}}}}\n'
        for id_, n in zip(WHOLE, reversed(WHOLE), strict=True)
    ]
    shape = schema("t", {"id": "integer", "n": "integer"}, ["id"])
    base.load(shape, *before, *lines, column_types={"t": {"id": column, "n": column}})
    as_stored = str if column == "text" else int
    assert {row["id"]: row["n"] for row in base.rows("t")} == {
        as_stored(key): as_stored(n) for key, n in [(1, 4), (2, 0), (3, 3), (0, 2), (4, 1)]
    }
