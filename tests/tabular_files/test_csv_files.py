"""CSV files of all habits come as they were meant, or are refused before anything is loaded."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.errors import ConfigError
from tabular_files.errors import FileError
from tabular_files.readers.csv_reader import read_csv
from tabular_files.table import FileSettings


def table_of(path, text, written_in="utf-8", **settings):
    path.write_bytes(text.encode(written_in))
    return read_csv(FileSettings(path=str(path), **settings))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "people.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(path, delimiter):
    lines = ["name,price,day", "Ada,1.5,2024-08-20", "Bob,,2024-08-21"]
    table = table_of(path, "\n".join(lines).replace(",", delimiter))
    assert list(table.properties) == ["name", "price", "day"]
    assert list(table.rows()) == [
        {"name": "Ada", "price": "1.5", "day": "2024-08-20"},
        {"name": "Bob", "price": None, "day": "2024-08-21"},
    ]
    assert table.row_count == 2
    assert table.notes == []


def test_decimal_commas_do_not_split_a_european_file(path):
    table = table_of(path, "Name;Preis\nA;1.342,82\nB;34,5\nC;7,1\n")
    assert next(table.rows()) == {"Name": "A", "Preis": "1.342,82"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(path, encoding):
    table = table_of(path, "größe,b\n1,ü\n", encoding)
    assert list(table.rows()) == [{"größe": "1", "b": "ü"}]


def test_a_first_line_that_names_the_delimiter_is_no_header(path):
    table = table_of(path, "\ufeffsep=;\r\na;b\r\n1,5;2\r\n")
    assert list(table.rows()) == [{"a": "1,5", "b": "2"}]
    assert "names the delimiter" in table.notes[0]


def test_lines_without_a_value_are_no_header_and_no_rows(path):
    table = table_of(path, ",,\na,b,\n1,2,\n,,\n\n3,4,\n")
    assert list(table.rows()) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert "Line 1 has no value" in table.notes[0]


def test_a_line_that_is_longer_than_the_header_is_refused_before_any_row(path):
    with pytest.raises(FileError, match=r"header has 2 cells, but line 3 has 3\. The delimiter"):
        table_of(path, "a,b\n1,2\n1,2,3\n")


def test_many_long_lines_are_counted_and_the_first_are_named(path):
    text = "a,b\n" + "1,2,3\n" * 7
    with pytest.raises(FileError, match="line 2 has 3, line 3 has 3, line 4 has 3, and 4 more"):
        table_of(path, text)


def test_missing_cells_are_empty(path):
    assert list(table_of(path, "a,b,c\n1\n").rows()) == [{"a": "1", "b": None, "c": None}]


def test_text_in_another_encoding_is_refused_and_read_when_it_is_named(path):
    text = "name,n\nMüller,1\n"
    with pytest.raises(FileError, match=r"is not written in utf-8 .* Set encoding"):
        table_of(path, text, "cp1252")
    table = table_of(path, text, "cp1252", encoding="cp1252")
    assert list(table.rows()) == [{"name": "Müller", "n": "1"}]


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "undefined"])
def test_an_unknown_encoding_is_a_sentence(path, encoding):
    with pytest.raises(FileError, match=f"Unknown encoding '{encoding}'"):
        table_of(path, "a\n1\n", encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_unicode_without_a_mark_is_refused_and_read_when_it_is_named(path, encoding):
    text = "name;n\r\nMüller;1\r\n"
    with pytest.raises(FileError, match=rf"zero bytes .* Set encoding to {encoding} "):
        table_of(path, text.replace("ü", "u"), encoding)
    table = table_of(path, text, encoding, encoding=encoding)
    assert list(table.rows()) == [{"name": "Müller", "n": "1"}]


@pytest.mark.parametrize(
    ("beginning", "description"),
    [
        (b"PK\x03\x04\x14", "a ZIP archive, as .xlsx is"),
        (b"\xd0\xcf\x11\xe0\xa1", "a workbook of Excel before 2007, or one with a password"),
        (b"\x1f\x8b\x08", "packed with gzip"),
        (b"SQLite format 3\0", "an SQLite database"),
    ],
)
@pytest.mark.parametrize("encoding", [None, "latin-1"])
def test_what_is_no_text_is_named(path, beginning, description, encoding):
    path.write_bytes(beginning + b"a,b\n1,2\n")
    with pytest.raises(FileError, match=f"is not a text file: it is {description}"):
        read_csv(FileSettings(path=str(path), encoding=encoding))


@pytest.mark.parametrize("tab", ["\t", "\\t", "tab"])
def test_a_tab_may_be_written(path, tab):
    table = table_of(path, "a,b\tc\n1\t2\n", delimiter=tab)
    assert list(table.rows()) == [{"a,b": "1", "c": "2"}]


@pytest.mark.parametrize("delimiter", [";;", '"', "\n"])
def test_a_delimiter_that_cannot_be_one_is_a_sentence(path, delimiter):
    with pytest.raises(ConfigError, match=r"cannot separate cells\. Set one character"):
        table_of(path, "a;b\n1;2\n", delimiter=delimiter)


def test_columns_without_a_name_or_with_the_same_one_get_one_of_their_own(path):
    table = table_of(path, "a,,A,\n1,2,3,\n")
    assert list(table.properties) == ["a", "column_2", "A_2"]
    assert len(table.notes) == 2


def test_a_title_above_the_header_is_refused(path):
    with pytest.raises(FileError, match=r"holds only 'Stock in May', and 2 other .* skip_rows"):
        table_of(path, "Stock in May,,\n,,\nsku,name,price\nA1,Tea,2\n")
    table = table_of(path, "Stock in May,,\n,,\nsku,name,price\nA1,Tea,2\n", skip_rows=2)
    assert list(table.properties) == ["sku", "name", "price"]


def test_a_wrong_delimiter_is_told(path):
    table = table_of(path, "a;b\n1;2\n", delimiter=",")
    assert "if ';' separates columns, set delimiter" in table.notes[0]


def test_a_quote_without_an_end_names_its_line(path):
    with pytest.raises(FileError, match=r"people\.csv, line \d: .*quotes"):
        table_of(path, 'a,b\n1,"2" x\n')


def test_a_file_without_a_value_has_no_header(path):
    with pytest.raises(FileError, match="holds no value at all"):
        table_of(path, "\n,,\n")


def test_a_header_that_was_skipped_is_told(path):
    with pytest.raises(FileError, match="no value at all after the first 9"):
        table_of(path, "a,b\n1,2\n", skip_rows=9)


def test_lines_before_the_header_are_skipped(path):
    table = table_of(path, "Report of 2024\n\na,b\n1,2\n", skip_rows=2)
    assert list(table.rows()) == [{"a": "1", "b": "2"}]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3).filter(any), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    terminator=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_a_writer_quotes_comes_back(tmp_path_factory, rows, delimiter, terminator):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=terminator, quoting=csv.QUOTE_ALL)
    writer.writerows([["x", "y", "z"], *rows])
    table = table_of(path, file.getvalue(), delimiter=delimiter)
    wanted = [{name: cell or None for name, cell in zip("xyz", row, strict=True)} for row in rows]
    assert list(table.rows()) == wanted
    assert table.row_count == len(rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("terminator", ["\n", "\r\n"])
def test_a_file_that_breaks_off_within_a_line_is_refused(path, encoding, terminator):
    text = terminator.join(["id,name,sum", "1,Ada,1.5", "2,Bob,2.5"])
    for end in ("2,Bo", "2", "2,Bob"):
        broken = text[: text.rindex("2,Bob")] + end
        with pytest.raises(FileError, match=rf"last line, 3, has {end.count(',') + 1} of 3 cells"):
            table_of(path, broken, encoding, encoding=encoding)
        table = table_of(path, broken + terminator, encoding, encoding=encoding)
        assert table.row_count == 2
    assert table_of(path, text, encoding, encoding=encoding).row_count == 2


def test_a_file_whose_lines_leave_out_their_last_cells_is_read(path):
    table = table_of(path, "a,b,c\n1,2,3\n1\n1,2")
    assert [row["b"] for row in table.rows()] == ["2", None, "2"]
