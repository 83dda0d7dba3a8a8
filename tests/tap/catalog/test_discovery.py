"""What discovery offers: streams, their names, their schemas, their metadata."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.errors import ConfigError
from seatable_client.metadata import Column, Metadata, Table
from tap_seatable.catalog.discovery import plan_streams
from tap_seatable.config import TapConfig
from tests.tap.support import discover, entry_of, make_table, metadata_of, read
from tests.tap.zoo import CASES

SNAPSHOT = Path(__file__).parent / "zoo_catalog.json"


def streams_of(config):
    return [entry["tap_stream_id"] for entry in discover(config)["streams"]]


def columns_of(base, table):
    return {
        column["name"]: column
        for found in base.metadata()["metadata"]["tables"]
        if found["name"] == table
        for column in found["columns"]
    }


# The catalog


def comparable(catalog):
    """A catalog without what SeaTable makes up anew for every base: ids, keys, colours."""
    text = json.dumps(catalog, ensure_ascii=False)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            extension = item["metadata"].get("x-seatable") or {}
            if base := extension.get("base"):
                text = text.replace(f'"{base}"', '"<base>"')
            for identity, place in (
                (extension.get("id"), item["breadcrumb"]),
                (extension.get("key"), item["breadcrumb"]),
            ):
                if identity and identity != "0000" and not identity.startswith("_"):
                    name = f"<{'/'.join([entry['tap_stream_id'], *place[1:]])}>"
                    text = text.replace(f'"{identity}"', f'"{name}"')
    return json.loads(text)


def test_the_catalog_of_every_column_type_is_the_known_one(zoo_config):
    found = comparable(discover(zoo_config))
    assert found == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_every_column_but_the_button_is_offered(zoo_config):
    offered = set(entry_of(discover(zoo_config), "Zoo")["schema"]["properties"])
    system = {"_id", "_ctime", "_mtime", "_creator", "_last_modifier", "_deleted_at"}
    assert offered == system | {case.name for case in CASES if case.is_offered}


def test_streams_are_incremental_by_mtime_with_the_row_id_as_key(zoo_config):
    for entry in discover(zoo_config)["streams"]:
        assert entry["key_properties"] == ["_id"]
        assert entry["replication_key"] == "_mtime"
        assert entry["replication_method"] == "INCREMENTAL"
        assert entry["schema"]["properties"]["_id"] == {"type": "string"}


def test_the_metadata_carries_the_tables_id_and_the_columns_keys(zoo, zoo_config):
    catalog = discover(zoo_config)
    ids = {table["name"]: table["_id"] for table in zoo.metadata()["metadata"]["tables"]}
    for stream, table_id in ids.items():
        origin = {"name": stream, "id": table_id, "base": zoo.uuid.replace("-", "")}
        assert metadata_of(catalog, stream)["x-seatable"] == origin
    for name, column in columns_of(zoo, "Zoo").items():
        if column["type"] != "button":
            found = metadata_of(catalog, "Zoo", "properties", name)
            assert found["x-seatable"] == {"key": column["key"], "type": column["type"]}


def test_what_every_record_carries_cannot_be_deselected(zoo_config):
    catalog = discover(zoo_config)
    for name in ("_id", "_mtime", "_deleted_at"):
        found = metadata_of(catalog, "Zoo", "properties", name)
        assert found["inclusion"] == "automatic"
    assert metadata_of(catalog, "Zoo", "properties", "Text")["inclusion"] == "available"


def test_discovery_reads_no_row(zoo_config, zoo_sandbox):
    zoo_sandbox.calls.clear()
    discover(zoo_config)
    assert [call.path.split("/")[-2] for call in zoo_sandbox.calls] == [
        "app-access-token",
        "metadata",
    ]


# Names


def test_a_dash_becomes_an_underscore(base, config):
    make_table(base, "web-shop orders")
    assert streams_of(config) == ["web_shop orders"]


def test_names_that_become_one_carry_the_tables_id(base, config):
    ids = {name: base.create_table(name) for name in ("a-b", "a_b", "A_B", "c")}
    assert set(streams_of(config)) == {
        f"a_b_{ids['a-b']}",
        f"a_b_{ids['a_b']}",
        f"A_B_{ids['A_B']}",
        "c",
    }


def test_a_name_does_not_depend_on_what_else_is_selected(base, config):
    made = base.create_table("a-b")
    base.create_table("a_b")
    assert streams_of({**config, "tables": ["a-b"]}) == [f"a_b_{made}"]
    assert streams_of({**config, "exclude_tables": ["a_b"]}) == [f"a_b_{made}"]


def test_naming_by_id_names_streams_and_properties_by_what_no_renaming_changes(zoo, zoo_config):
    catalog = discover({**zoo_config, "naming": "id"})
    ids = {table["name"]: table["_id"] for table in zoo.metadata()["metadata"]["tables"]}
    assert {entry["tap_stream_id"] for entry in catalog["streams"]} == set(ids.values())
    keys = {
        column["key"] for column in columns_of(zoo, "Zoo").values() if column["type"] != "button"
    }
    system = {"_id", "_ctime", "_mtime", "_creator", "_last_modifier", "_deleted_at"}
    assert set(entry_of(catalog, ids["Zoo"])["schema"]["properties"]) == keys | system


def test_values_are_the_same_under_ids(zoo, zoo_config):
    by_name = read(zoo_config).records("Zoo")
    table = next(t for t in zoo.metadata()["metadata"]["tables"] if t["name"] == "Zoo")
    by_id = {row["_id"]: row for row in read({**zoo_config, "naming": "id"}).records(table["_id"])}
    keys = {column["name"]: column["key"] for column in table["columns"]}
    for row in by_name:
        for name in row:
            assert by_id[row["_id"]][keys.get(name, name)] == row[name]


def test_a_user_column_called_like_our_own_gets_its_key_appended(base, config):
    make_table(base, "T")
    key = base.add_column("T", "_deleted_at", "text")
    base.append_rows("T", [{"_deleted_at": "never"}])
    [record] = read(config).records("T")
    assert record["_deleted_at"] is None
    assert record[f"_deleted_at_{key}"] == "never"


@pytest.mark.parametrize(
    ("name", "prop"),
    [
        ("_deleted_at", "_deleted_at_{}"),
        ("_Group_path", "_Group_path_{}"),
        ("_sdc_deleted_at", "sdc_deleted_at_{}"),
        ("_SDC_Batched_at", "SDC_Batched_at_{}"),
        ("_sdc_anything", "sdc_anything_{}"),
        ("__alias__", "alias___{}"),
        ("__", "column_{}"),
    ],
)
@pytest.mark.only_on("gateway")
def test_a_user_column_called_as_loaders_call_theirs_has_another_property(base, config, name, prop):
    """They would take a living row for a deleted one, or drop the value."""
    make_table(base, "T")
    key = base.add_column("T", name, "text")
    base.append_rows("T", [{name: "2024-06-05"}])
    run = read(config)
    [record] = run.records("T")
    assert record[prop.format(key)] == "2024-06-05"
    assert record["_deleted_at"] is None
    assert not {name, "_sdc_deleted_at"} & (record.keys() - {"_deleted_at"})
    assert run.schema("T")["properties"][prop.format(key)]["x-seatable"]["name"] == name


@pytest.mark.parametrize("naming", ["name", "id"])
@pytest.mark.parametrize("name", ["_id", "_Mtime", "_archived"])
@pytest.mark.only_on("gateway", "v1 with SQL")
def test_a_user_column_hidden_behind_a_field_of_the_row_is_left_out(base, config, name, naming):
    """By that name servers give the row's own field; emitting it would be wrong in silence."""
    base.create_table("T", [{"column_name": name, "column_type": "text"}])
    base.add_column("T", "Other", "text")
    [row] = base.append_rows("T", [{name: "mine", "Other": "x"}])
    run = read({**config, "naming": naming})
    [record] = run.records(run.streams[0])
    assert record["_id"] == row
    assert len(record) == 7
    assert len(run.log_lines("Table 'T'", f"column {name!r} is skipped", "Rename the column")) == 1


