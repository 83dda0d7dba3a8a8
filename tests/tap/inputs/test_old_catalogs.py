"""Catalogs that are older than the base, or of another one."""

from __future__ import annotations

import copy
import json

import pytest

from seatable_client.errors import ErrorKind
from tests.tap.support import (
    columns_of_select,
    deselect_stream,
    discover,
    entry_of,
    make_table,
    metadata_of,
    page_selects,
    read,
    run_command,
    select_only,
)


@pytest.fixture
def old(base, config):
    """A base with two tables of two rows, and its catalog; then the base may change."""
    make_table(base, "T", 2)
    make_table(base, "U", 2)
    return discover(config)


def test_an_unchanged_base_logs_no_warning(config, old):
    run = read(config, catalog=old)
    assert not run.log_lines("catalog")
    assert not run.log_lines("no longer")
    assert run.error == ""


def test_a_new_column_is_announced_and_not_emitted(base, config, old):
    base.add_column("T", "Fresh", "text")
    base.append_rows("T", [{"Fresh": "x"}])
    run = read(config, catalog=old)
    assert all("Fresh" not in record for record in run.records("T"))
    assert "Fresh" not in run.schema("T")["properties"]
    assert len(run.log_lines("Stream 'T'", "'Fresh'", "does not know", "--refresh-catalog")) == 1
    assert run.error == ""


def test_a_column_that_has_gone_is_null_and_announced(base, config, old, statements):
    base.delete_column("T", "Amount")
    run = read(config, catalog=old)
    assert [record["Amount"] for record in run.records("T")] == [None, None]
    assert "Amount" in run.schema("T")["properties"]
    assert len(run.log_lines("Stream 'T'", "no longer has 'Amount'", "null")) == 1
    assert run.error == ""
    [select, *_] = [select for select in page_selects(statements) if "`T`" in select]
    assert columns_of_select(select) == {"Name", "_creator", "_last_modifier"}


def test_a_removed_column_that_is_deselected_is_not_reported(base, config, old):
    select_only(old, "T", "Name")
    base.delete_column("T", "Amount")
    run = read(config, catalog=old)
    assert all("Amount" not in record for record in run.records("T"))
    assert not run.log_lines("no longer has")


def test_a_selected_table_that_has_gone_fails_alone(base, config, old):
    base.delete_table("T")
    run = read(config, catalog=old)
    assert run.streams == ["U"]
    assert len(run.records("U")) == 2
    assert "'T'" in run.error
    assert len(run.log_lines("selects stream 'T'", "no such table", "Streams are: 'U'.")) == 1


def test_a_map_of_an_unknown_stream_is_a_warning(base, config):
    make_table(base, "T", 1)
    make_table(base, "[EU]", 1)
    maps = {"Budget": {"Name": None}, "T*": {"Name": None}, "U": {"__source__": "T"}, "V": {}}
    run = read({**config, "stream_maps": {**maps, "[EU]": {}}})
    assert len(run.log_lines("stream_maps names 'Budget'", "the stream does not exist")) == 1
    assert len(run.log_lines("stream_maps names 'V'")) == 1
    assert len(run.log_lines("stream_maps names")) == 2


def test_a_map_that_would_hide_a_column_of_a_misspelt_stream_ends_the_run(base, config):
    """What it should hide would be in the warehouse."""
    make_table(base, "T", 1)
    run = read({**config, "stream_maps": {"t": {"Name": None}}})
    assert "stream_maps" in run.error
    assert "'t'" in run.error
    assert "'T'" in run.error
    assert run.messages == []


def test_a_catalog_that_selects_nothing_is_a_warning(base, config):
    make_table(base, "T", 1)
    catalog = discover(config)
    deselect_stream(catalog, "T")
    assert read(config, catalog=catalog).log_lines("the catalog selects no stream")


