"""The errors of the target, beside those of the client."""

from __future__ import annotations

from seatable_client.errors import ErrorKind, SeaTableError


class LinkTargetNotFound(SeaTableError):
    """A link names a row that the other table does not have."""

    kind = ErrorKind.DATA


class CannotLink(SeaTableError):
    """The id of a row is not known, so that it cannot be linked."""


class CannotRemove(SeaTableError):
    """A tombstone came in a stream that only appends."""

    kind = ErrorKind.DATA


class RowLimitExceeded(SeaTableError):
    """The base would get more rows than it takes."""

    kind = ErrorKind.DATA


class AmbiguousKey(SeaTableError):
    """Several rows of a table have the key of one record."""

    kind = ErrorKind.DATA


class RowLocked(SeaTableError):
    """A row is locked: the server would not change it, and would report success."""

    kind = ErrorKind.DATA
