"""Words, objects and numbers are read alike from a file, a variable and Meltano."""

import os

import pytest
from singer_sdk.exceptions import ConfigValidationError

from seatable_client.errors import ConfigError
from singer_seatable.settings import with_declared_types
from tap_seatable.tap import TapSeaTable
from target_seatable.target import TargetSeaTable

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
