"""Costs per record and ratios of the runs, as a table, as JSON and as a chart."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.measure import Run

_DEPENDENCIES = ("singer-sdk", "msgspec", "requests", "seatable-api", "fastjsonschema")
_MICRO = 1e6
_MIB = 1 << 20


@dataclass(frozen=True)
class Bar:
    """A limit for a ratio or a number.

    Attributes:
        name: What is limited.
        limit: The highest value that reaches the bar.
        value: Computes the value; None if the runs do not suffice.
    """

    name: str
    limit: float
    value: Callable[[Results], float | None]


class Results:
    """All runs, and what can be computed from them."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = list(runs)
        self.contenders = list(dict.fromkeys(run.contender for run in self._runs))
        self.sizes = sorted({run.rows for run in self._runs})
        self.delays = sorted({run.delay for run in self._runs})

    def select(self, contender: str, rows: int, delay: float = 0.0) -> list[Run]:
        """The runs of a contender under the same conditions."""
        key = (contender, rows, delay)
        return [run for run in self._runs if (run.contender, run.rows, run.delay) == key]

    def median(self, field: str, contender: str, rows: int, delay: float = 0.0) -> float | None:
        """The median of a field of its runs; None if there are none."""
        values = [getattr(run, field) for run in self.select(contender, rows, delay)]
        return statistics.median(values) if values else None

    def per_record(self, contender: str) -> float | None:
        """CPU time per record in microseconds, without start-up."""
        small, large = self._pair
        costs = [self.median("cpu", contender, rows) for rows in (small, large)]
        if costs[0] is None or costs[1] is None or small == large:
            return None
        return (costs[1] - costs[0]) / (large - small) * _MICRO

    @property
    def _pair(self) -> tuple[int, int]:
        """The sizes whose difference gives the cost per record."""
        return self.sizes[0], self.sizes[min(1, len(self.sizes) - 1)]

    def cost_ratio(self, contender: str, other: str) -> float | None:
        """The cost per record, divided by that of the other contender."""
        return _ratio(self.per_record(contender), self.per_record(other))

    def overlap(self, contender: str) -> float | None:
        """Wall time with the longest delay, divided by the longer of network and CPU time.

        It is taken from the largest size that was measured, because start-up dominates short runs.
        """
        delay = self.delays[-1]
        for rows in reversed(self.sizes):
            runs = self.select(contender, rows, delay) if delay else []
            if runs:
                return statistics.median(run.wall / max(run.network, run.cpu) for run in runs)
        return None

    def growth(self, field: str, contender: str) -> float | None:
        """A field with the largest size, divided by that with the smallest."""
        first, last = (self.median(field, contender, self.sizes[index]) for index in (0, -1))
        return _ratio(last, first) if len(self.sizes) > 1 else None

    def cost_growth(self, contender: str) -> float | None:
        """Cost per further row up to the largest size, divided by that up to the second one."""
        if len(self.sizes) < 3:  # noqa: PLR2004
            return None
        second, last = self.sizes[1], self.sizes[-1]
        costs = [self.median("cpu", contender, rows) for rows in (second, last)]
        early = self.per_record(contender)
        if costs[0] is None or costs[1] is None or not early:
            return None
        return (costs[1] - costs[0]) / (last - second) * _MICRO / early

    def peak(self, contender: str) -> float | None:
        """Peak memory with the most rows, in MiB."""
        peak = self.median("peak", contender, self.sizes[-1])
        return peak / _MIB if peak is not None else None

    def bytes_per_key(self, contender: str, without: str) -> float | None:
        """Memory per key in bytes, compared with a contender that keeps no keys."""
        small, large = self.sizes[0], self.sizes[-1]
        peaks = [self.median("peak", name, large) for name in (contender, without)]
        if peaks[0] is None or peaks[1] is None or small == large:
            return None
        return (peaks[0] - peaks[1]) / large


def _ratio(value: float | None, base: float | None) -> float | None:
    return value / base if value is not None and base else None


TAP, APPEND = "tap-seatable", "target-seatable, append"
UPSERT_NEW = "target-seatable, upsert, all new"
UPSERT_SAME = "target-seatable, upsert, all unchanged"
OVERWRITE = "target-seatable, overwrite, all unchanged"

