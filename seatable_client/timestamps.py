"""Instants and offsets as SeaTable writes them."""

from __future__ import annotations

import functools
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo


def parse_instant(value: str) -> datetime:
    """A server's time stamp as an aware datetime in UTC.

    Raises:
        ValueError: it is none.
    """
    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?", value
    )
    if match is None:
        raise ValueError(f"{value!r} is no time stamp")
    day, clock, fraction, offset = match.groups()
    offset = "+00:00" if offset in {None, "Z"} else f"{offset[:3]}:{offset[-2:]}"
    micro = (fraction or "")[:6].ljust(6, "0")
    return datetime.fromisoformat(f"{day}T{clock}.{micro}{offset}").astimezone(timezone.utc)


def fixed_offset(value: str) -> tzinfo | None:
    """The offset that a server's time stamp carries; None if it carries none."""
    match = re.search(r"(?:(Z)|([+-])(\d\d):?(\d\d))$", value)
    if match is None:
        return None
    utc, sign, hours, minutes = match.groups()
    offset = timedelta() if utc else timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)


@functools.lru_cache(maxsize=256)
def clock_ahead(minutes: int, sign: str) -> Mapping[str, str]:
    """By minute of the day (`10:20`), what a clock shows that is so many minutes ahead.

    Minutes that are of another day there are left out.

    Args:
        minutes: how far it is ahead; negative if it is behind.
        sign: what stands before the minute in the values, such as `T`.
    """
    shown = {}
    for minute in range(24 * 60):
        if 0 <= minute + minutes < 24 * 60:
            hour, past = divmod(minute + minutes, 60)
            shown[f"{minute // 60:02}:{minute % 60:02}"] = f"{sign}{hour:02}:{past:02}"
    return shown
