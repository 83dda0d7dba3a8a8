"""One base on every kind of server gives the same records, but for what docs/servers.md lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seatable_sandbox import Sandbox
from tests.tap.support import config_of, make_table, read
from tests.tap.zoo import CASES, add_zoo

SERVERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "gateway by rows": ({}, {"read_method": "rows"}),
    "v1 with SQL": ({"profile": "v1", "dtable_db": True}, {}),
    "v1 without SQL": ({"profile": "v1", "version": "2.3.0"}, {}),
    "v1 with links": ({"profile": "v1", "version": "2.3.0", "v1_link_objects": True}, {}),
    "2020": ({"profile": "v1-2020"}, {}),
    "cloud 5.0": ({"profile": "cloud-5.0"}, {}),
    "cloud 5.0 as v1": ({"profile": "cloud-5.0"}, {"api_version": "v1"}),
    "cloud 5.0 by rows": ({"profile": "cloud-5.0"}, {"api_version": "v1", "read_method": "rows"}),
}
"""What the server is like, and the tap's settings."""

OLD_TEXT = {case.name for case in CASES if case.old_text}
WITHOUT_SQL = {case.name for case in CASES if case.without_sql}

DIFFERENT: dict[str, set[str]] = {
    "v1 with SQL": OLD_TEXT,
    "v1 without SQL": OLD_TEXT | WITHOUT_SQL,
    "v1 with links": OLD_TEXT | WITHOUT_SQL - {"Friends"},
    "2020": OLD_TEXT | WITHOUT_SQL,
}
"""Properties whose values or types differ from those of the gateway."""

BY_RUN = {"_ctime", "_mtime", "_creator", "_last_modifier"} | {
    case.name for case in CASES if case.by_run
}
"""Properties of which only being null compares."""


def look(server, settings):
    """The records of Zoo with numbers for ids, and the types of its properties."""
    with Sandbox(time_zone="Europe/Berlin", **server) as sandbox:
        base = sandbox.create_base("Zoo base")
        ids = add_zoo(base)
        others = [row["_id"] for row in base.rows("Others")]
        base.link("Zoo", "Friends", {ids[0]: others[:3]})
        run = read(config_of(sandbox, base, server_timezone="Europe/Berlin", **settings))
    assert run.error == ""
    records = {record["_id"]: record for record in run.records("Zoo")}
    text = json.dumps([records[row_id] for row_id in ids])
    for number, row_id in enumerate([*ids, *others]):
        text = text.replace(row_id, f"row {number}")
    types = {
        name: {word: value for word, value in schema.items() if word != "x-seatable"}
        for name, schema in run.schema("Zoo")["properties"].items()
    }
    return json.loads(text), types


@pytest.fixture(scope="module")
def gateway():
    return look({}, {})


@pytest.mark.parametrize("server", SERVERS)
def test_the_same_base_gives_the_same_records(server, gateway):
    records, types = look(*SERVERS[server])
    expected, expected_types = gateway

    def shown(rows, name):
        values = [row[name] for row in rows]
        return [value is None for value in values] if name in BY_RUN else values

    assert types.keys() == expected_types.keys()
    different = {
        name
        for name in types
        if shown(records, name) != shown(expected, name) or types[name] != expected_types[name]
    }
    assert different == DIFFERENT.get(server, set())


def test_values_that_servers_force_to_differ(gateway):
    """As docs/servers.md has them."""
    records, _ = look(*SERVERS["v1 without SQL"])
    gateway_record, old_record = gateway[0][0], records[0]
    assert (gateway_record["Double"], old_record["Double"]) == (25, "25")
    assert (gateway_record["Positive"], old_record["Positive"]) == (True, "true")
    assert gateway_record["Friend names"] == ["other 1", "other 2", "other 3"]
    assert old_record["Friend names"] == ["other 1, other 2, other 3"]
    assert [link["row_id"] for link in gateway_record["Friends"]] == [
        link["row_id"] for link in old_record["Friends"]
    ]
    assert {link["display_value"] for link in old_record["Friends"]} == {None}


@pytest.mark.parametrize("server", ["v1 without SQL", "2020"])
def test_system_fields_without_a_column_are_null_on_old_servers(server):
    with Sandbox(**SERVERS[server][0]) as sandbox:
        base = sandbox.create_base("B")
        make_table(base, "T", 1)
        [record] = read(config_of(sandbox, base)).records("T")
        assert record["_mtime"]
        assert [record[name] for name in ("_ctime", "_creator", "_last_modifier")] == [None] * 3


