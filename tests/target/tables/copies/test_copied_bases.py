"""A base that is copied equals the original, cell by cell."""

import json
from collections import Counter
from typing import Any

import pytest

from seatable_sandbox import Sandbox
from seatable_sandbox.demo.shop import make_demo
from target_seatable.links.linker import Linker
from tests.servers import WITH_GATEWAY, written_alike
from tests.tap.zoo import ROWS
from tests.target.tables.copies.copied_bases import columns, compare, messages, tables

SERVERS: dict[str, dict[str, Any]] = {
    "gateway": {"profile": "gateway"},
    "gateway elsewhere": {"profile": "gateway", "time_zone": "Asia/Tokyo"},
    "cloud 5.0": {"profile": "cloud-5.0"},
    "v1 with SQL": {"profile": "v1", "dtable_db": True},
    "v1": {"profile": "v1"},
    "2020": {"profile": "v1-2020"},
}


@pytest.fixture(scope="module")
def demo():
    with Sandbox() as sandbox:
        yield sandbox, make_demo(sandbox)


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