def test_with_naming_id_a_renamed_table_is_the_same_stream(base, config):
    make_table(base, "T", 2)
    config = {**config, "naming": "id"}
    catalog = discover(config)
    base.rename_table("T", "Renamed")
    run = read(config, catalog=catalog)
    assert run.error == ""
    assert len(run.messages_of("RECORD")) == 2


@pytest.fixture
def elsewhere(sandbox, base, config):
    """The settings of another base with a table of the same id."""
    other = sandbox.create_base(f"Another than {base.name}")
    other.create_table("Elsewhere", [{"column_name": "Name", "column_type": "text"}])
    return {**config, "api_token": other.api_token}


def test_a_catalog_of_another_base_has_no_renamed_tables(config, elsewhere, old):
    run = read(elsewhere, catalog=old)
    assert "'T'" in run.error
    assert run.log_lines("has no such table")
    assert not run.log_lines("is now called")


def test_ids_of_another_base_are_not_taken_for_those_of_this_one(base, config):
    """The first table of every base of SeaTable has the same id."""
    make_table(base, "T", 2)
    config = {**config, "naming": "id"}
    catalog = discover(config)
    (entry,) = catalog["streams"]
    origin = metadata_of(catalog, entry["tap_stream_id"])["x-seatable"]
    origin |= {"base": "f" * 32, "name": "Another"}
    run = read(config, catalog=catalog)
    assert "The catalog was made from another base: there" in run.error
    assert "is table 'Another', here it is 'T'" in run.error
    assert run.messages == []


def test_a_renamed_table_of_a_catalog_without_ids_is_a_gone_one(base, config, old):
    """Whoever writes catalogs by hand leaves them out."""
    for entry in old["streams"]:
        for item in entry["metadata"]:
            item["metadata"].pop("x-seatable", None)
    base.rename_table("T", "Renamed")
    run = read(config, catalog=old)
    assert run.log_lines("selects stream 'T'", "no such table", "Streams are: 'Renamed', 'U'.")


@pytest.mark.parametrize("place", ["entry", "metadata"])
def test_another_replication_key_is_refused(base, config, old, place):
    if place == "entry":
        entry_of(old, "T")["replication_key"] = "Amount"
    else:
        entry_of(old, "T").pop("replication_key")
        metadata_of(old, "T")["replication-key"] = "Amount"
    run = read(config, catalog=old)
    assert "stream 'T' the replication key 'Amount'" in run.error
    assert "FULL_TABLE" in run.error
    assert run.messages == []
    entry_of(old, "T")["replication_method"] = "FULL_TABLE"
    assert read(config, catalog=old).error == ""
    entry_of(old, "T").pop("replication_method")
    deselect_stream(old, "T")
    assert read(config, catalog=old).error == ""


def test_another_key_is_refused(base, config, old):
    entry_of(old, "T")["key_properties"] = ["Name"]
    run = read(config, catalog=old)
    assert "stream 'T' the key ['Name']" in run.error
    assert run.messages == []


def test_a_catalog_without_keys_gets_the_streams_own(base, config, old):
    for entry in old["streams"]:
        entry["replication_method"] = "INCREMENTAL"
        entry.pop("key_properties")
        entry.pop("replication_key")
        for item in entry["metadata"]:
            item["metadata"].pop("table-key-properties", None)
            item["metadata"].pop("replication-key", None)
    run = read(config, catalog=old)
    assert run.error == ""
    assert [message["key_properties"] for message in run.messages_of("SCHEMA")] == [
        ["_id"],
        ["_id"],
    ]
    assert run.bookmark("T")


def test_a_removed_table_that_is_deselected_is_not_reported(base, config, old):
    deselect_stream(old, "T")
    base.delete_table("T")
    run = read(config, catalog=old)
    assert run.streams == ["U"]
    assert run.error == ""


def test_a_table_that_the_settings_leave_out_fails_alone(config, old):
    run = read({**config, "exclude_tables": ["T"]}, catalog=old)
    assert run.streams == ["U"]
    assert run.log_lines("'T'", "exclude_tables leave it out")
    assert "'T'" in run.error


