"""Texts as people write them mean what was meant, or are refused."""

import datetime
import subprocess
import sys
from decimal import Decimal

import pytest
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from hypothesis import assume, given
from hypothesis import strategies as st

from seatable_client.errors import ConfigError, InvalidValueError
from target_seatable.rows.text_formats.choice import all_readings, possible_readings, readings_of
from target_seatable.rows.text_formats.dates import DateFormat
from target_seatable.rows.text_formats.locales import LOCALES
from target_seatable.rows.text_formats.numbers import NumberFormat
from target_seatable.rows.text_formats.text_format import (
    TextFormat,
    locale_format,
    only_reading,
    with_settings,
)

GERMAN = locale_format("de_DE")
NAMES = st.sampled_from(sorted(LOCALES))
NUMBERS = st.decimals(-(10**12), 10**12, places=3, allow_nan=False)


def read_number(texts, text):
    """A number as a plain numeral; a column reads it so if only one form takes its texts."""
    return only_reading(text, [form.parse for form in texts.numbers])


def test_the_table_of_locales_is_what_cldr_says():
    command = [sys.executable, "-m", "tools.text_locales", "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run: python -m tools.text_locales"


@given(NAMES, NUMBERS)
def test_a_number_as_a_locale_writes_it_reads_back(name, number):
    decimal, group, indian, _, _ = LOCALES[name]
    if group == "'":  # babel 2.19 separates the last three digits only where it is an apostrophe
        text = format(number, ",f").translate({ord(","): group, ord("."): decimal})
    else:
        pattern = "#,##,##0.###" if indian else "#,##0.###"
        text = format_decimal(number, pattern, locale=name)
    assert Decimal(read_number(locale_format(name), text)) == number


@given(NAMES, st.dates(datetime.date(1000, 1, 1)))
def test_a_day_as_a_locale_writes_it_reads_back(name, day):
    pattern = Locale.parse(name).date_formats["short"].pattern
    assume("E" not in pattern)
    _, _, _, order, separators = LOCALES[name]
    parts = {"D": str(day.day), "M": f"{day.month:02}", "Y": f"{day.year:04}"}
    for separator in separators:
        text = separator.join(parts[part] for part in order)
        assert locale_format(name).read_date(text) == day.isoformat()


@given(st.dates(datetime.date(1000, 1, 1)), st.times())
def test_german_days_and_moments_as_babel_writes_them(day, time):
    assert GERMAN.read_date(format_date(day, "dd.MM.y", "de_DE").zfill(10)) == day.isoformat()
    moment = datetime.datetime.combine(day, time.replace(microsecond=0))
    text = format_datetime(moment, "dd.MM.y, HH:mm:ss", locale="de_DE")
    assume(day.year > 999)
    assert GERMAN.read_date(text) == moment.isoformat()


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("de_DE", "1.342,82", "1342.82"),
        ("de_DE", "-1.342,82", "-1342.82"),
        ("de_DE", "\u22121.342,82", "-1342.82"),
        ("de_DE", "475,93-", "-475.93"),
        ("de_DE", "(475,93)", "-475.93"),
        ("de_DE", "34,5 %", "0.345"),
        ("de_DE", "34,5%", "0.345"),
        ("de_DE", "260.845,59 €", "260845.59"),
        ("de_DE", "€ 5", "5"),
        ("de_DE", "1.005,00 EUR", "1005.00"),
        ("de_DE", "USD 5,1-", "-5.1"),
        ("de_DE", "0,5", "0.5"),
        ("de_DE", ",5", "0.5"),
        ("fr_FR", "1 342,82", "1342.82"),
        ("fr_FR", "1\u00a0342,82", "1342.82"),
        ("fr_FR", "1\u202f342,82", "1342.82"),
        ("de_CH", "1'342.82", "1342.82"),
        ("de_CH", "1\u2019342.82", "1342.82"),
        ("en_IN", "12,34,567.8", "1234567.8"),
        ("en_US", "$1,234.50", "1234.50"),
    ],
)
def test_numbers_that_are_taken(name, text, number):
    assert read_number(locale_format(name), text) == number


@pytest.mark.parametrize(
    "text",
    [
        "1.34", "1..5", "12.34.56", "1.2345", "1,342.82", "1e3", "1_000", "NaN", "Infinity", "٣",
        "", "-", "%", "€", ",", "5,", "--5", "-5-", "-(5)", "(5", "5)", "+-5", "007", "€5€", "5 5",
        "1.234 567", "5 GBP", "5 usd", "1.342,8.2",
    ],
)  # fmt: skip
def test_numbers_that_are_refused(text):
    with pytest.raises(InvalidValueError, match=r"is not a number such as|begins with a zero"):
        read_number(GERMAN, text)


