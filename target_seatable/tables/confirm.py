"""Waiting until what was sent has arrived, or surely has not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from seatable_client.errors import AmbiguousWriteError

if TYPE_CHECKING:
    from collections.abc import Callable

Reading = TypeVar("Reading")

PAUSES = (3.0, 6.0, 12.0)
"""Seconds between readings. A write whose answer was lost may be applied a little later."""

TRIES = 3
"""How often a write is sent at most, when no answer comes and it has not arrived."""


SERVER_FAILED = 500
"""Statuses from here on say that the server failed, not that it refused: it may have done it."""


def poll_until_stable(read: Callable[[], Reading], is_final: Callable[[Reading], bool]) -> Reading:
    """Read until everything is there, or until two readings agree.

    Args:
        read: reads what has arrived.
        is_final: whether nothing more can come.

    Raises:
        AmbiguousWriteError: the readings keep changing.
    """
    last = read()
    for pause in PAUSES:
        if is_final(last):
            return last
        time.sleep(pause)
        now = read()
        if now == last:
            return now
        last = now
    if is_final(last):
        return last
    raise AmbiguousWriteError(
        "An answer of the server was lost, and what it has stored keeps changing. Another program "
        "may be writing to the same table; run again when it has ended."
    )
