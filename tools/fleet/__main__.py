"""Runs a fleet of bases with Airflow and two Celery workers, and writes docs/fleet.json.

    python -m tools.fleet                                     the whole: 24 bases, three rounds
    python -m tools.fleet --bases 4 --rounds 2 --output x.json    a small one

`make docs` turns docs/fleet.json into the tables of docs/fleet.md. It ends with 1 if a bar is
missed.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.report import describe_machine
from demo.meltano import PLUGINS, ROOT
from demo.postgres import temporary_database
from seatable_sandbox import Sandbox
from tools.fleet.bases import BROKEN, Bases
from tools.fleet.cluster import Cluster
from tools.fleet.processes import end_by_signals
from tools.fleet.rounds import GROUPS, KILLED, Fleet, measure_rounds, measure_wall

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("tools.fleet")

RESULTS = ROOT / "docs" / "fleet.json"
MOST_RATIO = 0.6
"""The wall time of two workers beside that of one, at most."""


def main(arguments: list[str]) -> int:
    """Measure, write the results, and judge them."""
    parser = argparse.ArgumentParser(prog="python -m tools.fleet")
    parser.add_argument("--bases", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3, help="two or more")
    parser.add_argument("--per-minute", type=int, default=120, help="the budget of calls")
    parser.add_argument("--latency", type=int, default=200, help="milliseconds of each call")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    if options.rounds < 2:  # noqa: PLR2004
        parser.error("--rounds must be two or more: a worker is killed in the last but one.")
    logging.basicConfig(
        stream=sys.stdout, level=logging.WARNING, format="%(asctime)s  %(message)s",
        datefmt="%H:%M:%S",
    )  # fmt: skip
    logging.getLogger("tools").setLevel(logging.INFO)
    # Not removed after a failure: the logs are in it.
    folder = Path(tempfile.mkdtemp(prefix="seatable-fleet-"))
    log.info("Logs are in %s", folder)
    results: dict[str, Any] = {}
    try:
        with end_by_signals():
            measure(options, folder, results)
    finally:
        # Whatever happened: what has been measured is kept.
        write(folder / "fleet.json", results)
        log.info("Results are in %s", folder / "fleet.json")
    results["bars"] = judge(results)
    write(options.output, results)
    for bar in results["bars"]:
        word = "reached" if bar["reached"] else "MISSED"
        log.info("%s: %s: %s of at most %g", word, bar["what"], bar["is"], bar["at_most"])
    return 0 if all(bar["reached"] for bar in results["bars"]) else 1


def measure(options: argparse.Namespace, folder: Path, results: dict[str, Any]) -> None:
    """Measure all; each result is there as soon as it is known."""
    with (
        temporary_database() as database,
        Sandbox("gateway", latency=options.latency / 1000) as sandbox,
    ):
        bases = Bases(sandbox, options.bases)
        tables, rows = bases.count()
        machine = describe_machine()
        shown = ("cores", "memory_gib", "system", "python")
        results.update({
            "date": f"{datetime.now(timezone.utc):%Y-%m-%d}",
            "machine": {key: machine[key] for key in shown},
            "bases": options.bases,
            "tables": tables,
            "rows": rows,
            "latency_ms": options.latency,
            "per_minute": options.per_minute,
        })  # fmt: skip
        log.info(
            "%d bases with %d tables and %d rows. Airflow starts.", options.bases, tables, rows
        )
        with Cluster(folder, database, _plugins(folder), bases.names) as cluster:
            results["versions"] = cluster.versions
            fleet = Fleet(cluster, sandbox, bases, database.url, folder)
            measure_wall(fleet, results.setdefault("wall", {}), is_packed=True)
            measure_wall(fleet, results.setdefault("wall_alone", {}), is_packed=False)
            measure_rounds(fleet, results, rounds=options.rounds, per_minute=options.per_minute)
        log.info("All services have ended.")


def write(path: Path, results: Mapping[str, Any]) -> None:
    """Write results as JSON."""
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def judge(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Each bar, what was measured, and whether it is reached."""
    wall, alone, most = found["wall"], found["wall_alone"], found["most_calls_in_a_minute"]
    killed = found.get("killed") or {"running": [], "brought_by": {}}
    # The broken base fails on any worker.
    running = {base for base in killed["running"] if base != BROKEN}
    others = {base for base in running if killed["brought_by"].get(base, KILLED) != KILLED}
    left = running - others
    differences = [*wall["differences"], *alone["differences"], *found["differences"]]
    unexpected = sum(not round_["as_expected"] for round_ in found["rounds"])
    is_measured = not wall["failed"] and not alone["failed"]
    return [
        {"what": f"wall time of {GROUPS} groups, two workers / one", "at_most": MOST_RATIO,
         "is": wall["ratio"] if is_measured else None,
         "reached": is_measured and wall["ratio"] <= MOST_RATIO},
        {"what": "calls in any minute", "at_most": found["per_minute"], "is": most,
         "reached": most <= found["per_minute"]},
        {"what": "bases that differ from the warehouse", "at_most": 0, "is": len(differences),
         "reached": not differences},
        {"what": "bases of the killed worker that nobody else brought", "at_most": 0,
         "is": len(left) if running else None, "reached": bool(running) and not left},
        {"what": "rounds in which another base failed than the broken one", "at_most": 0,
         "is": unexpected, "reached": not unexpected},
    ]  # fmt: skip


def _plugins(folder: Path) -> Path:
    """The plugins of `make plugins`, but the tap of this checkout: it has the extra `budget`."""
    plugins = folder / "plugins"
    (plugins / "extractors" / "tap-seatable").mkdir(parents=True)
    (plugins / "extractors" / "tap-seatable" / "venv").symlink_to(ROOT / ".venv")
    (plugins / "loaders").symlink_to(PLUGINS / "loaders")
    return plugins


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
