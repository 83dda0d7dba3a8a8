"""Writing rows and links with dtable-server v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.engine import links, stored_rows
from seatable_sandbox.model import ApiError, OperationError, row_not_exist
from seatable_sandbox.operations import apply_filters, rows
from seatable_sandbox.routes.endpoints import APPENDED, DELETED, UPDATED, BaseCall, BaseEndpoints
from seatable_sandbox.routes.helpers import read_body

if TYPE_CHECKING:
    from seatable_sandbox.model import Table

ENDPOINTS = BaseEndpoints()

NORMAL_STORAGE = " AND _archived = 0"
"""Rows in big data storage do not exist for dtable-server; dtable-db has calls for them."""


@ENDPOINTS.route("/rows/", "POST", write=True)
def append_row(call: BaseCall) -> Any:
    sent = read_body()
    table, row = call.table(sent), sent.get("row")
    if not isinstance(row, dict):
        raise ApiError(400, {"error_msg": "row invalid"})
    anchor = sent.get("anchor_row_id")
    above = anchor if sent.get("row_insert_position") == "insert_above" else None
    if not any(table.column_by_name(name) for name in row):
        # A row without a known column becomes an empty row here.
        row = {table.columns[0].name: None}
    row_ids = rows.append(
        call.engine,
        call.base,
        table,
        [row],
        call.actor,
        above=above,
        below=None if above else anchor,
        apply_default=bool(sent.get("apply_default")),
        single=True,
    )
    if not call.profile.append_answers_row:
        return {"success": True}
    found = stored_rows.first_row(call.engine, table, row_ids) or {}
    return {key: value for key, value in found.items() if key not in ("_ctime", "_mtime")}


@ENDPOINTS.route("/batch-append-rows/", "POST", write=True)
def append_rows(call: BaseCall) -> Any:
    sent = read_body()
    try:
        table = call.table(sent)
    except OperationError as error:
        raise ApiError(404, {"error_msg": error.message}) from None
    new_rows = call.read_batch(sent, APPENDED)
    apply_default = bool(sent.get("apply_default"))
    row_ids = rows.append(
        call.engine, call.base, table, new_rows, call.actor, apply_default=apply_default
    )
    result: dict[str, Any] = {"inserted_row_count": len(row_ids)}
    if call.profile.batch_append_returns_ids:
        result["row_ids"] = [{"_id": row_id} for row_id in row_ids]
        result["first_row"] = stored_rows.first_row(call.engine, table, row_ids)
    return result


@ENDPOINTS.route("/rows/", "PUT", write=True)
def update_row(call: BaseCall) -> Any:
    sent = read_body()
    table, row_id = call.table(sent), str(sent.get("row_id"))
    if not call.context.store.existing_ids(table, [row_id], NORMAL_STORAGE):
        raise row_not_exist()
    updates = [(row_id, sent.get("row"))]
    rows.update(call.engine, call.base, table, updates, call.actor, single=True)
    return {"success": True}


@ENDPOINTS.route("/batch-update-rows/", "PUT", write=True, needs="batch_update_rows")
def update_rows(call: BaseCall) -> Any:
    sent = read_body()
    table = call.table(sent)
    updates = rows.parse_updates(call.read_batch(sent, UPDATED))
    row_ids = {row_id for row_id, _ in updates}
    if len(call.context.store.existing_ids(table, row_ids, NORMAL_STORAGE)) < len(row_ids):
        message = "The modified rows do not exist."
        raise OperationError("modified_rows_do_not_exist", message)
    rows.update(call.engine, call.base, table, updates, call.actor)
    return {"success": True}


@ENDPOINTS.route("/rows/", "DELETE", write=True)
def delete_row(call: BaseCall) -> Any:
    sent = read_body()
    return _delete(call, call.table(sent), [sent.get("row_id")], single=True)


@ENDPOINTS.route("/batch-delete-rows/", "DELETE", write=True)
def delete_rows(call: BaseCall) -> Any:
    sent = read_body()
    table = call.table(sent)
    return _delete(call, table, call.read_batch(sent, DELETED), single=False)


def _delete(call: BaseCall, table: Table, row_ids: list[Any], *, single: bool) -> Any:
    known = call.context.store.existing_ids(table, row_ids, NORMAL_STORAGE)
    if any(row_id not in known for row_id in row_ids) and call.profile.delete_missing_is_500:
        # What the old server answers when it throws.
        raise ApiError(500, "Internal Server Error\n")
    count = rows.delete(call.engine, call.base, table, known, call.actor, single=single)
    return {"deleted_rows": count} if call.profile.delete_counts else {"success": True}


@ENDPOINTS.route("/lock-rows/", "PUT", write=True)
def lock_rows(call: BaseCall) -> Any:
    return _set_locked(call, True)


@ENDPOINTS.route("/unlock-rows/", "PUT", write=True)
def unlock_rows(call: BaseCall) -> Any:
    return _set_locked(call, False)


def _set_locked(call: BaseCall, locked: bool) -> Any:
    sent = read_body()
    table, row_ids = call.table(sent), sent.get("row_ids") or []
    rows.set_locked(call.engine, call.base, table, row_ids, locked, call.actor)
    return {"success": True}


# Links -------------------------------------------------------------------------------------------


@ENDPOINTS.route("/links/", "POST", write=True)
def add_link(call: BaseCall) -> Any:
    return _change_links(call, "add")


@ENDPOINTS.route("/links/", "PUT", write=True)
def replace_links(call: BaseCall) -> Any:
    return _change_links(call, "replace", single=True)


@ENDPOINTS.route("/batch-update-links/", "PUT", write=True)
def batch_replace_links(call: BaseCall) -> Any:
    return _change_links(call, "replace")


@ENDPOINTS.route("/links/", "DELETE", write=True)
def remove_link(call: BaseCall) -> Any:
    return _change_links(call, "remove")


def _change_links(call: BaseCall, action: str, *, single: bool = False) -> Any:
    sent = read_body()
    table, other = _find_linked_tables(call, sent)
    linked_ids = apply_filters(
        call.engine, call.base, table, other, sent.get("link_id"), _read_linked_ids(sent), action
    )
    links.change(
        call.engine,
        call.base,
        table,
        other,
        sent.get("link_id"),
        linked_ids,
        action,
        call.actor,
        single=single,
    )
    return {"success": True}


def _read_linked_ids(sent: dict[str, Any]) -> dict[Any, Any]:
    """The ids of linked rows by row id, of a request for many rows or for one."""
    if "other_rows_ids" in sent and not sent["other_rows_ids"]:
        return {sent.get("row_id"): []}
    by_row: dict[Any, Any] | None = sent.get("other_rows_ids_map")
    row_id = sent.get("table_row_id") or sent.get("row_id")
    linked_ids = sent.get("other_rows_ids") or [sent.get("other_table_row_id")]
    return by_row or {row_id: linked_ids}


def _find_linked_tables(call: BaseCall, sent: dict[str, Any]) -> tuple[Table, Table]:
    names = (sent.get("table_name"), sent.get("other_table_name"))
    ids = (sent.get("table_id"), sent.get("other_table_id"))
    table, other = (
        call.base.table_by_id(table_id) or call.base.table_by_name(name)
        for table_id, name in zip(ids, names, strict=True)
    )
    if table is None or other is None:
        raise OperationError("table_not_exist", f"table {names[0]} or {names[1]} not found")
    return table, other
