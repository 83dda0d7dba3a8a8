"""The latest of a server's time stamps, in every form in which servers write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.timestamps import latest_instant, parse_instant

OFFSETS = st.sampled_from([0, 60, 120, 330, -570])
MOMENTS = st.datetimes(datetime(2023, 10, 28), datetime(2023, 10, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=timezone.utc)
)


@st.composite
def stamps(draw):
    """A time stamp with trimmed fractions, an offset of the hour or half hour, or `Z`."""
    moment = draw(MOMENTS)
    moment = moment.replace(microsecond=draw(st.sampled_from([0, 400_000, 120_000, 999_000])))
    local = moment.astimezone(timezone(timedelta(minutes=draw(OFFSETS))))
    text = local.isoformat(timespec="milliseconds")
    clock, offset = text[:-6], text[-6:]
    clock = clock.rstrip("0").rstrip(".") if draw(st.booleans()) else clock
    return clock + ("Z" if offset == "+00:00" and draw(st.booleans()) else offset)


@given(st.lists(stamps()))
def test_the_latest_is_that_of_all(found):
    assert latest_instant(found) == max(map(parse_instant, found), default=None)


def test_what_is_no_time_stamp_is_refused():
    with pytest.raises(ValueError, match="is not a time stamp"):
        latest_instant(["2024-01-01T00:00:00Z", "soon"])
