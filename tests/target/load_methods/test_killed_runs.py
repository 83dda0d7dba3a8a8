"""Runs that are killed at random moments and resumed: exactly the source's rows, each time.

`make soak` sets SEATABLE_SOAK and kills 40 times on each kind of server.
"""

import itertools
import json
import random
import signal
import subprocess
import sys
import time

from tests.seeds import SOAK, draw_seed
from tests.target.singer import record, schema, state

MANY, FEW = 20, 4
"""Kills on the newest servers, and on each of the others."""

BATCH = 50
LOOKED_UP = 500
ROWS = 4000
PROGRAM = f"""
from target_seatable.keys import lookup
lookup.MAX_KEYS = {LOOKED_UP}
from target_seatable.target import TargetSeaTable
TargetSeaTable.cli()
"""
"""The command, which lets a state out after fewer records than usual."""


def test_killed_at_any_moment_and_resumed(kind, base, tmp_path):
    """Tables are loaded by runs of which many are killed, until there were as many as wanted."""
    wanted = 40 if SOAK else MANY if kind == "gateway" else FEW
    config = tmp_path / "config.json"
    config.write_text(json.dumps(base.settings(batch_size_rows=BATCH)))
    chance, kills = random.Random(draw_seed()), 0
    for table in (f"t{number}" for number in itertools.count()):
        kills += loaded(base, config, table, chance, wanted - kills)
        stored = sorted((row["id"], row["v"]) for row in base.rows(table))
        assert stored == [(number, f"v{number}") for number in range(ROWS)]
        if kills == wanted:
            break


def loaded(base, config, table, chance, most):
    """Loads a table by runs that are killed; the next continues after the last STATE.

    The moment is a number of calls to the server, so that it is within a load on a slow machine
    as well as on a fast one: the token, the metadata, the table, lookups and batches.

    Returns:
        How many runs were killed, `most` at most.
    """
    done = kills = 0
    while True:
        asked = chance.randint(1, 25) if kills < most else ROWS
        until = len(base.sandbox.calls) + asked
        process = started(config, table, done)
        while len(base.sandbox.calls) < until and process.poll() is None:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.01))
        process.kill()
        done = last_state(process, done)
        tables = {entry["name"] for entry in base.base.metadata()["metadata"]["tables"]}
        stored = {row["id"] for row in base.rows(table)} if table in tables else set()
        assert stored >= set(range(done)), "a state was ahead of the rows"
        if process.returncode == 0:
            assert done == ROWS
            return kills
        assert process.returncode == -signal.SIGKILL
        kills += 1


def started(config, table, done):
    """The command, reading what comes after so many records, with a state after each batch."""
    lines = [schema(table, {"id": "integer", "v": "string"}, ["id"])]
    for start in range(done, ROWS, BATCH):
        lines += [
            record(table, id=number, v=f"v{number}") for number in range(start, start + BATCH)
        ]
        lines.append(state({"n": start + BATCH}))
    path = config.with_name("input.singer")
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with path.open("rb") as messages:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "--config", str(config)],
            stdin=messages,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


def last_state(process, done):
    """How many records the last complete STATE tells of, or as many as before."""
    out, _ = process.communicate()
    states = [line for line in out.splitlines(keepends=True) if line.endswith(b"}\n")]
    return json.loads(states[-1])["n"] if states else done
