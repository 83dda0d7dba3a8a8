"""Columns of every type and cells of every kind, right and wrong ones, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from seatable_client.column_types.readers import FORMULA_ERRORS
from seatable_client.column_types.registry import TYPES
from seatable_client.metadata import Column

DAY_FORMATS = ("YYYY-MM-DD", "M/D/YYYY", "DD/MM/YYYY", "DD.MM.YYYY")
FORMATS = (*DAY_FORMATS, *(f"{day_format} HH:mm" for day_format in DAY_FORMATS))


def column(kind: str, **data) -> Column:
    return Column("a1B2", "C", kind, data)


RESULTS = st.sampled_from(
    [
        "string",
        "number",
        "bool",
        "date",
        "array",
        "text",
        "rate",
        "ctime",
        "something-new",
        "",
        None,
    ]
)
ITEMS = st.sampled_from([*TYPES, "string", "bool", "something-new", "", None])
SOME_COLUMN = st.builds(
    column,
    st.sampled_from([*TYPES, "something-new", ""]),
    format=st.sampled_from([*FORMATS, "number", "percent", "custom_currency", "", None]),
    decimal=st.sampled_from(["dot", "comma"]),
    currency_symbol=st.sampled_from(["p", "Rs.", "€", "", None]),
    result_type=RESULTS,
    array_type=ITEMS,
    array_data=st.sampled_from(
        [None, {}, {"format": "DD.MM.YYYY HH:mm"}, {"result_type": "array"}]
    ),
    rate_max_number=st.sampled_from([5, None]),
)
STRANGE_TEXT = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *FORMULA_ERRORS,
            *("1e5", "12abc", "007", "nan", "inf", "-Infinity", "1_000", "1e999", "0x1f", "٣", "²"),
            *("2024-06-05", "2024-13-45", "2024-06-05 10:20", "2024-06-05T25:61:00+02:00"),
            *("2024-06-05T10:20:30.4+02:00", "2024-06-05T10:20:30Z", "1-01-01", "2024-W01-1"),
            *("0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-10:00", "05/06/2024 10:00"),
            *("6, 7", "1.1, 2.2", "5%", "1.234,50 €", "€ 1,234.50", "true", "True", "yes"),
            "hello world, this is +1234",
        ]
    ),
)
# Neither NaN nor infinity: JSON has none, and an answer that spells one is refused as a whole.
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
CELL = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, STRANGE_TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["text", "lng", ""]), inner, max_size=2),
    ),
    max_leaves=4,
)
