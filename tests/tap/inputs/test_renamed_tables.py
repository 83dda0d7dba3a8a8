"""Tables and bases with new names under a catalog kept from before."""

from __future__ import annotations

import pytest

from tests.servers import WITH_SQL
from tests.tap.support import discover, make_table, read


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
