"""A file of rejected records that is loaded again: what is stored is taken out of it.

The file is replaced, never written in place: whenever the program is killed, the file is there and
has every record that is not known to be stored. What other programs append meanwhile stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.exceptions import InvalidInputLine

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from seatable_client.formatting import show_path, show_path_error
from target_seatable.messages import check_message
from target_seatable.results.rejected.entries import (
    MARKS,
    Entry,
    Marks,
    decode_message,
    encode,
    marks_of,
    object_of,
    unmended,
)
from target_seatable.results.rejected.rejected_file import (
    changes_lock,
    is_held,
    lock_of,
    new_schemas,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True)
class RetriedRecord:
    """A record that is to be loaded again.

    Attributes:
        number: of its line.
        stream: of its message.
        line: its RECORD message, which says where it comes from.
        marks: what has to be known of it.
    """

    number: int
    stream: str
    line: bytes
    marks: Marks


class _Line(msgspec.Struct):
    """What has to be known of a line of the file while its records are loaded."""

    stream: str
    is_record: bool
    needs: tuple[str, ...] = ()


class RetriedFile:
    """A file of rejected records.

    Args:
        path: the file.
        index: which of several files it is.

    Attributes:
        name: of the file, as the log shows it.
        tables: by stream, the tables that `load --table` named; None where the settings decide.

    Raises:
        ConfigError: the file does not exist, is not on this machine, or is being retried already.
        SeaTableError: a line is no rejected record; nothing is loaded.
    """

    def __init__(self, path: str, index: int) -> None:
        self.name = show_path(path)
        if "://" in path:
            raise ConfigError(
                f"The rejected records in {self.name} cannot be taken out of the file there. Copy "
                "it to this machine, retry the copy, and put what is left back."
            )
        self._path = Path(path).expanduser().resolve()
        self._index = index
        self.tables: dict[str, set[str | None]] = {}
        self._again: dict[int, Entry | None] = {}  # None for a line that stays as it is
        self._added: list[Entry] = []
        self._objects: Counter[bytes] = Counter()
        self._confirmed = 0
        if not self._path.is_file():
            raise ConfigError(
                f"There is no file {self.name!r} with rejected records. Name the file that "
                "rejected_records_path was when they were rejected; without rejected records there "
                "is no file."
            )
        self._running = lock_of(self._path, "retry", 0)
        self._lock()
        self._copy: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the retry)
        digest = hashlib.blake2b()
        try:
            with self._changing("Nothing was loaded."), self._path.open("rb") as file:
                self._lines = self._read(file, digest)
        except BaseException:
            self.close()
            raise
        self._digest = digest.digest()
        self._left = list(range(len(self._lines)))

    def _lock(self) -> None:
        """Keep other retries of the file away.

        Raises:
            ConfigError: another retry is going on.
            SeaTableError: the lock cannot be made.
        """
        try:
            self._running.acquire()
        except OSError as error:
            # A lock that could not even be made is held by nobody.
            if is_held(error, self._running):
                raise ConfigError(
                    f"Another retry of {self.name!r} is going on. Wait for it; what it cannot "
                    "store stays in the file."
                ) from None
            raise self._unwritable(error, "Nothing was loaded.") from None

    @contextlib.contextmanager
    def _changing(self, consequence: str) -> Iterator[None]:
        """Keep others from changing the file.

        Args:
            consequence: what it means that the file cannot be locked or replaced, a sentence.

        Raises:
            SeaTableError: the file cannot be locked or replaced.
        """
        lock = changes_lock(self._path)
        try:
            with lock:
                yield
        except OSError as error:
            raise self._unwritable(error, consequence) from None

    def _unwritable(self, error: OSError, consequence: str) -> SeaTableError:
        return SeaTableError(
            f"{self.name!r} cannot be locked or replaced, as what is stored is taken out of it: "
            f"{show_path_error(error, str(self._path))}. {consequence} Let this program write to "
            "its folder and to the hidden files beside it, or retry a copy of the file elsewhere.",
            kind=ErrorKind.SYSTEM,
        )

    def check_replaceable(self) -> None:
        """Replace the file by an equal one, so that none of it is loaded if it would stay in it.

        Raises:
            SeaTableError: the file cannot be replaced.
        """
        if self._lines:
            with self._changing("Nothing was loaded."):
                self._replace(self._left)

    def close(self) -> None:
        """Let others retry the file."""
        self._copy.close()
        self._running.release()

    def _read(self, file: IO[bytes], digest: Any) -> list[_Line | None]:
        """Copy the file, and check each line.

        Raises:
            SeaTableError: a line is no rejected record.
        """
        lines: list[_Line | None] = []
        known: set[str] = set()
        for number, line in enumerate(file, start=1):
            digest.update(line.rstrip(b"\r\n") + b"\n")
            self._copy.write(line)
            text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
            lines.append(self._check(text.strip(), number, known) if text.strip() else None)
        return lines

    def _check(self, text: bytes, number: int, known: set[str]) -> _Line:
        try:
            message = decode_message(text)
            if not isinstance(message, dict):
                raise self._unusable(number, "is not a message")
            if "type" not in message and {"stream", "record", "reason"} <= message.keys():
                raise self._unusable(
                    number,
                    "was written by an earlier version of target-seatable, without the schema of "
                    "its stream. Load it from the source again, and remove such lines",
                    remedy="",
                )
            check_message(message)
            marks = marks_of(text)
            is_record = message["type"] == "RECORD"
            if is_record and (known_object := object_of(message, marks)):
                self._objects[known_object] += 1
        except InvalidInputLine as error:
            raise self._unusable(number, f"cannot be used: {error}") from None
        except (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError) as error:
            raise self._unusable(number, f"is not JSON ({error})") from None
        stream = message["stream"] if message["type"] in {"SCHEMA", "RECORD"} else ""
        if not stream:
            raise self._unusable(number, f"is a {message['type']} message")
        needs = (stream, *filter(None, [marks.part_of])) if is_record else ()
        if is_record:
            self.tables.setdefault(marks.part_of or stream, set()).add(marks.table)
        if missing := [name for name in needs if name not in known]:
            raise self._unusable(number, f"has no SCHEMA of stream {missing[0]!r} before it")
        known.add(stream)
        return _Line(stream, is_record, needs)

    def _unusable(
        self,
        number: int,
        reason: str,
        remedy: str = "It is not a file of rejected records, or the line was damaged: correct or "
        "remove it",
    ) -> SeaTableError:
        rest = f". {remedy}" if remedy else ""
        return SeaTableError(
            f"Line {number:,} of {self.name!r} {reason}{rest}. Nothing was loaded.",
            kind=ErrorKind.DATA,
        )

    # Loading

    def __len__(self) -> int:
        """How many lines the file has, or had when it was opened."""
        return len(self._lines)

    @property
    def count(self) -> int:
        """How many records the file has, or had when it was opened."""
        return sum(line is not None and line.is_record for line in self._lines)

    def messages(self) -> Iterator[bytes | RetriedRecord]:
        """The SCHEMA messages that records need, and the records, in their order."""
        needed = self._needed(range(len(self._lines)), set())
        self._copy.seek(0)
        for number, (line, known) in enumerate(zip(self._copy, self._lines, strict=True)):
            text = line.removeprefix(_BYTE_ORDER_MARK).strip() if number == 0 else line.strip()
            if known is None or not (known.is_record or number in needed):
                continue
            if known.is_record:
                marks = marks_of(text)
                placed = msgspec.structs.replace(marks, file=self._index, line=number)
                fields: Mapping[str, Any] = {**_fields.decode(text), MARKS: placed}
                yield RetriedRecord(number, known.stream, encode(fields), marks)
            elif not marks_of(text).part_of:  # the target makes that of the array's stream
                yield text

    def unmended(self, record: RetriedRecord) -> list[str]:
        """The properties that still hold a text in place of a value that could not be stored."""
        if not record.marks.replaced:
            return []
        return list(unmended(_fields.decode(record.line)["record"], record.marks))

    def write(self, entries: Sequence[Entry]) -> None:
        """Keep records that were rejected again, with their new reasons.

        A record that several routes have rejected has one entry for each: the first stays in its
        line, and the others are added.
        """
        for entry in entries:
            earlier = self._again.get(entry.place[1]) if entry.place else None
            same_route = not earlier or marks_of(earlier.line).sink == marks_of(entry.line).sink
            if entry.place and same_route:
                self._again[entry.place[1]] = entry
            else:
                self._added.append(entry)

    def holds(self, entry: Entry) -> bool:
        """Whether a line has the object of an entry; each line counts for one entry."""
        found = object_of(decode_message(entry.line), marks_of(entry.line))
        if found is None or not self._objects[found]:
            return False
        self._objects[found] -= 1
        return True

    def keep(self, number: int) -> None:
        """Keep the record of a line as it is, because it is neither stored nor rejected."""
        self._again.setdefault(number, None)

    def confirm(self, count: int) -> None:
        """Remove from the file what is stored of its first lines.

        Args:
            count: of how many lines it is known whether their records are stored or rejected.

        Raises:
            SeaTableError: the file was changed meanwhile, so that it stays as it is.
        """
        self._confirmed = max(self._confirmed, count)
        left = [
            number
            for number in self._left
            if (line := self._lines[number]) is not None
            and (not line.is_record or number >= self._confirmed or number in self._again)
        ]
        kept = self._needed(left, {number for number in left if self._is_record(number)})
        left = [number for number in left if number in kept]
        with self._changing(
            "Records that are stored are still in it; remove those of streams without a key before "
            "the next retry, or they are stored twice."
        ):
            self._replace(left)

    def _is_record(self, number: int) -> bool:
        line = self._lines[number]
        return line is not None and line.is_record

    def _needed(self, numbers: Sequence[int], chosen: set[int]) -> set[int]:
        """These lines, and those of the SCHEMA messages before them that their records need."""
        schemas: dict[str, int] = {}
        for number in numbers:
            line = self._lines[number]
            if line is None:
                continue
            if not line.is_record:
                schemas[line.stream] = number
            else:
                chosen.update(schemas[name] for name in line.needs)
        return chosen

    def _replace(self, left: Sequence[int]) -> None:
        """Replace the file by one that has only these of its lines."""
        folder, mode = self._path.parent, self._path.stat().st_mode
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{self._path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as new, self._path.open("rb") as old:
                digest = self._write_left(old, new, set(left))
                self._write_added(new)
                while block := old.read(1 << 20):  # what others have appended
                    new.write(block)
                is_empty = not new.tell()
                new.flush()
                os.fsync(new.fileno())
            temporary.chmod(mode & 0o7777)
            if is_empty:
                self._path.unlink()
            else:
                temporary.replace(self._path)
        finally:
            temporary.unlink(missing_ok=True)
        self._left, self._digest = list(left), digest
        self._added.clear()

    def _write_left(self, old: IO[bytes], new: IO[bytes], wanted: Collection[int]) -> bytes:
        """Write the lines that are left; returns their digest.

        Raises:
            SeaTableError: the file was changed meanwhile.
        """
        digest, before = hashlib.blake2b(), hashlib.blake2b()
        for number in self._left:
            line = old.readline().rstrip(b"\r\n") + b"\n"
            before.update(line)
            if number in wanted:
                again = self._again.get(number)
                text = again.line + b"\n" if again else line
                digest.update(text)
                new.write(text)
        if before.digest() != self._digest:
            raise self._changed()
        return digest.digest()

    def _write_added(self, new: IO[bytes]) -> None:
        """Write the entries that come from no line of the file, such as links not found again."""
        known: dict[str, bytes] = {}
        for entry in self._added:
            for text in (*new_schemas(entry, known), entry.line):
                new.write(text + b"\n")

    def _changed(self) -> SeaTableError:
        return SeaTableError(
            f"{self.name!r} was changed while its records were loaded, so nothing was taken out of "
            "it. Records that are stored are still in it. Retry it once more, without changing it "
            "meanwhile; records of streams without a key are then stored twice, so remove those "
            "first.",
            kind=ErrorKind.DATA,
        )
