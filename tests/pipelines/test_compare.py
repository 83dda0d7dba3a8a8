"""The comparison that the demo and the pipeline tests rely on finds what is to be found."""

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.pipelines.compare import compare, normalize_cell

BERLIN = ZoneInfo("Europe/Berlin")
COLUMNS: dict[str, dict[str, Any]] = {
    "Name": {"type": "text"},
    "Amount": {"type": "number", "data": {}},
    "Tags": {"type": "multiple-select", "data": {}},
}
ROWS: list[dict[str, Any]] = [
    {"Name": "a", "Amount": 1, "Tags": ["x", "y"]},
    {"Name": "b", "Amount": 0, "Tags": []},
    {"Name": None, "Amount": None},
]


def compared(source, destination):
    return compare("things", source, destination, COLUMNS, BERLIN)


def test_the_same_rows_in_another_order_are_equal():
    result = compared(ROWS, ROWS[::-1])
    assert result.equal
    assert (result.rows_in, result.rows_out) == (3, 3)


@pytest.mark.parametrize(
    "destination",
    [
        [],
        ROWS[:2],
        [*ROWS, ROWS[0]],
        [*ROWS[:2], {"Name": ""}, {"Name": ""}],
        [{**ROWS[0], "Name": "A"}, *ROWS[1:]],
        [{**ROWS[0], "Amount": 1.0000001}, *ROWS[1:]],
        [{**ROWS[0], "Tags": ["y", "x"]}, *ROWS[1:]],
        [ROWS[0], {**ROWS[1], "Amount": None}, ROWS[2]],
        [ROWS[0], {"Name": "b", "Tags": []}, ROWS[2]],
        [*ROWS[:2], {"Name": "0"}],
    ],
    ids=[
        "nothing arrived",
        "a row is missing",
        "a row came twice",
        "an empty row came twice",
        "another letter case",
        "a digit",
        "the order of a list",
        "zero became empty",
        "a column is missing",
        "empty became zero",
    ],
)
def test_what_differs_is_found(destination):
    result = compared(ROWS, destination)
    assert not result.equal
    assert result.missing or result.unexpected


@pytest.mark.parametrize(
    ("kind", "data", "cells"),
    [
        ("number", {}, [5, 5.0, Decimal("5.00"), "5", "5.0"]),
        ("number", {}, [100, 1e2, "100", Decimal("1E+2")]),
        ("checkbox", {}, [True, "true", "1"]),
        ("date", {"format": "YYYY-MM-DD"}, ["2024-06-05T00:00:00+02:00", date(2024, 6, 5),
                                            "2024/06/05", "2024-06-05"]),
        ("date", {"format": "YYYY-MM-DD HH:mm"}, [
            "2024-06-05T12:00:00+02:00", datetime(2024, 6, 5, 10, 0),  # noqa: DTZ001
            datetime(2024, 6, 5, 10, tzinfo=timezone.utc), "2024-06-05 12:00",
            "2024/06/05 12:00"]),
        ("ctime", None, ["2024-01-01T01:00:00.123+01:00", "2024-01-01T00:00:00.123Z",
                         datetime(2024, 1, 1, 0, 0, 0, 123000)]),  # noqa: DTZ001
        ("formula", {"result_type": "number"}, [0.5, Decimal("0.5")]),
        ("formula", {"result_type": "number"}, ["#DIV/0!", "#VALUE!", None, ""]),
        ("link-formula", {"result_type": "array", "array_type": "date",
                          "array_data": {"format": "YYYY-MM-DD"}},
         [["2024-01-01T00:00:00+01:00"], ["2024-01-01"]]),
        ("text", {}, ["", None]),
    ],
)  # fmt: skip
def test_one_value_in_different_places(kind, data, cells):
    forms = [normalize_cell(cell, kind, data or {}, BERLIN) for cell in cells]
    assert forms == forms[:1] * len(forms)


@pytest.mark.parametrize(
    ("kind", "data", "value", "other"),
    [
        ("text", {}, "5", "5.0"),
        ("text", {}, "#DIV/0!", None),
        ("number", {}, 0, None),
        ("number", {}, Decimal("0.1"), Decimal("0.10000000000000001")),
        ("checkbox", {}, False, None),
        ("date", {"format": "YYYY-MM-DD"}, date(2024, 6, 5), "2024-06-04T00:00:00+02:00"),
        ("date", {"format": "YYYY-MM-DD HH:mm"}, "2024-06-05T12:00:00+02:00",
         datetime(2024, 6, 5, 12, 0)),  # noqa: DTZ001
        ("link", {}, [{"row_id": "a", "display_value": "A"}],
         [{"row_id": "b", "display_value": "A"}]),
    ],
)  # fmt: skip
def test_two_values_that_look_alike(kind, data, value, other):
    assert normalize_cell(value, kind, data, BERLIN) != normalize_cell(other, kind, data, BERLIN)
