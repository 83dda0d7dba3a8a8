"""Sketches: what they show is right, or they show nothing. And what they measure."""

from __future__ import annotations

import base64
import json
import random
from datetime import datetime, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatable_sandbox.model import ids
from tap_seatable.state import row_sketches
from tap_seatable.state.bookmark import BookmarkBuilder, TableBookmark
from tap_seatable.state.emitted_rows import EmittedRows
from tap_seatable.state.iblt import InvertibleBloomTable, text_length
from tap_seatable.state.row_changes import LONGEST_ID, content_digest
from tap_seatable.state.row_sketches import (
    SMALLEST_CAPACITY,
    Sketches,
    capacity_for,
    sketches_length,
)

CAPACITIES = st.sampled_from([0, 1, 5, 16, 31, 64])
FEW = settings(max_examples=60, deadline=None)


def seed_of(payload):
    """64 bits that depend on a payload alone, as real ones do."""
    return random.Random(payload).getrandbits(64)


def elements(payloads):
    return [(payload, seed_of(payload)) for payload in payloads]


def sketch_of(payloads, capacity=16):
    sketch = InvertibleBloomTable(capacity, 64)
    sketch.add(elements(payloads))
    return sketch


def distinct(source, count):
    """Payloads that are all different."""
    return source.sample(range(1 << 40), count)


# A page at once and a row at a time


@FEW
@given(
    CAPACITIES,
    st.lists(
        st.tuples(
            st.text("aZ09-_", min_size=LONGEST_ID, max_size=LONGEST_ID)
            | st.binary(min_size=16, max_size=16).map(
                lambda raw: base64.urlsafe_b64encode(raw).decode()[:LONGEST_ID]
            ),
            st.binary(max_size=40),
        ),
        max_size=30,
    ),
    st.lists(st.text("aZ09-_", min_size=1, max_size=LONGEST_ID), max_size=1),
)
def test_a_page_of_rows_adds_what_its_rows_add_one_by_one(capacity, rows, unusual):
    """Also where an id is shorter than all others."""
    rows *= 1 + row_sketches._FEW // (len(rows) or 1)
    rows = [*rows, *((row_id, b"") for row_id in unusual)]
    at_once, one_by_one = Sketches(capacity), Sketches(capacity)
    for _ in range(2):
        at_once.add(rows)
        for row_id, content in rows:
            one_by_one.add_digests([(row_id, content_digest(content))])
        assert at_once.dump() == one_by_one.dump()


# What sketches of numbers show


@FEW
@given(CAPACITIES, st.integers(0, 300), st.integers(0, 300), st.integers(0, 500), st.randoms())
def test_a_difference_is_right_or_is_not_there(capacity, added, removed, common, source):
    """Far below the capacity, at it, and far above it."""
    payloads = distinct(source, common + added + removed)
    shared = payloads[:common]
    new, old = payloads[common : common + added], payloads[common + added :]
    found = sketch_of(shared + new, capacity).difference(sketch_of(shared + old, capacity), seed_of)
    if found is not None:
        assert found.added == set(new)
        assert found.removed == set(old)
    if added + removed > 3 * capacity + 30:
        assert found is None


@pytest.mark.parametrize(("capacity", "least"), [(16, 197), (128, 197), (512, 199)])
def test_what_is_within_the_capacity_is_shown_but_for_rare_bad_luck(capacity, least):
    """Of 200 trials at the full capacity. The seeds are fixed, so is the result."""
    source = random.Random(capacity)
    shown = 0
    for _ in range(200):
        payloads = distinct(source, capacity)
        half = source.randrange(capacity + 1)
        new, old = sketch_of(payloads[:half], capacity), sketch_of(payloads[half:], capacity)
        shown += new.difference(old, seed_of) is not None
    assert shown >= least


def test_far_above_the_capacity_nothing_is_shown_and_it_does_not_take_long():
    source = random.Random(1)
    for count in (40, 60, 100, 1_000, 10_000, 100_000):
        assert sketch_of(distinct(source, count)).difference(sketch_of([]), seed_of) is None


@FEW
@given(st.lists(st.integers(0, (1 << 64) - 1), max_size=40))
def test_equal_sets_differ_in_nothing_however_large(payloads):
    for rows in (payloads, [*range(1000), *payloads]):
        found = sketch_of(rows).difference(sketch_of(reversed(rows)), seed_of)
        assert found is not None
        assert not found.added
        assert not found.removed


@FEW
@given(st.integers(0, 12), st.integers(2, 5), st.randoms())
def test_elements_counted_several_times_are_tolerated(count, times, source):
    """What a killed run leaves: the same ids announced again."""
    payloads = distinct(source, 100 + count)
    twice, rest = payloads[:count], payloads[count:]
    earlier = sketch_of(twice + rest)
    earlier.add(elements(twice), times=times - 1)
    found = sketch_of(rest).difference(earlier, seed_of)
    assert found is None or (found.removed, found.added) == (set(twice), set())
    found = sketch_of(twice + rest).difference(earlier, seed_of)
    assert found is None or (found.removed, found.added) == (set(twice), set())


