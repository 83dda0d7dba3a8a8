"""The values of links: which rows a value names, and how the log names them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seatable_client.formatting import quote_value

if TYPE_CHECKING:
    from target_seatable.rows import LinkField


def describe_key(link: LinkField, key: Any) -> str:
    """The row that a key names, in words."""
    if link.by is None:
        return quote_value(key)
    names = (link.by,) if isinstance(link.by, str) else link.by
    parts = key if isinstance(link.by, tuple) else (key,)
    conditions = (
        f"{name!r} is {quote_value(part)}" for name, part in zip(names, parts, strict=True)
    )
    return f"whose {' and '.join(conditions)}"


def link_keys(value: Any) -> list[Any]:
    """The ids or keys of the rows that a value names: one, a list, or objects with a row_id.

    A key of several columns is a list within the list, and becomes a tuple.
    """
    items = value if isinstance(value, list) else [] if value is None or value == "" else [value]
    return [key for item in items if (key := _link_key(item)) != ""]


def _link_key(item: Any) -> Any:
    """The id or key that an item of a value is; None if it can be none."""
    if isinstance(item, dict):
        item = item.get("row_id")
    if isinstance(item, list):
        return tuple(_link_key(part) for part in item)
    is_key = isinstance(item, (str, int, float, Decimal)) and not isinstance(item, bool)
    return item if is_key else None
