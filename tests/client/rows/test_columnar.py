"""Whole columns at once: the outcome is that of reading cell by cell, whatever was sent."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatable_client.column_types import codec
from seatable_client.column_types.readers import Reading
from seatable_client.errors import ServerUnavailable
from seatable_client.metadata import Column
from seatable_client.rows.columnar import CellReader
from seatable_client.rows.lazy import LazyRows, decode_rows, row_ids_of
from tests.client.column_types.column_strategies import CELL, FORMATS, SOME_COLUMN, column

STAMP = st.builds(
    "{}-{}-{}{}{}:{}:{}{}{}".format,
    st.sampled_from(["2024", "1999", "9999", "0001", "20 4"]),
    st.sampled_from(["01", "06", "12", "13", "W1"]),
    st.sampled_from(["01", "29", "31", "00"]),
    st.sampled_from(["T", "T", "T", " ", "x"]),
    st.sampled_from(["00", "01", "10", "23", "24"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["00", "59"]),
    st.sampled_from(["", ".1", ".123", ".123", ".123", ".123456", ",123"]),
    st.sampled_from(["+00:00", "+02:00", "+02:00", "-11:00", "+05:30", "Z", "", "+25:00"]),
)
DAY = st.builds(
    "{}{}".format, st.sampled_from(["2024-06-05", "2024-13-01", "2024-W01-1"]),
    st.sampled_from(["", "T00:00:00+02:00", "T00:00:00-02:00", " 10:00", "T10:20:30Z"]),
)  # fmt: skip
TIMED = st.sampled_from(
    [column(kind) for kind in ("ctime", "mtime")]
    + [column("date", format=form) for form in ("YYYY-MM-DD", *FORMATS)]
    + [column("formula", result_type="date", format="YYYY-MM-DD HH:mm")]
)


def one_by_one(some_column, cells):
    reading = Reading()
    read = codec.reader(some_column, reading)
    return [read(cell) for cell in cells], reading.unread


def together(some_column, cells):
    reading = Reading()
    return list(codec.cells_reader(some_column, reading)(cells)), reading.unread


@settings(max_examples=400)
@given(TIMED, st.lists(st.none() | STAMP | DAY | CELL, max_size=6))
@example(column("ctime"), ["2024-06-05T10:20:30.123+02:00", "2024-06-05T01:20:30.123+02:00"])
def test_times_read_together_are_those_read_one_by_one(some_column, cells):
    assert together(some_column, cells) == one_by_one(some_column, cells)


@settings(max_examples=400)
@given(SOME_COLUMN, st.lists(CELL, max_size=4))
def test_cells_read_together_are_those_read_one_by_one(some_column, cells):
    assert repr(together(some_column, cells)) == repr(one_by_one(some_column, cells))


@settings(max_examples=800)
@given(SOME_COLUMN, CELL)
def test_a_cell_that_needs_no_reading_is_its_own_value(some_column, cell):
    plain_type = codec.plain_cell_type(some_column)
    if plain_type is None:
        return
    try:
        msgspec.json.decode(msgspec.json.encode(cell), type=plain_type)
    except msgspec.ValidationError:
        return
    [value], unread = one_by_one(some_column, [cell])
    assert repr(value) == repr(cell)
    assert not unread


@pytest.mark.parametrize(
    ("kind", "cell"),
    [("text", "a"), ("number", 1), ("number", 0.5), ("checkbox", False), ("rate", 0),
     ("multiple-select", ["a", "b"]), ("image", ["a"]), ("file", [{"name": "a"}]),
     ("link", [{"row_id": "a", "display_value": None}]), ("geolocation", {"lng": 1}),
     ("department-single-select", 7), ("something-new", "a"), ("creator", "a@auth.local")],
)  # fmt: skip
def test_cells_as_they_should_be_are_known_to_be(kind, cell):
    plain_type = codec.plain_cell_type(column(kind))
    assert msgspec.json.decode(msgspec.json.encode(cell), type=plain_type) == cell


NAME = st.text(min_size=1, max_size=4) | st.sampled_from(['a"b', "a\\b", "a`b", "\t", "ü", "😀"])
NAMES = st.lists(NAME.filter(lambda name: name != "_id"), min_size=1, max_size=4, unique=True)


def answer_of(rows):
    return json.dumps({"success": True, "results": rows, "metadata": []}).encode()


@settings(max_examples=400)
@given(NAMES, st.data())
def test_an_answer_gives_the_cells_that_dictionaries_give(names, data):
    """Over several pages: what is unusual in one of them is looked for in the next ones, too."""
    wanted = [
        Column(name, name, drawn.type, drawn.data)
        for name, drawn in ((name, data.draw(SOME_COLUMN)) for name in names)
    ]
    cells = st.dictionaries(st.sampled_from([*names, "more"]), CELL)
    pages = data.draw(st.lists(st.lists(cells, max_size=4), max_size=4))
    readings = Reading(), Reading()
    sent, plain = (CellReader(wanted, reading) for reading in readings)
    for page in pages:
        rows = [{**row, "_id": str(number)} for number, row in enumerate(page)]
        found = decode_rows(answer_of(rows), "read").rows
        assert row_ids_of(found) == row_ids_of(rows)
        expected = {
            wanted_column.name: [
                codec.reader(wanted_column, Reading())(row.get(wanted_column.name)) for row in rows
            ]
            for wanted_column in wanted
        }
        for reader, given_rows in ((sent, found), (plain, rows)):
            values = {
                name: list(reader.values(name, column_cells))
                for name, column_cells in reader.cells(given_rows).items()
            }
            assert repr(values) == repr(expected)
    assert readings[0].unread == readings[1].unread


def test_rows_can_be_looked_at_first():
    rows = decode_rows(answer_of([{"_id": "a", "C": 1}]), "read").rows
    assert list(rows) == [{"_id": "a", "C": 1}]
    assert rows[0] is next(iter(rows))
    assert CellReader([column("number")], Reading()).cells(rows) == {"C": [1]}


@pytest.mark.parametrize(
    "cut", ["", '{"results":[{"_id":"a"', '{"results":[{"_id":"a"}]', "<html>"]
)
def test_what_is_not_whole_is_no_answer(cut):
    with pytest.raises(ValueError, match=r"."):
        decode_rows(cut.encode(), "read")


def test_what_is_no_text_is_no_answer():
    with pytest.raises(ValueError, match="utf-8"):
        decode_rows(b'{"results":[{"_id":"a","C":"\xff"}]}', "read")


def test_a_number_beyond_all_numbers_is_named():
    rows = decode_rows(b'{"results":[{"_id":"a","C":1e999}]}', "read table 'T'").rows
    with pytest.raises(ServerUnavailable, match=r"Could not read table 'T': .*out of range"):
        CellReader([column("number")], Reading()).cells(rows)


def test_no_rows():
    found = decode_rows(b'{"success": true, "results": []}', "read")
    assert not found.rows
    assert not found.error


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"results": None},
        {"success": True, "error_message": "", "results": None},
        {"success": False, "results": []},
        {"success": False, "results": None, "error_message": ""},
        {"error_msg": "busy"},
        {"results": [None]},
        {"results": [{}]},
        {"results": [{"_id": ""}]},
        {"results": [{"_id": None}]},
        {"results": {"_id": "a"}},
    ],
)
def test_an_answer_without_rows_is_not_an_answer_of_no_rows(body):
    with pytest.raises(msgspec.ValidationError):
        decode_rows(json.dumps(body).encode(), "read")


def test_an_old_server_tells_of_a_failure_inside_a_success():
    body = b'{"success": false, "error_message": "no such table: T"}'
    assert decode_rows(body, "read").error == "no such table: T"


def test_half_a_character_becomes_one_that_says_so():
    body = rb'{"results":[{"_id":"a","C":"x\ud83d"}]}'
    rows = decode_rows(body, "read").rows
    assert CellReader([column("text")], Reading()).cells(rows) == {"C": ("x\ufffd",)}
    assert isinstance(rows, LazyRows)
    assert list(rows) == [{"_id": "a", "C": "x\ufffd"}]
