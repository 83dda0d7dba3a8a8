"""Many values are written at once as each of them would be."""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from seatable_client.column_types import codec
from seatable_client.column_types.date_writers import Writing
from seatable_client.column_types.registry import TYPES
from tests.client.column_types.stored_cells import (
    BERLIN,
    ZONES,
    column,
    write,
)
from tests.client.column_types.value_strategies import (
    ANYTHING,
    SPELLED,
    TEXT,
    VALUES,
)

ALIKE = {
    "text": st.text(max_size=20),
    "long-text": TEXT,
    "email": TEXT,
    "number": st.one_of(st.integers(-(2**53) - 2, 2**53 + 2), st.floats()),
    "rate": st.integers(0, 6),
    "checkbox": st.booleans(),
    "single-select": st.sampled_from(["a", "b", " ", "\ufeff", "\ud800"]),
    "multiple-select": st.lists(st.sampled_from(["a", "b", "c", " "]), max_size=3),
    "date": st.one_of(SPELLED, st.dates().map(str)),
}
BULKY = sorted(name for name, entry in TYPES.items() if entry.bulk_writer)


@settings(max_examples=1000)
@given(
    st.sampled_from(BULKY),
    st.data(),
    st.one_of(st.none(), st.sampled_from(ZONES)),
    st.booleans(),
    st.sampled_from(["YYYY-MM-DD", "YYYY-MM-DD HH:mm"]),
)
def test_many_values_are_written_as_each_of_them_is(kind, data, zone, cut_seconds, shown_as):
    similar = ALIKE.get(kind, TEXT)
    values = data.draw(
        st.lists(similar, min_size=1) | st.lists(similar | VALUES.get(kind, ANYTHING))
    )
    given_ = [value for value in values if value or value == 0]
    if not given_:
        return
    context = Writing(zone=zone, cut_seconds=cut_seconds)
    bulk = codec.bulk_writer(column(kind, format=shown_as), context)
    assert bulk is not None
    for _ in range(2):  # what was met before is remembered
        written = bulk(given_, set(map(type, given_)))
        event(f"{kind}: {'each' if written is None else 'at once'}")
        if written is not None:
            expected = [write(kind, value, writing=context, format=shown_as) for value in given_]
            assert list(map(repr, written)) == list(map(repr, expected))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", ["a", "ä", "😀"]),
        ("long-text", ["a", "ä b\n"]),
        ("number", [1, 2.5, -(2**53)]),
        ("checkbox", [True, False]),
        ("date", ["2024-06-05T10:20:00Z", "2024-12-31T22:59:00Z", "2024-07-01T00:00:00.000+02:00"]),
        ("date", ["2024-06-05T10:20:00Z", "2024-10-27T12:00:00Z"]),
        ("single-select", ["a", "b", "a"]),
        ("multiple-select", [["a"], ["a", "b"]]),
        ("url", ["x" * 20_000]),
    ],
)
def test_what_is_in_order_needs_no_look_at_each(kind, values):
    bulk = codec.bulk_writer(column(kind, format="YYYY-MM-DD HH:mm"), Writing(zone=BERLIN))
    assert bulk is not None
    assert bulk(values, set(map(type, values))) is not None
