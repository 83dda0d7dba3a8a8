"""What a run of the benchmarks found: the tables of its page, made of the JSON that it left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.report import limit_of
from tools.documentation.tables import table

_RESULTS = Path(__file__).parents[2] / "docs" / "performance.json"

_PLAIN_SDK = {"tap limit": "plain SDK tap", "target limit": "plain SDK target"}


def bars() -> str:
    """Each bar, and whether it was reached."""
    rows = []
    for bar in _results()["bars"]:
        value, most = bar["is"], bar["at_most"]
        if value is None:
            rows.append((bar["what"], f"{most:g}", "not measured", ""))
            continue
        shown = f"{value:.0f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004
        verdict = "reached" if value <= most else "**missed**"
        rows.append((bar["what"], f"{most:g}", shown, verdict))
    return table(("what", "at most", "is", ""), rows)


def costs() -> str:
    """What a record costs every contender."""
    found = _results()["cpu_per_record_us"]
    rows = []
    for name, cost in found.items():
        limit = limit_of(name)
        sdk = found[_PLAIN_SDK[limit]]
        rows.append((name, f"{cost / found[limit]:.1f}", f"{cost / sdk:.2f}"))
    return table(("contender", "of the limit", "of the plain SDK"), rows)


def conditions() -> str:
    """On what it was measured, and how often."""
    found = _results()
    on, runs = found["machine"], found["runs"]
    versions = ", ".join(f"{name} {version}" for name, version in on["versions"].items())
    repeated = max(run["repetitions"] for run in runs)
    sizes = sorted({run["rows"] for run in runs})
    delays = sorted({run["delay"] * 1000 for run in runs})
    return (
        f"Taken on {on['cores']} cores with {on['memory_gib']} GiB ({on['system']}), "
        f"{on['python']}, {versions}. Up to {repeated} repetitions, of which the medians count; "
        f"{', '.join(f'{size:,}' for size in sizes)} rows; "
        f"{', '.join(f'{delay:g}' for delay in delays)} ms added to each call."
    )


def _results() -> Any:
    return json.loads(_RESULTS.read_text("utf-8"))
