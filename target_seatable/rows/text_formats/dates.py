"""Days and moments as people write them, to the forms of ISO 8601, exactly or not at all."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cached_property

from seatable_client.errors import ConfigError, InvalidValueError

_PARTS = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<short_year>[0-9]{2})",
    "MM": r"(?P<month>[0-9]{1,2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{1,2})",
    "D": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{1,2})",
    "H": r"(?P<hour>[0-9]{1,2})",
    "hh": r"(?P<half>[0-9]{1,2})",
    "h": r"(?P<half>[0-9]{1,2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})",
    "S": r"(?P<fraction>[0-9]{1,6})",
    "A": r"(?P<noon>[AaPp]\.?[Mm]\.?)",
}
"""What a pattern may hold, in the words of SeaTable's own formats."""

_TOKEN = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)))

_CENTURY_BEGINS = 70
"""Two-digit years from here on are of the 20th century, as in POSIX."""


@dataclass(frozen=True)
class DateFormat:
    """How days or moments are written.

    Attributes:
        pattern: such as `DD.MM.YYYY` or `M/D/YYYY h:mm A`; what is no part of a date stands for
            itself. One and two digits of a day or month are both taken.

    Raises:
        ConfigError: when it is first used: the pattern has no day, month or year, or one twice.
    """

    pattern: str

    @property
    def has_time(self) -> bool:
        """Whether it is a format of moments."""
        return "minute" in self._compiled.groupindex

    def takes(self, text: str) -> bool:
        """Whether a text has this form, be there such a day or not."""
        return self._compiled.fullmatch(text) is not None

    def parse(self, text: str) -> str:
        """The day as `2024-08-20`, or the moment as `2024-08-20T10:30:00`.

        Raises:
            InvalidValueError: the text is not of this format, or there is no such day.
        """
        match = self._compiled.fullmatch(text)
        if match is None:
            raise InvalidValueError(f"{text!r} is not of the form {self.pattern!r}")
        found = match.groupdict()
        try:
            day = datetime.date(_year(found), int(found["month"]), int(found["day"]))
            if not self.has_time:
                return day.isoformat()
            moment = datetime.time(
                _hour(found),
                int(found["minute"]),
                int(found.get("second") or 0),
                int((found.get("fraction") or "0").ljust(6, "0")),
            )
        except ValueError:
            raise InvalidValueError(f"{text!r} is not a valid date or time") from None
        return f"{day.isoformat()}T{moment.isoformat()}"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        pieces, position = [], 0
        for token in _TOKEN.finditer(self.pattern):
            pieces += [_literal(self.pattern[position : token.start()]), _PARTS[token[0]]]
            position = token.end()
        pieces.append(_literal(self.pattern[position:]))
        try:
            compiled = re.compile("".join(pieces))
        except re.error:
            compiled = re.compile("")
        names = set(compiled.groupindex)
        complete = {"day", "month"} <= names and names & {"year", "short_year"}
        hours = names & {"hour", "half"}
        if (
            not complete
            or bool(hours) != ("minute" in names)
            or ("half" in names) != ("noon" in names)
        ):
            raise ConfigError(
                f"{self.pattern!r} is not a valid date format. Use D, M and YYYY or YY, and for a "
                "time H or h with A, mm and ss, each once, such as DD.MM.YYYY HH:mm."
            )
        return compiled


def _literal(text: str) -> str:
    return re.sub(r"\\?\s+", r"\\s+", re.escape(text))


def _year(found: dict[str, str | None]) -> int:
    if found.get("year"):
        return int(found["year"] or 0)
    short = int(found["short_year"] or 0)
    return short + (1900 if short >= _CENTURY_BEGINS else 2000)


def _hour(found: dict[str, str | None]) -> int:
    if "half" not in found:
        return int(found["hour"] or 0)
    half = int(found["half"] or 0)
    if not 1 <= half <= 12:  # noqa: PLR2004
        raise ValueError
    return half % 12 + (12 if (found["noon"] or "").lower().startswith("p") else 0)
