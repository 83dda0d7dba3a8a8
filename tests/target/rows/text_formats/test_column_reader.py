"""Texts of one column, one after the other, whose form the settings leave open."""

import pytest

from seatable_client.errors import InvalidValueError
from seatable_client.metadata import Column
from target_seatable.rows import ColumnReader, PropertyFormats
from target_seatable.settings import parse_config

NUMBERS = Column("k", "c", "number", {})


def reader(config, column=NUMBERS):
    texts_mean = PropertyFormats(parse_config(config)).for_property("s", "p")
    assert texts_mean is not None
    return ColumnReader(texts_mean, column)


def test_a_text_that_has_one_meaning_decides_for_those_after_it():
    read = reader({"text_formats": "auto"}).read
    assert read("7") == "7"
    with pytest.raises(InvalidValueError, match=r"may mean 1\.234 or 1234"):
        read("1.234")
    assert read("1,5") == "1.5"
    assert read("1.234") == "1234"
    with pytest.raises(InvalidValueError, match="is not a number such as"):
        read("1.5")


def test_a_refused_text_decides_nothing():
    read = reader({"text_formats": "auto"}).read
    with pytest.raises(InvalidValueError):
        read("x")
    with pytest.raises(InvalidValueError, match="may mean"):
        read("1.234")


@pytest.mark.parametrize(
    ("shown", "text", "meaning"),
    [
        ("percent", "5 %", "0.05"),
        ("percent", "5", None),
        ("euro", "5 €", "5"),
        ("euro", "5", "5"),
        ("euro", "5 EUR", "5"),
        ("euro", "5 USD", None),
        ("euro", "5 $", None),
        ("euro", "5 %", None),
        ("number", "5 %", None),
        ("number", "5 €", None),
    ],
)
def test_a_column_shows_all_its_numbers_alike(shown, text, meaning):
    read = reader({"locale": "de_DE"}, Column("k", "c", "number", {"format": shown})).read
    if meaning is None:
        with pytest.raises(InvalidValueError, match="locale or text_formats"):
            read(text)
    else:
        assert read(text) == meaning


def test_a_setting_says_which_numbers_a_column_has():
    settings = {"locale": "de_CH", "text_formats": {"s": {"p": {"currency": "CHF"}}}}
    assert reader(settings).read("CHF 1'234.50") == "1234.50"
    plain = {"locale": "de_DE", "text_formats": {"s": {"p": {"percent": False}}}}
    assert reader(plain, Column("k", "c", "number", {"format": "percent"})).read("0,5") == "0.5"


def test_patterns_of_dates_that_disagree_refuse():
    settings = {"text_formats": {"s": {"p": {"dates": ["D/M/YYYY", "M/D/YYYY"]}}}}
    read = reader(settings, Column("k", "c", "date", {})).read
    assert read("13/04/2024") == "2024-04-13"
    assert read("04/04/2024") == "2024-04-04"
    with pytest.raises(InvalidValueError, match="may mean 2024-04-03 or 2024-03-04"):
        read("03/04/2024")


def test_a_pattern_goes_before_iso():
    settings = {"text_formats": {"s": {"p": {"dates": ["YYYY-DD-MM"]}}}}
    read = reader(settings, Column("k", "c", "date", {})).read
    assert read("2024-03-04") == "2024-04-03"
    with pytest.raises(InvalidValueError):
        read("2024-03-13")
    assert read("2024-03-04T10:00:00+02:00") == "2024-03-04T10:00:00+02:00"
