"""Airflow on this machine: Redis, PostgreSQL, scheduler, and Celery workers as processes."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from demo.meltano import PROGRAM, ROOT
from tools.fleet.processes import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from typing_extensions import Self

    from demo.postgres import Database

DAG = "bases_to_warehouse"
HEARTBEAT_SECONDS = 60
"""After how long without a heartbeat a run of a dead worker is started again on another one."""
RETRY_SECONDS = "30"
"""Before the first retry. Airflow doubles it each time, and adds up to as much again."""
MAX_RETRY_SECONDS = "150"
"""Before any retry. Four retries reach beyond the five minutes for which Meltano takes a dead run
for alive, and the broken base has failed for good after eight."""

_AIRFLOW = ROOT / ".venv-airflow" / "bin" / "airflow"
_FOREIGN = ("MELTANO_", "TAP_", "TARGET_", "SINGER_SDK_", "FLEET_", "AIRFLOW_")
_START_SECONDS = 300.0
_ROUND_SECONDS = 2_400.0


@dataclass(frozen=True)
class Attempt:
    """One try of a run of a base, or of a group.

    Attributes:
        index: of the base among the runs.
        base: the name of the base, or of the group.
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


class Cluster:
    """Airflow with Celery; workers are started and stopped by their names.

    Args:
        folder: for homes and logs.
        database: Airflow's own.
        plugins: those of Meltano.
        bases: the names of the bases, in the order of their listing.
    """

    def __init__(self, folder: Path, database: Database, plugins: Path, bases: list[str]) -> None:
        self._folder = folder
        self._bases = bases
        self._database = database
        self._redis_port, self._api_port = _free_port(), _free_port()
        self._services: dict[str, Service] = {}
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
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "AIRFLOW__API_AUTH__JWT_SECRET": secret,
            "AIRFLOW__API__SECRET_KEY": secret,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
            "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{self._redis_port}/0",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{url}",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT_SECONDS),
            # The files do not change. Each look at them costs seconds of the two cores.
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
            "AIRFLOW__API__WORKERS": "1",
            "FLEET_SCHEDULE": "",
            "FLEET_RETRY_SECONDS": RETRY_SECONDS,
            "FLEET_MAX_RETRY_SECONDS": MAX_RETRY_SECONDS,
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
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop all services."""
        for service in self._services.values():
            service.begin_to_stop()
        for service in self._services.values():
            service.stop()

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
    ) -> Iterator[Callable[[str], Service]]:
        """Run Celery workers; what is given starts a worker again.

        Args:
            names: of the workers.
            concurrency: runs at once in each.
            settings: their environment variables.
        """
        started: list[Service] = []

        def start(name: str) -> Service:
            folder = self._folder / name
            command = [str(_AIRFLOW), "celery", "worker", "--skip-serve-logs"]
            command += ["--concurrency", str(concurrency), "--celery-hostname", f"{name}@fleet"]
            own = {"FLEET_WORKER": name, "TMPDIR": str(folder)}
            variables = {**self._environment, **settings, **own}
            worker = Service(command, variables, folder, self._folder / f"{name}.log")
            started.append(worker)
            return worker

        try:
            for name in names:
                start(name)
            yield start
        finally:
            for worker in started:
                worker.begin_to_stop()
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

    def attempts(self, run: str, *, is_packed: bool = False) -> list[Attempt]:
        """All tries of all bases in a run of the DAG, oldest first.

        Args:
            run: id of the run.
            is_packed: whether it runs groups of bases, and not each base alone.
        """
        columns = "map_index, rendered_map_index, try_number, state, hostname, start_date, end_date"
        where = "dag_id = %s AND run_id = %s AND task_id = 'bring' AND map_index >= 0"
        # A try that waits for the next one is in both tables, and counts once.
        query = (
            f"SELECT {columns} FROM task_instance_history WHERE {where} "  # noqa: S608
            f"UNION ALL SELECT {columns} FROM task_instance "
            f"WHERE {where} AND start_date IS NOT NULL"
        )
        with psycopg.connect(self._database.url) as connection:
            rows = connection.execute(query.encode(), [DAG, run] * 2).fetchall()
        found = {}
        for index, shown, number, state, worker, start, end in rows:
            base = str(shown) if is_packed else self._bases[index]
            # Airflow forgets the name of a try that has failed, and shows the index.
            if shown not in {base, str(index), None}:
                raise SystemExit(f"Run {index} is of {shown}, but the bases begin with {base}.")
            found[index, number] = Attempt(
                index, base, number, str(state), str(worker),
                start and start.timestamp(), end and end.timestamp(),
            )  # fmt: skip
        return [found[key] for key in sorted(found)]

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
        self._services[name] = Service(
            command, self._environment, self._folder / name, self._folder / f"{name}.log"
        )

    def _wait_for(self, event: str, is_there: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not is_there():
            for name, service in self._services.items():
                if service.has_ended:
                    log = (self._folder / f"{name}.log").read_text("utf-8", "replace")
                    raise SystemExit(f"{name} has ended:\n{log[-3000:]}")
            if time.monotonic() > until:
                raise SystemExit(f"{event} did not come within {seconds:g} seconds.")
            time.sleep(1)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
