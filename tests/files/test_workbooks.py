"""Excel workbooks come with the types that their cells have."""

import datetime
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from singer_seatable.contract import SCHEMA_EXTENSION
from tabular_files.errors import FileError
from tabular_files.readers.excel_reader import read_excel
from tabular_files.table import FileSettings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.xlsx"


def workbook_of(path, *columns, formats=()):
    """A workbook with a column of each list; the first cell is the header."""
    workbook = openpyxl.Workbook()
    for number, cells in enumerate(columns, start=1):
        for row, value in enumerate(cells, start=1):
            cell = workbook.active.cell(row, number, value)
            if row > 1 and number <= len(formats) and formats[number - 1]:
                cell.number_format = formats[number - 1]
    workbook.save(path)
    return workbook


def tables_of(path, **settings):
    return read_excel(FileSettings(path=str(path), **settings))


def column_of(path, *cells, form=None):
    """The schema and the values of one column."""
    workbook_of(path, ["id", *range(len(cells))], ["value", *cells], formats=[None, form])
    [table] = tables_of(path)
    return table.properties["value"], [row["value"] for row in table.rows()], table.notes


MOMENT = datetime.datetime.fromisoformat("2024-08-20T10:30:00")
DAY = MOMENT.replace(hour=0, minute=0)


@pytest.mark.parametrize(
    ("cells", "types", "values"),
    [
        ([1, 2, None], ["integer", "null"], [1, 2, None]),
        ([1, 2.5], ["number", "null"], [1, 2.5]),
        ([0.1, -1e300], ["number", "null"], [0.1, -1e300]),
        ([True, False], ["boolean", "null"], [True, False]),
        (["007", "TRUE"], ["string", "null"], ["007", "TRUE"]),
        (["#N/A as text", "1"], ["string", "null"], ["#N/A as text", "1"]),
        ([7, "x"], ["string", "null"], ["7", "x"]),
        ([1.5, True, "x"], ["string", "null"], ["1.5", "true", "x"]),
        ([None, None], ["string", "null"], [None, None]),
    ],
)
def test_a_column_has_the_type_that_all_its_cells_have(path, cells, types, values):
    schema, found, _ = column_of(path, *cells)
    assert schema["type"] == types
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_days_and_moments(path):
    assert column_of(path, DAY, None)[:2] == (
        {"type": ["string", "null"], "format": "date"},
        ["2024-08-20", None],
    )
    assert column_of(path, DAY, MOMENT)[:2] == (
        {"type": ["string", "null"], "format": "date-time"},
        ["2024-08-20T00:00:00", "2024-08-20T10:30:00"],
    )


def test_durations_are_seconds(path):
    long = datetime.timedelta(hours=30, minutes=15)
    schema, values, _ = column_of(path, long, form="[h]:mm")
    assert schema[SCHEMA_EXTENSION]["type"] == "duration"
    assert values == [108_900]


@pytest.mark.parametrize(
    ("form", "shown"), [("0.0%", "percent"), ('#,##0.00 "€"', "euro"), ("[$$-409]#,##0", "dollar")]
)
def test_the_format_of_numbers_becomes_the_columns(path, form, shown):
    schema, values, _ = column_of(path, 0.345, 0.5, form=form)
    assert schema[SCHEMA_EXTENSION]["data"]["format"] == shown
    assert values == [0.345, 0.5]


def test_zeros_that_a_format_shows_are_kept(path):
    schema, values, _ = column_of(path, 1234, 98765, form="00000")
    assert schema == {"type": ["string", "null"]}
    assert values == ["01234", "98765"]


def test_an_error_is_an_empty_cell_and_told(path):
    workbook_of(path, ["a", 1, 2])
    workbook = openpyxl.load_workbook(path)
    workbook.active["A2"] = "#DIV/0!"
    workbook.save(path)
    [table] = tables_of(path)
    assert [row["a"] for row in table.rows()] == [None, 2]
    assert "1 cells hold an error (#DIV/0!), the first one in A2" in table.notes[0]


