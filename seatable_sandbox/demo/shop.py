"""The demo base: a small shop, and a table with every column type."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from seatable_sandbox.demo.every_type import make_every_type
from seatable_sandbox.demo.parts import column, options, png

if TYPE_CHECKING:
    from seatable_sandbox.sandbox import Sandbox, SandboxBase

DEMO_NAME = "Demo"

DEMO_TOKEN = "5ea7ab1e00000000000000000000000000000001"  # noqa: S105
DEMO_READ_ONLY_TOKEN = "5ea7ab1e00000000000000000000000000000002"  # noqa: S105
"""The tokens never change, so that a configuration can be written before the server runs."""

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
    """The base "Demo", which is created if there is none."""
    base = sandbox.create_base(
        DEMO_NAME, api_token=DEMO_TOKEN, read_only_token=DEMO_READ_ONLY_TOKEN
    )
    if any(table["name"] == "Products" for table in base.metadata()["metadata"]["tables"]):
        return base
    _products(base)
    _customers(base)
    _orders(base)
    make_every_type(base)
    return base


def _products(base: SandboxBase) -> None:
    base.create_table(
        "Products",
        [
            column("Name", "text"),
            column(
                "Category",
                "single-select",
                options=options(
                    ("Tea", "#59CB74"),
                    ("Coffee", "#EAA775"),
                    ("Ware", "#46A1FD"),
                    ("Food", "#FFFCB5"),
                ),
            ),
            column(
                "Labels",
                "multiple-select",
                options=options(
                    ("organic", "#ADDF84"),
                    ("fair trade", "#4ECCCB"),
                    ("new", "#F4667C"),
                    ("gift", "#DC82D2"),
                ),
            ),
            column(
                "Price",
                "number",
                format="euro",
                decimal="dot",
                thousands="no",
                precision=2,
                enable_precision=True,
            ),
            column("In stock", "number"),
            column("Available since", "date", format="YYYY-MM-DD"),
            column("Picture", "image"),
            column("Price with tax", "formula", formula="round({Price} * 1.19, 2)"),
            column("Changed", "mtime"),
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
            column("Name", "text"),
            column("Email", "email"),
            column("Country", "geolocation", geo_format="country_region"),
            column("Place", "geolocation", geo_format="lng_lat"),
            column("Newsletter", "checkbox"),
            column("Notes", "long-text"),
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
            column(
                "Order", "auto-number", format="O-0000", digits=4, prefix_type="string", prefix="O"
            ),
            column("Ordered", "date", format="YYYY-MM-DD HH:mm"),
            column(
                "State",
                "single-select",
                options=options(("open", "#FFEAB6"), ("paid", "#59CB74"), ("sent", "#46A1FD")),
            ),
            column("Customer", "link", table="Orders", other_table="Customers"),
            column("Products", "link", table="Orders", other_table="Products"),
            column("Shipping", "number"),
            column(
                "Prices",
                "link-formula",
                formula="lookup",
                link_column="Products",
                level1_linked_column="Price",
            ),
            column("Items", "link-formula", formula="count_links", link_column="Products"),
            column(
                "Sum",
                "link-formula",
                formula="rollup",
                link_column="Products",
                summary_column="Price",
                summary_method="sum",
            ),
            column(
                "Dearest",
                "link-formula",
                formula="findmax",
                link_column="Products",
                searched_column="Name",
                comparison_column="Price",
            ),
            column("Total", "formula", formula="round({Sum} + {Shipping}, 2)"),
            column("Due", "formula", formula="dateAdd({Ordered}, 14, 'days')"),
        ],
    )
    first_day = date(2024, 5, 1)
    states = ("open", "paid", "sent", "sent")
    orders = base.append_rows(
        "Orders",
        [
            {
                "Ordered": f"{first_day + timedelta(days=3 * number)} {8 + number % 10:02}"
                f":{number * 7 % 60:02}",
                "State": states[number % 4],
                "Shipping": 4.9 if number % 3 else 0,
            }
            for number in range(24)
        ],
    )
    products = [row["_id"] for row in base.rows("Products")]
    customers = [row["_id"] for row in base.rows("Customers")]
    base.link(
        "Orders",
        "Customer",
        {order: [customers[index * 5 % len(customers)]] for index, order in enumerate(orders)},
    )
    base.link(
        "Orders",
        "Products",
        {
            order: [products[(index + step * 3) % len(products)] for step in range(1 + index % 3)]
            for index, order in enumerate(orders)
        },
    )
