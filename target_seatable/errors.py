"""What can go wrong in the target, beside the client's errors."""

from __future__ import annotations

from seatable_client.errors import ErrorKind, SeaTableError


class LinkTargetNotFound(SeaTableError):
    """A link to a row that the other table does not have."""

    kind = ErrorKind.DATA


class CannotLink(SeaTableError):
    """A row whose id is not known, so that it cannot be linked."""


class CannotRemove(SeaTableError):
    """A record that says that a row was deleted, in a stream that only appends."""

    kind = ErrorKind.DATA


class RowLimitExceeded(SeaTableError):
    """The base would get more rows than it takes."""

    kind = ErrorKind.DATA


class AmbiguousKey(SeaTableError):
    """Several rows of a table have the key of one record."""

    kind = ErrorKind.DATA


class RowLocked(SeaTableError):
    """A row that the server would leave as it is, and say that it was changed."""

    kind = ErrorKind.DATA
