"""How the server silently coerces written values."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from seatable_sandbox.columns.dates import parse_date
from seatable_sandbox.columns.types import WriteContext, type_of
from seatable_sandbox.engine.stored_rows import format_cell
from seatable_sandbox.model.errors import ConversionError
from seatable_sandbox.model.model import Column

BERLIN = ZoneInfo("Europe/Berlin")
FILE = {"name": "a", "size": 1, "type": "file", "url": "u"}


def column(column_type: str, **data: Any) -> Column:
    return Column("x", "x", column_type, data or None)


def stored(target: Column, value: Any, context: WriteContext | None = None) -> Any:
    coerce = type_of(target).coerce
    assert coerce is not None
    found = coerce(value, target, context or WriteContext(BERLIN))
    return None if found is None else format_cell(target, found, "new")


@pytest.mark.parametrize(
    ("column_type", "written", "expected"),
    [
        ("text", "abc", "abc"),
        ("text", 5, "5"),
        ("text", True, "true"),
        ("text", None, None),
        ("text", {"a": 1}, "[object Object]"),
        ("text", [1, 2], "1,2"),
        ("text", 5.0, "5"),
        ("number", 5, 5),
        ("number", 1.5, 1.5),
        ("number", "5", 5),
        ("number", "1,234.5", 1234.5),
        ("number", "5%", 0.05),
        ("number", "-3", -3),
        ("number", "abc", None),
        ("number", "", None),
        ("number", None, None),
        ("number", "1e5", 15),
        ("number", "12abc", 12),
        ("number", 5.0, 5),
        ("number", False, None),
        ("text", 1e-7, "1e-7"),
        ("text", 0.00001, "0.00001"),
        ("text", 2**53 + 1, "9007199254740992"),
        ("text", 12345678901234567890, "12345678901234567000"),
        ("text", 1e21, "1e+21"),
        ("checkbox", True, True),
        ("checkbox", False, False),
        ("checkbox", 1, False),
        ("checkbox", "true", True),
        ("checkbox", "True", False),
        ("checkbox", None, False),
        ("checkbox", "yes", False),
        ("rate", 3, 3),
        ("rate", 99, 99),
        ("rate", "3", "3"),
        ("rate", None, None),
        ("email", "a@b", "a@b"),
        ("email", 5, "5"),
        ("url", None, None),
        ("image", ["https://x/y.png"], ["https://x/y.png"]),
        ("image", "https://x/y.png", None),
        ("image", "http://x/y.png", ["http://x/y.png"]),
        ("file", [FILE], [FILE]),
        ("file", [{"name": "a"}], None),
        ("file", [FILE, {**FILE, "size": None}], [FILE]),
        ("file", [{**FILE, "size": None}], None),
        ("file", [{**FILE, "size": 0}], [{**FILE, "size": 0}]),
        ("file", [{**FILE, "name": ""}], None),
        ("file", [{**FILE, "url": ""}], None),
        ("image", "http://x.y/a.png https://x.y/b.png http://x.y/c.txt", ["http://x.y/a.png"]),
        ("file", "x", None),
        ("collaborator", ["a@auth.local"], ["a@auth.local"]),
        ("collaborator", "x", "x"),
        ("auto-number", "0009", "0009"),
        ("digital-sign", "x", None),
    ],
    ids=repr,
)
def test_values_are_coerced_by_type(column_type: str, written: Any, expected: Any) -> None:
    found = stored(column(column_type), written)
    assert found == expected
    assert type(found) is type(expected)


def test_long_texts_are_truncated_silently() -> None:
    assert len(stored(column("text"), "x" * 10_001)) == 10_000
    assert len(stored(column("long-text"), "x" * 100_001)["text"]) == 100_000
    assert len(stored(column("email"), "x" * 10_001)) == 10_001
    # In UTF-16 units, through a character if need be.
    assert stored(column("text"), "\U0001f600" * 5_001) == "\U0001f600" * 5_000
    assert stored(column("text"), "x" + "\U0001f600" * 5_000) == (
        "x" + "\U0001f600" * 4_999 + "\ufffd"
    )
    assert stored(column("text"), "é" * 10_000) == "é" * 10_000


@pytest.mark.parametrize("decimal", ["dot", "comma"])
def test_number_formats_do_not_change_how_numbers_are_read(decimal: str) -> None:
    assert stored(column("number", decimal=decimal, thousands="dot"), "1.234,50") == 1.2345


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("hi", "hi"),
        ("   ", None),
        (" \ufeff\xa0", None),
        ("\x1c", "\x1c"),
        (5, None),
        ({"text": "  ", "preview": "", "images": [], "links": []}, "  "),
        ({"text": ""}, None),
        ({"text": "q", "preview": "q"}, "q"),
    ],
    ids=repr,
)
def test_long_text(written: Any, text: str | None) -> None:
    found = stored(column("long-text"), written)
    assert (found and found["text"]) == text


@pytest.mark.parametrize(
    ("pattern", "written", "seconds"),
    [
        ("h:mm", 90, 90),
        ("h:mm", "90", 90),
        ("h:mm", "1:30", 5400),
        ("h:mm", "1:30:30", 109_800),
        ("h:mm", 0, 0),
        ("h:mm", "abc", None),
        ("h:mm", "", None),
        ("h:mm:ss", "1:30", 90),
        ("h:mm:ss", "1:30:30", 5430),
        ("h:mm:ss", 1.5, 1.5),
        ("h:mm:ss.s", 90, None),
        ("h:mm:ss.sss", "1:30", None),
    ],
    ids=repr,
)
def test_durations(pattern: str, written: Any, seconds: int | None) -> None:
    assert stored(column("duration", duration_format=pattern), written) == seconds


@pytest.mark.parametrize(
    ("geo_format", "written", "expected"),
    [
        ("lng_lat", {"lng": 8.23, "lat": 50}, {"lng": 8.23, "lat": 50}),
        ("lng_lat", "8.23, 50", {"lat": 50, "lng": 8.23}),
        ("lng_lat", "", None),
        ("lng_lat", "8.23", None),
        ("lng_lat", "S50°30\u203236\u2033, W8°15\u2032", {"lat": -50.51, "lng": -8.25}),
        ("lng_lat", "08.23, 50", None),
        (
            "country_region",
            "Berlin",
            {"province": "", "city": "", "district": "", "detail": "Berlin"},
        ),
        (
            "geolocation",
            "广东省深圳市南山区科技园",
            {"province": "广东省", "city": "深圳市", "district": "南山区", "detail": "科技园"},
        ),
        (
            "geolocation",
            "北京市海淀区",
            {"province": "北京市", "city": "北京市", "district": "海淀区", "detail": ""},
        ),
    ],
    ids=repr,
)
def test_geolocations(geo_format: str, written: Any, expected: Any) -> None:
    assert stored(column("geolocation", geo_format=geo_format), written) == expected


@pytest.mark.parametrize("column_type", ["number", "single-select"])
@pytest.mark.parametrize("written", [True, [1], {"a": 1}])
def test_lists_and_booleans_throw_inside_the_server(column_type: str, written: Any) -> None:
    with pytest.raises(ConversionError, match=r"trim is not a function"):
        stored(column(column_type), written)


def select(column_type: str) -> Column:
    return column(column_type, options=[{"id": "1", "name": "A"}, {"id": "2", "name": "A B"}])


@pytest.mark.parametrize(
    ("column_type", "written", "expected", "created"),
    [
        ("single-select", "A", "1", []),
        ("single-select", " A", None, [" A"]),
        ("single-select", 5, None, ["5"]),
        ("single-select", "", None, []),
        ("single-select", False, None, []),
        ("single-select", "\ufeff", None, []),
        ("single-select", None, None, []),
        ("multiple-select", ["A"], ["1"], []),
        ("multiple-select", ["new", 5], None, ["new", 5]),
        ("multiple-select", ["", None], None, ["", None]),
        ("multiple-select", ["A", "A"], ["1", "1"], []),
        ("multiple-select", [" A", True, 1], None, [" A", True, 1]),
        ("multiple-select", "A B", ["2"], []),
        ("multiple-select", "x y", None, ["x", "y"]),
        ("multiple-select", [], None, []),
        ("multiple-select", 5, None, []),
        ("multiple-select", None, None, []),
    ],
    ids=repr,
)
def test_selects_create_options(
    column_type: str, written: Any, expected: Any, created: list[Any]
) -> None:
    target = select(column_type)
    found = stored(target, written)
    new = target.options[2:]
    assert [option["name"] for option in new] == created
    if created:
        ids = [option["id"] for option in new]
        assert found == (ids[0] if column_type == "single-select" else ids)
    else:
        assert found == expected


def test_servers_before_4_1_create_no_options() -> None:
    target = select("multiple-select")
    assert stored(target, ["A", "new"], WriteContext(BERLIN, creates_options=False)) == ["1"]
    assert len(target.options) == 2


D, DT, US, DAY_FIRST, DOTTED = (
    "YYYY-MM-DD",
    "YYYY-MM-DD HH:mm",
    "M/D/YYYY",
    "DD/MM/YYYY",
    "DD.MM.YYYY HH:mm",
)


@pytest.mark.parametrize(
    ("pattern", "written", "new", "old"),
    [
        (D, "2024-06-05", "2024-06-05", "2024-06-05"),
        (D, "2024-06-05T23:20:30Z", "2024-06-06", "2024-06-05"),
        (D, "05/06/2024", "2024-06-05", "2024-05-06"),
        (D, "6/5/2024", "2024-06-05", "2024-06-05"),
        (D, "13/06/2024", "2024-06-13", None),
        (D, "20.06.2030 23:55", "2030-06-20", None),
        (D, "1717575630000", "2024-06-05", "2024-06-05"),
        (D, "0001-01-01", "1-01-01", "2001-01-01"),
        (D, "junk", None, None),
        (D, "2024-02-30", "2024-03-01", "2024-03-01"),
        (D, "2024-13-01", None, None),
        (D, "2024-06", "2024-06-01", "2024-06-01"),
        (D, "June 5, 2024", "2024-06-05", "2024-06-05"),
        (D, "10:20", "2024-10-20", "2024-10-20"),
        (D, "99999999999999999999", None, None),
        (DT, "0001-01-01 00:00", "1-01-01 00:00", "2001-01-01 00:00"),
        (DT, "2024-06-05 10:20 PM", "2024-06-05 10:20", "2024-06-05 10:20"),
        (DT, "2024-06-05 24:00", "2024-06-06 00:00", "2024-06-06 00:00"),
        (DT, "2024-03-31 02:30", "2024-03-31 03:30", "2024-03-31 03:30"),
        (DOTTED, "2024-03-31 02:30", "2024-03-31 03:30", "2024-03-31 03:30"),
        (DT, "2024-10-27 02:30", "2024-10-27 02:30", "2024-10-27 02:30"),
        (DT, "2024-06-05", "2024-06-05 00:00", "2024-06-05 00:00"),
        (DT, "2024-06-05 10:20:59", "2024-06-05 10:20", "2024-06-05 10:20"),
        (DT, "2024-06-05T10:20:30Z", "2024-06-05 12:20", "2024-06-05 00:00"),
        (DT, "2024-06-05T10:20", "2024-06-05 10:20", "2024-06-05 00:00"),
        (DT, "2024-06-05T00:00:00+02:00", "2024-06-05 00:00", "2024-06-05 00:00"),
        (DT, "2030/06/20", "2030-06-20 00:00", "2030-06-20 00:00"),
        (DT, "9999-12-31", "9999-12-31 00:00", "9999-12-31 00:00"),
        (US, "2024-06-05T23:20:30Z", "2024-06-06", "2024-06-06"),
        (US, "05/06/2024", "2024-06-05", "2024-05-06"),
        (DAY_FIRST, "05/06/2024", "2024-06-05", "2024-06-05"),
        (DAY_FIRST, "20.06.2030", "2030-06-20", "2030-06-20"),
        (DOTTED, "2024-06-05T23:20:30Z", "2024-06-06 01:20", "2024-06-06 01:20"),
        (DOTTED, "20.06.2030 23:55", "2030-06-20 23:55", "2030-06-20 23:55"),
    ],
    ids=repr,
)
def test_dates(pattern: str, written: str, new: str | None, old: str | None) -> None:
    assert parse_date(written, pattern, BERLIN, "new", 2024) == new
    assert parse_date(written, pattern, BERLIN, "old", 2024) == old


@pytest.mark.parametrize("written", [20240605, None, "", True, ["2024-06-05"]])
def test_only_texts_are_dates(written: Any) -> None:
    assert parse_date(written, D, BERLIN, "new", 2024) is None
