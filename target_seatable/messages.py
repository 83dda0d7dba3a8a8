"""Reading Singer messages: quickly, exactly, and stopping between two of them when asked to."""

from __future__ import annotations

import decimal
import sys
from collections import Counter
from collections.abc import Callable  # noqa: TC003  (a tuple looks at its types)
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import msgspec
from singer_sdk.exceptions import InvalidInputLine
from singer_sdk.singerlib.encoding import GenericSingerReader

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 200


class ShortCut(NamedTuple):
    """A way for the records of one stream that spares what most of them do not need.

    Attributes:
        decode: decodes a line to something with a `record`, if it is one of these records.
        take: takes the record and the line.
    """

    decode: Callable[[bytes], Any]
    take: Callable[[Any, bytes], None]


class _Head(msgspec.Struct):
    """What tells whose a message is."""

    stream: str | None = None


_head = msgspec.json.Decoder(_Head)


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
        short_cuts, taken = self.short_cuts, 0
        short_cut: ShortCut | None = None
        for line in self._lines(file_input or self.default_input):
            # Taps send one stream after the other: where the last record went, this one goes.
            if short_cut is not None:
                try:
                    message = short_cut.decode(line)
                except msgspec.DecodeError:
                    pass
                else:
                    short_cut.take(message.record, line)
                    taken += 1
                    continue
            if short_cuts and (other := self._other(line, short_cut)):
                try:
                    message = other.decode(line)
                except msgspec.DecodeError:
                    pass
                else:
                    short_cut = other
                    other.take(message.record, line)
                    taken += 1
                    continue
            self._process(line, callbacks, counts)
            if short_cut is not None and short_cut not in short_cuts.values():
                short_cut = None
        counts["RECORD"] += taken
        return counts

    def _other(self, line: Any, short_cut: ShortCut | None) -> ShortCut | None:
        """The short cut for a line which was none for the stream of the last one."""
        try:
            found = self.short_cuts.get(_head.decode(line).stream or "")
        except msgspec.DecodeError:
            return None
        return None if found is short_cut else found

    def _process(
        self,
        line: Any,
        callbacks: dict[str, Callable[[dict[str, Any]], None]],
        counts: Counter[str],
    ) -> None:
        message = self.deserialize_json(line)
        if "type" not in message:
            self.assert_line_requires(message, requires={"type"})
        kind = message["type"]
        if callback := callbacks.get(kind):
            callback(message)
        else:
            self._process_unknown_message(message)
        counts[kind] += 1

    def _lines(self, source: IO[Any]) -> Iterator[Any]:
        lines = iter(source)
        while self.signum is None:
            self._waiting = True
            line = next(lines, None)
            self._waiting = False
            if line is None:
                return
            if not line.isspace():
                yield line
        raise Stopped(self.signum)

    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        """Decode one line.

        Raises:
            InvalidInputLine: it is no JSON object.
        """
        try:
            message = self._decoder.decode(line)
        except msgspec.DecodeError as error:
            raise InvalidInputLine(
                f"A line of the input is no JSON ({error}): {line[:_SHOWN]!r}"
            ) from None
        if not isinstance(message, dict):
            raise InvalidInputLine(f"A line of the input is no message: {line[:_SHOWN]!r}")
        return message

    def _process_unknown_message(self, message_dict: dict[str, Any]) -> None:
        raise InvalidInputLine(
            f"The input has a message of type {message_dict['type']!r}, which is none of Singer's."
        )

    @staticmethod
    def assert_line_requires(line_dict: dict[str, Any], requires: set[str]) -> None:
        """Check that a message has these keys.

        Raises:
            InvalidInputLine: it has not.
        """
        if missing := requires - line_dict.keys():
            kind = line_dict.get("type") or "message"
            stream = f" of stream {line_dict['stream']!r}" if "stream" in line_dict else ""
            raise InvalidInputLine(
                f"A {kind}{stream} is without {', '.join(map(repr, sorted(missing)))}. Check that "
                "the source is a Singer tap."
            )
