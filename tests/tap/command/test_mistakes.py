"""Mistakes of users: each time one clear sentence, the exit code of its kind, and no token."""

from __future__ import annotations

import copy
import http.server
import json
import re
import socket
import threading

import pytest

from seatable_client.errors import ErrorKind
from seatable_sandbox import Fault
from tests.tap.support import (
    READS_ROWS,
    config_of,
    deselect_stream,
    discover,
    errors_in_log,
    make_table,
    read,
)

QUICK = "from seatable_client.http import client; client.MAX_TRIES = 2"
"""Two tries are enough to see that a server is not there; users keep all of theirs."""


# Invalid settings


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("server_url", "cloud.seatable.io", "server_url must be the root of a SeaTable server"),
        ("server_url", "ftp://example.org", "server_url must be the root of a SeaTable server"),
        ("server_url", "", "server_url must be the root of a SeaTable server"),
        ("server_url", "https://u:p@example.org", "server_url must not contain a user name"),
        ("server_url", "{url}/workspace/1", "server_url must be the root of the server"),
        ("api_token", "", "api_token is not set"),
        ("api_token", None, "api_token"),
        ("server_timezone", "Middle/Earth", "server_timezone 'Middle/Earth' is not a time zone"),
        *[
            ("start_date", text, f"start_date {text!r} is not a date")
            for text in ("soon", "now", "12:30", "P1D", "2024-02-30", "2024-01-01/2024-02-01")
        ],
        ("tables", ["Nothing"], "The setting tables names 'Nothing', but the base has no such"),
        ("page_size", 0, "page_size"),
        ("page_size", 10_001, "page_size"),
        ("naming", "title", "naming"),
        ("lookback_seconds", -1, "lookback_seconds"),
        ("max_requests_per_minute", 0, "max_requests_per_minute"),
        ("stream_maps", {"__else__": "x"}, "stream_maps.__else__ is invalid: 'x' is not"),
        ("stream_maps", {"T": {"__else__": 5}}, "It takes '__NULL__' or null."),
        ("stream_maps", {"T": {"__filter__": 5}}, "stream_maps.T.__filter__ is invalid: 5"),
        ("batch_config", {"encoding": {"format": "jsonl"}}, "this tap writes no BATCH files"),
    ],
)
@pytest.mark.parametrize("arguments", [(), ("--discover",)], ids=["run", "discover"])
def test_an_invalid_setting_is_refused(
    tap_in_process, sandbox, base, config, setting, value, words, arguments
):
    make_table(base, "T", 1)
    if isinstance(value, str):
        value = value.replace("{url}", sandbox.url)
    ended = tap_in_process({**config, setting: value}, *arguments)
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert words in ended.log
    assert b"RECORD" not in ended.output
    if isinstance(value, str) and "u:p@" in value:
        assert "u:p@" not in ended.log


def test_a_catalog_with_two_entries_of_a_stream_that_differ_is_refused(
    tap_in_process, tmp_path, base, config
):
    """The last one would count, and the stream would not be read."""
    make_table(base, "T", 1)
    path, catalog = tmp_path / "catalog.json", discover(config)
    catalog["streams"] *= 2
    path.write_text(json.dumps(catalog))
    assert tap_in_process(config, "--catalog", str(path)).code == 0
    catalog["streams"][1] = copy.deepcopy(catalog["streams"][0])
    deselect_stream({"streams": catalog["streams"][1:]}, "T")
    path.write_text(json.dumps(catalog))
    ended = tap_in_process(config, "--catalog", str(path))
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert f"The file of --catalog {path} has stream 'T' twice, and the two differ" in ended.log


@pytest.mark.parametrize("breadcrumb", [[], ["properties", "Name"]])
def test_a_catalog_that_selects_and_deselects_one_thing_is_refused(
    tap_in_process, tmp_path, base, config, breadcrumb
):
    """The last one would count, and the stream would not be read, or a column go out."""
    make_table(base, "T", 1)
    path, catalog = tmp_path / "catalog.json", discover(config)
    [entry] = catalog["streams"]
    [item] = [item for item in entry["metadata"] if item["breadcrumb"] == breadcrumb]
    entry["metadata"].append(copy.deepcopy(item))
    path.write_text(json.dumps(catalog))
    assert tap_in_process(config, "--catalog", str(path)).code == 0
    entry["metadata"][-1]["metadata"]["selected"] = False
    path.write_text(json.dumps(catalog))
    ended = tap_in_process(config, "--catalog", str(path))
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert f"of stream 'T' for the breadcrumb {breadcrumb!r} twice, and the two differ" in ended.log
    assert b"RECORD" not in ended.output


@pytest.mark.parametrize(
    "arguments", [(), ("--discover",), ("--test",)], ids=["run", "discover", "test"]
)
def test_batch_files_are_refused_from_the_environment_too(
    tap_in_process, config, monkeypatch, arguments
):
    monkeypatch.setenv("TAP_SEATABLE_BATCH_CONFIG", '{"encoding": {"format": "jsonl"}}')
    ended = tap_in_process(config, "--config=ENV", *arguments)
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert "this tap writes no BATCH files" in ended.log


def test_an_empty_batch_config_is_none(tap_in_process, base, config):
    make_table(base, "T", 1)
    ended = tap_in_process({**config, "batch_config": None})
    assert ended.code == 0
    assert b"RECORD" in ended.output


