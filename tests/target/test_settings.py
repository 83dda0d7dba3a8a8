"""The configuration of a run: every setting, typed, with its default."""

import msgspec
import pytest

from seatable_client.settings import CONNECTION_SETTINGS
from target_seatable.settings import ROW_LIMIT, SETTINGS, TargetConfig, parse_config

OWN = SETTINGS["properties"].keys() - CONNECTION_SETTINGS.keys() | {"server_timezone"}


def test_every_own_setting_has_a_field():
    assert {*TargetConfig.__struct_fields__} == OWN | {"add_record_metadata", "by_name"}


def test_a_setting_that_is_not_given_has_its_default():
    config = parse_config({})
    assert config.row_limit == ROW_LIMIT  # which plan may change
    for name in OWN - {"row_limit"}:
        schema = SETTINGS["properties"][name]
        empty: object = "" if schema["type"] == "string" else {}
        assert getattr(config, name) == schema.get("default", empty)


def test_a_setting_that_is_given_counts():
    given = {"load_method": "overwrite", "max_delete_fraction": 1, "batch_size_rows": 100.0}
    config = parse_config({**given, "links": None, "add_record_metadata": True})
    assert (config.load_method, config.max_delete_fraction) == ("overwrite", 1.0)
    assert config.batch_size_rows == 100
    assert type(config.batch_size_rows) is int
    assert config.links == {}
    assert config.by_name["add_record_metadata"] is True
    assert config.add_record_metadata
    assert not parse_config({}).add_record_metadata


def test_nothing_changes_a_configuration():
    with pytest.raises(AttributeError):
        parse_config({}).dry_run = True  # type: ignore[misc]


def test_a_value_of_another_type_is_refused():
    with pytest.raises(msgspec.ValidationError):
        parse_config({"nested": "both"})
