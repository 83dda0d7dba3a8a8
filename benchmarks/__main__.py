"""Run the contenders and compare their costs with those of the limits."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import serve
from benchmarks.registry import CONTENDERS
from benchmarks.report import Results, draw_chart, format_table, write_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Run

_SIZES = (100_000, 300_000, 1_000_000)
_DELAYS = (0.0, 0.05, 0.2)
_QUICK_SIZES = (2_000, 12_000)
_FEW_CALLS = ("tap limit", "tap-seatable")


def main() -> None:
    """Measure and report. A whole run takes hours, `--quick` half a minute."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows, no delay, once")
    parser.add_argument("--rows", type=int, nargs="+", default=_SIZES)
    parser.add_argument("--delays", type=float, nargs="+", default=_DELAYS, metavar="SECONDS")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--brief",
        action="store_true",
        help="repeat only the runs that the cost per record is computed from; run delays with the "
        "fewest rows, and with the most rows only the contenders that make few calls",
    )
    parser.add_argument(
        "--only", default="", metavar="WORD", help="only contenders with this word in their names"
    )
    parser.add_argument("--output", type=Path, default=Path("output/benchmarks"))
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    options = parser.parse_args()
    if options.quick:
        options.rows, options.delays, options.repeat = _QUICK_SIZES, (0.0,), 1
    contenders = [contender for contender in CONTENDERS if options.only in contender.name]
    runs: list[Run] = []
    for rows, delay, names in _rounds(options):
        with serve(rows, delay, options.cache) as server:
            # All contenders of a round run within minutes, so that other load affects all of them.
            for contender in contenders:
                if names and contender.name not in names:
                    continue
                runs.append(server.measure(contender))
                print(_format_run(runs[-1]), flush=True)  # noqa: T201
        write_results(Results(runs), options.output)
    draw_chart(Results(runs), options.output)
    print(format_table(Results(runs)))  # noqa: T201


def _rounds(options: argparse.Namespace) -> Sequence[tuple[int, float, Sequence[str]]]:
    """Rows, delay and names of contenders of each round; without names, all of them."""
    rows, delays, repeat = sorted(options.rows), sorted(options.delays), int(options.repeat)
    if not options.brief:
        return [(size, delay, ()) for size in rows for delay in delays] * repeat
    return [
        *[(size, delays[0], ()) for size in rows[:2]] * repeat,
        *[(rows[0], delay, ()) for delay in delays[1:]],
        *[(size, delays[0], ()) for size in rows[2:]],
        *[(rows[-1], delay, _FEW_CALLS) for delay in delays[1:]],
    ]


def _format_run(run: Run) -> str:
    return (
        f"{run.rows:9,} rows {run.delay:4g} s  {run.contender:42}cpu {run.cpu:7.2f} s  "
        f"wall {run.wall:7.2f} s  {run.peak >> 20:4} MiB  {run.calls:5} calls"
    )


if __name__ == "__main__":
    main()
