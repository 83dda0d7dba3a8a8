"""What can go wrong: each time one clear sentence, exit code 1, and no token anywhere."""

from __future__ import annotations

import http.server
import itertools
import json
import re
import socket
import threading

import pytest

from seatable_client.errors import RequestRejected, ServerUnavailable
from seatable_sandbox import Fault
from tests.servers import WITH_SQL
from tests.tap.support import (
    READS_ROWS,
    calls_for_rows,
    config_of,
    discover,
    make_table,
    read,
    run_command,
)
from tests.tap.test_model import asks_for, before_reading

_numbers = itertools.count()

QUICK = "from seatable_client.http import client; client.MAX_TRIES = 2"
"""Two tries are enough to see that a server is not there; users keep all of theirs."""


@pytest.fixture
def tap(tmp_path):
    """Runs the tap's command with a configuration; checks what holds whatever happens."""

    def run(config, *arguments, program="", env=None):
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        ended = run_command("--config", str(path), *arguments, program=program, env=env)
        assert "Traceback" not in ended.log, ended.log
        token = config.get("api_token")
        if token:
            assert token not in ended.log
            assert token.encode() not in ended.output
        return ended

    return run


def sentences(ended):
    """The errors of a command's log."""
    return [line for line in ended.log.splitlines() if "ERROR" in line]


# One table that cannot be read


def refused(table):
    return RequestRejected(f"Could not read table {table!r}: no.", status=400, server_message="no")


def not_answered(table):
    return ServerUnavailable(f"Could not read table {table!r}: the server failed (HTTP 500).")


def failing_for(*tables, error=refused):
    """A server that fails for these tables, and the calls for rows that it gets."""
    asked = []

    def fail(details):
        asked.append(details)
        for table in tables:
            if asks_for(table, details):
                raise error(table)

    return before_reading(fail), asked


def test_one_table_that_cannot_be_read_fails_alone(base, config):
    for name in ("A", "B", "C"):
        make_table(base, name, 2)
    failing, _ = failing_for("B")
    with failing:
        run = read(config)
    assert {name: len(run.records(name)) for name in "ABC"} == {"A": 2, "B": 0, "C": 2}
    assert run.error == "1 of the streams was not read: 'B'. The others are complete."
    assert len(run.said("Stream 'B' was not read: Could not read table 'B': no.")) == 1
    assert run.bookmark("A")
    assert run.bookmark("C")
    assert run.bookmark("B") is None


def test_the_state_of_a_table_that_cannot_be_read_stays(base, config):
    make_table(base, "A", 2)
    make_table(base, "B", 2)
    first = read(config)
    base.append_rows("B", [{"Name": "new"}])
    failing, _ = failing_for("B")
    with failing:
        second = read(config, state=first.state)
    assert second.state["bookmarks"]["B"] == first.state["bookmarks"]["B"]
    assert len(read(config, state=second.state).ids("B")) >= 1


@pytest.mark.only_on(*WITH_SQL)
def test_a_table_whose_name_sql_cannot_express_fails_alone(base, config):
    """Names with backticks come from older servers."""
    make_table(base, "T", 1)
    make_table(base, "U", 1)
    for table in base._base.tables:
        if table.name == "U":
            table.name = "tick`tock"
    run = read(config)
    assert len(run.records("T")) == 1
    assert "'tick`tock'" in run.error
    assert run.said("contains a backtick", "Rename it in the base")


@pytest.fixture
def calls_per_table(sandbox):
    """How many calls for rows a first read of a small table takes on this kind of server."""
    base = sandbox.create_base(f"Calls per table {next(_numbers)}")
    make_table(base, "One", 1)
    sandbox.calls.clear()
    read(config_of(sandbox, base))
    return calls_for_rows(sandbox)


@pytest.mark.usefixtures("quick_retries")
def test_a_table_that_the_server_never_answers_for_fails_alone(
    sandbox, base, config, calls_per_table
):
    for name in ("A", "B", "C"):
        make_table(base, name, 1)
    sandbox.inject(Fault("status", path=READS_ROWS, after=calls_per_table, times=6))
    run = read(config)
    assert {name: len(run.records(name)) > 0 for name in "ABC"} == {
        "A": True,
        "B": False,
        "C": True,
    }
    assert run.error == "1 of the streams was not read: 'B'. The others are complete."
    assert run.said("Stream 'B' was not read", "read table 'B'")
    assert run.bookmark("B") is None
    assert len(read(config, state=run.state).records("B")) == 1


