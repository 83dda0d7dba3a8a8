r"""Patterns of a source's schema, with a limit on how long they look for a match.

`(a+)+$` tries more ways than there are atoms before it refuses thirty letters. The patterns come
with the stream, so they cannot be trusted. Python's `re` cannot be interrupted; `regex` can, and
takes what `re` takes with the same meaning, but for a few forms that mean more to it. Those are
escaped, so that they mean what they mean to `re`.
"""

from __future__ import annotations

import re
import warnings

import regex

SECONDS = 1.0
"""How long a pattern may look for a match in one text."""

MOST_TIMEOUTS = 30
"""Texts that a pattern may be stopped at. Then the run ends, instead of waiting for each text."""

_QUANTIFIER = re.compile(r"\{(\d*)(,?)(\d*)\}", re.ASCII)


class PatternTimeout(Exception):
    """A pattern was stopped.

    Attributes:
        pattern: the pattern.
        is_last: whether it has been stopped as often as it may be.
    """

    def __init__(self, pattern: str, *, is_last: bool) -> None:
        super().__init__(pattern)
        self.pattern = pattern
        self.is_last = is_last


class TimedPattern:
    """A pattern that stops looking after `SECONDS`.

    Args:
        pattern: as `re` has it.

    Raises:
        re.error: it is none for `re`.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._timeouts = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forms that may mean more to `re` one day
            compiled = re.compile(pattern)
        try:
            self._search = regex.compile(as_regex(pattern), _flags(compiled)).search
        except regex.error as error:
            raise re.error(str(error), pattern) from error

    def search(self, text: str) -> bool:
        """Whether the pattern matches somewhere in a text.

        Raises:
            PatternTimeout: the search took too long.
        """
        try:
            return self._search(text, timeout=SECONDS) is not None
        except TimeoutError:
            self._timeouts += 1
            raise PatternTimeout(self.pattern, is_last=self._timeouts >= MOST_TIMEOUTS) from None


def _flags(compiled: re.Pattern[str]) -> int:
    """The flags of a pattern for `regex`, which takes those in its middle for the rest alone."""
    names = ("ASCII", "DOTALL", "IGNORECASE", "MULTILINE", "VERBOSE")
    flags = int(regex.VERSION0)
    for name in names:
        if compiled.flags & getattr(re, name):
            flags |= int(getattr(regex, name))
    return flags


def as_regex(pattern: str) -> str:
    r"""A pattern of `re` for `regex`.

    To `regex` alone `{e<=1}` allows errors, `[[:alpha:]]` is a class of letters, and `{,}` is not
    a number of repetitions.
    """
    pieces: list[str] = []
    position, in_set, set_began = 0, False, 0
    while position < len(pattern):
        sign = pattern[position]
        width = 1
        piece = sign
        if sign == "\\":
            width = 2
            piece = pattern[position : position + 2]
        elif in_set:
            if sign == "[":
                piece = r"\["
            # The first sign of a set is one of its members.
            elif sign == "]" and position > set_began:
                in_set = False
        elif sign == "[":
            in_set = True
            set_began = position + 1 + pattern.startswith("^", position + 1)
            piece = pattern[position:set_began]
            width = len(piece)
        elif sign == "{":
            found = _QUANTIFIER.match(pattern, position)
            if found is None or not (found[1] or found[2]):
                piece = r"\{"
            else:
                piece = "{" + (found[1] or "0") + found[2] + found[3] + "}"
                width = len(found[0])
        pieces.append(piece)
        position += width
    return "".join(pieces)
