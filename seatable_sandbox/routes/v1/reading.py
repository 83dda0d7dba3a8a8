"""Reading rows with dtable-server v1: the generation of the old API documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from seatable_sandbox.engine import stored_rows
from seatable_sandbox.formulas import filter_rows
from seatable_sandbox.model import ApiError, OperationError, quote
from seatable_sandbox.operations import listing
from seatable_sandbox.routes.endpoints import BaseCall, BaseEndpoints, Endpoints
from seatable_sandbox.routes.helpers import (
    query_flag,
    query_number,
    read_body,
    redirect_to_gateway,
)

if TYPE_CHECKING:
    from seatable_sandbox.model import Column, Table
    from seatable_sandbox.routes.context import ServerContext

SERVER_ENDPOINTS = Endpoints()
ENDPOINTS = BaseEndpoints()


@SERVER_ENDPOINTS.route("/dtable-server/ping/", "GET")
def ping(context: ServerContext) -> Any:
    del context
    return Response("pong", content_type="text/plain")


@ENDPOINTS.route("/metadata/", "GET")
def get_metadata(call: BaseCall) -> Any:
    found = call.base.metadata()
    has_version = call.profile.v1_metadata_version
    return {"metadata": found if has_version else {"tables": found["tables"]}}


@ENDPOINTS.route("/rows/", "GET")
def list_rows(call: BaseCall) -> Any:
    redirect = _redirect(call, "/rows/")
    if redirect is not None:
        return redirect
    table = _find_table(call, request.args)
    view = _find_view(call, table)
    row_ids = _list_ids(call, table, view)
    if query_flag("grouping"):
        return _group_rows(call, table, view, row_ids)
    if call.profile.v1_paging:
        most = call.profile.list_rows_max
        limit = min(query_number("limit", most, 1), most)
        if request.args.get("order_by"):
            row_ids = _sort_ids(call, table, row_ids)
        row_ids = row_ids[query_number("start", 0) :][:limit]
    columns = listing.visible_columns(table, view)
    link_objects = call.profile.v1_link_objects and query_flag("convert_link_id")
    found = listing.v1_rows(call.engine, call.base, table, row_ids, columns, link_objects)
    return {"rows": found}


@ENDPOINTS.route("/filtered-rows/", "GET")
def filter_table(call: BaseCall) -> Any:
    table, sent = _find_table(call, request.args), read_body()
    conjunction = sent.get("filter_conjunction", "And")
    if conjunction not in ("And", "Or"):
        raise ApiError(400, {"error_msg": "filter_conjunction invalid"})
    filters = _read_filters(table, sent)
    row_count = sum(call.context.store.count(table) for table in call.base.tables)
    limit = call.profile.filtered_rows_limit
    if row_count >= limit:
        message = (
            f"The current API only supports the retrieval of Base with less than {limit} rows."
        )
        raise ApiError(413, {"error_msg": message})
    view = _find_view(call, table)
    candidates = _list_ids(call, table, view)
    row_ids = filter_rows(
        call.engine, call.base, table, filters, conjunction, candidates, call.actor.user
    )
    columns = listing.visible_columns(table, view)
    return {"rows": listing.v1_rows(call.engine, call.base, table, row_ids, columns)}


def _read_filters(table: Table, sent: dict[str, Any]) -> list[dict[str, Any]]:
    rules = sent.get("filters")
    if not isinstance(rules, list) or not rules:
        raise ApiError(404, {"error_msg": "filters required."})
    filters = []
    for rule in rules:
        column = table.column_by_name(rule.get("column_name"))
        if column is None:
            raise ApiError(400, {"error_msg": f"column {rule.get('column_name')} not found"})
        filters.append({**rule, **_translate(column, rule), "column_key": column.key})
    return filters


def _translate(column: Column, rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as views have it: options by their ids, checkboxes by true and false."""
    term, predicate = rule.get("filter_term"), rule.get("filter_predicate")
    if predicate == "dost_not_contain":  # so it stands in the API's documents
        predicate = "does_not_contain"
    if column.type == "checkbox" and term in ("true", "false"):
        term = term == "true"
    ids = {option["name"]: option["id"] for option in column.options}
    if isinstance(term, list):
        term = [ids.get(item, item) if isinstance(item, str) else item for item in term]
    elif isinstance(term, str):
        term = ids.get(term, term)
    return {"filter_predicate": predicate, "filter_term": term}


