"""Files of settings that are not what they should be, given to either command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from singer_sdk.exceptions import ConfigValidationError

from seatable_client.errors import ConfigError, ErrorKind
from singer_seatable.settings import with_declared_types
from tap_seatable.tap import TapSeaTable
from target_seatable.target import TargetSeaTable

BIN = Path(sys.executable).parent
CONFIGURATION = ErrorKind.CONFIGURATION.exit_code
COMMANDS = ["tap-seatable", "target-seatable"]


def ended(command: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / command, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def with_file(folder: Path, option: str, content: str) -> tuple[list[str], Path]:
    """The tap's command with a file given by an option, and the file."""
    config, path = folder / "config.json", folder / "given.json"
    config.write_text("{}")
    path.write_text(content)
    return ["tap-seatable", "--config", str(config), option, str(path)], path


def run(command: str, *arguments: str) -> tuple[int, str]:
    process = ended(command, *arguments)
    assert "Traceback" not in process.stderr
    assert process.stdout == ""
    return process.returncode, process.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory."),
        ('{"api_token": "secret-token", ', "is no JSON: "),
        ("\xff", "is not in UTF-8. Save it in UTF-8"),
        ('{"request_timeout": NaN}', "is no JSON: NaN is not a number."),
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
        else (0, "no stream came")
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


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", " JSON: "),
        (" \n", "is empty."),
        ("[]", "holds no JSON object."),
        ("{}", "holds no catalog: it must contain ['streams'] properties. Make one with"),
        ('{"streams": null}', "holds no catalog: streams must be array."),
        ('{"streams": ["T"]}', "holds no catalog: streams[0] must be object."),
        ('{"streams": [{"schema": {}}]}', "streams[0] must contain ['tap_stream_id'] properties."),
        ('{"streams": [{"tap_stream_id": "T", "metadata": [1]}]}', "metadata[0] must be object."),
        ('{"streams": [{"tap_stream_id": "T", "metadata": 1}]}', "[0].metadata must be array."),
        (
            '{"streams": [{"tap_stream_id": "T", "schema": {"properties": []}}]}',
            "streams[0].schema.properties must be object.",
        ),
        (
            '{"streams": [{"tap_stream_id": "T", "schema": {"properties": {"a": null}}}]}',
            "schema.properties.a must be object.",
        ),
        ('{"streams": [{"tap_stream_id": "T", "stream": "U"}]}', "calls stream 'T' 'U'."),
    ],
)
def test_a_file_that_holds_no_catalog_is_named(tmp_path, content, message):
    arguments, path = with_file(tmp_path, "--catalog", content)
    code, last = run(*arguments)
    assert code == CONFIGURATION
    assert f"The file of --catalog {path} " in last
    assert message in last


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty."),
        ('{"type": "STATE", "value": {"bookmarks": {}}}', "holds a whole STATE message."),
    ],
)
def test_a_file_that_holds_no_state_is_named(tmp_path, content, message):
    arguments, path = with_file(tmp_path, "--state", content)
    code, last = run(*arguments)
    assert (code, f"The file of --state {path} {message}" in last) == (CONFIGURATION, True)


@pytest.mark.parametrize("option", ["--state", "--catalog"])
def test_a_file_in_another_encoding_is_named(tmp_path, option):
    arguments, path = with_file(tmp_path, option, "")
    path.write_text("{}", "utf-16")
    code, last = run(*arguments)
    assert (code, f"The file of {option} {path} is not in UTF-8." in last) == (CONFIGURATION, True)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    arguments, _ = with_file(tmp_path, "--state", '\ufeff{"people": 2}')
    assert "holds no bookmarks, so it is no state of this tap" in ended(*arguments).stderr


def test_a_state_of_something_else_is_warned_of(tmp_path):
    arguments, _ = with_file(tmp_path, "--state", '{"people": 2}')
    assert "holds no bookmarks, so it is no state of this tap" in ended(*arguments).stderr


WORDS = [
    (plugin, name)
    for plugin in (TapSeaTable, TargetSeaTable)
    for name, setting in plugin.config_jsonschema["properties"].items()
    if {"object", "string"} <= set(setting["type"])
]
TEXTS = {
    "freeze": "freeze",
    " two words": " two words",
    '"freeze"': "freeze",
    '{"a.b": "freeze"}': {"a.b": "freeze"},
    ' {"a": 1}': {"a": 1},
    "null": None,
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("plugin", "name"), WORDS)
def test_a_word_or_an_object_is_read_alike_from_the_environment_and_from_a_file(
    monkeypatch, plugin, name, text
):
    variable = f"{plugin.name}_{name}".upper().replace("-", "_")
    monkeypatch.setenv(variable, text)
    assert plugin._env_var_config[name] == TEXTS[text]
    assert os.environ[variable] == text
    declared = plugin.config_jsonschema["properties"]
    assert with_declared_types({name: text}, declared) == {name: TEXTS[text]}


