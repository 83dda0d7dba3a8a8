"""A base that is copied equals the original, cell by cell.

What the bases hold is read from the sandbox itself, past both connectors, and compared as
SeaTable's own metadata and rows.
"""

import io
import json
from collections import Counter
from contextlib import redirect_stdout
from typing import Any

import pytest

from seatable_sandbox import Sandbox
from seatable_sandbox.demo.shop import make_demo
from seatable_sandbox.profiles.faults import Fault
from tap_seatable.tap import TapSeaTable
from target_seatable.links.linker import Linker
from target_seatable.schema.copied_formulas import operands
from tests.servers import WITH_GATEWAY, written_alike
from tests.tap.zoo import ROWS, add_zoo

SERVERS: dict[str, dict[str, Any]] = {
    "gateway": {"profile": "gateway"},
    "gateway elsewhere": {"profile": "gateway", "time_zone": "Asia/Tokyo"},
    "cloud 5.0": {"profile": "cloud-5.0"},
    "v1 with SQL": {"profile": "v1", "dtable_db": True},
    "v1": {"profile": "v1"},
    "2020": {"profile": "v1-2020"},
}

FILLED = {"auto-number", "ctime", "mtime", "creator", "last-modifier"}
"""What the server fills itself: the columns are the same, their values are not."""

OWN = {
    "_id",
    "_ctime",
    "_mtime",
    "_creator",
    "_last_modifier",
    "_locked",
    "_locked_by",
    "_archived",
}

HERE = {
    *("key", "table_id", "other_table_id", "linked_table_id", "link_id"),
    *("operated_columns", "max_used_auto_number", "other_view_id"),
}
"""What is the base's own business in a column's data."""


@pytest.fixture(scope="module")
def origin():
    """The zoo and the demo, with every type of column."""
    with Sandbox(time_zone="Europe/Berlin") as sandbox:
        base = sandbox.create_base("Origin")
        rows = add_zoo(base)
        others = [row["_id"] for row in base.rows("Others")]
        base.link("Zoo", "Friends", {rows[0]: others[:3], rows[1]: others[3:]})
        yield sandbox, base


@pytest.fixture(scope="module")
def demo():
    with Sandbox() as sandbox:
        yield sandbox, make_demo(sandbox)


def messages(sandbox, base, state=None, **settings):
    """What the tap says of a base."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(out):
        config = {"server_url": sandbox.url, "api_token": base.api_token, **settings}
        TapSeaTable(config=config, state=state).sync_all()
    return out.buffer.getvalue().decode().splitlines(keepends=True)


def tables(base):
    return {table["name"]: table for table in base.metadata()["metadata"]["tables"]}


def columns(base, table):
    """The columns of a table without the copy's key, in order."""
    return [column for column in tables(base)[table]["columns"] if column["name"] != "source_id"]


def names_of_keys(base, table):
    """By key what columns of a table and of all others are called: keys of a table come first."""
    named = {}
    for other in [*tables(base).values(), tables(base)[table]]:
        named.update({column["key"]: column["name"] for column in other["columns"]})
    return named


def referred(data, base, table):
    """A column's data with columns by name, and without what only means something in its base."""
    shown = {}
    for word, value in (data or {}).items():
        if word in HERE or (word == "prefix" and data.get("prefix_type") == "date"):
            continue
        if word == "array_data":
            shown[word] = referred(value, base, table)
        elif word.endswith("_key") or word.startswith("column_key_"):
            shown[word] = value and target_name(base, table, data, word)
        elif word == "options":
            shown[word] = [{k: v for k, v in option.items() if k != "id"} for option in value]
        else:
            shown[word] = value
    return shown


