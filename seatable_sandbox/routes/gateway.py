"""The API gateway: `/api-gateway/api/v2/dtables/{uuid}/…`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from seatable_sandbox.engine import documents, links
from seatable_sandbox.model.errors import ApiError, OperationError
from seatable_sandbox.model.model import Table, other_table_id
from seatable_sandbox.operations import link_queries, listing, rows
from seatable_sandbox.routes import history, schema_routes
from seatable_sandbox.routes.helpers import Surface, answer, base_grant, body, flag, whole_number
from seatable_sandbox.sql import execute
from seatable_sandbox.sql.dialect import SqlError

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_sandbox.engine.engine import Actor, Engine
    from seatable_sandbox.engine.tokens import Grant
    from seatable_sandbox.http.server import Server
    from seatable_sandbox.model.model import Base

    #: Sets some rows of a table into a state, or out of it.
    Marking = Callable[[Engine, Base, Table, list[str], bool, Actor], object]

PREFIX = "/api-gateway/api/v2/dtables/<uuid>"


def blueprint(server: Server) -> Blueprint:
    """The endpoints."""
    surface = Surface(server, "gateway", PREFIX)
    call, routes = surface.call, surface.routes
    engine = server.engine
    store, profile = engine.store, server.profile

    @routes.get("/api-gateway/api/v2/ping/")
    def ping() -> Response:
        return answer({"ret": "pong"})

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
        view = listing.requested_view(
            table, request.args.get("view_name"), request.args.get("view_id")
        )
        return {
            "rows": listing.gateway_rows(
                engine,
                grant.base,
                table,
                flag("convert_keys"),
                whole_number("start", 0),
                limit,
                view,
            )
        }

    @call("/rows/<row_id>/", "GET")
    def get_row(grant: Grant, row_id: str) -> Any:
        table = table_of(grant, request.args)
        found = listing.single_row(engine, grant.base, table, row_id, flag("convert_keys"))
        if found is None:
            raise ApiError(404, {"error_message": "row _id not exits"})
        return found

    @call("/rows/", "POST", write=True)
    def append_rows(grant: Grant) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), listed(sent, "rows")
        if len(wanted) > profile.append_max:
            raise OperationError(
                "batch_append_rows_exceeds_limit",
                f"Batch append of rows exceeds limit {profile.append_max}",
            )
        made = rows.append(
            engine,
            grant.base,
            table,
            wanted,
            grant.actor,
            apply_default=bool(sent.get("apply_default")),
        )
        first = documents.raw_rows(engine, table, made[:1])
        return {
            "inserted_row_count": len(made),
            "row_ids": [{"_id": row_id} for row_id in made],
            "first_row": documents.document(table, first[0]) if first else None,
        }

    @call("/rows/", "PUT", write=True)
    def update_rows(grant: Grant) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), listed(sent, "updates")
        if len(wanted) > profile.update_max:
            raise OperationError(
                "batch_update_rows_exceeds_limit",
                f"Batch update of rows exceeds limit {profile.update_max}",
            )
        changes = rows.pairs(wanted)
        rows.update(engine, grant.base, table, changes, grant.actor)
        return {"success": True}

    @call("/rows/", "DELETE", write=True)
    def delete_rows(grant: Grant) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), listed(sent, "row_ids")
        if len(wanted) > profile.delete_max:
            raise OperationError(
                "batch_delete_rows_exceeds_limit",
                f"Batch deletion of rows exceeds limit {profile.delete_max}",
            )
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
                result = execute.run(
                    engine,
                    grant.base,
                    text,
                    grant.actor,
                    convert_keys=bool(sent.get("convert_keys")),
                    parameters=sent.get("parameters") or (),
                    server_only=bool(sent.get("server_only")),
                    writable=grant.permission == "rw",
                )
        except SqlError as error:
            raise ApiError(400, {"error_message": str(error)}) from None
        response = answer(result)
        response.headers.extend(server.limits.headers(grant.base))
        return response

    routes.add_url_rule(PREFIX + "/sql/", "sql", run_sql, methods=["POST"])

    def other_table(grant: Grant, sent: dict[str, Any]) -> Table:
        return table_of(
            grant,
            {"table_id": sent.get("other_table_id"), "table_name": sent.get("other_table_name")},
        )

    def change_links(grant: Grant, how: str) -> None:
        sent = body()
        wanted = sent.get("other_rows_ids_map")
        if not isinstance(wanted, dict) or not wanted:
            raise ApiError(400, {"error_message": "other_rows_ids_map invalid"})
        links.change(
            engine,
            grant.base,
            table_of(grant, sent),
            other_table(grant, sent),
            sent.get("link_id"),
            wanted,
            how,
            grant.actor,
        )

    @call("/links/", "POST", write=True)
    def add_links(grant: Grant) -> Any:
        change_links(grant, "add")
        return {"success": True}

    @call("/links/", "PUT", write=True)
    def replace_links(grant: Grant) -> Any:
        change_links(grant, "replace")
        return {"success": True}

    @call("/links/", "DELETE", write=True)
    def remove_links(grant: Grant) -> Any:
        change_links(grant, "remove")
        # The server says 1 whatever happened.
        return {"deleted_links_count": 1}

    @call("/query-links/", "POST")
    def query_links(grant: Grant) -> Any:
        sent = body()
        table = table_of(grant, sent)
        column = table.column(sent.get("link_column_key") or sent.get("link_column_name"))
        other = grant.base.table(table_id=other_table_id(table, column))
        asked = link_queries.asked(listed(sent, "rows"))
        return link_queries.query(engine, grant.base, table, other, column, asked)

    schema_routes.add_routes(call, engine, table_of)
    history.add_routes(call, server)
    if profile.deleted_rows_endpoint:
        history.add_deleted_rows(call, server)

    # Rows: locks and big data -------------------------------------------------------------------

    def mark(
        grant: Grant,
        change: Callable[[Engine, Base, Table, list[str], bool, Actor], object],
        *,
        to: bool,
    ) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), listed(sent, "row_ids")
        change(engine, grant.base, table, wanted, to, grant.actor)
        return {"success": True}

    @call("/lock-rows/", "PUT", write=True)
    def lock_rows(grant: Grant) -> Any:
        return mark(grant, rows.set_locked, to=True)

    @call("/unlock-rows/", "PUT", write=True)
    def unlock_rows(grant: Grant) -> Any:
        return mark(grant, rows.set_locked, to=False)

    @call("/add-archived-rows/", "POST", write=True)
    def add_archived_rows(grant: Grant) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), listed(sent, "rows")
        if len(wanted) > profile.append_max:
            raise OperationError(
                "batch_append_rows_exceeds_limit",
                f"Batch append of rows exceeds limit {profile.append_max}",
            )
        made = rows.append(engine, grant.base, table, wanted, grant.actor, archived=True)
        return {"inserted_row_count": len(made)}

    @call("/archive-view/", "POST", write=True)
    def archive_view(grant: Grant) -> Any:
        rows.require_big_data(grant.base)
        sent = body()
        table = table_of(grant, sent)
        if sent.get("view_name"):
            view = listing.requested_view(table, sent["view_name"], None)
            wanted = listing.view_row_ids(engine, grant.base, table, view or {})
        else:
            try:
                wanted = execute.row_ids_where(engine, grant.base, table, sent.get("where"))
            except SqlError as error:
                raise ApiError(400, {"error_message": str(error)}) from None
        rows.set_archived(engine, grant.base, table, wanted, True, grant.actor)
        return {"success": True, "error_message": ""}

    @call("/unarchive/", "POST", write=True)
    def unarchive(grant: Grant) -> Any:
        return mark(grant, rows.set_archived, to=False)

    return routes


def listed(sent: dict[str, Any], name: str) -> list[Any]:
    """A list of a request's body."""
    found = sent.get(name)
    if not isinstance(found, list) or not found:
        raise ApiError(400, {"error_message": f"{name} invalid"})
    return found