def test_columns_that_differ_in_case_only_are_both_there(base, config):
    """Row calls know two columns, SQL only one, and a warehouse may not care for case either."""
    base.create_table("T", [{"column_name": "name", "column_type": "text"}])
    key = base.add_column("T", "Name", "text")
    base.append_rows("T", [{"name": "small", "Name": "big"}])
    [record] = read(config).records("T")
    assert record["name_0000"] == "small"
    assert record[f"Name_{key}"] == "big"


NAMES = st.sampled_from(["a-b", "a_b", "A_B", "a_b_0001", "a_b_0002", "_id", "_ID", "_id_0001",
                         "_deleted_at", "_Mtime", "ß", "SS", "c", "_sdc_a", "__a", "_SDC_A", "__",
                         "a_0001", "a_0002", "column_0001"])  # fmt: skip


@given(st.lists(NAMES, min_size=1, max_size=6, unique=True), st.booleans())
def test_no_two_streams_or_properties_share_a_name(names, by_id):
    columns = tuple(Column(f"{number:04}", name, "text") for number, name in enumerate(names))
    tables = tuple(Table(f"{number:04}", name, columns, ()) for number, name in enumerate(names))
    config = TapConfig.parse({"naming": "id" if by_id else "name"})
    plans = plan_streams(Metadata(tables), "b", config)
    assert len({plan.name.casefold() for plan in plans}) == len(names)
    for plan in plans:
        offered = plan.schema["properties"]
        assert len({name.casefold() for name in offered}) == len(offered)
        assert not [name for name in offered if name.casefold().startswith(("_sdc_", "__"))]
        assert {column.key for column in plan.properties.values()} >= {
            column.key for column in columns if column.name.casefold() not in {"_id", "_mtime"}
        }


