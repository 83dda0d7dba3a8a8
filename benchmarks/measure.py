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

from benchmarks import material
from benchmarks.contenders.registry import ROOT, TARGET, Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.contenders.registry import Contender

_TIMEOUT = 60


class Run(msgspec.Struct, frozen=True):
    """The cost of one run of a contender.

    Attributes:
        scenario: The name of the scenario.
        contender: The name of the contender.
        rows: The number of rows, of all tables together.
        delay: Seconds that the server added to each call.
        cpu: CPU time in seconds, user and system.
        wall: Seconds from start to end.
        peak: Peak memory in bytes.
        calls: The number of calls.
        network: The sum of the seconds that its calls took.
    """

    scenario: str
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
class Scenario:
    """What contenders read or load.

    Attributes:
        name: Its name in results.
        form: The form of the tables.
        tables: The number of tables of a base, or of streams.
        bases: The number of bases.
    """

    name: str
    form: material.Form
    tables: int = 1
    bases: int = 1


@dataclass(frozen=True)
class RunningServer:
    """A replay server that is running.

    Attributes:
        scenario: What it serves.
        rows: As in `Run`.
        delay: As in `Run`.
        folder: The folder of the dataset.
        url: The URL of the server.
    """

    scenario: Scenario
    rows: int
    delay: float
    folder: Path
    url: str

    def measure(self, contender: Contender) -> Run:
        """Run a contender.

        Raises:
            ContenderFailed: It ended with an error.
        """
        scenario = self.scenario
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
            job = Job(self.url, Path(name), scenario.form, scenario.tables, scenario.bases)
            command = contender.command(job)
            stdin = stack.enter_context(self._messages(contender).open("rb"))
            null = stack.enter_context(Path(os.devnull).open("wb"))
            log = stack.enter_context(tempfile.TemporaryFile())
            self._read_calls()
            # Python finds packages in the folder where it starts, before those of its environment.
            cwd = name if contender.is_elsewhere else ROOT
            start = time.perf_counter()
            process = subprocess.Popen(command, stdin=stdin, stdout=null, stderr=log, cwd=cwd)
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
            scenario=scenario.name,
            contender=contender.name,
            rows=self.rows,
            delay=self.delay,
            cpu=used.ru_utime + used.ru_stime,
            wall=wall,
            peak=used.ru_maxrss * 1024,
            calls=calls,
            network=network,
        )

    def _messages(self, contender: Contender) -> Path:
        if contender.side != TARGET:
            return Path(os.devnull)
        if self.scenario.tables == 1:
            return self.folder / "messages"
        return material.write_streams(self.scenario.form, self.folder, self.scenario.tables)

    def _read_calls(self) -> tuple[int, float]:
        found = requests.get(f"{self.url}/calls", timeout=_TIMEOUT).json()
        return found["calls"], found["seconds"]


@contextlib.contextmanager
def serve(scenario: Scenario, rows: int, delay: float, cache: Path) -> Iterator[RunningServer]:
    """Run a replay server; its dataset is written first, unless it is in the cache.

    Args:
        scenario: What it serves.
        rows: The rows of all tables together; each has its share of them.
        delay: Seconds that it adds to each call.
        cache: The folder of datasets.
    """
    share = rows // (scenario.tables * scenario.bases)
    folder = write_dataset(scenario.form, share, cache)
    with start_server([folder], delay, scenario.tables) as url:
        yield RunningServer(scenario, rows, delay, folder, url)


def write_dataset(form: material.Form, rows: int, cache: Path) -> Path:
    """Write the dataset of a form into the cache, unless it is there; returns its folder."""
    folder = (cache / f"{_version()}-{form.name.replace(' ', '-')}-{rows}").absolute()
    if not (folder / "index").exists():
        command = [sys.executable, "-m", "benchmarks.material", form.name, str(rows), str(folder)]
        subprocess.run(command, check=True, cwd=ROOT)
    return folder


@contextlib.contextmanager
def start_server(folders: list[Path], delay: float, copies: int = 1) -> Iterator[str]:
    """Run a replay server of these datasets; gives its URL."""
    arguments = [str(delay), str(copies), *map(str, folders)]
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", *arguments], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert server.stdout is not None  # noqa: S101  (it is a pipe)
    try:
        yield server.stdout.readline().decode().strip()
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def _version() -> str:
    """A digest of the code that writes datasets."""
    code = sorted(Path(material.__file__).parent.glob("*.py"))
    return blake2b(b"".join(file.read_bytes() for file in code), digest_size=4).hexdigest()
