"""Records that cannot be stored: set aside with the reason, so that the others can go on."""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import fsspec  # type: ignore[import-untyped]
import msgspec

from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

_REASONS_LOGGED = 20
"""Rejections logged one by one; the file has them all."""

_LONGEST_KEY = 200
"""Characters of a key that the log shows."""

_json = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


def shown_path(path: str) -> str:
    """A path or URL as it may be shown: without the password that it may hold."""
    return re.sub(r"(?<=://)[^/@]*@", "***@", path)


@dataclass
class RejectedRecords:
    """The dead-letter file of a run.

    Attributes:
        path: a local path or an fsspec URL; None to write nothing.
        allowed: how many rejections a run may have and still succeed.
        keys: the properties that tell records apart, by stream.
        counts: rejections so far by stream.
        first: the error of the first rejection.
    """

    path: str | None
    allowed: int = 0
    keys: dict[str, Sequence[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    first: Exception | None = None
    _unwritten: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, stream: str, record: Mapping[str, Any], error: Exception) -> None:
        """Set a record aside. It is safe after the next `flush`."""
        with self._lock:
            self.counts[stream] += 1
            self.first = self.first or error
        reason = " ".join(str(error).split())
        if self.total <= _REASONS_LOGGED:
            which = _describe_key(record, self.keys.get(stream, ()))
            log.warning("Rejected %s of stream %r: %s", which, stream, reason)
        letter = {
            "stream": stream,
            "record": record,
            "reason": reason,
            "error": type(error).__name__,
            "words": getattr(error, "words", None),
            "rejected_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        with self._lock:
            self._unwritten.append(_json.encode(letter) + b"\n")

    @property
    def total(self) -> int:
        """How many records were rejected."""
        return sum(self.counts.values())

    @property
    def too_many(self) -> bool:
        """Whether the run has to end with an error."""
        return self.total > self.allowed

    def flush(self) -> None:
        """Append what was set aside to the file.

        Raises:
            ConfigError: the file cannot be written.
        """
        with self._lock:
            if self._unwritten and self.path is not None:
                self._write(self.path, b"".join(self._unwritten))
            self._unwritten.clear()

    @staticmethod
    def _write(path: str, letters: bytes) -> None:
        try:
            local = {} if "://" in path else {"auto_mkdir": True}
            with fsspec.open(path, "ab", **local) as file:
                file.write(letters)
        except (OSError, ValueError, NotImplementedError, ImportError) as error:
            raise ConfigError(
                f"Rejected records cannot be written to rejected_records_path "
                f"{shown_path(path)!r}: {str(error).replace(path, shown_path(path))}. Nothing "
                "after them was acknowledged."
            ) from error


def _describe_key(record: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Which record it is, by its key as far as it has one."""
    told = ", ".join(f"{key} {_json.encode(record[key]).decode()}" for key in keys if key in record)
    if len(told) > _LONGEST_KEY:
        told = f"{told[:_LONGEST_KEY]}…"
    return f"the record with {told}" if told else "a record"
