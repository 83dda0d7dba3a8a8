"""Each kind of error ends either command with its exit code, and with a sentence that says why."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seatable_client.errors import ErrorKind
from seatable_sandbox import Sandbox
from tests.client.scripted_server import Reply, serving
from tests.singer.settings.commands import BIN, COMMANDS

_numbers = itertools.count()

SCHEMA = {
    "type": "SCHEMA",
    "stream": "t",
    "schema": {"type": "object", "properties": {"amount": {"type": "number"}}},
    "key_properties": [],
}
RECORD = {"type": "RECORD", "stream": "t", "record": {"amount": 1}}
LOAD = "".join(json.dumps(message) + "\n" for message in (SCHEMA, RECORD))


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as started:
        yield started


@pytest.fixture
def base(sandbox):
    base = sandbox.create_base(f"Base {next(_numbers)}")
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.append_rows("T", [{"Name": "a"}])
    yield base
    sandbox.clear_faults()


@pytest.fixture
def run(tmp_path):
    """Runs a command with settings; returns its exit code and its log."""

    def run_command(command, *arguments, messages=LOAD, output=subprocess.PIPE, **settings):
        if command == "target-seatable":
            settings.setdefault("rejected_records_path", str(tmp_path / "rejected.jsonl"))
        config = tmp_path / "config.json"
        config.write_text(json.dumps(settings))
        ended = subprocess.run(
            [BIN / command, "--config", str(config), *arguments],
            input=messages,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stderr

    return run_command


def failed(result, kind, *sentences):
    code, log = result
    assert code == kind.exit_code, log
    assert "Traceback" not in log
    for sentence in sentences:
        assert sentence in log


def config_of(sandbox, base, **settings):
    return {"server_url": sandbox.url, "api_token": base.api_token, **settings}


def test_every_kind_has_a_code_of_its_own():
    codes = [kind.exit_code for kind in ErrorKind]
    assert len(set(codes)) == len(codes)
    assert not {0, 1, 2} & set(codes)


@pytest.mark.parametrize("arguments", [(), ("--discover",), ("--test",), ("--test=schema",)])
def test_success_is_zero(run, sandbox, base, arguments):
    code, log = run("tap-seatable", *arguments, **config_of(sandbox, base))
    assert code == 0, log


def test_a_load_that_succeeds_is_zero(run, sandbox, base):
    code, log = run("target-seatable", **config_of(sandbox, base))
    assert code == 0, log


@pytest.mark.parametrize("command", COMMANDS)
def test_a_setting_that_is_missing(run, sandbox, command):
    failed(run(command, server_url=sandbox.url), ErrorKind.CONFIGURATION, "api_token is not set.")


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("tap-seatable", ()),
        ("tap-seatable", ("--discover",)),
        ("tap-seatable", ("--test",)),
        ("target-seatable", ()),
    ],
)
def test_settings_of_wrong_types_are_one_sentence_each(run, command, arguments):
    settings = {"api_token": "secret-token", "request_timeout": "long", "server_timezone": 7}
    result = run(command, *arguments, **settings)
    failed(result, ErrorKind.CONFIGURATION)
    for name in ("request_timeout", "server_timezone"):
        assert result[1].count(f"The setting {name} is invalid: ") == 1
    assert "secret-token" not in result[1]


def test_a_mistake_within_a_setting_names_its_place(run):
    result = run("tap-seatable", api_token="t", bases=[{"api_token": "t"}, "Sales"])
    failed(result, ErrorKind.CONFIGURATION, "The setting bases[1] is invalid: ")


@pytest.mark.parametrize(
    ("command", "settings", "form"),
    [
        ("tap-seatable", {"bases": ["Sales"]}, "It takes an object with api_token, "),
        ("tap-seatable", {"bases": [{"name": "Sales"}]}, "It takes an object with api_token, "),
        ("tap-seatable", {"bases": {"api_token": "t"}}, 'It takes a list such as [{"api_token": '),
        ("tap-seatable", {"concurrency": 99}, "It takes a whole number from 1 to 32."),
        ("tap-seatable", {"tables": "Orders"}, 'It takes a list such as ["a"].'),
        ("tap-seatable", {"deletes": "all"}, "is not one of ['tombstones', "),
        (
            "target-seatable",
            {"write_policy": {"*": "always"}},
            'It takes an object such as {"a": "always"}.',
        ),
        (
            "target-seatable",
            {"text_formats": {"a": 3}},
            'It takes one of auto or an object such as {"a": "auto"}.',
        ),
        ("target-seatable", {"max_delete_fraction": -1}, "It takes a number from 0 to 1."),
    ],
)  # fmt: skip
def test_a_setting_of_the_wrong_form_says_which_form_it_takes(run, command, settings, form):
    result = run(command, api_token="long-enough-token", **settings)
    failed(result, ErrorKind.CONFIGURATION, form)


@pytest.mark.parametrize(
    ("command", "settings", "sentence"),
    [
        (
            "target-seatable",
            {"text_formats": {"sales": {"price": {"decmal": ","}}}},
            "('decmal' was unexpected). It takes one of auto or an object with decimal, thousands",
        ),
        (
            "target-seatable",
            {"text_formats": {"sales": {"price": {"empty": "NA"}}}},
            "The setting text_formats.sales.price.empty is invalid: 'NA' is not of type 'arr",
        ),
        (
            "tap-tabular-files",
            {"files": ["a.csv", {"path": "b.csv", "delimeter": ";"}]},
            "The setting files[1] is invalid: Additional properties are not allowed ('delime",
        ),
        (
            "tap-tabular-files",
            {"files": [{"path": "b.csv", "keys": "id"}]},
            "The setting files[0].keys is invalid: 'id' is not of type 'array', 'null'.",
        ),
    ],
)
def test_a_mistake_in_one_of_several_forms_is_named(run, command, settings, sentence):
    failed(run(command, **settings), ErrorKind.CONFIGURATION, sentence)


def test_files_that_are_not_set_are_a_sentence(run):
    failed(run("tap-tabular-files"), ErrorKind.CONFIGURATION, "The setting files is not set")


def test_a_mistake_in_stream_maps(run, sandbox, base):
    settings = config_of(sandbox, base, stream_maps={"T": {"x": "no_such_name + 1"}})
    code, log = run("tap-seatable", **settings)
    assert code == ErrorKind.CONFIGURATION.exit_code, log


@pytest.mark.parametrize("command", COMMANDS)
def test_a_token_that_the_server_does_not_know(run, sandbox, command):
    result = run(command, server_url=sandbox.url, api_token="no-such-token")
    failed(result, ErrorKind.CREDENTIALS, "Check api_token")
    assert "no-such-token" not in result[1]


def test_a_token_that_may_only_read(run, sandbox, base):
    settings = config_of(sandbox, base, api_token=base.read_only_token)
    failed(run("target-seatable", **settings), ErrorKind.PERMISSION, "read-write")


def test_input_that_is_not_singer(run, sandbox, base):
    messages = LOAD + '{"type": "NONSENSE"}\n'
    failed(run("target-seatable", messages=messages, **config_of(sandbox, base)), ErrorKind.DATA)


def test_a_record_that_cannot_be_stored(run, sandbox, base):
    wrong = {"type": "RECORD", "stream": "t", "record": {"amount": "many"}}
    messages = LOAD + json.dumps(wrong) + "\n"
    failed(run("target-seatable", messages=messages, **config_of(sandbox, base)), ErrorKind.DATA)


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_cannot_be_written(run, sandbox, base, command):
    messages = LOAD + '{"type": "STATE", "value": {"a": 1}}\n'
    with Path("/dev/full").open("w") as full:
        result = run(command, messages=messages, output=full, **config_of(sandbox, base))
    failed(result, ErrorKind.SYSTEM, "No space left on device")
    if command == "tap-seatable":
        assert '"failed": 1' in result[1]


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("tap-seatable", "--about"),
        ("target-seatable", "--help"),
        ("tap-tabular-files", "--version"),
    ],
)
@pytest.mark.parametrize(
    ("output", "reason"),
    [(">/dev/full", "No space left on device"), (">&-", "Standard output is closed")],
)
def test_a_description_that_cannot_be_written(command, option, output, reason):
    failed(shell(f"'{BIN / command}' {option} {output}"), ErrorKind.SYSTEM, reason)


def shell(line):
    """Run a line in a shell, which can close the files of a command; its exit code and log."""
    ended = subprocess.run(
        ["/bin/sh", "-c", line], stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    assert "Exception ignored" not in ended.stderr
    return ended.returncode, ended.stderr


@pytest.mark.parametrize(
    ("command", "files", "reason"),
    [
        ("tap-seatable", ">&-", "Standard output is closed"),
        ("tap-seatable", "--discover >&-", "Standard output is closed"),
        ("tap-seatable", "--discover >/dev/full", "No space left on device"),
        ("target-seatable", "</dev/null >&-", "Standard output is closed"),
        ("target-seatable", "<&-", "Standard input is closed"),
    ],
)
def test_files_of_the_command_that_are_closed(tmp_path, sandbox, base, command, files, reason):
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_of(sandbox, base)))
    failed(shell(f"'{BIN / command}' --config '{config}' {files}"), ErrorKind.SYSTEM, reason)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_is_none_of_seatable(run, command):
    with serving([Reply(404, b"nothing here")]) as server:
        result = run(command, server_url=server.url, api_token="a-token")
    failed(result, ErrorKind.SERVER, "Check server_url")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_limit_on_calls(run, command):
    with serving([Reply(429, {}, {"Retry-After": "86400"})]) as server:
        result = run(command, server_url=server.url, api_token="a-token")
    failed(result, ErrorKind.LIMIT, "Run again after that.")


@pytest.mark.parametrize(
    ("command", "plugin", "place"),
    [
        ("tap-seatable", "tap_seatable.tap.TapSeaTable", "sync_all"),
        ("target-seatable", "target_seatable.target.TargetSeaTable", "run"),
    ],
)
def test_a_bug_keeps_its_traceback_and_says_where_to_report_it(
    tmp_path, sandbox, base, command, plugin, place
):
    module, _, name = plugin.rpartition(".")
    program = f"from {module} import {name}\n{name}.{place} = lambda *_: 1 // 0\n{name}.cli()"
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_of(sandbox, base)))
    ended = subprocess.run(
        [sys.executable, "-c", program, "--config", str(config)],
        input=LOAD,
        capture_output=True,
        text=True,
        env=os.environ,
        timeout=60,
        check=False,
    )
    assert ended.returncode == ErrorKind.BUG.exit_code, ended.stderr
    assert "ZeroDivisionError" in ended.stderr
    assert "Traceback" in ended.stderr
    assert "https://github.com/singer-seatable/singer-seatable/issues" in ended.stderr
    assert base.api_token not in ended.stderr
