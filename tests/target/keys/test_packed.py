"""Packed, a row is what it was."""

import secrets
import tracemalloc
from collections import Counter
from collections.abc import Hashable
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_seatable.keys.ids import Acknowledged, PackedIds, RowsByContent
from target_seatable.keys.packed import PackedRows

IDS = st.one_of(
    st.binary(min_size=16, max_size=16).map(lambda _bytes: secrets.token_urlsafe(16)),
    st.text(st.sampled_from("abAB01-_="), min_size=1, max_size=24),
    st.from_regex(r"[A-Za-z0-9_-]{16}|[A-Za-z0-9_-]{22}", fullmatch=True),
)


def keys():
    return st.integers() | st.text() | st.tuples(st.text(max_size=2), st.integers(0, 3))


@given(st.dictionaries(keys(), st.tuples(IDS, st.binary(min_size=12))))
def test_what_is_put_comes_out(rows):
    packed = PackedRows()
    for key, (row_id, digest) in rows.items():
        packed.put(key, row_id, digest)
    for key, (row_id, digest) in rows.items():
        assert key in packed
        assert packed.row_id(key) == row_id
        assert packed.holds(key, digest) is (digest[:8] != bytes(8))
        assert not packed.holds(key, bytes([digest[0] ^ 1]) + digest[1:])
        packed.put(key, row_id, None)
        assert not packed.holds(key, digest)
        assert packed.row_id(key) == row_id
        packed.drop(key)
        assert key not in packed
        assert packed.row_id(key) is None


EQUAL = [1, 1.0, True, Decimal(1), 0, 0.0, -0.0, False, 2**53, 2.0**53, 2**70, 2.0**70]
ALIKE = ["1", "1.0", "True", b"1", (1,), ("1",), 0.5, Decimal("0.5"), Decimal("0.1"), 0.1, None]


@given(st.sampled_from(EQUAL + ALIKE), st.sampled_from(EQUAL + ALIKE))
def test_a_key_is_another_one_exactly_where_python_says_so(key, other):
    packed = PackedRows()
    packed.put(key, "row", None)
    assert (other in packed) is (other == key)


@given(st.lists(st.tuples(keys(), IDS)))
def test_the_first_row_of_a_key_stays(rows):
    packed, plain = PackedRows(), dict[Hashable, str]()
    for key, row_id in rows:
        found = dict(packed.add_all([key], [row_id], [bytes(8)]))
        assert found.get(0) == plain.get(key)
        plain.setdefault(key, row_id)
        assert packed.row_id(key) == plain[key]


@given(st.lists(st.tuples(st.booleans(), IDS)))
def test_a_set_of_ids_is_one(changes):
    packed, plain = PackedIds(), set[str]()
    for adds, row_id in changes:
        (packed.add if adds else packed.discard)(row_id)
        (plain.add if adds else plain.discard)(row_id)
        assert (row_id in packed) is adds
        assert len(packed) == len(plain)
    assert sorted(packed) == sorted(plain)


def one_after_the_other(rows):
    """What keeping many rows at once has to come to."""
    packed, known = PackedRows(), []
    for position, (key, row_id, digest) in enumerate(rows):
        if (other := packed.row_id(key)) is None:
            packed.put(key, row_id, digest)
        else:
            known.append((position, other))
    return packed, known


A_BATCH = st.one_of(
    [
        st.lists(st.tuples(kind, IDS, st.sampled_from([bytes(12), b"a" * 12, b"b" * 12])))
        for kind in (
            keys(),
            st.text(st.sampled_from("aé"), max_size=2),
            st.text(max_size=20),
            st.integers(0, 3)
            | st.integers(2**60 - 1, 2**60 + 1)
            | st.integers(-(2**60) - 1, 1 - 2**60),
            st.sampled_from(EQUAL + ALIKE),
        )
    ]
)