BARS = (
    Bar("tap: CPU per record / tap limit", 1.6,
        lambda results: results.cost_ratio(TAP, "tap limit")),
    Bar("tap: CPU per record / plain SDK tap", 0.3,
        lambda results: results.cost_ratio(TAP, "plain SDK tap")),
    Bar("tap: CPU per record / seatable-api", 1.1,
        lambda results: results.cost_ratio(TAP, "seatable-api, printing rows")),
    Bar("target append: CPU per record / target limit", 3.0,
        lambda results: results.cost_ratio(APPEND, "target limit")),
    Bar("target append: CPU per record / plain SDK target", 0.2,
        lambda results: results.cost_ratio(APPEND, "plain SDK target")),
    Bar("tap: wall / max(network, CPU), longest delay", 1.15, lambda results: results.overlap(TAP)),
    Bar("target append: wall / max(network, CPU), longest delay", 1.15,
        lambda results: results.overlap(APPEND)),
    Bar("tap: peak memory, most rows / fewest", 1.2, lambda results: results.growth("peak", TAP)),
    Bar("target append: peak memory, most rows / fewest", 1.2,
        lambda results: results.growth("peak", APPEND)),
    Bar("tap: peak memory, most rows, MiB", 200, lambda results: results.peak(TAP)),
    Bar("target append: peak memory, most rows, MiB", 200, lambda results: results.peak(APPEND)),
    Bar("upsert, all new: bytes per key", 200,
        lambda results: results.bytes_per_key(UPSERT_NEW, APPEND)),
    Bar("upsert, all unchanged: bytes per key", 200,
        lambda results: results.bytes_per_key(UPSERT_SAME, APPEND)),
    Bar("overwrite, all unchanged: bytes per key", 200,
        lambda results: results.bytes_per_key(OVERWRITE, APPEND)),
    Bar("tap: cost per row, most rows / fewest", 1.1, lambda results: results.cost_growth(TAP)),
    Bar("target append: cost per row, most rows / fewest", 1.1,
        lambda results: results.cost_growth(APPEND)),
)  # fmt: skip


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
    return {
        "machine": describe_machine(),
        "bars": [
            {"what": bar.name, "at_most": bar.limit, "is": _round(bar.value(results))}
            for bar in BARS
        ],
        "cpu_per_record_us": {
            name: _round(results.per_record(name)) for name in results.contenders
        },
        "runs": [
            {
                "contender": name,
                "rows": rows,
                "delay": delay,
                "repetitions": len(runs),
                **{
                    field: _spread([getattr(run, field) for run in runs])
                    for field in ("cpu", "wall", "network", "peak", "calls")
                },
            }
            for name in results.contenders
            for rows in results.sizes
            for delay in results.delays
            if (runs := results.select(name, rows, delay))
        ],
    }


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
    lines = ["", f"{'':56}{'is':>9}{'at most':>9}"]
    for bar in BARS:
        value = bar.value(results)
        shown = "-" if value is None else f"{value:.2f}"
        missed = "" if value is None or value <= bar.limit else "  missed"
        lines.append(f"{bar.name:56}{shown:>9}{bar.limit:>9g}{missed}")
    lines += ["", f"{'CPU per record':56}{'µs':>9}{'/ limit':>9}"]
    for name in results.contenders:
        cost = results.per_record(name)
        limit = results.per_record(find_limit(name))
        ratio = _ratio(cost, limit)
        lines.append(f"{name:56}{'-' if cost is None else f'{cost:.1f}':>9}"
                     f"{'-' if ratio is None else f'{ratio:.2f}':>9}")  # fmt: skip
    return "\n".join(lines)


def find_limit(contender: str) -> str:
    """The limit of a contender's side."""
    is_tap = contender.startswith("tap") or contender.endswith((" tap", "printing rows"))
    return "tap limit" if is_tap else "target limit"


def write_results(results: Results, folder: Path) -> None:
    """Write `results.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(summarize(results)), indent=1)
    (folder / "results.json").write_bytes(text + b"\n")


def draw_chart(results: Results, folder: Path) -> None:
    """Draw `chart.svg`: CPU per record as multiples of the limit, one panel per side."""
    costs = {name: results.per_record(name) for name in results.contenders}
    (folder / "chart.svg").write_text(chart_of(costs), "utf-8")


def chart_of(costs: Mapping[str, float | None]) -> str:
    """The chart of the costs per record of all contenders, as SVG."""
    # Imported here, because contenders inherit the memory of this process when they start.
    import vl_convert  # noqa: PLC0415

    sides = ("tap limit", "target limit")
    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "config": {"view": {"stroke": None}, "font": "sans-serif"},
        "title": {"text": "CPU per record: less is better", "anchor": "start"},
        "vconcat": [_panel(costs, limit) for limit in sides if costs.get(limit)],
    }
    return f"{vl_convert.vegalite_to_svg(chart)}\n"


def _panel(costs: Mapping[str, float | None], limit: str) -> dict[str, Any]:
    values = [
        {"contender": name, "ratio": round(ratio, 1), "whose": _owner(name)}
        for name in costs
        if find_limit(name) == limit and (ratio := _ratio(costs[name], costs[limit]))
    ]
    length = {"field": "ratio", "type": "quantitative"}
    names = {
        "field": "contender",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 320, "ticks": False, "domain": False},
    }
    return {
        "title": {"text": f"{limit} = 1", "anchor": "start", "fontWeight": "normal"},
        "width": 460,
        "data": {"values": values},
        "encoding": {"y": names, "x": {**length, "axis": None}},
        "layer": [
            {
                "mark": "bar",
                "encoding": {
                    "color": {
                        "field": "whose",
                        "type": "nominal",
                        "legend": {"title": None, "orient": "bottom"},
                        "scale": {"domain": list(_COLORS), "range": list(_COLORS.values())},
                    }
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {**length, "format": ".1f"}},
            },
        ],
    }


_COLORS = {"this project": "#2f6f4f", "a limit": "#d9a441", "other programs": "#b8bdc4"}


def _owner(contender: str) -> str:
    if "-seatable" in contender:
        return "this project"
    return "a limit" if "limit" in contender else "other programs"
