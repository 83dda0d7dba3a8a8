"""Parts of sentences that people read."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import unquote


def format_count(count: int, noun: str) -> str:
    """A number and its noun: `1 row`, `2,000 rows`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def quote_value(value: Any) -> str:
    """A value as an error quotes it, on one line of 80 characters at most."""
    try:
        text = str(value) if isinstance(value, Decimal) else repr(value)
    except (ValueError, RecursionError):  # Python prints no integer of 5,000 digits
        return f"a value of type {type(value).__name__} that is too long to show"
    return text if len(text) <= 80 else f"{text[:77]}…"  # noqa: PLR2004


def error_text(error: BaseException) -> str:
    """The text of an error; the name of its class where it has none."""
    return str(error) or type(error).__name__


_WITHOUT_USERS = frozenset({
    "abfs", "abfss", "adl", "az", "file", "gcs", "gs", "hf", "local", "memory", "oss", "s3", "s3a",
})  # fmt: skip
"""Protocols of URLs in which `@` follows a container, or is part of a name."""


_CHAIN = re.compile(r"::(?=[\w+.-]+://)")
"""What stands between the URLs of a chain, such as `zip://x.jsonl::sftp://host/x.zip`."""


def show_path(path: str) -> str:
    """A path or fsspec URL as records, logs and errors show it: without what may be a secret.

    User names and passwords, which may hold any sign, become `***`, and so does a query. A local
    path stays as it is.
    """
    return "::".join(map(_show_url, _CHAIN.split(path))) if "://" in path else path


def _show_url(url: str) -> str:
    protocol, found, rest = url.partition("://")
    if not found:
        return url
    user, at_sign, place = rest.rpartition("@")
    if ":" not in user and protocol in _WITHOUT_USERS:
        user, at_sign, place = "", "", rest
    if at_sign and any(sign in user for sign in "?#") and "/" in user.partition("?")[0]:
        return f"{protocol}://***"  # the @ may be part of a query, or of a password
    shown, asked, _ = (place if at_sign else rest).partition("?")
    return f"{protocol}://{'***@' * bool(at_sign)}{shown}{'?***' * bool(asked)}"


def show_path_error(error: BaseException, path: str) -> str:
    """The text of an error about a path, without what `show_path` hides.

    Args:
        error: the error of a file system, which may quote the path, or parts of it.
        path: the path.
    """
    text = error_text(error).replace(path, show_path(path))
    hidden: set[str] = set()
    for url in _CHAIN.split(path):
        rest = url.partition("://")[2]
        user, query = rest.rpartition("@")[0], rest.partition("?")[2]
        hidden |= {user, user.partition(":")[2], query, query.partition("=")[2]}
        hidden |= {part.partition("=")[2] or part for part in query.split("&")}
    hidden |= {unquote(part) for part in hidden}
    for part in sorted(hidden - {""}, key=len, reverse=True):
        text = text.replace(part, "***")
    return text
