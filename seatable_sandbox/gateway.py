"""The API gateway: `/api-gateway/api/v2/dtables/{uuid}/…`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from . import rows, sql, tables
from .access import Grant
from .errors import ApiError, OperationError
from .listing import gateway_rows, single_row
from .model import Table
from .sql_dialect import SqlError
from .web import answer, base_grant, body, flag, require_write, whole_number

if TYPE_CHECKING:
    from .server import Server

PREFIX = "/api-gateway/api/v2/dtables/<uuid>"


def blueprint(server: Server) -> Blueprint:
    """The endpoints."""
    routes = Blueprint("gateway", __name__)
    engine = server.engine
    store, profile = engine.store, server.profile

    @routes.get("/api-gateway/api/v2/ping/")
    def ping() -> Response:
        return answer({"ret": "pong"})

    def call(
        path: str, *methods: str, write: bool = False
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """A base endpoint: checks the token, holds the store, counts against the limit."""

        def register(handle: Callable[..., Any]) -> Callable[..., Any]:
            def view(uuid: str, **arguments: Any) -> Response:
                with store.lock:
                    grant = base_grant(server, uuid, "gateway")
                    if write:
                        require_write(grant, "gateway")
                    with store.transaction():
                        response = answer_of(handle(grant, **arguments))
                    response.headers.extend(server.limits.headers(grant.base))
                    return response

            routes.add_url_rule(PREFIX + path, handle.__name__, view, methods=methods)
            return handle

        return register

    def answer_of(result: Any) -> Response:
        return result if isinstance(result, Response) else answer(result)

    def table_of(grant: Grant, sent: Any) -> Table:
        """The table of a request, by id or by name."""
        try:
            return grant.base.table(sent.get("table_name"), sent.get("table_id"))
        except OperationError as error:
            raise ApiError(404, {"error_message": error.message}) from None

    @call("/metadata/", "GET")
    def metadata(grant: Grant) -> Any:
        return {"metadata": grant.base.metadata()}

    @call("/rows/", "GET")
    def list_rows(grant: Grant) -> Any:
        table = table_of(grant, request.args)
        limit = min(whole_number("limit", profile.list_rows_max, 1), profile.list_rows_max)
        return {"rows": gateway_rows(
            engine, grant.base, table, flag("convert_keys"), whole_number("start", 0), limit,
            request.args.get("view_name"), request.args.get("view_id"))}

    @call("/rows/<row_id>/", "GET")
    def get_row(grant: Grant, row_id: str) -> Any:
        table = table_of(grant, request.args)
        found = single_row(engine, grant.base, table, row_id, flag("convert_keys"))
        if found is None:
            raise ApiError(404, {"error_message": "row _id not exits"})
        return found

    @call("/rows/", "POST", write=True)
    def append_rows(grant: Grant) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), listed(sent, "rows")
        if len(wanted) > profile.append_max:
            raise OperationError("batch_append_rows_exceeds_limit",
                                 f"Batch append of rows exceeds limit {profile.append_max}")
        made = rows.append(engine, grant.base, table, wanted, grant.actor,
                           apply_default=bool(sent.get("apply_default")))
        first = rows.raw_rows(engine, table, made[:1])
        return {
            "inserted_row_count": len(made),
            "row_ids": [{"_id": row_id} for row_id in made],
            "first_row": rows.document(table, first[0]) if first else None,
        }

    @call("/rows/", "PUT", write=True)
    def update_rows(grant: Grant) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), listed(sent, "updates")
        if len(wanted) > profile.update_max:
            raise OperationError("batch_update_rows_exceeds_limit",
                                 f"Batch update of rows exceeds limit {profile.update_max}")
        changes = [(item.get("row_id"), item.get("row")) for item in wanted]
        rows.update(engine, grant.base, table, changes, grant.actor)
        return {"success": True}

    @call("/rows/", "DELETE", write=True)
    def delete_rows(grant: Grant) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), listed(sent, "row_ids")
        if len(wanted) > profile.delete_max:
            raise OperationError("batch_delete_rows_exceeds_limit",
                                 f"Batch deletion of rows exceeds limit {profile.delete_max}")
        count = rows.delete(engine, grant.base, table, wanted, grant.actor)
        return {"deleted_rows": count} if profile.delete_counts else {"success": True}

    def run_sql(uuid: str) -> Response:
        grant = base_grant(server, uuid, "gateway")
        sent = body()
        text = sent.get("sql")
        if not isinstance(text, str) or not text:
            raise ApiError(400, {"error_message": "sql invalid"})
        try:
            with store.transaction():
                result = sql.run(
                    engine, grant.base, text, grant.actor,
                    convert_keys=bool(sent.get("convert_keys")),
                    parameters=sent.get("parameters") or (),
                    server_only=bool(sent.get("server_only")),
                    writable=grant.permission == "rw")
        except SqlError as error:
            raise ApiError(400, {"error_message": str(error)}) from None
        response = answer(result)
        response.headers.extend(server.limits.headers(grant.base))
        return response

    routes.add_url_rule(PREFIX + "/sql/", "sql", run_sql, methods=["POST"])

    @call("/tables/", "POST", write=True)
    def create_table(grant: Grant) -> Any:
        sent = body()
        table = tables.create_table(engine, grant.base, sent.get("table_name"),
                                    sent.get("columns") or [], grant.actor)
        return {**table.as_json(), "rows": [], "id_row_map": {}}

    @call("/tables/", "PUT", write=True)
    def rename_table(grant: Grant) -> Any:
        sent = body()
        table = table_of(grant, sent)
        tables.rename_table(engine, grant.base, table, sent.get("new_table_name"), grant.actor)
        return {"success": True}

    @call("/tables/", "DELETE", write=True)
    def delete_table(grant: Grant) -> Any:
        tables.delete_table(engine, grant.base, table_of(grant, body()), grant.actor)
        return {"success": True}

    return routes


def listed(sent: dict[str, Any], name: str) -> list[Any]:
    """A list of a request's body."""
    found = sent.get(name)
    if not isinstance(found, list) or not found:
        raise ApiError(400, {"error_message": f"{name} invalid"})
    return found
