"""Streams with records to mend, and how tests mend them and retry their files."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stdout

from target_seatable.target import RetryingTarget
from tests.target.singer import schema

PEOPLE = schema("people", {"id": "integer", "name": "string", "age": "number"}, ["id"])
LOG = schema("log", {"n": "integer", "v": "number"})
MANY = 1_000_000


def retry(base, *paths, **config):
    """Retries files, by default the one of the base; nothing goes to standard output."""
    out = io.StringIO()
    target = RetryingTarget(config=base.settings(**{"max_rejected_records": MANY, **config}))
    try:
        with redirect_stdout(out):
            target.retry([str(path) for path in paths or [base.rejected]])
    finally:
        assert out.getvalue() == "", "a retry writes no state"


def mend(path, change):
    """Changes the RECORD messages of a file, as people do: `change` edits one in place."""
    messages = [json.loads(line) for line in path.read_bytes().splitlines()]
    for message in messages:
        if message["type"] == "RECORD":
            change(message["record"])
    path.write_text("".join(json.dumps(message) + "\n" for message in messages), "utf-8")


def ids(base):
    """The ids of the people in the base; none where there is no table."""
    tables = [table["name"] for table in base.base.metadata()["metadata"]["tables"]]
    return [row["id"] for row in base.rows("people")] if "people" in tables else []


def set_to(**values):
    return lambda row: row.update(values)


def load(base, *messages, **config):
    return base.load(*messages, **{"max_rejected_records": MANY, **config})


def command(base, tmp_path, *options, text=""):
    """Runs the command itself; returns how it ended."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(base.settings()))
    return subprocess.run(
        [sys.executable, "-m", "target_seatable", "--config", str(config), *options],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
