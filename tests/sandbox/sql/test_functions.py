"""Functions of SQL: the examples of SeaTable's developer manual, and what it refuses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_sandbox import Sandbox
from seatable_sandbox.sql.calls import FUNCTION_NAMES
from tests.sandbox.sql.conftest import create_products
from tests.sandbox.support import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests

EXAMPLES: list[tuple[str, Any]] = [
    # Operators.
    ("add(1, 2)", 3),
    ("subtract(5, 4)", 1),
    ("multiply(3, 4)", 12),
    ("divide(3, 2)", 1.5),
    ("mod(15, 7)", 1),
    ("power(3, 2)", 9),
    ("greater(2, 3)", False),
    ("lessthan(2, 3)", True),
    ("greatereq(2, 2)", True),
    ("lessthaneq(2, 2)", True),
    ("equal(Price, Price)", True),
    ("unequal(Kind, 'Option 1')", True),
    ("unequal(Kind, 'drink')", False),
    ("equal('1', 1)", True),
    ("multiply(pi, 2)", 2 * math.pi),
    ("add(e, 1)", math.e + 1),
    # Numbers.
    ("abs(-2)", 2),
    ("ceiling(2.14)", 3),
    ("ceiling(-2.14, 4)", 0),
    ("ceiling('x')", None),
    ("even(2.14)", 4),
    ("even(-3.33)", -2),
    ("exp(1)", math.e),
    ("floor(2.86)", 2),
    ("floor(-3.14, 5)", -5),
    ("int(-3.14)", -4),
    ("lg(100)", 2),
    ("log(81, 3)", 4),
    ("log(1000)", 3),
    ("odd(-2.14)", -1),
    ("odd(10)", 11),
    ("round(3.14)", 3),
    ("round(4.55)", 5),
    ("round(3.14, 1)", 3.1),
    ("round(3.14, -3)", 0),
    ("rounddown(3.12, 1)", 3.1),
    ("rounddown(-3.33)", -3),
    ("roundup(-3.15)", -4),
    ("roundup(3.11, 1)", 3.2),
    ("sign(-2)", -1),
    ("sqrt(81)", 9),
    ("sqrt(-81)", None),
    ("divide(1, 0)", None),
    # Text.
    ("concatenate(Name, ' is a ', Kind)", "Tea is a drink"),
    ("exact('SeaTable', 'Seatable')", False),
    ("find('Sea', 'seaTable', 1)", 0),
    ("find('table', 'big table', 4)", 5),
    ("find('', 'big table')", 1),
    ("left('SeaTable', 3)", "Sea"),
    ("len('SeaTable')", 8),
    ("lower('German')", "german"),
    ("mid('SeaTable is the best', 1, 8)", "SeaTable"),
    ("mid('SeaTable is the best.', 10.9, 27.3)", "is the best."),
    ("replace('SeaTable is the best.', 1, 8, 'Seafile')", "Seafile is the best."),
    ("replace('SeaTable is the best.', 1, 0, 'Seafile')", "SeafileSeaTable is the best."),
    ("rept('Sea', 3)", "SeaSeaSea"),
    ("right('SeaTable', 5)", "Table"),
    ("search('Sea', 'seaTable', 1)", 1),
    ("search('table', 'big table', 6)", 0),
    ("substitute('SeaTableTable', 'Table', 'file', 1)", "SeafileTable"),
    ("substitute('SeaTableTable', 'Table', 'file')", "Seafilefile"),
    ("T('123')", "123"),
    ("T(Price)", ""),
    ("text(150, 'euro')", "€150"),
    ("text(50, 'percent')", "5000%"),
    ("trim(' SeaTable ')", "SeaTable"),
    ("UPPER('German')", "GERMAN"),
    ("value('123')", 123),
    # Dates; the server's zone is Berlin's.
    ("date(2025, 1, 3)", "2025-01-03T00:00:00+01:00"),
    ("date(99, 13, 32)", "2000-02-01T00:00:00+01:00"),
    ("dateAdd('2024-02-03', 2, 'days')", "2024-02-05T00:00:00+01:00"),
    ("dateAdd('2024-09-04 13:05:18', 36, 'hours')", "2024-09-06T01:05:18+02:00"),
    ("dateAdd(Since, 1, 'months')", "2024-02-05T00:00:00+01:00"),
    ("dateDif('2023-01-01', '2025-01-01', 'Y')", 2),
    ("dateDif('2024-10-11', '2025-12-12', 'M')", 14),
    ("dateDif('2023-01-01', '2025-01-01')", 731),
    ("dateDif('2023-01-01', '2023-01-01 00:01', 'S')", 60),
    ("dateDif('2023-01-15', '2025-03-10', 'YM')", 1),
    ("dateDif('2023-01-15', '2025-03-10', 'MD')", 23),
    ("dateDif('2023-01-15', '2025-03-10', 'YD')", 54),
    ("dateDif('', '', 'D')", 0),
    ("dateDif('', '1900-01-03', 'D')", 2),
    ("day('2025-01-03')", 3),
    ("eomonth('2025-01-01', 1)", "2025-02-28T00:00:00+01:00"),
    ("eomonth('2025-01-01', -1)", "2024-12-31T00:00:00+01:00"),
    ("hour('2025-02-14 13:14:52')", 13),
    ("hour('2025-02-14')", 0),
    ("hour('2025-02-14T13:14:52Z')", 14),
    ("minute('2025-02-14 13:14:52')", 14),
    ("minute(Seen)", 20),
    ("month('2025-02-14 13:14:52')", 2),
    ("months('2025-02-01 13:14', '2025-03-31 15:54')", 1),
    ("networkdays('2025-01-01', '2025-01-07', '2025-01-01')", 4),
    ("networkdays('2025-09-08', '2025-09-10')", 3),
    ("second('2025-02-14 13:14:52')", 52),
    ("weekday('2025-01-01', 'Monday')", 3),
    ("weekday('2025-01-01', 'Thursday')", 4),
    ("weekday('2025-01-01')", 4),
    ("weeknum('2025-01-12', 11)", 2),
    ("weeknum('2025-01-12')", 3),
    ("weeknum('2025-01-06', 21)", 2),
    ("year('2025-01-01')", 2025),
    ("year('no date')", None),
    ("startofweek('2025-04-28')", "2025-04-27T00:00:00+02:00"),
    ("startofweek('2025-04-28', 'monday')", "2025-04-28T00:00:00+02:00"),
    ("quarter('2025-01-01')", 1),
    ("isodate('2025-01-01 11:00:00')", "2025-01-01"),
    ("isomonth('2025-01-01 11:00:00')", "2025-01"),
    # Truths and choices.
    ("and(1, '', 2)", False),
    ("and(Good, 3)", True),
    ("if(1>2, 3, 4)", 4),
    ("if(Price > 2, 'Yes')", "Yes"),
    ("if(Price > 5, 'Yes')", ""),
    ("ifs(1>2, 3, 5>4, 9)", 9),
    ("ifs(Price > 5, 'a', true, 'b')", "b"),
    ("ifs(Price > 5, 'a')", None),
    ("not(and(1, '', 2))", True),
    ("not(Price > 50)", True),
    ("or(1,'',2)", True),
    ("switch(Price, 1, 'very good', 2, 'good', 3, 'satisfactory', 'failed')", "satisfactory"),
    ("switch(Price, 1, 'very good', 'failed')", "failed"),
    ("switch(int(68/10), 6, 'OK', 6, 'KO')", "OK"),
    ("xor(1, 0, 2<1)", True),
    # Counting in a row.
    ("average(1, 2, 3, 4, 5)", 3),
    ("counta(1, '', 2, '3')", 3),
    ("counta(Name, Place)", 1),
    ("countall(1, '', 2, '3')", 4),
    ("countblank(1, '', 2, '3')", 1),
    ("countItems(Labels)", 2),
    ("country(Land)", "Germany"),
]


@pytest.fixture(scope="module")
def select() -> Iterator[Callable[[str], requests.Response]]:
    """Evaluates an expression for the row Tea of the table Products."""
    with Sandbox(time_zone="Europe/Berlin") as sandbox:
        base = sandbox.create_base("Shop")
        create_products(base)
        base.add_column("Products", "Land", "geolocation", {"geo_format": "country_region"})
        tea = next(row for row in base.rows("Products") if row["Name"] == "Tea")
        base.update_rows("Products", {tea["_id"]: {"Land": {"country_region": "Germany"}}})
        client = Client(sandbox, base)
        yield lambda text: client.sql_answer(f"SELECT {text} FROM Products WHERE Name = 'Tea'")


@pytest.mark.parametrize(("expression", "value"), EXAMPLES, ids=[text for text, _ in EXAMPLES])
def test_a_function_gives_what_the_manual_says(expression: str, value: Any, select) -> None:
    answer = select(expression)
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["results"]
    (found,) = row.values()
    assert found == (pytest.approx(value) if isinstance(value, float) else value)
    assert isinstance(found, bool) == isinstance(value, bool)


def test_every_function_has_an_example() -> None:
    used = {text.partition("(")[0].lower() for text, _ in EXAMPLES}
    assert used >= FUNCTION_NAMES


@pytest.mark.parametrize(
    "call",
    [
        "SUBSTRING(Name, 1, 2)",
        "CHAR_LENGTH(Name)",
        "LOCATE('li', Name)",
        "INSTR(Name, 'li')",
        "LPAD(Name, 10, '*')",
        "REVERSE(Name)",
        "REPEAT(Name, 2)",
        "UCASE(Name)",
        "REPLACE(Name, 'A', 'O')",
        "CURDATE()",
        "CURRENT_DATE()",
        "CURRENT_DATE",
        "DATE_FORMAT(Since, '%Y-%m')",
        "DATEDIFF('2025-01-01', '2024-01-01')",
        "DATE_ADD('2025-01-01', INTERVAL 1 DAY)",
        "EXTRACT(YEAR FROM Since)",
        "CEIL(2.14)",
        "TRUNCATE(3.14, 1)",
        "RAND()",
        "IFNULL(Name, 'unknown')",
        "COALESCE(Name, 'unknown')",
        "NULLIF(Name, 'Tea')",
        "DAYOFWEEK(Since)",
        "WEEK(Since)",
        "LAST_DAY(Since)",
        "TIMESTAMPDIFF(DAY, '2024-01-01', '2025-01-01')",
        "CAST(Price AS CHAR)",
        "CONVERT(Price, CHAR)",
        "GREATEST(Price, 1)",
        "LOG2(8)",
        "DATE(Since)",
        "GROUP_CONCAT(Name)",
        "CONCAT_WS(', ', Name, Kind)",
        "FORMAT(Price, 2)",
        # Formulas have these, SQL does not.
        "hours('2025-02-14 13:00', '2025-02-14 15:00')",
        "isoweeknum('2025-01-06')",
        "substract(5, 3)",
        # Constants are none outside of functions.
        "pi",
        "e",
        # Dates are no texts and no numbers.
        "upper(today())",
        "abs(date(2025, 1, 1))",
        "len(Place)",
        "if(1, 2, 3)",
        "ifs(1 > 2, 3, 4)",
        "and()",
        "switch(1, 2)",
        "countItems(Name)",
    ],
)
def test_other_calls_are_refused(call: str, select) -> None:
    assert select(call).status_code == 400


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("left(Name, 1) = 'T'", "Tea"),
        ("dateDif(Since, '2024-02-10') > 30", "Tea Nothing"),
        ("and(Price > 1, Kind = 'drink')", "Tea Milk"),
        ("exact(Name, 'Tea') or len(Name) = 5", "Tea Bread"),
        ("not(contains(Name))", None),
        ("T(Price) is null", "Tea Milk Bread Nothing"),
        ("dateAdd(Since, 1, 'days') = '2024-02-06'", "Milk"),
        ("startofweek(Since, 'Monday') >= '2024-03-04'", "Bread"),
        ("weekday(_ctime) > 0", "Tea Milk Bread Nothing"),
        ("mod(Price, 2) = 1", "Tea"),
        ("round(Double / 4) = 2", "Tea"),
        ("Price and 1", None),
    ],
)
def test_functions_select_rows(where: str, names: str | None, client) -> None:
    answer = client.sql_answer(f"SELECT Name FROM Products WHERE {where}")
    if names is None:
        assert answer.status_code == 400
    else:
        assert {row["Name"] for row in answer.json()["results"]} == set(names.split())


@pytest.mark.usefixtures("shop")
def test_functions_sort_and_group(client) -> None:
    assert client.values("SELECT Name FROM Products ORDER BY len(Name), Name") == [
        "Tea",
        "Milk",
        "Bread",
        "Nothing",
    ]
    rows = client.sql(
        "SELECT len(Name) AS n, COUNT(*) FROM Products GROUP BY len(Name) HAVING COUNT(*) >= 1"
    )
    assert {row["n"]: row["COUNT(*)"] for row in rows} == {3: 1, 4: 1, 5: 1, 7: 1}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT Name, Kind FROM Products GROUP BY Kind",
        "SELECT Name, COUNT(*) FROM Products",
        "SELECT Kind, average(Price) FROM Products GROUP BY Kind",
        "SELECT Kind FROM Products GROUP BY Kind HAVING Name = 'Tea'",
        "SELECT * FROM Products GROUP BY Kind",
        'SELECT "Name" FROM "Products"',
    ],
)
def test_what_is_not_grouped_by_is_refused(sql: str, client) -> None:
    assert client.sql_answer(sql).status_code == 400


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("add(`Price`, 25)", "ADD(`Price`, 25)"),
        ("divide(Price,2)", "DIVIDE(Price,2)"),
        ("if(Price > 20, 100, -100)", "IF(Price > 20, 100, -100)"),
        ("sum(`Price`)", "SUM(Price)"),
        ("`Price` + 10", "Products.Price + 10"),
    ],
)
def test_an_unnamed_column_is_called_as_it_is_written(expression: str, key: str, client) -> None:
    answer = client.sql_answer(f"SELECT {expression} FROM Products LIMIT 1")
    assert list(answer.json()["results"][0]) == [key]


_ARGUMENTS = st.one_of(
    st.sampled_from(
        ["Name", "Price", "Since", "Seen", "Labels", "Good", "Place", "Double", "_ctime"]
    ),
    st.sampled_from(["NULL", "true", "pi", "Price > 1", "today()", "''", "'2024-02-30'", "'days'"]),
    st.integers(-(10**30), 10**30).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: f"{number:f}"),
)


@given(st.sampled_from(sorted(FUNCTION_NAMES)), st.lists(_ARGUMENTS, max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_call_breaks_the_server(select, name: str, arguments: list[str]) -> None:
    answer = select(f"{name}({', '.join(arguments)})")
    assert answer.status_code in (200, 400)
    assert answer.status_code == 200 or answer.json()["error_message"]
