"""What a run logs in which nothing had changed: three lines, and who says them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seatable_sandbox import Sandbox
from tests.old_python import IGNORED
from tests.tap.support import config_of, make_table

BIN = Path(sys.executable).parent
TABLES = 20


PACKAGES = ("seatable_client", "singer_seatable", "tap_seatable", "target_seatable")


@pytest.fixture(scope="module")
def server():
    with Sandbox(profile="gateway") as sandbox:
        yield sandbox


def run(command, tmp_path, config, *arguments, messages=b"", **variables):
    """Run a command; its output, and its log as pairs of level and text by logger."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    ended = subprocess.run(
        [BIN / command, "--config", path, *arguments],
        input=messages,
        capture_output=True,
        env={**os.environ, "PYTHONWARNINGS": IGNORED, **variables},
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    lines = [line.split(" | ", 3)[1:] for line in ended.stderr.decode().splitlines()]
    return ended.stdout, [[part.strip() for part in line] for line in lines]


def last_state(output):
    states = [line for line in output.splitlines() if b'"type":"STATE"' in line]
    return json.loads(states[-1])["value"]


@pytest.fixture(scope="module")
def base(server):
    base = server.create_base("Idle")
    for number in range(TABLES):
        make_table(base, f"T{number}", 2)
    server.clock.advance(1000)
    return base


@pytest.fixture
def first(server, base, tmp_path):
    """The first run: the option with its state, and its messages."""
    output, lines = run("tap-seatable", tmp_path, config_of(server, base))
    for number in range(TABLES):
        texts = [text for _, _, text in lines if text.startswith(f"Stream 'T{number}': ")]
        assert texts[0] == f"Stream 'T{number}': full sync (first run)."
        assert re.fullmatch(r"Stream 'T\d+': [23] records, 0 deleted rows\.", texts[1])
    state = tmp_path / "state.json"
    state.write_text(json.dumps(last_state(output)), encoding="utf-8")
    return f"--state={state}", output


def is_idle_log(lines, command, name):
    """Whether a log has the version, the base and the summary, and nothing else."""
    [version, connected, summary] = lines
    module = command.replace("-", "_")
    assert version[:2] == ["INFO", f"{module}.{module.partition('_')[0]}"]
    assert version[2].startswith(f"{command} v")
    assert connected[:2] == ["INFO", "seatable_client.connection"]
    assert connected[2].startswith(f"Connected to base {name!r} of ")
    assert summary[:2] == version[:2]
    return json.loads(summary[2].removeprefix("SUMMARY: "))


def test_an_idle_run_of_the_tap_logs_three_lines(server, base, first, tmp_path):
    option, _ = first
    _, lines = run("tap-seatable", tmp_path, config_of(server, base), option)
    summary = is_idle_log(lines, "tap-seatable", "Idle")
    assert (summary["streams"], summary["rows"], summary["calls"]) == (TABLES, 0, 2)


def test_the_rest_is_there_for_who_looks_for_it(server, base, first, tmp_path):
    option, _ = first
    variables = {"TAP_SEATABLE_LOGLEVEL": "DEBUG"}
    _, lines = run("tap-seatable", tmp_path, config_of(server, base), option, **variables)
    for number in range(TABLES):
        text = f"Stream 'T{number}': skipped, no changes since the last run."
        assert ["DEBUG", "tap_seatable.sync.table_sync", text] in lines
    assert [text for level, _, text in lines if level == "DEBUG" and " API calls (" in text]
    assert [text for _, _, text in lines if '"metric":"http_request_count","value":2' in text]


def test_a_table_that_changed_is_told_of_alone(server, base, first, tmp_path):
    option, _ = first
    base.append_rows("T7", [{"Name": "new"}])
    _, lines = run("tap-seatable", tmp_path, config_of(server, base), option)
    about_tables = [text for _, _, text in lines if text.startswith("Stream ")]
    assert {text.split("'")[1] for text in about_tables} == {"T7"}
    assert [text for _, _, text in lines if " API calls (" in text]
    assert [text for _, _, text in lines if '"metric":"record_count"' in text]


def test_warnings_and_settings_from_the_environment(server, base, first, tmp_path):
    option, _ = first
    config = {**config_of(server, base), "exclude_tables": ["no such table"]}
    variables = {"TAP_SEATABLE_PAGE_SIZE": "500", "TAP_SEATABLE_CONCURRENCY": "2"}
    _, lines = run("tap-seatable", tmp_path, config, "--config=ENV", option, **variables)
    [warning] = [line for line in lines if line[0] != "INFO"]
    assert warning[0] == "WARNING"
    assert warning[1].startswith("tap_seatable.")
    assert len(lines) == 4


def test_an_idle_run_of_the_target_logs_three_lines(server, first, tmp_path):
    option, output = first
    copy = config_of(server, server.create_base("Copy"), load_method="upsert")
    _, lines = run("target-seatable", tmp_path, copy, messages=output)
    assert [text for _, _, text in lines if "2 rows added" in text]
    schemas = [line for line in output.splitlines() if b'"type":"SCHEMA"' in line]
    state = json.dumps({"type": "STATE", "value": last_state(output)}).encode()
    messages = b"\n".join([*schemas, state, b""])
    _, lines = run("target-seatable", tmp_path, copy, messages=messages)
    summary = is_idle_log(lines, "target-seatable", "Copy")
    assert (summary["rows"], summary["unchanged"], summary["rejects"]) == (0, 0, 0)
    assert option


def test_loggers_have_the_names_of_modules(server, base, first, tmp_path):
    _, output = first
    names = set()
    for command, settings, messages in (
        ("tap-seatable", config_of(server, base, side_streams=["_tables"]), b""),
        ("target-seatable", config_of(server, server.create_base("Names")), output),
    ):
        _, lines = run(command, tmp_path, settings, messages=messages)
        names |= {name for _, name, _ in lines}
    own = {name for name in names if not name.startswith("singer_sdk.")}
    assert len(own) > 5
    for name in own:
        assert re.fullmatch(r"[a-z_.]+", name)
        assert name.startswith(tuple(f"{package}." for package in PACKAGES))
