"""Warnings of what stays as it is from run to run: logged once, and again when it changes.

A column of an unknown type, a renamed one, a table that the catalog does not know: an hourly run
would warn of each all day, and a new warning among them would not be seen. The state remembers
which were logged, as one text of short digests, so that no merge of two states mixes its parts.

Warnings of what a run does to data are no such warnings and come each time: values and files that
could not be read, rows that were deleted or sent again, times that are read in a guessed zone,
settings that exclude or hide nothing. Each run that happens in may lose or show something else.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_64_hexdigest

if TYPE_CHECKING:
    from collections.abc import Mapping

WARNED_KEY = "warned"
"""Key in a state for the warnings that were logged."""

_DIGITS = 12


class StandingWarnings:
    """The standing warnings of a run, and those that runs before it have logged.

    Args:
        state: that the run was given; anything but a state, such as None, remembers nothing.
    """

    def __init__(self, state: Any = None) -> None:
        digests = state.get(WARNED_KEY) if isinstance(state, dict) else None
        self._warned_before = frozenset(digests.split() if isinstance(digests, str) else ())
        self._current: set[str] = set()

    def warn(self, logger: logging.Logger, message: str, *args: Any) -> None:
        """Warn, unless the last run has done so in the same words; then the line is DEBUG.

        Args:
            logger: where to.
            message: in the form of `logging`.
            args: its arguments.
        """
        self._tell(logging.WARNING, logger, message, *args)

    def inform(self, logger: logging.Logger, message: str, *args: Any) -> None:
        """Say in the same way what is as it should be, for people who look: it is INFO."""
        self._tell(logging.INFO, logger, message, *args)

    def _tell(self, level: int, logger: logging.Logger, message: str, *args: Any) -> None:
        sentence = message % args
        digest = xxh3_64_hexdigest(sentence.encode())[:_DIGITS]
        is_new = digest not in self._warned_before and digest not in self._current
        self._current.add(digest)
        logger.log(level if is_new else logging.DEBUG, "%s", sentence)

    def remember(self) -> Mapping[str, str]:
        """What the state keeps: the warnings of this run. One that did not come is forgotten.

        A key of a state is never removed, because merges would bring it back.
        """
        if not (self._warned_before or self._current):
            return {}
        return {WARNED_KEY: " ".join(sorted(self._current))}
