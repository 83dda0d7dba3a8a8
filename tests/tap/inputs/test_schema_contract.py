"""What a base has more than its catalog, or otherwise, goes out only as `schema_contract` says."""

import pytest

from tests.tap.support import deselect_stream, discover, make_table, read, select_only


@pytest.fixture
def old(base, config):
    """The catalog of a base that has changed since: a table, a column and a type are others."""
    make_table(base, "T", 2)
    make_table(base, "U", 2)
    catalog = discover(config)
    make_table(base, "Fresh", 1)
    base.add_column("T", "More", "text")
    base.append_rows("T", [{"More": "x"}])
    base.change_column_type("U", "Amount", "text")
    return catalog


def emitted(run):
    """The streams with the properties of their records."""
    return {
        stream: {name for record in run.records(stream) for name in record} & {"More", "Amount"}
        for stream in run.streams
    }


def test_without_a_contract_a_catalog_leaves_out_what_it_does_not_know(config, old):
    run = read(config, catalog=old)
    assert emitted(run) == {"T": {"Amount"}}
    assert run.log_lines("'U' no longer have the types of the catalog", "'Amount'")
    null = read({**config, "schema_contract": None}, catalog=old)
    assert null.records("T") == run.records("T")
    assert null.schema("T") == run.schema("T")


def test_what_evolves_is_read_as_the_base_has_it(base, config, old, caplog):
    run = read({**config, "schema_contract": "evolve"}, catalog=old)
    assert run.error == ""
    assert emitted(run) == {"T": {"Amount", "More"}, "U": {"Amount"}, "Fresh": {"Amount"}}
    assert [record["More"] for record in run.records("T")] == [None, None, "x"]
    assert run.schema("T")["properties"]["More"]["x-seatable"]["type"] == "text"
    assert all(isinstance(record["Amount"], str) for record in run.records("U"))
    assert run.schema("Fresh")["properties"].keys() >= {"_id", "Name", "Amount"}
    assert run.log_lines("new columns are read: More")
    caplog.set_level("DEBUG")
    caplog.clear()
    again = read({**config, "schema_contract": "evolve"}, catalog=old, state=run.state)
    assert not any(again.records(stream) for stream in again.streams)
    levels = {line.getMessage(): line.levelname for line in caplog.records}
    assert levels["Stream 'T': new columns are read: More."] == "DEBUG"
    assert levels["Stream 'Fresh' is read, although the catalog does not know it."] == "DEBUG"
    base.append_rows("Fresh", [{"Name": "later"}])
    later = read({**config, "schema_contract": "evolve"}, catalog=old, state=again.state)
    assert "later" in [record["Name"] for record in later.records("Fresh")]


def test_a_stream_that_is_not_selected_does_not_evolve(config, old):
    for entry in old["streams"]:
        for item in entry["metadata"]:
            if entry["tap_stream_id"] == "T" and not item["breadcrumb"]:
                item["metadata"]["selected"] = False
    run = read({**config, "schema_contract": {"columns": "evolve"}}, catalog=old)
    assert "T" not in run.streams


def test_properties_that_are_deselected_stay_so(config, old):
    select_only(old, "T", "Name")
    run = read({**config, "schema_contract": {"columns": "evolve"}}, catalog=old)
    assert emitted(run)["T"] == {"More"}


def test_what_is_frozen_fails_alone(base, config, old):
    base.change_column_type("U", "Amount", "number")
    run = read({**config, "schema_contract": "freeze"}, catalog=old)
    assert run.streams == ["U"]
    assert run.log_lines("Stream 'T' was not read: the base has the columns", "freeze for columns")
    assert run.log_lines("The base has table 'Fresh'", "freeze for tables")
    assert "'T', 'Fresh'" in run.error


def test_a_type_that_is_frozen_fails_also_where_its_values_would_fit(base, config, old):
    base.change_column_type("U", "Amount", "number")
    base.change_column_type("U", "Name", "email")
    for contract, streams in (({}, ["T", "U"]), ({"types": "freeze"}, ["T"])):
        run = read({**config, "schema_contract": contract}, catalog=old)
        assert run.streams == streams


def test_values_of_another_type_are_left_out(config, old):
    run = read({**config, "schema_contract": {"types": "drop_value"}}, catalog=old)
    assert run.error == ""
    assert [record["Amount"] for record in run.records("U")] == [None, None]
    assert "number" in run.schema("U")["properties"]["Amount"]["type"]
    assert len(run.log_lines("Stream 'U'", "'Amount' was of type number", "values are null")) == 1


def test_single_streams_have_contracts_of_their_own(config, old):
    contract = {"columns": "evolve", "streams": {"T*": "freeze", "U": {"types": "evolve"}}}
    run = read({**config, "schema_contract": contract}, catalog=old)
    assert run.streams == ["U"]
    assert run.log_lines("Stream 'T' was not read: the base has the columns 'More'")


# Others under the names of deleted ones


