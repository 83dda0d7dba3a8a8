"""From cells to values: never a wrong value, never an exception, the same on every generation."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from seatable_client.column_types import codec
from seatable_client.column_types.readers import FORMULA_ERRORS, Reading
from seatable_client.column_types.registry import TYPES
from seatable_client.metadata import SYSTEM_COLUMNS, Column
from seatable_client.timestamps import fixed_offset, parse_instant
from tests.client.column_types.column_strategies import CELL, DAY_FORMATS, SOME_COLUMN, column

BERLIN = ZoneInfo("Europe/Berlin")


def read(kind: str, cell, *, zone=timezone.utc, **data):
    """The value and how many parts of it were left out."""
    context = Reading(zone=lambda: zone)
    value = codec.reader(column(kind, **data), context)(cell)
    assert set(context.unread) <= {"C"}
    return value, context.unread["C"]


RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d", re.ASCII)

CHECKER = FormatChecker(["date"])


@CHECKER.checks("date-time", ValueError)
def _is_moment(value):
    if not isinstance(value, str):
        return True
    day_and_time = re.sub(r"\.\d+", "", value)
    return bool(RFC_3339.fullmatch(value) and datetime.fromisoformat(day_and_time))


@settings(max_examples=600)
@given(SOME_COLUMN, CELL)
def test_whatever_a_server_sends_the_value_keeps_to_the_schema(some_column, cell):
    value = codec.reader(some_column, Reading())(cell)
    schema = codec.schema(some_column)
    Draft202012Validator(schema, format_checker=CHECKER).validate(value)
    json.dumps(value, allow_nan=False)


@pytest.mark.parametrize("kind", [*TYPES, "something-new"])
@pytest.mark.parametrize("cell", [None, "", []])
def test_an_empty_cell_is_none_whatever_a_server_writes_for_it(kind, cell):
    for result_type in ("string", "number", "bool", "date", "array", None):
        assert read(kind, cell, result_type=result_type) == (None, 0)


GEO = {"lng": 8.23, "lat": 50}
FILE = {"name": "test.txt", "size": 12, "type": "file", "url": "https://x.example/test.txt"}
SIGN = {"username": "u@auth.local", "sign_image_url": "https://x.example/a.png", "sign_time": "t"}


@pytest.mark.parametrize(
    ("kind", "data", "gateway", "v1", "value"),
    [
        ("text", {}, "ABC", "ABC", "ABC"),
        ("long-text", {}, "## Heading\n- a", "## Heading\n- a", "## Heading\n- a"),
        ("number", {}, 499.99, 499.99, 499.99),
        ("number", {"format": "percent"}, 5, 5, 5),
        ("checkbox", {}, True, True, True),
        ("checkbox", {}, False, False, False),
        ("rate", {}, 7, "7", 7),
        ("duration", {"duration_format": "h:mm"}, 5400, 5400, 5400),
        ("date", {"format": "DD.MM.YYYY"}, "2030-06-20T00:00:00+02:00", "2030-06-20", "2030-06-20"),
        (
            "date",
            {"format": "M/D/YYYY HH:mm"},
            "2030-06-20T23:55:00+02:00",
            "2030-06-20 23:55",
            "2030-06-20T23:55:00+02:00",
        ),
        ("single-select", {}, "option-1", "option-1", "option-1"),
        ("multiple-select", {}, ["a", "b"], ["a", "b"], ["a", "b"]),
        ("collaborator", {}, ["u@auth.local"], ["u@auth.local"], ["u@auth.local"]),
        (
            "image",
            {},
            ["https://x.example/a.png"],
            ["https://x.example/a.png"],
            ["https://x.example/a.png"],
        ),
        ("file", {}, [FILE], [FILE], [FILE]),
        ("geolocation", {}, GEO, GEO, GEO),
        ("digital-sign", {}, SIGN, SIGN, SIGN),
        ("department-single-select", {}, 3, 3, 3),
        ("email", {}, "a@b.example", "a@b.example", "a@b.example"),
        ("url", {}, "https://x.example", "https://x.example", "https://x.example"),
        ("creator", {}, "u@auth.local", "u@auth.local", "u@auth.local"),
        (
            "mtime",
            {},
            "2025-09-15T10:57:23.4+02:00",
            "2025-09-15T08:57:23.400+00:00",
            "2025-09-15T08:57:23.400+00:00",
        ),
        ("auto-number", {}, "row-0001", "row-0001", "row-0001"),
        ("formula", {"result_type": "number"}, 3.5, "3.5", 3.5),
        ("formula", {"result_type": "number", "format": "dollar"}, 3.5, "$3.50", 3.5),
        ("formula", {"result_type": "number", "format": "dollar"}, -1234.5, "-$1,234.50", -1234.5),
        ("formula", {"result_type": "number", "format": "percent"}, 0.1234, "12.34%", 0.1234),
        (
            "formula",
            {"result_type": "number", "format": "euro", "decimal": "comma", "thousands": "dot"},
            1234.5,
            "€1.234,50",
            1234.5,
        ),
        (
            "formula",
            {"result_type": "number", "format": "custom_currency", "currency_symbol": "Rs."},
            500,
            "Rs.500",
            500,
        ),
        (
            "formula",
            {"result_type": "number", "format": "number", "thousands": "space"},
            1234567.5,
            "1 234 567.5",
            1234567.5,
        ),
        ("formula", {"result_type": "number"}, 1e21, "1e+21", 1e21),
        ("formula", {"result_type": "bool"}, False, "false", False),
        ("formula", {"result_type": "bool"}, True, "true", True),
        ("formula", {"result_type": "string"}, "x", "x", "x"),
        (
            "formula",
            {"result_type": "date", "format": "DD/MM/YYYY HH:mm"},
            "2024-06-05T10:00:00+02:00",
            "05/06/2024 10:00",
            "2024-06-05T10:00:00+02:00",
        ),
        (
            "formula",
            {"result_type": "date", "format": "M/D/YYYY"},
            "2024-06-05T00:00:00+02:00",
            "6/5/2024",
            "2024-06-05",
        ),
        (
            "formula",
            {"result_type": "date", "format": "YYYY-MM-DD"},
            "2031-06-20T00:00:00+02:00",
            "2031-06-20",
            "2031-06-20",
        ),
        ("formula", {}, 3.9000000000000004, 3.9000000000000004, "3.9000000000000004"),
        ("link-formula", {"result_type": "number"}, 6, "6", 6),
        ("link-formula", {"result_type": "number"}, 1.25, "1.25", 1.25),
        ("link-formula", {"result_type": "string"}, "1.1 1.2", "1.1 1.2", "1.1 1.2"),
        (
            "link-formula",
            {"result_type": "array", "array_type": "number"},
            [1.1, 1.1, 1.4],
            "1.1, 1.1, 1.4",
            [1.1, 1.1, 1.4],
        ),
        ("link-formula", {"result_type": "array", "array_type": "number"}, [6, 7], "6, 7", [6, 7]),
        (
            "link-formula",
            {"result_type": "array", "array_type": "number", "array_data": {"decimal": "comma"}},
            [1.5, 2.5],
            "1,5, 2,5",
            [1.5, 2.5],
        ),
        (
            "link-formula",
            {"result_type": "array", "array_type": "date", "array_data": {"format": "DD.MM.YYYY"}},
            ["2024-06-05T00:00:00+02:00", "2024-06-06T00:00:00+02:00"],
            "05.06.2024, 06.06.2024",
            ["2024-06-05", "2024-06-06"],
        ),
        (
            "link-formula",
            {"result_type": "array", "array_type": "checkbox"},
            [True, False],
            "true, false",
            [True, False],
        ),
        ("link-formula", {"result_type": "array", "array_type": "text"}, ["a"], "a", ["a"]),
    ],
)
def test_a_cell_is_the_same_value_whoever_sends_it(kind, data, gateway, v1, value):
    assert read(kind, gateway, zone=BERLIN, **data) == (value, 0)
    assert read(kind, v1, zone=BERLIN, **data) == (value, 0)
    assert type(read(kind, gateway, **data)[0]) is type(value)


def test_links_of_old_and_new_servers_name_the_same_rows():
    new, _ = read("link", [{"row_id": "r1", "display_value": 1.1}])
    old, _ = read("link", ["r1"])
    assert new == [{"row_id": "r1", "display_value": 1.1}]
    assert old == [{"row_id": "r1", "display_value": None}]


@pytest.mark.parametrize("error", sorted(FORMULA_ERRORS))
@pytest.mark.parametrize("result_type", ["string", "number", "bool", "date", None])
def test_formula_errors_are_counted(error, result_type):
    assert read("formula", error, result_type=result_type) == (None, 1)


def test_formula_errors_within_a_list_are_counted():
    data = {"result_type": "array", "array_type": "number"}
    assert read("link-formula", [1, "#VALUE!", "#N/A"], **data) == ([1], 2)


@pytest.mark.parametrize(
    ("kind", "data", "cell"),
    [
        ("number", {}, "1_000"),
        ("number", {}, "nan"),
        ("number", {}, "12abc"),
        ("number", {}, True),
        ("number", {}, "1e999"),
        ("number", {}, "9" * 5000),
        ("checkbox", {}, 1),
        ("checkbox", {}, "yes"),
        ("date", {"format": "YYYY-MM-DD"}, "junk"),
        ("date", {"format": "YYYY-MM-DD"}, "2024-02-30"),
        ("date", {"format": "YYYY-MM-DD"}, "1-01-01"),
        ("date", {"format": "YYYY-MM-DD HH:mm"}, "2024-06-05 25:00"),
        ("date", {"format": "YYYY-MM-DD HH:mm"}, "hello world, this is +1234"),
        ("date", {"format": "DD/MM/YYYY"}, "06/15/2024"),
        ("mtime", {}, "yesterday"),
        ("mtime", {}, ["2024-06-05"]),
        ("geolocation", {}, "8.23, 50"),
        ("file", {}, "test.txt"),
        ("department-single-select", {}, 1.5),
        ("formula", {"result_type": "number"}, "US-$ 5"),
        ("formula", {"result_type": "number"}, "kr. 5"),
        ("formula", {"result_type": "number"}, "1, 2"),
        ("formula", {"result_type": "number"}, "12,34"),
        ("formula", {"result_type": "number", "decimal": "comma"}, "1.5"),
        ("formula", {"result_type": "date"}, "05/06/2024"),
    ],
)
def test_what_cannot_be_read_is_no_guess_and_is_counted(kind, data, cell):
    assert read(kind, cell, **data) == (None, 1)


DAYS = st.dates(min_value=datetime(1000, 1, 1).date())  # noqa: DTZ001


@given(DAYS, st.sampled_from(DAY_FORMATS), st.sampled_from([None, "result"]), st.integers(-12, 14))
def test_a_day_stays_the_day_in_every_offset_and_format(day, shown_as, result, offset):
    kind = "formula" if result else "date"
    data = {"format": shown_as, "result_type": "date"}
    shown = {
        "YYYY-MM-DD": day.isoformat(),
        "M/D/YYYY": f"{day.month}/{day.day}/{day.year}",
        "DD/MM/YYYY": f"{day:%d/%m}/{day.year}",
        "DD.MM.YYYY": f"{day:%d.%m}.{day.year}",
    }[shown_as]
    sign = "-" if offset < 0 else "+"
    for cell in (shown, f"{day.isoformat()}T00:00:00{sign}{abs(offset):02}:00"):
        assert read(kind, cell, **data) == (day.isoformat(), 0)


@given(
    st.datetimes(timezones=st.just(timezone.utc), min_value=datetime(1900, 1, 2)),  # noqa: DTZ001
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    st.integers(0, 9),
)
def test_a_time_stamp_is_the_same_instant_however_it_is_written(moment, zone, digits):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    local = moment.astimezone(ZoneInfo(zone))
    fraction = f"{local.microsecond:06}".ljust(9, "0")[: max(digits, 3)]
    offset = local.isoformat()[-6:]
    stamp = f"{local:%Y-%m-%dT%H:%M:%S}.{fraction}{offset}"
    assert parse_instant(stamp) == moment
    value, unread = read("ctime", stamp)
    assert unread == 0
    assert value == moment.isoformat(timespec="milliseconds")
    assert read("date", stamp, format="YYYY-MM-DD HH:mm") == (stamp, 0)


@given(st.lists(st.datetimes(timezones=st.just(timezone.utc)), min_size=2, max_size=5))
def test_text_order_of_instants_is_time_order(moments):
    stamps = [read("mtime", moment.isoformat(timespec="microseconds"))[0] for moment in moments]
    milliseconds = [
        moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments
    ]
    assert [moment for _, moment in sorted(zip(stamps, milliseconds, strict=True))] == sorted(
        milliseconds
    )


@pytest.mark.parametrize(
    ("wall", "value"),
    [
        ("2024-03-31 01:59", "2024-03-31T01:59:00+01:00"),
        ("2024-03-31 03:00", "2024-03-31T03:00:00+02:00"),
        ("2024-10-27 01:59", "2024-10-27T01:59:00+02:00"),
        ("2024-10-27 03:00", "2024-10-27T03:00:00+01:00"),
        ("2024-06-05", "2024-06-05T00:00:00+02:00"),
        ("2024-06-05 10:20:30", "2024-06-05T10:20:30+02:00"),
    ],
)
def test_wall_clock_text_gets_the_offset_of_its_own_day(wall, value):
    assert read("date", wall, zone=BERLIN, format="YYYY-MM-DD HH:mm") == (value, 0)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["dot", "comma"]))
def test_a_number_that_is_shown_in_full_is_read_exactly(number, decimal):
    shown = repr(number).replace(".", "," if decimal == "comma" else ".")
    value, unread = read("formula", shown, result_type="number", decimal=decimal)
    assert unread == 0
    assert value == number or math.isclose(value, number, rel_tol=0)


@given(st.integers(-(10**15), 10**15), st.integers(0, 4), st.sampled_from([".,", ",.", ". ", ", "]))
def test_thousands_are_told_from_decimals(units, places, signs):
    point, group = signs
    number = units / 10**places
    shown = f"{units / 10**places:,.{places}f}"
    shown = shown.replace(",", "_").replace(".", point).replace("_", group)
    decimal = "comma" if point == "," else "dot"
    value, unread = read("formula", shown, result_type="number", decimal=decimal)
    assert unread == 0
    assert value == float(f"{number:.{places}f}")


@pytest.mark.parametrize(
    ("stamp", "hours"),
    [
        ("2025-09-15T10:57:23.4+02:00", 2),
        ("2025-09-15T10:57:23-0530", -5.5),
        ("2025-09-15T10:57:23Z", 0),
        ("2025-09-15", None),
        ("2025-09-15 10:57", None),
    ],
)
def test_the_offset_of_a_stamp(stamp, hours):
    offset = fixed_offset(stamp)
    assert (offset and offset.utcoffset(None)) == (
        None if hours is None else timedelta(hours=hours)
    )


def test_system_columns_are_read_like_any_other():
    cells = {
        "_id": "W77uzH1cSXu2v2UtqA3xSw",
        "_ctime": "2025-09-15T10:57:19.106+02:00",
        "_mtime": "2025-09-18T09:52:00+02:00",
        "_creator": "u@auth.local",
        "_last_modifier": "u@auth.local",
    }
    values = {
        column.name: codec.reader(column, Reading())(cells[column.name])
        for column in SYSTEM_COLUMNS
    }
    assert values == {
        **cells,
        "_ctime": "2025-09-15T08:57:19.106+00:00",
        "_mtime": "2025-09-18T07:52:00.000+00:00",
    }


def test_a_list_of_numbers_is_of_one_type():
    column = Column(
        "c1", "Prices", "link-formula", {"result_type": "array", "array_type": "number"}
    )
    read = codec.reader(column, Reading())
    assert [type(number) for number in read([9.5, 6])] == [float, float]
    assert [type(number) for number in read([9, 6])] == [int, int]
