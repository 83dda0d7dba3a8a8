"""A base to look around in: a small shop, and a table with every column type."""

from __future__ import annotations

import struct
import zlib
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from .access import OWNER

if TYPE_CHECKING:
    from .door import Sandbox, SandboxBase

#: Tokens of the demo base. Fixed, so that a configuration can be written before the server runs.
DEMO_TOKEN = "5ea7ab1e00000000000000000000000000000001"  # noqa: S105
DEMO_READ_ONLY_TOKEN = "5ea7ab1e00000000000000000000000000000002"  # noqa: S105

_PRODUCTS: tuple[tuple[str, str, float, list[str], str], ...] = (
    ("Oolong tea", "Tea", 9.5, ["organic"], "#59CB74"),
    ("Green tea", "Tea", 7.25, ["organic", "new"], "#ADDF84"),
    ("Earl Grey", "Tea", 6.0, [], "#9F8CF1"),
    ("Espresso", "Coffee", 12.9, ["fair trade"], "#EAA775"),
    ("Filter coffee", "Coffee", 10.4, ["fair trade", "organic"], "#FFD9C8"),
    ("Teapot", "Ware", 34.0, ["gift"], "#46A1FD"),
    ("Coffee mill", "Ware", 89.0, ["gift", "new"], "#4ECCCB"),
    ("Cup, blue", "Ware", 8.5, [], "#89D2EA"),
    ("Honey", "Food", 5.75, ["organic"], "#FFFCB5"),
    ("Shortbread", "Food", 4.2, ["new"], "#FFEAB6"),
)
_CUSTOMERS = (
    ("Ada Mayer", "ada@example.com", "Germany", (13.40, 52.52), True),
    ("Bruno Rossi", "bruno@example.com", "Italy", (12.50, 41.90), False),
    ("Chloé Martin", "chloe@example.com", "France", (2.35, 48.86), True),
    ("Dimitra Papadaki", "dimitra@example.com", "Greece", (23.73, 37.98), False),
    ("Erik Lund", "erik@example.com", "Sweden", (18.07, 59.33), True),
    ("Fatma Özkan", "fatma@example.com", "Türkiye", (28.98, 41.01), False),
)


def make_demo(sandbox: Sandbox) -> SandboxBase:
    """The base "Demo", made once."""
    base = sandbox.create_base("Demo", api_token=DEMO_TOKEN, read_only_token=DEMO_READ_ONLY_TOKEN)
    if any(table["name"] == "Products" for table in base.metadata()["metadata"]["tables"]):
        return base
    _products(base)
    _customers(base)
    _orders(base)
    _every_type(base)
    return base


def _column(name: str, column_type: str, **data: Any) -> dict[str, Any]:
    return {"column_name": name, "column_type": column_type, "column_data": data or None}


def _options(*names: tuple[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "color": color, "textColor": "#202428"} for name, color in names]


def _products(base: SandboxBase) -> None:
    base.create_table(
        "Products",
        [
            _column("Name", "text"),
            _column(
                "Category",
                "single-select",
                options=_options(
                    ("Tea", "#59CB74"),
                    ("Coffee", "#EAA775"),
                    ("Ware", "#46A1FD"),
                    ("Food", "#FFFCB5"),
                ),
            ),
            _column(
                "Labels",
                "multiple-select",
                options=_options(
                    ("organic", "#ADDF84"),
                    ("fair trade", "#4ECCCB"),
                    ("new", "#F4667C"),
                    ("gift", "#DC82D2"),
                ),
            ),
            _column(
                "Price",
                "number",
                format="euro",
                decimal="dot",
                thousands="no",
                precision=2,
                enable_precision=True,
            ),
            _column("In stock", "number"),
            _column("Available since", "date", format="YYYY-MM-DD"),
            _column("Picture", "image"),
            _column("Price with tax", "formula", formula="round({Price} * 1.19, 2)"),
            _column("Changed", "mtime"),
        ],
    )
    rows = []
    for index, (name, category, price, labels, color) in enumerate(_PRODUCTS):
        picture = base.store_file(f"/images/2024-05/product-{index + 1}.png", png(color))
        rows.append(
            {
                "Name": name,
                "Category": category,
                "Labels": labels,
                "Price": price,
                "In stock": (index * 37) % 60,
                "Available since": str(date(2023, 1, 15) + timedelta(days=61 * index)),
                "Picture": [picture],
            }
        )
    base.append_rows("Products", rows)


def _customers(base: SandboxBase) -> None:
    base.create_table(
        "Customers",
        [
            _column("Name", "text"),
            _column("Email", "email"),
            _column("Country", "geolocation", geo_format="country_region"),
            _column("Place", "geolocation", geo_format="lng_lat"),
            _column("Newsletter", "checkbox"),
            _column("Notes", "long-text"),
        ],
    )
    base.append_rows(
        "Customers",
        [
            {
                "Name": name,
                "Email": email,
                "Country": {"country_region": country},
                "Place": {"lng": place[0], "lat": place[1]},
                "Newsletter": newsletter,
                "Notes": f"## {name}\n- lives in {country}" if newsletter else None,
            }
            for name, email, country, place, newsletter in _CUSTOMERS
        ],
    )


