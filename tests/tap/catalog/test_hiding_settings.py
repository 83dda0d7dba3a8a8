"""A misspelt setting that hides data ends the run before anything goes out."""

from __future__ import annotations

import pytest

from seatable_client.errors import ConfigError
from tests.tap.support import discover, read

ORDERS = [
    {"column_name": "Name", "column_type": "text"},
    {"column_name": "Price", "column_type": "number"},
]


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize("name", ["order", "Odrers", "ORDERS", "Orders "])
def test_an_exclusion_close_to_a_table_ends_the_run(base, config, name):
    base.create_table("Orders")
    with pytest.raises(ConfigError, match="there is no such table: 'Orders' would be read"):
        discover({**config, "exclude_tables": [name]})


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize(
    ("maps", "sentence"),
    [
        ({"Odrers": None}, "stream_maps names 'Odrers', and there is no such stream"),
        ({"orders": {"Name": None}}, "what it hides of 'Orders' would go out"),
        ({"Orders": {"Nmae": None}}, "stream_maps removes 'Nmae' from stream 'Orders'"),
        ({"O": {"__source__": "Orders", "Nmae": "__NULL__"}}, "stream_maps removes 'Nmae'"),
        ({"*": {"Nmae": None}}, "from the streams '*', and none of them has such a column: 'Name'"),
        ({"O": {"__source__": "O*", "name": None}}, "stream_maps removes 'name' from the streams"),
    ],
)
def test_a_map_that_would_hide_something_else_ends_the_run(base, config, maps, sentence):
    base.create_table("Orders", [{"column_name": "Name", "column_type": "text"}])
    run = read({**config, "stream_maps": maps})
    assert sentence in run.error
    assert not [message for message in run.messages if message["type"] == "RECORD"]


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize(
    ("maps", "lost"),
    [
        ({"*": {"Name": None}, "Orders": {"Price": "Price * 2"}}, "'Orders' replaces '*', with"),
        ({"Orders": {"Name": None}, "O*": {"Price": None}}, "'O*' replaces 'Orders', with"),
        ({"O*": {"Name": "md5(Name)"}, "*s": {"__filter__": "Price > 1"}}, "rule for 'Name'"),
        ({"*": {"__else__": None}, "Orders": {"Name": "Name"}}, "rule for '__else__'"),
    ],
)
def test_a_rule_that_another_map_of_the_stream_replaces_ends_the_run(base, config, maps, lost):
    base.create_table("Orders", ORDERS)
    base.append_rows("Orders", [{"Name": "x", "Price": 3}])
    run = read({**config, "stream_maps": maps})
    assert lost in run.error
    assert "stream_maps has two maps for stream 'Orders', and only the last one counts" in run.error
    assert not [message for message in run.messages if message["type"] == "RECORD"]


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize(
    ("maps", "record"),
    [
        ({"*": None, "Orders": {"Name": "Name + '!'"}}, {"Name": "x!"}),
        ({"*": {"Name": None}, "Orders": {"Name": "Name + '!'"}}, {"Name": "x!"}),
        ({"*": {"Name": None}, "Copy": {"__source__": "Orders"}}, {"Price": 3}),
        ({"Items": {"Name": None}, "Orders": {"Name": "Name + '!'"}}, {"Name": "x!"}),
    ],
)
def test_a_map_may_replace_one_whose_rules_it_has_itself(base, config, maps, record):
    for table in ("Orders", "Items"):
        base.create_table(table, ORDERS)
    base.append_rows("Orders", [{"Name": "x", "Price": 3}])
    (found,) = read({**config, "stream_maps": maps}).records("Orders")
    assert record.items() <= found.items()
    assert ("Name" in found) == ("Name" in record)
