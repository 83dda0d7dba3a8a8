"""Files of settings that are not what they should be, given to either command."""

import json

import pytest

from tests.singer.settings.commands import COMMANDS, CONFIGURATION, ended, run


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory."),
        ('{"api_token": "secret-token", ', "is not JSON: "),
        ("\xff", "is not in UTF-8. Save it in UTF-8"),
        ('{"request_timeout": NaN}', "is not JSON: NaN is not a number."),
        ('["secret-token"]', "holds no JSON object."),
    ],
)
def test_a_file_that_holds_no_settings_is_named(tmp_path, command, content, message):
    path = tmp_path / "mine.json"
    if content is not None:
        path.write_text(content, "latin-1")
    code, last = run(command, "--config", str(path))
    assert code == CONFIGURATION
    assert f"The file of --config {path} {message}" in last
    assert "secret-token" not in last


def test_a_folder_is_no_file_of_settings(tmp_path):
    code, last = run("tap-seatable", "--config", str(tmp_path))
    assert (code, "cannot be read: Is a directory." in last) == (CONFIGURATION, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_with_a_typing_error_is_warned_of(tmp_path, command):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"server_urll": "x", "stream_maps": {}, "flattening_enabled": True}))
    log = ended(command, "--config", str(path)).stderr
    warnings = [line for line in log.splitlines() if "not a setting" in line]
    assert len(warnings) == 1
    assert (
        "'server_urll', which is not a setting and has no effect. Did you mean server_url?"
        in warnings[0]
    )


@pytest.mark.parametrize("command", [*COMMANDS, "tap-tabular-files"])
@pytest.mark.parametrize(
    "content",
    [
        '{"api_token": "secret-1", "api_token": "secret-2"}',
        '{"stream_maps": {"t": {"api_token": "secret-1", "api_token": "secret-2"}}}',
    ],
)
def test_a_name_that_stands_twice_in_a_file_is_refused(tmp_path, command, content):
    path = tmp_path / "mine.json"
    path.write_text(content)
    code, last = run(command, "--config", str(path))
    assert code == CONFIGURATION
    assert f"The file of --config {path} has 'api_token' twice in one object, and only" in last
    assert "secret-" not in last


def test_settings_with_an_unknown_name_stay_settings(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"server_url": "https://seatable.example", "streams": []}))
    code, last = run("tap-seatable", "--config", str(path))
    assert (code, "api_token is not set" in last) == (CONFIGURATION, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_file_of_settings(tmp_path, command):
    path = tmp_path / "mine.json"
    path.write_text(" \n")
    code, sentence = run(command, "--config", str(path))
    assert code == CONFIGURATION
    assert sentence.endswith(f"The file of --config {path} is empty.")
