"""Which columns and streams are read and emitted."""

from __future__ import annotations

import pytest

from tests.tap.support import (
    columns_of_select,
    deselect_stream,
    discover,
    make_table,
    page_selects,
    read,
    select_only,
)

AUTOMATIC = {"_id", "_mtime", "_deleted_at"}


def test_without_a_catalog_everything_is_read(base, config):
    make_table(base, "A", 1)
    make_table(base, "B", 1)
    run = read(config)
    assert run.streams == ["A", "B"]
    [record] = run.records("A")
    assert record["Name"] == "row 0"
    assert record["Amount"] == 0


def test_deselected_columns_are_neither_asked_for_nor_emitted(base, config, statements):
    make_table(base, "T", 3)
    catalog = discover(config)
    select_only(catalog, "T", "Amount")
    run = read(config, catalog=catalog)
    assert sorted(record["Amount"] for record in run.records("T")) == [0, 1, 2]
    for record in run.records("T"):
        assert set(record) == AUTOMATIC | {"Amount"}
    assert set(run.schema("T")["properties"]) == AUTOMATIC | {"Amount"}
    page, behind = page_selects(statements)
    assert columns_of_select(page) == {"Amount"}
    assert behind.startswith("SELECT `_id` FROM `T`")


def test_what_a_stream_needs_is_read_although_deselected(base, config):
    make_table(base, "T", 3)
    catalog = discover(config)
    select_only(catalog, "T")
    run = read(config, catalog=catalog)
    assert len(run.records("T")) == 3
    for record in run.records("T"):
        assert set(record) == AUTOMATIC
    assert run.bookmark("T")


def test_deselected_columns_of_twins_in_case_are_not_emitted(base, config, statements):
    """SQL cannot name one of them, so the table is selected whole."""
    base.create_table("T", [{"column_name": "name", "column_type": "text"}])
    key = base.add_column("T", "Name", "text")
    base.append_rows("T", [{"name": "small", "Name": "big"}])
    catalog = discover(config)
    select_only(catalog, "T", f"Name_{key}")
    [record] = read(config, catalog=catalog).records("T")
    assert record[f"Name_{key}"] == "big"
    assert set(record) == AUTOMATIC | {f"Name_{key}"}
    assert page_selects(statements)[0].startswith("SELECT * FROM `T`")


def test_deselected_streams_are_not_read(base, config, statements):
    make_table(base, "A", 1)
    make_table(base, "B", 1)
    catalog = discover(config)
    deselect_stream(catalog, "A")
    run = read(config, catalog=catalog)
    assert run.streams == ["B"]
    assert run.messages_of("RECORD", "A") == []
    assert run.error == ""
    assert not [statement for statement in statements if "`A`" in statement]


def test_nothing_selected_is_a_run_without_a_row(base, config):
    make_table(base, "T", 1)
    catalog = discover(config)
    deselect_stream(catalog, "T")
    run = read(config, catalog=catalog)
    assert run.messages == []
    assert run.error == ""


def test_a_selected_formula_is_asked_for_and_others_are_not(zoo_config, statements):
    """Computed columns cost the server most."""
    catalog = discover(zoo_config)
    select_only(catalog, "Zoo", "Double")
    deselect_stream(catalog, "Others")
    run = read(zoo_config, catalog=catalog)
    assert {record["Double"] for record in run.records("Zoo")} == {25, 0}
    assert columns_of_select(page_selects(statements)[0]) == {"Double"}


def test_names_with_quotes_and_keywords_reach_the_select(base, config, statements):
    names = ["select", "from where", "it's", 'say "hi"', "Größe (m²)", "a;b", "-- c"]
    base.create_table("Order by", [
        {"column_name": name, "column_type": "text"} for name in names
    ])  # fmt: skip
    base.append_rows("Order by", [dict.fromkeys(names, "x")])
    [record] = read(config).records("Order by")
    assert {record[name] for name in names} == {"x"}
    assert "SELECT *" not in page_selects(statements)[0]


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize(
    "maps",
    [
        {"Orders": {"__alias__": "Items"}},
        {"Items": {"__source__": "Orders"}},
        {"*": {"__alias__": "All"}},
    ],
)
@pytest.mark.parametrize("deletes", ["tombstones", "versions", "tombstones_only", "off"])
def test_no_two_streams_have_one_name_where_versions_are_activated(base, config, maps, deletes):
    """The second ACTIVATE_VERSION would take from a loader what the first stream has there."""
    make_table(base, "Orders", 2)
    make_table(base, "Items", 2)
    config |= {"stream_maps": maps, "deletes": deletes}
    run = read(config)
    if deletes in {"tombstones", "versions"}:
        assert "stream_maps lets streams 'Orders' and 'Items' both go out as" in run.error
        assert not run.messages
    else:
        assert run.error == ""
        assert len(run.messages_of("RECORD")) >= 4
    catalog = discover(config)
    deselect_stream(catalog, "Items")
    assert read(config, catalog=catalog).error == ""


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize("deletes", ["tombstones", "versions", "tombstones_only", "off"])
def test_no_table_has_the_name_of_its_view_where_deletions_are_reported(base, config, deletes):
    """What leaves the view is deleted there, and would be deleted among the rows of the table."""
    make_table(base, "Orders", 2)
    base.add_view("Orders", "All")
    views = [{"table": "Orders", "view": "All"}]
    maps = {"Orders_All": {"__alias__": "Orders"}}
    run = read({**config, "views": views, "stream_maps": maps, "deletes": deletes})
    if deletes == "off":
        assert run.error == ""
    else:
        assert "both go out as 'Orders'" in run.error
        assert run.messages_of("RECORD") == []


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize("maps", [{"*": {"Name": None}}, {"Items": {"Twice": "Amount * 2"}}])
def test_a_deselected_stream_may_have_a_map(base, config, maps):
    make_table(base, "Orders", 2)
    make_table(base, "Items", 2)
    catalog = discover(config)
    deselect_stream(catalog, "Items")
    run = read({**config, "stream_maps": maps}, catalog=catalog)
    assert run.error == ""
    assert run.streams == ["Orders"]
    assert len(run.records("Orders")) == 2
