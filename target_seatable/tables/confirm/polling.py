"""Polls for a write whose answer was lost: when to read back, how often, and how long to wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from seatable_client.errors import AmbiguousWriteError, RequestRejected
from seatable_client.http import MAX_TRIES

if TYPE_CHECKING:
    from collections.abc import Callable

Reading = TypeVar("Reading")

PAUSES = (3.0, 6.0, 12.0)
"""Seconds between readings. A write whose answer was lost may be applied a little later."""

MAX_WRITE_ATTEMPTS = MAX_TRIES
"""How often a write is sent at most, when its answer is lost and it is not stored: as a read is."""

_SERVER_FAILED = 500
"""HTTP statuses from here on are failures of the server."""


def is_server_failure(error: Exception) -> bool:
    """Whether the server failed at a request, and did not refuse it.

    Then the request may have been carried out.
    """
    return isinstance(error, RequestRejected) and error.status >= _SERVER_FAILED


def poll_until_stable(read: Callable[[], Reading], is_final: Callable[[Reading], bool]) -> Reading:
    """Read until everything is there, or until two readings agree.

    Args:
        read: reads what is stored.
        is_final: whether nothing more can come.

    Raises:
        AmbiguousWriteError: the readings keep changing.
    """
    last = read()
    for pause in PAUSES:
        if is_final(last):
            return last
        time.sleep(pause)
        reading = read()
        if reading == last:
            return reading
        last = reading
    if is_final(last):
        return last
    raise AmbiguousWriteError(
        "An answer of the server was lost, and the stored rows keep changing. Another program "
        "may be writing to the same table; run again when it has ended."
    )
