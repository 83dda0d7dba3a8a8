"""dtable-db v1: SQL, linked records and big data of servers before the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.model import ApiError, OperationError, other_table_id
from seatable_sandbox.operations import link_queries, rows
from seatable_sandbox.routes.endpoints import BaseApi, BaseCall, BaseEndpoints, Endpoints
from seatable_sandbox.routes.helpers import read_body, redirect_to_gateway
from seatable_sandbox.routes.v1.api import find_table
from seatable_sandbox.sql import SqlError, execute

if TYPE_CHECKING:
    from seatable_sandbox.model import Table
    from seatable_sandbox.routes.context import ServerContext

API = BaseApi("/dtable-db/api/v1", find_table, shows_limits=False)
SERVER_ENDPOINTS = Endpoints()
ENDPOINTS = BaseEndpoints()


@SERVER_ENDPOINTS.route("/dtable-db/ping/", "GET")
def ping(context: ServerContext) -> Any:
    del context
    return {"ret": "pong"}


@ENDPOINTS.route("/query/<uuid>/", "POST")
def run_sql(call: BaseCall) -> Any:
    path = f"/api-gateway/api/v2/dtables/{call.base.uuid}/sql/"
    redirect = redirect_to_gateway(call.context, path)
    if redirect is not None:
        return redirect
    sent = read_body()
    try:
        return execute.run(
            call.engine,
            call.base,
            str(sent.get("sql") or ""),
            call.actor,
            convert_keys=bool(sent.get("convert_keys")),
            parameters=sent.get("parameters") or (),
            writable=call.grant.permission == "rw",
        )
    except SqlError as error:
        # A failure with status 200; raised, so that nothing of the statement is kept.
        refusal = {"error_message": str(error), "metadata": None, "results": None}
        raise ApiError(200, {"success": False, **refusal}) from None


@ENDPOINTS.route("/linked-records/<uuid>/", "POST")
def query_links(call: BaseCall) -> Any:
    sent = read_body()
    try:
        table = call.base.table(table_id=sent.get("table_id"))
    except OperationError as error:
        raise ApiError(400, {"error_message": error.message}) from None
    column = table.column_by_key(sent.get("link_column"))
    if column is None or column.type != "link":
        raise ApiError(400, {"error_message": "link_column invalid"})
    other = call.base.table(table_id=other_table_id(table, column))
    pages = link_queries.parse_pages(sent.get("rows") or [])
    return link_queries.query_links(call.engine, call.base, table, other, column, pages)


@ENDPOINTS.route("/insert-rows/<uuid>/", "POST", write=True)
def insert_rows(call: BaseCall) -> Any:
    sent = read_body()
    table, new_rows = call.table(sent), sent.get("rows") or []
    call.context.limits.count_big_data_rows(call.base, len(new_rows))
    row_ids = rows.append(call.engine, call.base, table, new_rows, call.actor, archived=True)
    return {"inserted_row_count": len(row_ids)}


@ENDPOINTS.route("/update-rows/<uuid>/", "PUT", write=True)
def update_rows(call: BaseCall) -> Any:
    sent = read_body()
    table = call.table(sent)
    changes = dict(rows.parse_updates(sent.get("updates") or []))
    row_ids = _archived_ids(call, table, list(changes))
    if row_ids:
        updates = [(row_id, changes[row_id]) for row_id in row_ids]
        rows.update(call.engine, call.base, table, updates, call.actor)
    return {"success": True}


@ENDPOINTS.route("/delete-rows/<uuid>/", "DELETE", write=True)
def delete_rows(call: BaseCall) -> Any:
    sent = read_body()
    table = call.table(sent)
    row_ids = _archived_ids(call, table, sent.get("row_ids") or [])
    return {"deleted_rows": rows.delete(call.engine, call.base, table, row_ids, call.actor)}


def _archived_ids(call: BaseCall, table: Table, row_ids: list[Any]) -> list[str]:
    """Those of the rows that are in big data storage; dtable-db changes no others."""
    return call.context.store.existing_ids(table, row_ids, " AND _archived = 1")


@ENDPOINTS.route("/base-info/<uuid>/", "GET")
def get_base_info(call: BaseCall) -> Any:
    count = call.context.store.count
    tables: list[dict[str, Any]] = [
        {"id": table.id, "name": table.name, "rows": count(table, archived=1)}
        for table in call.base.tables
    ]
    row_count = sum(table["rows"] for table in tables)
    return {"id": call.base.uuid, "tables": tables, "rows": row_count}
