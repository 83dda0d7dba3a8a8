"""Running contenders, one at a time, each in a process of its own, and seeing what it cost."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import requests

from benchmarks import material
from benchmarks.lineup import TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.lineup import Contender

_TIMEOUT = 60


class Run(msgspec.Struct, frozen=True):
    """What one run of one contender cost.

    Attributes:
        contender: its name.
        rows: how many there were.
        delay: seconds that the server added to each call.
        cpu: seconds of the processor, user and system.
        wall: seconds from start to end.
        peak: bytes of memory at most.
        calls: how many it sent.
        network: seconds that its calls take alone, one after the other.
    """

    contender: str
    rows: int
    delay: float
    cpu: float
    wall: float
    peak: int
    calls: int
    network: float


class ContenderFailed(Exception):
    """A contender did not do its work; the message is the end of what it said."""


@dataclass(frozen=True)
class Course:
    """A server with some rows and some delay.

    Attributes:
        rows, delay: as in `Run`.
        folder: what was written beforehand.
        url: where the server is.
    """

    rows: int
    delay: float
    folder: Path
    url: str

    def measure(self, contender: Contender) -> Run:
        """Run a contender.

        Raises:
            ContenderFailed: it did not succeed.
        """
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            command = contender.command(self.url, Path(folder))
            given = self.folder / "messages" if contender.side == TARGET else Path(os.devnull)
            stdin = stack.enter_context(given.open("rb"))
            nothing = stack.enter_context(Path(os.devnull).open("wb"))
            said = stack.enter_context(tempfile.TemporaryFile())
            self._calls()
            began = time.perf_counter()
            process = subprocess.Popen(command, stdin=stdin, stdout=nothing, stderr=said)
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                words = said.read()[-2000:].decode(errors="replace")
                raise ContenderFailed(f"{contender.name} ended with {process.returncode}: {words}")
            calls, network = self._calls()
        return Run(
            contender=contender.name,
            rows=self.rows,
            delay=self.delay,
            cpu=used.ru_utime + used.ru_stime,
            wall=wall,
            peak=used.ru_maxrss * 1024,
            calls=calls,
            network=network,
        )

    def _calls(self) -> tuple[int, float]:
        found = requests.get(f"{self.url}/calls", timeout=_TIMEOUT).json()
        return found["calls"], found["seconds"]


@contextlib.contextmanager
def course(rows: int, delay: float, cache: Path) -> Iterator[Course]:
    """A server over rows that are written first, if they are not yet."""
    folder = cache / f"{_version()}-{rows}"
    if not (folder / "index").exists():
        _python("benchmarks.material", str(rows), str(folder)).wait()
    server = _python("benchmarks.replay", str(folder), str(delay), stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None  # noqa: S101  (it is a pipe)
        yield Course(rows, delay, folder, server.stdout.readline().decode().strip())
    finally:
        server.terminate()
        server.wait()


def _python(module: str, *arguments: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=stdout)


def _version() -> str:
    """Changes whenever what is written does."""
    return blake2b(Path(material.__file__).read_bytes(), digest_size=4).hexdigest()
