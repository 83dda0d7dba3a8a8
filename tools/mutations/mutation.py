"""One mutation: a guarantee broken on purpose, and the tests that must notice it."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
COPIED = (
    *("seatable_client", "seatable_sandbox", "singer_seatable", "tabular_files", "tap_seatable"),
    *("target_seatable", "demo", "tests", "tools", "pyproject.toml"),
)
"""What the tests need of a checkout."""

SECONDS = 600
"""Seconds that the tests of one mutation may take."""

_PASSED, _FAILED = 0, 1
"""Exit codes of pytest: all tests passed, some failed. Others mean that it could not test."""


class UnusableMutation(Exception):
    """The table is out of date, or the tests prove nothing: what to do about it."""


@dataclass(frozen=True)
class Mutation:
    """One guarantee and one way to break it.

    Attributes:
        guarantee: what no longer holds, as one clause.
        file: the module, relative to the root of the checkout.
        old: the exact text to replace, which the module has once.
        new: the text that replaces it.
        tests: what pytest is to run, as on a command line; the narrowest that must notice.
    """

    guarantee: str
    file: str
    old: str
    new: str
    tests: str

    def mutated(self, root: Path) -> str:
        """The text of the module with the mutation.

        Raises:
            UnusableMutation: the text to replace is not there, or there several times.
        """
        path = root / self.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if (count := text.count(self.old)) != 1:
            raise UnusableMutation(
                f"{self.file} has the text to replace {count} times instead of once: {self.old!r}. "
                "Give the mutation the text that the module has now."
            )
        return text.replace(self.old, self.new)


class Tree:
    """A throw-away copy of the checkout, in which one mutation at a time is tried.

    Args:
        folder: where to make it; it must not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)

    def failed_test(self, mutation: Mutation) -> str | None:
        """The first test that fails with a mutation; None if all pass, so that it survives.

        Raises:
            UnusableMutation: the text to replace is not there, or no test can be run.
        """
        path = self._folder / mutation.file
        mutated, original = mutation.mutated(self._folder), path.read_bytes()
        path.write_text(mutated, encoding="utf-8")
        self._forget_bytecode(path)
        try:
            return self.first_failure(mutation.tests)
        finally:
            path.write_bytes(original)
            self._forget_bytecode(path)

    def first_failure(self, tests: str) -> str | None:
        """The first of these tests that fails; None if all pass.

        Raises:
            UnusableMutation: no test can be run.
        """
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "--no-header", "--tb=no"]
        try:
            ended = subprocess.run(
                [*command, *shlex.split(tests)],
                cwd=self._folder,
                # Programs that tests start are those of the copy, too.
                env={**os.environ, "PYTHONPATH": str(self._folder)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnusableMutation(
                f"{tests} took more than {SECONDS} s. Name tests that notice sooner."
            ) from None
        if ended.returncode == _PASSED:
            return None
        if ended.returncode != _FAILED:
            raise UnusableMutation(
                f"pytest {tests} could not test (exit code {ended.returncode}): "
                f"{(ended.stdout + ended.stderr)[-2000:]}"
            )
        found = re.search(r"^(?:FAILED|ERROR) (\S+)", ended.stdout, re.MULTILINE)
        return found[1] if found else "a test without a name"

    @staticmethod
    def _forget_bytecode(path: Path) -> None:
        """Python takes a module for unchanged if its size is, within the same second."""
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
