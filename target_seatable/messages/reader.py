"""Reading Singer messages: quickly, exactly, and stopping between two of them when asked to."""

from __future__ import annotations

import decimal
import sys
from collections import Counter
from collections.abc import Callable  # noqa: TC003  (a tuple looks at its types)
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import msgspec
from singer_sdk.exceptions import InvalidInputLine, RecordsWithoutSchemaException
from singer_sdk.singerlib.encoding import GenericSingerReader

from target_seatable.messages import lenient_json, message_check

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 200

_PIECE = 1 << 16
"""Bytes to read at once, which is what a pipe holds."""


_NOT_DECODED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class ShortCut(NamedTuple):
    """A way for the records of one stream that spares what most of them do not need.

    Attributes:
        decode: decodes lines to messages with a `record` each, if all are of this stream.
        take: takes the records and their lines.
    """

    decode: Callable[[bytes], list[Any]]
    take: Callable[[list[Any], list[bytes]], None]


class _Head(msgspec.Struct):
    """What tells whose a message is."""

    stream: str | None = None


_head = msgspec.json.Decoder(_Head)


class FaultyRecord(dict[str, Any]):
    """A record with something in it that is no JSON, replaced by texts.

    Attributes:
        reason: what that is.
    """

    def __init__(self, record: dict[str, Any], reason: str) -> None:
        super().__init__(record)
        self.reason = reason


class Stopped(BaseException):
    """A signal asked the run to end; no message is half processed."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


class MessageReader(GenericSingerReader[bytes]):
    """Reads messages from standard input; numbers with a fraction as `Decimal`, digit by digit.

    A signal that comes while a message is processed waits for its end: a batch on its way must not
    be begun a second time from inside itself.

    Attributes:
        short_cuts: ways for the records of streams; what does not fit there goes the usual way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.signum: int | None = None
        self._waiting = False
        self._decoder = msgspec.json.Decoder(float_hook=decimal.Decimal)
        self.short_cuts: dict[str, ShortCut] = {}
        self._last: ShortCut | None = None

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input as bytes: Singer is UTF-8, whatever the machine's locale."""
        return sys.stdin.buffer

    def stop(self, signum: int) -> None:
        """End the reading after the message at hand, or at once if there is none.

        Raises:
            Stopped: the reader was waiting for input.
        """
        self.signum = signum
        if self._waiting:
            raise Stopped(signum)

    def process_lines(
        self,
        file_input: IO[Any] | None,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
    ) -> Counter[str]:
        """Hand each message to the callback for its type.

        Args:
            file_input: the messages, a line each; standard input if not given.
            callbacks: by message type.

        Returns:
            How many messages of each type there were.

        Raises:
            Stopped: a signal came.
        """
        counts: Counter[str] = Counter()
        number = 1
        for lines in self._pieces(file_input or self.default_input):
            self._take(lines, number, callbacks, counts)
            number += len(lines)
        return counts

    def _take(
        self,
        lines: list[Any],
        number: int,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        counts: Counter[str],
    ) -> None:
        """Take lines: at once if they are records of one stream with a short cut, else by halves.

        Args:
            lines: the lines.
            number: that of the first of them in the input.
            callbacks: by message type.
            counts: of messages by type.

        Raises:
            Stopped: a signal came.
        """
        if self._shortly(lines):
            counts["RECORD"] += len(lines)
        elif len(lines) > 1:
            half = len(lines) // 2
            self._take(lines[:half], number, callbacks, counts)
            self._take(lines[half:], number + half, callbacks, counts)
        elif self.signum is not None:
            raise Stopped(self.signum)
        elif lines[0].strip():
            try:
                self._process(lines[0], callbacks, counts)
            except (InvalidInputLine, RecordsWithoutSchemaException) as error:
                error.args = (f"Line {number:,} of the input: {error}",)
                raise

    def _shortly(self, lines: list[Any]) -> bool:
        """Take the records of one stream's short cut; whether they all are such records."""
        if not self.short_cuts:
            return False
        whole = lines[0] if len(lines) == 1 else b"\n".join(lines)
        # Taps send one stream after the other: where the last record went, this one goes.
        last = self._last if self._last in self.short_cuts.values() else None
        if last and self._fit(last, lines, whole):
            return True
        self._last = self._short_cut(lines[0])
        return (
            self._last is not None
            and self._last is not last
            and self._fit(self._last, lines, whole)
        )

    def _fit(self, short_cut: ShortCut, lines: list[Any], whole: Any) -> bool:
        try:
            messages = short_cut.decode(whole)
        except _NOT_DECODED:
            return False
        if len(messages) < len(lines):  # there are blank ones
            return False
        short_cut.take([message.record for message in messages], lines)
        return True

    def _short_cut(self, line: Any) -> ShortCut | None:
        """The short cut of the stream that a line names."""
        try:
            return self.short_cuts.get(_head.decode(line).stream or "")
        except _NOT_DECODED:
            return None

    def _process(
        self,
        line: Any,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        counts: Counter[str],
    ) -> None:
        message = self.deserialize_json(line)
        message_check.check(message)
        callbacks[message["type"]](message)
        counts[message["type"]] += 1

    def _pieces(self, source: IO[Any]) -> Iterator[list[Any]]:
        """The lines, as many at a time as have come; a slow source's are not waited for."""
        read = getattr(source, "read1", None)
        if read is None:  # not a file of bytes
            yield from ([line] for line in source)
            return
        begun: list[bytes] = []
        while piece := self._awaited(read):
            complete, newline, rest = piece.rpartition(b"\n")
            if newline:
                yield b"".join((*begun, complete)).split(b"\n")
                begun.clear()
            begun.append(rest)
        yield [b"".join(begun)]

    def _awaited(self, read: Callable[[int], bytes]) -> bytes:
        """What comes next; nothing at the end.

        Raises:
            Stopped: a signal came.
        """
        self._waiting = True
        if self.signum is not None:
            raise Stopped(self.signum)
        piece = read(_PIECE)
        self._waiting = False
        return piece

    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        """Decode one line; its record is a `FaultyRecord` if something in it is no JSON.

        Raises:
            InvalidInputLine: it is no JSON object, or what is no JSON is outside of a record.
        """
        faults: list[str] = []
        try:
            message = self._decoder.decode(line)
        except RecursionError:
            raise InvalidInputLine(f"it is nested too deeply: {line[:_SHOWN]!r}") from None
        except UnicodeDecodeError as error:
            raise InvalidInputLine(f"it is no UTF-8 ({error.reason}): {line[:_SHOWN]!r}") from None
        except msgspec.DecodeError as error:
            try:
                message, faults = lenient_json.decoded(line)
            except (ValueError, RecursionError):
                raise InvalidInputLine(f"it is no JSON ({error}): {line[:_SHOWN]!r}") from None
        if not isinstance(message, dict):
            raise InvalidInputLine(f"it is no message: {line[:_SHOWN]!r}")
        if faults:
            reason = "; ".join(dict.fromkeys(faults))
            record = message.get("record")
            if message.get("type") != "RECORD" or not isinstance(record, dict):
                raise InvalidInputLine(f"it is no JSON. {reason}.")
            message["record"] = FaultyRecord(record, reason)
        return message
