"""The bars that the project has set itself: ratios and numbers that no run may exceed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import registry
from benchmarks.plan import LARGE_TABLES, MANY_BASES, SMALL_STREAMS, SMALL_TABLES, START
from benchmarks.report.results import worst

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.contenders.registry import Contender
    from benchmarks.measure import Scenario
    from benchmarks.report.results import Results

    Value = Callable[[Results], float | None]

DEFAULT_CONCURRENCY = 4
"""The default of the plugins."""


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
    value: Value


def _cost(contender: Contender, other: Contender) -> Value:
    return lambda results: results.cost_ratio(contender.name, other.name)


def _worst_form(side: int) -> Value:
    return lambda results: worst(ratios[side] for ratios in results.form_ratios().values())


def _overlap(contender: Contender) -> Value:
    return lambda results: results.overlap(contender.name)


def _growth(contender: Contender) -> Value:
    return lambda results: results.growth("peak", contender.name)


def _peak(contender: Contender) -> Value:
    return lambda results: results.peak(contender.name)


def _keys(contender: Contender) -> Value:
    return lambda results: results.bytes_per_key(contender.name, registry.APPEND.name)


def _cost_growth(contender: Contender) -> Value:
    return lambda results: results.cost_growth(contender.name)


def _wall(contender: Contender, old: str, scenario: Scenario) -> Value:
    """Wall time beside the older build, with the longest delay."""
    return lambda results: results.compare(
        "wall", contender.name, old, scenario.name, results.delays[-1]
    )


def _at_once_peak(results: Results) -> float | None:
    """The worst of all delays: pages wait for their turn only where the network is fast."""
    return worst(
        results.compare("peak", _TAP.name, _TAP_ALONE.name, LARGE_TABLES.name, delay)
        for delay in results.delays
    )


def _starts(contenders: Sequence[Contender]) -> Value:
    return lambda results: worst(
        results.compare("cpu", contender.name, registry.IMPORT_SDK.name, START.name)
        for contender in contenders
    )


_TAP = registry.TAPS_AT_ONCE[DEFAULT_CONCURRENCY]
_TAP_ALONE = registry.TAPS_AT_ONCE[1]
_TARGET = registry.TARGETS_AT_ONCE[DEFAULT_CONCURRENCY]

BARS = (
    Bar("tap: CPU per record / tap limit, worst form of tables", 1.15, _worst_form(0)),
    Bar("tap with stream maps: CPU per record / tap limit", 1.6,
        _cost(registry.TAP_MAPS, registry.TAP_LIMIT)),
    Bar("tap: CPU per record / plain SDK tap", 0.3, _cost(registry.TAP_SEATABLE, registry.TAP_SDK)),
    Bar("tap: CPU per record / seatable-api", 1.1,
        _cost(registry.TAP_SEATABLE, registry.TAP_CLIENT)),
    Bar("target append: CPU per record / target limit, worst form of records", 1.8,
        _worst_form(1)),
    Bar("target append: CPU per record / plain SDK target", 0.2,
        _cost(registry.APPEND, registry.TARGET_SDK)),
    Bar("upsert, all new: CPU per record / target limit", 5,
        _cost(registry.UPSERT_NEW, registry.TARGET_LIMIT)),
    Bar("upsert, all unchanged: CPU per record / target limit", 5,
        _cost(registry.UPSERT_SAME, registry.TARGET_LIMIT)),
    Bar("overwrite, all unchanged: CPU per record / target limit", 5,
        _cost(registry.OVERWRITE, registry.TARGET_LIMIT)),
    Bar("tap, 20 tables of 500 rows: wall / older build", 0.35,
        _wall(_TAP, registry.OLD_TAP, SMALL_TABLES)),
    Bar("tap, 10 bases of 5 tables of 500 rows: wall / older build", 0.25,
        _wall(_TAP, registry.OLD_TAP, MANY_BASES)),
    Bar("target, 20 streams of 500 records: wall / older build", 0.4,
        _wall(_TARGET, registry.OLD_TARGET, SMALL_STREAMS)),
    Bar("tap, 4 large tables: CPU per record, concurrency 4 / 1", 1.05,
        lambda results: results.cost_ratio(_TAP.name, _TAP_ALONE.name, LARGE_TABLES.name)),
    Bar("tap, 4 large tables: peak memory, concurrency 4 / 1", 1.3, _at_once_peak),
    Bar("--help: CPU / import singer_sdk, worse plugin", 1.1, _starts(registry.HELP)),
    Bar("--version: CPU / import singer_sdk, worse plugin", 1.1, _starts(registry.VERSION)),
    Bar("tap, nothing has changed in 20 tables: CPU above --help, seconds", 0.15,
        lambda results: results.lead(registry.IDLE.name, registry.HELP[0].name, START.name)),
    Bar("tap: wall / max(network, CPU), longest delay", 1.15, _overlap(registry.TAP_SEATABLE)),
    Bar("target append: wall / max(network, CPU), longest delay", 1.15, _overlap(registry.APPEND)),
    Bar("tap: peak memory, most rows / fewest", 1.2, _growth(registry.TAP_SEATABLE)),
    Bar("target append: peak memory, most rows / fewest", 1.2, _growth(registry.APPEND)),
    Bar("tap: peak memory, most rows, MiB", 200, _peak(registry.TAP_SEATABLE)),
    Bar("target append: peak memory, most rows, MiB", 200, _peak(registry.APPEND)),
    Bar("upsert, all new: bytes per key", 200, _keys(registry.UPSERT_NEW)),
    Bar("upsert, all unchanged: bytes per key", 200, _keys(registry.UPSERT_SAME)),
    Bar("overwrite, all unchanged: bytes per key", 200, _keys(registry.OVERWRITE)),
    Bar("tap: cost per row, most rows / fewest", 1.1, _cost_growth(registry.TAP_SEATABLE)),
    Bar("target append: cost per row, most rows / fewest", 1.1, _cost_growth(registry.APPEND)),
)  # fmt: skip