@pytest.fixture
def replaced(base, config):
    """The catalog of a base in which another table, and another column, took a known name."""
    for table in ("T", "U"):
        make_table(base, table, 1)
    catalog = discover(config)
    state = read(config, catalog=catalog).state
    base.delete_table("T")
    make_table(base, "T", 2)
    base.delete_column("U", "Amount")
    base.add_column("U", "Amount", "number")
    base.append_rows("U", [{"Amount": 5}])
    return catalog, state


@pytest.mark.parametrize("contract", [None, "evolve"])
def test_what_took_a_known_name_is_read_with_a_warning(config, replaced, contract):
    catalog, state = replaced
    run = read({**config, "schema_contract": contract}, catalog=catalog, state=state)
    assert run.error == ""
    assert len(run.records("T")) == 2
    assert [record["Amount"] for record in run.records("U")] == [None, 5]
    assert run.log_lines("catalog knows as 'T' is gone", "another one under its name")
    assert run.log_lines("Stream 'U': the base has other columns", "'Amount'; their values are")


def test_what_took_a_known_name_is_frozen(config, replaced):
    catalog, state = replaced
    run = read({**config, "schema_contract": "freeze"}, catalog=catalog, state=state)
    assert "'T', 'U'" in run.error
    assert run.streams == []
    assert run.log_lines("catalog knows as 'T' is gone", "freeze for tables", "deselect")
    assert run.log_lines("Stream 'U'", "'Amount'", "freeze for columns")


def test_the_values_of_a_column_that_took_a_known_name_are_left_out(config, replaced):
    """And come when they are let in."""
    catalog, state = replaced
    contract = {"columns": "drop_value", "streams": {"T": "evolve"}}
    run = read({**config, "schema_contract": contract}, catalog=catalog, state=state)
    assert run.error == ""
    assert [record["Amount"] for record in run.records("U")] == [None, None]
    assert "number" in run.schema("U")["properties"]["Amount"]["type"]
    assert run.log_lines("Stream 'U'", "'Amount'", "drop_value for columns", "null")
    later = read(config, catalog=catalog, state=run.state)
    assert [record["Amount"] for record in later.records("U")] == [None, 5]


def test_a_table_that_took_a_known_name_does_not_replace_one_that_is_gone(config, replaced):
    catalog, state = replaced
    contract = {"tables": "drop_value"}
    run = read({**config, "schema_contract": contract}, catalog=catalog, state=state)
    assert run.streams == ["U"]
    assert run.log_lines("catalog knows as 'T' is gone", "drop_value for tables")


@pytest.mark.parametrize(
    ("contract", "error", "amounts"),
    [(None, "'T'", []), ({"types": "drop_value"}, "", [None]), ({"types": "evolve"}, "", ["x"])],
)
def test_the_types_of_a_table_that_took_a_known_name_must_hold(
    base, config, contract, error, amounts
):
    make_table(base, "T", 1)
    make_table(base, "U", 0)
    catalog = discover(config)
    base.delete_table("T")
    columns = [("Name", "text"), ("Amount", "text")]
    base.create_table("T", [{"column_name": name, "column_type": type_} for name, type_ in columns])
    base.append_rows("T", [{"Amount": "x"}])
    run = read({**config, "schema_contract": contract}, catalog=catalog)
    assert error in run.error
    assert [record["Amount"] for record in run.records("T")] == amounts
    assert bool(run.log_lines("'Amount' was of type number and is of type text")) == (
        contract != {"types": "evolve"}
    )


def test_a_catalog_of_another_base_knows_the_tables_by_their_names(sandbox, base, config):
    make_table(base, "T", 1)
    catalog = discover(config)
    other = sandbox.create_base(f"Other than {base.name}")
    make_table(other, "T", 3)
    there = {**config, "api_token": other.api_token, "schema_contract": "freeze"}
    run = read(there, catalog=catalog)
    assert run.error == ""
    assert len(run.records("T")) == 3


@pytest.mark.parametrize("contract", [None, "evolve", "freeze"])
def test_nothing_is_said_of_columns_of_a_stream_that_is_not_selected(base, config, contract):
    for table in ("T", "U"):
        make_table(base, table, 1)
    catalog = discover(config)
    deselect_stream(catalog, "T")
    base.add_column("T", "More", "text")
    run = read({**config, "schema_contract": contract}, catalog=catalog)
    assert run.error == ""
    assert not run.log_lines("More")


def test_a_contract_of_a_misspelt_stream_ends_the_run(base, config):
    """What it should freeze would be read."""
    make_table(base, "Orders", 1)
    run = read({**config, "schema_contract": {"streams": {"Order": "freeze"}}})
    assert "schema_contract names 'Order'" in run.error
    assert "'Orders'" in run.error
    assert run.messages == []


def test_a_contract_of_an_unknown_stream_is_a_warning(base, config, old):
    for contract in ({"Budget": "freeze"}, {"x*": "freeze"}):
        run = read({**config, "schema_contract": {"streams": contract}}, catalog=old)
        assert run.log_lines("schema_contract names", "the stream does not exist")
    base.delete_table("U")
    contract = {"T*": "evolve", "U": "freeze"}
    run = read({**config, "schema_contract": {"streams": contract}}, catalog=old)
    assert not run.log_lines("schema_contract names")