def _orders(base: SandboxBase) -> None:
    base.create_table(
        "Orders",
        [
            _column(
                "Order", "auto-number", format="O-0000", digits=4, prefix_type="string", prefix="O"
            ),
            _column("Ordered", "date", format="YYYY-MM-DD HH:mm"),
            _column(
                "State",
                "single-select",
                options=_options(("open", "#FFEAB6"), ("paid", "#59CB74"), ("sent", "#46A1FD")),
            ),
            _column("Customer", "link", table="Orders", other_table="Customers"),
            _column("Products", "link", table="Orders", other_table="Products"),
            _column("Shipping", "number"),
            _column(
                "Prices",
                "link-formula",
                formula="lookup",
                link_column="Products",
                level1_linked_column="Price",
            ),
            _column("Items", "link-formula", formula="count_links", link_column="Products"),
            _column(
                "Sum",
                "link-formula",
                formula="rollup",
                link_column="Products",
                summary_column="Price",
                summary_method="sum",
            ),
            _column(
                "Dearest",
                "link-formula",
                formula="findmax",
                link_column="Products",
                searched_column="Name",
                comparison_column="Price",
            ),
            _column("Total", "formula", formula="round({Sum} + {Shipping}, 2)"),
            _column("Due", "formula", formula="dateAdd({Ordered}, 14, 'days')"),
        ],
    )
    day = date(2024, 5, 1)
    states = ("open", "paid", "sent", "sent")
    orders = base.append_rows(
        "Orders",
        [
            {
                "Ordered": f"{day + timedelta(days=3 * n)} {8 + n % 10:02}:{(n * 7) % 60:02}",
                "State": states[n % 4],
                "Shipping": 4.9 if n % 3 else 0,
            }
            for n in range(24)
        ],
    )
    products = [row["_id"] for row in base.rows("Products")]
    customers = [row["_id"] for row in base.rows("Customers")]
    base.link(
        "Orders",
        "Customer",
        {order: [customers[(n * 5) % len(customers)]] for n, order in enumerate(orders)},
    )
    base.link(
        "Orders",
        "Products",
        {
            order: [products[(n + step * 3) % len(products)] for step in range(1 + n % 3)]
            for n, order in enumerate(orders)
        },
    )


def _every_type(base: SandboxBase) -> None:
    base.create_table(
        "Every type",
        [
            _column("Text", "text"),
            _column("Long text", "long-text"),
            _column("Number", "number"),
            _column("Percent", "number", format="percent", decimal="dot", thousands="no"),
            _column("Checkbox", "checkbox"),
            _column(
                "Rate",
                "rate",
                rate_max_number=5,
                rate_style_color="#FF8000",
                rate_style_type="dtable-icon-rate",
            ),
            _column("Duration", "duration", duration_format="h:mm:ss"),
            _column("Date", "date", format="DD.MM.YYYY"),
            _column("Date and time", "date", format="YYYY-MM-DD HH:mm"),
            _column(
                "Single select",
                "single-select",
                options=_options(("one", "#FFDDE5"), ("two", "#D8FAFF")),
            ),
            _column(
                "Multiple select",
                "multiple-select",
                options=_options(("red", "#F4667C"), ("green", "#59CB74"), ("blue", "#46A1FD")),
            ),
            _column("Collaborator", "collaborator"),
            _column("Email", "email"),
            _column("URL", "url"),
            _column("Image", "image"),
            _column("File", "file"),
            _column("Position", "geolocation", geo_format="lng_lat"),
            _column("Department", "department-single-select"),
            _column("Signature", "digital-sign"),
            _column(
                "Auto number", "auto-number", format="0000", digits=4, prefix_type=None, prefix=None
            ),
            _column("Formula number", "formula", formula="{Number} * 2"),
            _column("Formula text", "formula", formula='upper({Text}) & "!"'),
            _column(
                "Formula date",
                "formula",
                formula='dateAdd({Date}, 1, "years")',
                format="YYYY-MM-DD",
            ),
            _column("Formula check", "formula", formula="{Number} > 10"),
            _column("Link", "link", table="Every type", other_table="Products"),
            _column(
                "Lookup",
                "link-formula",
                formula="lookup",
                link_column="Link",
                level1_linked_column="Category",
            ),
            _column("Links counted", "link-formula", formula="count_links", link_column="Link"),
            _column(
                "Rollup",
                "link-formula",
                formula="rollup",
                link_column="Link",
                summary_column="Price",
                summary_method="average",
            ),
            _column(
                "Find max",
                "link-formula",
                formula="findmax",
                link_column="Link",
                searched_column="Name",
                comparison_column="Price",
            ),
            _column(
                "Find min",
                "link-formula",
                formula="findmin",
                link_column="Link",
                searched_column="Name",
                comparison_column="Price",
            ),
            _column(
                "Button",
                "button",
                button_type="open_url",
                button_name="Open",
                button_color="#FFFCB5",
            ),
            _column("Creator", "creator"),
            _column("Created", "ctime"),
            _column("Last modifier", "last-modifier"),
            _column("Modified", "mtime"),
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
    made = base.append_rows("Every type", [full, some, {"Text": "Nothing but a text"}])
    products = [row["_id"] for row in base.rows("Products")]
    base.link("Every type", "Link", {made[0]: products[:3], made[1]: products[3:4]})


def png(color: str, side: int = 48) -> bytes:
    """A square of one colour."""
    pixel = bytes.fromhex(color[1:])

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    lines = (b"\0" + pixel * side) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
