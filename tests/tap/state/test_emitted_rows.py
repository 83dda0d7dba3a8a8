"""Emitted rows, as a list or as sketches: what they show, and how one becomes the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xxhash import xxh3_64_hexdigest

from seatable_client.errors import ApiNotAvailable
from seatable_sandbox.model import ids
from tap_seatable.state import RowList, Sketches
from tap_seatable.state.emitted_rows import EmittedRows, RowComparison
from tap_seatable.state.row_changes import Changes, content_digest
from tap_seatable.state.row_list import list_length
from tap_seatable.state.row_sketches import sketches_length
from tests.servers import WITH_SQL
from tests.tap.support import form_of, longest_list, make_table, memory_of, read
from tests.tap.warehouse import Warehouse, assert_amounts_equal, run_into, with_log

CAPACITY = 64
FEW = settings(max_examples=80, deadline=None)
ROW_IDS = st.builds(ids.row_id) | st.text("abcXYZ019-_.~\"\\'{", min_size=1, max_size=22)
CONTENTS = st.sampled_from([b"{}", b'{"a":1}', b'{"a":2}'])
TABLES = st.dictionaries(ROW_IDS, CONTENTS, max_size=30)
LONGEST = st.sampled_from([0, 3, 10, 1000])
"""Rows up to which a table is remembered by a list."""
NOTHING = Changes(frozenset(), frozenset(), frozenset())


def emitted(table, longest):
    with longest_list(longest):
        rows = EmittedRows(CAPACITY)
        rows.add(list(table.items()))
    return rows


def stored(rows):
    """As the next run has them."""
    return EmittedRows.load(json.loads(json.dumps(rows.dump())))


def compared(earlier, table, longest, capacity=CAPACITY):
    with longest_list(longest):
        comparison = RowComparison(earlier, capacity)
        rows = list(table.items())
        for start in range(0, len(rows), 4):
            comparison.add(rows[start : start + 4])
    return comparison


def pairs_of(table):
    return {(row_id, content_digest(content)) for row_id, content in table.items()}


# What they show


@FEW
@given(TABLES, TABLES, LONGEST, LONGEST, st.sampled_from([CAPACITY, 200]))
@example({"a": b"{}"}, {"a": b"{}"}, 10, 0, CAPACITY)
def test_a_comparison_shows_what_differs_whatever_the_forms(before, now, then, later, capacity):
    comparison = compared(stored(emitted(before, then)), now, later, capacity)
    changes = comparison.changes()
    assert changes is not None, "no more differ than the capacity"
    assert changes.removed == before.keys() - now.keys()
    assert changes.added == now.keys() - before.keys()
    assert changes.contents in (pairs_of(now) - pairs_of(before), None)
    if len(before) <= then:
        assert changes.contents is not None
    kept = comparison.emitted
    assert kept.capacity == capacity
    assert isinstance(kept.form, RowList if len(now) <= later else Sketches)
    again = compared(stored(kept), now, later, capacity).changes()
    assert again == NOTHING


def test_a_list_shows_any_number_of_differences():
    before = {ids.row_id(): b"{}" for _ in range(2000)}
    now = {ids.row_id(): b"{}" for _ in range(2000)}
    changes = compared(emitted(before, 10_000), now, 10_000).changes()
    assert changes is not None
    assert changes.removed == before.keys()
    assert changes.contents == pairs_of(now)


def test_a_list_is_not_compared_with_rows_that_memory_has_no_room_for(monkeypatch):
    monkeypatch.setattr(RowList, "most_compared", 100)
    before = {ids.row_id(): b"{}" for _ in range(5)}
    now = {ids.row_id(): b"{}" for _ in range(101)}
    comparison = compared(emitted(before, 10), now, 10)
    assert comparison.changes() is None
    again = compared(stored(comparison.emitted), now, 10).changes()
    assert again == NOTHING


@FEW
@given(TABLES, st.data(), LONGEST)
def test_rows_that_were_announced_are_known_by_id_and_not_by_content(before, data, longest):
    """A run that is killed then has emitted them or not."""
    known = sorted(before)
    edited = data.draw(st.lists(st.sampled_from(known), unique=True) if known else st.just([]))
    new = data.draw(st.sets(ROW_IDS, max_size=12)) - before.keys()
    rows = emitted(before, longest)
    knew = rows.dump()
    with longest_list(longest):
        has_changed = rows.announce([*edited, *new], [False] * len(edited) + [True] * len(new))
    assert has_changed == (rows.dump() != knew)
    assert not edited or has_changed
    now = before | dict.fromkeys(new, b"new")
    changes = compared(stored(rows), now, longest).changes()
    assert changes is not None
    assert (changes.removed, changes.added) == (set(), set())
    shown = {row_id for row_id, _ in changes.contents or ()}
    if changes.contents is not None:
        assert shown >= new
    if len(before) <= longest:  # a list: sketches do not know what an edited row held
        assert shown == new | set(edited)
        assert rows.contents_known
    else:
        assert rows.contents_known == (not edited)


@FEW
@given(TABLES, st.data(), LONGEST, st.booleans())
def test_rows_that_were_emitted_have_their_contents(before, data, longest, tells):
    """Also where a list grows into sketches in between, and servers do not tell what is new."""
    page = data.draw(st.dictionaries(ROW_IDS | st.sampled_from(sorted(before) or ["a"]), CONTENTS))
    is_new = [row_id not in before or not tells for row_id in page]
    rows = emitted(before, longest)
    with longest_list(longest):
        rows.announce(page, is_new)
        rows.complete(list(page.items()), is_new)
    changes = compared(stored(rows), before | page, longest).changes()
    assert changes is not None
    if len(before) <= longest:
        assert changes == NOTHING


def test_an_unknown_content_stays_unknown_in_sketches():
    """Nothing in them may match a row that was announced when the list became too long."""
    with longest_list(2):
        rows = EmittedRows(CAPACITY)
        rows.add([("a", b"1"), ("b", b"2")])
        rows.announce(["a", "c"], [False, True])
    changes = compared(rows, {"a": b"1", "b": b"2", "c": b"3"}, 2).changes()
    assert changes is not None
    assert {row_id for row_id, _ in changes.contents or ()} == {"a", "c"}
    assert rows.contents_known


@pytest.mark.parametrize("row_id", ["", "a b", "ä", "x" * 23, " a", "a "])
def test_an_id_that_a_state_cannot_hold_is_refused(row_id):
    for add in (lambda rows: rows.add([(row_id, b"")]), lambda rows: rows.announce([row_id])):
        with pytest.raises(ApiNotAvailable, match="a newer version of this tap"):
            add(EmittedRows(CAPACITY))


@pytest.mark.parametrize("row_id", ["", "ä", "\0a", "x" * 23])
@pytest.mark.parametrize("announces", [False, True])
def test_sketches_refuse_an_id_that_they_would_give_back_as_another_one(row_id, announces):
    """A deletion would be reported of a row that there is none of."""
    rows = stored(emitted({"a": b"1", "b": b"2"}, 0))
    assert isinstance(rows.form, Sketches)
    with pytest.raises(ApiNotAvailable, match="a newer version of this tap"):
        rows.announce([row_id]) if announces else rows.add([(row_id, b"")])


# As text


@FEW
@given(TABLES, LONGEST)
def test_what_was_stored_is_the_same(table, longest):
    rows = emitted(table, longest)
    fields = rows.dump()
    assert stored(rows).dump() == fields
    if len(table) <= longest:
        assert list_length(len(table)) == len(fields["row_ids"]) + len(fields["row_digests"])


@pytest.mark.parametrize(
    "fields",
    [
        {"row_ids": "a" * 22, "row_digests": ""},
        {"row_ids": "", "row_digests": "AAAAAAAAAAA="},
        {"row_ids": "a" * 21, "row_digests": "AAAAAAAAAAA="},
        {"row_ids": "a" * 22, "row_digests": "AAAAAAAA"},
        {"row_ids": "a" * 22, "row_digests": "💥"},
        {"row_ids": "a" * 22, "row_digests": "AAAAAAAAAAA"},
        {"row_ids": "", "row_digests": "", "capacity": -1},
        {"row_ids": "", "row_digests": "", "capacity": 10**15},
    ],
)
def test_damaged_text_is_refused(fields):
    with pytest.raises(ValueError, match=r"."):
        EmittedRows.load({"capacity": 16, **fields})


@pytest.mark.parametrize("capacity", [16, 53, 512])
def test_a_list_gives_way_to_sketches_when_its_text_is_no_longer_shorter(capacity):
    rows = EmittedRows(capacity)
    while isinstance(rows.form, RowList):
        length = sum(map(len, rows.form.dump().values()))
        assert length < sketches_length(capacity)
        rows.add([(ids.row_id(), b"")])
    assert length + 50 > sketches_length(capacity)


# In runs of the tap


def test_a_table_that_crosses_the_limit_repeats_and_loses_nothing(base, exact, later):
    """From a list to sketches and back: by an incremental sync, and by comparisons."""
    warehouse = Warehouse()
    with longest_list(20):
        rows = make_table(base, "T", 14)
        later()
        rows += base.append_rows("T", [{"Amount": 14}])
        run_into(exact, warehouse)
        assert form_of(warehouse.state) == "list"
        later()
        base.update_rows("T", {rows[0]: {"Amount": -1}})
        new = base.append_rows("T", [{"Amount": number} for number in range(10)])
        run = run_into(exact, warehouse)
        assert form_of(warehouse.state) == "sketches"
        assert {rows[0], *new} <= set(run.ids("T"))
        for deleted, form in ((rows[1:3], "sketches"), (rows[3:9], "list"), (rows[9:10], "list")):
            later()
            base.delete_rows("T", deleted)
            run = run_into(exact, warehouse)
            assert form_of(warehouse.state) == form
            assert sorted(run.ids("T")) == sorted(deleted)
            assert not run.messages_of("ACTIVATE_VERSION")
            assert_amounts_equal(base, warehouse)
        assert run_into(exact, warehouse).ids("T") == []


@pytest.mark.only_on(*WITH_SQL)
def test_an_edited_row_is_not_emitted_again_by_the_next_comparison(base, exact, later):
    rows = make_table(base, "T", 14)
    later()
    [newest] = base.append_rows("T", [{"Amount": 14}])
    state = read(exact).state
    later()
    base.update_rows("T", {rows[0]: {"Amount": -1}})
    run = read(exact, state=state)
    assert set(run.ids("T")) - {newest} == {rows[0]}
    later()
    base.delete_rows("T", rows[1:2])
    assert read(exact, state=run.state).ids("T") == rows[1:2]


@pytest.mark.only_on("gateway", "v1 with SQL")
def test_more_rows_than_the_capacity_are_named_without_a_log(base, exact, later):
    rows = make_table(base, "T", 100)
    exact = {**exact, "sketch_capacity": 16}
    warehouse = Warehouse()
    run_into(exact, warehouse)
    later()
    base.delete_rows("T", rows[:60])
    with with_log(lambda _entries: []):
        run = run_into(exact, warehouse)
    assert sorted(run.ids("T")) == sorted(rows[:60])
    assert not run.messages_of("ACTIVATE_VERSION")
    assert_amounts_equal(base, warehouse)


def test_a_state_of_sketches_goes_on_and_becomes_a_list(base, exact, later):
    """As versions of before left it for every table."""
    rows = make_table(base, "T", 15)
    warehouse = Warehouse()
    with longest_list(0):
        run_into(exact, warehouse)
    assert form_of(warehouse.state) == "sketches"
    assert run_into(exact, warehouse).ids("T") == []
    later()
    base.delete_rows("T", rows[1:2])
    assert run_into(exact, warehouse).ids("T") == rows[1:2]
    assert form_of(warehouse.state) == "list"
    assert run_into({**exact, "full_compare_interval": 0}, warehouse).ids("T") == []
    assert_amounts_equal(base, warehouse)


OLD = json.loads((Path(__file__).parent / "sketches_of_before.json").read_text(encoding="utf-8"))
"""Fields that the version before lists left of five rows, the last of them edited, and the rows."""


def test_the_sketches_of_before_show_the_same():
    earlier = EmittedRows.load(OLD["fields"])
    assert not earlier.contents_known
    rows = {row_id: content.encode() for row_id, content in OLD["rows"].items()}
    edited = list(rows)[-1]
    changes = compared(earlier, rows, 10).changes()
    assert changes is not None
    assert (changes.removed, changes.added) == (set(), set())
    assert {row_id for row_id, _ in changes.contents or ()} == {edited}
    assert OLD["fields"] == earlier.dump()


def test_a_state_of_before_with_all_its_fields_is_used(base, exact):
    """It had nulls for what is left out now."""
    make_table(base, "T", 5)
    state = read(exact).state
    fields = memory_of(state)
    fields |= dict.fromkeys(
        {"version", "operation_at", "columns", "horizon", "rows", "cursor", "ahead"} - fields.keys()
    )
    fields |= {"silent": False}
    del fields["check"]
    fields["check"] = xxh3_64_hexdigest(json.dumps(fields, sort_keys=True).encode())
    run = read(exact, state=state)
    assert not run.log_lines("full sync, because")
    assert run.ids("T") == []
