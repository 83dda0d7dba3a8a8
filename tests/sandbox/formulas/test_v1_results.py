"""Results of formulas in rows of v1."""

from __future__ import annotations

from seatable_sandbox import Sandbox


def test_v1_shows_results_as_texts(connect) -> None:
    with Sandbox(profile="v1", time_zone="Europe/Berlin") as sandbox:
        base = sandbox.create_base("B")
        base.create_table(
            "T",
            [
                {"column_name": "N", "column_type": "number"},
                {
                    "column_name": "D",
                    "column_type": "date",
                    "column_data": {"format": "DD/MM/YYYY"},
                },
                {
                    "column_name": "Link",
                    "column_type": "link",
                    "column_data": {"table": "T", "other_table": "T"},
                },
                {
                    "column_name": "Typed",
                    "column_type": "formula",
                    "column_data": {"formula": "{N} * 1.5", "result_type": "number"},
                },
                {
                    "column_name": "Untyped",
                    "column_type": "formula",
                    "column_data": {"formula": "{N} * 1.5"},
                },
                {
                    "column_name": "Check",
                    "column_type": "formula",
                    "column_data": {"formula": "{N} > 5"},
                },
                {
                    "column_name": "Day",
                    "column_type": "formula",
                    "column_data": {
                        "formula": "dateAdd({D}, 1, 'days')",
                        "result_type": "date",
                        "format": "DD/MM/YYYY HH:mm",
                    },
                },
                {
                    "column_name": "Count",
                    "column_type": "link-formula",
                    "column_data": {"formula": "count_links", "link_column": "Link"},
                },
                {
                    "column_name": "Look",
                    "column_type": "link-formula",
                    "column_data": {
                        "formula": "lookup",
                        "link_column": "Link",
                        "level1_linked_column": "N",
                    },
                },
            ],
        )
        first, second = base.append_rows("T", [{"N": 1, "D": "2024-06-05"}, {"N": 2.5}])
        base.link("T", "Link", {first: [first, second]})
        row = connect(sandbox, base).v1("GET", "/rows/?table_name=T").json()["rows"][0]
        del row["_id"], row["_mtime"]
        assert row == {
            "N": 1,
            "D": "2024-06-05",
            "Link": [first, second],
            "Typed": "1.5",
            "Untyped": 1.5,
            "Check": "false",
            "Day": "06/06/2024 00:00",
            "Count": "2",
            "Look": "1, 2.5",
        }
