"""Rejected records: written to a dead-letter file with the reason, while the others are stored."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import fsspec  # type: ignore[import-untyped]
import msgspec

from seatable_client.errors import ConfigError
from seatable_client.formatting import show_path, show_path_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

_REASONS_LOGGED = 20
"""Rejections logged one by one; the file has them all."""

_LONGEST_KEY = 200
"""Characters of a key that the log shows."""

_json = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


@dataclass
class RejectedRecords:
    """The dead-letter file of a run.

    Attributes:
        path: a local path or an fsspec URL; None to write nothing.
        allowed: how many rejections a run may have and still succeed.
        keys: key properties by stream.
        counts: rejections so far by stream.
    """

    path: str | None
    allowed: int = 0
    keys: dict[str, Sequence[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    _total: int = 0
    _first_errors: dict[str, Exception] = field(default_factory=dict)
    _unwritten: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, stream: str, record: Mapping[str, Any], error: Exception) -> None:
        """Reject a record. It is written by the next `flush`."""
        with self._lock:
            self.counts[stream] += 1
            self._total += 1
            self._first_errors.setdefault(stream, error)
            is_logged = self._total <= _REASONS_LOGGED
        reason = " ".join(str(error).split())
        if is_logged:
            described = _describe_record(record, self.keys.get(stream, ()))
            log.warning("Rejected %s of stream %r: %s", described, stream, reason)
        entry = {
            "stream": stream,
            "record": record,
            "reason": reason,
            "error": type(error).__name__,
            "server_message": getattr(error, "server_message", None),
            "rejected_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        with self._lock:
            self._unwritten.append(_json.encode(entry) + b"\n")

    @property
    def total(self) -> int:
        """How many records were rejected."""
        return self._total

    @property
    def first_error(self) -> Exception | None:
        """The first error of the first stream that has some, whichever was stored first."""
        streams = (*self.keys, *self._first_errors)
        errors = (self._first_errors[name] for name in streams if name in self._first_errors)
        return next(errors, None)

    @property
    def too_many(self) -> bool:
        """Whether the run rejected more than it may, so that it ends with an error."""
        return self.total > self.allowed

    def flush(self) -> None:
        """Append the records rejected since the last call to the file.

        Raises:
            ConfigError: the file cannot be written.
        """
        with self._lock:
            if self._unwritten and self.path is not None:
                self._write(self.path, b"".join(self._unwritten))
            self._unwritten.clear()

    @staticmethod
    def _write(path: str, entries: bytes) -> None:
        try:
            local = {} if "://" in path else {"auto_mkdir": True}
            with fsspec.open(path, "ab", **local) as file:
                file.write(entries)
        except Exception as error:  # noqa: BLE001  (a file system may fail in any way)
            raise ConfigError(
                f"Rejected records cannot be written to rejected_records_path "
                f"{show_path(path)!r}: {show_path_error(error, path)}. Nothing after them was "
                "acknowledged. Choose a path that can be written."
            ) from None


def _describe_record(record: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The record in words, by those parts of its key that it has."""
    key = ", ".join(
        f"{name} {_json.encode(record[name]).decode()}" for name in keys if name in record
    )
    if len(key) > _LONGEST_KEY:
        key = f"{key[:_LONGEST_KEY]}…"
    return f"the record with {key}" if key else "a record"
