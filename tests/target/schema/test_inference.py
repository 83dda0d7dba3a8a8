"""Column types for sources that declare nothing but text."""

import contextlib
import re
import string
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from seatable_client.column_types import codec, number
from seatable_client.column_types.date_writers import Writing
from seatable_client.errors import InvalidValueError
from seatable_client.metadata import Column
from target_seatable.schema.inference import MAX_OPTIONS, inferred_column
from tests.target.singer import record, schema

HERE = Writing(zone=None)


def infer(*values, **more):
    return inferred_column("c", values, HERE, **more)[0]


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "-2", "3.5", "0", "0.5"], "number"),
        (["12.50", "3.00", "0.10"], "number"),
        (["1.0", "2.5", "7.89e-05"], "number"),
        (["-72.886806000000007", "0.1"], "number"),
        ([".097", "-.5", "2"], "number"),
        (["0E-8", "1.00000000"], "number"),
        (["1E+3", "2.5"], "number"),
        (["250.0", "250.00"], "text"),
        (["1.1", "1.10"], "text"),
        (["1", "3.50"], "text"),
        (["0.5", ".25"], "text"),
        (["1e-7", "1E-8"], "text"),
        (["0", "-0"], "text"),
        (["1e5", "2e5"], "text"),
        (["1e400"], "text"),
        (["1", "007"], "text"),
        (["1", "+49"], "text"),
        (["1", "1e5"], "text"),
        (["1", " 2"], "text"),
        (["1", "1,000"], "text"),
        (["1", "1_000"], "text"),
        (["1", "5."], "text"),
        (["1", "NaN"], "text"),
        (["\N{ARABIC-INDIC DIGIT ONE}"], "text"),
        (["1", "9007199254740993"], "text"),
        (["1", "0.1234567890123456789"], "text"),
        (["2024-02-29", "1999-12-31"], "date"),
        (["2024-02-29", "2023-02-29"], "text"),
        (["2024-2-9"], "text"),
        (["29.02.2024"], "text"),
        (["02/03/2024"], "text"),
        (["0999-01-01"], "text"),
        (["2024-02-29 10:20", "2024-02-29T10:20", "2024-02-29 10:20:00"], "date"),
        (["2024-02-29 10:20:30"], "text"),
        (["2024-02-29T10:20:00Z"], "text"),
        (["2024-02-29", "2024-02-29 10:20"], "text"),
        (["true", "FALSE", "True"], "checkbox"),
        (["0", "1"], "number"),
        (["yes", "no"], "text"),
        (["a@example.com", "b.c@example.org"], "email"),
        (["a@example.com", "b at example"], "text"),
        (["https://example.com", "http://example.com/a?b=c"], "url"),
        (["https://example.com", "www.example.com"], "text"),
        (["red", "blue"] * 10, "single-select"),
        (["red", "blue", "green"], "text"),
        ([str(n) + "x" for n in range(MAX_OPTIONS + 1)] * 10, "text"),
        (["red ", "blue"] * 10, "text"),
        (["x" * 51, "blue"] * 10, "text"),
        (["x" * 10_001], "long-text"),
        (["x" * 10_000], "text"),
        ([], "text"),
    ],
    ids=lambda value: f"{str(value)[:40]} ({len(str(value))})",
)
def test_what_values_become(values, type_):
    assert infer(*values).type == type_


def test_the_log_says_why_codes_stay_text(base, caplog):
    rows = [record("t", code=code, n="1") for code in ("250.0", "250.00")]
    base.load(strings("code", "n"), *rows)
    assert base.columns("t") == {"code": "text", "n": "number"}
    assert [row["code"] for row in base.rows("t")] == ["250.0", "250.00"]
    assert (
        "Stream 't': column 'code' for 'code' is made as text instead of number, because '250.0' "
        "and '250.00' would both be stored as 250. column_types sets another type."
    ) in caplog.messages


def test_a_key_is_no_selection_and_no_checkbox():
    assert infer(*["red", "blue"] * 10, is_key=True).type == "text"
    assert infer("true", "false", is_key=True).type == "text"


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (["1", "-2", "3.5", "0.000001", "9007199254740992"], "number"),
        (["1.1", "1.10"], "text"),
        (["0", "-0"], "text"),
        (["2024-02-29", "1999-12-31"], "date"),
        (["2024-02-29 10:20"], "date"),
        (["2024-02-29 10:20", "2024-02-29T10:20"], "text"),
    ],
)
def test_a_key_stays_what_it_is_unchanged(values, type_):
    assert infer(*values, is_key=True).type == type_