def target_name(base, table, data, word):
    """The name of the column that a link formula refers to."""
    by_id = {entry["_id"]: entry for entry in tables(base).values()}
    own = tables(base)[table]
    link = next((c for c in own["columns"] if c["key"] == data.get("link_column_key")), None)
    target_table = own
    if link is not None and word != "link_column_key":
        ends = [link["data"]["table_id"], link["data"]["other_table_id"]]
        target_table = by_id[next((end for end in ends if end != own["_id"]), own["_id"])]
    elif "link_id" in data:
        ends = [data["table_id"], data["other_table_id"]]
        target_table = by_id[next((end for end in ends if end != own["_id"]), own["_id"])]
    return next(column["name"] for column in target_table["columns"] if column["key"] == data[word])


def structure(base, table):
    """Name, type and data of each column in order; SeaTable adds the other ends of links last."""
    own = tables(base)[table]["_id"]

    def is_other_end(column):
        return column["type"] == "link" and column["data"]["table_id"] != own

    return [
        (column["name"], column["type"], referred(column.get("data"), base, table))
        for column in sorted(
            columns(base, table),
            key=lambda column: (
                is_other_end(column),
                column["name"] if is_other_end(column) else "",
            ),
        )
    ]


def cells(base, table, identity):
    """The rows of a table by the id that they have in the original."""
    filled = {column["name"] for column in columns(base, table) if column["type"] in FILLED}
    computed = {column["name"]: column for column in columns(base, table)}
    found = {}
    for row in base.rows(table):
        shown = {}
        for name, cell in row.items():
            if name in OWN or name in filled or name == "source_id":
                continue
            shown[name] = written_alike(cell)
            if computed[name]["type"] == "link":
                is_filled = computed[name]["data"]["array_type"] in FILLED
                shown[name] = sorted(
                    (identity[link["row_id"]], "" if is_filled else str(link["display_value"]))
                    for link in cell or ()
                )
        found[identity[row["_id"]]] = shown
    return found


def identities(original, copied=None):
    """By row id, the id that the row has in the original."""
    if copied is None:
        return {row["_id"]: row["_id"] for name in tables(original) for row in original.rows(name)}
    return {row["_id"]: row["source_id"] for name in tables(original) for row in copied.rows(name)}


def shifted(cell):
    """A date-time without its offset: copies show what the clock showed there."""
    if isinstance(cell, list):
        return [shifted(item) for item in cell]
    if isinstance(cell, str) and len(cell) == len("2024-01-01T00:00:00+00:00") and cell[10] == "T":
        return cell[:19]
    return cell


def compare(original, copied, *, elsewhere=False, tells_results=True):
    assert set(tables(copied)) == set(tables(original))
    for name in tables(original):
        expected = [column for column in structure(original, name) if column[1] != "button"]
        if not tells_results:
            for found, data in (
                (column, column[2]) for column in expected if column[1] == "formula"
            ):
                assert data.pop("result_type"), found
        assert structure(copied, name) == expected
        before = cells(original, name, identities(original))
        after = cells(copied, name, identities(original, copied))
        if elsewhere:
            before, after = (
                {key: {c: shifted(v) for c, v in row.items()} for key, row in rows.items()}
                for rows in (before, after)
            )
        assert after == before


@pytest.mark.parametrize("server", SERVERS)
def test_a_base_with_every_column_type_is_copied(make, origin, server, caplog):
    sandbox, base = origin
    lines = messages(sandbox, base)
    with Sandbox(**{"time_zone": "Europe/Berlin", **SERVERS[server]}) as copy_sandbox:
        copy = make(copy_sandbox)
        for _ in range(2):
            copy.load(*lines, automatic_numbers="recreate")
            compare(
                base,
                copy.base,
                elsewhere=server == "gateway elsewhere",
                tells_results=server not in {"v1", "v1 with SQL", "2020"},
            )
        assert not {"rows", "links", "columns", "tables"} & {
            call.path.rstrip("/").rpartition("/")[2]
            for call in copy_sandbox.calls
            if call.method != "GET"
        }
        assert len(copy.base.rows("Zoo")) == len(ROWS)


