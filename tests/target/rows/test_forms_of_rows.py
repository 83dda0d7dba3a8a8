"""A row means the same as a dictionary and in the form in which it is appended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from seatable_client.column_types import Writing, codec
from seatable_client.metadata import Column, Table
from target_seatable.rows import Body, Layout
from target_seatable.rows.fields import Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS = [
    Column("0000", "Name", "text"),
    Column("0001", "Note", "long-text"),
    Column("0002", "Amount", "number"),
    Column("0003", "Day", "date", {"format": "YYYY-MM-DD"}),
    Column("0004", "Tags", "multiple-select", {"options": []}),
    Column("0005", "Done", "checkbox"),
]
EMPTY = st.sampled_from([None, ""])
VALUES = [
    st.text(st.sampled_from("aé"), min_size=1),
    st.text(max_size=3) | EMPTY,
    st.sampled_from([0, 1, 1.0, -0.0, 0.5, 2**53, 1e300, 12345678901234567890]) | EMPTY,
    st.sampled_from(["2024-06-05", "2024-06-05T10:20", "never"]) | EMPTY,
    st.sampled_from([["a"], ["a", "b"], []]) | EMPTY,
    st.booleans() | EMPTY,
]


def field(column: Column) -> Field:
    write = codec.writer(column, Writing(zone=None))
    assert write is not None
    return Field(column.name, column, write, codec.bulk_writer(column, Writing(zone=None)))


FIELDS = [field(column) for column in COLUMNS]


def listed(cells: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: list(column) for name, column in cells.items()}


LAYOUT = Layout(Table("0000", "T", tuple(COLUMNS)), FIELDS, FIELDS[:1])
RECORDS = st.lists(st.tuples(*VALUES), min_size=1, max_size=8)


@given(RECORDS, st.sets(st.tuples(st.integers(0, 7), st.integers(1, 5)), max_size=2))
def test_a_row_means_the_same_in_both_forms(records, absent):
    values = {
        column.name: [
            UNSET if (index, place) in absent else record[place]
            for index, record in enumerate(records)
        ]
        for place, column in enumerate(COLUMNS)
    }
    refused: dict[int, list[Any]] = {}
    refused_too: dict[int, list[Any]] = {}
    rows = LAYOUT.rows(values, len(records), refused)
    forms = LAYOUT.whole_rows(values, len(records), refused_too)
    assert refused.keys() == refused_too.keys()
    is_whole = not any(UNSET in cells for cells in values.values())
    assert isinstance(forms[0], Body) is is_whole
    assert LAYOUT.are_whole(forms) is is_whole
    assert [LAYOUT.plain(row) for row in forms] == rows
    assert LAYOUT.keys_of(forms) == LAYOUT.keys_of(rows) == [LAYOUT.key(row) for row in rows]
    assert listed(LAYOUT.cells_of(forms)) == listed(LAYOUT.cells_of(rows))
    contents = LAYOUT.contents(LAYOUT.cells_of(forms))
    assert contents == [LAYOUT.content(row) for row in rows]
    assert contents == [LAYOUT.content(row) for row in forms]
    sent = msgspec.json.encode(LAYOUT.for_append(forms))
    assert msgspec.json.decode(sent) == msgspec.json.decode(
        msgspec.json.encode(LAYOUT.for_append(rows))
    )


@given(RECORDS, RECORDS)
def test_a_digest_is_that_of_the_cells(first, second):
    """Also where a number is one that only JSON can hold: 1e300 is compared as an integer."""
    rows = [
        dict(zip([column.name for column in COLUMNS], record, strict=True))
        for record in (*first, *second)
    ]
    compared = [tuple(field.comparable(row[field.column.name]) for field in FIELDS) for row in rows]
    together = LAYOUT.contents(LAYOUT.cells_of(rows))
    assert together == [LAYOUT.content(row) for row in rows]
    for row, content in zip(compared, together, strict=True):
        for other, other_content in zip(compared, together, strict=True):
            assert (content == other_content) is (row == other)
