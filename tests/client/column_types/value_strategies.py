"""Values of every kind, right and wrong ones, for hypothesis."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st

from seatable_client.column_types.registry import TYPES
from tests.client.column_types.stored_cells import (
    ZONES,
)

TEXT = st.one_of(
    st.text(max_size=20),
    st.text(alphabet=st.characters(categories=["Cs", "Lu", "So"]), max_size=6),
    st.sampled_from(["", " ", "\ufeff", "\x00", "a\x00b", "\x1c", " A", "x\n", "😀" * 5000 + "a"]),
)
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([2**53, 2**53 + 1, -(2**53), -(2**53) - 1, 10**22, 2**63, 0]),
    st.floats(),
    st.decimals(),
    st.sampled_from([Decimal("sNaN"), Decimal("1E+400"), Decimal("-0"), Decimal("0.1"), -0.0]),
    st.booleans(),
)
NUMERALS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.sampled_from(
        ["1e5", "12abc", "007", "", " 5", "5 ", "5%", "1,234.5", "-12.50", "٣", "9" * 5000, "+1"]
    ),
)
MOMENTS = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.sampled_from(ZONES), allow_imaginary=True),
    st.datetimes(timezones=st.integers(-12, 14).map(lambda h: timezone(timedelta(hours=h)))),
    # Around the two nights in which clocks change, in whole minutes.
    st.integers(0, 600).map(
        lambda m: datetime(2024, 10, 26, 20, tzinfo=timezone.utc) + timedelta(minutes=m)
    ),
    st.integers(0, 600).map(lambda m: datetime(2024, 3, 30, 20) + timedelta(minutes=m)),  # noqa: DTZ001
    st.datetimes().map(lambda moment: moment.replace(second=0, microsecond=0)),
    st.dates(),
    st.dates().map(lambda day: datetime.combine(day, time())),
)
SPELLED = st.one_of(
    MOMENTS.map(lambda moment: moment.isoformat()),
    MOMENTS.map(lambda moment: moment.isoformat().replace("T", " ").replace("+00:00", "Z")),
    st.sampled_from(
        [
            *("9999-12-31T23:59:00Z", "0001-01-01T00:00:00Z", "0999-12-31", "1-01-01"),
            *("2024-06-05T10:20:00.0000000001Z", "2024-06-05T10:20-0530", "2024-06-05T10:20+05"),
            *("2024-06-05T10:20:00Z\n", "2024-06-05junk", "20240605", "2024-W01-1", "05/06/2024"),
            *("2024-06-05T24:00:00Z", "2024-02-30", "\uff12024-06-05", "2024-06-05T10"),
        ]
    ),
)
FILES = st.lists(
    st.dictionaries(
        st.sampled_from(["name", "size", "type", "url", "more"]),
        st.one_of(TEXT, NUMBERS),
        min_size=3,
    ),
    max_size=2,
)
ANYTHING = st.recursive(
    st.one_of(TEXT, NUMBERS, NUMERALS, SPELLED),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=5,
)
VALUES = {
    "number": st.one_of(NUMBERS, NUMERALS),
    "rate": st.one_of(NUMBERS, st.integers(-1, 12), NUMERALS),
    "duration": NUMBERS,
    "department-single-select": st.one_of(NUMBERS, NUMERALS),
    "checkbox": st.one_of(st.booleans(), NUMBERS, st.sampled_from(["true", "True", "no", "1"])),
    "date": st.one_of(MOMENTS, SPELLED),
    "single-select": st.one_of(TEXT, NUMBERS),
    "multiple-select": st.one_of(st.lists(st.one_of(TEXT, NUMBERS), max_size=3), TEXT),
    "collaborator": st.one_of(st.lists(TEXT, max_size=3), TEXT),
    "image": st.one_of(st.lists(TEXT, max_size=3), TEXT),
    "file": FILES,
}
WRITABLE = sorted(name for name, entry in TYPES.items() if entry.writer)
UNDATED = [kind for kind in WRITABLE if kind != "date"]
