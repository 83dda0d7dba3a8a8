"""Airflow on this machine: Redis, PostgreSQL, scheduler, and Celery workers as processes."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from demo.meltano import PROGRAM, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from typing_extensions import Self

    from demo.postgres import Database

DAG = "bases_to_warehouse"
HEARTBEAT_SECONDS = 60
"""After how long without a heartbeat a run of a dead worker is started again on another one."""
RETRY_SECONDS = "30"
"""Before the first retry, doubled each time: four retries reach beyond the five minutes for which
Meltano takes a dead run for alive."""

_AIRFLOW = ROOT / ".venv-airflow" / "bin" / "airflow"
_FOREIGN = ("MELTANO_", "TAP_", "TARGET_", "SINGER_SDK_", "FLEET_", "AIRFLOW_")
_START_SECONDS = 300.0
_ROUND_SECONDS = 3_600.0
_STOP_SECONDS = 60.0


@dataclass(frozen=True)
class Attempt:
    """One try of a run of a base.

    Attributes:
        index: of the base among the runs.
        base: the base's name, once Airflow has one.
        number: of the try, from 1 on.
        state: of the task.
        worker: where it ran.
        started, ended: in seconds since 1970.
    """

    index: int
    base: str
    number: int
    state: str
    worker: str
    started: float | None
    ended: float | None


class Worker:
    """A Celery worker: a process group with folders of its own."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self._process = process

    def stop(self) -> None:
        """Let it end by itself; kill what it leaves."""
        # Once it has ended, what it started has another parent.
        started = _descendants(self._process.pid)
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        self.kill()
        _kill(started)

    def kill(self) -> None:
        """Kill it and all that it started, as when a machine dies."""
        started = _descendants(self._process.pid)
        self._process.kill()
        _kill(started)
        self._process.wait()


