"""Links between rows. Both sides share them, and no `_mtime` moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.model.errors import OperationError, row_not_exist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Actor, Engine
    from seatable_sandbox.model.model import Base, Column, Table

#: From here on all of a link is read, instead of the links of the rows asked for.
_MANY = 2000


def _sides(table: Table, column: Column) -> tuple[str, str]:
    """The columns of the links table that hold this table's rows, and the others'."""
    if column.setting("table_id") == table.id:
        return "one", "other"
    return "other", "one"


def linked_rows(
    engine: Engine, base: Base, table: Table, column: Column, row_ids: Sequence[str]
) -> dict[str, list[str]]:
    """The ids of the linked rows of each row, in the order in which they were linked."""
    mine, theirs = _sides(table, column)
    found: dict[str, list[str]] = {}
    link_id = column.setting("link_id")
    if len(row_ids) > _MANY:
        # Most of the table: cheaper to read all of the link.
        wanted = set(row_ids)
        rows = engine.store.execute(
            f"SELECT {mine}, {theirs} FROM links WHERE base = ? AND link_id = ? ORDER BY position",
            (base.number, link_id),
        )
        pairs = [(row_id, other) for row_id, other in rows if row_id in wanted]
    else:
        pairs = engine.store.execute(
            f"SELECT {mine}, {theirs} FROM links WHERE base = ? AND link_id = ?"
            f" AND {mine} IN (SELECT value FROM json_each(?)) ORDER BY position",
            (base.number, link_id, msgspec.json.encode(list(row_ids)).decode()),
        ).fetchall()
    for row_id, other in pairs:
        found.setdefault(row_id, []).append(other)
    return found


def link_column_of(base: Base, table: Table, link_id: object) -> Column:
    found = base.link_column(table, link_id)
    if found is None:
        raise OperationError("parameter_error", f"link {link_id} not found")
    return found


def change(  # noqa: PLR0913 - the ways of changing differ by keywords
    engine: Engine,
    base: Base,
    table: Table,
    other: Table,
    link_id: object,
    wanted: dict[str, Sequence[str]],
    how: str,
    actor: Actor,
    *,
    alone: bool = False,
) -> None:
    """Add, replace or remove links; `how` is "add", "replace" or "remove".

    Adding a link that exists is an error. Replacing passes over unknown rows of either table in
    silence, unless all of this table's are; for one row `alone` there is another operation.
    """
    if not all(isinstance(others, list) for others in wanted.values()):
        raise OperationError("parameter_error", "other_rows_ids_map invalid")
    column = link_column_of(base, table, link_id)
    mine, theirs = _sides(table, column)
    store = engine.store
    known = set(store.existing_ids(table, wanted))
    asked = list(dict.fromkeys(one for ids in wanted.values() for one in ids))
    present = set(store.existing_ids(other, asked))
    if how == "replace" and not alone:
        if not known:
            raise OperationError("no_valid_rows_exist", "No valid rows exist.")
    elif len(known) < len(wanted) or (how == "add" and len(present) < len(asked)):
        raise row_not_exist()
    for row_id, others in wanted.items():
        if row_id not in known:
            continue
        if how == "replace":
            store.execute(
                f"DELETE FROM links WHERE base = ? AND link_id = ? AND {mine} = ?",
                (base.number, link_id, row_id),
            )
        for other_id in dict.fromkeys(others):
            if how == "remove":
                store.execute(
                    f"DELETE FROM links WHERE base = ? AND link_id = ? AND {mine} = ?"
                    f" AND {theirs} = ?",
                    (base.number, link_id, row_id, other_id),
                )
            elif other_id in present:
                done = store.execute(
                    f"INSERT OR IGNORE INTO links (base, link_id, {mine}, {theirs})"
                    " VALUES (?, ?, ?, ?)",
                    (base.number, link_id, row_id, other_id),
                )
                if not done.rowcount:
                    raise OperationError("link_inserted_exist", "The link inserted is exist.")
    for told in _told(table, other, wanted, how, alone=alone):
        engine.record(base, actor, {**told, "link_id": link_id})


def _told(
    table: Table, other: Table, wanted: dict[str, Sequence[str]], how: str, *, alone: bool
) -> list[dict[str, Any]]:
    """The operations as which the change is logged: they name tables and rows in three ways."""
    if how != "replace":
        return [
            {
                "op_type": f"{how}_link",
                "table1_id": table.id,
                "table2_id": other.id,
                "table1_row_id": row_id,
                "table2_row_id": other_id,
            }
            for row_id, others in wanted.items()
            for other_id in others
        ]
    tables = {"table_id": table.id, "other_table_id": other.id}
    if alone:
        return [
            {"op_type": "update_links", **tables, "row_id": row_id, "other_rows_ids": list(others)}
            for row_id, others in wanted.items()
        ]
    all_others = {row_id: list(others) for row_id, others in wanted.items()}
    return [
        {
            "op_type": "update_rows_links",
            **tables,
            "row_id_list": list(wanted),
            "other_rows_ids_map": all_others,
        }
    ]
