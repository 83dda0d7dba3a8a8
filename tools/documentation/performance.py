"""The results of the benchmarks as tables, from the JSON file of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.report import chart_of, find_limit
from tools.documentation.tables import table

_RESULTS = Path(__file__).parents[2] / "docs" / "performance.json"

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


def chart() -> str:
    """The costs of a record as a drawing."""
    return chart_of(_results()["cpu_per_record_us"])


def conditions() -> str:
    """The machine, the versions, and how often it was measured."""
    found = _results()
    machine, runs = found["machine"], found["runs"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    repeated = max(run["repetitions"] for run in runs)
    sizes = sorted({run["rows"] for run in runs})
    delays = sorted({run["delay"] * 1000 for run in runs})
    hardware = f"{machine['cores']} cores with {machine['memory_gib']} GiB ({machine['system']})"
    return (
        f"Taken on {hardware}, {machine['python']}, {versions}. "
        f"Up to {repeated} repetitions, of which the medians count; "
        f"{', '.join(f'{size:,}' for size in sizes)} rows; "
        f"{', '.join(f'{delay:g}' for delay in delays)} ms added to each call."
    )


def _results() -> Any:
    return json.loads(_RESULTS.read_text("utf-8"))
