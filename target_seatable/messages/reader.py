"""The reader of Singer messages: fast, exact, and stoppable between two messages."""

from __future__ import annotations

import codecs
import decimal
import sys
from collections import Counter
from collections.abc import Callable  # noqa: TC003  (a tuple looks at its types)
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import msgspec
from singer_sdk.exceptions import InvalidInputLine, RecordsWithoutSchemaException
from singer_sdk.singerlib.encoding import GenericSingerReader

from seatable_client.errors import ErrorKind, SeaTableError
from singer_seatable.file_kinds import recognise_input
from target_seatable.messages import lenient_json, message_check, nesting
from target_seatable.messages.batch_files import BatchFile, RecordLines, paths
from target_seatable.messages.lenient_json import FaultyRecord
from target_seatable.messages.wall_clocks import WallClocks

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = "line"
"""Key under which a message holds the line that it came in."""

_MAX_SHOWN = 200
"""Bytes of a line that an error shows."""

_READ_SIZE = 1 << 16
"""Bytes to read at once: what a pipe holds."""


_DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError)
"""The errors of a decoder; `Decimal` refuses an exponent of twenty digits."""


_BEGINS, _ENDS = {ord("{")}, {ord("}")}
"""What lines begin and end with that hold an object each."""


class FastPath(NamedTuple):
    """The fast path for the records of one stream, which skips what most of them do not need.

    Attributes:
        decode: decodes lines to messages with a `record` each; fails if one is of another stream.
        take: takes the records and their lines.
        can_nest: whether a record may be nested as deeply as its source likes.
    """

    decode: Callable[[bytes], list[Any]]
    take: Callable[[list[Any], list[bytes]], None]
    can_nest: bool = False


class _StreamName(msgspec.Struct):
    """The part of a message that names its stream."""

    stream: str | None = None


_stream_name = msgspec.json.Decoder(_StreamName)


def _is_a_message_each(messages: int, lines: list[Any]) -> bool:
    """Whether each line is one message, so that the messages belong to the lines one by one.

    The decoder takes line breaks for spaces: a line may hold several messages, or a part of one.
    But where each line begins and ends with a brace, no break is inside a message, as JSON has
    none between `}` and `{`; then as many messages as lines are one each.
    """
    if messages != len(lines):
        return False
    if messages == 1:
        return True
    try:
        begins, ends = {line[0] for line in lines}, {line[-1] for line in lines}
        if ends != _ENDS:  # Windows ends lines with `\r\n`
            ends = {line[-1 - line.endswith(b"\r")] for line in lines}
    except IndexError:  # an empty line
        return False
    return begins == _BEGINS and ends == _ENDS