@given(A_BATCH, A_BATCH, A_BATCH)
def test_many_rows_at_once_are_kept_as_each_alone(first, second, asked):
    packed, known = PackedRows(), []
    alone, known_alone = one_after_the_other([*first, *second])
    for start, rows in ((0, first), (len(first), second)):
        row_keys, row_ids, digests = zip(*rows, strict=True) if rows else ((), (), ())
        found = packed.add_all(row_keys, row_ids, digests)
        known += [(start + position, other) for position, other in found]
    assert known == known_alone
    asked_keys = [key for key, _, _ in (*first, *asked)]
    assert packed.row_ids(asked_keys) == [alone.row_id(key) for key in asked_keys]
    assert packed.unknown(asked_keys) == [key for key in asked_keys if key not in alone]
    asked_digests = [digest for _, _, digest in (*first, *asked)]
    assert packed.holding(asked_keys, asked_digests) == [
        key
        for key, digest in zip(asked_keys, asked_digests, strict=True)
        if alone.holds(key, digest)
    ]


@given(st.lists(st.tuples(st.booleans(), st.lists(IDS))))
def test_many_ids_at_once_are_kept_as_each_alone(changes):
    packed, plain = PackedIds(), set[str]()
    for adds, row_ids in changes:
        (packed.add_all if adds else packed.discard_all)(row_ids)
        (plain.update if adds else plain.difference_update)(row_ids)
        assert len(packed) == len(plain)
    assert sorted(packed) == sorted(plain)


DIGESTS = st.sampled_from([bytes(12), b"\0" * 11 + b"a", b"ab" * 6, b"abababababaa"])


@given(st.lists(st.tuples(DIGESTS, IDS)), st.lists(DIGESTS))
def test_each_row_is_given_out_once(rows, wanted):
    packed = RowsByContent(12)
    counts = Counter(rows)
    for digest, row_id in rows:
        packed.put(digest, row_id)
    for digest in wanted:
        row_id = packed.pop(digest)
        if row_id is None:
            assert not any(counts[entry] for entry in counts if entry[0] == digest)
        else:
            counts[digest, row_id] -= 1
    assert min(counts.values(), default=0) >= 0


NOW = datetime(2024, 6, 5, 10, 20, tzinfo=timezone.utc)


@given(st.lists(st.lists(IDS, max_size=3), max_size=12), st.integers(0, 5))
def test_what_was_acknowledged_is_known_for_a_while(batches, seconds):
    acknowledged = Acknowledged()
    for second, row_ids in enumerate(batches):
        acknowledged.add(row_ids, NOW + timedelta(seconds=second), keep=timedelta(seconds=5))
    last = len(batches) - 1
    is_known = acknowledged.since(NOW + timedelta(seconds=last - seconds))
    for second, row_ids in enumerate(batches):
        if second >= last - seconds:
            assert all(map(is_known, row_ids))
    assert not is_known(secrets.token_urlsafe(16))


def few_bytes(fill):
    """What a row takes of memory."""
    rows = 100_000
    tracemalloc.start()
    try:
        kept = fill([secrets.token_urlsafe(16) for _ in range(rows)])
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept
    return used / rows


def a_set(row_ids):
    kept = PackedIds()
    for row_id in row_ids:
        kept.add(row_id)
    return kept


def by_content(row_ids):
    kept = RowsByContent(12)
    for row_id in row_ids:
        kept.put(secrets.token_bytes(12), row_id)
    return kept


def by_key(row_ids):
    kept = PackedRows()
    for row_id in row_ids:
        kept.put(f"a key of some length {row_id}", row_id, secrets.token_bytes(12))
    return kept


def by_short_key(row_ids):
    kept = PackedRows()
    for row_id in row_ids:
        kept.put(row_id[:15], row_id, secrets.token_bytes(12))
    return kept


def by_number(row_ids):
    kept = PackedRows()
    for number, row_id in enumerate(row_ids):
        kept.put(2**50 + number, row_id, secrets.token_bytes(12))
    return kept


def acknowledged(row_ids):
    kept = Acknowledged()
    for start in range(0, len(row_ids), 1000):
        kept.add(row_ids[start : start + 1000], NOW, keep=timedelta(seconds=5))
    return kept


@pytest.mark.parametrize(
    ("fill", "most"),
    [
        (a_set, 40),
        (by_content, 55),
        (by_key, 200),
        (by_short_key, 200),
        (by_number, 200),
        (acknowledged, 11),
    ],
)
def test_a_row_takes_few_bytes(fill, most):
    """Of 100,000 rows; of more it is less, because there are no more arrays then."""
    assert few_bytes(fill) < most
