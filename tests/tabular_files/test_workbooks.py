"""Excel workbooks come with the types that their cells have."""

import contextlib
import datetime
import re
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


def change_sheet(path, change):
    """Change the XML of the only sheet of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, change(part) if name.startswith("xl/worksheets/") else part)


def with_results(sheet, results):
    """The XML of a sheet with other cells at these places: what follows the place."""
    for place, cell in results.items():
        pattern = rf'(<c r="{place}")[^>]*><f>.*?</f><v ?/?>(?:</v>)?'.encode()
        found = re.search(pattern, sheet)
        assert found
        sheet = sheet[: found.start()] + found[1] + cell + sheet[found.end() :]
    return sheet


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
    ("form", "shown"),
    [
        ("0.0%", "percent"),
        ("0%;[Red]-0%", "percent"),
        ('#,##0.00 "€"', "euro"),
        (r"#,##0.00\ [$€-407];[Red]\-#,##0.00\ [$€-407]", "euro"),
        (r'_-* #,##0.00\ "€"_-;\-* #,##0.00\ "€"_-;_-* "-"??\ "€"_-;_-@_-', "euro"),
        ("[$$-409]#,##0", "dollar"),
        ('_("$"* #,##0.00_);_("$"* (#,##0.00)', "dollar"),
        ("[$¥-411]#,##0", "yuan"),
    ],
)
def test_the_format_of_numbers_becomes_the_columns(path, form, shown):
    schema, values, _ = column_of(path, 0.345, 0.5, form=form)
    assert schema[SCHEMA_EXTENSION]["data"]["format"] == shown
    assert values == [0.345, 0.5]


@pytest.mark.parametrize(
    "form",
    [
        "#,##0.00 [$CHF]",
        "[$£-809]#,##0.00",
        "[$R$-416] #,##0.00",
        '"R$" #,##0.00',
        "[$-409]#,##0.00",
        r"_-* #,##0.00\ _€_-;\-* #,##0.00\ _€_-;_-@_-",  # a gap, no sign
        '0.0"%"',  # a text, which does not multiply by 100
        r"0.0\%",
    ],
)
def test_a_sign_that_a_format_does_not_show_is_none(path, form):
    schema, values, _ = column_of(path, 34.5, 0.5, form=form)
    assert SCHEMA_EXTENSION not in schema
    assert values == [34.5, 0.5]


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


@pytest.mark.parametrize(
    "change",
    [
        lambda sheet: re.sub(rb"<(/?)(\w)", rb"<\1x:\2", sheet).replace(b"xmlns=", b"xmlns:x="),
        lambda sheet: sheet.replace(b"<f>", b"<f\n>"),
        lambda sheet: sheet.decode().encode("utf-16"),
    ],
    ids=["prefix", "line break", "utf-16"],
)
def test_a_formula_is_seen_however_its_sheet_is_written(path, change):
    workbook_of(path, ["a", 1], ["b", "=A2*2"])
    change_sheet(path, change)
    with pytest.raises(FileError, match=r"formula in B2 has no stored value\. Open the"):
        tables_of(path)


@pytest.mark.parametrize("settings", [{}, {"hidden_rows": False}])
def test_a_formula_whose_stored_value_is_an_empty_text_is_an_empty_cell(path, settings):
    workbook_of(path, ["a", 1, 2], ["b", "=A2", '=IF(A3=1,"x","")'])
    results = {"B2": b' t="str"><f>A2</f><v>x</v>', "B3": b' t="str"><f>A3</f><v></v>'}
    change_sheet(path, lambda sheet: with_results(sheet, results))
    [table] = tables_of(path, **settings)
    assert list(table.rows()) == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]


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
    column=st.integers(0, 3),
    width=st.integers(3, 5),
)
def test_a_title_above_the_header_is_never_taken_for_it(
    tmp_path_factory, above, title, column, width
):
    """Its columns would be called `column_2`, and the header would be a row."""
    path = tmp_path_factory.mktemp("title") / "orders.xlsx"
    names = [f"name {number}" for number in range(width)]
    title_row = [title if number == min(column, width - 1) else None for number in range(width)]
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
    with pytest.raises(FileError, match="is not a readable workbook"):
        tables_of(path)


def test_a_workbook_with_a_password_is_told(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    with pytest.raises(FileError, match=r"has a password, or .* Save it as \.xlsx without"):
        tables_of(path)


def test_an_archive_of_something_else_is_no_workbook(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(FileError, match="is not a readable workbook"):
        tables_of(path)


def rewrite(path, change):
    """Writes the workbook again with what `change` makes of each part."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, change(name, part))


