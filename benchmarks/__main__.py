"""Run the contenders and compare their costs with those of the limits."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contenders.registry import older_builds
from benchmarks.measure import serve
from benchmarks.plan import BRIEF, QUICK, WHOLE, plan
from benchmarks.report import Results, format_table, write_charts, write_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Run


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report. A whole run takes hours, `--brief` 20 minutes, `--quick` two."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument(
        "--quick",
        action="store_const",
        const=QUICK,
        dest="size",
        help="few rows, no delay, once: whether everything runs",
    )
    sizes.add_argument(
        "--brief",
        action="store_const",
        const=BRIEF,
        dest="size",
        help="what docs/performance.md needs: fewer rows, and only the runs that its figures "
        "are computed from",
    )
    parser.add_argument("--delays", type=float, nargs="+", metavar="SECONDS")
    parser.add_argument("--repeat", type=int)
    parser.add_argument(
        "--old",
        default="",
        metavar="NAME=PYTHON",
        help="measure another build beside this one where most of the time is waiting: what to "
        "call it, and the Python of the environment of its checkout",
    )
    parser.add_argument(
        "--only", default="", metavar="WORD", help="only contenders with this word in their names"
    )
    parser.add_argument(
        "--scenario",
        default="",
        metavar="WORD",
        help="only scenarios with this word in their names",
    )
    parser.add_argument("--output", type=Path, default=Path("output/benchmarks"))
    parser.add_argument("--cache", type=Path, default=Path(".cache/benchmarks"))
    options = parser.parse_args(arguments)
    size = options.size or WHOLE
    size = replace(
        size,
        delays=sorted(options.delays) if options.delays else size.delays,
        repeat=options.repeat or size.repeat,
    )
    old_name, _, old_python = options.old.partition("=")
    if bool(old_name) != bool(old_python):
        parser.error("--old needs a name and a Python, such as v0.1.0=../v0.1.0/.venv/bin/python")
    old = older_builds(str(Path(old_python).absolute())) if old_python else ()
    runs: list[Run] = []
    for item in plan(size, old, options.only):
        if options.scenario not in item.scenario.name:
            continue
        with serve(item.scenario, item.rows, item.delay, options.cache) as server:
            for contender in item.contenders:
                runs.append(server.measure(contender))
                print(_format_run(runs[-1]), flush=True)  # noqa: T201
        write_results(Results(runs, old_name), options.output)
    write_charts(Results(runs, old_name), options.output)
    print(format_table(Results(runs, old_name)))  # noqa: T201


def _format_run(run: Run) -> str:
    return (
        f"{run.scenario:33}{run.rows:9,} rows {run.delay:4g} s  {run.contender:42}"
        f"cpu {run.cpu:7.2f} s  wall {run.wall:7.2f} s  {run.peak >> 20:4} MiB  {run.calls:5} calls"
    )


if __name__ == "__main__":
    main()
