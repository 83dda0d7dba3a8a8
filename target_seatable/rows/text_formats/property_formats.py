"""Text formats by stream and property: the settings `locale` and `text_formats`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError
from singer_seatable.names import entries_for
from target_seatable.rows.text_formats.choice import Reading, all_readings, readings_of
from target_seatable.rows.text_formats.text_format import TextFormat, locale_format, with_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_seatable.settings import TargetConfig

AUTO = "auto"

_KINDS = ("decimal", "thousands", "percent", "currency", "dates", "true", "false")
"""The parts of an entry that say what a text means."""


@dataclass(frozen=True)
class PropertyFormat:
    """What the texts of a property mean.

    Attributes:
        texts: their forms.
        is_auto: whether all known forms are tried.
        has_one_number: whether the settings say which form numbers have, percent or currency too.
        is_named: whether the settings name the property, and not only by a pattern.
        locale: the locale of the settings; empty if there is none.
    """

    texts: TextFormat
    is_auto: bool = False
    has_one_number: bool = False
    is_named: bool = False
    locale: str = ""

    @property
    def reads_values(self) -> bool:
        """Whether texts can mean numbers, days or truth values by it."""
        return self.is_auto or bool(
            self.texts.numbers or self.texts.dates or self.texts.true or self.texts.false
        )

    def readings(self) -> Sequence[Reading]:
        """The meanings to try for a new column."""
        if self.is_auto:
            return all_readings()
        return readings_of(self.texts) if self.reads_values else ()


class PropertyFormats:
    """The formats of all streams.

    Args:
        config: the target's settings.

    Raises:
        ConfigError: the locale is not known, or an entry is invalid.
    """

    def __init__(self, config: TargetConfig) -> None:
        self._locale = config.locale
        given = config.text_formats
        if isinstance(given, str):
            if self._locale:
                raise ConfigError(
                    f"text_formats is auto, and locale is {self._locale!r}, which decides without "
                    "trying. Set one of them; text_formats takes auto for single properties, too."
                )
            given = {"*": AUTO}
        self._given: Mapping[str, Any] = given
        self._base = locale_format(self._locale) if self._locale else TextFormat()
        self._known: dict[tuple[str, str], PropertyFormat | None] = {}
        for stream, entry in given.items():
            for prop in [AUTO] if isinstance(entry, str) else entry:
                self.for_property(stream, prop)  # a mistake shows before a record comes

    def for_property(self, stream: str, prop: str) -> PropertyFormat | None:
        """The format of a property; None if nothing is set for it.

        Raises:
            ConfigError: an entry is invalid.
        """
        if (stream, prop) not in self._known:
            self._known[stream, prop] = self._merged(stream, prop)
        return self._known[stream, prop]

    def _merged(self, stream: str, prop: str) -> PropertyFormat | None:
        merged: dict[str, Any] = {}
        is_auto = is_named = False
        for properties in entries_for(self._given, stream):
            by_name = {"*": properties} if isinstance(properties, str) else properties
            is_named = is_named or prop in by_name
            for entry in entries_for(by_name, prop):
                if entry == AUTO:
                    is_auto = True
                    continue
                merged.update(entry)
                is_auto = is_auto and not entry.keys() & set(_KINDS)
        if not (merged or is_auto or self._locale):
            return None
        base = TextFormat() if is_auto else self._base
        if is_auto:
            merged = {name: value for name, value in merged.items() if name not in _KINDS}
        return PropertyFormat(
            with_settings(base, merged),
            is_auto,
            not is_auto and bool(merged.keys() & {"percent", "currency"}),
            is_named,
            self._locale,
        )
