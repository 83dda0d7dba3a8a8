"""What can be wrong with a file."""

from __future__ import annotations

from seatable_client.errors import ErrorKind, SeaTableError


class FileError(SeaTableError):
    """A file cannot be read, or not without losing something of it."""

    kind = ErrorKind.DATA


class MissingReader(SeaTableError):
    """What reads this format is not installed."""

    kind = ErrorKind.CONFIGURATION
