"""What can go wrong in the tap, beside the client's errors."""

from __future__ import annotations

from seatable_client.errors import SeaTableError


class FileUnavailable(SeaTableError):
    """A file that the server has, as it says, and does not give; its table cannot be completed."""


class MissingRowsError(SeaTableError):
    """A read passed over rows that are there."""
