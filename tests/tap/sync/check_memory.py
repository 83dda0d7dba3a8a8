"""A million rows stream with flat memory. `make soak` runs this; it takes minutes."""

from __future__ import annotations

import json
import re

import pytest

from seatable_sandbox import Sandbox
from tests.tap.support import command, config_of

PROGRAM = """
import atexit, sys
def tell():
    with open("/proc/self/status") as status:
        print(*(line for line in status if line.startswith("VmHWM")), file=sys.stderr)
atexit.register(tell)
"""
"""Not getrusage: its maximum begins with what the process that started this one occupied."""
SIZES = (100_000, 1_000_000)
MOST_MEGABYTES_MORE = 40
"""How much ten times the rows may add: the spread of an allocator, not of the table."""


def make_base(sandbox, rows):
    base = sandbox.create_base(f"Base of {rows}")
    base.create_table("T", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Amount", "column_type": "number"},
        {"column_name": "Text", "column_type": "text"},
    ])  # fmt: skip
    for start in range(0, rows, 1000):
        base.append_rows("T", [
            {"Name": f"row {number}", "Amount": number, "Text": f"{number} " * 10}
            for number in range(start, start + 1000)
        ])  # fmt: skip
    return base


def peak_of_run(config, folder, state):
    """Megabytes at most, records and the last state of a run in a process of its own."""
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "state.json").write_text(json.dumps(state))
    process = command(
        *("--config", str(folder / "config.json"), "--state", str(folder / "state.json")),
        program=PROGRAM,
    )
    records, last = 0, b""
    with process.stdout, process.stderr:
        for line in process.stdout:
            records += line.startswith(b'{"type":"RECORD"')
            last = line if b'"type":"STATE"' in line[:20] else last
        log = process.stderr.read().decode()
    assert process.wait() == 0, log
    peak = re.search(r"VmHWM:\s+(\d+) kB", log)
    assert peak is not None
    return int(peak[1]) // 1024, records, json.loads(last)["value"]


@pytest.mark.timeout(3600)
def test_memory_does_not_grow_with_the_table(tmp_path):
    peaks: dict[str, list[int]] = {"first run": [], "comparison": [], "all contents": []}
    for rows in SIZES:
        with Sandbox(max_rows_per_base=2 * max(SIZES)) as sandbox:
            base = make_base(sandbox, rows)
            config = config_of(sandbox, base)
            peak, records, state = peak_of_run(config, tmp_path, {})
            assert records == rows
            peaks["first run"].append(peak)
            ids = [row for row, in base._engine.store.execute(  # the door's way loads every row
                f'SELECT _id FROM "{base._base.table("T").physical}" LIMIT 100'
            )]  # fmt: skip
            base.delete_rows("T", ids)
            peak, records, state = peak_of_run(config, tmp_path, state)
            assert records == len(ids)
            peaks["comparison"].append(peak)
            base.delete_column("T", "Text")
            peak, records, _ = peak_of_run(config, tmp_path, state)
            assert records == rows - len(ids)
            peaks["all contents"].append(peak)
    for kind, (small, large) in peaks.items():
        assert large <= small + MOST_MEGABYTES_MORE, f"{kind}: {peaks}"
    print(f"Megabytes at {SIZES} rows: {peaks}")  # noqa: T201  (what a benchmark is for)
