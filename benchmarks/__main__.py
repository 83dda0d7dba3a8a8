"""Run the contenders side by side and say how far they are from the limits."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lineup import CONTENDERS
from benchmarks.measuring import course
from benchmarks.report import Results, draw, table, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measuring import Run

_SIZES = (100_000, 300_000, 1_000_000)
_DELAYS = (0.0, 0.05, 0.2)
_QUICK = (2_000, 12_000)
_FEW_CALLS = ("tap limit", "tap-seatable")


def main() -> None:
    """Measure and report. Everything takes hours; `--quick` half a minute."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, no delay, once")
    parser.add_argument("--rows", type=int, nargs="+", default=_SIZES)
    parser.add_argument("--delays", type=float, nargs="+", default=_DELAYS, metavar="SECONDS")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--brief",
        action="store_true",
        help="repeat only what the cost per record is taken from; delays with the fewest rows, and "
        "with the most for those of which that takes only seconds",
    )
    parser.add_argument("--only", default="", metavar="WORD", help="contenders with this in them")
    parser.add_argument("--output", type=Path, default=Path("output/benchmarks"))
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    asked = parser.parse_args()
    if asked.quick:
        asked.rows, asked.delays, asked.repeat = _QUICK, (0.0,), 1
    contenders = [one for one in CONTENDERS if asked.only in one.name]
    runs: list[Run] = []
    for rows, delay, names in _rounds(asked):
        with course(rows, delay, asked.cache) as ground:
            # Side by side: what else the machine does meets all of them alike.
            for contender in contenders:
                if names and contender.name not in names:
                    continue
                runs.append(ground.measure(contender))
                print(_line(runs[-1]), flush=True)  # noqa: T201
        write(Results(runs), asked.output)
    draw(Results(runs), asked.output)
    print(table(Results(runs)))  # noqa: T201


def _rounds(asked: argparse.Namespace) -> Sequence[tuple[int, float, Sequence[str]]]:
    """Rows, delay and contenders of each round; no names are all contenders."""
    rows, delays, repeat = sorted(asked.rows), sorted(asked.delays), int(asked.repeat)
    if not asked.brief:
        return [(size, delay, ()) for size in rows for delay in delays] * repeat
    return [
        *[(size, delays[0], ()) for size in rows[:2]] * repeat,
        *[(rows[0], delay, ()) for delay in delays[1:]],
        *[(size, delays[0], ()) for size in rows[2:]],
        *[(rows[-1], delay, _FEW_CALLS) for delay in delays[1:]],
    ]


def _line(run: Run) -> str:
    return (
        f"{run.rows:9,} rows {run.delay:4g} s  {run.contender:42}cpu {run.cpu:7.2f} s  "
        f"wall {run.wall:7.2f} s  {run.peak >> 20:4} MiB  {run.calls:5} calls"
    )


if __name__ == "__main__":
    main()