def test_a_wrong_or_revoked_token_is_refused_with_advice(tap, sandbox, base):
    make_table(base, "T", 1)
    wrong = tap({**config_of(sandbox, base), "api_token": "0" * 40})
    sandbox.revoke(base.read_only_token)
    revoked = tap({**config_of(sandbox, base), "api_token": base.read_only_token})
    for ended in (wrong, revoked):
        assert ended.code == ErrorKind.CREDENTIALS.exit_code
        assert ended.output == b""
        [sentence] = errors_in_log(ended)
        assert "open the base that api_token belongs to" in sentence
        assert "Check api_token" in sentence


def test_a_read_only_token_is_enough(sandbox, base):
    made = make_table(base, "T", 2)
    run = read({**config_of(sandbox, base), "api_token": base.read_only_token})
    assert run.error == ""
    assert sorted(run.ids("T")) == sorted(made)


def test_a_token_revoked_in_the_middle_of_a_run_ends_it(sandbox, base, config, calls_per_table):
    for name in "TU":
        make_table(base, name, 1)
    sandbox.inject(Fault("expire", path=READS_ROWS, after=calls_per_table, times=100))
    run = read({**config, "concurrency": 1})
    assert "'U'" in run.error
    assert len(run.records("T")) == 1
    assert run.bookmark("U") is None
    assert run.log_lines("was not read", "read table 'U'")


def test_a_token_revoked_while_tables_are_read_at_once_leaves_none_half_read(
    sandbox, base, config, calls_per_table
):
    for name in "TU":
        make_table(base, name, 1)
    sandbox.inject(Fault("expire", path=READS_ROWS, after=calls_per_table, times=100))
    run = read({**config, "concurrency": 4})
    assert run.error
    for name in "TU":
        failed = f"'{name}'" in run.error
        assert (run.bookmark(name) is None) == failed
        assert failed or len(run.records(name)) == 1


# Servers that are none


@pytest.fixture
def website():
    """A server that answers every request with a page, and notes what it was sent."""
    seen = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, dict(self.headers)))
            body = b"<html><body>Welcome</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            """Keep standard error clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_server_that_is_no_seatable_server(tap, website):
    ended = tap({"server_url": website, "api_token": "a" * 40}, program=QUICK)
    assert ended.code == ErrorKind.SERVER.exit_code
    assert ended.output == b""
    [sentence] = errors_in_log(ended)
    assert "HTML page" in sentence
    assert f"check that {website} is a SeaTable server" in sentence


def test_a_server_that_falls_back_to_html_in_the_middle(sandbox, tap, base, config):
    make_table(base, "T", 1)
    sandbox.inject(Fault("html", path=READS_ROWS, times=100))
    ended = tap(config, program=QUICK)
    assert ended.code == ErrorKind.SERVER.exit_code
    assert any("read table 'T'" in line and "HTML page" in line for line in errors_in_log(ended))


def test_a_server_that_is_not_there(tap):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    ended = tap({"server_url": url, "api_token": "a" * 40}, program=QUICK)
    assert ended.code == ErrorKind.SERVER.exit_code
    [sentence] = errors_in_log(ended)
    assert f"no connection to {url}" in sentence


def test_a_host_without_an_address(tap):
    config = {"server_url": "http://seatable.invalid", "api_token": "a" * 40}
    ended = tap(config, program=QUICK)
    assert ended.code == ErrorKind.SERVER.exit_code
    [sentence] = errors_in_log(ended)
    assert "seatable.invalid" in sentence


def test_a_quota_that_resets_too_late_says_when_to_come_back(sandbox, base, config):
    make_table(base, "T", 1)
    sandbox.inject(Fault("status", path=READS_ROWS, times=9, status=429, retry_after=90_000))
    run = read(config)
    assert re.search(r"call limit is used up until \d{4}-\d\d-\d\d \d\d:\d\d UTC", run.error)


# No token anywhere


@pytest.mark.parametrize("arguments", [(), ("--discover",), ("--test",)], ids=" ".join)
def test_no_token_shows_at_the_highest_verbosity(tap, sandbox, base, config, arguments):
    make_table(base, "T", 3)
    sandbox.calls.clear()
    ended = tap(config, *arguments, env={"LOGLEVEL": "DEBUG", "TAP_SEATABLE_LOGLEVEL": "DEBUG"})
    assert ended.code == 0
    assert "DEBUG" in ended.log
    assert not re.search(r"eyJ[\w-]+\.", ended.log + ended.output.decode()), "a base token"
    assert config["api_token"] not in ended.log + ended.output.decode()


def test_no_token_shows_when_a_server_repeats_it(tap, sandbox, base, config):
    make_table(base, "T", 1)
    body = {"error_message": f"bad token {config['api_token']} given"}
    sandbox.inject(Fault("status", path=READS_ROWS, times=9, status=400, body=body))
    ended = tap(config)
    assert ended.code == ErrorKind.DATA.exit_code
    assert "bad token *** given" in ended.log


def test_a_catalog_and_a_state_hold_no_token(base, config):
    make_table(base, "T", 1)
    assert config["api_token"] not in json.dumps(discover(config))
    assert config["api_token"] not in json.dumps(read(config).messages)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("1 / 0", "Stream 'T' was not read: stream_maps cannot be applied to row "),
        ("nope(Name)", "Stream 'T' was not read: stream_maps cannot be applied to row "),
        ("Nmae or ''", "'Nmae' is not defined for expression"),
        ("(", "stream_maps is invalid: Failed to parse expression ("),
    ],
)
def test_an_invalid_expression_of_a_map_is_an_error(
    tap_in_process, base, config, expression, words
):
    make_table(base, "T", 1)
    ended = tap_in_process({**config, "stream_maps": {"T": {"more": expression}}})
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert words in ended.log
    assert b"RECORD" not in ended.output
