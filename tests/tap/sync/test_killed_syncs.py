"""Runs that end at random moments: the next one goes on near there, and nothing is missing.

`make soak` sets SEATABLE_SOAK and kills ten times as many.
"""

from __future__ import annotations

import json
import random
import signal

import pytest

from seatable_client.errors import ErrorKind
from seatable_sandbox import Sandbox
from tests.seeds import SOAK, draw_seed
from tests.tap.support import command, config_of, read
from tests.tap.warehouse import Warehouse

KILLS = 200 if SOAK else 20
ROWS = 5_000
PAGE = 500
PROGRAM = f"from tap_seatable.sync import table_sync; table_sync.CURSOR_ROWS = {PAGE}"
"""What makes a read of so few rows note how far it has come."""

WAYS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "closed pipe": None}


class Life:
    """A base, a warehouse, and runs between them that are broken off."""

    def __init__(self, sandbox, folder, seed):
        self.clock = sandbox.clock
        self.base = sandbox.create_base("Life")
        self.base.create_table("T", [{"column_name": "Amount", "column_type": "number"}])
        self.base.append_rows("T", [{"Amount": number} for number in range(ROWS)])
        self.clock.advance(3600)
        self.base.append_rows("T", [{"Amount": -1}])
        self.config = config_of(sandbox, self.base, page_size=PAGE, lookback_seconds=0)
        self.folder = folder
        self.random = random.Random(seed)
        self.warehouse = Warehouse()

    def arguments(self):
        files = {"config": self.config, "state": self.warehouse.state}
        for name, content in files.items():
            (self.folder / f"{name}.json").write_text(json.dumps(content))
        return [f"--{name}={self.folder / name}.json" for name in files]

    def broken_run(self, way, lines):
        """A run that ends after so many lines were read of it; what a loader had got by then."""
        process = command(*self.arguments(), program=PROGRAM)
        with process.stdout, process.stderr:
            head = [process.stdout.readline() for _ in range(lines)]
            if WAYS[way] is None:
                process.stdout.close()
            else:
                process.send_signal(WAYS[way])
                head += process.stdout.readlines()
            log = process.stderr.read().decode()
        assert "Traceback" not in log
        code = process.wait(timeout=30)
        if way == "SIGTERM" and code:
            started = any(head)
            assert code == (128 + signal.SIGTERM if started else code)
            assert all(line.endswith(b"\n") for line in head if line)
        if way == "closed pipe" and code:
            assert code == ErrorKind.SYSTEM.exit_code
        whole = [json.loads(line) for line in head if line.endswith(b"\n")]
        self.warehouse.load(whole)
        return whole, code != 0

    def whole_run(self):
        result = read(self.config, state=self.warehouse.state)
        assert result.error == ""
        self.warehouse.load(result.messages)
        return result.messages

    def assert_equal(self):
        expected = {row["_id"]: row["Amount"] for row in self.base.rows("T")}
        held = {key: row["Amount"] for key, row in self.warehouse.rows("T").items()}
        assert held == expected

    def people_work(self):
        """Edits, new rows and deletions, a few or many."""
        self.clock.advance(60)
        ids = [row["_id"] for row in self.base.rows("T")]
        edited = self.random.sample(ids, self.random.choice([0, 3, 1200]))
        self.base.update_rows("T", {key: {"Amount": self.random.random()} for key in edited})
        made = [{"Amount": number} for number in range(self.random.choice([0, 5, 1300]))]
        self.base.append_rows("T", made)
        self.base.delete_rows("T", self.random.sample(ids, self.random.choice([0, 2, 800])))

    def moment(self):
        """After how many lines: during the start, within a page, or far on."""
        return self.random.choice([0, self.random.randrange(40), self.random.randrange(ROWS)])


def ids_of(messages):
    return [message["record"]["_id"] for message in messages if message["type"] == "RECORD"]


@pytest.mark.parametrize("way", WAYS)
def test_a_full_read_goes_on_near_where_it_stopped(tmp_path, way):
    """No more than two pages come again, whatever the moment; all together they are the base."""
    with Sandbox() as sandbox:
        life = Life(sandbox, tmp_path, seed=1)
        known: set[str] = set()
        for part in (0.3, 0.7):
            lines = int(part * (ROWS - len(known)))
            messages, broken = life.broken_run(way, lines)
            assert broken
            assert len(known.intersection(ids_of(messages))) <= 2 * PAGE
            known.update(ids_of(messages))
        rest = ids_of(life.whole_run())
        assert len(known.intersection(rest)) <= 2 * PAGE
        assert known.union(rest) == {row["_id"] for row in life.base.rows("T")}
        life.assert_equal()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.timeout(1800)
def test_whatever_the_moment_the_next_whole_run_makes_it_right(tmp_path, way):
    """Full reads, changes and comparisons, all of them killed, while people work in between."""
    left = -(-KILLS // len(WAYS)) - 2
    with Sandbox() as sandbox:
        life = Life(sandbox, tmp_path, seed=draw_seed())
        while left > 0:
            _, broken = life.broken_run(way, life.moment())
            left -= broken
            if not broken:
                life.assert_equal()
            if life.random.random() < 0.3:
                life.whole_run()
                life.assert_equal()
            if life.random.random() < 0.7:
                life.people_work()
        life.whole_run()
        life.assert_equal()
