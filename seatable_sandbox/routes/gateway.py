"""The API gateway: `/api-gateway/api/v2/dtables/{uuid}/…`."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import request

from seatable_sandbox.engine import links, stored_rows
from seatable_sandbox.model import ApiError, Base, OperationError, Table, other_table_id
from seatable_sandbox.operations import apply_filters, link_queries, listing, rows, views
from seatable_sandbox.routes.authorization import GATEWAY
from seatable_sandbox.routes.endpoints import (
    APPENDED,
    DELETED,
    UPDATED,
    BaseApi,
    BaseCall,
    BaseEndpoints,
    Endpoints,
)
from seatable_sandbox.routes.helpers import (
    FROM_V1,
    query_flag,
    query_number,
    read_body,
    refuse_invalid_number,
)
from seatable_sandbox.sql import SqlError, execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_sandbox.engine import Actor, Engine
    from seatable_sandbox.routes.context import ServerContext

    SetState = Callable[[Engine, Base, Table, list[str], bool, Actor], object]
    """Puts rows of a table into a state, or out of it."""


def _find_table(call: BaseCall, sent: Any) -> Table:
    try:
        return call.base.table(sent.get("table_name"), sent.get("table_id"))
    except OperationError as error:
        status = call.profile.unknown_table_status
        if status == HTTPStatus.BAD_REQUEST:
            raise
        raise ApiError(status, {"error_message": error.message}) from None


API = BaseApi("/api-gateway/api/v2/dtables/<uuid>", _find_table, GATEWAY)
SERVER_ENDPOINTS = Endpoints()
ENDPOINTS = BaseEndpoints()


@SERVER_ENDPOINTS.route("/api-gateway/api/v2/ping/", "GET")
def ping(context: ServerContext) -> Any:
    del context
    return {"ret": "pong"}


@ENDPOINTS.route("/metadata/", "GET")
def get_metadata(call: BaseCall) -> Any:
    return {"metadata": call.base.metadata()}


# Rows --------------------------------------------------------------------------------------------


@ENDPOINTS.route("/rows/", "GET")
def list_rows(call: BaseCall) -> Any:
    table, most = call.table(request.args), call.profile.list_rows_max
    if call.profile.refuses_invalid_paging:
        refuse_invalid_number("limit", 1)
        refuse_invalid_number("start", 0)
    limit = min(query_number("limit", most, 1), most)
    view = call.requested_view(table)
    start = query_number("start", 0)
    convert_keys = query_flag("convert_keys")
    found = listing.gateway_rows(call.engine, call.base, table, convert_keys, start, limit, view)
    if query_flag(FROM_V1):
        columns = listing.visible_columns(table, view)
        found = listing.redirected_rows(call.engine, call.base, table, found, columns)
    return {"rows": found}


@ENDPOINTS.route("/rows/<row_id>/", "GET")
def get_row(call: BaseCall, row_id: str) -> Any:
    table = call.table(request.args)
    convert_keys = query_flag("convert_keys")
    found = listing.single_row(call.engine, call.base, table, row_id, convert_keys)
    if found is None:
        raise ApiError(404, {"error_message": "row _id not exits"})
    if query_flag(FROM_V1):
        shown = listing.redirected_rows(call.engine, call.base, table, [found], table.columns)
        return shown[0]
    return found


@ENDPOINTS.route("/rows/", "POST", write=True)
def append_rows(call: BaseCall) -> Any:
    sent = read_body()
    table, new_rows = call.table(sent), call.read_batch(sent, APPENDED)
    apply_default = bool(sent.get("apply_default"))
    row_ids = rows.append(
        call.engine, call.base, table, new_rows, call.actor, apply_default=apply_default
    )
    return {
        "inserted_row_count": len(row_ids),
        "row_ids": [{"_id": row_id} for row_id in row_ids],
        "first_row": stored_rows.first_row(call.engine, table, row_ids),
    }


@ENDPOINTS.route("/rows/", "PUT", write=True)
def update_rows(call: BaseCall) -> Any:
    sent = read_body()
    table, updates = call.table(sent), call.read_batch(sent, UPDATED)
    rows.update(call.engine, call.base, table, rows.parse_updates(updates), call.actor)
    return {"success": True}


@ENDPOINTS.route("/rows/", "DELETE", write=True)
def delete_rows(call: BaseCall) -> Any:
    sent = read_body()
    table, row_ids = call.table(sent), call.read_batch(sent, DELETED)
    count = rows.delete(call.engine, call.base, table, row_ids, call.actor)
    return {"deleted_rows": count} if call.profile.delete_counts else {"success": True}


@ENDPOINTS.route("/lock-rows/", "PUT", write=True)
def lock_rows(call: BaseCall) -> Any:
    return _set_state(call, rows.set_locked, True)


@ENDPOINTS.route("/unlock-rows/", "PUT", write=True)
def unlock_rows(call: BaseCall) -> Any:
    return _set_state(call, rows.set_locked, False)


@ENDPOINTS.route("/unarchive/", "POST", write=True)
def unarchive_rows(call: BaseCall) -> Any:
    return _set_state(call, rows.set_archived, False)


def _set_state(call: BaseCall, change: SetState, value: bool) -> Any:
    sent = read_body()
    table, row_ids = call.table(sent), call.read_list(sent, "row_ids")
    change(call.engine, call.base, table, row_ids, value, call.actor)
    return {"success": True}


# SQL ---------------------------------------------------------------------------------------------


@ENDPOINTS.route("/sql/", "POST")
def run_sql(call: BaseCall) -> Any:
    sent = read_body()
    sql = sent.get("sql")
    if not isinstance(sql, str) or not sql:
        raise ApiError(400, {"error_message": "sql invalid"})
    try:
        return execute.run(
            call.engine,
            call.base,
            sql,
            call.actor,
            convert_keys=bool(sent.get("convert_keys")),
            parameters=sent.get("parameters") or (),
            server_only=bool(sent.get("server_only")),
            writable=call.grant.permission == "rw",
        )
    except SqlError as error:
        raise ApiError(400, {"error_message": str(error)}) from None


# Links -------------------------------------------------------------------------------------------


@ENDPOINTS.route("/links/", "POST", write=True)
def add_links(call: BaseCall) -> Any:
    _change_links(call, "add")
    return {"success": True}


@ENDPOINTS.route("/links/", "PUT", write=True)
def replace_links(call: BaseCall) -> Any:
    _change_links(call, "replace")
    return {"success": True}


@ENDPOINTS.route("/links/", "DELETE", write=True)
def remove_links(call: BaseCall) -> Any:
    _change_links(call, "remove")
    # The server says 1 whatever happened.
    return {"deleted_links_count": 1}


def _change_links(call: BaseCall, action: str) -> None:
    sent = read_body()
    linked_ids = sent.get("other_rows_ids_map")
    if not isinstance(linked_ids, dict) or not linked_ids:
        raise ApiError(400, {"error_message": "other_rows_ids_map invalid"})
    table = call.table(sent)
    other = {"table_id": sent.get("other_table_id"), "table_name": sent.get("other_table_name")}
    other_table, link_id = call.table(other), sent.get("link_id")
    linked_ids = apply_filters(
        call.engine, call.base, table, other_table, link_id, linked_ids, action
    )
    links.change(
        call.engine,
        call.base,
        table,
        other_table,
        link_id,
        linked_ids,
        action,
        call.actor,
    )


@ENDPOINTS.route("/query-links/", "POST")
def query_links(call: BaseCall) -> Any:
    sent = read_body()
    table = call.table(sent)
    column = table.column(sent.get("link_column_key") or sent.get("link_column_name"))
    other = call.base.table(table_id=other_table_id(table, column))
    pages = link_queries.parse_pages(call.read_list(sent, "rows"))
    return link_queries.query_links(call.engine, call.base, table, other, column, pages)


# Big data ----------------------------------------------------------------------------------------


@ENDPOINTS.route("/add-archived-rows/", "POST", write=True)
def append_archived_rows(call: BaseCall) -> Any:
    sent = read_body()
    table, new_rows = call.table(sent), call.read_batch(sent, APPENDED)
    call.context.limits.count_big_data_rows(call.base, len(new_rows))
    row_ids = rows.append(call.engine, call.base, table, new_rows, call.actor, archived=True)
    return {"inserted_row_count": len(row_ids)}


@ENDPOINTS.route("/archive-view/", "POST", write=True)
def archive_view(call: BaseCall) -> Any:
    rows.require_big_data(call.base)
    sent = read_body()
    table = call.table(sent)
    if sent.get("view_name"):
        view = views.require_view(table, sent["view_name"])
        row_ids = listing.view_row_ids(call.engine, call.base, table, view)
    else:
        try:
            row_ids = execute.row_ids_where(call.engine, call.base, table, sent.get("where"))
        except SqlError as error:
            raise ApiError(400, {"error_message": str(error)}) from None
    rows.set_archived(call.engine, call.base, table, row_ids, True, call.actor)
    return {"success": True, "error_message": ""}
