"""SeaTable's own conversion library, as npm has it: installed for one run, and asked questions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("library.js")

GATEWAY, V1 = "5.0.30", "4.4.4"
"""The versions: of servers with an API gateway, and of the last with dtable-server v1 alone."""

_LIBRARY = "dtable-utils"
_HASHES = {
    GATEWAY: (
        "s9JAY5Sd3sVP+Cc+wqA8IRCXvUL7iRlTkvLJhk3aPra+IHHF4IPZ0EPgG8VrgflaG82d8onxq9SSsj7FnnnKeg=="
    ),
    V1: (
        "TFI3FGEuTtLyh/1YwupIrqbHssf25YhYXPtAfIYl+Q4VOKeZ+3nyFxgAJuuo525ajkh3AXcLqpsiVQQLdD5IjQ=="
    ),
}
# What it imports. It does not name @babel/runtime among its dependencies.
_IMPORTED = {
    "@babel/runtime": (
        "7.26.0",
        "FDSOghenHTiToteC/QRlv2q3DhPZ/oOXTBoirfWNx1Cx3TMVcGWQtMMmQcSvb/JjpNeGzx8Pq/b4fKEJuWm1sw==",
    ),
    "dayjs": (
        "1.10.7",
        "P6twpd70BcPK34K26uJ1KT3wlhpuOAPoMwJzpsIWUxHZ7wpmbdZL/hQqBDfz7hGurYSa5PhzdhDHtt319hL3ig==",
    ),
    "deep-copy": (
        "1.4.2",
        "VxZwQ/1+WGQPl5nE67uLhh7OqdrmqI1OazrraO9Bbw/M8Bt6Mol/RxzDA6N6ZgRXpsG/W9PgUj8E1LHHBEq2GQ==",
    ),
    "regenerator-runtime": (
        "0.14.1",
        "dYnhHh0nJoMfnkZs6GmmhFknAGRrLznOu5nc9ML+EJxGvrx6H7teuevqVqCuPcPK//3eDrrjQhehXVx9cnkGdw==",
    ),
}


class Library:
    """One version of the library, installed in a folder of its own."""

    def __init__(self, version: str, folder: Path, time_zone: str) -> None:
        """Install the version into `folder`, which is made; versions and hashes are pinned.

        Raises:
            SystemExit: npm is missing, or could not install it.
        """
        self.version = version
        self._folder = folder
        self._time_zone = time_zone
        npm, node = shutil.which("npm"), shutil.which("node")
        if npm is None or node is None:
            raise SystemExit(
                "Node.js with npm is needed: https://nodejs.org/, version 18 or newer."
            )
        self._node = node
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps(_package(version)), "utf-8")
        (folder / "package-lock.json").write_text(json.dumps(_lock(version)), "utf-8")
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(
                f"npm could not install {_LIBRARY} {version} (is its registry within reach?):\n"
                f"{done.stderr}"
            )

    def ask(self, task: str, now: int, **question: Any) -> dict[str, Any]:
        """The library's answers to one question; `library.js` has the tasks.

        Args:
            task: The name of the task.
            now: The time that the library believes in, in milliseconds since 1970.
            question: What the task needs.
        """
        done = subprocess.run(
            [self._node, str(PROGRAM), str(self._folder)],
            input=json.dumps({"task": task, "now": now, **question}),
            env={**os.environ, "TZ": self._time_zone},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{PROGRAM.name} failed at {task!r}:\n{done.stderr}")
        answers: dict[str, Any] = json.loads(done.stdout)
        return answers


def _package(version: str) -> dict[str, Any]:
    """What is wanted, as npm's package.json says it."""
    wanted = {_LIBRARY: version, "@babel/runtime": _IMPORTED["@babel/runtime"][0]}
    return {"name": "fidelity", "version": "1.0.0", "private": True, "dependencies": wanted}


def _lock(version: str) -> dict[str, Any]:
    """Versions and hashes, and no place to get them from: that is for npm's settings to say."""
    pinned = {_LIBRARY: (version, _HASHES[version]), **_IMPORTED}
    packages: dict[str, Any] = {
        f"node_modules/{name}": {"version": number, "integrity": f"sha512-{digest}"}
        for name, (number, digest) in pinned.items()
    }
    packages[f"node_modules/{_LIBRARY}"]["dependencies"] = {
        "dayjs": "1.10.7",
        "deep-copy": "^1.4.2",
    }
    packages["node_modules/@babel/runtime"]["dependencies"] = {"regenerator-runtime": "^0.14.0"}
    return {
        "name": "fidelity",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": _package(version), **packages},
    }
