"""Customers and orders with a link between them, and streams that fill both."""

from typing import Any

from tests.target.singer import record, schema

CUSTOMERS = schema("customers", {"id": "integer", "name": "string"}, ["id"])
ORDERS = schema("orders", {"no": "integer", "customer": {}, "v": "string"}, ["no"])
BY_ID = {"orders.customer": "id"}


def with_links(base):
    base.base.create_table(
        "customers",
        [
            {"column_name": "name", "column_type": "text"},
            {"column_name": "id", "column_type": "number"},
        ],
    )
    base.base.create_table("orders", [{"column_name": "no", "column_type": "number"}])
    base.base.add_column("orders", "v", "text")
    base.base.add_column(
        "orders", "customer", "link", {"table": "orders", "other_table": "customers"}
    )
    return base


def customers(*ids):
    return [record("customers", id=number, name=f"c{number}") for number in ids]


def links(base):
    """By order, the ids of its customers."""
    names = {row["_id"]: row["id"] for row in base.base.rows("customers")}
    return {
        row["no"]: sorted(names[link["row_id"]] for link in row["customer"] or ())
        for row in base.base.rows("orders")
    }


MAKES: dict[str, Any] = {"links": BY_ID, "create_missing_links": True}
