"""Processes that end with whoever started them, and all that these started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STOP_SECONDS = 60.0
_KILLS = 20
"""How often to look for processes that a killed one has started meanwhile."""


class Service:
    """A process group of its own, with a log and a home that no other one has.

    Args:
        command: the program and its arguments.
        environment: its variables; the home is added to them as AIRFLOW_HOME.
        home: a folder for it alone.
        log: the file that its output is appended to.
    """

    def __init__(
        self, command: list[str], environment: Mapping[str, str], home: Path, log: Path
    ) -> None:
        self._mark = f"AIRFLOW_HOME={home}"
        self._started: list[tuple[int, str]] = []
        home.mkdir(exist_ok=True)
        # Where this program is killed and cannot stop it, the kernel tells it so.
        setpriv = shutil.which("setpriv")
        tied = [setpriv, "--pdeathsig", "TERM"] if setpriv else []
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*tied, *command],
                cwd=home,
                env={**environment, "AIRFLOW_HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    def begin_to_stop(self) -> None:
        """Ask it to end by itself."""
        self._started += _descendants(self._process.pid)  # Later they may have another parent.
        self._process.terminate()

    def stop(self) -> None:
        """Let it end by itself; kill what it leaves."""
        self.begin_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill it and all that it started, as when a machine dies."""
        started = [*self._started, *_descendants(self._process.pid)]
        self._process.kill()
        for _ in range(_KILLS):
            _kill_each(started)
            # What has left the tree still has the variable, or is below one that has it.
            started = [
                found
                for marked in _marked(self._mark)
                for found in [marked, *_descendants(marked[0])]
            ]
            if not started:
                break
            time.sleep(0.05)
        self._process.wait()


def busy_seconds() -> float:
    """For how long the machine's cores have worked since it started, all of them together."""
    user, nice, system, _idle, _waiting, *others = map(
        int, Path("/proc/stat").read_text("utf-8").splitlines()[0].split()[1:8]
    )
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def end_by_signals() -> Iterator[None]:
    """Let signals end the program as an error does, so that it stops its services.

    A second signal, as of an impatient Ctrl-C, does not end the cleaning up.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(number: int, _: object) -> None:
        for signum in signals:
            signal.signal(signum, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {signum: signal.signal(signum, end) for signum in signals}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _descendants(pid: int) -> list[tuple[int, str]]:
    """The processes that a process started, and those that they started, with their begin."""
    children: dict[int, list[tuple[int, str]]] = {}
    for child in _all():
        if (fields := _stat(child)) is not None:
            children.setdefault(int(fields[1]), []).append((child, fields[19]))
    found = [*children.get(pid, [])]
    for child, _ in found:
        found += children.get(child, [])
    return found


def _marked(mark: str) -> list[tuple[int, str]]:
    """The processes with a variable in the environment that they were started with."""
    wanted, found = mark.encode(), []
    for pid in _all():
        with contextlib.suppress(OSError):
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if wanted in variables and (fields := _stat(pid)) is not None and fields[0] != "Z":
                found.append((pid, fields[19]))
    return found


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def _kill_each(processes: list[tuple[int, str]]) -> None:
    """Kill processes, but none that has got the id of one since."""
    for pid, begun in processes:
        if (fields := _stat(pid)) is not None and fields[19] == begun:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str] | None:
    """The fields of a process after its name: state, parent, and as the 20th its begin."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
