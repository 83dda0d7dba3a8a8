"""Results of the fleet, from the JSON file that `make fleet` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Mapping

RESULTS = Path(__file__).parents[2] / "docs" / "fleet.json"


def results() -> str:
    """All results, or a sentence where nothing has been measured."""
    if not RESULTS.exists():
        return "There are no figures yet: `make fleet` has not run to its end on this version."
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return format_results(found)


def format_results(found: Mapping[str, Any]) -> str:
    """The bars, the wall times, what happened in each round, and the conditions."""
    return "\n\n".join((_bars(found), _walls(found), _rounds(found), _conditions(found)))


def _bars(found: Mapping[str, Any]) -> str:
    return table(("what", "at most", "is", ""), (
        (bar["what"], f"{bar['at_most']:g}",
         "not measured" if bar["is"] is None else f"{bar['is']:g}",
         "reached" if bar["reached"] else "**missed**")
        for bar in found["bars"]
    ))  # fmt: skip


def _walls(found: Mapping[str, Any]) -> str:
    rows = []
    for name, wall in (("groups", found["wall"]), ("each base alone", found["wall_alone"])):
        seconds, busy = wall["seconds"], wall["busy_cores"]
        rows.append((
            f"{name}: {wall['runs']['1']} runs",
            *(f"{seconds[count]:.0f} s ({busy[count]:.1f} cores busy)" for count in ("1", "2")),
            f"{wall['ratio']:.2f}",
        ))  # fmt: skip
    return table(("first round without a budget", "one worker", "two workers", "ratio"), rows)


def _rounds(found: Mapping[str, Any]) -> str:
    rows = []
    for number, round_ in enumerate(found["rounds"], 1):
        workers = ", ".join(f"{count} by {name}" for name, count in round_["by_worker"].items())
        rows.append((
            f"{number}, with the faults" if round_["is_faulty"] else str(number),
            f"{round_['edited_rows']:,}",
            f"{round_['brought']} ({workers})",
            ", ".join([*round_["failed"], *round_["not_started"]]) or "none",
            str(round_["tries"]),
            f"{round_['seconds']:.0f} s",
        ))  # fmt: skip
    head = ("round", "rows edited before", "bases brought", "failed", "tries", "wall time")
    return table(head, rows)


def _conditions(found: Mapping[str, Any]) -> str:
    machine = found["machine"]
    killed = found.get("killed") or {"running": []}
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return (
        f"Taken on {found['date']} on {machine['cores']} cores with {machine['memory_gib']} GiB "
        f"({machine['system']}), {machine['python']}, {versions}. {found['bases']} bases with "
        f"{found['tables']} tables and {found['rows']:,} rows; {found['latency_ms']} ms for each "
        f"call; a budget of {found['per_minute']} calls a minute; {found['calls']:,} calls in "
        f"{len(found['rounds'])} rounds. The killed worker was running "
        f"{', '.join(killed['running']) or 'nothing'}."
    )
