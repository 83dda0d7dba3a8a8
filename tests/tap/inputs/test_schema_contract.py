"""What a base has more than its catalog, or otherwise, goes out only as `schema_contract` says."""

import pytest

from tests.tap.support import discover, make_table, read, select_only


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


def test_what_evolves_is_read_as_the_base_has_it(base, config, old):
    run = read({**config, "schema_contract": "evolve"}, catalog=old)
    assert run.error == ""
    assert emitted(run) == {"T": {"Amount", "More"}, "U": {"Amount"}, "Fresh": {"Amount"}}
    assert [record["More"] for record in run.records("T")] == [None, None, "x"]
    assert run.schema("T")["properties"]["More"]["x-seatable"]["type"] == "text"
    assert all(isinstance(record["Amount"], str) for record in run.records("U"))
    assert run.schema("Fresh")["properties"].keys() >= {"_id", "Name", "Amount"}
    again = read({**config, "schema_contract": "evolve"}, catalog=old, state=run.state)
    assert not any(again.records(stream) for stream in again.streams)
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
    assert run.log_lines("Stream 'T': the base has the columns 'More'", "freeze for columns")
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
    assert run.log_lines("Stream 'T': the base has the columns 'More'")
