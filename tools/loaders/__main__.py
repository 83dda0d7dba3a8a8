"""Runs loaders with tap-seatable, and writes docs/loaders.json.

    python -m tools.loaders                    all that `make loaders` installs
    python -m tools.loaders target-postgres    only some

`make docs` turns the file into the tables of docs/loaders.md.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from demo.postgres import temporary_database
from tools.loaders.measure import measure, needed_readings
from tools.loaders.programs import PROGRAMS, ROOT, find_program
from tools.loaders.scenario import play, play_long_names
from tools.mariadb import mysql_server

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

RESULTS = ROOT / "docs" / "loaders.json"


def main(names: Sequence[str]) -> int:
    """Measure loaders and keep what is known of the others."""
    programs = [find_program(name) for name in names] or list(PROGRAMS)
    results = load_results()
    scenario, long_names = play(needed_readings(programs)), play_long_names()
    with temporary_database() as database, mysql_server(os.environ.get("TEST_MYSQL_URL")) as mysql:
        for program in programs:
            print(program.name)  # noqa: T201
            results[program.name] = measure(
                program, scenario, long_names, database.url, mysql if program.needs_mysql else None
            )
            _write(results)
    return 0


def _write(results: Mapping[str, Any]) -> None:
    ordered = {
        program.name: results[program.name] for program in PROGRAMS if program.name in results
    }
    text = json.dumps(ordered, indent=2, ensure_ascii=False)
    RESULTS.write_text(f"{text}\n", encoding="utf-8")


def load_results(path: Path = RESULTS) -> dict[str, Any]:
    """What is known of loaders, by their names."""
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
