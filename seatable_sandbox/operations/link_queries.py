"""query-links: the linked rows of each row, by pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.engine import find_linked_rows
from seatable_sandbox.formulas import Computer, computed_converter
from seatable_sandbox.model import ApiError, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Engine
    from seatable_sandbox.model import Base, Column, Table


def parse_pages(sent: list[Any]) -> list[tuple[str, int, int]]:
    """The rows of a query-links request: row id, offset, and limit (10, at most 100).

    Raises:
        ApiError: An offset or a limit is no number of rows.
    """
    pages = []
    for item in sent:
        if not isinstance(item, dict):
            continue
        offset, limit = item.get("offset") or 0, item.get("limit") or 10
        if not all(isinstance(count, int) and count >= 0 for count in (offset, limit)):
            raise ApiError(400, {"error_message": "rows invalid"})
        pages.append((str(item.get("row_id")), offset, min(limit, 100)))
    return pages


def query_links(
    engine: Engine,
    base: Base,
    table: Table,
    other: Table,
    column: Column,
    pages: Sequence[tuple[str, int, int]],
) -> dict[str, list[dict[str, Any]]]:
    """One page of linked rows for each row, ordered by creation time.

    Returns:
        By row id, objects with `row_id` and `display_value`.
    """
    links = find_linked_rows(engine, base, table, column, [row_id for row_id, _, _ in pages])
    linked_ids = list({linked_id for ids in links.values() for linked_id in ids})
    order = {
        row[0]: index
        for index, row in enumerate(
            engine.store.execute(
                f"SELECT _id FROM {quote(other.physical)}"
                " WHERE _id IN (SELECT value FROM json_each(?)) ORDER BY _ctime, _seq",
                (msgspec.json.encode(linked_ids).decode(),),
            )
        )
    }
    selected = {
        row_id: sorted(
            (linked_id for linked_id in links.get(row_id, ()) if linked_id in order),
            key=order.__getitem__,
        )[offset : offset + limit]
        for row_id, offset, limit in pages
    }
    display = other.column_by_key(column.setting("display_column_key")) or other.columns[0]
    computer, convert = Computer(engine, base), computed_converter(engine)
    values = computer.values(
        other, display, [row_id for ids in selected.values() for row_id in ids]
    )
    return {
        row_id: [
            {"row_id": linked_id, "display_value": convert(values.get(linked_id))}
            for linked_id in ids
        ]
        for row_id, ids in selected.items()
    }