@pytest.mark.parametrize(("plugin", "name"), WORDS)
def test_a_word_is_not_blamed_for_what_another_variable_holds(monkeypatch, plugin, name):
    prefix = plugin.name.upper().replace("-", "_")
    monkeypatch.setenv(f"{prefix}_{name}".upper(), "freeze")
    monkeypatch.setenv(f"{prefix}_STREAM_MAPS", "{")
    with pytest.raises(ConfigError, match=f"{prefix}_STREAM_MAPS is not JSON"):
        plugin._env_var_config  # noqa: B018  (a property of the class)


OBJECTS = [
    (plugin, name)
    for plugin in (TapSeaTable, TargetSeaTable)
    for name, setting in plugin.config_jsonschema["properties"].items()
    if {"object", "array"} & {*([setting["type"]] if isinstance(setting["type"], str)
                                else setting["type"])}
]  # fmt: skip
TWICE = '{"orders": 1, "orders": 2}'


@pytest.mark.parametrize("text", [TWICE, f" \n{TWICE}", f'{{"a": [{TWICE}]}}'])
@pytest.mark.parametrize(("plugin", "name"), OBJECTS)
def test_a_name_that_stands_twice_in_an_object_is_refused(monkeypatch, plugin, name, text):
    """Python takes the last value, and the first would have no effect and no warning."""
    variable = f"{plugin.name}_{name}".upper().replace("-", "_")
    monkeypatch.setenv(variable, text)
    with pytest.raises(ConfigError, match=f"{variable} has 'orders' twice in one object"):
        plugin._env_var_config  # noqa: B018  (a property of the class)
    declared = plugin.config_jsonschema["properties"]
    if "object" in declared[name]["type"]:
        with pytest.raises(ConfigError, match=f"{name} has 'orders' twice in one object"):
            with_declared_types({name: text}, declared)


def test_settings_of_all_kinds_may_be_objects():
    assert {"table_mapping", "links", "schema_contract", "where", "bases"} <= {
        name for _, name in OBJECTS
    }


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


@pytest.mark.parametrize("plugin", [TapSeaTable, TargetSeaTable])
def test_a_byte_order_mark_before_json_does_no_harm(monkeypatch, plugin):
    declared = plugin.config_jsonschema["properties"]
    for text, value in (('\ufeff{"t": {"a": "1"}}', {"t": {"a": "1"}}), ("freeze", "freeze")):
        name = "stream_maps" if value != "freeze" else "schema_contract"
        if name in declared:
            assert with_declared_types({name: text}, declared) == {name: value}
    monkeypatch.setenv(
        f"{plugin.name}_schema_contract".upper().replace("-", "_"), '\ufeff{"columns": "freeze"}'
    )
    assert plugin._env_var_config["schema_contract"] == {"columns": "freeze"}


def test_settings_may_be_a_word():
    assert {name for _, name in WORDS} == {"schema_contract", "text_formats"}


@pytest.mark.parametrize("plugin", [TapSeaTable, TargetSeaTable])
def test_numerals_are_numbers(plugin):
    """Meltano passes fractions on as text."""
    settings = plugin.config_jsonschema["properties"]
    numbers = [name for name, setting in settings.items() if setting["type"] == "number"]
    assert len(numbers) > 2
    given = {**dict.fromkeys(numbers, "0.75"), "api_token": "5"}
    made = plugin(config=dict(given), **({"setup_mapper": False} if plugin is TapSeaTable else {}))
    assert {name: made.config[name] for name in given} == {
        **dict.fromkeys(numbers, 0.75),
        "api_token": "5",
    }
    with pytest.raises(ConfigValidationError, match=r".") as refusal:
        plugin(config={**given, numbers[0]: "much"})
    assert "'much' is not of type 'number'" in refusal.value.errors[0]


# Files in the place of others

STATE = json.dumps({"bookmarks": {"T": {"replication_key_value": None}}})
CATALOG = json.dumps({"streams": [{"tap_stream_id": "T", "schema": {}, "metadata": []}]})
SETTINGS = json.dumps({"server_url": "https://seatable.example", "api_token": "secret-token"})
MESSAGES = '{"type": "SCHEMA", "stream": "t", "schema": {}}\n{"type": "RECORD", "stream": "t"}\n'
TABLE = "name;secret-token\nTea;1\n"
YAML = "plugins:\n  extractors: []\n"
MELTANO_STATE = json.dumps({"singer_state": {"bookmarks": {}}})

IS_STATE = "holds a state. Give it with --state."
IS_CATALOG = "holds a catalog. Give it with --catalog."
IS_SETTINGS = "holds settings. Give it with --config."
IS_TABLE = "holds a CSV table. target-seatable load loads such files."
IS_MESSAGES = (
    "holds Singer messages. The target reads them from standard input. A state is what the "
    "'value' of the last STATE message is."
)
IS_YAML = "holds YAML. Write it as JSON."