class Stopped(BaseException):
    """A signal asked the run to end; no message is half processed."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


class MessageReader(GenericSingerReader[bytes]):
    """Reads messages from standard input; numbers with a fraction as `Decimal`, digit by digit.

    A signal during the processing of a message waits for its end, because a batch under way must
    not be begun a second time from inside itself.

    Attributes:
        fast_paths: fast paths by stream; a line that does not fit takes the normal path.
        signum: the signal that asked the run to stop; None if none came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.signum: int | None = None
        self._waiting = False
        self._decoder = msgspec.json.Decoder(float_hook=decimal.Decimal)
        self.fast_paths: dict[str, FastPath] = {}
        self._last: FastPath | None = None
        self._wall_clocks = WallClocks()

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input as bytes: Singer is UTF-8, whatever the machine's locale.

        Raises:
            SeaTableError: standard input is closed.
        """
        if sys.stdin is None:  # a shell's <&-
            raise SeaTableError(
                "Standard input is closed, and the messages of a tap come from there. Start the "
                "target behind a tap, or with --input.",
                kind=ErrorKind.SYSTEM,
            )
        return sys.stdin.buffer

    def stop(self, signum: int) -> None:
        """Stop after the current message, or at once if there is none.

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
            InvalidInputLine: a line is no message.
            Stopped: a signal came.
        """
        counts: Counter[str] = Counter()
        number = 1
        for lines in self._read_lines(file_input or self.default_input):
            if number == 1:
                lines[0] = lines[0].removeprefix(codecs.BOM_UTF8)  # PowerShell writes one
            try:
                self._process_lines(lines, number, callbacks, counts)
            except InvalidInputLine:
                kind = "" if counts else recognise_input(b"\n".join(lines))
                if kind:
                    raise InvalidInputLine(
                        f"The input holds no Singer messages, but what looks like {kind}"
                    ) from None
                raise
            number += len(lines)
        return counts

    def _process_lines(
        self,
        lines: list[Any],
        number: int,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        counts: Counter[str],
        source: object = "the input",
    ) -> None:
        """Process lines: at once if all fit one stream's fast path, else by halves.

        Args:
            lines: the lines.
            number: the number of the first line in their source.
            callbacks: by message type.
            counts: of messages by type.
            source: where the lines come from.

        Raises:
            Stopped: a signal came.
        """
        if self._take_fast_path(lines):
            counts["RECORD"] += len(lines)
        elif len(lines) > 1:
            half = len(lines) // 2
            self._process_lines(lines[:half], number, callbacks, counts, source)
            self._process_lines(lines[half:], number + half, callbacks, counts, source)
        elif self.signum is not None:
            raise Stopped(self.signum)
        elif lines[0].strip():
            try:
                self._process(lines[0], callbacks, counts)
            except (InvalidInputLine, RecordsWithoutSchemaException) as error:
                error.args = (f"Line {number:,} of {source}: {error}",)
                raise

    def _take_fast_path(self, lines: list[Any]) -> bool:
        """Take the fast path of the lines' stream; returns whether all lines fit it."""
        if not self.fast_paths:
            return False
        whole = lines[0] if len(lines) == 1 else b"\n".join(lines)
        # Taps send one stream after the other, so the last record's stream is the first guess.
        last = self._last if self._last in self.fast_paths.values() else None
        if last and self._try(last, lines, whole):
            return True
        self._last = self._find_fast_path(lines[0])
        return (
            self._last is not None
            and self._last is not last
            and self._try(self._last, lines, whole)
        )

    def _try(self, fast_path: FastPath, lines: list[Any], whole: Any) -> bool:
        if fast_path.can_nest and nesting.is_any_too_deep(lines):
            return False
        try:
            messages = fast_path.decode(whole)
        except _DECODE_ERRORS:
            return False
        if not _is_a_message_each(len(messages), lines):
            return False
        fast_path.take([message.record for message in messages], lines)
        return True

    def _find_fast_path(self, line: Any) -> FastPath | None:
        """The fast path of the stream that a line names."""
        try:
            return self.fast_paths.get(_stream_name.decode(line).stream or "")
        except _DECODE_ERRORS:
            return None

    def _process(
        self,
        line: Any,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        counts: Counter[str],
    ) -> None:
        message = self.deserialize_json(line)
        message_check.check(message)
        message[LINE] = line
        self._wall_clocks.apply(message)
        if message["type"] == "BATCH":
            self._process_batch(message, callbacks, counts)
        else:
            callbacks[message["type"]](message)
        counts[message["type"]] += 1

    def _process_batch(
        self,
        message: dict[str, Any],
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        counts: Counter[str],
    ) -> None:
        """Process the lines of the files of a BATCH message as RECORD messages.

        So they are checked, mapped and rejected as those are.
        """
        record_lines = RecordLines(message)
        for path in paths(message):
            number = 1
            with BatchFile(path) as file:
                for lines in self._read_lines(file):
                    messages = record_lines.convert(lines, number, path)
                    self._process_lines(messages, number, callbacks, counts, path)
                    number += len(lines)

    def _read_lines(self, source: Any) -> Iterator[list[Any]]:
        """The lines, as many at a time as have come: a slow source is not waited for."""
        read = getattr(source, "read1", None)
        if read is None:  # not a file of bytes
            for line in source:
                yield [line.encode("utf-8", "surrogateescape") if isinstance(line, str) else line]
            return
        unfinished: list[bytes] = []
        while chunk := self._read_chunk(read):
            complete, newline, rest = chunk.rpartition(b"\n")
            if newline:
                yield b"".join((*unfinished, complete)).split(b"\n")
                unfinished.clear()
            unfinished.append(rest)
        yield [b"".join(unfinished)]

    def _read_chunk(self, read: Callable[[int], bytes]) -> bytes:
        """The next bytes; empty at the end of the input.

        Raises:
            Stopped: a signal came.
        """
        self._waiting = True
        if self.signum is not None:
            raise Stopped(self.signum)
        chunk = read(_READ_SIZE)
        self._waiting = False
        return chunk

    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        """Decode one line; its record is a `FaultyRecord` if a value in it cannot be stored.

        Raises:
            InvalidInputLine: the line is not a JSON object, or a value outside of a record is not
                JSON.
        """
        faults: list[str] = []
        if nesting.is_too_deep(line):
            line, names = nesting.replace_deep(line)
            faults = [
                f"Property {name!r} is nested too deeply, over more than {nesting.MAX_DEPTH} levels"
                for name in names
            ]
        try:
            message = self._decoder.decode(line)
        except UnicodeDecodeError as error:
            raise InvalidInputLine(
                f"it is not UTF-8 ({error.reason}): {line[:_MAX_SHOWN]!r}"
            ) from None
        except _DECODE_ERRORS as error:
            try:
                message, found = lenient_json.decode(line)
            except (ValueError, RecursionError):
                raise InvalidInputLine(f"it is not JSON ({error}): {line[:_MAX_SHOWN]!r}") from None
            faults += found
        if not isinstance(message, dict):
            raise InvalidInputLine(f"it is not a message: {line[:_MAX_SHOWN]!r}")
        if faults:
            reason = "; ".join(dict.fromkeys(faults))
            record = message.get("record")
            if message.get("type") != "RECORD" or not isinstance(record, dict):
                raise InvalidInputLine(f"it is JSON that cannot be read. {reason}.")
            message["record"] = FaultyRecord(record, reason)
        return message
