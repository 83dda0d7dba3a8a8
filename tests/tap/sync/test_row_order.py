"""Rows go out in the order of their creation, whatever the order in which they are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_seatable.records import Page
from tap_seatable.sync import row_order
from tap_seatable.sync.row_order import in_order
from tests.servers import WITH_SQL
from tests.tap.support import make_table, read

TELLS_CREATION = pytest.mark.only_on(*WITH_SQL)
"""Lists of rows come in the base's own order and do not tell when a row was created."""


def names(run):
    return [record["Name"] for record in run.records("T")]


def add(base, later, names_of_rows, table="T"):
    """Rows that are added one after the other."""
    for name in names_of_rows:
        later()
        base.append_rows(table, [{"Name": name}])


def test_a_table_comes_in_the_order_of_creation(base, exact, later):
    make_table(base, "T")
    wanted = [f"row {number}" for number in range(30)]
    add(base, later, wanted)
    later()
    for page_size in (10_000, 7):
        assert names(read({**exact, "page_size": page_size})) == wanted


@TELLS_CREATION
def test_rows_of_one_call_come_in_the_order_of_their_automatic_numbers(base, exact):
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("T", "No", "auto-number", {"format": "R-0", "digits": 1})
    wanted = [f"row {number}" for number in range(120)]
    base.append_rows("T", [{"Name": name} for name in wanted])
    assert names(read({**exact, "page_size": 50})) == wanted


@TELLS_CREATION
@pytest.mark.parametrize("links", [False, True])
def test_new_rows_come_in_the_order_of_creation(base, exact, later, links):
    """Whether changed rows are read, or the table is compared."""
    make_table(base, "T")
    if links:
        make_table(base, "Other")
        base.add_column("T", "Links", "link", {"table": "T", "other_table": "Other"})
    add(base, later, ["first"])
    later()
    state = read(exact).state
    wanted = [f"row {number}" for number in range(30)]
    add(base, later, wanted)
    later()
    found = names(read(exact, state=state))
    assert found[-len(wanted) :] == wanted
    assert set(found) <= {"first", *wanted}


@TELLS_CREATION
def test_what_does_not_fit_into_memory_comes_in_parts(base, exact, later, monkeypatch):
    monkeypatch.setattr(row_order, "MAX_ROWS", 20)
    make_table(base, "T")
    wanted = [f"row {number:02}" for number in range(30)]
    add(base, later, wanted)
    later()
    found = names(read({**exact, "page_size": 10}))
    assert sorted(found) == wanted
    assert [sorted(part) for part in (found[:20], found[20:])] == [found[:20], found[20:]]


@pytest.mark.only_on("gateway")
def test_tables_come_in_their_own_order(base, config):
    for name in ("Zebra", "apple", "Mango"):
        make_table(base, name, 2)
    assert read(config).streams == ["Zebra", "apple", "Mango"]


rows = st.lists(st.tuples(st.text("ab", max_size=2) | st.none(), st.binary(max_size=9)), max_size=9)


@given(st.lists(rows, max_size=6), st.integers(1, 12), st.integers(1, 40))
def test_no_row_is_lost_or_doubled(pages, max_rows, max_bytes):
    made, number = [], 0
    for page in pages:
        ids = [str(number + index) for index in range(len(page))]
        number += len(page)
        places = [place for place, _ in page]
        contents = [
            b"%b %b" % (row_id.encode(), content)
            for row_id, (_, content) in zip(ids, page, strict=True)
        ]
        made.append(Page(ids, places, places, contents))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_order, "MAX_ROWS", max_rows)
        patch.setattr(row_order, "MAX_BYTES", max_bytes)
        found = list(in_order(made))
    given_rows = [row for page in made for row in zip(page.places, page.encoded, strict=True)]
    found_rows = [content for part in found for content in part]
    assert sorted(found_rows) == sorted(content for _, content in given_rows)
    if number < max_rows and None not in {place for place, _ in given_rows}:
        fits = sum(len(content) for _, content in given_rows) < max_bytes
        in_place = [content for _, content in sorted(given_rows, key=lambda row: row[0] or "")]
        assert not fits or found_rows == in_place
