"""query-links: the linked rows of some rows, paged per row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.engine.links import linked_rows
from seatable_sandbox.formulas.computed import Computer
from seatable_sandbox.formulas.rendering import gateway_value
from seatable_sandbox.model.store import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Engine
    from seatable_sandbox.model.model import Base, Column, Table


def asked(wanted: list[Any]) -> list[tuple[str, int, int]]:
    """The rows of a query-links request: row id, offset, limit (10, at most 100)."""
    return [
        (
            str(item.get("row_id")),
            int(item.get("offset") or 0),
            min(int(item.get("limit") or 10), 100),
        )
        for item in wanted
        if isinstance(item, dict)
    ]


def query(
    engine: Engine,
    base: Base,
    table: Table,
    other: Table,
    column: Column,
    asked: Sequence[tuple[str, int, int]],
) -> dict[str, list[dict[str, Any]]]:
    """The linked rows of some rows, paged per row and ordered by creation time."""
    links = linked_rows(engine, base, table, column, [row_id for row_id, _, _ in asked])
    everyone = list(dict.fromkeys(one for ids in links.values() for one in ids))
    order = {
        row[0]: index
        for index, row in enumerate(
            engine.store.execute(
                f"SELECT _id FROM {quoted(other.physical)}"
                " WHERE _id IN (SELECT value FROM json_each(?)) ORDER BY _ctime, _seq",
                (msgspec.json.encode(everyone).decode(),),
            )
        )
    }
    pages = {
        row_id: sorted(
            (one for one in links.get(row_id, ()) if one in order), key=order.__getitem__
        )[offset : offset + limit]
        for row_id, offset, limit in asked
    }
    shown = other.column_keyed(column.setting("display_column_key")) or other.columns[0]
    computer, render = Computer(engine, base), gateway_value(engine)
    displays = computer.values(other, shown, [one for page in pages.values() for one in page])
    return {
        row_id: [{"row_id": one, "display_value": render(displays.get(one))} for one in page]
        for row_id, page in pages.items()
    }