@pytest.mark.usefixtures("quick_retries")
def test_a_server_that_answers_for_no_table_ends_the_run_with_the_third(
    sandbox, base, config, calls_per_table
):
    for name in ("A", "B", "C", "D", "E"):
        make_table(base, name, 1)
    sandbox.inject(Fault("status", path=READS_ROWS, after=calls_per_table, times=100))
    run = read(config)
    assert len(run.records("A")) == 1
    assert run.said("Stream 'B' was not read")
    assert run.said("Stream 'C' was not read")
    assert "'D'" in run.error
    assert not run.said("'E'")


@pytest.mark.usefixtures("quick_retries")
def test_tables_that_fail_one_apart_from_the_other_do_not_end_the_run(
    sandbox, base, config, calls_per_table
):
    for name in ("A", "B", "C", "D"):
        make_table(base, name, 1)
    sandbox.inject(Fault("status", path=READS_ROWS, times=6))
    sandbox.inject(Fault("status", path=READS_ROWS, after=calls_per_table, times=6))
    run = read(config)
    assert {name: len(run.records(name)) for name in "ABCD"} == {"A": 0, "B": 1, "C": 0, "D": 1}
    assert run.error == "2 of the streams were not read: 'A', 'C'. The others are complete."


def test_an_idle_run_does_not_skip_a_table_that_failed(base, config):
    for name in "ABC":
        make_table(base, name, 2)
    first = read(config)
    [new] = base.append_rows("B", [{"Name": "new"}])
    failing, _ = failing_for("B", error=not_answered)
    with failing:
        second = read(config, state=first.state)
        third = read(config, state=second.state)
    for run in (second, third):
        assert run.error == "1 of the streams was not read: 'B'. The others are complete."
        assert run.state["bookmarks"]["B"] == first.state["bookmarks"]["B"]
    assert new in read(config, state=third.state).ids("B")


def test_two_neighbours_that_fail_do_not_take_the_others_along(base, config):
    for name in "ABCDEF":
        make_table(base, name, 1)
    failing, _ = failing_for("A", "B", "D", "E", error=not_answered)
    with failing:
        run = read(config)
    assert [len(run.records(name)) for name in "ABCDEF"] == [0, 0, 1, 0, 0, 1]
    assert run.error.startswith("4 of the streams were not read: 'A', 'B', 'D', 'E'.")


def test_a_server_that_fails_for_every_table_is_not_asked_for_all(base, config):
    names = [f"T{number:02}" for number in range(20)]
    for name in names:
        make_table(base, name, 1)
    failing, asked = failing_for(*names, error=not_answered)
    with failing:
        run = read(config)
    assert "'T02'" in run.error
    assert run.said("'T00' was not read")
    assert run.said("'T01' was not read")
    assert len(asked) == 3


@pytest.mark.usefixtures("quick_retries")
def test_a_server_that_is_down_is_not_asked_for_another_table(
    sandbox, base, config, calls_per_table
):
    for name in "ABC":
        make_table(base, name, 1)
    down = r"/dtables/|/query/"
    sandbox.inject(Fault("status", path=down, after=1 + calls_per_table, times=1000, status=503))
    run = read(config)
    assert len(run.records("A")) == 1
    assert "'B'" in run.error
    assert "complete" not in run.error
    assert calls_for_rows(sandbox) > calls_per_table
    assert read(config, state=run.state).error != ""


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("fault", ["status", "html", "reset_before", "reset_after", "cut"])
def test_a_failure_that_passes_costs_nothing_but_a_try(kind, sandbox, base, config, fault):
    made = make_table(base, "T", 30)
    sandbox.inject(Fault(fault, path=READS_ROWS, after=1 if kind in WITH_SQL else 0, times=2))
    run = read({**config, "page_size": 10})
    assert run.error == ""
    assert sorted(run.ids("T")) == sorted(made)


