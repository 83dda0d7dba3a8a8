"""meltano.yml says of our plugins what they say of themselves, and its jobs name what is there."""

import json
import subprocess
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from demo.meltano import ROOT, Project
from seatable_sandbox import Sandbox

PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
PLUGINS = {plugin["name"]: plugin for plugins in PROJECT["plugins"].values() for plugin in plugins}
KINDS = {
    "array": {"array"},
    "boolean": {"boolean"},
    "integer": {"integer"},
    "number": {"string"},
    "object": {"string"},
    "string": {"string", "options", "date_iso8601"},
}


OURS = ["tap-seatable", "target-seatable"]


def about_of(plugin):
    program = Path(sys.executable).with_name(plugin["executable"])
    result = subprocess.run(
        [program, "--about", "--format", "json"], capture_output=True, text=True, check=True
    )
    return json.loads(result.stdout)


@pytest.fixture(scope="module", params=OURS)
def plugin(request):
    return PLUGINS[request.param]


@pytest.fixture(scope="module")
def about(plugin):
    return about_of(plugin)


@pytest.mark.parametrize("name", [*OURS, "tap-tabular-files"])
def test_every_setting_is_declared_as_the_plugin_describes_it_and_no_other(name):
    plugin, about = PLUGINS[name], about_of(PLUGINS[name])
    assert [setting["name"] for setting in plugin["settings"]] == list(
        about["settings"]["properties"]
    )
    for setting in plugin["settings"]:
        schema = about["settings"]["properties"][setting["name"]]
        types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        first = next(type_ for type_ in types if type_ != "null")
        assert setting["kind"] in KINDS[first], setting["name"]
        assert setting["label"] == schema["title"]
        assert setting["description"] == schema.get("description"), setting["name"]
        assert setting.get("sensitive", False) == schema.get("secret", False)
        assert setting.get("value") == schema.get("default")
        assert [option["value"] for option in setting.get("options", ())] == schema.get("enum", [])


def test_secrets_are_sensitive_and_a_credential_is_needed(plugin):
    sensitive = {setting["name"] for setting in plugin["settings"] if setting.get("sensitive")}
    ways = [
        ["api_token"],
        ["account_token", "workspace_id", "base_name"],
        ["username", "password", "workspace_id", "base_name"],
    ]
    if plugin["name"] == "tap-seatable":
        ways.append(["bases"])
        expected = {"bases", "attachments_path"}
    else:
        expected = {"rejected_records_path"}
    shared = {"api_token", "account_token", "call_budget", "password", "otp"}
    assert sensitive == {*shared, *expected}
    assert plugin["settings_group_validation"] == ways


def test_both_plugins_are_connected_by_the_same_settings():
    connection = {
        "server_url",
        "api_token",
        "account_token",
        "username",
        "password",
        "otp",
        "workspace_id",
        "base_name",
        "api_version",
        "server_timezone",
        "request_timeout",
        "max_requests_per_minute",
        "max_wait_seconds",
    }

    def settings(name):
        return {s["name"]: s for s in PLUGINS[name]["settings"] if s["name"] in connection}

    assert settings("tap-seatable").keys() == connection
    # The same in all but what the zone is for: reading and writing differ in that.
    reading, writing = (settings(name) for name in ("tap-seatable", "target-seatable"))
    for found in (reading, writing):
        assert found["server_timezone"].pop("description")
    assert reading == writing


def test_capabilities(plugin, about):
    assert plugin["capabilities"] == sorted(about["capabilities"])


def test_the_tap_without_a_catalog_can_do_everything_else():
    whole = set(PLUGINS["tap-seatable"]["capabilities"])
    assert set(PLUGINS["tap-seatable-without-catalog"]["capabilities"]) == whole - {
        "catalog",
        "discover",
    }


def test_the_file_is_as_make_settings_writes_it():
    result = subprocess.run(
        [sys.executable, ROOT / "tools" / "meltano_settings.py", "--check"], check=False
    )
    assert result.returncode == 0, "run `make settings`"


def test_the_jobs():
    tasks = {job["name"]: job["tasks"] for job in PROJECT["jobs"]}
    assert tasks == {
        "base-to-warehouse": ["tap-seatable target-postgres"],
        "bases-to-warehouse": ["tap-seatable target-postgres-by-base"],
        "files-to-base": ["tap-tabular-files target-seatable"],
        "database-to-base": ["tap-postgres target-seatable"],
        "mysql-to-base": ["tap-mysql target-seatable"],
    }
    assert {name for (task,) in tasks.values() for name in task.split()} < set(PLUGINS)


def test_meltano_passes_every_setting_on(project):
    """A setting given as an environment variable reaches the plugin's configuration."""
    said = project.call(
        "config",
        "print",
        "tap-seatable",
        tap_seatable_tables=["A*", "B"],
        tap_seatable_page_size="500",
    )
    config = json.loads(said.output)
    assert config["tables"] == ["A*", "B"]
    assert config["page_size"] == 500
    assert config["server_url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("place", ["environment", "meltano.yml"])
def test_numbers_with_fractions_reach_the_plugins(tmp_path, plugin, about, place):
    """Meltano itself starts the plugin with a fraction for each setting that is a number."""
    schemas = about["settings"]["properties"]
    numbers = {name: 0.75 for name, schema in schemas.items() if "number" in schema["type"]}
    assert {"request_timeout", "max_wait_seconds"} < set(numbers)
    with Sandbox() as sandbox:
        given = {"server_url": sandbox.url, "api_token": sandbox.create_base("Numbers").api_token}
        if place == "environment":
            given |= numbers
        prefix = plugin["namespace"]
        project = Project(
            tmp_path / "meltano", {f"{prefix}_{name}": value for name, value in given.items()}
        )
        if place == "meltano.yml":
            copied = deepcopy(PROJECT)
            (mine,) = (
                candidate
                for plugins in copied["plugins"].values()
                for candidate in plugins
                if candidate["name"] == plugin["name"]
            )
            mine["config"] = numbers
            mine["pip_url"] = f"-e {ROOT}"
            (tmp_path / "meltano.yml").write_text(yaml.safe_dump(copied))
            project = replace(project, root=tmp_path)
        project.call(
            "invoke",
            plugin["name"],
            *(["--discover"] if "catalog" in about["capabilities"] else []),
        )
        said = json.loads(project.call("config", "print", plugin["name"]).output)
    assert {name: float(said[name]) for name in numbers} == numbers