@pytest.mark.parametrize(
    ("option", "content", "expected"),
    [
        ("--state", CATALOG, IS_CATALOG),
        ("--state", SETTINGS, IS_SETTINGS),
        ("--state", TABLE, IS_TABLE),
        ("--state", MESSAGES, IS_MESSAGES),
        ("--state", MELTANO_STATE, "holds a state as Meltano keeps it. Put what its 'singer_"),
        ("--catalog", STATE, IS_STATE),
        ("--catalog", SETTINGS, IS_SETTINGS),
        ("--catalog", TABLE, IS_TABLE),
        ("--catalog", YAML, IS_YAML),
        ("--config", STATE, IS_STATE),
        ("--config", CATALOG, IS_CATALOG),
        ("--config", TABLE, IS_TABLE),
        ("--config", MESSAGES, IS_MESSAGES),
        ("--config", YAML, IS_YAML),
    ],
)
def test_a_file_given_for_another_is_recognised(tmp_path, option, content, expected):
    arguments, path = with_file(tmp_path, option, content)
    code, last = run(*arguments)
    assert code == CONFIGURATION
    assert f"The file of {option} {path} {expected}" in last
    assert "secret-token" not in last


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"PK\x03\x04\xff", "holds an Excel workbook or another archive. target-seatable load"),
        (b"PAR1\xff", "holds a Parquet file. target-seatable load"),
        (b"\x1f\x8b\xff", "holds a compressed file. Unpack it first."),
    ],
)
@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
def test_a_file_of_no_text_is_recognised(tmp_path, option, start, expected):
    arguments, path = with_file(tmp_path, option, "")
    path.write_bytes(start)
    code, last = run(*arguments)
    assert code == CONFIGURATION
    assert f"The file of {option} {path} {expected}" in last


def test_the_target_is_told_of_them_too(tmp_path):
    path = tmp_path / "given.json"
    for content, expected in ((TABLE, IS_TABLE), (CATALOG, IS_CATALOG), (STATE, IS_STATE)):
        path.write_text(content)
        code, last = run("target-seatable", "--config", str(path))
        assert code == CONFIGURATION
        assert expected in last


def test_settings_with_an_unknown_name_stay_settings(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"server_url": "https://seatable.example", "streams": []}))
    code, last = run("tap-seatable", "--config", str(path))
    assert (code, "api_token is not set" in last) == (CONFIGURATION, True)


@pytest.mark.parametrize("name", ["api_token", "account_token"])
def test_the_variables_of_both_commands_are_named(tmp_path, monkeypatch, name):
    path = tmp_path / "mine.json"
    path.write_text("{}")
    variables = [f"{prefix}_SEATABLE_{name}".upper() for prefix in ("tap", "target")]
    for variable in variables:
        monkeypatch.setenv(variable, "x")
    _, sentence = run("tap-seatable", "--config", str(path))
    assert all(f"The environment has {variable}, which" in sentence for variable in variables)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("variable", ["LOGLEVEL", "{}_LOGLEVEL"])
@pytest.mark.parametrize("arguments", [[], ["verify"]])
def test_a_level_of_the_log_that_there_is_not(monkeypatch, command, variable, arguments):
    variable = variable.format(command.upper().replace("-", "_"))
    monkeypatch.setenv(variable, "chatty")
    code, sentence = run(command, *arguments)
    assert code == CONFIGURATION
    assert sentence == (
        f"{variable} is 'CHATTY'; it takes one of DEBUG, INFO, WARNING, ERROR, CRITICAL."
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_file_of_settings(tmp_path, command):
    path = tmp_path / "mine.json"
    path.write_text(" \n")
    code, sentence = run(command, "--config", str(path))
    assert code == CONFIGURATION
    assert sentence.endswith(f"The file of --config {path} is empty.")


@pytest.mark.parametrize(
    ("command", "subcommands"),
    [("tap-seatable", ("bases", "verify")), ("target-seatable", ("load", "verify"))],
)
def test_the_help_names_the_subcommands(command, subcommands):
    said = " ".join(ended(command, "--help").stdout.split())
    assert all(f"'{name}'" in said for name in subcommands)
    assert all(ended(command, name, "--help").returncode == 0 for name in subcommands)


@pytest.mark.parametrize(("given", "is_said"), [("", True), ("a;b\n", False)])
def test_only_an_empty_input_is_called_one_without_a_stream(monkeypatch, given, is_said):
    monkeypatch.setenv("TARGET_SEATABLE_API_TOKEN", "x")
    log = ended("target-seatable", "--config=ENV", given=given).stderr
    assert ("no stream came" in log) == is_said