@ENDPOINTS.route("/rows/<row_id>/", "GET")
def get_row(call: BaseCall, row_id: str) -> Any:
    redirect = _redirect(call, f"/rows/{row_id}/")
    if redirect is not None:
        return redirect
    table = _find_table(call, request.args)
    if query_flag("convert", True):
        found = listing.v1_rows(call.engine, call.base, table, [row_id], table.columns)
    else:
        found = [
            {**stored_rows.format_row(call.engine, table, row), "_participants": []}
            for row in stored_rows.load_rows(call.engine, table, [row_id])
        ]
    if not found:
        raise ApiError(404, {"error_msg": "row not found"})
    return found[0]


def _redirect(call: BaseCall, path: str) -> Response | None:
    gateway_path = f"/api-gateway/api/v2/dtables/{call.base.uuid}{path}"
    return redirect_to_gateway(call.context, gateway_path)


def _find_table(call: BaseCall, sent: Any) -> Table:
    """The table of a reading request: 404 if it is missing, 400 if none is named."""
    if not sent.get("table_name") and not sent.get("table_id"):
        raise ApiError(400, {"error_msg": "params invalid"})
    try:
        return call.table(sent)
    except OperationError:
        raise ApiError(404, {"error_msg": "table not found"}) from None


def _find_view(call: BaseCall, table: Table) -> dict[str, Any] | None:
    """The view of a request. The oldest servers show a table as its first view does."""
    view = call.requested_view(table)
    return table.views[0] if view is None and call.profile.v1_default_view else view


def _list_ids(call: BaseCall, table: Table, view: dict[str, Any] | None) -> list[str]:
    """Rows of the normal backend, in the view's or in manual order; big data is not here."""
    if view is not None:
        return listing.view_row_ids(call.engine, call.base, table, view, archived=False)
    found = call.context.store.execute(
        f"SELECT _id FROM {quote(table.physical)} WHERE _archived = 0 ORDER BY _seq"
    )
    return [row_id for (row_id,) in found]


def _sort_ids(call: BaseCall, table: Table, row_ids: list[str]) -> list[str]:
    column = table.column_by_name(request.args.get("order_by"))
    if column is None:
        raise ApiError(400, {"error_msg": "order_by invalid"})
    direction = "down" if request.args.get("direction") == "desc" else "up"
    view = {
        "filters": [],
        "filter_conjunction": "And",
        "sorts": [{"column_key": column.key, "sort_type": direction}],
    }
    selected = set(row_ids)
    ordered = listing.view_row_ids(call.engine, call.base, table, view, archived=False)
    return [row_id for row_id in ordered if row_id in selected]


def _group_rows(
    call: BaseCall, table: Table, view: dict[str, Any] | None, row_ids: list[str]
) -> dict[str, Any]:
    """Rows of a grouped view, by its first grouping column."""
    keys = [rule.get("column_key") for rule in (view or {}).get("groupbys", [])]
    column = table.column_by_key(keys[0]) if keys else None
    if column is None:
        raise ApiError(400, {"error_msg": "table not support group"})
    groups: dict[str, dict[str, Any]] = {}
    for row in listing.v1_rows(call.engine, call.base, table, row_ids, table.columns):
        value = row.get(column.name)
        group = groups.setdefault(
            str(value),
            {"column_name": column.name, "column_key": column.key, "cell_value": value, "rows": []},
        )
        group["rows"].append(row)
    return {"groups": list(groups.values())}
