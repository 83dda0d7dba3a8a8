"""Errors of the tap, beside those of the client."""

from __future__ import annotations

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError


class FileUnavailable(SeaTableError):
    """The server lists a file and does not deliver it; its stream cannot be completed."""


class MissingRowsError(SeaTableError):
    """A read has missed rows of its table."""


class SpoolUnusable(SeaTableError):
    """The temporary file of a comparison cannot be written or read."""

    kind = ErrorKind.SYSTEM


class InvalidCondition(ConfigError):
    """The setting `where` has a condition that does not fit its table."""