@pytest.mark.parametrize(
    "dimension",
    [b"", b'<dimension ref="A1"/>', b'<dimension ref="A1:B3"/>', b'<dimension ref="B2"/>'],
)
@pytest.mark.parametrize("hidden_rows", [True, False])
def test_all_rows_and_columns_are_read_whatever_size_the_sheet_tells(path, dimension, hidden_rows):
    columns = [[name, *range(9)] for name in "abcd"]
    workbook_of(path, *columns)
    rewrite(path, lambda _, part: re.sub(rb"<dimension [^>]*>", dimension, part))
    [table] = tables_of(path, hidden_rows=hidden_rows)
    assert table.row_count == 9
    assert list(table.rows()) == [dict.fromkeys("abcd", number) for number in range(9)]


def test_a_size_of_a_million_rows_costs_nothing(path):
    workbook_of(path, ["a", 1])
    dimension = b'<dimension ref="A1:XFD1048576"/>'
    rewrite(path, lambda _, part: re.sub(rb"<dimension [^>]*>", dimension, part))
    assert list(tables_of(path)[0].rows()) == [{"a": 1}]


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ("one_x000D_\ntwo", "one\r\ntwo"),
        ("_x0009_a_x001f_", "\ta\x1f"),
        ("_x0041_ _x00_ x000D_", "_x0041_ _x00_ x000D_"),
        ("_x005F_x000D_", "_x000D_"),
    ],
)
def test_characters_that_a_workbook_escapes_are_themselves(path, stored, meant):
    workbook_of(path, ["a" + stored, 1], ["b", "text"])
    in_place = b'<c r="B2" t="inlineStr"><is><t>%s</t></is></c>' % stored.encode()
    rewrite(path, lambda _, part: re.sub(rb'<c r="B2".*?</c>', in_place, part))
    [table] = tables_of(path)
    assert [row["b"] for row in table.rows()] == [meant]
    if "x005F" not in stored:  # openpyxl takes that for nothing in shared texts
        assert next(iter(table.properties)) == " ".join(f"a{meant}".split())


DAMAGED = ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The bytes of a workbook."""
    path = tmp_path_factory.mktemp("sound") / "orders.xlsx"
    workbook_of(path, ["id", *range(9)], ["name", *map(str, range(9))], ["day", *[DAY] * 9])
    return path.read_bytes()


@given(
    part=st.sampled_from(DAMAGED) | st.none(),
    cut=st.integers(0, 400),
    place=st.integers(0, 20_000),
    sign=st.integers(0, 255),
    hidden_rows=st.booleans(),
)
def test_a_damaged_workbook_is_a_sentence(
    tmp_path_factory, sound, part, cut, place, sign, hidden_rows
):
    path = tmp_path_factory.mktemp("damaged") / "orders.xlsx"

    def damage(content):
        changed = bytearray(content[:-cut] if cut else content)
        if changed:
            changed[place % len(changed)] = sign
        return bytes(changed)

    path.write_bytes(sound)
    if part is None:
        start = place % len(sound)
        path.write_bytes(sound[:start] + sound[start + cut :])
    else:
        rewrite(path, lambda name, content: damage(content) if name == part else content)
    with contextlib.suppress(FileError):
        for table in tables_of(path, hidden_rows=hidden_rows):
            list(table.rows())
