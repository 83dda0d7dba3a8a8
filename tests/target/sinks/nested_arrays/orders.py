"""Orders with an array of lines, as records and as the rows that they become."""

from typing import Any

from tests.target.singer import record, schema

TAX = {"type": "object", "properties": {"rate": {"type": "number"}}}
LINE: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {
        "sku": {"type": "string"},
        "count": {"type": ["integer", "null"]},
        "taxes": {"type": ["array", "null"], "items": TAX},
    },
}
ORDERS = schema(
    "orders",
    {"id": "integer", "who": "string", "lines": {"type": ["array", "null"], "items": LINE}},
    ["id"],
)


def order(number, *skus, **more):
    lines = [{"sku": sku, "count": len(sku)} for sku in skus]
    return record("orders", id=number, who=f"w{number}", lines=lines, **more)


def lines(base, table="orders__lines"):
    """Rows of the table of lines as (order, position, sku), in their order."""
    rows = [(row["orders_id"], row["lines_position"], row["sku"]) for row in base.rows(table)]
    return sorted(rows)


def linked(base, table="orders__lines", column="orders", shown="id"):
    """What each row is linked to, by its own id in the sandbox."""
    parents = {row["_id"]: row[shown] for row in base.base.rows("orders")}
    return [
        tuple(parents[link["row_id"]] for link in row[column] or ())
        for row in base.base.rows(table)
    ]
