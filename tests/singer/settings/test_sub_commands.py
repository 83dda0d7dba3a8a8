"""Sub-commands check the settings that they are given as the plugins do."""

import copy
import json

import jsonschema
import pytest
from click.testing import CliRunner

from seatable_client.settings import CREDENTIAL_SETTINGS
from tap_seatable.__main__ import bases_command
from tap_seatable.__main__ import verify_command as verify_tap
from tap_seatable.cli import TapCommandLine
from target_seatable.__main__ import load_command
from target_seatable.__main__ import verify_command as verify_target
from target_seatable.settings import TargetCommandLine

SUB_COMMANDS = {
    "tap-seatable bases": (TapCommandLine, bases_command, []),
    "tap-seatable verify": (TapCommandLine, verify_tap, ["sqlite://"]),
    "tap-seatable verify --other-base": (TapCommandLine, verify_tap, ["--other-base=config.json"]),
    "target-seatable load": (TargetCommandLine, load_command, ["people.csv"]),
    "target-seatable verify": (TargetCommandLine, verify_target, ["people.csv"]),
}
WRONG = [{"s3cret": [5.5]}, [["s3cret"]], 5.5, "s3cret", -1]
"""Values, of which each setting refuses one."""


def wrong_settings():
    for title, (plugin, command, arguments) in SUB_COMMANDS.items():
        schema = copy.deepcopy(plugin.config_jsonschema)
        plugin.append_builtin_config(schema)
        for name, setting in schema["properties"].items():
            check = jsonschema.Draft202012Validator(setting)
            value = next((value for value in WRONG if not check.is_valid(value)), None)
            is_secret = CREDENTIAL_SETTINGS.get(name, {}).get("secret", False)
            yield pytest.param(command, arguments, name, value, is_secret, id=f"{title} {name}")


@pytest.mark.parametrize(
    ("command", "arguments", "name", "value", "is_secret"), [*wrong_settings()]
)
def test_a_setting_of_another_form_is_a_sentence(
    command, arguments, name, value, is_secret, tmp_path, monkeypatch, caplog
):
    assert value is not None
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text("id\n1\n")
    given = {"server_url": "http://127.0.0.1:9", "api_token": "t0ken", name: value}
    (tmp_path / "config.json").write_text(json.dumps(given))
    ended = CliRunner().invoke(command, ["--config=config.json", *arguments])
    assert ended.exit_code == 78, ended.output + caplog.text
    assert name in caplog.text
    assert "Traceback" not in caplog.text
    assert "t0ken" not in caplog.text
    assert not (is_secret and "s3cret" in caplog.text)
