"""The loaders that are run with tap-seatable: where they are installed, and their settings."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.loaders import destinations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tools.loaders.destinations import Place, Tables

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / ".cache" / "meltano" / "loaders"
ENVIRONMENTS = ROOT / ".cache" / "loaders"
PINS = ROOT / "requirements" / "loaders"

_ERROR = re.compile(r"[\w.]*(?:Error|Exception)\b.*")


class LoaderFailed(Exception):
    """A loader ended with an error: the sentence that names it."""


@dataclass(frozen=True)
class Program:
    """A loader.

    Attributes:
        name: of its environment, and of its pins in requirements/loaders.
        package: its distribution.
        command: its command.
        read: reads back what it stored.
        settings: by itself what it needs to run, and what a user should set.
        place: the settings that say where to store.
        tap: settings of the tap that it needs.
        hard_delete: settings with which it removes deleted rows, if it has such.
        beside: packages whose version matters.
        replaces: whether a run replaces what the last one stored, so that each needs all rows.
        is_plugin: whether meltano.yml installs it, so that every test run has it.
        is_from_git: whether it is not on PyPI.
        needs_mysql: whether it stores in MariaDB.
        seconds: how long a run may take.
    """

    name: str
    package: str
    command: str
    read: Callable[[Place], Tables]
    place: Callable[[Place], Mapping[str, Any]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    tap: Mapping[str, Any] = field(default_factory=dict)
    hard_delete: Mapping[str, Any] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    replaces: bool = False
    is_plugin: bool = False
    is_from_git: bool = False
    needs_mysql: bool = False
    seconds: float = 300

    @property
    def environment(self) -> Path:
        """The folder of its environment."""
        return PLUGINS / self.name / "venv" if self.is_plugin else ENVIRONMENTS / self.name

    @property
    def versions(self) -> dict[str, str]:
        """The installed version of the loader, and of packages that matter beside it."""
        names = (self.package, *self.beside)
        code = f"from importlib.metadata import version\nfor name in {names}: print(version(name))"
        found = self.python(code).split()
        return dict(zip(names, found, strict=True))

    @property
    def requirement(self) -> str:
        """What to install, as pip takes it."""
        if self.is_plugin:
            return f"{self.package}=={self.versions[self.package]}"
        lines = (PINS / f"{self.name}.in").read_text("utf-8").splitlines()
        if self.is_from_git:
            lines.insert(0, (PINS / f"{self.name}.git").read_text("utf-8").split()[-1])
        return " ".join(line for line in lines if not line.startswith("#"))

    def python(self, code: str, *arguments: str) -> str:
        """What the loader's own Python prints.

        Raises:
            LoaderFailed: it failed.
        """
        program = [str(self.environment / "bin" / "python"), "-c", code, *arguments]
        return _run(program, "", Path.cwd(), self.seconds)

    def load(self, lines: str, place: Place, settings: Mapping[str, Any]) -> None:
        """Load messages.

        Args:
            lines: the messages.
            place: where to store.
            settings: besides those of the loader itself.

        Raises:
            LoaderFailed: it ended with an error.
        """
        config = place.folder / "config.json"
        config.write_bytes(destinations.encode(
            {**self.settings, **self.place(place), **settings}
        ))  # fmt: skip
        program = [str(self.environment / "bin" / self.command), "--config", str(config)]
        _run(program, lines, place.folder, self.seconds)


def _run(program: list[str], given: str, folder: Path, seconds: float) -> str:
    try:
        result = subprocess.run(
            program,
            input=given,
            cwd=folder,
            env={**os.environ, "TZ": "UTC", "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise LoaderFailed(f"it has not ended after {seconds:g} seconds") from error
    if result.returncode:
        reason = re.sub(r"seatable_[0-9a-f]{12}", "warehouse", _reason(result.stderr))
        raise LoaderFailed(reason or f"exit code {result.returncode}")
    return result.stdout


def _reason(log: str) -> str:
    """The last error that a log names, in one line."""
    found = [match.group() for match in map(_ERROR.search, log.splitlines()) if match]
    text = re.sub(r"\(psycopg\.errors\.\w+\) ", "", found[-1]) if found else ""
    return " ".join(text.split()).partition(" in message {")[0]


_DUCKDB = Program(
    "target-duckdb",
    "target-duckdb",
    "target-duckdb",
    destinations.read_duckdb,
    lambda place: {"path": str(place.file), "default_target_schema": "main"},
    hard_delete={"hard_delete": True, "add_metadata_columns": True},
    beside=("duckdb",),
)

_FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}


def _mysql(place: Place) -> dict[str, Any]:
    database = place.mysql_database
    return {
        "host": database.host,
        "port": database.port,
        "user": database.user,
        "password": database.password,
        "database": database.name,
        "default_target_schema": database.name,
    }


PROGRAMS = (
    Program(
        "target-postgres",
        "meltanolabs-target-postgres",
        "target-postgres",
        destinations.read_postgres,
        lambda place: {
            "sqlalchemy_url": place.database_url.replace("postgresql:", "postgresql+psycopg:", 1),
            "default_target_schema": place.schema,
        },
        is_plugin=True,
        hard_delete={"hard_delete": True},
    ),
    Program(
        "target-jsonl",
        "target-jsonl",
        "target-jsonl",
        destinations.read_json_lines,
        lambda place: {"destination_path": str(place.folder), "do_timestamp_file": False},
        is_plugin=True,
    ),
    Program(
        "pipelinewise-target-postgres",
        "pipelinewise-target-postgres",
        "target-postgres",
        destinations.read_postgres,
        lambda place: {**place.database, "default_target_schema": place.schema},
        hard_delete={"hard_delete": True, "add_metadata_columns": True},
    ),
    _DUCKDB,
    replace(_DUCKDB, name="target-duckdb-newest"),
    Program(
        "target-mysql",
        "target-mysql",
        "target-mysql",
        destinations.read_mysql,
        _mysql,
        settings={"dialect+driver": "mysql+pymysql", "max_varchar_size": 400},
        tap=_FLAT,
        is_from_git=True,
        needs_mysql=True,
    ),
    Program(
        "thk-target-mysql",
        "thk-target-mysql",
        "target-mysql",
        destinations.read_mysql,
        lambda place: {"sqlalchemy_url": place.mysql_database.url},
        tap=_FLAT,
        needs_mysql=True,
    ),
    Program(
        "macrometa-target-mysql",
        "macrometa-target-mysql",
        "macrometa-target-mysql",
        destinations.read_mysql,
        lambda place: {**_mysql(place), "username": place.mysql_database.user},
        settings={"target_table": "Orders"},
        tap=_FLAT,
        needs_mysql=True,
        seconds=60,
    ),
    Program(
        "target-sqlite",
        "target-sqlite",
        "target-sqlite",
        destinations.read_sqlite,
        lambda place: {"database": str(place.file.with_suffix(""))},
        is_from_git=True,
    ),
    Program(
        "target-csv",
        "meltanolabs-target-csv",
        "target-csv",
        destinations.read_csv,
        lambda place: {"output_path": str(place.folder)},
        tap=_FLAT,
        replaces=True,
    ),
    Program(
        "target-universal-file",
        "target-universal-file",
        "target-universal-file",
        destinations.read_csv,
        lambda place: {"path": str(place.folder)},
        settings={"protocol": "local", "file_type": "csv"},
        tap=_FLAT,
        replaces=True,
    ),
    Program(
        "target-avro",
        "target-avro",
        "target-avro",
        destinations.read_avro,
        lambda place: {"prefix": str(place.folder / "out"), "disable_collection": True},
        tap=_FLAT,
        replaces=True,
    ),
)
"""The loaders that install from PyPI and start."""


def find_program(name: str) -> Program:
    """A loader by its name."""
    return next(program for program in PROGRAMS if program.name == name)
