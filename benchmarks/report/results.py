"""All runs, and what can be computed from them."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks.contenders.registry import APPEND, TAP_LIMIT, TAP_SEATABLE, TARGET_LIMIT
from benchmarks.material import USUAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.measure import Run

_MICRO = 1e6
_MIB = 1 << 20


class Results:
    """All runs, and what can be computed from them.

    Args:
        runs: The runs.
        old_name: What the older build is called that was measured, too; empty if there is none.
    """

    def __init__(self, runs: Iterable[Run], old_name: str = "") -> None:
        self.runs = list(runs)
        self.old_name = old_name
        self.scenarios = list(dict.fromkeys(run.scenario for run in self.runs))
        self.delays = sorted({run.delay for run in self.runs})

    def contenders(self, scenario: str = USUAL) -> list[str]:
        """The contenders of a scenario, in the order in which they ran first."""
        names = (run.contender for run in self.runs if run.scenario == scenario)
        return list(dict.fromkeys(names))

    def select(
        self, contender: str, rows: int, delay: float = 0.0, scenario: str = USUAL
    ) -> list[Run]:
        """The runs of a contender under the same conditions."""
        key = (scenario, contender, rows, delay)
        return [
            run for run in self.runs if (run.scenario, run.contender, run.rows, run.delay) == key
        ]

    def sizes(self, contender: str, delay: float = 0.0, scenario: str = USUAL) -> list[int]:
        """The numbers of rows that a contender ran with."""
        key = (scenario, contender, delay)
        return sorted(
            {run.rows for run in self.runs if (run.scenario, run.contender, run.delay) == key}
        )

    def median(
        self, field: str, contender: str, rows: int, delay: float = 0.0, scenario: str = USUAL
    ) -> float | None:
        """The median of a field of its runs; None if there are none."""
        values = [getattr(run, field) for run in self.select(contender, rows, delay, scenario)]
        return statistics.median(values) if values else None

    def per_record(self, contender: str, scenario: str = USUAL) -> float | None:
        """CPU time per record in microseconds, without start-up: of more rows over the fewest."""
        sizes = self.sizes(contender, scenario=scenario)
        return self._per_record(contender, scenario, *sizes[:2]) if len(sizes) > 1 else None

    def _per_record(self, contender: str, scenario: str, small: int, large: int) -> float:
        costs = [
            self.median("cpu", contender, rows, scenario=scenario) or 0.0 for rows in (small, large)
        ]
        return (costs[1] - costs[0]) / (large - small) * _MICRO

    def cost_ratio(self, contender: str, other: str, scenario: str = USUAL) -> float | None:
        """The cost per record, divided by that of the other contender."""
        return ratio(self.per_record(contender, scenario), self.per_record(other, scenario))

    def form_ratios(self) -> dict[str, tuple[float | None, float | None]]:
        """By form, the costs per record of the tap and of appending, divided by their limits."""
        found = {
            scenario: (
                self.cost_ratio(TAP_SEATABLE.name, TAP_LIMIT.name, scenario),
                self.cost_ratio(APPEND.name, TARGET_LIMIT.name, scenario),
            )
            for scenario in self.scenarios
        }
        return {scenario: ratios for scenario, ratios in found.items() if any(ratios)}

    def overlap(self, contender: str) -> float | None:
        """Wall time with the longest delay, divided by the longer of network and CPU time.

        It is taken from the most rows that were measured, because start-up dominates short runs.
        """
        delay = self.delays[-1] if self.delays else 0.0
        sizes = self.sizes(contender, delay) if delay else []
        if not sizes:
            return None
        runs = self.select(contender, sizes[-1], delay)
        return statistics.median(run.wall / max(run.network, run.cpu) for run in runs)

    def growth(self, field: str, contender: str) -> float | None:
        """A field with the most rows, divided by that with the fewest."""
        sizes = self.sizes(contender)
        if len(sizes) < 2:  # noqa: PLR2004
            return None
        first, last = (self.median(field, contender, sizes[index]) for index in (0, -1))
        return ratio(last, first)

    def cost_growth(self, contender: str) -> float | None:
        """Cost per further row up to the most rows, divided by that of the first ones."""
        sizes = self.sizes(contender)
        if len(sizes) < 3:  # noqa: PLR2004
            return None
        late = self._per_record(contender, USUAL, sizes[1], sizes[-1])
        return ratio(late, self.per_record(contender))

    def peak(self, contender: str) -> float | None:
        """Peak memory with the most rows, in MiB."""
        sizes = self.sizes(contender)
        peak = self.median("peak", contender, sizes[-1]) if sizes else None
        return peak / _MIB if peak is not None else None

    def bytes_per_key(self, contender: str, without: str) -> float | None:
        """Memory per key in bytes, compared with a contender that keeps no keys."""
        sizes = self.sizes(contender)
        if not sizes:
            return None
        peaks = [self.median("peak", name, sizes[-1]) for name in (contender, without)]
        if peaks[0] is None or peaks[1] is None:
            return None
        return (peaks[0] - peaks[1]) / sizes[-1]

    def compare(
        self, field: str, contender: str, other: str, scenario: str, delay: float = 0.0
    ) -> float | None:
        """A field, divided by that of another contender, with the most rows of a scenario."""
        sizes = self.sizes(contender, delay, scenario)
        if not sizes:
            return None
        mine, others = (
            self.median(field, name, sizes[-1], delay, scenario) for name in (contender, other)
        )
        return ratio(mine, others)

    def lead(self, contender: str, other: str, scenario: str) -> float | None:
        """CPU seconds that a contender takes longer than another one."""
        costs = [
            self.median("cpu", name, self.sizes(name, scenario=scenario)[-1], scenario=scenario)
            for name in (contender, other)
            if self.sizes(name, scenario=scenario)
        ]
        if len(costs) < 2 or costs[0] is None or costs[1] is None:  # noqa: PLR2004
            return None
        return costs[0] - costs[1]


def ratio(value: float | None, base: float | None) -> float | None:
    """A value divided by another one; None if one is missing, or nothing to divide by."""
    return value / base if value is not None and base else None


def worst(values: Iterable[float | None]) -> float | None:
    """The highest of the values that are known."""
    return max((value for value in values if value is not None), default=None)