@pytest.mark.servers(*WITH_GATEWAY)  # others do not tell the type of a copied formula
def test_the_demo_is_copied(make, demo, sandbox, caplog):
    _, base = demo
    copy = make(sandbox)
    copy.load(*messages(*demo), automatic_numbers="recreate")
    compare(base, copy.base)
    assert "buttons are not copied: 'Button'." in caplog.text
    assert "the files of 'Picture' stay on their server" in caplog.text
    assert next(column["name"] for column in columns(copy.base, "Orders")) == "Order"
    for name, kind in (("Order", "auto-number"), ("Changed", "mtime")):
        sentence = f"the values of '{name}' are not copied, because SeaTable fills columns of type"
        assert caplog.text.count(f"{sentence} {kind} itself") == 1
    lines = caplog.text.splitlines()
    assert {line.count("set computed_columns to values") for line in lines} == {0, 1}


@pytest.mark.servers("gateway")
def test_what_a_copy_of_the_demo_costs(make, demo, sandbox):
    """Links and formulas are made one by one: the API takes none together with others."""
    copy = make(sandbox)
    copy.load(*messages(*demo))
    counted = Counter(copy.calls)
    made = [column for table in tables(copy.base).values() for column in table["columns"]]
    other_ends = sum(column["type"] == "link" for column in made) // 2
    single = sum(column["type"] in {"link", "formula", "link-formula"} for column in made)
    assert counted.pop("columns") == single - other_ends
    assert counted.pop("tables") == counted.pop("rows") == 4
    # At the beginning, and once for the other ends of links, which no answer shows.
    assert counted.pop("metadata") == 2
    # The rows of this run are known by their ids; the other ends of links are read back by table.
    assert counted == {"related-users": 1, "links": 3, "sql": 2}
    assert len(sandbox.calls) == 36
    copy.load(*messages(*demo))
    assert copy.writes == []
    # Of four tables: one call for the keys, one more where not all were on the page; one for links.
    assert len(sandbox.calls) == 13


@pytest.mark.servers(*WITH_GATEWAY)
def test_what_a_copy_of_values_costs(make, demo, sandbox):
    copy = make(sandbox)
    copy.load(*messages(*demo), computed_columns="values")
    assert len(sandbox.calls) == 20


@pytest.mark.servers(*WITH_GATEWAY)
@pytest.mark.parametrize("deleted", [["Orders"], ["Products"], ["Orders", "Products"]])
def test_rows_that_others_delete_before_they_are_linked_end_no_copy(
    make, demo, sandbox, monkeypatch, deleted
):
    """The target knows the rows that it has added; what others do to them shows when it links."""
    copy = make(sandbox)
    write = Linker.write

    def write_late(linker, loads, **how):
        for table in deleted:
            copy.base.delete_rows(table, [row["_id"] for row in copy.base.rows(table)])
        write(linker, loads, **how)

    monkeypatch.setattr(Linker, "write", write_late)
    copy.load(*messages(*demo))
    monkeypatch.undo()
    left = {row["_id"] for table in tables(copy.base) for row in copy.base.rows(table)}
    for row in copy.base.rows("Orders"):
        assert {
            link["row_id"] for name in ("Customer", "Products") for link in row[name] or ()
        } <= left
    copy.load(*messages(*demo))
    compare_links(demo[1], copy.base)


def compare_links(original, copied):
    """Check that orders have the same customers and products in both, by their names."""

    def named(base, key):
        return {
            row[key]: {
                name: sorted(str(link["display_value"]) for link in row[name] or ())
                for name in ("Customer", "Products")
            }
            for row in base.rows("Orders")
        }

    assert named(copied, "source_id") == named(original, "_id")


