"""The command line: every option, environment settings, signals, pipes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from seatable_client.errors import ErrorKind
from seatable_sandbox import Fault
from tap_seatable.tap import TapSeaTable
from tests.servers import WITH_SQL
from tests.tap.support import READS_ROWS, command, discover, make_table, parse, read, run_command


@pytest.fixture
def config_file(tmp_path, config):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    return str(path)


# What it is and does


def test_version():
    ended = run_command("--version")
    assert ended.code == 0
    assert ended.output.startswith(b"tap-seatable v0.")
    assert b"could not be detected" not in ended.output


def test_the_package_runs_as_a_module():
    ended = subprocess.run(
        [sys.executable, "-m", "tap_seatable", "--version"], capture_output=True, check=True
    )
    assert ended.stdout.startswith(b"tap-seatable v0.")


def test_about_as_json():
    ended = run_command("--about", "--format=json")
    assert ended.code == 0
    about = json.loads(ended.output)
    assert about["name"] == "tap-seatable"
    assert {"catalog", "state", "discover", "about", "stream-maps", "schema-flattening",
            "structured-logging", "activate-version"} == set(about["capabilities"])  # fmt: skip
    settings = about["settings"]["properties"]
    assert settings["api_token"]["secret"] is True
    assert settings["page_size"]["default"] == 10_000
    assert {"server_url", "tables", "exclude_tables", "start_date", "lookback_seconds", "naming",
            "request_timeout", "max_requests_per_minute", "max_wait_seconds", "stream_maps",
            "flattening_enabled"} <= set(settings)  # fmt: skip
    for name, setting in settings.items():
        assert setting.get("description"), name


def test_about_as_markdown():
    ended = run_command("--about", "--format=markdown")
    assert ended.code == 0
    assert "| api_token" in ended.output.decode()


def test_about_needs_no_settings_and_no_server():
    ended = run_command("--about")
    assert ended.code == 0
    assert b"server_url" in ended.output


def test_discover_prints_a_catalog(base, config, config_file):
    make_table(base, "T", 1)
    ended = run_command("--config", config_file, "--discover")
    assert ended.code == 0
    assert json.loads(ended.output) == discover(config)


def test_a_run_is_singer_messages_and_nothing_else(base, config_file):
    make_table(base, "T", 5)
    ended = run_command("--config", config_file)
    assert ended.code == 0
    kinds = [message["type"] for message in parse(ended.output)]
    assert kinds[0] == "SCHEMA"
    assert kinds[-1] == "STATE"
    assert kinds.count("RECORD") == 5


def test_state_and_catalog_come_from_files(tmp_path, sandbox, base, config, config_file):
    make_table(base, "T", 5)
    make_table(base, "U", 5)
    (tmp_path / "state.json").write_text(json.dumps(read(config).state))
    sandbox.clock.advance(100)
    base.append_rows("T", [{"Name": "new"}])
    base.append_rows("U", [{"Name": "new"}])
    catalog = discover(config)
    catalog["streams"] = catalog["streams"][:1]
    for item in catalog["streams"][0]["metadata"]:
        item["metadata"]["selected"] = True
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    ended = run_command(
        *("--config", config_file),
        *("--state", str(tmp_path / "state.json")),
        *("--catalog", str(tmp_path / "catalog.json")),
    )
    assert ended.code == 0
    records = [message for message in parse(ended.output) if message["type"] == "RECORD"]
    assert {record["stream"] for record in records} == {"T"}
    assert "new" in {record["record"]["Name"] for record in records}


@pytest.mark.parametrize("option", ["--state", "--catalog"])
@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_an_invalid_state_or_catalog_is_refused(
    tap_in_process, tmp_path, base, config, option, content
):
    make_table(base, "T", 1)
    path = tmp_path / "input.json"
    path.write_text(content)
    ended = tap_in_process(config, option, str(path))
    if content == "null":
        assert ended.code == 0
    else:
        assert ended.code == ErrorKind.CONFIGURATION.exit_code
        assert f"The file of {option} {path}" in ended.log


def test_settings_come_from_the_environment(base, config):
    make_table(base, "T", 2)
    make_table(base, "U", 2)
    ended = run_command(
        "--config=ENV",
        env={
            "TAP_SEATABLE_SERVER_URL": config["server_url"],
            "TAP_SEATABLE_API_TOKEN": config["api_token"],
            "TAP_SEATABLE_TABLES": '["U"]',
            "TAP_SEATABLE_PAGE_SIZE": "1",
        },
    )
    assert ended.code == 0, ended.log
    assert {m["stream"] for m in parse(ended.output) if m["type"] == "RECORD"} == {"U"}


def test_numbers_come_from_the_environment(base, config):
    make_table(base, "T", 1)
    environment = {
        "TAP_SEATABLE_SERVER_URL": config["server_url"],
        "TAP_SEATABLE_API_TOKEN": config["api_token"],
        "TAP_SEATABLE_LOOKBACK_SECONDS": "1.5",
        "TAP_SEATABLE_REQUEST_TIMEOUT": "20",
    }
    ended = run_command("--config=ENV", env=environment)
    assert ended.code == 0, ended.log


@pytest.mark.parametrize("name", ["LOOKBACK_SECONDS", "PAGE_SIZE"])
def test_an_invalid_number_in_the_environment_is_refused(name):
    ended = run_command("--config=ENV", env={f"TAP_SEATABLE_{name}": "many"})
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert "'many'" in ended.log
    assert name.lower() in ended.log
    assert "Traceback" not in ended.log


def test_without_settings_the_error_names_the_token():
    ended = run_command()
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert "api_token is not set" in ended.log
    assert "Traceback" not in ended.log


# --test


def test_test_reads_a_row_of_every_table_and_reports(kind, base, config_file):
    make_table(base, "T", 50)
    make_table(base, "U")
    ended = run_command("--config", config_file, "--test")
    assert ended.code == 0
    records = [m for m in parse(ended.output) if m["type"] == "RECORD"]
    assert len(records) == 1
    api = "API gateway" if kind in {"gateway", "cloud 5.0"} else "dtable-server v1"
    assert f"is reachable through the {api}" in ended.log
    assert "with permission rw" in ended.log
    assert "2 of 2 tables can be read" in ended.log


def test_test_reports_a_table_that_cannot_be_read(sandbox, base, config_file):
    make_table(base, "T", 1)
    make_table(base, "U", 1)
    refusal = {"error_message": "no"}
    sandbox.inject(Fault("status", path=READS_ROWS, status=400, body=refusal))
    ended = run_command("--config", config_file, "--test")
    assert ended.code == ErrorKind.DATA.exit_code
    assert "1 of 2 tables can be read" in ended.log
    assert "Traceback" not in ended.log


def test_test_reports_a_wrong_setting_once_for_many_tables(base, config, tap_in_process):
    for name in ("T", "U"):
        make_table(base, name, 1)
        base.add_column(name, "Papers", "file")
    files = {"attachments": "download", "attachments_path": "nonsense://x"}
    ended = tap_in_process({**config, **files}, "--test")
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert ended.log.count("cannot be used") == 1


def test_test_does_not_change_the_state(base, config_file):
    make_table(base, "T", 50)
    ended = run_command("--config", config_file, "--test")
    for message in parse(ended.output):
        if message["type"] == "STATE":
            marks = message["value"].get("bookmarks", {}).get("T", {})
            assert marks.get("replication_key_value") is None


def test_test_schema_writes_schemas_only(base, config_file):
    make_table(base, "T", 1)
    ended = run_command("--config", config_file, "--test=schema")
    assert ended.code == 0
    assert [message["type"] for message in parse(ended.output)] == ["SCHEMA"]


# What a run says of itself


def test_metrics_and_costs_are_logged(base, config_file):
    make_table(base, "T", 25)
    ended = run_command("--config", config_file)
    metrics = [
        json.loads(line.partition("METRIC: ")[2])
        for line in ended.log.splitlines()
        if "METRIC: " in line
    ]
    counted = [m for m in metrics if m["metric"] == "record_count"]
    assert [(m["value"], m["tags"]["stream"]) for m in counted] == [(25, "T")]
    assert [m["tags"]["status"] for m in metrics if m["metric"] == "sync_duration"] == ["succeeded"]
    assert " API calls (" in ended.log
    assert "for 25 rows" in ended.log


def test_costs_are_logged_after_a_failure_too(sandbox, base, config_file):
    make_table(base, "T", 5)
    sandbox.inject(Fault("status", path=READS_ROWS, status=400, body={"error_message": "no"}))
    ended = run_command("--config", config_file)
    assert ended.code == ErrorKind.DATA.exit_code
    assert " API calls (" in ended.log


# Signals and pipes


def await_rows(process, lines):
    """Read some lines of a running command; what it has written so far.

    `communicate` would miss what a buffer holds of the next line: the command has `bufsize=0`.
    """
    assert isinstance(process.stdout, io.RawIOBase)
    return [process.stdout.readline() for _ in range(lines)]


def finish(process, head=()):
    """The rest of a command's output, and how it ended."""
    output, log = process.communicate(timeout=30)
    return b"".join(head) + output, log.decode()