def test_a_new_table_is_announced_and_not_read(base, config, old):
    make_table(base, "New", 1)
    run = read(config, catalog=old)
    assert run.streams == ["T", "U"]
    assert len(run.log_lines("does not know table 'New'", "--refresh-catalog")) == 1


def test_a_renamed_table_is_the_same_stream_under_ids(base, config):
    make_table(base, "T", 2)
    by_id = {**config, "naming": "id"}
    catalog = discover(by_id)
    base.rename_table("T", "Renamed")
    base.rename_column("Renamed", "Amount", "Quantity")
    run = read(by_id, catalog=catalog)
    assert run.error == ""
    assert run.streams == [entry["tap_stream_id"] for entry in catalog["streams"]]
    assert {record["0000"] for record in run.records(run.streams[0])} == {"row 0", "row 1"}
    assert not run.log_lines("no longer")


def test_under_ids_a_renaming_emits_no_row(base, config):
    make_table(base, "T", 2)
    base.add_column("T", "Double", "formula", {"formula": "{Amount} * 2"})
    by_id = {**config, "naming": "id", "lookback_seconds": 0}
    first = read(by_id)
    base.rename_table("T", "Renamed")
    base.rename_column("Renamed", "Amount", "Quantity")
    second = read(by_id, state=first.state)
    assert first.streams == second.streams
    assert second.messages_of("RECORD") == []


def test_a_catalog_survives_a_round_trip_through_what_targets_keep(config, old):
    """Meltano writes the catalog anew, with entries of its own."""
    catalog = json.loads(json.dumps(old))
    for entry in catalog["streams"]:
        entry["table_name"] = None
        entry["stream"] = entry["tap_stream_id"]
        entry["selected"] = True
        for item in entry["metadata"]:
            item["metadata"]["meltano-made-this-up"] = {"x": 1}
    run = read(config, catalog=catalog)
    assert run.error == ""
    assert len(run.records("T")) == 2


def test_a_catalogs_own_types_do_not_decide(config, old):
    """A user may have edited the catalog; the values are what the base's columns make them."""
    catalog = copy.deepcopy(old)
    entry_of(catalog, "T")["schema"]["properties"]["Amount"] = {"type": ["string", "null"]}
    run = read(config, catalog=catalog)
    assert run.schema("T")["properties"]["Amount"]["type"] == ["number", "null"]


def test_the_command_fails_when_a_table_has_gone(tmp_path, base, config, old):
    base.delete_table("T")
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "catalog.json").write_text(json.dumps(old))
    ended = run_command(
        "--config", str(tmp_path / "config.json"), "--catalog", str(tmp_path / "catalog.json")
    )
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert ended.output.count(b'"RECORD"') == 2
    assert "Traceback" not in ended.log
    assert "1 of the streams was not read: 'T'. The others are complete." in ended.log


@pytest.mark.parametrize("method", ["incremental", "LOG_BASED"])
def test_an_unknown_replication_method_is_refused(base, config, old, method):
    entry_of(old, "T")["replication_method"] = method
    assert f"the replication method {method!r}. It can be" in read(config, catalog=old).error


def test_unknown_excluded_tables_are_a_warning(base, config):
    make_table(base, "Orders", 1)
    run = read({**config, "exclude_tables": ["Holidays"]})
    assert run.log_lines("exclude_tables names 'Holidays'")
    assert run.streams == ["Orders"]
    assert read({**config, "exclude_tables": ["*"]}).log_lines("There is nothing to read")


def test_a_misspelt_excluded_table_ends_the_run(base, config):
    """It would be read though somebody wanted it left out."""
    make_table(base, "Orders", 1)
    run = read({**config, "exclude_tables": ["Ordrs"]})
    assert "exclude_tables" in run.error
    assert "'Ordrs'" in run.error
    assert "'Orders'" in run.error
    assert run.messages == []