# Which tables


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["Orders", "Orders 2023", "Staff", "Staff [EU]", "staff archive"]),
        ({"tables": ["Staff [EU]"]}, ["Staff [EU]"]),
        ({"tables": ["St?ff [*"]}, ["Staff [EU]"]),
        ({"tables": ["[OS]*", "Orders"]}, None),
        ({"tables": ["Staff*"], "exclude_tables": ["* [EU]"]}, ["Staff"]),
        ({"tables": ["Orders"], "where": {"Staff [EU]": "1 = 1"}}, ["Orders"]),
        ({"tables": ["Orders"]}, ["Orders"]),
        ({"tables": ["Orders*"]}, ["Orders", "Orders 2023"]),
        ({"tables": ["*202?"]}, ["Orders 2023"]),
        ({"tables": ["Orders", "Staff"]}, ["Orders", "Staff"]),
        ({"exclude_tables": ["*archive"]}, ["Orders", "Orders 2023", "Staff", "Staff [EU]"]),
        ({"exclude_tables": ["nothing like it"]}, ["Orders", "Orders 2023", "Staff", "Staff [EU]",
                                                   "staff archive"]),
        ({"tables": ["Orders*"], "exclude_tables": ["* 2023"]}, ["Orders"]),
        ({"tables": ["*taff*"]}, ["Staff", "Staff [EU]", "staff archive"]),
        ({"tables": ["Staff*"]}, ["Staff", "Staff [EU]"]),
    ],
)  # fmt: skip
def test_patterns_choose_tables(base, config, settings, expected):
    for name in ("Orders", "Orders 2023", "Staff", "Staff [EU]", "staff archive"):
        base.create_table(name)
    if expected is None:
        with pytest.raises(ConfigError, match="no such table"):
            discover({**config, **settings})
    else:
        assert streams_of({**config, **settings}) == expected


def test_a_pattern_without_a_table_is_a_mistake(base, config):
    base.create_table("Orders")
    with pytest.raises(ConfigError, match=r"names 'Odrers', but.*Its tables are: 'Orders'"):
        discover({**config, "tables": ["Orders", "Odrers"]})


def test_a_base_without_tables_gives_no_stream(config):
    assert streams_of(config) == []


# x-seatable in SCHEMA messages


def expected_extensions(base, table):
    return {
        name: {word: column.get(word) for word in ("key", "name", "type", "data")}
        for name, column in columns_of(base, table).items()
        if column["type"] != "button"
    }


@pytest.mark.parametrize("with_catalog", [False, True], ids=["no catalog", "catalog"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"flattening_enabled": True, "flattening_max_depth": 1}, {"stream_maps": {"Others": {}}}],
    ids=["plain", "flattened", "mapped"],
)
def test_schemas_carry_what_seatable_knows(zoo, zoo_config, with_catalog, settings):
    catalog = discover(zoo_config) if with_catalog else None
    run = read({**zoo_config, **settings}, catalog=catalog)
    schema = run.schema("Zoo")
    assert schema["x-seatable"]["name"] == "Zoo"
    (button,) = schema["x-seatable"]["buttons"]
    assert (button["name"], button["data"]["button_name"]) == ("Button", "Go")
    whole = entry_of(discover(zoo_config), "Zoo")["schema"]["properties"]
    for name, extension in expected_extensions(zoo, "Zoo").items():
        found = schema["properties"][name]
        if "flattening_enabled" in settings and {"array", "object"} & set(whole[name]["type"]):
            # Flattening has made text of it.
            assert found == {"type": ["string", "null"]}
        else:
            assert found["x-seatable"] == extension, name


def test_a_catalog_without_the_keyword_does_not_matter(zoo, zoo_config):
    catalog = discover(zoo_config)
    for entry in catalog["streams"]:
        for schema in entry["schema"]["properties"].values():
            schema.pop("x-seatable", None)
        for item in entry["metadata"]:
            item["metadata"].pop("x-seatable", None)
    schema = read(zoo_config, catalog=catalog).schema("Zoo")
    assert (
        schema["properties"]["Choice"]["x-seatable"] == (expected_extensions(zoo, "Zoo")["Choice"])
    )


def test_a_mapped_property_does_not_claim_to_be_the_column(zoo_config):
    maps = {"Zoo": {"Number": "str(Number)", "Alias": "Text", "__alias__": "Animals"}}
    run = read({**zoo_config, "stream_maps": maps})
    properties = run.schema("Animals")["properties"]
    assert "x-seatable" not in properties["Number"]
    assert "x-seatable" not in properties["Alias"]
    assert properties["Percent"]["x-seatable"]["type"] == "number"
    assert {record["Alias"] for record in run.records("Animals")} == {
        record["Text"] for record in read(zoo_config).records("Zoo")
    }
