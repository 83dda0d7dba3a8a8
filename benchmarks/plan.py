"""The plan of the measurements: contenders, scenarios, rows and delays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import registry
from benchmarks.material import FORMS, USUAL
from benchmarks.measure import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.contenders.registry import Contender

START = Scenario("start", FORMS[USUAL], tables=20)
"""Programs that read nothing, and a run that finds nothing new in 20 tables."""

SMALL_TABLES = Scenario("20 tables of 500 rows", FORMS[USUAL], tables=20)
MANY_BASES = Scenario("10 bases of 5 tables of 500 rows", FORMS[USUAL], tables=5, bases=10)
SMALL_STREAMS = Scenario("20 streams of 500 records", FORMS[USUAL], tables=20)
LARGE_TABLES = Scenario("4 large tables", FORMS[USUAL], tables=4)

_SMALL_ROWS = 500
_FEW = 5
"""Slow contenders run with so many times fewer rows."""


@dataclass(frozen=True)
class Round:
    """Contenders that run one after the other, so that other load affects all of them.

    Attributes:
        scenario: What they read or load.
        rows: The number of rows, of all tables together.
        delay: Seconds that the server adds to each call.
        contenders: Who runs.
    """

    scenario: Scenario
    rows: int
    delay: float
    contenders: Sequence[Contender]


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes:
        rows: The numbers of rows of the usual form; two suffice for the cost of a record.
        form_rows: Two numbers of rows of every other form, for the cost of a record.
        large_rows: Two numbers of rows of the large tables together.
        delays: Seconds that are added to each call.
        repeat: How often the runs are repeated that the cost of a record is computed from.
        starts: How often programs are started that read nothing.
        every: Whether every number of rows runs with every delay, and all contenders with each.
    """

    rows: Sequence[int]
    form_rows: tuple[int, int]
    large_rows: tuple[int, int]
    delays: Sequence[float]
    repeat: int
    starts: int
    every: bool = False


QUICK = Size((2_000, 12_000), (1_000, 6_000), (4_000, 24_000), (0.0,), repeat=1, starts=1)
BRIEF = Size(
    (50_000, 250_000, 1_000_000), (20_000, 120_000), (100_000, 1_000_000), (0.0, 0.05, 0.2),
    repeat=3, starts=7,
)  # fmt: skip
WHOLE = Size(
    (100_000, 300_000, 1_000_000), (40_000, 240_000), (100_000, 1_000_000), (0.0, 0.05, 0.2),
    repeat=5, starts=15, every=True,
)  # fmt: skip


def plan(size: Size, old: Sequence[Contender] = (), word: str = "") -> list[Round]:
    """All rounds.

    Args:
        size: How much is measured.
        old: The tap and the target of an older build, which run beside the others where most of
            the time is waiting.
        word: Only contenders with this word in their names run.
    """
    found = []
    for item in _rounds(size, old):
        contenders = registry.named(item.contenders, word)
        if contenders:
            found.append(Round(item.scenario, item.rows, item.delay, contenders))
    return found


def _rounds(size: Size, old: Sequence[Contender]) -> Iterator[Round]:
    start_rows = START.tables * _SMALL_ROWS
    starters = (registry.IMPORT_SDK, *registry.HELP, *registry.VERSION, registry.IDLE)
    for _ in range(size.starts):
        yield Round(START, start_rows, 0.0, starters)
    yield from _waiting(size, old)
    yield from _large_tables(size)
    for _ in range(size.repeat):
        yield from _usual(size.rows[:2], 0.0)
        for form in FORMS.values():
            if form.name != USUAL:
                yield from _of_form(Scenario(form.name, form), size.form_rows)
    yield from _many_rows(size)


def _waiting(size: Size, old: Sequence[Contender]) -> Iterator[Round]:
    """Rounds in which most of the time is waiting; with delay, one run of each tells enough."""
    old_taps = [contender for contender in old if contender.side == registry.TAP]
    old_targets = [contender for contender in old if contender.side == registry.TARGET]
    taps = (*registry.TAPS_AT_ONCE.values(), registry.TAP_SDK, *old_taps)
    targets = (*registry.TARGETS_AT_ONCE.values(), registry.TARGET_SDK, *old_targets)
    scenarios = ((SMALL_TABLES, taps), (MANY_BASES, taps), (SMALL_STREAMS, targets))
    for delay in size.delays:
        for scenario, contenders in scenarios:
            rows = scenario.tables * scenario.bases * _SMALL_ROWS
            for _ in range(1 if delay else size.repeat):
                yield Round(scenario, rows, delay, contenders)


def _large_tables(size: Size) -> Iterator[Round]:
    contenders = [registry.TAPS_AT_ONCE[number] for number in (1, 4)]
    few, many = size.large_rows
    for _ in range(size.repeat):
        yield Round(LARGE_TABLES, few, 0.0, contenders)
    for _ in range(size.repeat if size.every else 1):
        yield Round(LARGE_TABLES, many, 0.0, contenders)
    if size.delays[-1]:
        yield Round(LARGE_TABLES, size.large_rows[-1], size.delays[-1], contenders)


def _usual(
    rows: Iterable[int], delay: float, contenders: Sequence[Contender] = registry.CONTENDERS
) -> Iterator[Round]:
    """Rounds of the usual form; slow contenders run with fewer rows."""
    scenario = Scenario(USUAL, FORMS[USUAL])
    slow = [contender for contender in contenders if contender.is_slow]
    fast = [contender for contender in contenders if not contender.is_slow]
    for number in rows:
        yield Round(scenario, number, delay, fast)
        yield Round(scenario, number // _FEW, delay, slow)


def _of_form(scenario: Scenario, rows: Sequence[int]) -> Iterator[Round]:
    contenders: tuple[Contender, ...] = (registry.TAP_LIMIT, registry.TAP_SEATABLE)
    if scenario.form.for_targets:
        contenders += (registry.TARGET_LIMIT, registry.APPEND)
    for number in rows:
        yield Round(scenario, int(number / scenario.form.weight), 0.0, contenders)


def _many_rows(size: Size) -> Iterator[Round]:
    """Rounds that show memory, and how much waiting is hidden."""
    if size.every:
        yield from _usual(size.rows[2:], 0.0)
        for delay in size.delays[1:]:
            yield from _usual(size.rows, delay)
        return
    keeping = (
        registry.TAP_LIMIT, registry.TAP_SEATABLE, registry.APPEND,
        registry.UPSERT_NEW, registry.UPSERT_SAME, registry.OVERWRITE,
    )  # fmt: skip
    yield from _usual(size.rows[2:], 0.0, keeping)
    if size.delays[-1]:
        yield from _usual(size.rows[-1:], size.delays[-1], (registry.TAP_SEATABLE,))
        yield from _usual(size.rows[:1], size.delays[-1], (registry.APPEND,))
