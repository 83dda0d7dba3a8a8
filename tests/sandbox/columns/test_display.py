"""How v1 displays formulas and lookups; the texts are those of SeaTable's own library."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from seatable_sandbox.columns import display
from seatable_sandbox.formulas.formula import FormulaError
from seatable_sandbox.model.model import Column


def wall(*parts: int) -> datetime:
    """A date cell: on the server's clock."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def shown(value: Any, **data: Any) -> Any:
    return display.format_result(Column("x", "x", "formula", data), value)


@pytest.mark.parametrize(
    ("value", "data", "text"),
    [
        (3.5, {}, "3.5"),
        (1234567.891, {}, "1234567.891"),
        (-1234567.891, {"decimal": "comma", "thousands": "dot"}, "-1.234.567,891"),
        (1234.5, {"thousands": "space"}, "1 234.5"),
        (1 / 3, {}, "0.33333333"),
        (0.005, {"enable_precision": True, "precision": 2}, "0.01"),
        (2.5, {"enable_precision": True, "precision": 0}, "3"),
        (-0.5, {"enable_precision": True, "precision": 0}, "0"),
        (1, {"enable_precision": True, "precision": 2, "decimal": "comma"}, "1,00"),
        (1e-7, {"decimal": "comma"}, "0.0000001"),
        (-1e-9, {"enable_precision": True, "precision": 2}, "0.00"),
        (1e21, {"thousands": "comma"}, "1e+21"),
        (0.05, {"format": "percent"}, "5%"),
        (3.5, {"format": "dollar"}, "$3.50"),
        (3, {"format": "yuan"}, "￥3.00"),
        (99.999, {"format": "euro", "decimal": "comma"}, "€99,99"),
        (9, {"format": "custom_currency", "currency_symbol": "kr"}, "kr9.00"),
        (
            9,
            {
                "format": "custom_currency",
                "currency_symbol": "kr",
                "currency_symbol_position": "after",
            },
            "9.00kr",
        ),
        (-90, {"format": "duration", "duration_format": "h:mm:ss"}, "-0:01:30"),
        (FormulaError("#VALUE!"), {}, "#VALUE!"),
        (None, {}, ""),
    ],
    ids=repr,
)
def test_numbers_are_formatted(value: Any, data: dict[str, Any], text: str) -> None:
    assert shown(value, result_type="number", **data) == text


@pytest.mark.parametrize(
    ("array_type", "array_data", "values", "text"),
    [
        ("text", {}, ["a", None, "b"], "a, , b"),
        ("number", {"format": "dollar", "thousands": "comma"}, [1234.5, 2], "$1,234.50, $2.00"),
        ("duration", {"duration_format": "h:mm"}, [5400, 0, 36_000], "1:30, 0:00, 10:00"),
        ("duration", {"duration_format": "h:mm:ss.s"}, [5400], ""),
        ("date", {"format": "DD.MM.YYYY"}, [wall(2024, 6, 5, 10, 20)], "05.06.2024"),
        ("date", {}, [wall(2024, 6, 5, 10, 20)], "2024-06-05"),
        ("ctime", {}, [wall(2024, 6, 5, 10, 20, 30, 400_000)], "2024-06-05 10:20:30"),
        ("checkbox", {}, [True, False], "true, false"),
        ("multiple-select", {"options": [{"name": "b"}, {"name": "a"}]}, [["a"], ["b"]], "b, a"),
        ("image", {}, ["u", "v"], "u,v"),
        ("file", {}, [{"name": "n"}], "[object Object]"),
        (
            "geolocation",
            {"geo_format": "lng_lat"},
            [{"lng": -1.51, "lat": 2}],
            "N2°0\u20320\u2033, W1°30\u203236\u2033",
        ),
        ("geolocation", {}, [{"province": "A", "city": "B"}], "AB"),
        ("digital-sign", {}, [{"sign_image_url": "u"}], "u"),
        ("collaborator", {}, [["a"], ["b"]], ["a", "b"]),
        (None, {}, ["a"], ""),
    ],
    ids=repr,
)
def test_lookups_are_joined_to_texts(
    array_type: str | None, array_data: dict[str, Any], values: list[Any], text: Any
) -> None:
    assert shown(values, result_type="array", array_type=array_type, array_data=array_data) == text


def test_values_without_a_type_are_unchanged() -> None:
    assert shown(3.5) == 3.5
    assert shown(True) == "true"
    assert shown("x", result_type="string") == "x"
    assert type(shown(FormulaError("#NAME?"), result_type="string")) is str
    assert shown(wall(2024, 6, 5, 10, 20)) == "2024-06-05 10:20"
    assert shown([1, datetime(2024, 6, 5, tzinfo=timezone.utc)]) == "1, 2024-06-05"