IN_PAGES = pytest.mark.only_on(*WITH_SQL)
"""Others may send a table in one answer."""


PAGE_BY_PAGE = "from tap_seatable.sync import row_order; row_order.MAX_ROWS = 1"
"""Rows do not wait for those of later pages, as in a table of more than 50,000 rows."""


@pytest.fixture
def slow_table(sandbox, base):
    """A table whose second page does not come: it follows a page, a count, and the page again."""
    made = make_table(base, "T", 200)
    base.add_column("T", "Text", "long-text")
    base.update_rows("T", {row_id: {"Text": "x" * 3000} for row_id in made})
    sandbox.inject(Fault("hang_before", path=READS_ROWS, after=3, times=100, seconds=20))
    return made


@IN_PAGES
@pytest.mark.usefixtures("slow_table")
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_with_its_own_code_and_whole_lines(tmp_path, config, signum):
    (tmp_path / "config.json").write_text(json.dumps({**config, "page_size": 100}))
    config_file = str(tmp_path / "config.json")
    process = command("--config", config_file, program=PAGE_BY_PAGE, bufsize=0)
    head = await_rows(process, 1 + 100)
    process.send_signal(signum)
    started = time.monotonic()
    output, log = finish(process, head)
    assert time.monotonic() - started < 10, "it does not wait for the server"
    assert process.returncode == 128 + signum
    assert "Traceback" not in log
    assert f"Stopped by signal {int(signum)}" in log
    messages = parse(output)
    assert [message["type"] for message in messages].count("RECORD") == 100
    for message in messages:
        if message["type"] == "STATE":
            marks = message["value"]["bookmarks"].get("T", {})
            assert marks.get("replication_key_value") is None


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_signal_while_the_reader_is_slow_leaves_no_broken_line(
    tmp_path, base, config, unbuffered
):
    """The pipe is full and a line half written when the signal comes."""
    made = make_table(base, "T", 100)
    base.add_column("T", "Text", "long-text")
    base.update_rows("T", {row_id: {"Text": "x" * 50_000} for row_id in made})
    (tmp_path / "config.json").write_text(json.dumps(config))
    config_file, environment = str(tmp_path / "config.json"), {"PYTHONUNBUFFERED": unbuffered}
    process = command("--config", config_file, env=environment, bufsize=0)
    head = await_rows(process, 1)
    time.sleep(0.7)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    output, log = finish(process, head)
    assert process.returncode == 128 + signal.SIGTERM
    assert output.endswith(b"\n")
    for message in parse(output):
        assert message["type"] in {"SCHEMA", "RECORD"}
    assert "Traceback" not in log


