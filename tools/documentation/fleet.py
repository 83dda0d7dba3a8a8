"""What the fleet did, from the JSON file that `make fleet` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.documentation.tables import table

_RESULTS = Path(__file__).parents[2] / "docs" / "fleet.json"


def bars() -> str:
    """Each bar, what was measured, and whether it is reached."""
    return table(("what", "at most", "is", ""), (
        (bar["what"], f"{bar['at_most']:g}", _number(bar["is"]),
         "reached" if bar["reached"] else "**missed**")
        for bar in _results()["bars"]
    ))  # fmt: skip


def rounds() -> str:
    """What happened in each round."""
    rows = []
    for number, round_ in enumerate(_results()["rounds"], 1):
        workers = ", ".join(f"{count} by {name}" for name, count in round_["by_worker"].items())
        rows.append((
            str(number), f"{round_['edited_rows']:,}", f"{round_['brought']} ({workers})",
            ", ".join(round_["failed"]) or "none", str(round_["tries"]),
            f"{round_['seconds']:.0f} s",
        ))  # fmt: skip
    head = ("round", "rows edited before", "bases brought", "failed", "tries", "wall time")
    return table(head, rows)


def conditions() -> str:
    """The day, the machine, the versions, the sizes."""
    found = _results()
    machine, seconds = found["machine"], found["wall"]["seconds"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return (
        f"Taken on {found['date']} on {machine['cores']} cores with {machine['memory_gib']} GiB "
        f"({machine['system']}), {machine['python']}, {versions}. {found['bases']} bases with "
        f"{found['tables']} tables and {found['rows']:,} rows; {found['latency_ms']} ms for each "
        f"call; a budget of {found['per_minute']} calls a minute; {found['calls']:,} calls in "
        f"{len(found['rounds'])} rounds. One worker took {seconds['1']:.0f} s for a first round "
        f"without that budget, two took {seconds['2']:.0f} s."
    )


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:g}"


def _results() -> Any:
    return json.loads(_RESULTS.read_text("utf-8"))
