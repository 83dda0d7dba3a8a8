"""Breaks one guarantee at a time, and sees that a test notices.

    python -m tools.mutations            tries every mutation
    python -m tools.mutations WORD ...   tries those with one of these words in file or guarantee

Each mutation is tried in a throw-away copy of the checkout, with the tests that its table names.
The exit code is 1 if one survives, if its text is not found, or if its tests fail without it.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.mutations.budget import BUDGET
from tools.mutations.client import CLIENT
from tools.mutations.files import FILES
from tools.mutations.mutation import Mutation, Tree, UnusableMutation
from tools.mutations.rejected import REJECTED
from tools.mutations.tap import TAP
from tools.mutations.target import TARGET
from tools.mutations.verify import VERIFY

if TYPE_CHECKING:
    from collections.abc import Iterator

MUTATIONS = (*CLIENT, *BUDGET, *FILES, *TAP, *TARGET, *REJECTED, *VERIFY)


class Trees:
    """Copies of the checkout, one for each mutation that is tried at the same time."""

    def __init__(self, folder: Path, count: int) -> None:
        self._free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        for number in range(count):
            self._free.put(Tree(folder / str(number)))

    @contextmanager
    def _borrow(self) -> Iterator[Tree]:
        """A copy that nobody else has meanwhile."""
        tree = self._free.get()
        try:
            yield tree
        finally:
            self._free.put(tree)

    def try_out(self, mutation: Mutation) -> tuple[str, bool]:
        """What came of a mutation, and whether it is as it should be."""
        try:
            with self._borrow() as tree:
                noticed = tree.failed_test(mutation)
        except UnusableMutation as error:
            return f"UNUSABLE  {mutation.guarantee}: {error}", False
        if noticed is None:
            return f"SURVIVED  {mutation.guarantee} ({mutation.file}): {mutation.tests}", False
        return f"noticed   {mutation.guarantee}: {noticed}", True

    def check(self, tests: str) -> tuple[str, bool]:
        """What came of tests without a mutation, and whether they pass."""
        try:
            with self._borrow() as tree:
                failed = tree.first_failure(tests)
        except UnusableMutation as error:
            return f"UNUSABLE  {error}", False
        return f"FAILS     without any mutation: {failed}", failed is None


def run(mutations: list[Mutation], *, jobs: int) -> bool:
    """Try mutations; prints what came of each. True if a test noticed every one."""
    all_well = True
    with (
        tempfile.TemporaryDirectory(prefix="mutations-") as folder,
        ThreadPoolExecutor(jobs) as executor,
    ):
        trees = Trees(Path(folder), jobs)
        tests = dict.fromkeys(mutation.tests for mutation in mutations)
        for sentence, well in executor.map(trees.check, tests):
            if not well:
                _say(sentence)
                all_well = False
        for sentence, well in executor.map(trees.try_out, mutations):
            _say(sentence)
            all_well &= well
    return all_well


def main(arguments: list[str]) -> int:
    """Try the mutations that the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools.mutations", description=__doc__)
    parser.add_argument("words", nargs="*", help="parts of a file's name or a guarantee")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    given = parser.parse_args(arguments)
    chosen = [
        mutation
        for mutation in MUTATIONS
        if not given.words
        or any(word in f"{mutation.file} {mutation.guarantee}" for word in given.words)
    ]
    if not chosen:
        _say(f"No mutation has one of these words: {' '.join(given.words)}.")
        return 1
    well = run(chosen, jobs=max(given.jobs, 1))
    _say(f"{len(chosen)} mutations, " + ("each noticed." if well else "not all of them noticed."))
    return 0 if well else 1


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