def test_base_tokens_that_end_in_the_middle_are_renewed(kind, sandbox, base, config):
    made = {name: make_table(base, name, 30) for name in "TU"}
    # In the middle of a table, where a table takes more than one call.
    sandbox.inject(Fault("expire", path=READS_ROWS, after=2 if kind in WITH_SQL else 1))
    run = read({**config, "page_size": 10})
    assert {name: sorted(run.ids(name)) for name in "TU"} == {
        name: sorted(ids) for name, ids in made.items()
    }
    assert [call.status for call in sandbox.calls].count(403) == 1


# Settings that cannot be right


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
        ("server_timezone", "Middle/Earth", "server_timezone 'Middle/Earth' is no time zone"),
        *[
            ("start_date", one, f"start_date {one!r} is no date")
            for one in ("soon", "now", "12:30", "P1D", "2024-02-30", "2024-01-01/2024-02-01")
        ],
        ("tables", ["Nothing"], "The setting tables names 'Nothing', but the base has no such"),
        ("page_size", 0, "page_size"),
        ("page_size", 10_001, "page_size"),
        ("naming", "title", "naming"),
        ("lookback_seconds", -1, "lookback_seconds"),
        ("max_requests_per_minute", 0, "max_requests_per_minute"),
    ],
)
@pytest.mark.parametrize("arguments", [(), ("--discover",)], ids=["run", "discover"])
def test_a_setting_that_cannot_be_right(
    tap_in_process, sandbox, base, config, setting, value, words, arguments
):
    make_table(base, "T", 1)
    if isinstance(value, str):
        value = value.replace("{url}", sandbox.url)
    ended = tap_in_process({**config, setting: value}, *arguments)
    assert ended.code == 1
    assert words in ended.log
    assert b"RECORD" not in ended.output
    if isinstance(value, str) and "u:p@" in value:
        assert "u:p@" not in ended.log


def test_a_wrong_or_revoked_token_is_refused_with_advice(tap, sandbox, base):
    make_table(base, "T", 1)
    wrong = tap({**config_of(sandbox, base), "api_token": "0" * 40})
    sandbox.revoke(base.read_only_token)
    revoked = tap({**config_of(sandbox, base), "api_token": base.read_only_token})
    for ended in (wrong, revoked):
        assert ended.code == 1
        assert ended.output == b""
        [sentence] = sentences(ended)
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
    run = read(config)
    assert "'U'" in run.error
    assert len(run.records("T")) == 1
    assert run.bookmark("U") is None
    assert run.said("was not read", "read table 'U'")


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
    assert ended.code == 1
    assert ended.output == b""
    [sentence] = sentences(ended)
    assert "HTML page" in sentence
    assert f"check that {website} is a SeaTable server" in sentence


def test_a_server_that_falls_back_to_html_in_the_middle(sandbox, tap, base, config):
    make_table(base, "T", 1)
    sandbox.inject(Fault("html", path=READS_ROWS, times=100))
    ended = tap(config, program=QUICK)
    assert ended.code == 1
    assert any("read table 'T'" in line and "HTML page" in line for line in sentences(ended))


def test_a_server_that_is_not_there(tap):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    ended = tap({"server_url": url, "api_token": "a" * 40}, program=QUICK)
    assert ended.code == 1
    [sentence] = sentences(ended)
    assert f"no connection to {url}" in sentence


def test_a_host_without_an_address(tap):
    config = {"server_url": "http://seatable.invalid", "api_token": "a" * 40}
    ended = tap(config, program=QUICK)
    assert ended.code == 1
    [sentence] = sentences(ended)
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
    assert ended.code == 1
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
        ("(", "stream_maps cannot be right: Failed to parse expression ("),
    ],
)
def test_an_expression_of_a_map_cannot_be_right(tap_in_process, base, config, expression, words):
    make_table(base, "T", 1)
    ended = tap_in_process({**config, "stream_maps": {"T": {"more": expression}}})
    assert ended.code == 1
    assert words in ended.log
    assert b"RECORD" not in ended.output
