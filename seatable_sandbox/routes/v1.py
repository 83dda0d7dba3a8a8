"""dtable-server v1 and dtable-db v1: the generation of the old API documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from seatable_sandbox.engine import documents
from seatable_sandbox.formulas.filters import matching
from seatable_sandbox.model.errors import ApiError, OperationError
from seatable_sandbox.model.store import quoted
from seatable_sandbox.operations import listing
from seatable_sandbox.routes import dtable_db, history, schema_routes, v1_writing
from seatable_sandbox.routes.helpers import Surface, body, flag, redirected, whole_number
from seatable_sandbox.routes.v1_writing import written_table

if TYPE_CHECKING:
    from seatable_sandbox.engine.tokens import Grant
    from seatable_sandbox.http.server import Server
    from seatable_sandbox.model.model import Base, Table

PREFIX = "/dtable-server/api/v1/dtables/<uuid>"
GATEWAY_ROWS = "/api-gateway/api/v2/dtables/{uuid}{path}"


def read_table(grant: Grant, sent: Any) -> Table:
    """The table of a reading request: 404 where it is missing, 400 where none is named."""
    if not sent.get("table_name") and not sent.get("table_id"):
        raise ApiError(400, {"error_msg": "params invalid"})
    try:
        return written_table(grant, sent)
    except OperationError:
        raise ApiError(404, {"error_msg": "table not found"}) from None


def blueprint(server: Server) -> Blueprint:
    """The endpoints."""
    surface = Surface(server, "dtable-server", PREFIX)
    call, profile = surface.call, server.profile

    @surface.routes.get("/dtable-server/ping/")
    def ping() -> Response:
        return Response("pong", content_type="text/plain")

    @call("/metadata/", "GET")
    def metadata(grant: Grant) -> Any:
        found = grant.base.metadata()
        return {"metadata": found if profile.v1_metadata_version else {"tables": found["tables"]}}

    _read_routes(surface)
    v1_writing.add_routes(surface)
    schema_routes.add_routes(call, server.engine, written_table)
    history.add_routes(call, server)
    if profile.deleted_rows_endpoint:
        history.add_deleted_rows(call, server)
    if profile.dtable_db:
        dtable_db.add_routes(server, surface.routes)
    return surface.routes


def _all_ids(server: Server, table: Table) -> list[str]:
    """Rows of the normal backend in manual order; big data is not here."""
    return [
        row[0]
        for row in server.engine.store.execute(
            f"SELECT _id FROM {quoted(table.physical)} WHERE _archived = 0 ORDER BY _seq"
        )
    ]


def _read_routes(surface: Surface) -> None:
    server, call, engine = surface.server, surface.call, surface.server.engine
    profile = server.profile

    def view_of(table: Table) -> dict[str, Any] | None:
        view = listing.requested_view(
            table, request.args.get("view_name"), request.args.get("view_id")
        )
        # The oldest servers show a table as its first view does.
        return table.views[0] if view is None and profile.v1_default_view else view

    def ids_in(grant: Grant, table: Table, view: dict[str, Any] | None) -> list[str]:
        if view is None:
            return _all_ids(server, table)
        return listing.view_row_ids(engine, grant.base, table, view, archived=False)

    @call("/rows/", "GET")
    def list_rows(grant: Grant) -> Any:
        sent_on = redirected(server, GATEWAY_ROWS.format(uuid=grant.base.uuid, path="/rows/"))
        if sent_on is not None:
            return sent_on
        table = read_table(grant, request.args)
        view = view_of(table)
        row_ids = ids_in(grant, table, view)
        if flag("grouping"):
            return _groups(server, grant.base, table, view, row_ids)
        if profile.v1_paging:
            limit = min(whole_number("limit", profile.list_rows_max, 1), profile.list_rows_max)
            if request.args.get("order_by"):
                row_ids = _ordered(server, grant.base, table, row_ids)
            row_ids = row_ids[whole_number("start", 0) :][:limit]
        return {
            "rows": listing.v1_rows(
                engine,
                grant.base,
                table,
                row_ids,
                listing.visible_columns(table, view),
                profile.v1_link_objects and flag("convert_link_id"),
            )
        }

    @call("/filtered-rows/", "GET")
    def filtered_rows(grant: Grant) -> Any:
        table, sent = read_table(grant, request.args), body()
        conjunction = sent.get("filter_conjunction", "And")
        if conjunction not in ("And", "Or"):
            raise ApiError(400, {"error_msg": "filter_conjunction invalid"})
        wanted = sent.get("filters")
        if not isinstance(wanted, list) or not wanted:
            raise ApiError(404, {"error_msg": "filters required."})
        chosen = []
        for rule in wanted:
            column = table.column_named(rule.get("column_name"))
            if column is None:
                raise ApiError(400, {"error_msg": f"column {rule.get('column_name')} not found"})
            chosen.append((column, rule))
        if sum(engine.store.count(one) for one in grant.base.tables) >= profile.filtered_rows_limit:
            raise ApiError(
                413,
                {
                    "error_msg": "The current API only supports the retrieval of Base"
                    f" with less than {profile.filtered_rows_limit} rows."
                },
            )
        view = view_of(table)
        row_ids = matching(
            engine,
            grant.base,
            table,
            chosen,
            conjunction,
            ids_in(grant, table, view),
            grant.actor.user,
        )
        columns = listing.visible_columns(table, view)
        return {"rows": listing.v1_rows(engine, grant.base, table, row_ids, columns)}

    @call("/rows/<row_id>/", "GET")
    def get_row(grant: Grant, row_id: str) -> Any:
        path = f"/rows/{row_id}/"
        sent_on = redirected(server, GATEWAY_ROWS.format(uuid=grant.base.uuid, path=path))
        if sent_on is not None:
            return sent_on
        table = read_table(grant, request.args)
        if flag("convert", True):
            found = listing.v1_rows(engine, grant.base, table, [row_id], table.columns)
        else:
            found = [
                {**documents.document(table, row), "_participants": []}
                for row in documents.raw_rows(engine, table, [row_id])
            ]
        if not found:
            raise ApiError(404, {"error_msg": "row not found"})
        return found[0]


def _ordered(server: Server, base: Base, table: Table, row_ids: list[str]) -> list[str]:
    column = table.column_named(request.args.get("order_by"))
    if column is None:
        raise ApiError(400, {"error_msg": "order_by invalid"})
    down = request.args.get("direction") == "desc"
    view = {
        "filters": [],
        "filter_conjunction": "And",
        "sorts": [{"column_key": column.key, "sort_type": "down" if down else "up"}],
    }
    wanted = set(row_ids)
    found = listing.view_row_ids(server.engine, base, table, view, archived=False)
    return [row_id for row_id in found if row_id in wanted]


def _groups(
    server: Server, base: Base, table: Table, view: dict[str, Any] | None, row_ids: list[str]
) -> dict[str, Any]:
    """Rows of a grouped view, by its first grouping column."""
    keys = [rule.get("column_key") for rule in (view or {}).get("groupbys", [])]
    column = table.column_keyed(keys[0]) if keys else None
    if column is None:
        raise ApiError(400, {"error_msg": "table not support group"})
    groups: dict[str, dict[str, Any]] = {}
    for row in listing.v1_rows(server.engine, base, table, row_ids, table.columns):
        value = row.get(column.name)
        group = groups.setdefault(
            str(value),
            {"column_name": column.name, "column_key": column.key, "cell_value": value, "rows": []},
        )
        group["rows"].append(row)
    return {"groups": list(groups.values())}
