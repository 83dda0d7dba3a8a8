"""Whatever a locale writes reads back as it was meant, or is refused, or stays text."""

import datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from seatable_client.column_types import Writing, codec
from seatable_client.errors import InvalidValueError
from seatable_client.metadata import Column
from target_seatable.rows import ColumnReader, PropertyFormats
from target_seatable.rows.text_formats.locales import LOCALES
from target_seatable.rows.text_formats.words import truth_words
from target_seatable.schema.text_inference import column_by_format
from target_seatable.settings import parse_config

HERE = Writing(zone=None)
NAMES = st.sampled_from(sorted(LOCALES))
NUMBERS = st.one_of(
    st.decimals(-(10**9), 10**9, places=3, allow_nan=False),
    st.integers(-(10**7), 10**7).map(Decimal),
    st.integers(-9999, 9999).map(lambda number: Decimal(number).scaleb(-1)),
)
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))


def print_number(locale, number, suffix=""):
    """A number as the table of locales has it, its groups and all."""
    decimal, group, indian, _, _ = LOCALES[locale]
    whole, _, fraction = f"{abs(number):f}".partition(".")
    groups, rest = [whole[-3:]], whole[:-3]
    size = 2 if indian else 3
    while rest:
        groups.insert(0, rest[-size:])
        rest = rest[:-size]
    sign = "-" if number < 0 else ""
    return sign + group.join(groups) + (decimal + fraction if fraction else "") + suffix


def print_day(locale, day):
    _, _, _, order, separator = LOCALES[locale]
    parts = {"D": f"{day.day:02}", "M": f"{day.month:02}", "Y": f"{day.year:04}"}
    return separator[0].join(parts[part] for part in order)


def print_truth(locale, truth):
    true, false = truth_words(locale)
    return min(true if truth else false).upper()


def written(reader, write, values):
    """The cells of a batch, an error where a value is refused."""
    cells = reader.bulk_writer(write, None, is_key=False)(values, {str})
    if cells is not None:
        return cells
    alone, found = reader.writer(write, is_key=False), []
    for value in values:
        try:
            found.append(alone(value))
        except InvalidValueError as refusal:  # noqa: PERF203
            found.append(refusal)
    return found


def load(config, first, *later):
    """The column for the first batch, and the cells of all; None if it is a column of texts."""
    mean = PropertyFormats(parse_config(config)).for_property("s", "p")
    assert mean is not None
    column = column_by_format("p", first, mean, HERE).column
    if column is None or column.type == "text":
        return None, []
    made = Column("k", "p", column.type, column.data or {})
    reader, write = ColumnReader(mean, made), codec.writer(made, HERE)
    return made, [cell for batch in (first, *later) for cell in written(reader, write, batch)]


def agree(cell, meant):
    if isinstance(meant, Decimal):
        return Decimal(repr(cell)) == meant
    return cell == (meant.isoformat() if isinstance(meant, datetime.date) else meant)


KINDS = st.sampled_from(
    [
        (NUMBERS, print_number),
        (DAYS, print_day),
        (st.booleans(), print_truth),
    ]
)
BATCHES = KINDS.flatmap(
    lambda kind: st.tuples(
        st.just(kind[1]),
        st.lists(st.lists(kind[0], min_size=1, max_size=6), min_size=1, max_size=4),
    )
)


@settings(max_examples=400)
@given(NAMES, BATCHES)
def test_a_locale_reads_what_it_writes(locale, batches):
    show, values = batches
    shown = [[show(locale, value) for value in batch] for batch in values]
    column, cells = load({"locale": locale}, *shown)
    meant = [value for batch in values for value in batch]
    if column is None:  # as codes that look like plain numbers do
        assert show is print_number
        return
    for cell, value in zip(cells, meant, strict=True):
        assert agree(cell, value)


@settings(max_examples=200)
@given(NAMES, st.lists(st.integers(-999, 9999), min_size=1, max_size=5))
def test_percentages_are_fractions(locale, numbers):
    shown = [print_number(locale, Decimal(number).scaleb(-1), " %") for number in numbers]
    column, cells = load({"locale": locale}, shown)
    assert column.data["format"] == "percent"
    assert [Decimal(repr(cell)) for cell in cells] == [
        Decimal(number).scaleb(-3) for number in numbers
    ]


@settings(max_examples=400)
@given(NAMES, BATCHES)
def test_auto_reads_as_meant_or_refuses(locale, batches):
    show, values = batches
    shown = [[show(locale, value) for value in batch] for batch in values]
    column, cells = load({"text_formats": "auto"}, *shown)
    meant = [value for batch in values for value in batch]
    for cell, value in zip(cells, meant if column else [], strict=True):
        assert isinstance(cell, InvalidValueError) or agree(cell, value)


@settings(max_examples=300)
@given(NAMES, NAMES, BATCHES)
def test_a_locale_of_which_no_text_is_never_takes_a_mixed_column_for_one(written_in, read, batches):
    """A column has one form: what is chosen by the first batch holds for all."""
    show, values = batches
    shown = [[show(written_in, value) for value in batch] for batch in values]
    column, cells = load({"locale": read}, *shown)
    if column is not None:
        mean = PropertyFormats(parse_config({"locale": read})).for_property("s", "p")
        assert mean is not None
        reader = ColumnReader(mean, column)
        for cell, text in zip(cells, [text for batch in shown for text in batch], strict=True):
            if not isinstance(cell, InvalidValueError) and column.type == "number":
                assert Decimal(str(reader.read(text))) == Decimal(repr(cell))