def test_archived_rows_are_not_in_the_lists_of_old_servers():
    with Sandbox("v1", version="2.3.0") as sandbox:
        base = sandbox.create_base("B")
        ids = make_table(base, "T", 3)
        base.archive_rows("T", ids[:1])
        run = read(config_of(sandbox, base))
        assert sorted(run.ids("T")) == sorted(ids[1:])


def test_a_table_that_only_narrow_views_show_fails_alone():
    with Sandbox("v1-2020") as sandbox:
        base = sandbox.create_base("B")
        make_table(base, "T", 3)
        make_table(base, "U", 2)
        table = next(t for t in base._base.tables if t.name == "T")
        for view in table.views:
            view["filters"] = [{"column_key": "0000", "filter_predicate": "is_not_empty"}]
        run = read(config_of(sandbox, base))
    assert run.log_lines("'T' was not read", "Add a view without filters and hidden columns")
    assert len(run.records("U")) == 2
    assert run.error.startswith("1 of the streams was not read: 'T'.")


def test_a_default_view_with_filters_hides_nothing():
    with Sandbox("v1-2020") as sandbox:
        base = sandbox.create_base("B")
        ids = make_table(base, "T", 3)
        table = next(t for t in base._base.tables if t.name == "T")
        whole = dict(table.views[0], _id="wXyZ", name="Everything")
        table.views[0]["filters"] = [
            {"column_key": "0000", "filter_predicate": "is", "filter_term": "row 1"}
        ]
        table.views.append(whole)
        run = read(config_of(sandbox, base))
    assert run.error == ""
    assert sorted(run.ids("T")) == sorted(ids)


@pytest.mark.parametrize("name", ["_id", "_mtime"])
def test_a_column_that_stands_for_a_field_of_the_row_makes_the_table_fail_alone(name):
    with Sandbox("v1-2020") as sandbox:
        base = sandbox.create_base("B")
        make_table(base, "T", 3)
        base.add_column("T", name, "text")
        make_table(base, "U", 2)
        run = read(config_of(sandbox, base))
    assert run.log_lines("'T' was not read", f"has a column {name!r}", "Rename it in the base")
    assert len(run.records("U")) == 2


PEOPLE: dict[str, tuple[str, dict[str, Any] | None, Any]] = {
    "Price": (
        "number",
        {"format": "euro", "decimal": "comma", "thousands": "dot"},
        1234567.89,
    ),
    "Share": ("number", {"format": "percent", "decimal": "dot", "thousands": "comma"}, 12.345),
    "Tiny": ("number", {"format": "number", "decimal": "comma", "thousands": "space"}, 0.0000005),
    "Span": ("duration", {"duration_format": "h:mm:ss"}, -5459),
    "Shift": ("duration", {"duration_format": "h:mm"}, 34200),
    "Born": ("date", {"format": "DD.MM.YYYY HH:mm"}, "2024-07-05 10:20"),
    "Day": ("date", {"format": "M/D/YYYY"}, "2024-07-05"),
    "Done": ("checkbox", None, True),
    "Stars": ("rate", {"rate_max_number": 5}, 3),
    "Made": ("ctime", None, None),
    "Edited": ("mtime", None, None),
    "Who": ("collaborator", None, ["a@auth.local", "b@auth.local"]),
    "By": ("creator", None, None),
}


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("server", ["gateway", "v1", "v1-2020"])
def test_what_a_lookup_displays_is_read_as_what_the_other_column_holds(server, name):
    kind, data, value = PEOPLE[name]
    with Sandbox(server, time_zone="Europe/Berlin") as sandbox:
        base = sandbox.create_base("B")
        make_table(base, "T", 1)
        make_table(base, "People")
        base.add_column("People", name, kind, data)
        others = base.append_rows("People", [{"Name": "x", name: value}] * 2)
        base.add_column("T", "Link", "link", {"table": "T", "other_table": "People"})
        lookup = {"formula": "lookup", "link_column": "Link", "level1_linked_column": name}
        base.add_column("T", "Seen", "link-formula", lookup)
        [row] = base.rows("T")
        base.link("T", "Link", {row["_id"]: others})
        run = read(config_of(sandbox, base, server_timezone="Europe/Berlin"))
    assert run.error == ""
    held = [record[name] for record in run.records("People")]
    assert None not in held
    if kind in {"ctime", "mtime"} and server != "gateway":  # displayed by the second
        held = [f"{moment[:19]}.000+00:00" for moment in held]
    if kind == "collaborator" and server != "gateway":  # the people of all rows in one list
        held = [[person] for people in held for person in people]
    assert run.records("T")[0]["Seen"] == held