@pytest.mark.parametrize(
    ("pattern", "text", "read"),
    [
        ("DD.MM.YYYY", "20.08.2024", "2024-08-20"),
        ("DD.MM.YYYY", "1.2.2024", "2024-02-01"),
        ("M/D/YYYY", "8/20/2024", "2024-08-20"),
        ("DD.MM.YY", "20.08.24", "2024-08-20"),
        ("DD.MM.YY", "20.08.70", "1970-08-20"),
        ("DD.MM.YYYY HH:mm", "20.08.2024 14:30", "2024-08-20T14:30:00"),
        ("M/D/YYYY h:mm A", "8/20/2024 12:05 am", "2024-08-20T00:05:00"),
        ("M/D/YYYY h:mm A", "8/20/2024 12:05 PM", "2024-08-20T12:05:00"),
        ("YYYY年M月D日", "2024年8月20日", "2024-08-20"),
    ],
)
def test_days_and_moments_of_a_pattern(pattern, text, read):
    assert DateFormat(pattern).parse(text) == read


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("DD.MM.YYYY", "08/20/2024"),
        ("DD.MM.YYYY", "08.20.2024"),
        ("DD.MM.YYYY", "30.02.2024"),
        ("DD.MM.YYYY", "20.08.24"),
        ("DD.MM.YYYY", "hello 20.08.2024"),
        ("DD.MM.YYYY HH:mm", "20.08.2024 24:00"),
        ("M/D/YYYY h:mm A", "8/20/2024 13:05 PM"),
        ("M/D/YYYY h:mm A", "8/20/2024 0:05 AM"),
    ],
)
def test_days_that_are_refused(pattern, text):
    with pytest.raises(InvalidValueError):
        DateFormat(pattern).parse(text)


@pytest.mark.parametrize(
    "pattern", ["", "DD.MM", "DD.DD.YYYY", "HH:mm", "YYYY-MM-DD hh:mm", "DD.MM.YYYY HH"]
)
def test_a_pattern_that_is_none_is_a_sentence(pattern):
    with pytest.raises(ConfigError, match=r"is not a valid date format"):
        DateFormat(pattern).parse("1.1.2024")


def outcomes(texts, candidates=None):
    found = possible_readings(texts, all_readings() if candidates is None else candidates)
    return [(reading.type, [reading.parse(text) for text in texts]) for reading in found]


@pytest.mark.parametrize(
    ("texts", "type_", "values"),
    [
        (["1.342,82", "7"], "number", ["1342.82", "7"]),
        (["1,342.82", "7"], "number", ["1342.82", "7"]),
        (["1 342,82"], "number", ["1342.82"]),
        (["34,5 %", "2 %"], "number", ["0.345", "0.02"]),
        (["260.845,59 €"], "number", ["260845.59"]),
        (["260.845,59 EUR", "EUR 7,1"], "number", ["260845.59", "7.1"]),
        (["20.08.2024", "1.2.2024"], "date", ["2024-08-20", "2024-02-01"]),
        (["13/04/2024", "03/04/2024"], "date", ["2024-04-13", "2024-04-03"]),
        (["20.08.2024 10:30"], "date", ["2024-08-20T10:30:00"]),
        (["ja", "Nein", "JA"], "checkbox", ["true", "false", "true"]),
        (["oui", "non"], "checkbox", ["true", "false"]),
    ],
)
def test_texts_that_agree_in_one_meaning_have_it(texts, type_, values):
    assert outcomes(texts) == [(type_, values)]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1.234"], [["1.234"], ["1234"]]),
        (["1.234", "5"], [["1.234", "5"], ["1234", "5"]]),
        (["03/04/2024"], [["2024-04-03"], ["2024-03-04"]]),
        (["03-04-2024"], [["2024-04-03"], ["2024-03-04"]]),
    ],
)
def test_texts_that_may_mean_two_things_have_both(texts, values):
    assert [found for _, found in outcomes(texts)] == values


@pytest.mark.parametrize(
    "texts",
    [
        ["007"],
        ["1.342,82", "1,342.82"],
        ["5 €", "5 $"],
        ["5 EUR", "5 CNY"],
        ["5 eur"],
        ["EUR 5 EUR"],
        ["5 %", "5"],
        ["ja", "yes"],
        ["1e3"],
        ["x"],
    ],
)
def test_texts_without_a_common_meaning_have_none(texts):
    assert outcomes(texts) == []


def test_a_locale_decides_between_two_meanings():
    assert outcomes(["1.234"], readings_of(GERMAN)) == [("number", ["1234"])]
    american = locale_format("en-US")
    assert outcomes(["03/04/2024"], readings_of(american)) == [("date", ["2024-03-04"])]


def test_settings_decide_besides_a_locale():
    texts = with_settings(
        GERMAN,
        {"decimal": ".", "dates": ["DD/MM/YYYY"], "true": ["X"], "false": [""], "empty": ["NA"]},
    )
    assert read_number(texts, "1234.5") == "1234.5"
    assert texts.read_date("03/04/2024") == "2024-04-03"
    assert texts.read_truth("x") == "true"
    assert texts.clean(" NA ") is None
    assert with_settings(TextFormat(), {"percent": True}).numbers == (NumberFormat(percent=True),)


def test_one_sign_for_two_things_is_refused():
    with pytest.raises(ConfigError, match="both as decimal and as thousands"):
        with_settings(GERMAN, {"decimal": ",", "thousands": ","})


def test_an_unknown_locale_names_its_neighbours():
    with pytest.raises(ConfigError, match=r"'de_XX' is not known\. Use de_AT or de_CH or de_DE"):
        locale_format("de_XX")
    with pytest.raises(ConfigError, match="a name such as de_DE"):
        locale_format("klingon")
