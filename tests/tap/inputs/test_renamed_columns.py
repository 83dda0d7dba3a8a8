"""Columns with new names or types under a catalog kept from before, as Meltano keeps it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.column_types import codec
from seatable_client.metadata import Column
from seatable_sandbox import Sandbox
from tap_seatable.inputs.catalog_changes import still_holds
from tests.tap.support import config_of, discover, make_table, read, select_only


def test_a_renamed_column_goes_on_filling_its_property(base, config, old):
    first = read(config, catalog=old)
    base.rename_column("T", "Amount", "Quantity")
    ids = [row["_id"] for row in base.rows("T")]
    base.update_rows("T", {ids[0]: {"Quantity": 7}})
    for state in (None, first.state):
        run = read(config, catalog=old, state=state)
        assert {record["_id"]: record["Amount"] for record in run.records("T")}[ids[0]] == 7
        assert all("Quantity" not in record for record in run.records("T"))
        extension = run.schema("T")["properties"]["Amount"]["x-seatable"]
        assert extension["name"] == "Quantity"
        [line] = run.log_lines("Stream 'T'", "'Amount' is now called 'Quantity'")
        assert "--refresh-catalog" in line
        assert not run.log_lines("does not know")
        assert not run.log_lines("no longer has")
        assert run.error == ""
    assert "Amount" not in read(config, catalog=discover(config)).schema("T")["properties"]


def test_a_renaming_alone_emits_no_row(base, config, old):
    config = {**config, "lookback_seconds": 0}
    first = read(config, catalog=old)
    base.rename_column("T", "Amount", "Quantity")
    base.rename_table("T", "Things")
    assert read(config, catalog=old, state=first.state).messages_of("RECORD") == []


def test_columns_that_swap_their_names(base, config, old):
    base.add_column("T", "Other", "number")
    catalog = discover(config)
    ids = [row["_id"] for row in base.rows("T")]
    base.update_rows("T", {ids[0]: {"Amount": 1, "Other": 2}})
    base.rename_column("T", "Amount", "_")
    base.rename_column("T", "Other", "Amount")
    base.rename_column("T", "_", "Other")
    run = read(config, catalog=catalog)
    [record] = [record for record in run.records("T") if record["_id"] == ids[0]]
    assert (record["Amount"], record["Other"]) == (1, 2)


def test_a_new_column_under_an_old_name_is_not_taken_for_the_renamed_one(base, config, old):
    base.rename_column("T", "Amount", "Quantity")
    base.add_column("T", "Amount", "text")
    ids = [row["_id"] for row in base.rows("T")]
    base.update_rows("T", {row_id: {"Amount": "new", "Quantity": 5} for row_id in ids})
    run = read(config, catalog=old)
    assert [record["Amount"] for record in run.records("T")] == [5, 5]
    assert run.log_lines("the base has 'Amount', which the catalog does not know")


def test_a_column_made_anew_fills_the_property_of_its_name(base, config, old):
    base.delete_column("T", "Amount")
    base.add_column("T", "Amount", "number")
    base.append_rows("T", [{"Amount": 5}])
    run = read(config, catalog=old)
    assert 5 in [record["Amount"] for record in run.records("T")]
    assert run.log_lines("other columns than the catalog under the names 'Amount'")


def test_a_deselected_renamed_column_is_not_reported(base, config, old):
    select_only(old, "T", "Name")
    base.rename_column("T", "Amount", "Quantity")
    run = read(config, catalog=old)
    assert not run.log_lines("Quantity")
    assert all(
        record.keys() == {"_id", "_mtime", "_deleted_at", "Name"} for record in run.records("T")
    )


NAMES = ["A", "B", "C", "a", "_deleted_at", "_sdc_x"]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.permutations(NAMES).map(lambda names: names[:3]),
    after=st.permutations(NAMES).map(lambda names: names[:3]),
    gone=st.sets(st.integers(0, 2), max_size=1),
    added=st.sampled_from([*NAMES, None]),
)
def test_whatever_was_renamed_each_property_has_the_values_of_its_column(
    before, after, gone, added
):
    """Columns of a table are told apart by upper and lower case here as in SeaTable."""
    with Sandbox() as sandbox:
        base = sandbox.create_base("Renamed")
        base.create_table("T", [{"column_name": "Title", "column_type": "text"}])
        keys = [base.add_column("T", name, "text") for name in before]
        [row_id] = base.append_rows("T", [{name: name for name in before}])
        config = config_of(sandbox, base)
        catalog = discover(config)
        [known] = read(config, catalog=catalog).records("T")
        metadata = {
            item["breadcrumb"][1]: item["metadata"]["x-seatable"]["key"]
            for item in catalog["streams"][0]["metadata"]
            if item["breadcrumb"] and item["metadata"].get("x-seatable")
        }
        for place, name in enumerate(before):
            base.rename_column("T", name, f"between {place}")
        for place in gone:
            base.delete_column("T", f"between {place}")
        left = [place for place in range(3) if place not in gone]
        for place in left:
            base.rename_column("T", f"between {place}", after[place])
        if added and added not in {after[place] for place in left}:
            base.add_column("T", added, "text")
        run = read(config, catalog=catalog)
        [record] = run.records("T")
        assert record.keys() == known.keys()
        assert row_id == record["_id"]
        for prop, value in known.items():
            if metadata.get(prop) in keys and keys.index(metadata[prop]) in left:
                assert record[prop] == value
            elif metadata.get(prop) in keys:
                assert record[prop] is None
        assert run.error == ""


def test_a_type_that_no_longer_holds_fails_the_stream_alone(base, config, old):
    state = read(config, catalog=old).state
    base.change_column_type("T", "Amount", "text")
    run = read(config, catalog=old, state=state)
    assert run.streams == ["U"]
    assert "1 of the streams was not read: 'T'" in run.error
    [line] = run.log_lines("Stream 'T' was not read", "'Amount' was of type number and is of type")
    assert "--refresh-catalog" in line
    assert run.state["bookmarks"]["T"] == state["bookmarks"]["T"]
    assert read(config, catalog=discover(config), state=run.state).error == ""


def test_a_type_that_changed_under_a_deselected_property_does_not_matter(base, config, old):
    select_only(old, "T", "Name")
    base.change_column_type("T", "Amount", "text")
    assert read(config, catalog=old).error == ""


def test_a_type_whose_values_fit_the_old_one_is_read(base, config, old):
    base.change_column_type("T", "Amount", "rate")
    run = read(config, catalog=old)
    assert run.error == ""
    assert len(run.records("T")) == 2


@pytest.mark.only_on("gateway")
def test_a_formula_that_results_in_something_else_fails_the_stream(base, config):
    """Old servers do not tell what formulas result in: there they are text."""
    make_table(base, "T", 2)
    base.add_column("T", "Sum", "formula", {"formula": "{Amount} * 2"})
    catalog = discover(config)
    for stream in catalog["streams"]:  # as if the formula had been another one then
        stream["schema"]["properties"]["Sum"] = {"type": ["boolean", "null"]}
    assert "'T'" in read(config, catalog=catalog).error


TYPES = ["text", "number", "date", "checkbox", "single-select", "multiple-select", "email",
         "rate", "duration", "file", "image", "geolocation", "ctime", "collaborator"]  # fmt: skip


@given(before=st.sampled_from(TYPES), now=st.sampled_from(TYPES))
def test_a_schema_that_holds_takes_every_type_and_format_of_the_other(before, now):
    old_schema, new_schema = (codec.schema(Column("0000", "x", name)) for name in (before, now))
    if still_holds(old_schema, new_schema):
        assert set(new_schema["type"]) <= {
            *old_schema["type"],
            *(["integer"] if "number" in old_schema["type"] else []),
        }
        assert new_schema.get("format") == old_schema.get("format") or "format" not in old_schema
    assert still_holds(old_schema, old_schema)
