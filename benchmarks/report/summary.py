"""The results as a JSON file, and as a table for a terminal."""

from __future__ import annotations

import os
import platform
import statistics
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.material import USUAL
from benchmarks.plan import MANY_BASES, SMALL_STREAMS, SMALL_TABLES
from benchmarks.report.bars import BARS
from benchmarks.report.charts import draw_costs, draw_waits, find_limit
from benchmarks.report.results import ratio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.report.results import Results

_DEPENDENCIES = ("singer-sdk", "msgspec", "requests", "seatable-api", "fastjsonschema")
_FIELDS = ("cpu", "wall", "network", "peak", "calls")


def describe_machine() -> dict[str, Any]:
    """The machine and the versions that were measured, without names."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / (1 << 30)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {name: version(name) for name in _DEPENDENCIES},
    }


def summarize(results: Results) -> dict[str, Any]:
    """All results, for the JSON file."""
    costs = {name: _round(results.per_record(name)) for name in results.contenders(USUAL)}
    return {
        "machine": describe_machine(),
        "older_build": results.old_name or None,
        "bars": [
            {"what": bar.name, "at_most": bar.limit, "is": _round(bar.value(results))}
            for bar in BARS
        ],
        "cpu_per_record_us": {name: cost for name, cost in costs.items() if cost is not None},
        "forms": [
            {"form": form, "tap": _round(tap), "append": _round(append)}
            for form, (tap, append) in results.form_ratios().items()
        ],
        "waits": [
            wait
            for scenario in (SMALL_TABLES, MANY_BASES, SMALL_STREAMS)
            for wait in _waits(results, scenario.name)
        ],
        "runs": list(_describe_runs(results)),
    }


def _waits(results: Results, scenario: str) -> list[dict[str, Any]]:
    """Seconds and calls of the contenders of a scenario, by delay."""
    found = []
    for contender in results.contenders(scenario):
        delays = [delay for delay in results.delays if results.sizes(contender, delay, scenario)]
        rows = results.sizes(contender, delays[-1], scenario)[-1]
        found.append(
            {
                "scenario": scenario,
                "contender": contender,
                "calls": results.median("calls", contender, rows, delays[-1], scenario),
                "wall": [
                    [delay, _round(results.median("wall", contender, rows, delay, scenario))]
                    for delay in delays
                ],
            }
        )
    return found


def _describe_runs(results: Results) -> list[dict[str, Any]]:
    keys = dict.fromkeys((run.scenario, run.contender, run.rows, run.delay) for run in results.runs)
    found = []
    for scenario, contender, rows, delay in sorted(
        keys, key=lambda key: (results.scenarios.index(key[0]), key[1:])
    ):
        runs = results.select(contender, rows, delay, scenario)
        found.append(
            {
                "scenario": scenario,
                "contender": contender,
                "rows": rows,
                "delay": delay,
                "repetitions": len(runs),
                **{name: _spread([getattr(run, name) for run in runs]) for name in _FIELDS},
            }
        )
    return found


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 3),
        "least": round(min(values), 3),
        "most": round(max(values), 3),
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def format_table(results: Results) -> str:
    """Format the bars and the costs for a terminal."""
    lines = ["", f"{'':72}{'is':>9}{'at most':>9}"]
    for bar in BARS:
        value = bar.value(results)
        missed = "" if value is None or value <= bar.limit else "  missed"
        lines.append(f"{bar.name:72}{_show(value):>9}{bar.limit:>9g}{missed}")
    lines += ["", f"{'CPU per record':72}{'µs':>9}{'/ limit':>9}"]
    for name in results.contenders(USUAL):
        cost = results.per_record(name)
        shown = ratio(cost, results.per_record(find_limit(name)))
        lines.append(f"{name:72}{_show(cost):>9}{_show(shown):>9}")
    lines += ["", f"{'CPU per record / limit, by form':72}{'tap':>9}{'append':>9}"]
    for form, ratios in results.form_ratios().items():
        lines.append(f"{form:72}{_show(ratios[0]):>9}{_show(ratios[1]):>9}")
    return "\n".join(lines)


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def write_results(results: Results, folder: Path) -> None:
    """Write `results.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(summarize(results)), indent=1)
    (folder / "results.json").write_bytes(text + b"\n")


def write_charts(results: Results, folder: Path) -> None:
    """Draw `costs.svg` and `waits.svg`."""
    summary = summarize(results)
    (folder / "costs.svg").write_text(draw_costs(summary["cpu_per_record_us"]), "utf-8")
    (folder / "waits.svg").write_text(draw_waits(summary["waits"]), "utf-8")