def test_whether_a_date_has_a_time_shows_in_its_format():
    assert infer("2024-02-29").data == {"format": "YYYY-MM-DD"}
    assert infer("2024-02-29 10:20").data == {"format": "YYYY-MM-DD HH:mm"}


def test_options_are_made_with_the_column():
    made = infer(*["red", "blue"] * 10)
    assert [option["name"] for option in made.data["options"]] == ["red", "blue"]


VALUES = st.one_of(
    st.text(string.digits + ".-+e ", min_size=1, max_size=8),
    st.from_regex(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", fullmatch=True),
    st.sampled_from(["true", "False", "a@b.cc", "https://x.y", "red", "blue", " ", "\t"]),
    st.text(min_size=1, max_size=5),
)


@settings(max_examples=300)
@given(st.lists(VALUES, min_size=1, max_size=30))
def test_whatever_is_chosen_takes_every_value_that_was_seen(values):
    made = infer(*values)
    write = codec.writer(Column("k", "c", made.type, made.data or {}), HERE)
    assert write is not None
    for value in values:
        write(value)


DOUBLES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-999, 999).map(float)
PRINTERS = [
    repr,
    lambda number: f"{number:.2f}",
    lambda number: f"{number:.17g}",
    lambda number: f"{number:.3e}",
    lambda number: re.sub(r"^(-?)0\.", r"\1.", f"{number:.4f}"),
    lambda number: str(int(number)),
]


@settings(max_examples=300)
@example([2**-24], [repr])  # sixteen digits of it end half way between two numerals
@given(st.lists(DOUBLES, min_size=1, max_size=9), st.lists(st.sampled_from(PRINTERS), min_size=1))
def test_numbers_are_chosen_only_where_all_texts_come_back(doubles, printers):
    texts = [printers[index % len(printers)](double) for index, double in enumerate(doubles)]
    made, reason = inferred_column("c", texts, HERE)
    assert (made.type == "number") == (reason is None)
    event(made.type)
    if reason is None:
        stored = dict(zip(texts, map(number, texts), strict=True))
        assert len(set(stored.values())) == len(stored)  # no two texts are one number
        for text, cell in stored.items():
            assert cell == float(text)
            assert is_nearest_numeral(text, cell)


def is_nearest_numeral(text, cell):
    """Whether no numeral of as many significant digits is nearer to the number that is stored.

    Where two are as near, both are right: printers round such a number to either.
    """
    value = Decimal(text)
    digits = len(re.sub(r"e.*|\D", "", text.lower()).lstrip("0")) or 1
    last_place = Fraction(10) ** (value.adjusted() - digits + 1)
    return not value or abs(Fraction(cell) - Fraction(value)) * 2 <= last_place


@pytest.mark.parametrize("text", ["5.960464477539063e-08", "5.960464477539062e-08"])
def test_a_number_between_two_numerals_is_stored_as_each_says(text):
    """2^-24 lies half way between them; Python prints it as the upper, C's printf as the lower."""
    assert repr(number(text)) == text
    assert infer(text).type == "number"


SMALL = st.floats(-1e6, 1e6).filter(lambda number: abs(number) >= 0.01)


@settings(max_examples=200)
@given(st.lists(SMALL, min_size=1, max_size=9, unique=True), st.sampled_from(PRINTERS))
def test_what_one_program_prints_is_numbers(doubles, printer):
    texts = list(map(printer, doubles))
    is_lost = any(text.startswith("-") and not float(text) for text in texts)
    assert infer(*texts).type == ("text" if is_lost else "number")


def strings(*names, stream="t"):
    return schema(stream, dict.fromkeys(names, "string"))


def test_two_keys_that_are_one_number_are_two_rows(base):
    rows = [record("t", version=version, n=version[-1]) for version in ("1.1", "1.10")]
    base.load(strings("version", "n"), *rows, key_properties={"t": ["version"]})
    assert base.columns("t") == {"version": "text", "n": "number"}
    assert [row["version"] for row in base.rows("t")] == ["1.1", "1.10"]


def test_a_later_key_that_would_be_another_ones_number_is_rejected(base):
    keys = {"t": ["version"]}
    base.load(strings("version"), record("t", version="1.1"), key_properties=keys)
    with pytest.raises(InvalidValueError, match=r"'1.10' would be stored as 1.1, .*column_types"):
        base.load(strings("version"), record("t", version="1.10"), key_properties=keys)
    assert base.rows("t") == [{"version": 1.1}]


