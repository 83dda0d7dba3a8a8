"""The pages, and a sandbox as the README starts it."""

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.meltano import PLUGINS, PROGRAM, Project
from tools.documentation.__main__ import ROOT

_BLOCK = re.compile(r"<!-- tested: (\w+) -->\n```\w*\n(.*?)```", re.DOTALL)
_ANNOUNCED = re.compile(r"http://127\.0\.0\.1:\d+")
_WRITTEN_ADDRESS = "http://127.0.0.1:8000"


def blocks(page, kind):
    """The examples of a kind on a page, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [block for marked, block in _BLOCK.findall(text) if marked == kind]


@dataclass
class Served:
    """A sandbox that runs in a process of its own, and a folder to work in."""

    url: str
    folder: Path

    def run(self, script, **environment):
        """Run a script as a person types it, stopping at the first command that fails."""
        names = ("PATH", "HOME", "LANG", "TMPDIR", "PIP_CONFIG_FILE")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace(_WRITTEN_ADDRESS, self.url)],
            cwd=self.folder,
            env={**kept, "PATH": path, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{script}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    def run_meltano(self, script):
        """Run a script that calls Meltano, with the plugins of this checkout."""
        shutil.copy(ROOT / "meltano.yml", self.folder)
        project = Project(self.folder / "kept")
        project.folder.mkdir(exist_ok=True)
        environment = project._environment({})
        environment["PATH"] = os.pathsep.join([str(PROGRAM.parent), os.environ["PATH"]])
        with (PLUGINS / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self.run(script, **environment)


@pytest.fixture
def served(tmp_path):
    (command,) = blocks("README.md", "serve")
    program, *arguments = shlex.split(command)
    with subprocess.Popen(
        [Path(sys.executable).with_name(program), *arguments, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            lines = iter(process.stdout or ())
            found = next(filter(None, map(_ANNOUNCED.search, lines)), None)
            assert found, "the sandbox ended before it told its address"
            yield Served(found[0], tmp_path)
        finally:
            process.terminate()
