"""Settings that name streams and properties which are not there: the run ends before a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from singer_seatable.names import likely_meant
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")

PEOPLE = schema("people", {"id": "integer", "name": "string"})
ROWS = [PEOPLE, record("people", id=1, name="x"), state({"n": 1})]

BY_STREAM = {
    "key_properties": ["id"],
    "table_mapping": "P",
    "column_types": {"name": "long-text"},
    "protected_rows": {"name": ["y"]},
}
MISSPELT = ["peopel", "People", "peoples", "peple", "peopled", "pe_ople", "public-people"]


@pytest.mark.parametrize("name", MISSPELT)
@pytest.mark.parametrize("setting", [*BY_STREAM, "links"])
def test_a_name_close_to_a_stream_ends_the_run_before_its_first_row(base, caplog, setting, name):
    before = schema("other", {"id": "integer"})
    value = {f"{name}.name": "id"} if setting == "links" else {name: BY_STREAM[setting]}
    sentence = base.fails(caplog, before, record("other", id=1), *ROWS, **{setting: value})
    assert f"{setting} names stream {name!r}, and the source sends 'people'" in sentence
    assert "people" not in [table["name"] for table in base.base.metadata()["metadata"]["tables"]]
    assert base.states == []


@pytest.mark.parametrize("name", ["*", "peo*", "p*e", "*people*"])
@pytest.mark.parametrize("setting", [*BY_STREAM, "links"])
def test_a_pattern_where_none_is_taken_ends_the_run_before_its_first_row(
    base, caplog, setting, name
):
    """It has no effect: rows would be doubled for want of a key, or removed unprotected."""
    config = {setting: {name: BY_STREAM.get(setting)}}
    if setting == "links":
        config = {"links": {f"{name}.name": "id"}, "key_properties": {"people": ["id"]}}
    sentence = base.fails(caplog, *ROWS, **config)
    assert f"{setting} names streams by {name!r}, and takes no patterns" in sentence
    assert base.base.metadata()["metadata"]["tables"] == []
    assert base.states == []


def test_a_stream_with_an_entry_of_its_own_needs_no_pattern(base):
    keys = {"*": ["id"], "people": ["id"]}
    base.load(*ROWS, key_properties=keys)
    base.load(*ROWS, key_properties=keys)
    assert base.rows("people") == [{"id": 1, "name": "x"}]


@pytest.mark.parametrize("setting", [*BY_STREAM, "links"])
def test_two_streams_of_like_names_each_have_an_entry(base, setting):
    other = schema("peoples", {"id": "integer", "name": "string"})
    value = {"peoples.name": "id"} if setting == "links" else {"peoples": BY_STREAM[setting]}
    config = {setting: value}
    more = {"people": "P" if setting != "table_mapping" else "people"}
    if setting in {"links", "table_mapping"}:
        config["table_mapping"] = {**config.get("table_mapping", {}), **more}
    else:
        config[setting] = {**value, "people": BY_STREAM[setting]}
    if setting == "links":
        base.base.create_table("other")
        base.base.create_table("peoples")
        base.base.add_column(
            "peoples", "name", "link", {"table": "peoples", "other_table": "other"}
        )
        base.base.add_column("other", "id", "number")
    base.load(*ROWS, other, record("peoples", id=2), state({"n": 2}), **config)
    assert base.states[-1] == {"n": 2}


def test_a_stream_that_has_arrived_is_not_meant_for_another(base):
    other = schema("peoples", {"id": "integer"})
    base.load(*ROWS, other, record("peoples", id=1), key_properties={"people": ["id"]})
    assert base.rows("peoples") == [{"id": 1}]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("key_properties", {"people": ["id", "nmae"]}),
        ("column_types", {"people": {"nmae": "long-text"}}),
        ("links", {"people.nmae": "id"}),
        ("stream_maps", {"people": {"nmae": None}}),
        ("stream_maps", {"persons": {"__source__": "people", "nmae": "__NULL__"}}),
    ],
)
@pytest.mark.parametrize("exists", [False, True], ids=["a new table", "an existing table"])
def test_a_property_that_a_stream_lacks_ends_the_run_before_its_first_row(
    base, caplog, setting, value, exists
):
    if exists:
        base.load(*ROWS)
    sentence = base.fails(caplog, PEOPLE, record("people", id=2, name="y"), **{setting: value})
    assert f"{setting} " in sentence
    assert "'nmae', which stream 'people' does not have. Nothing of it was stored." in sentence
    assert "'id', 'name'" in sentence
    if exists:
        assert [row["id"] for row in base.rows("people")] == [1]


def test_a_map_that_hides_a_stream_of_a_misspelt_name(base, caplog):
    for maps in (
        {"peopel": None},
        {"peopel": {"name": None}},
        {"people ": {"__filter__": "False"}},
    ):
        sentence = base.fails(caplog, *ROWS, stream_maps=maps)
        assert "stream_maps names stream 'people ', and" in sentence or "'peopel', and" in sentence
    base.load(*ROWS, stream_maps={"peop*": {"elsewhere": None}})  # a pattern is for many streams
    assert base.rows("people") == [{"id": 1, "name": "x"}]


@pytest.mark.parametrize(
    "maps", [{"peop*": {"nmae": None}}, {"x": {"__source__": "p*", "nmae": "__NULL__"}}]
)
def test_a_map_for_several_streams_whose_misspelt_property_would_be_stored(base, caplog, maps):
    sentence = base.fails(caplog, *ROWS, stream_maps=maps)
    assert "stream_maps removes 'nmae' from the streams 'p" in sentence
    assert "'name' would be stored. Nothing of it was stored." in sentence


def test_a_map_for_several_streams_of_which_one_has_the_property(base):
    other = [schema("places", {"id": "integer", "nmae": "string"}), record("places", id=2)]
    base.load(*other, *ROWS, stream_maps={"p*": {"nmae": None}})
    assert base.rows("people") == [{"id": 1, "name": "x"}]


def test_a_map_may_hide_what_a_later_schema_leaves_out(base):
    later = [schema("people", {"id": "integer"}), record("people", id=2), state({"n": 2})]
    base.load(*ROWS, *later, stream_maps={"people": {"name": None}})
    assert base.rows("people") == [{"id": 1}, {"id": 2}]


def test_a_map_whose_rule_another_map_replaces(base, caplog):
    maps = {"*": {"name": None}, "people": {"id": "id + 1"}}
    sentence = base.fails(caplog, *ROWS, stream_maps=maps)
    assert "'people' replaces '*', with its rule for 'name'. Write this rule into" in sentence
    base.load(*ROWS, stream_maps={**maps, "people": {"id": "id + 1", "name": None}})
    assert base.rows("people") == [{"id": 2}]


def test_a_property_of_an_earlier_schema_counts(base):
    later = schema("people", {"id": "integer"})
    types = {"people": {"name": "long-text"}}
    base.load(*ROWS, later, record("people", id=2), state({"n": 2}), column_types=types)
    assert [row["id"] for row in base.rows("people")] == [1, 2]


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("orders_2024", "orders_2025", None),
        ("products", "projects", None),
        ("customers", "customer_addresses", None),
        ("a", "b", None),
        ("id", "it", None),
        ("order", "orders", "orders"),
        ("sales.orders", "orders", "orders"),
        ("order-items", "order_items", "order_items"),
        ("transaction_itmes", "transactions_items", "transactions_items"),
        ("", "orders", None),
    ],
)
def test_which_names_are_taken_for_mistakes(name, known, meant):
    assert likely_meant(name, [known]) == meant


@given(name=st.text("abcdefgh", min_size=4, max_size=9), data=st.data())
def test_one_mistake_is_found_wherever_it_is(name, data):
    position = data.draw(st.integers(0, len(name) - 2))
    mistake = data.draw(st.sampled_from(["lost", "added", "wrong", "swapped", "case", "separator"]))
    wrong = {
        "lost": name[:position] + name[position + 1 :],
        "added": name[:position] + "x" + name[position:],
        "wrong": name[:position] + "x" + name[position + 1 :],
        "swapped": name[:position] + name[position + 1] + name[position] + name[position + 2 :],
        "case": name[:position] + name[position].upper() + name[position + 1 :],
        "separator": name[: position + 1] + "_" + name[position + 1 :],
    }[mistake]
    expected = None if wrong == name else name
    assert likely_meant(wrong, [name]) == expected
    assert likely_meant(name, [name]) is None
