"""A column that gets another type."""

from __future__ import annotations


def test_restored_rows_have_no_cells_of_a_former_type(sandbox):
    base = sandbox.create_base("Types of the deleted")
    columns = [{"column_name": name, "column_type": "text"} for name in ("Name", "Day")]
    base.create_table("T", columns)
    ids = base.append_rows("T", [{"Name": "a", "Day": "soon"}, {"Name": "b", "Day": "late"}])
    base.delete_rows("T", ids)
    base.change_column_type("T", "Day", "date")
    base.restore_rows("T", ids)
    assert [(row["Name"], row["Day"]) for row in base.rows("T")] == [("a", None), ("b", None)]


def test_a_lookup_of_lists_can_be_changed_to_any_type(sandbox):
    base = sandbox.create_base("Types of a lookup")
    tags = {"options": [{"name": "a"}, {"name": "b"}]}
    base.create_table("U", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("U", "Tags", "multiple-select", tags)
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("T", "Others", "link", {"table": "T", "other_table": "U"})
    others = base.append_rows("U", [{"Name": "x", "Tags": ["a", "b"]}])
    [row] = base.append_rows("T", [{"Name": "y"}])
    base.link("T", "Others", {row: others})
    lookup = {"formula": "lookup", "link_column": "Others", "level1_linked_column": "Tags"}
    for column_type in ("multiple-select", "collaborator", "text", "number", "file", "geolocation"):
        base.add_column("T", column_type, "link-formula", lookup)
        base.change_column_type("T", column_type, column_type)
    assert base.rows("T")[0]["text"] == "a,b"
