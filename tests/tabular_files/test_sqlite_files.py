"""SQLite databases come with the types that their values have, whatever their columns declare."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabular_files.errors import FileError
from tabular_files.readers.sqlite_reader import read_sqlite
from tabular_files.streams import file_streams
from tabular_files.table import FileSettings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shop.sqlite"


def make(path, script, *rows):
    """A database; the rows go into its table `t`."""
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(script)
        for row in rows:
            database.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(row))})", row)


def tables_of(path, **settings):
    return read_sqlite(FileSettings(path=str(path), **settings))


def column_of(path, declared, *values):
    make(path, f"CREATE TABLE t (v {declared})", *[(value,) for value in values])
    [table] = tables_of(path)
    return table.properties["v"], [row["v"] for row in table.rows()], table.notes


TEXT = {"type": ["string", "null"]}
DAY = {**TEXT, "format": "date"}
MOMENT = {**TEXT, "format": "date-time"}


@pytest.mark.parametrize(
    ("declared", "values", "schema", "read"),
    [
        ("INTEGER", [1, None, -(2**63)], {"type": ["integer", "null"]}, [1, None, -(2**63)]),
        ("REAL", [1.5, 2, 0.1], {"type": ["number", "null"]}, [1.5, 2.0, 0.1]),
        ("DECIMAL(5,2)", [1.5, 2], {"type": ["number", "null"]}, [1.5, 2]),
        ("BOOLEAN", [0, 1, None], {"type": ["boolean", "null"]}, [False, True, None]),
        ("BOOLEAN", [0, 2], {"type": ["integer", "null"]}, [0, 2]),
        ("INTEGER", [0, 1], {"type": ["integer", "null"]}, [0, 1]),
        ("TEXT", ["1", "007", ""], TEXT, ["1", "007", ""]),
        ("TEXT", ["12345678901234567890.1234567891"], TEXT, ["12345678901234567890.1234567891"]),
        ("INTEGER", ["x", 7, 1.5], TEXT, ["x", "7", "1.5"]),
        ("BLOB", [b"\0\xff", "a"], TEXT, ["00ff", "a"]),
        ("JSON", ['{"a": 1.50}'], TEXT, ['{"a": 1.50}']),
        ("", [None], TEXT, [None]),
        ("DATE", ["2024-02-29", None], DAY, ["2024-02-29", None]),
        ("DATE", ["2024-02-29", "2023-02-29"], TEXT, ["2024-02-29", "2023-02-29"]),
        ("DATE", ["2024-02-29 10:20"], TEXT, ["2024-02-29 10:20"]),
        ("TEXT", ["2024-02-29"], TEXT, ["2024-02-29"]),
        (
            "DATETIME",
            ["2024-02-29 10:20:30", "2024-02-29T10:20Z"],
            MOMENT,
            ["2024-02-29T10:20:30", "2024-02-29T10:20Z"],
        ),
        ("TIMESTAMP", ["2024-02-29 24:20"], TEXT, ["2024-02-29 24:20"]),
        ("TIMESTAMP", ["2024-W09-4 10:20"], TEXT, ["2024-W09-4 10:20"]),
        ("TIMESTAMP", [1709200000], {"type": ["integer", "null"]}, [1709200000]),
    ],
)
def test_a_column_has_the_type_that_all_its_values_have(path, declared, values, schema, read):
    found, rows, _ = column_of(path, declared, *values)
    assert found == schema
    assert rows == read
    assert [type(value) for value in rows] == [type(value) for value in read]


VALUES = (
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
    | st.binary(max_size=9)
)


@given(st.lists(VALUES, max_size=9))
def test_whatever_a_table_holds_comes_back(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("sqlite") / "a.sqlite"
    schema, rows, _ = column_of(path, "BLOB", *values)  # it changes no value
    if schema == TEXT:
        values = [value.hex() if isinstance(value, bytes) else value for value in values]
        values = [None if value is None else str(value) for value in values]
    assert rows == values


def test_values_that_are_not_alike_are_told(path):
    _, _, notes = column_of(path, "BLOB", 1, "x", b"\1")
    assert notes == [
        "Column 'v': its BLOB values come as hexadecimal digits.",
        "Column 'v': its values are BLOBs, integers, texts; all come as text.",
    ]


def test_a_number_that_json_does_not_have_is_refused(path):
    with pytest.raises(FileError, match="table 't' holds the number inf, which JSON does not have"):
        column_of(path, "REAL", float("inf"))


SHOP = """
    CREATE TABLE t (b TEXT, a INTEGER, "x y" TEXT GENERATED ALWAYS AS (b || '!'),
                    PRIMARY KEY (a, b));
    INSERT INTO t VALUES ('b', 1);
    CREATE TABLE "odd ""name" (id INTEGER PRIMARY KEY AUTOINCREMENT);
    INSERT INTO "odd ""name" VALUES (7);
    CREATE TABLE loose (a);
    CREATE VIEW double AS SELECT a * 2 AS twice FROM t;
