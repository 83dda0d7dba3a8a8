"""The table of the demo base that has every column type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_sandbox.demo.parts import column, options, png
from seatable_sandbox.engine import OWNER

if TYPE_CHECKING:
    from seatable_sandbox.sandbox import SandboxBase


def make_every_type(base: SandboxBase) -> None:
    """Create the table "Every type", which is linked to "Products"."""
    base.create_table(
        "Every type",
        [
            column("Text", "text"),
            column("Long text", "long-text"),
            column("Number", "number"),
            column("Percent", "number", format="percent", decimal="dot", thousands="no"),
            column("Checkbox", "checkbox"),
            column(
                "Rate",
                "rate",
                rate_max_number=5,
                rate_style_color="#FF8000",
                rate_style_type="dtable-icon-rate",
            ),
            column("Duration", "duration", duration_format="h:mm:ss"),
            column("Date", "date", format="DD.MM.YYYY"),
            column("Date and time", "date", format="YYYY-MM-DD HH:mm"),
            column(
                "Single select",
                "single-select",
                options=options(("one", "#FFDDE5"), ("two", "#D8FAFF")),
            ),
            column(
                "Multiple select",
                "multiple-select",
                options=options(("red", "#F4667C"), ("green", "#59CB74"), ("blue", "#46A1FD")),
            ),
            column("Collaborator", "collaborator"),
            column("Email", "email"),
            column("URL", "url"),
            column("Image", "image"),
            column("File", "file"),
            column("Position", "geolocation", geo_format="lng_lat"),
            column("Department", "department-single-select"),
            column("Signature", "digital-sign"),
            column(
                "Auto number", "auto-number", format="0000", digits=4, prefix_type=None, prefix=None
            ),
            column("Formula number", "formula", formula="{Number} * 2"),
            column("Formula text", "formula", formula='upper({Text}) & "!"'),
            column(
                "Formula date",
                "formula",
                formula='dateAdd({Date}, 1, "years")',
                format="YYYY-MM-DD",
            ),
            column("Formula check", "formula", formula="{Number} > 10"),
            column("Link", "link", table="Every type", other_table="Products"),
            column(
                "Lookup",
                "link-formula",
                formula="lookup",
                link_column="Link",
                level1_linked_column="Category",
            ),
            column("Links counted", "link-formula", formula="count_links", link_column="Link"),
            column(
                "Rollup",
                "link-formula",
                formula="rollup",
                link_column="Link",
                summary_column="Price",
                summary_method="average",
            ),
            column(
                "Find max",
                "link-formula",
                formula="findmax",
                link_column="Link",
                searched_column="Name",
                comparison_column="Price",
            ),
            column(
                "Find min",
                "link-formula",
                formula="findmin",
                link_column="Link",
                searched_column="Name",
                comparison_column="Price",
            ),
            column(
                "Button",
                "button",
                button_type="open_url",
                button_name="Open",
                button_color="#FFFCB5",
            ),
            column("Creator", "creator"),
            column("Created", "ctime"),
            column("Last modifier", "last-modifier"),
            column("Modified", "mtime"),
        ],
    )
    paper = b"Demo attachment of the SeaTable sandbox.\n"
    note = base.store_file("/files/2024-05/note.txt", paper)
    image = base.store_file("/images/2024-05/square.png", png("#46A1FD"))
    full = {
        "Text": "Everything",
        "Long text": "## Heading\n- **bold**\n- [ ] task",
        "Number": 499.99,
        "Percent": 0.05,
        "Checkbox": True,
        "Rate": 4,
        "Duration": 5430,
        "Date": "2024-06-05",
        "Date and time": "2024-06-05 10:20",
        "Single select": "one",
        "Multiple select": ["red", "blue"],
        "Collaborator": [OWNER],
        "Email": "info@example.com",
        "URL": "https://example.com",
        "Image": [image],
        "File": [{"name": "note.txt", "size": len(paper), "type": "file", "url": note}],
        "Position": {"lng": 8.23, "lat": 50},
        "Department": 3,
        "Signature": {
            "username": OWNER,
            "sign_image_url": image,
            "sign_time": "2024-06-05T13:28:56.090+00:00",
        },
    }
    some = {
        "Text": "Some",
        "Number": 3,
        "Checkbox": False,
        "Date": "2030-12-31",
        "Multiple select": ["green"],
    }
    row_ids = base.append_rows("Every type", [full, some, {"Text": "Nothing but a text"}])
    products = [row["_id"] for row in base.rows("Products")]
    base.link("Every type", "Link", {row_ids[0]: products[:3], row_ids[1]: products[3:4]})