@FEW
@given(st.integers(0, 10), st.randoms())
def test_elements_that_were_never_there_can_be_taken_out(count, source):
    payloads = distinct(source, 50 + count)
    phantoms, rows = payloads[:count], payloads[count:]
    earlier = sketch_of(rows)
    earlier.add(elements(phantoms), times=-1)
    found = sketch_of(rows).difference(earlier, seed_of)
    assert found is None or (found.removed, found.added) == (set(), set(phantoms))


@pytest.mark.parametrize("times", [-1, 1, 4])
def test_they_are_shown_but_for_rare_bad_luck(times):
    """Of 200 trials with ten such elements. The seeds are fixed, so is the result."""
    source = random.Random(times)
    shown = 0
    for _ in range(200):
        payloads = distinct(source, 60)
        earlier = sketch_of(payloads[10:])
        earlier.add(elements(payloads[:10]), times=times)
        shown += sketch_of(payloads[10:]).difference(earlier, seed_of) is not None
    assert shown >= 198


@FEW
@given(st.binary(min_size=48 * 14, max_size=48 * 14))
def test_a_cell_full_of_anything_shows_nothing(noise):
    """Whatever the bits are, a set of elements that explains all of them does not exist."""
    text = base64.b64encode(noise).decode()
    if any(noise):
        assert InvertibleBloomTable.load(text, 16, 64).difference(sketch_of([]), seed_of) is None


