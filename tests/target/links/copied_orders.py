"""Orders and customers of a base, as the tap tells of them."""

from tests.target.singer import record, schema


def of_base(name, table_id, properties, base="a" * 32):
    """A SCHEMA message for a table of a base; properties are pairs of JSON type and column."""
    own = {
        prop: {"type": [json_type, "null"], "x-seatable": {"type": type_, "data": data}}
        for prop, (json_type, type_, data) in properties.items()
    }
    message = schema(name, {"_id": {"type": "string"}, "_ctime": "string", **own}, ["_id"])
    message["schema"]["x-seatable"] = {"name": name.title(), "id": table_id, "base": base}
    message["schema"]["properties"]["_deleted_at"] = {"type": ["string", "null"]}
    return message


def link(table, other, link_id):
    data = {"table_id": table, "other_table_id": other, "link_id": link_id, "is_multiple": True}
    return ("array", "link", data)


COPY = [
    of_base(
        "orders",
        "OOOO",
        {
            "No": ("string", "text", None),
            "Price": ("number", "number", {"format": "euro"}),
            "When": ("string", "date", {"format": "DD.MM.YYYY HH:mm"}),
            "Double": ("number", "formula", {"formula": "{Price} * 2"}),
            "Twice": ("number", "formula", {"formula": "{Double} * 2"}),
            "Broken": ("number", "formula", {"formula": "{Gone} * 2"}),
            "Customer": link("OOOO", "CCCC", "l1l1"),
            "Follows": link("OOOO", "OOOO", "l2l2"),
            "Elsewhere": link("OOOO", "XXXX", "l3l3"),
        },
    ),
    of_base(
        "customers",
        "CCCC",
        {"Name": ("string", "text", None), "Her orders": link("OOOO", "CCCC", "l1l1")},
    ),
]


def order(number, **cells):
    return record("orders", _id=number * 22, _ctime="2024-01-01T10:00:00.123Z", No=number, **cells)
