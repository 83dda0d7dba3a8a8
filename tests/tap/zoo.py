"""One table of cases: every column type, the values written, and how servers differ in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.connection import connect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_sandbox import SandboxBase


@dataclass(frozen=True)
class Case:
    """A column of the table Zoo.

    Attributes:
        name: of the column.
        type: SeaTable's.
        data: of the column.
        full: what the full row holds; None for what the server computes or leaves empty.
        falsy: what the row of falsy values holds.
        is_day: whether it shows a day without time of day that another column holds.
        filled_when_empty: whether it has a value in an empty row.
        by_run: whether its value depends on the moment and the user: only its being null compares.
        old_text: whether old servers send it as text, because they do not send its type.
        without_sql: whether servers without SQL send it in another form.
    """

    name: str
    type: str
    data: Mapping[str, Any] | None = None
    full: Any = None
    falsy: Any = None
    is_day: bool = False
    filled_when_empty: bool = False
    by_run: bool = False
    old_text: bool = False
    without_sql: bool = False

    @property
    def is_offered(self) -> bool:
        """Whether streams have a property for it."""
        return self.type != "button"


OPTIONS = {"options": [{"name": "red"}, {"name": "blue"}, {"name": "très long"}]}

FILE = {"name": "a.pdf", "size": 12345, "type": "file", "url": "/workspace/1/asset/x/a.pdf"}

PICTURES = ["https://example.org/a.png", "/workspace/1/asset/x/images/b.png"]

SIGNATURE = {
    "username": "1@auth.local",
    "sign_image_url": "/s.png",
    "sign_time": "2024-01-01T00:00:00+00:00",
}

BUTTON = {"button_type": "modify_row", "button_name": "Go", "button_color": "#FFFCB5"}

EURO = {"format": "euro", "decimal": "comma", "thousands": "dot"}


def _formula(formula: str, **data: Any) -> dict[str, Any]:
    return {"formula": formula, **data}


def _through_link(formula: str, **data: Any) -> dict[str, Any]:
    return {"formula": formula, "link_column": "Friends", **data}


NAMES = _through_link("lookup", level1_linked_column="Name")
DATES = _through_link("lookup", level1_linked_column="Since")
SUM = _through_link("rollup", summary_column="Score", summary_method="sum")
OLDEST = _through_link("findmin", searched_column="Name", comparison_column="Score")

CASES = (
    Case("Text", "text", None, 'Ärger, "quoted"\nand 🦁', "full of zeros"),
    Case("Long", "long-text", None, "# Title\n\nsome *text*"),
    Case("Number", "number", None, 12.5, 0),
    Case("Percent", "number", {"format": "percent"}, 0.05, 0),
    Case("Money", "number", EURO, -1234.5, 9007199254740991),
    Case("Check", "checkbox", None, full=True, falsy=False),
    Case("Stars", "rate", {"rate_max_number": 10}, 4),
    Case("Span", "duration", {"duration_format": "h:mm:ss"}, 5400),
    Case("Day", "date", {"format": "YYYY-MM-DD"}, "2024-06-05", "2024-01-01"),
    Case("German day", "date", {"format": "DD.MM.YYYY"}, "2024-12-31"),
    Case("Moment", "date", {"format": "YYYY-MM-DD HH:mm"}, "2024-03-31 03:30", "2024-07-01 00:00"),
    Case("US moment", "date", {"format": "M/D/YYYY HH:mm"}, "2024-11-03 23:59"),
    Case("Choice", "single-select", OPTIONS, "red"),
    Case("Choices", "multiple-select", OPTIONS, ["blue", "très long"], ["red"]),
    Case("People", "collaborator", None, ["1@auth.local", "2@auth.local"]),
    Case("Mail", "email", None, "a@example.org"),
    Case("Site", "url", None, "https://example.org/?q=1"),
    Case("Pictures", "image", None, PICTURES),
    Case("Papers", "file", None, [FILE]),
    Case("Place", "geolocation", {"geo_format": "lng_lat"}, {"lng": 13.4, "lat": 52.5}),
    Case("Signature", "digital-sign", None, SIGNATURE),
    Case("Department", "department-single-select", None, 7),
    Case("Counter", "auto-number", {"format": "0000", "digits": 4}, filled_when_empty=True),
    Case("Made by", "creator", filled_when_empty=True, by_run=True),
    Case("Made at", "ctime", filled_when_empty=True, by_run=True),
    Case("Changed by", "last-modifier", filled_when_empty=True, by_run=True),
    Case("Changed at", "mtime", filled_when_empty=True, by_run=True),
    Case("Button", "button", BUTTON),
    Case("Friends", "link", {"table": "Zoo", "other_table": "Others"}, without_sql=True),
    Case("Friend names", "link-formula", NAMES, without_sql=True),
    Case("Friend dates", "link-formula", DATES, is_day=True),
    Case("Friend count", "link-formula", _through_link("count_links"), filled_when_empty=True),
    Case("Friend sum", "link-formula", SUM, filled_when_empty=True),
    Case("Oldest friend", "link-formula", OLDEST),
    Case("Double", "formula", _formula("{Number} * 2"), filled_when_empty=True, old_text=True),
    Case("Shout", "formula", _formula("upper({Text})")),
    Case(
        "Next day",
        "formula",
        _formula("dateAdd({Day}, 1, 'days')", format="YYYY-MM-DD"),
        is_day=True,
        old_text=True,
    ),
    Case("Positive", "formula", _formula("{Number} > 0"), filled_when_empty=True, old_text=True),
    Case("Ratio", "formula", _formula("1 / {Number}"), old_text=True),
)
"""Every column type of SeaTable."""

ROWS: Sequence[Mapping[str, Any]] = (
    {case.name: case.full for case in CASES if case.full is not None},
    {case.name: case.falsy for case in CASES if case.falsy is not None},
    {"Text": None},
)
"""A full row, one of falsy values (and a formula that fails), and an empty one."""


def add_zoo(base: SandboxBase) -> list[str]:
    """Give a base the tables Zoo, with every column type, and Others, which it links to."""
    base.create_table("Others", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Score", "column_type": "number"},
        {"column_name": "Since", "column_type": "date",
         "column_data": {"format": "YYYY-MM-DD"}},
    ])  # fmt: skip
    first, *others = CASES
    base.create_table("Zoo", [{"column_name": first.name, "column_type": first.type}])
    for case in others:
        base.add_column("Zoo", case.name, case.type, case.data)
    base.append_rows("Others", [
        {"Name": f"other {number}", "Score": number, "Since": f"2024-01-{number:02}"}
        for number in range(1, 5)
    ])  # fmt: skip
    return base.append_rows("Zoo", ROWS)


def link_zoo(config: Mapping[str, Any], base: SandboxBase) -> None:
    """Link the first row of Zoo to three of Others."""
    zoo = next(table for table in base.metadata()["metadata"]["tables"] if table["name"] == "Zoo")
    link = next(column for column in zoo["columns"] if column["name"] == "Friends")
    others = [row["_id"] for row in base.rows("Others")]
    connect(config).base.set_links(
        "Zoo", "Others", link["data"]["link_id"], {base.rows("Zoo")[0]["_id"]: others[:3]}
    )
