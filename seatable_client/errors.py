"""What can go wrong between a connector and SeaTable.

    SeaTableError
    ├── SettingError            a setting cannot be right; no request can help
    ├── CredentialRefused       the server does not accept the API token or login
    ├── PermissionDenied        a fresh token was refused: the account may not do this
    ├── NotFound                the base, table, view or row is not there
    ├── GenerationMissing       this server has no such API (an older or newer generation)
    │   └── Redirected          it sends a call on to another of its APIs
    ├── RequestRefused          the server understood the request and said no
    ├── QuotaExhausted          a limit that resets later than the user wants to wait
    ├── ServerUnavailable       no usable answer, however often we asked
    │   └── OutcomeUnknown      a write was sent, its answer never came: it may have been applied
    └── ValueRefused            a value that SeaTable would not store as given

Every message is one sentence or two for a person: what was attempted, what the server said, what
to do. None carries a token: the transport removes known secrets from the server's words before
they get here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime


class SeaTableError(Exception):
    """Base of everything this package raises on purpose."""


class SettingError(SeaTableError):
    """A setting cannot be right."""


class CredentialRefused(SeaTableError):
    """The server does not accept the credential."""


class PermissionDenied(SeaTableError):
    """A token that was just issued is refused for this operation."""


class NotFound(SeaTableError):
    """The base, table, view or row does not exist."""


class GenerationMissing(SeaTableError):
    """The server does not have this API: it is of another generation."""


class Redirected(GenerationMissing):
    """The server sends a call on to another path. The call is not sent there by itself.

    Attributes:
        path: where to.
    """

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path


class RequestRefused(SeaTableError):
    """The server understood the request and refused it.

    Attributes:
        status: the HTTP status, or 200 where an old server reports failure inside a success.
        words: what the server said, secrets removed.
    """

    def __init__(self, message: str, *, status: int, words: str) -> None:
        super().__init__(message)
        self.status = status
        self.words = words


class QuotaExhausted(SeaTableError):
    """A call limit that resets later than `max_wait_seconds` from now.

    Attributes:
        until: when the limit resets (aware, UTC), or None where the server did not say.
    """

    def __init__(self, message: str, *, until: datetime.datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class ServerUnavailable(SeaTableError):
    """The server gave no usable answer, however often it was asked."""


class OutcomeUnknown(ServerUnavailable):
    """A write was sent and no answer came.

    It may have been applied, not applied, or may be applied a little later.
    """


class ValueRefused(SeaTableError, ValueError):
    """A value that SeaTable would coerce, cut or drop instead of storing it as given."""
