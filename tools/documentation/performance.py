"""The results of the benchmarks as tables and charts, from the JSON file of a run."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.report import draw_costs, draw_waits, find_limit
from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping

_DOCS = Path(__file__).parents[2] / "docs"

_PLAIN_SDK = {"tap limit": "plain SDK tap", "target limit": "plain SDK target"}


def bars() -> str:
    """Each bar, and whether it is reached."""
    rows = []
    for bar in _results()["bars"]:
        value, limit = bar["is"], bar["at_most"]
        if value is None:
            rows.append((bar["what"], f"{limit:g}", "not measured", ""))
            continue
        shown = f"{value:.0f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004
        verdict = "reached" if value <= limit else "**missed**"
        rows.append((bar["what"], f"{limit:g}", shown, verdict))
    return table(("what", "at most", "is", ""), rows)


def costs() -> str:
    """The cost of a record, by contender."""
    found = _results()["cpu_per_record_us"]
    rows = []
    for name, cost in found.items():
        limit = find_limit(name)
        sdk = found[_PLAIN_SDK[limit]]
        rows.append((name, f"{cost / found[limit]:.1f}", f"{cost / sdk:.2f}"))
    return table(("contender", "of the limit", "of the plain SDK"), rows)


def forms() -> str:
    """The cost of a record, by form of the table."""
    rows = [
        (form["form"], _ratio(form["tap"]), _ratio(form["append"])) for form in _results()["forms"]
    ]
    return table(("form of the table", "tap / its limit", "append / its limit"), rows)


def waits() -> str:
    """Seconds from start to end, by scenario, contender and delay."""
    found = _results()
    old = f"older build ({found['older_build']})"
    delays = sorted({delay for wait in found["waits"] for delay, _ in wait["wall"]})
    rows = []
    for wait in found["waits"]:
        seconds = dict(map(tuple, wait["wall"]))
        shown = [f"{seconds[delay]:.1f}" if delay in seconds else "" for delay in delays]
        contender = wait["contender"].replace("older build", old)
        rows.append((wait["scenario"], contender, f"{wait['calls']:.0f}", *shown))
    head = (f"s at {delay * 1000:g} ms a call" for delay in delays)
    return table(("scenario", "contender", "calls", *head), rows)


def charts() -> Mapping[Path, str]:
    """The drawings, by file."""
    found = _results()
    return {
        _DOCS / "performance.svg": draw_costs(found["cpu_per_record_us"]),
        _DOCS / "performance-waits.svg": draw_waits(found["waits"]),
    }


def conditions() -> str:
    """The machine, the versions, and how often it was measured."""
    found = _results()
    machine, runs = found["machine"], found["runs"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    usual = [run for run in runs if run["scenario"] == "usual"]
    repeated = max(run["repetitions"] for run in usual)
    sizes = sorted({run["rows"] for run in usual})
    delays = sorted({run["delay"] * 1000 for run in runs})
    hardware = f"{machine['cores']} cores with {machine['memory_gib']} GiB ({machine['system']})"
    times = "Each run once" if repeated == 1 else f"Up to {repeated} repetitions, medians count"
    return (
        f"Taken on {hardware}, {machine['python']}, {versions}. {times}; "
        f"{', '.join(f'{size:,}' for size in sizes)} rows of the usual form; "
        f"{', '.join(f'{delay:g}' for delay in delays)} ms added to each call."
    )


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


@functools.cache
def _results() -> Any:
    return json.loads((_DOCS / "performance.json").read_text("utf-8"))
