"""Names that changed under a catalog kept from before, as Meltano keeps it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.column_types import codec
from seatable_client.metadata import Column
from seatable_sandbox import Sandbox
from tap_seatable.inputs.catalog_changes import still_holds
from tests.servers import WITH_SQL
from tests.tap.support import config_of, discover, make_table, metadata_of, read, select_only
from tests.tap.warehouse import Warehouse, run_into


@pytest.fixture
def old(base, config):
    """A base with two tables of two rows, and its catalog; then the base may change."""
    make_table(base, "T", 2)
    make_table(base, "U", 2)
    return discover(config)


# Columns


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


# Types


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


# Tables


def test_a_renamed_table_goes_on_filling_its_stream(base, config, old):
    first = read(config, catalog=old)
    base.rename_table("T", "Re-named")
    base.append_rows("Re-named", [{"Amount": 7}])
    run = read(config, catalog=old, state=first.state)
    assert run.error == ""
    assert 7 in [record["Amount"] for record in run.records("T")]
    assert not run.log_lines("full sync")
    [line] = run.log_lines("Stream 'T': its table, formerly 'T', is now called 'Re-named'")
    assert "--refresh-catalog" in line
    assert run.schema("T")["x-seatable"]["name"] == "T"
    assert not run.log_lines("does not know")


def test_tables_that_swap_their_names(base, config, old):
    base.append_rows("U", [{"Name": "u"}])
    base.rename_table("T", "V")
    base.rename_table("U", "T")
    base.rename_table("V", "U")
    run = read(config, catalog=old)
    assert (len(run.ids("T")), len(run.ids("U"))) == (2, 3)


def test_a_new_table_under_an_old_name_is_another_stream(base, config, old):
    base.rename_table("T", "V")
    make_table(base, "T", 4)
    run = read(config, catalog=old)
    assert run.streams == ["T", "U"]
    assert len(run.ids("T")) == 2
    assert run.log_lines("The catalog does not know table 'T'")


@pytest.mark.parametrize("name", ["T", "V"])
def test_settings_may_name_a_renamed_table_by_both_names(base, config, old, name):
    base.rename_table("T", "V")
    settings = {**config, "tables": [name]}
    assert "'U'" in read(settings, catalog=old).error
    assert len(read(settings, catalog=old).ids("T")) == 2
    assert read({**config, "exclude_tables": [name]}, catalog=old).streams == ["U"]


@pytest.mark.only_on(*WITH_SQL)
@pytest.mark.parametrize("name", ["T", "V"])
def test_a_condition_on_a_renamed_table_applies(base, config, name):
    make_table(base, "T", 3)
    catalog = discover({**config, "where": {"T": "Amount > 0"}})
    base.rename_table("T", "V")
    run = read({**config, "where": {name: "Amount > 0"}}, catalog=catalog)
    assert len(run.ids("T")) == 2


def test_a_renamed_base_keeps_its_streams(sandbox, base, config):
    """Its name stands before those of its tables where several bases are read."""
    make_table(base, "T", 2)
    several = {"server_url": config["server_url"], "bases": [{"api_token": config["api_token"]}]}
    catalog = discover(several)
    [entry] = catalog["streams"]
    entry |= {"tap_stream_id": "Former-T", "stream": "Former-T"}
    run = read(several, catalog=catalog)
    assert run.error == ""
    assert len(run.ids("Former-T")) == 2


def test_links_to_a_renamed_table_lead_to_its_stream(base, config, old):
    base.add_column("T", "Link", "link", {"table": "T", "other_table": "U"})
    catalog = discover(config)
    [row], others = [base.rows("T")[0]["_id"]], [row["_id"] for row in base.rows("U")]
    base.link("T", "Link", {row: others[:1]})
    base.rename_table("U", "People")
    base.rename_column("T", "Link", "Person")
    run = read(config, catalog=catalog)
    [links] = [record["Link"] for record in run.records("T") if record["Link"]]
    assert [link["row_id"] for link in links] == others[:1]
    data = run.schema("T")["properties"]["Link"]["x-seatable"]["data"]
    assert run.schema("U")["x-seatable"]["id"] in {data["table_id"], data["other_table_id"]}
    assert run.schema("U")["x-seatable"]["name"] == "U"


# Conditions


@pytest.fixture
def filtered(base, config):
    """A table with a condition on an option, its catalog and settings."""
    options = [{"name": name} for name in ("open", "it's done")]
    base.create_table("T", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Status", "column_type": "single-select",
         "column_data": {"options": options}},
    ])  # fmt: skip
    base.append_rows("T", [{"Name": "a", "Status": "open"}, {"Name": "b", "Status": "it's done"}])
    config = {**config, "where": {"T": "Status = 'open' and Name <> 'open'"}}
    return config, discover(config)


@pytest.mark.only_on(*WITH_SQL)
def test_a_renamed_option_of_a_condition_stays_the_same_option(base, filtered):
    config, catalog = filtered
    warehouse = Warehouse()
    warehouse.load(read(config, catalog=catalog).messages)
    base.rename_option("T", "Status", "open", "it's open")
    base.rename_column("T", "Status", "State")
    run = read(config, catalog=catalog, state=warehouse.state)
    warehouse.load(run.messages)
    assert [row["Status"] for row in warehouse.rows("T").values()] == ["it's open"]
    [line] = run.log_lines("'Status' is now 'State', 'open' is now \"it's open\"")
    assert "--refresh-catalog" in line
    assert run.error == ""


@pytest.mark.only_on(*WITH_SQL)
def test_options_that_swap_their_names(base, filtered):
    config, catalog = filtered
    for old, new in (("open", "x"), ("it's done", "open"), ("x", "it's done")):
        base.rename_option("T", "Status", old, new)
    assert [record["Name"] for record in read(config, catalog=catalog).records("T")] == ["a"]


@pytest.mark.only_on(*WITH_SQL)
def test_without_a_catalog_a_renamed_option_ends_the_run_before_rows_count_as_deleted(
    base, filtered
):
    config, _ = filtered
    warehouse = Warehouse()
    run_into(config, warehouse)
    base.rename_option("T", "Status", "open", "active")
    run = read(config, state=warehouse.state)
    assert "'open' for column 'Status', but the column has no such option" in run.error
    assert "change where" in run.error
    assert run.messages == []


@pytest.mark.only_on(*WITH_SQL)
@pytest.mark.parametrize("has_catalog", [True, False])
@pytest.mark.parametrize(
    ("constant", "renames"),
    [("open", ["Open"]), ("OPEN", ["Open"]), ("oPEN", ["OPEN", "open"]), ("Open", ["OPEN"])],
)
def test_an_option_in_another_case_keeps_its_rows(base, filtered, constant, renames, has_catalog):
    """Constants count with their case, so the option's own spelling is what is asked for."""
    config, catalog = filtered
    config = {**config, "where": {"T": f"Status = '{constant}'"}}
    catalog = discover(config) if has_catalog else None
    warehouse = Warehouse()
    warehouse.load(read(config, catalog=catalog).messages)
    assert [row["Name"] for row in warehouse.rows("T").values()] == ["a"]
    before = "open"
    for name in renames:
        base.rename_option("T", "Status", before, name)
        run = read(config, catalog=catalog, state=warehouse.state)
        warehouse.load(run.messages)
        assert run.error == ""
        assert [row["Status"] for row in warehouse.rows("T").values()] == [name]
        before = name


