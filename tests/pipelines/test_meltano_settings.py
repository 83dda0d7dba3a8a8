"""Every setting of both plugins, given through Meltano, reaches the plugin as it was given."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest
import requests
import yaml

from demo.meltano import ROOT, Project
from seatable_client.errors import ConfigError
from tap_seatable.tap import TapSeaTable
from target_seatable.target import TargetSeaTable

PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
TEXT = 'it\'s "a" $HOME ${PATH} ✓'
"""What shells, Meltano and JSON may each take for something of their own."""

GIVEN = {
    "workspace_id": 7,
    "server_url": "https://seatable.example.org",
    "account_token": "0123456789abcdef" * 2 + "01234567",
    "server_timezone": "Europe/Berlin",
    "ca_bundle": requests.utils.DEFAULT_CA_BUNDLE_PATH,
    "call_budget": {"url": "sqlite:////tmp/budget.db", "name": TEXT, "per_minute": 120},
    "bases": [{"workspace_id": 123, "base_name": "Sales*", "exclude": ["*test"]}],
    "tables": ["A*", TEXT],
    "exclude_tables": ["B, C"],
    "start_date": "2024-06-05T10:20:00Z",
    "where": {"Orders": "Status = 'open' AND `Due date` < '2027-01-01'"},
    "views": [{"table": "Orders", "view": TEXT}],
    "side_streams": ["_tables", "_links"],
    "max_name_bytes": 63,
    "stream_maps": {"Orders": {"Name": "Name.upper()", "__filter__": "Total > 1.5"}},
    "stream_map_config": {"a": [1, 1.5, None, True, TEXT]},
    "faker_config": {"seed": 7, "locale": ["de_DE"]},
    "flattening_max_depth": 2,
    "flattening_max_key_length": 40,
    "stream_settings": {"stock*": {"load_method": "overwrite"}},
    "write_policy": {"people": {"phone": "if_empty"}},
    "key_properties": {"public.people": ["id"]},
    "table_mapping": {"people": TEXT},
    "column_types": {"people": {"member no.": "text", "a.b": "date"}},
    "links": {"Orders.Customer": "Name"},
    "locale": "de_DE",
    "text_formats": {"sales": {"us price": {"decimal": ".", "thousands": ","}}},
    "schema_contract": {"columns": "freeze"},
    "protected_rows": {"people": {"kind": ["x", 1, None, 1.5]}},
    "attachment_hosts": ["files.example.org"],
    "attachment_paths": ["/data/files"],
}
"""Settings that hold lists, objects or texts of one form. All others get a value of their type."""

PLUGINS = [TapSeaTable, TargetSeaTable]


def settings_of(plugin):
    """Each setting that the plugin declares, those of the SDK too."""
    plugin.append_builtin_config(plugin.config_jsonschema)
    return plugin.config_jsonschema["properties"]


def value_for(name, schema):
    """A value that is not the default."""
    if name in GIVEN:
        return GIVEN[name]
    kinds = schema["type"]
    if "enum" in schema:
        return next(option for option in schema["enum"] if option != schema.get("default"))
    if "boolean" in kinds:
        return not schema.get("default")
    if "integer" in kinds:
        return schema.get("minimum", 1) + 1
    if "number" in kinds:
        return 0.75
    assert "string" in kinds, f"{name}: give it a value in this test"
    return TEXT


def given_to(plugin):
    return {name: value_for(name, schema) for name, schema in settings_of(plugin).items()}


def project_with(folder, plugin, config):
    """The project, with these settings of the plugin in its meltano.yml."""
    copied = deepcopy(PROJECT)
    (mine,) = (
        candidate
        for plugins in copied["plugins"].values()
        for candidate in plugins
        if candidate["name"] == plugin
    )
    mine["config"] = config
    (folder / "meltano.yml").write_text(yaml.safe_dump(copied, allow_unicode=True), "utf-8")
    return replace(Project(folder / "kept"), root=folder)


def passed_on(project, plugin, **variables):
    """The configuration that Meltano gives to the plugin."""
    return json.loads(project.call("invoke", "--dump=config", plugin, **variables).output)


def written(value):
    """What to write into meltano.yml: a `$` that begins no variable, and dots as docs say."""
    if isinstance(value, str):
        return value.replace("$", "\\$")
    if isinstance(value, list):
        return [written(item) for item in value]
    if isinstance(value, dict):
        return {name: written(item) for name, item in value.items()}
    return value


def has_dot(value):
    """Whether a name in an object has a dot. Meltano takes it for the path of a setting."""
    return isinstance(value, dict) and any("." in key or has_dot(value[key]) for key in value)


def read_by(plugin, config):
    """The settings as the plugin itself has read them."""
    # One way in is enough; the tap takes no others beside it.
    others = {"api_token", "username", "password", "otp", "bases"}
    without = others if plugin is TapSeaTable else set()
    given = {name: config[name] for name in config.keys() - without}
    is_target = plugin is TargetSeaTable  # which needs a mapper; the tap would open a base for it
    found = plugin(config=given, setup_mapper=is_target).config
    return {**found, **{name: config[name] for name in without}}


def check(plugin, config, given):
    found = read_by(plugin, config)
    assert {name: found.get(name) for name in given} == given


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_every_setting_has_a_value_of_its_own(plugin):
    schemas = settings_of(plugin)
    assert {name for name, value in given_to(plugin).items()
            if value == schemas[name].get("default")} == set()  # fmt: skip


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_every_setting_passes_by_the_environment(tmp_path, plugin):
    given = given_to(plugin)
    prefix = plugin.name.replace("-", "_")
    variables = {f"{prefix}_{name}": value for name, value in given.items()}
    check(plugin, passed_on(Project(tmp_path), plugin.name, **variables), given)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_every_setting_passes_by_meltano_yml(tmp_path, plugin):
    given = given_to(plugin)
    project = project_with(
        tmp_path,
        plugin.name,
        {
            name: written(json.dumps(value) if has_dot(value) else value)
            for name, value in given.items()
        },
    )
    check(plugin, passed_on(project, plugin.name), given)


WORDS = {"schema_contract": "freeze", "text_formats": "auto"}


def test_settings_that_may_be_a_word_take_it_in_meltano_yml(tmp_path):
    project = project_with(tmp_path, "target-seatable", WORDS)
    config = passed_on(project, "target-seatable")
    assert {name: config[name] for name in WORDS} == WORDS


def test_settings_that_may_be_a_word_take_it_by_the_environment(tmp_path):
    variables = {f"target_seatable_{name}": value for name, value in WORDS.items()}
    config = passed_on(Project(tmp_path), "target-seatable", **variables)
    assert {name: config[name] for name in WORDS} == WORDS


@pytest.mark.parametrize("text", ["secret-token", "{'a': 1}", "", '{"a": NaN}'])
def test_a_text_that_is_no_object_is_named(text):
    with pytest.raises(ConfigError, match=r"call_budget is not JSON \(.*takes an object") as error:
        TargetSeaTable(config={"call_budget": text})
    assert "secret-token" not in str(error.value)
