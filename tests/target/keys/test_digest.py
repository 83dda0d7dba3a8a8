"""Digests of keys are equal exactly where the keys are."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from target_seatable.keys.digest import SIZE, digest_of

NUMBERS = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(-3, 3),
    st.floats(allow_nan=False),
    st.integers(-3, 3).map(float),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from([Decimal("0.5"), 0.5, Decimal("0.1"), 0.1, -0.0, Decimal("1E+2"), 100]),
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=4),
    st.sampled_from(
        ["1", "1.0", "True", "None", "", "a", "ab", "1:a", "(", "\ud800", "é", "e\u0301"]
    ),
)
PARTS = st.one_of(NUMBERS, TEXTS, st.none(), st.binary(max_size=3))
KEYS = PARTS | st.lists(PARTS, max_size=3).map(tuple)


@given(KEYS, KEYS)
def test_digests_are_equal_where_keys_are(key, other):
    assert (digest_of(key) == digest_of(other)) is (key == other)


@given(NUMBERS, NUMBERS)
def test_numbers_differ_by_their_value(number, other):
    assert (digest_of(number) == digest_of(other)) is (number == other)
    assert (digest_of((number, "a")) == digest_of((other, "a"))) is (number == other)


@given(st.integers())
def test_whole_numbers_have_one_digest_however_they_are_written(number):
    assert digest_of(number) == digest_of(Decimal(number))
    if abs(number) < 2**53:
        assert digest_of(number) == digest_of(float(number))


@example(["at", "b"], ["a", "tb"])  # one row of bytes, if lengths did not stand between them
@example(["a", "1:tb"], ["a1:t", "b"])
@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=3))
def test_parts_do_not_run_into_each_other(parts, other):
    assert (digest_of(tuple(parts)) == digest_of(tuple(other))) is (parts == other)


def test_a_digest_has_one_size():
    assert {len(digest_of(key)) for key in ("", "a" * 10_000, 1, None, (1, 2))} == {SIZE}


@pytest.mark.parametrize("key", [[1], {"a": 1}, object()])
def test_what_no_column_holds_is_no_key(key):
    with pytest.raises(TypeError):
        digest_of(key)
