"""Runs the jobs of this project's meltano.yml without leaving anything in the project.

The file is the one at the top of the checkout, unchanged. Everything that Meltano keeps (its
database, the states, the logs) goes into a folder of the caller's, settings come as environment
variables, and neither the caller's `.env` nor variables of the caller's own pipelines get in.
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
"""Where `make` has installed the plugins of meltano.yml."""

_NOT_OURS = ("MELTANO_", "TAP_", "TARGET_", "SINGER_SDK_")


class MeltanoFailed(Exception):
    """A run ended with an error; the text ends with what Meltano said last."""


@dataclass(frozen=True)
class Run:
    """What one call of Meltano did."""

    output: str
    log: str
    seconds: float

    def records(self, plugin: str) -> int:
        """How many records a plugin counted."""
        counted = re.findall(
            rf"\] {plugin}\s+METRIC\s+metric_name=record_count metric_value=(\d+)", self.log
        )
        return sum(map(int, counted))


@dataclass(frozen=True)
class Project:
    """The project of this checkout, with everything that changes kept in `folder`."""

    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """The file that keeps what Meltano and the plugins said."""
        return self.folder / "meltano.log"

    def run(self, *blocks: str, full_refresh: bool = False, **settings: Any) -> Run:
        """`meltano run`: a job's name, or an extractor and a loader.

        Settings are named like `tap_seatable_api_token`; lists and objects are given as such.
        """
        options = ["--full-refresh"] if full_refresh else []
        return self.call("run", *options, *blocks, **settings)

    def call(self, *arguments: str, **settings: Any) -> Run:
        """Any Meltano command."""
        if not (PLUGINS / ".ready").exists():
            raise MeltanoFailed("The plugins of meltano.yml are not installed: run `make plugins`.")
        self.folder.mkdir(parents=True, exist_ok=True)
        no_dotenv = self.folder / "empty.env"
        no_dotenv.touch()
        begin = time.monotonic()
        with (PLUGINS / "lock").open("w") as lock:
            # Two runs of one plugin in one project write the same catalog file.
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = subprocess.run(
                [PROGRAM, "--env-file", no_dotenv, "--log-format", "uncolored", *arguments],
                cwd=ROOT,
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
                f"`meltano {' '.join(arguments)}` failed:\n{_reasons(result.stderr)}\n"
                f"Everything that was said stands in {self.log}"
            )
        return Run(result.stdout, result.stderr, time.monotonic() - begin)

    def states(self) -> dict[str, Any]:
        """The states of all pipelines that have run."""
        names = self.call("state", "list").output.split()
        return {name: json.loads(self.call("state", "get", name).output) for name in names}

    def _environment(self, settings: Mapping[str, Any]) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_OURS)}
        given = {
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
        return kept | own | given


def _reasons(log: str) -> str:
    """What plugins and Meltano called an error, or the last lines if nothing was called that."""
    lines = log.splitlines()
    errors = [line for line in lines if re.search(r"\[(error|critical) +\]|^\w*Error\b", line)]
    return "\n".join(line[:600] for line in errors[-12:] or lines[-12:])
