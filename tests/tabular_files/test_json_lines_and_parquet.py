"""JSON lines and Parquet files come with their own types, and no number changes."""

import datetime
import json
from decimal import Decimal

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pyarrow import parquet

from tabular_files.errors import FileError
from tabular_files.readers.jsonl_reader import read_json_lines
from tabular_files.readers.parquet_reader import read_parquet
from tabular_files.table import FileSettings


def lines_of(path, text, **settings):
    path.write_text(text, encoding="utf-8")
    return read_json_lines(FileSettings(path=str(path), **settings))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "things.jsonl"


def test_properties_have_the_types_that_all_objects_have(path):
    table = lines_of(
        path, '{"a": 1, "b": "x"}\n\n{"a": 1.10, "c": [1], "d": {"e": true}}\n{"b": null}\n'
    )
    assert table.properties == {
        "a": {"type": ["number", "null"]},
        "b": {"type": ["string", "null"]},
        "c": {"type": ["array", "null"], "items": {"type": ["integer", "null"]}},
        "d": {
            "type": ["object", "null"],
            "properties": {"e": {"type": ["boolean", "null"]}},
        },
    }
    rows = list(table.rows())
    assert rows[0] == {"a": 1, "b": "x", "c": None, "d": None}
    assert str(rows[1]["a"]) == "1.10"
    assert table.row_count == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n[1]\n', "line 2 holds no JSON object"),
        ('{"a": 1\n', "line 1 is not JSON"),
        ('{"a": NaN}\n', "line 1 is not JSON: NaN is not JSON"),
        ('{"a": 1, "a": 2}\n', "has the same name twice"),
        ("\n", "holds no object with a property"),
        (r'{"a": ["x", {"b": "\ud83d"}]}', r"line 1 is not JSON: it holds '\\ud83d', which is an"),
        (r'{"\uDE00a": 1}', "which is an unpaired surrogate"),
        ('{"type": "SCHEMA", "stream": "a", "schema": {}}\n', "holds Singer messages and no rows"),
        ('{"type": "STATE", "value": {}}\n', "holds Singer messages and no rows"),
    ],
)
def test_what_is_no_line_of_a_table_is_a_sentence(path, text, message):
    with pytest.raises(FileError, match=message):
        lines_of(path, text)


def test_an_unknown_encoding_is_a_sentence(path):
    with pytest.raises(FileError, match="Unknown encoding 'hex'"):
        lines_of(path, '{"a": 1}\n', encoding="hex")


def test_a_character_of_two_halves_is_one(path):
    text = r'{"a": "\ud83d\ude00", "b": "\\ud83d"}'
    assert list(lines_of(path, text).rows()) == [{"a": "\U0001f600", "b": r"\ud83d"}]


def test_a_column_called_type_makes_no_message(path):
    table = lines_of(path, '{"type": "STATE", "name": "Texas"}\n{"type": [1], "name": "x"}\n')
    assert [row["name"] for row in table.rows()] == ["Texas", "x"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), min_size=1, max_size=5)
)
def test_every_object_fits_the_schema_and_comes_back(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    table = lines_of(path, "".join(json.dumps(record) + "\n" for record in records))
    names = list(table.properties)
    assert list(table.rows()) == [{name: row.get(name) for name in names} for row in records]
    validator = Draft7Validator({"properties": table.properties})
    for row in table.rows():
        assert validator.is_valid(row)


UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("type_", "values", "types", "wanted"),
    [
        (pyarrow.int64(), [2**53 + 3, None], ["integer", "null"], [2**53 + 3, None]),
        (pyarrow.uint64(), [2**64 - 1], ["integer", "null"], [2**64 - 1]),
        (pyarrow.float64(), [0.1], ["number", "null"], [0.1]),
        (
            pyarrow.decimal128(30, 10),
            [Decimal("12345678901234567890.1234567890")],
            ["number", "null"],
            [Decimal("12345678901234567890.1234567890")],
        ),
        (pyarrow.bool_(), [True], ["boolean", "null"], [True]),
        (pyarrow.string(), ["x", ""], ["string", "null"], ["x", ""]),
        (pyarrow.date32(), [datetime.date(2024, 8, 20)], ["string", "null"], ["2024-08-20"]),
        (
            pyarrow.timestamp("us", "UTC"),
            [datetime.datetime(2024, 8, 20, 10, 30, tzinfo=UTC)],
            ["string", "null"],
            ["2024-08-20T10:30:00+00:00"],
        ),
        (
            pyarrow.timestamp("ms"),
            [datetime.datetime.fromisoformat("2024-08-20T10:30:00")],
            ["string", "null"],
            ["2024-08-20T10:30:00"],
        ),
        (pyarrow.duration("ms"), [datetime.timedelta(seconds=90.5)], ["number", "null"], [90.5]),
        (pyarrow.list_(pyarrow.string()), [["a"], None], ["array", "null"], [["a"], None]),
        (
            pyarrow.struct([("a", pyarrow.int8())]),
            [{"a": 1}],
            ["object", "null"],
            [{"a": 1}],
        ),
        (
            pyarrow.dictionary(pyarrow.int8(), pyarrow.string()),
            ["x"],
            ["string", "null"],
            ["x"],
        ),
    ],
    ids=str,
)
def test_a_parquet_column_keeps_its_type_and_values(tmp_path, type_, values, types, wanted):
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"v": pyarrow.array(values, type_)}), path)
    table = read_parquet(FileSettings(path=str(path)))
    assert table.properties["v"]["type"] == types
    assert [row["v"] for row in table.rows()] == wanted


