"""Errors of files."""

from __future__ import annotations

from seatable_client.errors import ErrorKind, SeaTableError


class FileError(SeaTableError):
    """A file cannot be read, or not without losing something of it."""

    kind = ErrorKind.DATA


def unreadable(path: str, error: OSError) -> FileError:
    """The error of a file that the system does not read, or whose content its parser does not.

    Only the system gives its errors a number; parsers use the same class for damaged content.
    """
    reason = error.strerror or error
    if error.errno is None:
        return FileError(f"{path} cannot be read: {reason}. Get the file again.")
    return FileError(
        f"{path} cannot be read: {reason}. See that the file is there, and that this user may "
        "read it.",
        kind=ErrorKind.SYSTEM,
    )


def check_encoding(encoding: str) -> None:
    """Check that text can be read in an encoding.

    Raises:
        FileError: Python does not know it, or it is a codec of something else.
    """
    try:
        b"a".decode(encoding, "ignore")
    except (LookupError, UnicodeError):
        raise FileError(
            f"Unknown encoding {encoding!r}. Set encoding to one such as utf-8 or cp1252."
        ) from None


class MissingReader(SeaTableError):
    """What reads this format is not installed."""

    kind = ErrorKind.CONFIGURATION
