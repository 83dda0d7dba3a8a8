"""Points in time, as servers write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2023, 9, 1, 8, tzinfo=timezone.utc)
_YEAR_MS = 365 * 24 * 60 * 60 * 1000
_SECOND = len("2023-09-01T08:00:00")
_MILLISECOND = _SECOND + len(".000")


@dataclass(frozen=True)
class Stamps:
    """How a server writes points in time.

    SeaTable trims zeros from fractions, writes none at whole seconds, and `Z` in UTC.

    Attributes:
        offset: Minutes that the server's clock is ahead of UTC.
        digits: The digits of a fraction before zeros are trimmed; None for 0 to 3 equally often.
        batched: Whether each stamp is that of a thousand rows, which were written at once.
    """

    offset: int = 120
    digits: int | None = 3
    batched: bool = False

    @property
    def zone(self) -> timezone:
        """The server's zone."""
        return timezone(timedelta(minutes=self.offset))

    def write(self, time: datetime) -> str:
        """Write a point in time that has the server's zone."""
        text = time.isoformat(timespec="milliseconds")
        digits = time.second % 4 if self.digits is None else self.digits
        fraction = text[_SECOND + 1 : _SECOND + 1 + digits].rstrip("0")
        offset = text[_MILLISECOND:] if self.offset else "Z"
        return f"{text[:_SECOND]}{'.' if fraction else ''}{fraction}{offset}"

    def write_for_targets(self, time: datetime) -> str:
        """Write a minute as other sources do: the zeros of a fraction are not trimmed."""
        digits = time.minute % 4 if self.digits is None else self.digits
        fraction = f".{'0' * digits}" if digits else ""
        offset = time.isoformat()[-len("+00:00") :] if self.offset else "Z"
        return f"{time.isoformat()[:_SECOND]}{fraction}{offset}"


class Clock:
    """Draws the times of rows, in no order, so that hardly two rows share one unless batched."""

    def __init__(self, stamps: Stamps, rows: int, draw: Callable[[int], int]) -> None:
        self._draw, self._zone = draw, stamps.zone
        batches = max(1, rows // 1000) if stamps.batched else 0
        self._batches = [self._draw_times() for _ in range(batches)]

    def times(self) -> tuple[datetime, datetime]:
        """When a row was created, and when it was changed."""
        if self._batches:
            return self._batches[self._draw(len(self._batches))]
        return self._draw_times()

    def _draw_times(self) -> tuple[datetime, datetime]:
        created = (START + timedelta(milliseconds=self._draw(_YEAR_MS))).astimezone(self._zone)
        return created, created + timedelta(milliseconds=self._draw(_YEAR_MS))
