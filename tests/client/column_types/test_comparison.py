"""Cells of a column, compared at once, are what each of them is alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.column_types import compare_in_bulk, comparison

TEXTS = st.sampled_from(["", "text", "2024-06-05", "2024-06-05T10:20:00+02:00"])
CELLS = {
    comparison.plain: st.none() | TEXTS | st.booleans() | st.integers() | st.lists(TEXTS),
    comparison.number: st.none()
    | TEXTS
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from([1.0, -0.0, 1e300, 0.5]),
    comparison.long_text: st.none()
    | TEXTS
    | st.fixed_dictionaries({}, optional={"text": st.none() | TEXTS, "images": st.just([])}),
    comparison.checkbox: st.none() | st.booleans() | st.sampled_from(["", 1, "true"]),
    comparison.day: st.none() | TEXTS | st.just([]),
    comparison.minute: st.none() | TEXTS | st.just([]),
    comparison.items: st.none() | TEXTS | st.lists(TEXTS) | st.just([]),
    comparison.document: st.none() | st.dictionaries(TEXTS, TEXTS) | st.just([]),
}


@pytest.mark.parametrize("compare", CELLS)
@given(st.data())
def test_cells_compared_at_once_are_what_each_is_alone(compare, data):
    cells = data.draw(st.lists(CELLS[compare], max_size=6))
    at_once = list(compare_in_bulk(compare, cells))
    alone = list(map(compare, cells))
    assert at_once == alone
    assert list(map(type, at_once)) == list(map(type, alone))