@FEW
@given(st.integers(1, 16), st.integers(0, 48 * 14 * 8 - 1), st.randoms())
def test_one_bit_that_flipped_is_not_taken_for_a_row(count, bit, source):
    later, earlier = sketch_of(distinct(source, count)), sketch_of([])
    raw = bytearray(base64.b64decode(later.dump()))
    raw[bit // 8] ^= 1 << bit % 8
    flipped = InvertibleBloomTable.load(base64.b64encode(raw).decode(), 16, 64)
    assert flipped.difference(earlier, seed_of) is None


def test_sketches_of_different_sizes_are_not_compared():
    assert InvertibleBloomTable(16, 64).difference(InvertibleBloomTable(17, 64), seed_of) is None
    assert InvertibleBloomTable(16, 64).difference(InvertibleBloomTable(16, 72), seed_of) is None


def test_payloads_that_cannot_be_are_not_shown():
    assert sketch_of([1, 2]).difference(sketch_of([]), lambda _: None) is None


# As text


@FEW
@given(CAPACITIES, st.integers(0, 400), st.integers(0, 15), st.randoms())
def test_a_sketch_that_was_stored_is_as_good(capacity, common, changed, source):
    payloads = distinct(source, common + changed)
    earlier = sketch_of(payloads[:common], capacity)
    stored = InvertibleBloomTable.load(earlier.dump(), capacity, 64)
    assert stored.dump() == earlier.dump()
    later = sketch_of(payloads, capacity)
    assert later.difference(stored, seed_of) == later.difference(earlier, seed_of)


def test_counts_beyond_what_is_stored_do_not_matter():
    """A cell of a large table counts more elements than its field holds."""
    sketch = sketch_of(range(60_000), 0)
    sketch.add(elements(range(60_000)), times=7)
    stored = InvertibleBloomTable.load(sketch.dump(), 0, 64)
    sketch.add(elements([70_000]))
    found = sketch.difference(stored, seed_of)
    assert found is not None
    assert found.added == {70_000}


@pytest.mark.parametrize("text", ["", "A", "AAAA", "💥", "not base 64!", " ", "=" * 896])
def test_damaged_text_is_refused(text):
    with pytest.raises(ValueError, match="sketch"):
        InvertibleBloomTable.load(text, 16, 64)


@FEW
@given(st.text(max_size=40), st.integers(0, 900))
@example("\n", 5)
def test_text_with_something_else_inside_is_refused(inserted, place):
    text = sketch_of(range(20)).dump()
    if inserted:
        with pytest.raises(ValueError, match="sketch"):
            InvertibleBloomTable.load(text[:place] + inserted + text[place:], 16, 64)


@pytest.mark.parametrize("capacity", [-(10**15), -17, -16, -1, 13, 20, 10**15])
def test_text_of_another_capacity_is_refused_without_trying(capacity):
    with pytest.raises(ValueError, match="another size"):
        InvertibleBloomTable.load(sketch_of([]).dump(), capacity, 64)


@given(CAPACITIES, st.sampled_from([64, 176, 240]))
def test_how_long_the_text_is(capacity, payload_bits):
    assert text_length(capacity, payload_bits) == len(
        InvertibleBloomTable(capacity, payload_bits).dump()
    )


# Rows


ROW_IDS = st.lists(st.builds(ids.row_id), unique=True, max_size=60)


def rows_of(row_ids, content="as it was"):
    return [(row_id, f"{row_id} {content}".encode()) for row_id in row_ids]


def sketches_of(rows, capacity=64):
    sketches = Sketches(capacity)
    sketches.add(rows)
    return sketches


def changes_between(earlier, later, deleted=()):
    return earlier.changes_to(later, deleted)


@FEW
@given(ROW_IDS, st.randoms())
def test_rows_that_came_went_and_changed(row_ids, source):
    kinds = [source.choice("snrc") for _ in row_ids]  # same, new, removed, changed
    ids_by_kind = {
        kind: [r for r, k in zip(row_ids, kinds, strict=True) if k == kind] for kind in "snrc"
    }
    earlier = sketches_of(rows_of(ids_by_kind["s"] + ids_by_kind["r"] + ids_by_kind["c"]))
    later = sketches_of(
        rows_of(ids_by_kind["s"] + ids_by_kind["n"]) + rows_of(ids_by_kind["c"], "changed")
    )
    found = changes_between(earlier, later)
    assert found is not None
    assert found.removed == set(ids_by_kind["r"])
    assert found.added == set(ids_by_kind["n"])
    if found.contents is not None:
        expected = rows_of(ids_by_kind["n"]) + rows_of(ids_by_kind["c"], "changed")
        assert found.contents == {(r, content_digest(c)) for r, c in expected}


def test_more_changed_contents_than_capacity_leave_the_ids_readable():
    row_ids = [ids.row_id() for _ in range(1000)]
    earlier = sketches_of(rows_of(row_ids))
    found = changes_between(earlier, sketches_of(rows_of(row_ids[3:], "changed")))
    assert found is not None
    assert found.removed == set(row_ids[:3])
    assert not found.added
    assert found.contents is None


def test_ids_that_are_known_to_be_gone_make_room():
    row_ids = [ids.row_id() for _ in range(1000)]
    earlier, later = sketches_of(rows_of(row_ids)), sketches_of(rows_of(row_ids[500:]))
    assert changes_between(earlier, later) is None
    found = changes_between(earlier, later, row_ids[:490])
    assert found is not None
    assert found.removed == set(row_ids[:500])


@given(st.text("abcXYZ019-_", min_size=1, max_size=22))
def test_every_id_comes_back_as_it_was(row_id):
    found = changes_between(sketches_of([]), sketches_of([(row_id, b"x")]))
    assert found is not None
    assert found.added == {row_id}


# Sizes


@given(st.integers(0, 200), st.integers(16, 100_000))
@example(1, 512)
@example(200, 512)
@example(200, 100_000)
def test_a_capacity_is_what_is_wanted_and_affordable(tables, wanted):
    capacity = capacity_for(tables, wanted)
    assert SMALLEST_CAPACITY <= capacity <= max(wanted, SMALLEST_CAPACITY)
    assert max(tables, 1) * sketches_length(capacity) < 1_000_000


def test_the_capacity_of_common_bases():
    """What the documentation says."""
    per_table = {tables: capacity_for(tables, 512) for tables in (1, 10, 20, 50, 100, 200)}
    assert per_table == {1: 512, 10: 512, 20: 357, 50: 128, 100: 53, 200: 16}


@pytest.mark.parametrize(
    ("tables", "most"),
    [(1, 70_000), (20, 1_000_000), (100, 1_000_000), (180, 1_000_000), (200, 1_000_000)],
)
@pytest.mark.parametrize("columns", [1, 30, 500])
@pytest.mark.parametrize("rows", [None, 60, 100_000])
def test_a_state_stays_below_a_megabyte(tables, most, columns, rows):
    """The names of streams are as long as Meltano's log can bear.

    The tables have 100,000 rows, or a few, or as many as are just remembered one by one.
    """
    moment = datetime(2026, 11, 21, 5, 11, 3, 123456, tzinfo=timezone.utc)
    remembering = BookmarkBuilder(
        base="39581d4227f6413a96f30fbe814f8889",
        table="aB3d",
        version=123_456_789,
        last_operation_at=moment,
        fingerprint="0123456789abcdef",
        sent_as=(),
        columns=[f"aB3d single-select Column number {number}" for number in range(columns)],
        now=moment,
        tables=tables,
        sketch_capacity=512,
        last_version=0,
    )
    assert (remembering.stored_columns is None) == (columns * tables >= 30 * 180)
    emitted = EmittedRows(remembering.capacity)
    if rows is None:
        while "row_ids" in emitted.dump():
            last = emitted.dump()
            emitted.add(rows_of([ids.row_id()]))
        emitted = EmittedRows.load(last)
    else:
        emitted.add(rows_of(ids.row_id() for _ in range(rows // 20)))
    assert ("ids" in emitted.dump()) == (rows == 100_000)
    bookmarks = {}
    for number in range(tables):
        bookmark = TableBookmark(
            base=remembering.base,
            table=remembering.table,
            version=remembering.version,
            last_operation_at=moment,
            stream_version=1_795_237_863_434,
            fingerprint=remembering.fingerprint,
            columns=remembering.stored_columns,
            horizon=moment,
            compared_at=moment,
            rows=100_000,
            emitted=emitted,
            cursor=ids.row_id(),
            ahead=ids.row_id(),
        )
        bookmarks[f"Some base or other-Table number {number}"] = {
            "replication_key": "_mtime",
            "replication_key_value": "2026-11-21T05:11:03.000+00:00",
            "seatable": bookmark.dump(),
        }
    assert len(json.dumps({"bookmarks": bookmarks})) < (most if columns < 500 else 1_000_000)
