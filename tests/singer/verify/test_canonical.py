"""Values have one form exactly if only their types differ."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from singer_seatable.verify.canonical import encode, form_of

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")

TEXT = {"type": ["string", "null"]}
NUMBER = {"type": ["number", "null"]}
INTEGER = {"type": ["integer", "null"]}
FLAG = {"type": ["boolean", "null"]}
DAY = {"type": ["string", "null"], "format": "date"}
MOMENT = {"type": ["string", "null"], "format": "date-time"}
TEXTS = {"type": ["array", "null"], "items": {"type": ["string", "null"]}}
NUMBERS = {"type": ["array", "null"], "items": NUMBER}
DAYS = {"type": ["array", "null"], "items": DAY}
LINKS = {
    "type": ["array", "null"],
    "items": {"type": "object", "properties": {"row_id": TEXT}},
}
PLACE = {"type": ["object", "null"], "properties": {"lng": NUMBER, "lat": NUMBER}}
ANYTHING: dict[str, object] = {}


def form(schema, value, *, zone=UTC, is_double=False):
    return encode(form_of(schema, zone, is_double=is_double)(value))


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        (TEXT, ["", None]),
        (TEXT, ["5", 5, Decimal(5)]),
        (TEXT, ["ä\n€", "ä\n€".encode()]),
        (NUMBER, [5, 5.0, Decimal("5.00"), "5", "5.0", "5e0", Decimal("0.5E+1")]),
        (NUMBER, [0, -0.0, Decimal("0.00"), "0", "-0"]),
        (NUMBER, [100, 1e2, "100", Decimal("1E+2")]),
        (NUMBER, [0.1, Decimal("0.1"), "0.10"]),
        (NUMBER, [1e300, Decimal("1e300"), 10**300]),
        (INTEGER, [2**53 + 1, Decimal(2**53 + 1), str(2**53 + 1)]),
        (FLAG, [True, 1, "true", "t", "1", Decimal(1), b"\x01", 1.0]),
        (FLAG, [False, 0, "false", "F", "0", b"\x00"]),
        (DAY, [date(2024, 6, 5), "2024-06-05", "2024/06/05", datetime(2024, 6, 5),  # noqa: DTZ001
               "2024-06-05T00:00:00", "2024-06-05 00:00:00.000000", "2024-06-05T00:00:00+00:00"]),
        (MOMENT, ["2024-06-05T12:00:00+02:00", datetime(2024, 6, 5, 10, 0),  # noqa: DTZ001
                  datetime(2024, 6, 5, 10, tzinfo=UTC), "2024-06-05 10:00",
                  "2024/06/05 10:00", "2024-06-05T10:00:00.000Z", "2024-06-05 10:00:00.000000",
                  datetime(2024, 6, 5, 12, tzinfo=BERLIN)]),
        (TEXTS, [["a", "b"], '["a","b"]', '[ "a", "b" ]', ("a", "b")]),
        (TEXTS, [[], None, "[]", ""]),
        (NUMBERS, [[1, 2.5], "[1.0, 2.50]", [Decimal(1), Decimal("2.5")]]),
        (DAYS, [["2024-06-05"], [date(2024, 6, 5)], '["2024-06-05T00:00:00"]']),
        (LINKS, [[{"row_id": "x", "display_value": None}], [{"row_id": "x"}], '[{"row_id":"x"}]']),
        (PLACE, [{"lng": 1, "lat": 2.5}, '{"lat": 2.50, "lng": 1.0}', {"lat": 2.5, "lng": 1}]),
        ({**TEXT, "member": "url"}, ["a", {"url": "a", "path": "b"}, '{"url": "a"}']),
        ({"type": "object", "ignored": ["x"]}, [{"x": 1, "y": 2}, {"x": 3, "y": 2}, '{"y": 2}']),
        ({**NUMBERS, "unordered": True}, [[1, 2, 2], [2, 1, 2], "[2, 2.0, 1]"]),
        (ANYTHING, [{"b": 1, "a": [None, {}]}, '{"a": [null, {}], "b": 1.0}']),
    ],
)  # fmt: skip
def test_one_value_of_different_types(schema, values):
    assert {form(schema, value) for value in values} == {form(schema, values[0])}


@pytest.mark.parametrize(
    ("schema", "value", "other"),
    [
        (TEXT, "5", "5.0"),
        (TEXT, "a", "A"),
        (TEXT, "a", "a "),
        (TEXT, "null", None),
        (TEXT, "line\nbreak", "line\\nbreak"),
        (TEXT, "e\u0301", "é"),
        (NUMBER, 0, None),
        (NUMBER, Decimal("0.1"), Decimal("0.10000000000000001")),
        (NUMBER, 1, "one"),
        (NUMBER, 1, True),
        (NUMBER, 2**53, 2**53 + 1),
        (NUMBER, 1.5, 2),
        (FLAG, False, None),
        (FLAG, True, 2),
        (FLAG, True, "maybe"),
        (DAY, "2024-06-05", "2024-06-06"),
        (DAY, date(2024, 6, 5), "2024-06-04T00:00:00+02:00"),
        (DAY, "2024-06-05", "2024-06-05T22:00:00"),
        (DAY, "2024-01-02", "02.01.2024"),
        (MOMENT, "2024-06-05T12:00:00+02:00", datetime(2024, 6, 5, 12, 0)),  # noqa: DTZ001
        (MOMENT, "2024-06-05T12:00:00.123Z", "2024-06-05T12:00:00Z"),
        (MOMENT, "2024-06-05T00:00:00Z", date(2024, 6, 5)),
        (MOMENT, "2024-06-05T12:00:00Z", "soon"),
        (TEXTS, ["a", "b"], ["b", "a"]),
        (TEXTS, ["a"], ["a", None]),
        (TEXTS, ["1"], ["1.0"]),
        (LINKS, [{"row_id": "a", "display_value": "A"}], [{"row_id": "b", "display_value": "A"}]),
        (LINKS, [{"row_id": "a", "undeclared": "A"}], [{"row_id": "a", "undeclared": "B"}]),
        (PLACE, {"lng": 1, "lat": 2}, {"lng": 2, "lat": 1}),
        ({**NUMBERS, "unordered": True}, [1, 2, 2], [1, 1, 2]),
        (ANYTHING, {"a": 1}, {"a": 2}),
    ],
)  # fmt: skip
def test_two_values_that_look_alike(schema, value, other):
    assert form(schema, value) != form(schema, other)


def test_numbers_kept_as_doubles_are_compared_as_such():
    digits = Decimal("0.10000000000000001")
    assert form(NUMBER, digits, is_double=True) == form(NUMBER, 0.1, is_double=True)
    assert form(NUMBER, 0.1, is_double=True) != form(NUMBER, 0.1 + 1e-17 * 4, is_double=True)


def test_date_times_without_offset_are_of_the_zone_that_is_named():
    stored = datetime(2024, 6, 5, 12)  # noqa: DTZ001
    assert form(MOMENT, stored, zone=BERLIN) == form(MOMENT, "2024-06-05T10:00:00Z")
    text = "2024-06-05 12:00"
    assert form(MOMENT, text, zone=BERLIN) == form(MOMENT, "2024-06-05T10:00:00Z")
    ahead = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))  # before the year 1 in UTC
    assert form(MOMENT, ahead) != form(MOMENT, None)