@pytest.mark.only_on(*WITH_SQL)
def test_options_that_differ_in_case_alone_are_two(base, filtered):
    """A constant that is neither of them to the letter names none."""
    config, _ = filtered
    base.append_rows("T", [{"Name": "c", "Status": "OPEN"}])
    run = read({**config, "where": {"T": "Status = 'OPEN'"}})
    assert [record["Name"] for record in run.records("T")] == ["c"]
    assert read({**config, "where": {"T": "Status = 'Open'"}}).log_lines("has no such option")


@pytest.mark.only_on(*WITH_SQL)
def test_in_a_first_run_an_option_that_is_none_is_a_warning(filtered):
    config, _ = filtered
    run = read({**config, "where": {"T": "Status in ('opne')"}})
    assert run.log_lines("'opne' for column 'Status'", "has no such option")
    assert run.error == ""
    assert not read({**config, "where": {"T": "Status like 'op%'"}}).log_lines("no such option")


def test_the_catalog_has_the_options_that_a_condition_names(filtered):
    _, catalog = filtered
    known = metadata_of(catalog, "T", "properties", "Status")["x-seatable"]
    assert known["options"].keys() == {"open"}


# Views


@pytest.fixture
def viewed(base, config):
    """A base with a view that shows one of two rows, and its catalog."""
    make_table(base, "T", 2)
    config |= {"views": [{"table": "T", "view": "One"}], "lookback_seconds": 0}
    base.add_view("T", "One", filters=[_amount(base, 1)])
    return discover(config)


def _amount(base, number):
    [table] = [table for table in base.metadata()["metadata"]["tables"] if table["name"] == "T"]
    [key] = [column["key"] for column in table["columns"] if column["name"] == "Amount"]
    return {"column_key": key, "filter_predicate": "equal", "filter_term": number}


@pytest.mark.parametrize("table", ["T", "Things"])
def test_a_renamed_view_goes_on_filling_its_stream(base, config, viewed, table):
    first = read(config, catalog=viewed)
    [row] = first.records("T_One")
    base.change_view("T", "One", name="Only")
    base.rename_table("T", table)
    for view, state in (("One", None), ("Only", None), ("One", first.state)):
        run = read({**config, "views": [{"table": "T", "view": view}]}, catalog=viewed, state=state)
        assert run.error == ""
        assert run.records("T_One") == ([] if state else [row])
        [line] = run.log_lines("Stream 'T_One'", "its view, formerly 'One', is now called 'Only'")
        assert "--refresh-catalog" in line
        assert "setting views" in line


def test_views_that_swap_their_names(base, config, viewed):
    base.add_view("T", "Other", filters=[_amount(base, 0)])
    config["views"].append({"table": "T", "view": "Other"})
    catalog = discover(config)
    first = read(config, catalog=catalog)
    for before, after in (("One", "x"), ("Other", "One"), ("x", "Other")):
        base.change_view("T", before, name=after)
    run = read(config, catalog=catalog)
    for stream in ("T_One", "T_Other"):
        assert run.ids(stream) == first.ids(stream) != []


def test_without_a_catalog_a_renamed_view_ends_the_run(base, config, viewed):
    state = read(config).state
    base.change_view("T", "One", name="Only")
    run = read(config, state=state)
    assert "names view 'One' of table 'T', but the table has no such view" in run.error
    assert not run.records("T")
