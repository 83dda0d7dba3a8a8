"""dtable-server v1 and dtable-db v1: the generation of the old API documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from . import dtable_db, links, listing, logs, rows, structure
from .errors import ApiError, OperationError
from .filters import matching
from .store import quoted
from .surface import Surface
from .web import body, flag, whole_number

if TYPE_CHECKING:
    from .access import Grant
    from .model import Base, Table
    from .server import Server

PREFIX = "/dtable-server/api/v1/dtables/<uuid>"
GATEWAY_ROWS = "/api-gateway/api/v2/dtables/{uuid}{path}"


def crash() -> ApiError:
    """What the old server says where it throws."""
    return ApiError(500, "Internal Server Error\n")


def written_table(grant: Grant, sent: Any) -> Table:
    """The table of a writing request: 400 with an error type where it is missing."""
    return grant.base.table(sent.get("table_name"), sent.get("table_id"))


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
    _write_routes(surface)
    _link_routes(surface)
    structure.add_routes(call, server.engine, written_table)
    logs.add_routes(call, server)
    if profile.deleted_rows_endpoint:
        logs.add_deleted_rows(call, server)
    if profile.dtable_db:
        dtable_db.add_routes(server, surface.routes)
    return surface.routes


def redirect(server: Server, path: str) -> Response | None:
    """SeaTable Cloud 5.0 sent v1 reads to the gateway; a POST becomes a GET on the way."""
    if not server.profile.redirects_v1_reads:
        return None
    query = request.query_string.decode()
    location = server.url + path + (f"?{query}" if query else "")
    return Response(b"", 302, {"Location": location}, content_type="text/html")


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
        sent_on = redirect(server, GATEWAY_ROWS.format(uuid=grant.base.uuid, path="/rows/"))
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
                flag("convert_link_id"),
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
        sent_on = redirect(server, GATEWAY_ROWS.format(uuid=grant.base.uuid, path=path))
        if sent_on is not None:
            return sent_on
        table = read_table(grant, request.args)
        if flag("convert", True):
            found = listing.v1_rows(engine, grant.base, table, [row_id], table.columns)
        else:
            found = [
                {**rows.document(table, row), "_participants": []}
                for row in rows.raw_rows(engine, table, [row_id])
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


def _write_routes(surface: Surface) -> None:
    call, engine, profile = surface.call, surface.server.engine, surface.server.profile

    @call("/rows/", "POST", write=True)
    def append_row(grant: Grant) -> Any:
        sent = body()
        table, row = written_table(grant, sent), sent.get("row")
        if not isinstance(row, dict):
            raise ApiError(400, {"error_msg": "row invalid"})
        anchor = sent.get("anchor_row_id")
        above = anchor if sent.get("row_insert_position") == "insert_above" else None
        if not any(table.column_named(name) for name in row):
            # A row without a known column becomes an empty row here.
            row = {table.columns[0].name: None}
        made = rows.append(
            engine,
            grant.base,
            table,
            [row],
            grant.actor,
            above=above,
            below=None if above else anchor,
            apply_default=bool(sent.get("apply_default")),
        )
        if not profile.append_answers_row:
            return {"success": True}
        found = rows.document(table, rows.raw_rows(engine, table, made)[0])
        return {key: value for key, value in found.items() if key not in ("_ctime", "_mtime")}

    @call("/batch-append-rows/", "POST", write=True)
    def append_rows(grant: Grant) -> Any:
        sent = body()
        try:
            table = written_table(grant, sent)
        except OperationError as error:
            raise ApiError(404, {"error_msg": error.message}) from None
        wanted = _list(
            sent,
            "rows",
            profile.append_max,
            "batch_append_rows_exceeds_limit",
            "Batch append of rows exceeds limit",
        )
        made = rows.append(
            engine,
            grant.base,
            table,
            wanted,
            grant.actor,
            apply_default=bool(sent.get("apply_default")),
        )
        result: dict[str, Any] = {"inserted_row_count": len(made)}
        if profile.batch_append_returns_ids:
            first = rows.raw_rows(engine, table, made[:1])
            result["row_ids"] = [{"_id": row_id} for row_id in made]
            result["first_row"] = rows.document(table, first[0]) if first else None
        return result

    @call("/rows/", "PUT", write=True)
    def update_row(grant: Grant) -> Any:
        sent = body()
        table, row_id = written_table(grant, sent), sent.get("row_id")
        if not engine.store.existing_ids(table, [row_id]):
            raise OperationError("row_not_exist", "Row does not exist.")
        rows.update(engine, grant.base, table, [(row_id, sent.get("row"))], grant.actor)
        return {"success": True}

    if profile.batch_update_rows:

        @call("/batch-update-rows/", "PUT", write=True)
        def update_rows(grant: Grant) -> Any:
            sent = body()
            table = written_table(grant, sent)
            wanted = _list(
                sent,
                "updates",
                profile.update_max,
                "batch_update_rows_exceeds_limit",
                "Batch update of rows exceeds limit",
            )
            changes = [(item.get("row_id"), item.get("row")) for item in wanted]
            rows.update(engine, grant.base, table, changes, grant.actor)
            return {"success": True}

    def delete(grant: Grant, table: Table, row_ids: list[Any]) -> Any:
        missing = len(engine.store.existing_ids(table, row_ids)) < len(set(row_ids))
        if missing and profile.delete_missing_is_500:
            raise crash()
        count = rows.delete(engine, grant.base, table, row_ids, grant.actor)
        return {"deleted_rows": count} if profile.delete_counts else {"success": True}

    @call("/rows/", "DELETE", write=True)
    def delete_row(grant: Grant) -> Any:
        sent = body()
        return delete(grant, written_table(grant, sent), [sent.get("row_id")])

    @call("/batch-delete-rows/", "DELETE", write=True)
    def delete_rows(grant: Grant) -> Any:
        sent = body()
        table = written_table(grant, sent)
        wanted = _list(
            sent,
            "row_ids",
            profile.delete_max,
            "batch_delete_rows_exceeds_limit",
            "Batch deletion of rows exceeds limit",
        )
        return delete(grant, table, wanted)

    for path, locked in (("/lock-rows/", True), ("/unlock-rows/", False)):

        @call(path, "PUT", write=True)
        def lock(grant: Grant, locked: bool = locked) -> Any:
            sent = body()
            rows.set_locked(
                engine,
                grant.base,
                written_table(grant, sent),
                sent.get("row_ids") or [],
                locked,
                grant.actor,
            )
            return {"success": True}


def _list(sent: dict[str, Any], name: str, most: int, error_type: str, message: str) -> list[Any]:
    found = sent.get(name)
    if not isinstance(found, list) or not found:
        raise ApiError(400, {"error_msg": f"{name} invalid"})
    if len(found) > most:
        raise OperationError(error_type, f"{message} {most}")
    return found


def _link_routes(surface: Surface) -> None:
    call, engine = surface.call, surface.server.engine

    def both(grant: Grant, sent: dict[str, Any]) -> tuple[Table, Table]:
        names = (sent.get("table_name"), sent.get("other_table_name"))
        found = [
            grant.base.table_with_id(sent.get(key)) or grant.base.table_named(name)
            for key, name in zip(("table_id", "other_table_id"), names)
        ]
        if found[0] is None or found[1] is None:
            raise OperationError("table_not_exist", f"table {names[0]} or {names[1]} not found")
        return found[0], found[1]

    def change(grant: Grant, how: str) -> Any:
        sent = body()
        table, other = both(grant, sent)
        wanted = sent.get("other_rows_ids_map") or {
            sent.get("table_row_id") or sent.get("row_id"): sent.get("other_rows_ids")
            or [sent.get("other_table_row_id")]
        }
        if "other_rows_ids" in sent and not sent["other_rows_ids"]:
            wanted = {sent.get("row_id"): []}
        links.change(
            engine, grant.base, table, other, sent.get("link_id"), wanted, how, grant.actor
        )
        return {"success": True}

    @call("/links/", "POST", write=True)
    def add_link(grant: Grant) -> Any:
        return change(grant, "add")

    @call("/links/", "PUT", write=True)
    def replace_links(grant: Grant) -> Any:
        return change(grant, "replace")

    @call("/batch-update-links/", "PUT", write=True)
    def batch_replace_links(grant: Grant) -> Any:
        return change(grant, "replace")

    @call("/links/", "DELETE", write=True)
    def remove_link(grant: Grant) -> Any:
        return change(grant, "remove")
