"""Holds the sandbox against the library by which SeaTable's own servers convert and filter.

    python -m tools.fidelity            prints counts; fails at a difference that is not listed
    python -m tools.fidelity --renew    writes the counts of listed differences anew
    python -m tools.fidelity --all      prints every difference that is not listed, not only some

The library comes from npm into a folder that is removed again. It has no licence that would let
anybody pass it on: nothing of it belongs into this repository.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tools.fidelity import differences
from tools.fidelity.checks import compare
from tools.fidelity.library import Library
from tools.fidelity.server import SERVERS, TIME_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN_PER_GROUP = 5


def main(arguments: Sequence[str]) -> int:
    """Compares, prints, and tells whether all is as the list says."""
    with tempfile.TemporaryDirectory() as folder:
        libraries = {
            version: Library(version, Path(folder) / version, TIME_ZONE)
            for version in {kind.version for kind in SERVERS}
        }
        # Processes: each server takes a whole processor.
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            runs = [pool.submit(compare, kind, libraries[kind.version]) for kind in SERVERS]
            cases = [case for run in runs for case in run.result()]
    verdict = differences.Verdict(differences.load(), cases)
    _print_groups(verdict)
    _print_unlisted(verdict, None if "--all" in arguments else _SHOWN_PER_GROUP)
    renewed = verdict.renewed
    if "--renew" in arguments:
        differences.save(renewed)
    elif msgspec.to_builtins(renewed) != msgspec.to_builtins(verdict.known):
        _say(f"{differences.FILE.name} has other counts: make fidelity FIDELITY_ARGS=--renew docs")
        return 1
    return bool(verdict.unlisted)


def _print_groups(verdict: differences.Verdict) -> None:
    row = "{:<18} {:<18} {:<34} {:>7} {:>7} {:>9}"
    _say(row.format("check", "server", "group", "cases", "listed", "unlisted"))
    totals: dict[tuple[str, str], Counter[str]] = {}
    for (check, server, group), counts in verdict.groups.items():
        totals.setdefault((check, server), Counter()).update(counts)
        numbers = (counts["cases"], counts["listed"], counts["unlisted"])
        _say(row.format(check, server, group, *numbers))
    _say("")
    for (check, server), counts in totals.items():
        numbers = (counts["cases"], counts["listed"], counts["unlisted"])
        _say(row.format(check, server, "together", *numbers))


def _print_unlisted(verdict: differences.Verdict, most: int | None) -> None:
    printed: Counter[tuple[str, str, str]] = Counter()
    for case in verdict.unlisted:
        group = (case.check, case.server, case.group)
        printed[group] += 1
        if most is not None and printed[group] > most:
            continue
        _say(
            f"\n{case.check}, {case.server}, {case.column}: {case.question}"
            f"\n    library: {case.library}\n    sandbox: {case.sandbox}"
        )
    if verdict.unlisted:
        _say(
            f"\n{len(verdict.unlisted)} differences are not listed. Correct the sandbox, or list "
            f"them with a reason in {differences.FILE.name}."
        )


def _say(line: str) -> None:
    print(line)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
