"""Links of a base as the tap tells of it: tables, columns and rows are found by their ids there."""

from seatable_sandbox import Sandbox
from tests.seeds import SOAK
from tests.target.links.copied_orders import COPY, link, of_base, order
from tests.target.singer import record, state

DRAWN_TOO = SOAK


def test_tables_of_two_bases_are_not_taken_for_each_other(base):
    """Ids of tables are the same in all bases; links stay within their own."""
    streams = [
        of_base("a-people", "0000", {"Name": ("string", "text", None)}, "aaaa"),
        of_base("a-pets", "0001", {"Of": link("0001", "0000", "l1l1")}, "aaaa"),
        of_base("b-towns", "0000", {"Name": ("string", "text", None)}, "bbbb"),
        of_base("b-shops", "0001", {"In": link("0001", "0000", "l1l1")}, "bbbb"),
    ]
    base.load(
        *streams,
        record("a-people", _id="p" * 22, Name="Ann"),
        record("b-towns", _id="t" * 22, Name="Bonn"),
        record("a-pets", _id="x" * 22, Of=["p" * 22]),
        record("b-shops", _id="y" * 22, In=["t" * 22]),
    )
    ids = {name: base.table(name)["_id"] for name in ("A-People", "B-Towns")}
    for table, name, other in (("A-Pets", "Of", "A-People"), ("B-Shops", "In", "B-Towns")):
        (column,) = (
            candidate for candidate in base.table(table)["columns"] if candidate["name"] == name
        )
        assert column["data"]["other_table_id"] == ids[other]
        (cell,) = (row[name] for row in base.base.rows(table))
        (row,) = base.base.rows(other)
        assert [link["row_id"] for link in cell] == [row["_id"]]


def test_a_base_is_copied(make, caplog):
    with Sandbox(time_zone="Asia/Tokyo") as tokyo:
        base = make(tokyo)
        rows = [
            order(
                "a", Price=1.5, When="2024-07-01T10:20:00+02:00", Customer=[{"row_id": "c" * 22}]
            ),
            order("b", Price=2, Follows=[{"row_id": "a" * 22, "display_value": "a"}]),
            record("customers", _id="c" * 22, Name="Ann", **{"Her orders": [{"row_id": "a" * 22}]}),
        ]
        for _ in range(2):
            base.load(*COPY, *rows, state({"n": 1}))
            assert base.states == [{"n": 1}]
            assert base.columns("Orders") == {
                "No": "text",
                "Price": "number",
                "When": "date",
                "Double": "formula",
                "Twice": "formula",
                "Broken": "number",
                "Customer": "link",
                "Follows": "link",
                "source_id": "text",
            }
            assert base.columns("Customers") == {
                "Name": "text",
                "source_id": "text",
                "Her orders": "link",
            }
            first, second = base.base.rows("Orders")
            (ann,) = base.base.rows("Customers")
            assert [link["row_id"] for link in first["Customer"]] == [ann["_id"]]
            assert [link["row_id"] for link in ann["Her orders"]] == [first["_id"]]
            assert [link["row_id"] for link in second["Follows"]] == [first["_id"]]
            assert (first["Double"], first["Twice"]) == (3, 6)
            # What the clock showed there, it shows here.
            assert first["When"] == "2024-07-01T10:20:00+09:00"
        assert "'Elsewhere' was skipped: the table that it links to is not loaded" in (caplog.text)
        assert "'Broken' becomes a column of its values instead of formula" in caplog.text
        assert not {"rows", "links"} & set(base.calls)