def test_a_formula_without_a_stored_value_is_refused(path):
    workbook_of(path, ["a", 1], ["b", "=A2*2"])
    with pytest.raises(FileError, match=r"formula in B2 has no stored value\. Open the"):
        tables_of(path)


def test_the_1904_date_system(path):
    workbook = openpyxl.Workbook()
    workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    workbook.active.append(["day"])
    workbook.active.append([DAY])
    workbook.save(path)
    [table] = tables_of(path)
    assert list(table.rows()) == [{"day": "2024-08-20"}]


def test_each_visible_sheet_is_a_table(path):
    workbook = openpyxl.Workbook()
    workbook.active.title = "Orders"
    workbook.active.append(["a"])
    workbook.active.append([1])
    for name in ("People", "Secret", "Empty"):
        workbook.create_sheet(name)
    workbook["People"].append(["b"])
    workbook["People"].append([2])
    workbook["Secret"].append(["c"])
    workbook["Secret"].append([3])
    workbook["Secret"].sheet_state = "hidden"
    workbook.save(path)
    tables = tables_of(path)
    assert [table.name for table in tables] == ["Orders", "People"]
    assert "Hidden sheets are left out: 'Secret'" in tables[0].notes[0]
    assert [table.name for table in tables_of(path, sheets=["Sec*"])] == ["orders"]
    with pytest.raises(FileError, match="has no sheet 'Nope'; it has 'Orders', 'People'"):
        tables_of(path, sheets=["Nope"])


def test_hidden_rows_are_read_unless_they_are_not_wanted(path):
    workbook = openpyxl.Workbook()
    for cells in (["a"], [1], [2], [3]):
        workbook.active.append(cells)
    workbook.active.row_dimensions[3].hidden = True
    workbook.save(path)
    assert [row["a"] for row in tables_of(path)[0].rows()] == [1, 2, 3]
    assert [row["a"] for row in tables_of(path, hidden_rows=False)[0].rows()] == [1, 3]


def test_empty_rows_and_columns_are_no_rows_and_columns(path):
    workbook = openpyxl.Workbook()
    for cells in ([None, None], ["a", None, "b"], [None, None, None], [1, None, 2]):
        workbook.active.append(cells)
    workbook.active["A9"].number_format = "0.00"
    workbook.save(path)
    [table] = tables_of(path)
    assert list(table.properties) == ["a", "b"]
    assert list(table.rows()) == [{"a": 1, "b": 2}]


@given(
    above=st.integers(0, 3),
    title=st.text("ab ", min_size=1).filter(str.strip),
    at=st.integers(0, 3),
    width=st.integers(3, 5),
)
def test_a_title_above_the_header_is_never_taken_for_it(tmp_path_factory, above, title, at, width):
    """Its columns would be called `column_2`, and the header would be a row."""
    path = tmp_path_factory.mktemp("title") / "orders.xlsx"
    names = [f"name {number}" for number in range(width)]
    title_row = [title if number == min(at, width - 1) else None for number in range(width)]
    workbook = openpyxl.Workbook()
    for row in (title_row, *[[]] * above, names, list(range(width))):
        workbook.active.append(row)
    workbook.save(path)
    with pytest.raises(FileError, match=r"looks like a title above the header\. Set skip_rows"):
        tables_of(path)
    [table] = tables_of(path, skip_rows=above + 1)
    assert [list(row.items()) for row in table.rows()] == [
        [(name, number) for number, name in enumerate(names)]
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"name;value\n"])
def test_a_file_that_is_no_workbook_is_a_sentence(path, content):
    path.write_bytes(content)
    with pytest.raises(FileError, match="is no workbook that can be read"):
        tables_of(path)


def test_an_archive_of_something_else_is_no_workbook(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(FileError, match="is no workbook that can be read"):
        tables_of(path)
