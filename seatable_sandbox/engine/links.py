"""Links between rows. Both sides share them, and changing them changes no `_mtime`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.model import OperationError, other_table_id, row_not_exist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Actor, Engine
    from seatable_sandbox.model import Base, Column, Table

_MAX_SELECTED_ROWS = 2000
"""For more rows than this, all links of the column are read: that is faster."""


def _sides(table: Table, column: Column) -> tuple[str, str]:
    """The columns of the links table that hold the ids of this table, and of the other one."""
    if column.setting("table_id") == table.id:
        return "row_id", "other_row_id"
    return "other_row_id", "row_id"


def find_linked_rows(
    engine: Engine, base: Base, table: Table, column: Column, row_ids: Sequence[str]
) -> dict[str, list[str]]:
    """The ids of linked rows by row id, in the order in which they were linked."""
    own, foreign = _sides(table, column)
    found: dict[str, list[str]] = {}
    link_id = column.setting("link_id")
    if len(row_ids) > _MAX_SELECTED_ROWS:
        selected = set(row_ids)
        rows = engine.store.execute(
            f"SELECT {own}, {foreign} FROM links WHERE base = ? AND link_id = ? ORDER BY position",
            (base.number, link_id),
        )
        pairs = [(row_id, other) for row_id, other in rows if row_id in selected]
    else:
        pairs = engine.store.execute(
            f"SELECT {own}, {foreign} FROM links WHERE base = ? AND link_id = ?"
            f" AND {own} IN (SELECT value FROM json_each(?)) ORDER BY position",
            (base.number, link_id, msgspec.json.encode(list(row_ids)).decode()),
        ).fetchall()
    for row_id, other in pairs:
        found.setdefault(row_id, []).append(other)
    return found


def require_link_column(
    base: Base, table: Table, link_id: object, other: Table | None = None
) -> Column:
    """The link column of a table; with the other table, only if it leads there."""
    found = base.link_column(table, link_id)
    if found is None:
        raise OperationError("parameter_error", f"link {link_id} not found")
    if other is not None and other_table_id(table, found) != other.id:
        raise OperationError("link_not_exist", f"link {link_id} does not lead to {other.name}")
    return found


def change(  # noqa: PLR0913 - which links, and who changes them how
    engine: Engine,
    base: Base,
    table: Table,
    other: Table,
    link_id: object,
    linked_ids: dict[str, Sequence[str]],
    action: str,
    actor: Actor,
    *,
    single: bool = False,
) -> None:
    """Add, replace or remove links.

    Replacing skips unknown rows of either table silently, unless all of this table's are unknown.

    Args:
        engine: The engine.
        base: The base.
        table: The table whose rows are the keys of `linked_ids`.
        other: The table at the other end.
        link_id: The id that the columns on both sides share.
        linked_ids: Ids of rows of the other table by row id.
        action: "add", "replace" or "remove".
        actor: Who does it.
        single: The call is for a single row, which is logged as another operation.

    Raises:
        OperationError: There is no such link or row, or a link that is to be added exists.
    """
    if not all(isinstance(others, list) for others in linked_ids.values()):
        raise OperationError("parameter_error", "other_rows_ids_map invalid")
    column = require_link_column(base, table, link_id, other)
    own, foreign = _sides(table, column)
    store = engine.store
    known = set(store.existing_ids(table, linked_ids))
    other_ids = {str(other_id) for others in linked_ids.values() for other_id in others}
    present = set(store.existing_ids(other, other_ids))
    if action == "replace" and not single:
        if not known:
            raise OperationError("no_valid_rows_exist", "No valid rows exist.")
    elif len(known) < len(linked_ids) or (action == "add" and len(present) < len(other_ids)):
        raise row_not_exist()
    for row_id, others in linked_ids.items():
        if row_id not in known:
            continue
        if action == "replace":
            store.execute(
                f"DELETE FROM links WHERE base = ? AND link_id = ? AND {own} = ?",
                (base.number, link_id, row_id),
            )
        for other_id in dict.fromkeys(map(str, others)):
            if action == "remove":
                store.execute(
                    f"DELETE FROM links WHERE base = ? AND link_id = ? AND {own} = ?"
                    f" AND {foreign} = ?",
                    (base.number, link_id, row_id, other_id),
                )
            elif other_id in present:
                cursor = store.execute(
                    f"INSERT OR IGNORE INTO links (base, link_id, {own}, {foreign})"
                    " VALUES (?, ?, ?, ?)",
                    (base.number, link_id, row_id, other_id),
                )
                if not cursor.rowcount:
                    raise OperationError("link_inserted_exist", "The link inserted is exist.")
    for operation in _build_operations(table, other, linked_ids, action, single=single):
        engine.log_operation(base, actor, {**operation, "link_id": link_id})


def _build_operations(
    table: Table, other: Table, linked_ids: dict[str, Sequence[str]], action: str, *, single: bool
) -> list[dict[str, Any]]:
    """The operations as which a change is logged; SeaTable has three forms of them."""
    if action != "replace":
        return [
            {
                "op_type": f"{action}_link",
                "table1_id": table.id,
                "table2_id": other.id,
                "table1_row_id": row_id,
                "table2_row_id": other_id,
            }
            for row_id, others in linked_ids.items()
            for other_id in others
        ]
    tables = {"table_id": table.id, "other_table_id": other.id}
    if single:
        return [
            {"op_type": "update_links", **tables, "row_id": row_id, "other_rows_ids": list(others)}
            for row_id, others in linked_ids.items()
        ]
    all_others = {row_id: list(others) for row_id, others in linked_ids.items()}
    return [
        {
            "op_type": "update_rows_links",
            **tables,
            "row_id_list": list(linked_ids),
            "other_rows_ids_map": all_others,
        }
    ]
