"""The batches of a run: begun, stored, and acknowledged by the STATEs that they release."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_seatable.results.rejected import RejectedRecords
    from target_seatable.results.state import StateQueue


class BatchTracker:
    """Holds the STATEs after a batch back until its records are stored or rejected.

    Args:
        states: the STATEs of the run.
        rejected: the rejected records of the run.

    Attributes:
        sent: how many batches were handed over to be stored.
    """

    def __init__(self, states: StateQueue, rejected: RejectedRecords) -> None:
        self._states = states
        self._rejected = rejected
        self._unlinked: list[int] = []
        self.sent = 0

    def begin(self) -> int:
        """Begin a batch with the next record; returns its ticket."""
        return self._states.begin()

    def complete(self, ticket: int, *, awaits_links: bool) -> None:
        """Note that each record of a batch is stored or rejected, and release STATEs.

        A batch whose links are still to be written waits for `complete_links`: the links are only
        in this process, so a STATE before them would lose them.

        Raises:
            ConfigError: the rejected records cannot be written.
        """
        self._rejected.flush()  # so that memory does not grow until a STATE comes
        if awaits_links:
            self._unlinked.append(ticket)
        else:
            self._states.complete(ticket)

    def complete_links(self) -> None:
        """Note that the links of all batches are written, and release STATEs.

        Raises:
            ConfigError: the rejected records cannot be written.
        """
        self._rejected.flush()
        for ticket in self._unlinked:
            self._states.complete(ticket)
        self._unlinked.clear()