@contextlib.contextmanager
def end_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the program as an error does, so that it stops its services."""
    signals = (signal.SIGTERM, signal.SIGHUP)

    def end(number: int, _: object) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)  # A second one must not end the cleaning up.
        raise SystemExit(128 + number)

    before = {each: signal.signal(each, end) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Cluster:
    """Airflow with Celery; workers are started and stopped by their names."""

    def __init__(self, folder: Path, database: Database, plugins: Path) -> None:
        self._folder = folder
        self._database = database
        self._redis_port, self._api_port = _free_port(), _free_port()
        self._stack = contextlib.ExitStack()
        secret = secrets.token_urlsafe(48)
        url = database.sqlalchemy_url("psycopg2")
        inherited = {name: os.environ[name] for name in os.environ if not name.startswith(_FOREIGN)}
        self._environment = {
            **inherited,
            # A module that names the worker, instead of the machine, which all share here.
            "PYTHONPATH": str(Path(__file__).with_name("worker_name")),
            "NO_COLOR": "1",
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "examples" / "airflow" / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "fleet_worker_name.name",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "true",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._api}/execution/",
            "AIRFLOW__API_AUTH__JWT_SECRET": secret,
            "AIRFLOW__API__SECRET_KEY": secret,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
            "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{self._redis_port}/0",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{url}",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT_SECONDS),
            "FLEET_SCHEDULE": "",
            "FLEET_RETRY_SECONDS": RETRY_SECONDS,
            "FLEET_MAX_ROWS": "0",
            "FLEET_PROJECT": str(ROOT),
            "FLEET_PLUGINS": str(plugins),
            "FLEET_MELTANO": str(PROGRAM),
            "FLEET_TAP": str(ROOT / ".venv" / "bin" / "tap-seatable"),
        }
        self.versions: dict[str, str] = {}

    @property
    def _api(self) -> str:
        return f"http://127.0.0.1:{self._api_port}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        redis = shutil.which("redis-server")
        if redis is None:
            raise SystemExit("redis-server is missing. Run `make fleet`, which installs it.")
        self._spawn("redis", [redis, "--port", str(self._redis_port), "--bind", "127.0.0.1",
                              "--save", "", "--dir", str(self._folder)])  # fmt: skip
        self._airflow("db", "migrate")
        self._airflow("pools", "set", "seatable", "64", "Runs at once")
        for name in ("scheduler", "dag-processor"):
            self._spawn(name, [str(_AIRFLOW), name])
        self._spawn("api-server", [str(_AIRFLOW), "api-server", "--port", str(self._api_port)])
        self._wait_for("the DAG", self._has_dag, _START_SECONDS)
        redis_version = subprocess.check_output([redis, "--version"], text=True)
        self.versions = {
            "Airflow": self._airflow("version").split()[-1],
            "Redis": redis_version.split("v=")[1].split()[0],
        }
        with psycopg.connect(self._database.url) as connection:
            version = connection.info.server_version
        self.versions["PostgreSQL"] = f"{version // 10_000}.{version % 10_000}"

    def _has_dag(self) -> bool:
        try:
            return self._request("PATCH", f"/api/v2/dags/{DAG}", {"is_paused": False}) is not None
        except OSError:
            return False

    @contextlib.contextmanager
    def workers(
        self, names: list[str], *, concurrency: int, **settings: str
    ) -> Iterator[Callable[[str], Worker]]:
        """Run workers; what is given starts a worker again.

        Args:
            names: of the workers.
            concurrency: runs at once in each.
            settings: their environment variables.
        """
        started: list[Worker] = []

        def start(name: str) -> Worker:
            folder = self._folder / name
            folder.mkdir(exist_ok=True)
            command = [str(_AIRFLOW), "celery", "worker", "--skip-serve-logs"]
            command += ["--concurrency", str(concurrency), "--celery-hostname", f"{name}@fleet"]
            own = {"FLEET_WORKER": name, "TMPDIR": str(folder), "AIRFLOW_HOME": str(folder)}
            worker = Worker(name, self._popen(name, command, {**settings, **own}, folder))
            started.append(worker)
            return worker

        try:
            for name in names:
                start(name)
            yield start
        finally:
            for worker in started:
                worker.stop()

    def trigger(self) -> str:
        """Begin a run of the DAG; returns its id."""
        run = self._request("POST", f"/api/v2/dags/{DAG}/dagRuns", {"logical_date": None})
        return str(run["dag_run_id"])

    def wait(self, run: str, watch: Callable[[], None] | None = None) -> str:
        """Wait until a run of the DAG has ended; returns its state."""

        def ended() -> bool:
            if watch is not None:
                watch()
            return self._state(run) in {"success", "failed"}

        self._wait_for(run, ended, _ROUND_SECONDS)
        return self._state(run)

    def attempts(self, run: str) -> list[Attempt]:
        """All tries of all bases in a run of the DAG, oldest first."""
        columns = "map_index, rendered_map_index, try_number, state, hostname, start_date, end_date"
        where = "dag_id = %s AND run_id = %s AND task_id = 'bring' AND map_index >= 0"
        query = (
            f"SELECT {columns} FROM task_instance WHERE {where} AND start_date IS NOT NULL "  # noqa: S608
            f"UNION SELECT {columns} FROM task_instance_history WHERE {where} ORDER BY 1, 3"
        )
        with psycopg.connect(self._database.url) as connection:
            rows = connection.execute(query.encode(), [DAG, run] * 2).fetchall()
        # A try that was killed early has no name; another one of the same base has.
        names = {row[0]: row[1] for row in rows if row[1]}
        return [
            Attempt(index, names.get(index, ""), number, str(state), str(worker),
                    start and start.timestamp(), end and end.timestamp())
            for index, _, number, state, worker, start, end in rows
        ]  # fmt: skip

    def _state(self, run: str) -> str:
        with psycopg.connect(self._database.url) as connection:
            [(state,)] = connection.execute(
                "SELECT state FROM dag_run WHERE dag_id = %s AND run_id = %s", [DAG, run]
            ).fetchall()
        return str(state)

    def _airflow(self, *arguments: str) -> str:
        result = subprocess.run(
            [str(_AIRFLOW), *arguments],
            env={**self._environment, "AIRFLOW_HOME": str(self._folder / "airflow")},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode:
            raise SystemExit(f"airflow {' '.join(arguments)} failed:\n{result.stderr[-3000:]}")
        return result.stdout

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        token = self._token()
        request = urllib.request.Request(  # noqa: S310 - this machine's own server
            self._api + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            return json.load(response)

    def _token(self) -> str:
        url = f"{self._api}/auth/token"
        with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310
            return str(json.load(response)["access_token"])

    def _spawn(self, name: str, command: list[str]) -> None:
        own = {"AIRFLOW_HOME": str(self._folder / "airflow")}
        worker = Worker(name, self._popen(name, command, own, self._folder))
        self._stack.callback(worker.stop)

    def _popen(
        self, name: str, command: list[str], settings: Mapping[str, str], folder: Path
    ) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=folder, env={**self._environment, **settings},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    @staticmethod
    def _wait_for(what: str, is_there: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not is_there():
            if time.monotonic() > until:
                raise SystemExit(f"{what} did not come within {seconds:g} seconds.")
            time.sleep(1)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _descendants(pid: int) -> list[tuple[int, str]]:
    """The processes that a process started, and those that they started, with their begin."""
    children: dict[int, list[tuple[int, str]]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        child = int(entry.name)
        if (fields := _stat(child)) is not None:
            children.setdefault(int(fields[1]), []).append((child, fields[19]))
    found = [*children.get(pid, [])]
    for each, _ in found:
        found += children.get(each, [])
    return found


def _kill(processes: list[tuple[int, str]]) -> None:
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
