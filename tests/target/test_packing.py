"""Packed, a row is what it was."""

import secrets
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from target_seatable.packing import PackedRows

IDS = st.one_of(
    st.binary(min_size=16, max_size=16).map(lambda _bytes: secrets.token_urlsafe(16)),
    st.text(st.sampled_from("abAB01-_="), min_size=1, max_size=24),
    st.from_regex(r"[A-Za-z0-9_-]{16}|[A-Za-z0-9_-]{22}", fullmatch=True),
)


@given(st.dictionaries(st.integers() | st.text(), st.tuples(IDS, st.binary(min_size=12))))
def test_what_is_put_comes_out(rows):
    packed = PackedRows()
    for key, (row_id, digest) in rows.items():
        packed.put(key, row_id, digest)
    for key, (row_id, digest) in rows.items():
        assert key in packed
        assert packed.row_id(key) == row_id
        assert packed.holds(key, digest) is (digest[:8] != bytes(8))
        assert not packed.holds(key, bytes([digest[0] ^ 1]) + digest[1:])
        packed.forget_digest(key)
        assert not packed.holds(key, digest)
        assert packed.row_id(key) == row_id
        packed.drop(key)
        assert key not in packed
        assert packed.row_id(key) is None


def test_a_key_takes_less_than_150_bytes():
    rows = 100_000
    tracemalloc.start()
    try:
        packed = PackedRows()
        for number in range(rows):
            packed.put(number + rows, secrets.token_urlsafe(16), secrets.token_bytes(12))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / rows < 150
