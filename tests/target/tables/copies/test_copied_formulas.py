"""What a copy computes, or holds as values where it cannot or shall not compute."""

import json

import pytest

from seatable_sandbox.profiles.faults import Fault
from target_seatable.schema.copied_formulas import operands
from tests.target.tables.copies.copied_bases import FILLED, cells, identities, messages, tables


def names_of_keys(base, table):
    """By key what columns of a table and of all others are called: keys of a table come first."""
    named = {}
    for other in [*tables(base).values(), tables(base)[table]]:
        named.update({column["key"]: column["name"] for column in other["columns"]})
    return named


def test_properties_called_by_keys_make_the_same_formulas(make, origin, sandbox):
    copy = make(sandbox)
    copy.load(*messages(*origin, naming="id"))
    found = {row[f"{key}"]: row for row in copy.base.rows("Zoo") for key in ["0000"]}
    keys = {name: key for key, name in names_of_keys(origin[1], "Zoo").items()}
    row = found['Ärger, "quoted"\nand 🦁']
    assert row[keys["Double"]] == 25
    assert row[keys["Friend sum"]] == 6
    assert row[keys["Friend names"]] == ["other 1", "other 2", "other 3"]


def test_computed_columns_become_values_where_that_is_asked_for(make, origin, sandbox):
    copy = make(sandbox)
    copy.load(*messages(*origin), computed_columns="values")
    kinds = copy.columns("Zoo")
    assert not FILLED & set(kinds.values())
    assert not {"formula", "link-formula"} & set(kinds.values())
    before = cells(origin[1], "Zoo", identities(origin[1]))
    original = {row["_id"]: row for row in origin[1].rows("Zoo")}
    for row in copy.base.rows("Zoo"):
        source = original[row["source_id"]]
        assert row["Counter"] == source["Counter"]
        assert row["Made by"] == source["Made by"]
        assert row["Double"] == source["Double"]
        assert row["Friend sum"] == source["Friend sum"]
        assert row["Friend names"] == source["Friend names"]
        assert row["Oldest friend"] == source["Oldest friend"]
        assert row["Text"] == before[row["source_id"]]["Text"]


def test_single_columns_become_values_where_column_types_says_so(make, origin, sandbox):
    copy = make(sandbox)
    types = {"Zoo": {"Counter": "text", "Double": "number"}}
    copy.load(*messages(*origin), column_types=types)
    assert copy.columns("Zoo")["Double"] == "number"
    counters = {row["_id"]: row["Counter"] for row in origin[1].rows("Zoo")}
    assert {row["source_id"]: row["Counter"] for row in copy.base.rows("Zoo")} == counters


def test_what_refers_to_a_table_that_is_not_copied_is_skipped_with_a_warning(
    make, origin, sandbox, caplog
):
    copy = make(sandbox)
    copy.load(*messages(*origin, tables=["Zoo"]))
    assert "Friends" not in copy.columns("Zoo")
    for name in ("Friend names", "Friend count"):
        assert f"{name!r} was skipped: it depends on a column" in caplog.text
    assert copy.columns("Zoo")["Double"] == "formula"


CONDITIONS = {"include_condition": True, "conditions": [{"column_key": "0000"}]}
OBSTACLES = {
    "conditions": ("Friend names", CONDITIONS, "neither conditions"),
    "a link of a link": (
        "Friend dates",
        {"level2_linked_table_column_key": "abcd"},
        "nor links of links",
    ),
    "no duplicates": ("Friend names", {"enable_deduplication": True}, "nor links of links"),
    "another summary": ("Friend sum", {"summary_method": "Distinct"}, "summarize by 'distinct'"),
    "another kind": ("Friend count", {"formula": "magic"}, "the API creates no magic"),
    "another link": ("Friend count", {"link_column_key": "none"}, "the link that it follows"),
    "a lost column": ("Double", {"formula": "{Gone} * 2"}, "its formula uses 'Gone'"),
}


@pytest.mark.parametrize("case", OBSTACLES)
def test_what_the_api_cannot_make_becomes_a_column_of_its_values(
    make, origin, sandbox, caplog, case
):
    name, change, reason = OBSTACLES[case]
    copy = make(sandbox)
    changed = []
    for line in messages(*origin):
        message = json.loads(line)
        if message["type"] == "SCHEMA" and message["stream"] == "Zoo":
            message["schema"]["properties"][name]["x-seatable"]["data"].update(change)
        changed.append(message)
    copy.load(*changed)
    copy.load(*changed)
    assert copy.columns("Zoo")[name] not in {"formula", "link-formula"}
    assert f"{name!r} becomes a column of its values" in caplog.text
    assert reason in caplog.text
    shown = {row["_id"]: row[name] for row in origin[1].rows("Zoo")}
    for row in copy.base.rows("Zoo"):
        cell = row[name]
        if isinstance(cell, str):
            cell = [str(text)[:10] for text in json.loads(cell)]
        expected = shown[row["source_id"]]
        if isinstance(expected, list):
            expected = [str(text)[:10] for text in expected]
        assert cell == expected


def test_a_formula_may_hold_braces_in_a_text():
    assert operands("""concatenate({a b}, "{no}", '{nor}', {it's}, "'", {c})""") == [
        *("a b", "it's", "c"),
    ]


def test_a_format_that_the_server_does_not_take_is_left_to_the_user(make, sandbox, caplog):
    base = sandbox.create_base("Formats")
    base.create_table("T", [{"column_name": "N", "column_type": "number"}])
    base.add_column("T", "F", "formula", {"formula": "{N} + 1", "format": "euro"})
    base.append_rows("T", [{"N": 1}])
    copy = make(sandbox)
    refusal = Fault("status", path="/columns/", method="POST", status=400)
    sandbox.inject(refusal)
    copy.load(*messages(sandbox, base))
    assert copy.rows("T")[0]["F"] == 2
    assert "does not take the format of 'F'" in caplog.text