def test_a_closed_pipe_ends_the_run_with_a_sentence(tmp_path, base, config):
    made = make_table(base, "T", 100)
    base.add_column("T", "Text", "long-text")
    base.update_rows("T", {row_id: {"Text": "x" * 5_000} for row_id in made})
    (tmp_path / "config.json").write_text(json.dumps(config))
    process = command("--config", str(tmp_path / "config.json"))
    with process.stdout, process.stderr:
        process.stdout.readline()
        process.stdout.close()
        log = process.stderr.read().decode()
    assert process.wait(timeout=30) == ErrorKind.SYSTEM.exit_code
    assert "Traceback" not in log
    assert "the program that reads this output has ended" in log


@IN_PAGES
def test_a_killed_run_continues_from_its_last_state(tmp_path, sandbox, config, slow_table):
    """Whatever a killed run had written, the next one brings the rest."""
    (tmp_path / "config.json").write_text(json.dumps({**config, "page_size": 100}))
    config_file = str(tmp_path / "config.json")
    process = command("--config", config_file, program=PAGE_BY_PAGE, bufsize=0)
    head = await_rows(process, 1 + 100)
    process.kill()
    output, _ = finish(process, head)
    states = [message["value"] for message in parse(output) if message["type"] == "STATE"]
    sandbox.clear_faults()
    rest = read(config, state=states[-1] if states else None)
    emitted = {m["record"]["_id"] for m in parse(output) if m["type"] == "RECORD"}
    assert emitted | set(rest.ids("T")) == set(slow_table)
    assert rest.bookmark("T")


# Settings stay where they are


def test_the_configuration_is_not_written_into(config):
    before = json.dumps(config)
    TapSeaTable(config=config)
    assert {name: config[name] for name in json.loads(before)} == json.loads(before)
    assert os.environ.get("TAP_SEATABLE_API_TOKEN") is None


def test_the_output_of_two_runs_in_one_process_does_not_mix(base, config):
    make_table(base, "T", 3)
    runs = []
    thread = threading.Thread(target=lambda: runs.append(read(config)))
    thread.start()
    thread.join()
    assert len(runs[0].records("T")) == 3
