"""Gives the date-times of a copied base their offsets back, with which its server sent them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import type_named
from seatable_client.errors import ConfigError
from singer_seatable import date_times
from singer_seatable.contract import DATE_TIMES, IN_UTC, OFFSETS, SCHEMA_EXTENSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatable_client.column_types import ColumnType


def comes_in_utc(schema: Mapping[str, Any]) -> bool:
    """Whether the date-times of a stream come in UTC, with their offsets in each message."""
    extension = schema.get(SCHEMA_EXTENSION)
    return isinstance(extension, dict) and extension.get(DATE_TIMES) == IN_UTC


def _column_type(declared: Mapping[str, Any]) -> ColumnType:
    return type_named(str((declared.get(SCHEMA_EXTENSION) or {}).get("type")))


class WallClocks:
    """The streams whose date-times come in UTC."""

    def __init__(self) -> None:
        self._moments: dict[str, frozenset[str]] = {}

    def apply(self, message: Mapping[str, Any]) -> None:
        """Take the schema of a SCHEMA message; give the date-times of a RECORD their offsets back.

        Raises:
            ConfigError: the message does not have the offsets.
        """
        if message["type"] == "SCHEMA":
            self._note_schema(message["stream"], message["schema"])
        elif message["type"] == "RECORD" and message["stream"] in self._moments:
            self._restore(message["stream"], message["record"], offsets_in(message))

    def _note_schema(self, stream: str, schema: Mapping[str, Any]) -> None:
        self._moments.pop(stream, None)
        if comes_in_utc(schema):
            self._moments[stream] = frozenset(
                name
                for name, declared in (schema.get("properties") or {}).items()
                if isinstance(declared, dict)
                and declared.get("format") == "date-time"
                and _column_type(declared).holds_wall_clock
            )

    def _restore(
        self, stream: str, record: dict[str, Any], offsets: Mapping[str, Any] | None
    ) -> None:
        if offsets is None and all(record.get(name) is None for name in self._moments[stream]):
            return  # a tombstone, for one
        if offsets is not None:
            with contextlib.suppress(ValueError):
                date_times.join_record(record, offsets)
                return
        raise ConfigError(
            f"Stream {stream!r}: date-times come in UTC, and what the clock of the source's server "
            "showed got lost between tap and target. Leave out what changes messages on their way, "
            "or set date_times to offset in tap-seatable."
        )


def offsets_in(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """The offsets that a RECORD message carries beside its record; None if it has none."""
    extension = message.get(SCHEMA_EXTENSION)
    offsets = extension.get(OFFSETS) if isinstance(extension, dict) else None
    return offsets if isinstance(offsets, dict) else None