def test_automatic_numbers_mean_the_rows_that_they_mean_in_the_source(make, sandbox):
    """Also where rows were deleted, and whatever order they travel in."""
    with Sandbox() as other:
        base = other.create_base("Numbered")
        base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        base.add_column("T", "No", "auto-number", {"format": "0000", "digits": 4})
        base.append_rows("T", [{"Name": f"row {number}"} for number in range(40)])
        base.delete_rows("T", [row["_id"] for row in base.rows("T")][3:9])
        copy = make(sandbox)
        copy.load(*messages(other, base))
        numbers = {row["Name"]: row["No"] for row in base.rows("T")}
        assert {row["Name"]: row["No"] for row in copy.rows("T")} == numbers
        base.append_rows("T", [{"Name": "later"}])
        copy.load(*messages(other, base))
        numbers = {row["Name"]: row["No"] for row in base.rows("T")}
        assert {row["Name"]: row["No"] for row in copy.rows("T")} == numbers
        again = make(sandbox, automatic_numbers="recreate")
        again.load(*messages(other, base))
        assert again.columns("T")["No"] == "auto-number"


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


def test_buttons_are_named_and_not_copied(make, sandbox, caplog):
    base = sandbox.create_base("Buttons")
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    for name in ("Set", "Run"):
        base.add_column(
            "T",
            name,
            "button",
            {
                "button_type": "",
                "button_name": name,
                "button_color": "#FFFCB5",
            },
        )
    base.append_rows("T", [{"Name": "a"}])
    copy = make(sandbox)
    for _ in range(2):
        copy.load(*messages(sandbox, base))
    assert [column["name"] for column in columns(copy.base, "T")] == ["Name"]
    assert caplog.text.count("Stream 'T': buttons are not copied: 'Set', 'Run'.") == 1


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


def test_a_table_that_is_there_gets_nothing_where_columns_are_not_to_be_added(
    make, origin, sandbox
):
    copy = make(sandbox)
    copy.base.create_table("Zoo", [{"column_name": "Text", "column_type": "text"}])
    copy.base.add_column("Zoo", "source_id", "text")
    copy.load(*messages(*origin), add_columns=False)
    assert copy.columns("Zoo").keys() <= {"Text", "source_id", "Others"}
    assert copy.columns("Others")["Name"] == "text"


def test_a_second_column_of_who_made_a_row_is_skipped_with_a_warning(make, origin, sandbox, caplog):
    copy = make(sandbox)
    copy.base.create_table("Zoo", [{"column_name": "Text", "column_type": "text"}])
    copy.base.add_column("Zoo", "By", "creator")
    copy.load(*messages(*origin))
    assert "'Made by' was skipped: table 'Zoo' has 'By'" in caplog.text
    assert copy.columns("Zoo")["Made at"] == "ctime"


def test_a_dry_run_of_a_copy_writes_nothing(make, origin, sandbox, caplog):
    caplog.set_level("INFO")
    copy = make(sandbox)
    copy.load(*messages(*origin), dry_run=True)
    assert tables(copy.base) == {}
    said = [line for line in caplog.text.splitlines() if "Would add to table" in line]
    assert len([line for line in said if "(link)" in line]) == 1
    for name in ("Friend sum", "Oldest friend", "Double"):
        assert any(f"the column {name!r}" in line for line in said)


@pytest.mark.parametrize("hard", [True, False])
def test_what_is_deleted_later_goes_from_the_copy_or_is_marked(make, sandbox, hard):
    with Sandbox() as origin_sandbox:
        origin = make_demo(origin_sandbox)
        copy = make(sandbox)
        first = messages(origin_sandbox, origin)
        copy.load(*first)
        customers = origin.rows("Customers")
        origin.delete_rows("Customers", [customers[0]["_id"]])
        origin.update_rows("Customers", {customers[1]["_id"]: {"Name": "New name"}})
        origin_sandbox.clock.advance(100)
        (state,) = (json.loads(line)["value"] for line in first[-1:])
        for _ in range(2):
            copy.load(*messages(origin_sandbox, origin, state=state), hard_delete=hard)
            rows = {row["source_id"]: row for row in copy.base.rows("Customers")}
            assert rows[customers[1]["_id"]]["Name"] == "New name"
            gone = rows.pop(customers[0]["_id"], None)
            assert (gone is None) is hard
            if gone:
                assert gone["_sdc_deleted_at"]
                assert gone["Name"] == customers[0]["Name"]
            assert not any(row.get("_sdc_deleted_at") for row in rows.values())
        assert not {"rows", "batch-update-rows"} & set(copy.writes)


