"""Formulas: their values, and the types of their results."""
# ruff: noqa: DTZ001 - the dates of a base are the wall clock of its server

from __future__ import annotations

from datetime import datetime as wall_clock
from typing import Any

import pytest

from seatable_sandbox.formulas.formula import Evaluation, parse, result_type

NOW = wall_clock(2024, 6, 5, 10, 20)


CELLS = {
    "Name": "Tea",
    "Price": 3,
    "Empty": None,
    "Day": wall_clock(2024, 1, 31),
    "On": True,
    "List": ["a", "b"],
    "Half": 2.5,
}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("{Price} * 2", 6),
        ('datetimeFormat({Day}, "DD.MM.YYYY")', "31.01.2024"),
        ('datetimeFormat(now(), "dddd, D MMM YY [at] h:mm A")', "Wednesday, 5 Jun 24 at 10:20 AM"),
        ("{Price} + 1.5 - 0.5", 4),
        ("{Price} / 2", 1.5),
        ("-{Price}", -3),
        ("2 ^ 3", 8),
        ("(1 + 2) * {Price}", 9),
        ("{Empty} + 1", 1),
        ("1.1 + 2.8", 3.9),
        ('{Name} & " " & {Price}', "Tea 3"),
        ('concatenate({Name}, "-", {Empty}, 1)', "Tea-1"),
        ("upper({Name})", "TEA"),
        ("LOWER({Name})", "tea"),
        ("len({Name})", 3),
        ('left({Name}, search("e", {Name}) - 1)', "T"),
        ("mid({Name}, 2, 2)", "ea"),
        ('substitute({Name}, "e", "3")', "T3a"),
        ("trim('  x ')", "x"),
        ("if({Price} > 2, 'dear', 'cheap')", "dear"),
        ("if({Price} = 3, 1, 1/0)", 1),
        ("ifs({Price} > 5, 'a', {Price} > 1, 'b')", "b"),
        ("iferror(1/0, 'oops')", "oops"),
        ("switch({Name}, 'Tea', 1, 2)", 1),
        ("{Price} <> 3", False),
        ("{Empty} = ''", True),
        ("and({On}, {Price} > 1)", True),
        ("or({Price} > 5, not({On}))", False),
        ("round(2.5)", 3),
        ("round({Half} * 1.1, 1)", 2.8),
        ("sum(1, {Price}, {Half})", 6.5),
        ("average(1, 2)", 1.5),
        ("max(1, {Price})", 3),
        ("mod(7, 4)", 3),
        ("abs(-2)", 2),
        ("year({Day})", 2024),
        ("month({Day})", 1),
        ("day({Day})", 31),
        ("dateAdd({Day}, 1, 'month')", wall_clock(2024, 2, 29)),
        ("dateAdd({Day}, 2, 'days')", wall_clock(2024, 2, 2)),
        ("datedif({Day}, date(2024, 3, 31), 'M')", 2),
        ("now()", NOW),
        ("today()", wall_clock(2024, 6, 5)),
        ("weekday(date(2024, 6, 5))", 4),
        ("true", True),
        ("1 / 0", "#DIV/0!"),
        ("year({Empty})", "#VALUE!"),
        ("{Nowhere} + 1", "#NAME?"),
        ("frobnicate(1)", "#NAME?"),
        ("1 +", "#ERROR!"),
        ("{Name} * 2", "#VALUE!"),
        ("__import__('os')", "#NAME?"),
    ],
    ids=repr,
)
def test_formulas_are_evaluated(formula: str, expected: Any) -> None:
    found = Evaluation(parse(formula), NOW).value(CELLS)
    assert found == expected
    assert isinstance(found, str) == isinstance(expected, str)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("{Price} * 2", "number"),
        ("{Name} & 1", "string"),
        ("upper({Name})", "string"),
        ("dateAdd({Day}, 1, 'days')", "date"),
        ("{Price} > 2", "bool"),
        ("{Day}", "date"),
        ("if({Price} > 2, 'a', 'b')", "string"),
        ("'x'", "string"),
        ("len({Name})", "number"),
        ("1 +", "string"),
    ],
)
def test_result_types_are_inferred(formula: str, expected: str) -> None:
    types = {"Price": "number", "Name": "string", "Day": "date"}
    assert result_type(parse(formula), types) == expected
