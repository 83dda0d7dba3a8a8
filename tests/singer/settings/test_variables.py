"""Settings in variables: what holds something else, is misspelt, or is not read, is named."""

import json

import pytest

from tests.singer.settings.commands import COMMANDS, CONFIGURATION, ended, run


@pytest.mark.parametrize(
    ("command", "setting", "text", "message"),
    [
        (
            "tap-seatable",
            "FLATTENING_ENABLED",
            "ture",
            "is 'ture'; flattening_enabled takes true or false.",
        ),
        ("target-seatable", "DRY_RUN", "ture", "is 'ture'; dry_run takes true or false."),
        (
            "tap-seatable",
            "PAGE_SIZE",
            "many",
            "is 'many'; page_size takes a whole number from 1 to 10000.",
        ),
        (
            "target-seatable",
            "MAX_DELETE_FRACTION",
            "half",
            "is 'half'; max_delete_fraction takes a number from 0 to 1.",
        ),
        (
            "tap-seatable",
            "REQUEST_TIMEOUT",
            "nan",
            "is 'nan'; request_timeout takes a number above 0.",
        ),
        (
            "target-seatable",
            "REQUEST_TIMEOUT",
            "inf",
            "is 'inf'; request_timeout takes a number above 0.",
        ),
        ("tap-seatable", "WHERE", "secret-token", "is not JSON (Expecting value: line 1"),
        ("tap-seatable", "BASES", "secret-token", "is not JSON (Expecting value: line 1"),
        (
            "target-seatable",
            "TABLE_MAPPING",
            "secret-token",
            "table_mapping takes an object such as",
        ),
    ],
)
def test_a_variable_that_holds_something_else_is_named(
    monkeypatch, command, setting, text, message
):
    variable = f"{command.upper().replace('-', '_')}_{setting}"
    monkeypatch.setenv(variable, text)
    code, last = run(command, "--config=ENV")
    assert code == CONFIGURATION
    assert variable in last
    assert message in last
    assert "secret-token" not in last


@pytest.mark.parametrize("command", COMMANDS)
def test_variables_hold_numbers_and_truth(monkeypatch, command):
    prefix = command.upper().replace("-", "_")
    monkeypatch.setenv(f"{prefix}_REQUEST_TIMEOUT", "1.5")
    monkeypatch.setenv(f"{prefix}_FLATTENING_ENABLED", "No")
    monkeypatch.setenv(f"{prefix}_DRY_RUN", "ON")
    code, last = run(command, "--config=ENV")
    # With settings of the right types, the tap asks for the token, and the target for records.
    expected = (
        (CONFIGURATION, "api_token is not set")
        if command == "tap-seatable"
        else (0, "no stream was received")
    )
    assert code == expected[0], last
    assert expected[1] in last


@pytest.mark.parametrize("command", COMMANDS)
def test_no_setting_is_taken_for_a_typing_error(monkeypatch, command):
    """Not one of the SDK's either."""
    forms = {"boolean": "true", "integer": "1", "number": "1", "object": "{}", "array": "[]"}
    about = json.loads(ended(command, "--about", "--format=json").stdout)
    for name, setting in about["settings"]["properties"].items():
        kinds = setting.get("type", "string")
        kind = next((form for form in forms if form in kinds), "string")
        prefix = command.upper().replace("-", "_")
        monkeypatch.setenv(f"{prefix}_{name.upper()}", forms.get(kind, "x"))
    assert "is not a setting" not in ended(command, "--config=ENV").stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_variable_with_a_typing_error_is_warned_of(monkeypatch, command):
    prefix = command.upper().replace("-", "_")
    monkeypatch.setenv(f"{prefix}_SERVER_URLL", "secret-address")
    monkeypatch.setenv(f"{prefix}__SELECT", '["*"]')  # Meltano's own
    log = ended(command, "--config=ENV").stderr
    warnings = [line for line in log.splitlines() if "not a setting" in line]
    assert len(warnings) == 1
    assert f"{prefix}_SERVER_URLL, which is not a setting" in warnings[0]
    assert f"Did you mean {prefix}_SERVER_URL?" in warnings[0]
    assert "secret-address" not in log


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("settings", "variable"),
    [
        ({}, "API_TOKEN"),
        ({}, "USERNAME"),
        ({"username": "a@example.org"}, "PASSWORD"),
        ({"account_token": "t", "base_name": "B"}, "WORKSPACE_ID"),
    ],
)
def test_a_missing_setting_that_the_environment_has(
    monkeypatch, tmp_path, command, settings, variable
):
    """Nobody reads it without `--config ENV`, which is easily forgotten."""
    path, name = tmp_path / "mine.json", f"{command.upper().replace('-', '_')}_{variable}"
    path.write_text(json.dumps(settings))
    records = '{"type": "SCHEMA", "stream": "s", "schema": {"properties": {"a": {}}}}\n'
    records += '{"type": "RECORD", "stream": "s", "record": {"a": 1}}\n'
    hint = (
        f"The environment has {name}, which {command} reads if it is started with --config ENV. "
        "It may be given beside a file of settings."
    )
    for value, is_hinted in (("secret-7", True), (" ", False)):
        monkeypatch.setenv(name, value)
        log = ended(command, "--config", str(path), given=records).stderr
        assert "set" in log.splitlines()[-1]
        assert (hint in log) == is_hinted
        assert "secret-7" not in log


@pytest.mark.parametrize("name", ["api_token", "account_token"])
def test_the_variables_of_both_commands_are_named(tmp_path, monkeypatch, name):
    path = tmp_path / "mine.json"
    path.write_text("{}")
    variables = [f"{prefix}_SEATABLE_{name}".upper() for prefix in ("tap", "target")]
    for variable in variables:
        monkeypatch.setenv(variable, "x")
    _, sentence = run("tap-seatable", "--config", str(path))
    assert all(f"The environment has {variable}, which" in sentence for variable in variables)
