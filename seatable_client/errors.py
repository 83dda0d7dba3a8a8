"""Errors between a connector and SeaTable.

    SeaTableError
    ├── ConfigError             a setting is invalid; no request can help
    ├── AuthenticationError     the server does not accept the API token or login
    ├── PermissionDenied        a fresh token was refused: the account may not do this
    ├── NotFound                the base, table, view or row does not exist
    ├── ApiNotAvailable         this server has no such API (an older or newer generation)
    │   └── Redirected          it sends a call on to another of its APIs
    ├── RequestRejected         the server understood the request and rejected it
    ├── QuotaExhausted          a limit that resets later than the user wants to wait
    ├── ServerUnavailable       no usable answer after all retries
    │   └── AmbiguousWriteError a write was sent and no answer came: it may have been applied
    └── InvalidValueError       a value that SeaTable would not store as given

Every message is one or two sentences for a person: what was attempted, what the server said, what
to do. None carries a token: the HTTP client removes known secrets from the server's words first.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable


class ErrorKind(enum.Enum):
    """Who can fix an error, most urgent first. The value is the exit code (sysexits.h)."""

    BUG = 70
    """The connector is wrong: report it."""
    CONFIGURATION = 78
    """Change a setting, the catalog or the state."""
    CREDENTIALS = 67
    """Renew the token or the login."""
    PERMISSION = 77
    """Let the token's owner do this."""
    DATA = 65
    """Correct the data, in the source or in the base."""
    SYSTEM = 74
    """Fix this machine: its disk, its pipes, its files."""
    SERVER = 69
    """Wait for the server, or ask its operator."""
    LIMIT = 75
    """Come back later: a limit on calls resets by itself."""

    @classmethod
    def most_urgent(cls, kinds: Iterable[ErrorKind]) -> ErrorKind:
        """The first of these in the order above; SERVER for none."""
        found = set(kinds)
        return next((kind for kind in cls if kind in found), cls.SERVER)

    @property
    def exit_code(self) -> int:
        """The code that a command exits with."""
        return self.value


class SeaTableError(Exception):
    """Base of everything that the packages raise on purpose.

    Args:
        message: one or two sentences: what was attempted, what went wrong.
        kind: who can fix it; if not given, the kind of the class.
        hint: what to do about it, one sentence more.
    """

    kind: ErrorKind = ErrorKind.SERVER

    def __init__(
        self, message: str = "", *, kind: ErrorKind | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        if kind is not None:
            self.kind = kind
        self.hint = hint

    def __str__(self) -> str:
        return " ".join(filter(None, (super().__str__(), self.hint)))


class ConfigError(SeaTableError):
    """A setting is invalid.

    Attributes:
        missing: the settings that are not set, for the command to say where else they stand.
    """

    kind = ErrorKind.CONFIGURATION

    def __init__(
        self,
        message: str = "",
        *,
        missing: tuple[str, ...] = (),
        kind: ErrorKind | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, kind=kind, hint=hint)
        self.missing = missing


class AuthenticationError(SeaTableError):
    """The server does not accept the credential."""

    kind = ErrorKind.CREDENTIALS


class PermissionDenied(SeaTableError):
    """A token that was just issued is refused for this operation."""

    kind = ErrorKind.PERMISSION


class NotFound(SeaTableError):
    """The base, table, view or row does not exist."""

    kind = ErrorKind.CONFIGURATION


class ApiNotAvailable(SeaTableError):
    """The server does not have this API: it is of another generation."""

    kind = ErrorKind.SERVER


class Redirected(ApiNotAvailable):
    """The server sends a call on to another path. The call is not sent there by itself.

    Attributes:
        path: where to.
    """

    def __init__(
        self, message: str, *, path: str, kind: ErrorKind | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, kind=kind, hint=hint)
        self.path = path


class RequestRejected(SeaTableError):
    """The server understood the request and rejected it.

    Attributes:
        status: the HTTP status, or 200 where an old server reports failure inside a success.
        server_message: what the server said, secrets removed.
    """

    kind = ErrorKind.DATA

    def __init__(
        self,
        message: str,
        *,
        status: int,
        server_message: str,
        kind: ErrorKind | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, kind=kind, hint=hint)
        self.status = status
        self.server_message = server_message


class QuotaExhausted(SeaTableError):
    """A call limit that resets later than `max_wait_seconds` from now.

    Attributes:
        until: when the limit resets (aware, UTC), or None where the server did not say.
    """

    kind = ErrorKind.LIMIT

    def __init__(
        self,
        message: str,
        *,
        until: datetime.datetime | None = None,
        kind: ErrorKind | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, kind=kind, hint=hint)
        self.until = until


class ServerUnavailable(SeaTableError):
    """The server gave no usable answer after all retries."""

    kind = ErrorKind.SERVER


class AmbiguousWriteError(ServerUnavailable):
    """A write was sent and no answer came.

    It may have been applied, not applied, or may be applied a little later.
    """


class InvalidValueError(SeaTableError, ValueError):
    """A value that SeaTable would coerce, cut or drop instead of storing it as given."""

    kind = ErrorKind.DATA
