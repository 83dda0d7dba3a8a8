"""Runs the jobs of this project's meltano.yml without leaving files in the project.

The project file is that of the checkout, unchanged. Meltano's database, states and logs are stored
in a folder of the caller. Settings are passed as environment variables; the caller's own `.env` and
variables of other pipelines have no effect.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / ".venv-meltano" / "bin" / "meltano"
PLUGINS = ROOT / ".cache" / "meltano"
"""The folder into which `make` installs the plugins of meltano.yml."""

_FOREIGN_PREFIXES = ("MELTANO_", "TAP_", "TARGET_", "SINGER_SDK_")


class MeltanoFailed(Exception):
    """A run ended with an error; the message has the errors of its log."""


@dataclass(frozen=True)
class Run:
    """The result of a Meltano command.

    Attributes:
        output: What it printed.
        log: Its log, and those of the plugins.
        seconds: How long it took.
    """

    output: str
    log: str
    seconds: float

    def count_records(self, plugin: str) -> int:
        """The number of records that a plugin counted."""
        counts = re.findall(
            rf"\] {plugin}\s+METRIC\s+metric_name=record_count metric_value=(\d+)", self.log
        )
        return sum(map(int, counts))


@dataclass(frozen=True)
class Project:
    """The project of this checkout.

    Attributes:
        folder: Where Meltano stores its database, states and logs.
        settings: Settings for all runs, as `run` has them.
        root: The folder with meltano.yml.
    """

    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    root: Path = ROOT

    @property
    def log(self) -> Path:
        """The log of Meltano and the plugins."""
        return self.folder / "meltano.log"

    def run(self, *blocks: str, full_refresh: bool = False, **settings: Any) -> Run:
        """Run `meltano run` with the name of a job, or with an extractor and a loader.

        Args:
            blocks: The names.
            full_refresh: Whether states are ignored.
            settings: Settings such as `tap_seatable_api_token`; JSON values are encoded.

        Raises:
            MeltanoFailed: The run ended with an error.
        """
        options = ["--full-refresh"] if full_refresh else []
        return self.call("run", *options, *blocks, **settings)

    def call(self, *arguments: str, **settings: Any) -> Run:
        """Run a Meltano command; settings are those of `run`.

        Raises:
            MeltanoFailed: The command ended with an error, or the plugins are not installed.
        """
        if not (PLUGINS / ".ready").exists():
            raise MeltanoFailed("The plugins of meltano.yml are not installed. Run `make plugins`.")
        self.folder.mkdir(parents=True, exist_ok=True)
        no_dotenv = self.folder / "empty.env"
        no_dotenv.touch()
        start = time.monotonic()
        with (PLUGINS / "lock").open("w") as lock:
            # Runs of the same plugin in a project write the same catalog file.
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = subprocess.run(
                [PROGRAM, "--env-file", no_dotenv, "--log-format", "uncolored", *arguments],
                cwd=self.root,
                env=self._environment(settings),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ meltano {' '.join(arguments)}\n{result.stderr}\n")
        if result.returncode:
            raise MeltanoFailed(
                f"`meltano {' '.join(arguments)}` failed:\n{_find_errors(result.stderr)}\n"
                f"The whole log is in {self.log}"
            )
        return Run(result.stdout, result.stderr, time.monotonic() - start)

    def states(self) -> dict[str, Any]:
        """The states of all pipelines that have run, by their ids."""
        names = self.call("state", "list").output.split()
        return {name: json.loads(self.call("state", "get", name).output) for name in names}

    def _environment(self, settings: Mapping[str, Any]) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN_PREFIXES)
        }
        passed = {
            name.upper(): value if isinstance(value, str) else json.dumps(value)
            for name, value in {**self.settings, **settings}.items()
        }
        own = {
            "MELTANO_SYS_DIR_ROOT": str(PLUGINS),
            "MELTANO_DATABASE_URI": f"sqlite:///{self.folder / 'meltano.db'}",
            "MELTANO_STATE_BACKEND_URI": f"file://{self.folder / 'state'}",
            "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
            "NO_COLOR": "1",
        }
        return inherited | own | passed


def _find_errors(log: str) -> str:
    """The errors of plugins and Meltano in a log, or else its last lines."""
    lines = log.splitlines()
    errors = [line for line in lines if re.search(r"\[(error|critical) +\]|^\w*Error\b", line)]
    return "\n".join(line[:600] for line in errors[-12:] or lines[-12:])