@pytest.mark.parametrize("hard", [True, False])
def test_columns_called_as_loaders_call_theirs_have_their_names_in_the_copy(make, sandbox, hard):
    """Among them the mark of deleted rows, which a base that was loaded once may have."""
    marks = {
        "column_name": "_sdc_deleted_at",
        "column_type": "date",
        "column_data": {"format": "YYYY-MM-DD HH:mm"},
    }
    with Sandbox() as origin_sandbox:
        origin = origin_sandbox.create_base("Origin of marks")
        origin.create_table("T", [
            {"column_name": "Name", "column_type": "text"},
            marks,
            *({"column_name": name, "column_type": "text"} for name in ("_sdc_note", "__x")),
        ])  # fmt: skip
        origin.create_table("U", [{"column_name": "Name", "column_type": "text"}])
        origin.add_column("T", "__links", "link", {"table": "T", "other_table": "U"})
        origin.add_column("T", "Double", "formula", {"formula": "{__x}"})
        [other] = origin.append_rows("U", [{"Name": "u"}])
        ids = origin.append_rows("T", [
            {"Name": "a", "_sdc_deleted_at": "2024-06-05 10:20", "_sdc_note": "n", "__x": "x"},
            {"Name": "b"},
        ])  # fmt: skip
        origin.link("T", "__links", {ids[0]: [other]})
        copy = make(sandbox)
        first = messages(origin_sandbox, origin)
        copy.load(*first)
        copied = copy.base

        def cells(base, key):
            names = ("Name", "_sdc_deleted_at", "_sdc_note", "__x", "Double")
            return {
                row[key]: [written_alike(row.get(name)) for name in names] for row in base.rows("T")
            }

        expected = cells(origin, "_id")
        assert [column["name"] for column in columns(copied, "T")] == [
            column["name"] for column in columns(origin, "T")
        ]
        assert cells(copied, "source_id") == expected
        assert [row["Name"] for row in copied.rows("T") if row.get("__links")] == ["a"]
        origin.delete_rows("T", ids[1:])
        origin_sandbox.clock.advance(100)
        state = json.loads(first[-1])["value"]
        copy.load(*messages(origin_sandbox, origin, state=state), hard_delete=hard)
        after = cells(copied, "source_id")
        assert after[ids[0]] == expected[ids[0]]
        assert (ids[1] in after) is not hard
        assert hard or after[ids[1]][1]


def test_two_bases_are_copied_in_one_run(make, sandbox):
    """Each with links of its own, into tables that table_mapping keeps apart."""
    with Sandbox() as origin_sandbox:
        origins = []
        for name, people in (("Shop", "Ann"), ("Club", "Bob")):
            base = origin_sandbox.create_base(name)
            text = [{"column_name": "Name", "column_type": "text"}]
            base.create_table("People", text)
            base.create_table("Pets", text)
            base.add_column("Pets", "Of", "link", {"table": "Pets", "other_table": "People"})
            (person,) = base.append_rows("People", [{"Name": people}])
            (pet,) = base.append_rows("Pets", [{"Name": f"{people}'s"}])
            base.link("Pets", "Of", {pet: [person]})
            origins.append(base)
        bases = [{"api_token": base.read_only_token} for base in origins]
        lines = messages(origin_sandbox, origins[0], bases=bases)
    copy = make(sandbox)
    mapping = {f"Club-{table}": f"Club {table}" for table in ("People", "Pets")}
    for _ in range(2):
        copy.load(*lines, table_mapping=mapping)
        for prefix, people in (("", "Ann"), ("Club ", "Bob")):
            (person,) = copy.base.rows(f"{prefix}People")
            (pet,) = copy.base.rows(f"{prefix}Pets")
            assert person["Name"] == people
            assert [link["row_id"] for link in pet["Of"]] == [person["_id"]]
    assert copy.writes == []