def test_a_parquet_column_without_a_form_in_json_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"v": pyarrow.array([b"x"])}), path)
    with pytest.raises(
        FileError, match="column 'v' is of type binary, which JSON cannot represent"
    ):
        read_parquet(FileSettings(path=str(path)))


def test_two_parquet_columns_of_one_name_are_refused(tmp_path):
    path = tmp_path / "a.parquet"
    columns = [pyarrow.array([1]), pyarrow.array(["a"]), pyarrow.array(["b"])]
    parquet.write_table(pyarrow.Table.from_arrays(columns, names=["id", "v", "v"]), path)
    with pytest.raises(FileError, match=r"a\.parquet: two columns are called 'v', and a record"):
        read_parquet(FileSettings(path=str(path)))


def test_a_file_that_is_no_parquet_is_a_sentence(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"name;value")
    with pytest.raises(FileError, match="is not a Parquet file"):
        read_parquet(FileSettings(path=str(path)))


@pytest.mark.parametrize(
    ("type_", "value", "said"),
    [
        (pyarrow.float64(), float("-inf"), "JSON does not have the number -inf"),
        (pyarrow.list_(pyarrow.float32()), [float("inf")], "JSON does not have the number inf"),
        (pyarrow.timestamp("ns"), 1_700_000_000_123_456_789, "Nanosecond resolution"),
        (pyarrow.duration("ns"), 1, "Nanosecond duration"),
        (pyarrow.timestamp("s"), 10**15, "Convert the column, or leave it out"),
    ],
    ids=str,
)
def test_a_parquet_value_that_would_change_ends_the_reading(tmp_path, type_, value, said):
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"v": pyarrow.array([value], type_)}), path)
    table = read_parquet(FileSettings(path=str(path)))
    with pytest.raises(FileError, match=rf"a\.parquet holds a value that cannot be read.*{said}"):
        list(table.rows())


def test_not_a_number_is_an_empty_cell(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"v": [1.5, float("nan")]}), path)
    assert [row["v"] for row in read_parquet(FileSettings(path=str(path))).rows()] == [1.5, None]


def test_times_of_pandas_in_nanoseconds_are_read(tmp_path):
    path = tmp_path / "a.parquet"
    values = pyarrow.array([1_724_149_800_123_456_000], pyarrow.timestamp("ns"))
    parquet.write_table(pyarrow.table({"v": values}), path)
    [row] = read_parquet(FileSettings(path=str(path))).rows()
    assert row["v"] == "2024-08-20T10:30:00.123456"


@given(place=st.integers(0, 100_000), cut=st.integers(0, 3_000), sign=st.integers(0, 255))
def test_a_damaged_parquet_file_is_a_sentence_or_as_it_was(tmp_path_factory, place, cut, sign):
    """As it was: where the damage is in what is not read. The writer has kept checksums."""
    path = tmp_path_factory.mktemp("damaged") / "a.parquet"
    values = pyarrow.table({"v": list(range(50)), "w": [str(number) for number in range(50)]})
    parquet.write_table(values, path, write_page_checksum=True, compression="none")
    sound, size = path.read_bytes(), path.stat().st_size
    content = bytearray(sound[:-cut] if cut else sound)
    if content:
        content[place % len(content)] = sign
    path.write_bytes(content)
    try:
        table = read_parquet(FileSettings(path=str(path)))
        rows = list(table.rows())
    except FileError:
        return
    in_pages = place % size < sound.rindex(b"PAR1", 0, -4) if b"PAR1" in sound[:-4] else True
    assert not in_pages or rows == values.to_pylist()