@pytest.mark.parametrize("declared", ["number", {"type": "string", "format": "singer.decimal"}])
def test_a_key_that_is_another_ones_double_is_rejected(base, declared):
    quote = '"' if isinstance(declared, dict) else ""
    rows = [
        f'{{"type":"RECORD","stream":"t","record":{{"id":{quote}{key}{quote}}}}}\n'
        for key in ("0.1", "0.10000000000000001", "2.50")
    ]
    base.load(schema("t", {"id": declared}, ["id"]), rows[0])
    base.load(schema("t", {"id": declared}, ["id"]), *rows, max_rejected_records=1)
    assert [row["id"] for row in base.rows("t")] == [0.1, 2.5]
    (entry,) = base.rejections()
    assert "could be confused with another key" in entry["reason"]


def test_types_are_seen_in_the_first_thousand_rows(base):
    rows = [record("t", n=str(n), late="" if n < 900 else "7") for n in range(1000)]
    base.load(strings("n", "late"), *rows, batch_size_rows=100)
    assert base.columns("t") == {"n": "number", "late": "number"}
    assert base.rows("t")[0] == {"n": 0, "late": None}
    assert base.rows("t")[999] == {"n": 999, "late": 7}
    assert base.appends == 10


@pytest.mark.parametrize(
    ("column", "text", "is_peoples"),
    [
        ("number", "1,5", True),
        ("number", "34.5 %", True),
        ("number", "1" * 20, False),
        ("date", "20.08.2024", True),
        ("date", "2024-08-20T10:20:30Z", False),
        ("checkbox", "ja", True),
        ("single-select", "a,b", False),
    ],
)
def test_a_text_as_people_write_it_names_the_setting_that_reads_it(base, column, text, is_peoples):
    base.base.create_table("t", [{"column_name": "id", "column_type": "text"}])
    base.base.add_column("t", "n", column)
    with contextlib.suppress(InvalidValueError):
        base.load(strings("n"), record("t", n=text))
    reasons = [reason for entry in base.rejections() for reason in entry["reasons"]]
    assert any("locale or text_formats says how" in reason for reason in reasons) is is_peoples


def test_a_later_value_that_does_not_fit_is_rejected(base):
    rows = [record("t", n=str(n)) for n in range(1001)]
    with pytest.raises(
        InvalidValueError,
        match=r"'1,5' is not a plain number; locale or text_formats.*column_types",
    ):
        base.load(strings("n"), *rows, record("t", n="1,5"), record("t", n="7"))
    assert len(base.rows("t")) == 1002
    assert [entry["record"] for entry in base.rejections()] == [{"n": "1,5"}]


@pytest.mark.parametrize(
    "declared", [{"type": "integer"}, {"type": "string", "x-seatable": {"type": "text"}}]
)
def test_plain_text_is_looked_at_beside_what_the_source_knows_the_type_of(base, declared):
    base.load(schema("t", {"id": declared, "n": "string"}), record("t", n="5"))
    assert base.columns("t")["n"] == "number"
    assert base.rows("t") == [{"id": None, "n": 5}]


def test_nothing_is_guessed_for_text_that_the_source_says_more_of(base):
    named = {"type": "string", "maxLength": 8}
    known = {"type": "string", "x-seatable": {"type": "text"}}
    base.load(schema("t", {"a": named, "b": known}), record("t", a="5", b="6"))
    assert base.columns("t") == {"a": "text", "b": "text"}


def test_nothing_is_guessed_when_it_is_switched_off(base):
    base.load(strings("n"), record("t", n="5"), infer_types=False)
    assert base.columns("t") == {"n": "text"}


def test_nothing_is_guessed_for_columns_that_a_table_lacks(base):
    base.load(strings("n"), record("t", n="5"))
    base.load(strings("n", "m"), record("t", n="6", m="7"))
    assert base.columns("t") == {"n": "number", "m": "text"}


def test_a_chosen_type_stands_and_the_rest_is_inferred(base):
    choice = {"t": {"zip": "text", "when": {"type": "date", "data": {"format": "DD.MM.YYYY"}}}}
    base.load(
        strings("zip", "n", "when"),
        record("t", zip="12345", n="1", when="2024-02-29"),
        column_types=choice,
    )
    assert base.columns("t") == {"zip": "text", "n": "number", "when": "date"}
    assert base.table("t")["columns"][2]["data"] == {"format": "DD.MM.YYYY"}
    assert base.rows("t")[0]["zip"] == "12345"


def test_metadata_of_the_sdk_does_not_hide_that_a_source_knows_no_types(base):
    base.load(strings("n"), record("t", n="5"), add_record_metadata=True)
    assert base.columns("t")["n"] == "number"