"""


def test_each_table_is_a_stream_with_its_primary_key(path):
    make(path, SHOP)
    streams = file_streams([str(path)])
    assert {stream.name: stream.keys for stream in streams} == {
        "t": ("a", "b"),
        'odd "name': ("id",),
        "loose": (),
    }
    assert [list(stream.records()) for stream in streams] == [
        [{"b": "b", "a": 1, "x y": "b!"}],
        [{"id": 7}],
        [],
    ]
    assert "Views are left out: 'double'" in streams[0].tables[0].notes[0]


@pytest.mark.parametrize(
    ("declared", "keys"),
    [("", [1, "1"]), ("", [b"a", "61"]), ("DATETIME", ["2024-01-01 10:00", "2024-01-01T10:00"])],
)
def test_two_keys_that_are_written_alike_are_refused(path, declared, keys):
    make(path, f"CREATE TABLE t (id {declared} PRIMARY KEY)", *[(key,) for key in keys])
    with pytest.raises(FileError, match=r"shop\.sqlite, table 't': two rows have the key '"):
        file_streams([str(path)])


def test_another_key_takes_the_place_of_one_that_is_written_alike(path):
    make(path, "CREATE TABLE t (id PRIMARY KEY, n INTEGER)", (1, 1), ("1", 2))
    [stream] = file_streams([{"path": str(path), "keys": ["n"]}])
    assert [row["n"] for row in stream.records()] == [1, 2]


def test_keys_of_several_types_that_differ_are_read(path):
    keys = [1, "x", None, None, 2.5]
    make(path, "CREATE TABLE t (id PRIMARY KEY)", *[(key,) for key in keys])
    [stream] = file_streams([str(path)])
    assert [row["id"] for row in stream.records()] == ["1", "x", None, None, "2.5"]


def test_tables_and_views_are_chosen_by_name(path):
    make(path, SHOP)
    [view, loose] = reversed(tables_of(path, sheets=["doub*", "loose"]))
    assert (view.name, list(view.rows()), view.notes) == ("double", [{"twice": 2}], [])
    assert loose.name == "loose"
    with pytest.raises(FileError, match=r"has no table 'nope'; it has 't', .* in sheets"):
        tables_of(path, sheets=["nope"])


def test_given_keys_go_before_the_primary_key(path):
    make(path, SHOP)
    [stream] = file_streams([{"path": str(path), "sheets": ["t"], "keys": ["x y"]}])
    assert stream.keys == ("x y",)


def test_a_value_of_another_type_that_comes_later_ends_the_reading(path):
    make(path, "CREATE TABLE t (v INTEGER)", (1,))
    [table] = tables_of(path)
    make(path, "", ("later",))
    with pytest.raises(FileError, match="'v' got a value of another type while it was read"):
        list(table.rows())


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"SQLite format 3\0" + b"\1" * 2000])
def test_a_file_that_is_no_database_is_a_sentence(path, content):
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"is not an SQLite database|cannot be read"):
        tables_of(path)


def test_a_text_that_is_no_text_is_a_sentence(path):
    make(path, "CREATE TABLE t (v TEXT); INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")
    with pytest.raises(FileError, match=r"table 't' cannot be read: .*UTF-8"):
        tables_of(path)


@pytest.mark.parametrize("page", [512, 4096, 65_536])
@given(cut=st.integers(1, 200_000))
def test_a_database_that_breaks_off_is_a_sentence(tmp_path_factory, page, cut):
    """SQLite itself reads zeros in place of the rest of its last page."""
    path = tmp_path_factory.mktemp("broken") / "shop.sqlite"
    rows = [(f"{number:07}" * 30,) for number in range(40)]
    make(path, f"PRAGMA page_size = {page}; CREATE TABLE t (v TEXT)", *rows)
    assert [row["v"] for row in tables_of(path)[0].rows()] == [row[0] for row in rows]
    content = path.read_bytes()
    path.write_bytes(content[: -min(cut, len(content) - 1)])
    with pytest.raises(FileError):
        list(tables_of(path)[0].rows())
