"""The files of a BATCH message: each line is what a RECORD message has as its record."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import msgspec
from singer_sdk.exceptions import InvalidInputLine

from target_seatable.messages import lenient_json, nesting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

_GZIP = b"\x1f\x8b"
"""The first bytes of a gzip file; no JSON begins with them."""

_REMEDY = "Remove batch_config from the source's settings, so that it sends RECORD messages."

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.encode


def paths(message: Mapping[str, Any]) -> list[Path]:
    """The files of a BATCH message, if they can be taken.

    Raises:
        InvalidInputLine: the files hold no lines of JSON, or are not on this machine.
    """
    stream, encoding, manifest = message["stream"], message["encoding"], message["manifest"]
    form, compression = encoding.get("format"), encoding.get("compression")
    if form != "jsonl" or compression not in {None, "none", "gzip"}:
        packed = f" with compression {compression!r}" if compression else ""
        raise InvalidInputLine(
            f"stream {stream!r} comes as BATCH files of format {form!r}{packed}, and this target "
            f"takes jsonl, plain or with gzip. {_REMEDY}"
        )
    return [_path(stream, name) for name in manifest]


def _path(stream: str, name: Any) -> Path:
    url = urlsplit(name) if isinstance(name, str) else None
    if url is None or url.scheme not in {"", "file"} or url.netloc not in {"", "localhost"}:
        shown = f"{url.scheme}://…" if url is not None else repr(name)
        raise InvalidInputLine(
            f"stream {stream!r} comes as a BATCH file at {shown}, and this target takes files of "
            f"this machine. Let the source write them to a local folder. Or: {_REMEDY}"
        )
    if not url.scheme:
        return Path(name)
    as_written = Path(name.removeprefix("file://").removeprefix("localhost"))
    return as_written if as_written.exists() else Path(unquote(url.path))


class BatchFile:
    """A file to read, unpacked if it is packed.

    Its first bytes say whether it is: taps of the SDK pack, whatever their message says.

    Args:
        path: where it is.

    Raises:
        InvalidInputLine: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = contextlib.ExitStack()
        try:
            file = self._stack.enter_context(path.open("rb"))
        except OSError as error:
            raise InvalidInputLine(
                f"the BATCH file {path} cannot be read: {error.strerror}. Source and target must "
                "run on the same machine, and the file must stay until the target has read it."
            ) from None
        is_packed = file.peek(len(_GZIP)).startswith(_GZIP)
        self._file = self._stack.enter_context(gzip.GzipFile(fileobj=file)) if is_packed else file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def read1(self, size: int) -> bytes:
        """The next bytes; empty at the end.

        Raises:
            InvalidInputLine: the file is packed, and damaged or not complete.
        """
        try:
            return self._file.read1(size)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise InvalidInputLine(
                f"the BATCH file {self.path} cannot be unpacked ({error}), so its source has not "
                "finished it. Run the source again."
            ) from None


class RecordLines:
    """Makes RECORD messages of the lines of BATCH files.

    Args:
        message: the BATCH message.
    """

    def __init__(self, message: Mapping[str, Any]) -> None:
        version = message.get("version")
        self._head = b'{"type":"RECORD","stream":' + _encode(message["stream"]) + b',"record":'
        self._tail = b"}" if version is None else b',"version":' + _encode(version) + b"}"

    def convert(self, lines: Sequence[bytes], number: int, path: Path) -> list[bytes]:
        """The lines of the messages; a blank line stays one.

        Args:
            lines: lines of a file.
            number: the number of the first one.
            path: the file.

        Raises:
            InvalidInputLine: a line is not one JSON object. What follows an object on its line
                would become a part of the message.
        """
        messages = []
        for index, line in enumerate(lines):
            if not line.strip():
                messages.append(b"")
            elif _is_object(line):
                messages.append(self._head + line + self._tail)
            else:
                raise InvalidInputLine(
                    f"Line {number + index:,} of {path}: it is not a JSON object."
                )
        return messages


def _is_object(line: bytes) -> bool:
    """Whether a line is one JSON object, with numbers and texts as common programs write them."""
    if nesting.is_too_deep(line):
        line, _ = nesting.replace_deep(line)
    try:
        _object.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            return isinstance(lenient_json.decode(line)[0], dict)
        except (ValueError, RecursionError):
            return False
    return True
