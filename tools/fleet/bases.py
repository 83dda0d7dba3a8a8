"""The bases of the fleet: of mixed size, edited between rounds, compared with the warehouse."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from demo.meltano import ROOT
from seatable_sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from demo.postgres import Database
    from seatable_sandbox import Sandbox, SandboxBase

SIZES = (20, 200, 1_000, 5_000)
"""Rows of a table, in turn."""

BROKEN = "base 01"
_TABLES = 3
_COLUMNS = (("Name", "text"), ("Amount", "number"), ("Note", "long-text"), ("Done", "checkbox"))


class Bases:
    """Bases with one to three tables each."""

    def __init__(self, sandbox: Sandbox, count: int) -> None:
        self._sandbox = sandbox
        self._bases: dict[str, SandboxBase] = {}
        self._tables: dict[str, list[str]] = {}
        for number in range(1, count + 1):
            base = sandbox.create_base(f"base {number:02}")
            self._bases[base.name] = base
            tables = 1 if base.name == BROKEN else 1 + number % _TABLES
            self._tables[base.name] = [f"table {table}" for table in range(1, tables + 1)]
            for index, table in enumerate(self._tables[base.name]):
                base.create_table(
                    table, [{"column_name": name, "column_type": type_} for name, type_ in _COLUMNS]
                )
                base.append_rows(table, _rows(0, SIZES[(number + index) % len(SIZES)]))

    @property
    def names(self) -> list[str]:
        """The names of all bases."""
        return list(self._bases)

    def count(self) -> tuple[int, int]:
        """How many tables and rows all bases have."""
        counts = [
            len(base.rows(table))
            for name, base in self._bases.items()
            for table in self._tables[name]
        ]
        return len(counts), sum(counts)

    def break_one(self, *, after: int) -> None:
        """Let one base refuse every read of its rows, `after` calls of a listing."""
        path = f"{self._bases[BROKEN].uuid}/sql"
        self._sandbox.inject(Fault("status", path=path, after=after, status=400, times=1_000_000))

    def mend(self) -> None:
        """Let the broken base answer again."""
        self._sandbox.clear_faults()

    def edit(self, turn: int) -> int:
        """Append, update and delete rows in two of three bases; returns how many rows."""
        edited = 0
        for number, (name, base) in enumerate(self._bases.items()):
            if number % 3 == turn % 3 and name != BROKEN:
                continue
            for table in self._tables[name]:
                ids = [row["_id"] for row in base.rows(table)]
                changed, deleted = ids[turn::10], ids[turn + 1 :: 20]
                base.update_rows(table, {row: {"Amount": 0.25 * turn} for row in changed})
                base.delete_rows(table, deleted)
                base.append_rows(table, _rows(1_000_000 * turn, 10))
                edited += len(changed) + len(deleted) + 10
        return edited

    def verify(self, warehouse: Database) -> dict[str, str]:
        """What `tap-seatable verify` says of the bases that differ from the warehouse."""
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(lambda base: self._verify(base, warehouse), self._bases.values())
            return {name: said for name, said in zip(self._bases, found, strict=True) if said}

    def _verify(self, base: SandboxBase, warehouse: Database) -> str:
        result = subprocess.run(
            [ROOT / ".venv" / "bin" / "tap-seatable", "verify", "--json", "--schema", base.name],
            env={
                **{name: os.environ[name] for name in os.environ if not name.startswith("TAP_")},
                "TAP_SEATABLE_SERVER_URL": self._sandbox.url,
                "TAP_SEATABLE_API_TOKEN": base.api_token,
                "TAP_SEATABLE_VERIFY_WAREHOUSE": warehouse.sqlalchemy_url("psycopg"),
            },
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        tables = [json.loads(line) for line in result.stdout.splitlines()]
        if result.returncode == 0 and len(tables) == len(self._tables[base.name]):
            return ""
        return (result.stdout + result.stderr)[-500:] or f"exit code {result.returncode}"


def most_in_a_minute(moments: Iterable[float]) -> int:
    """The most calls in any 60 seconds."""
    ordered: Sequence[float] = sorted(moments)
    first = most = 0
    for index, moment in enumerate(ordered):
        while moment - ordered[first] >= 60:  # noqa: PLR2004
            first += 1
        most = max(most, index - first + 1)
    return most


def _rows(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {"Name": f"row {n}", "Amount": n * 1.5, "Note": f"## Note\n{n}", "Done": n % 2 == 0}
        for n in range(first, first + count)
    ]
