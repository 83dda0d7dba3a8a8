"""Runs contenders as processes, one at a time, and measures their costs."""

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

from benchmarks import dataset
from benchmarks.registry import TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.registry import Contender

_TIMEOUT = 60


class Run(msgspec.Struct, frozen=True):
    """The cost of one run of a contender.

    Attributes:
        contender: The name of the contender.
        rows: The number of rows.
        delay: Seconds that the server added to each call.
        cpu: CPU time in seconds, user and system.
        wall: Seconds from start to end.
        peak: Peak memory in bytes.
        calls: The number of calls.
        network: The sum of the seconds that its calls took.
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
    """A contender ended with an error; the message has the end of its log."""


@dataclass(frozen=True)
class RunningServer:
    """A replay server that is running.

    Attributes:
        rows: As in `Run`.
        delay: As in `Run`.
        folder: The folder of the dataset.
        url: The URL of the server.
    """

    rows: int
    delay: float
    folder: Path
    url: str

    def measure(self, contender: Contender) -> Run:
        """Run a contender.

        Raises:
            ContenderFailed: It ended with an error.
        """
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            command = contender.command(self.url, Path(folder))
            messages = self.folder / "messages" if contender.side == TARGET else Path(os.devnull)
            stdin = stack.enter_context(messages.open("rb"))
            null = stack.enter_context(Path(os.devnull).open("wb"))
            log = stack.enter_context(tempfile.TemporaryFile())
            self._read_calls()
            start = time.perf_counter()
            process = subprocess.Popen(command, stdin=stdin, stdout=null, stderr=log)
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                log.seek(0)
                text = log.read()[-2000:].decode(errors="replace")
                raise ContenderFailed(
                    f"{contender.name} ended with exit code {process.returncode}: {text}"
                )
            calls, network = self._read_calls()
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

    def _read_calls(self) -> tuple[int, float]:
        found = requests.get(f"{self.url}/calls", timeout=_TIMEOUT).json()
        return found["calls"], found["seconds"]


@contextlib.contextmanager
def serve(rows: int, delay: float, cache: Path) -> Iterator[RunningServer]:
    """Run a replay server; its dataset is written first, unless it is in the cache."""
    folder = cache / f"{_version()}-{rows}"
    if not (folder / "index").exists():
        _start("benchmarks.dataset", str(rows), str(folder)).wait()
    server = _start("benchmarks.replay_server", str(folder), str(delay), stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None  # noqa: S101  (it is a pipe)
        yield RunningServer(rows, delay, folder, server.stdout.readline().decode().strip())
    finally:
        server.terminate()
        server.wait()


def _start(module: str, *arguments: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=stdout)


def _version() -> str:
    """A digest of the code that writes the dataset."""
    return blake2b(Path(dataset.__file__).read_bytes(), digest_size=4).hexdigest()
