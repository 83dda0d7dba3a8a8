"""Content of the page: bases, rows of a table or view, and the calls that clients made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response, request

from seatable_sandbox.operations import listing
from seatable_sandbox.routes.endpoints import Endpoints
from seatable_sandbox.routes.helpers import not_found_page, query_number
from seatable_sandbox.routes.page.cells import display_cell, is_editable

if TYPE_CHECKING:
    from seatable_sandbox.model import Base, Column, Table
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()

_FOLDER = Path(__file__).parent
_SHOWN_CALLS = 200


def _send_file(name: str, content_type: str) -> Response:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return Response(text, content_type=f"{content_type}; charset=utf-8")


@ENDPOINTS.route("/", "GET")
def show_page(context: ServerContext) -> Any:
    del context
    return _send_file("index.html", "text/html")


@ENDPOINTS.route("/sandbox/page.css", "GET")
def show_style(context: ServerContext) -> Any:
    del context
    return _send_file("page.css", "text/css")


@ENDPOINTS.route("/sandbox/page.js", "GET")
def show_script(context: ServerContext) -> Any:
    del context
    return _send_file("page.js", "text/javascript")


@ENDPOINTS.route("/sandbox/bases", "GET")
def list_bases(context: ServerContext) -> Any:
    return {
        "profile": context.profile.name,
        "zone": context.engine.time_zone,
        "calls": len(context.calls),
        "bases": [_format_base(context, base) for base in context.store.bases.values()],
    }


def _format_base(context: ServerContext, base: Base) -> dict[str, Any]:
    count = context.store.count
    tokens = context.tokens.api_tokens(base)
    return {
        "uuid": base.uuid,
        "name": base.name,
        "version": base.version,
        "api_token": next((token.token for token in tokens if token.permission == "rw"), None),
        "tables": [
            {
                "id": table.id,
                "name": table.name,
                "rows": count(table) + count(table, archived=1),
                "views": [{"id": view["_id"], "name": view["name"]} for view in table.views],
            }
            for table in base.tables
        ],
    }


@ENDPOINTS.route("/sandbox/rows/<uuid>/<table_id>", "GET")
def list_rows(context: ServerContext, uuid: str, table_id: str) -> Any:
    base = context.store.base_by_uuid(uuid)
    table = base.table_by_id(table_id) if base else None
    if base is None or table is None:
        return not_found_page()
    size = min(query_number("size", 50, 1), 200)
    start = (query_number("page", 1, 1) - 1) * size
    view = _find_view(table)
    columns = [column for column in listing.visible_columns(table, view) if column.type != "button"]
    rows = listing.gateway_rows(context.engine, base, table, True, start, size, view)
    total = context.store.count(table) + context.store.count(table, archived=1)
    if view is not None and view["filters"]:
        total = len(listing.view_row_ids(context.engine, base, table, view))
    return {
        "columns": [_format_column(column) for column in columns],
        "rows": rows,
        "display": [_display(row, columns) for row in rows],
        "start": start,
        "total": total,
    }


def _find_view(table: Table) -> dict[str, Any] | None:
    view_id = request.args.get("view")
    return next((view for view in table.views if view["_id"] == view_id), None)


def _display(row: dict[str, Any], columns: list[Column]) -> dict[str, str]:
    """The cells of a row that SeaTable displays otherwise than it answers them."""
    shown = {column.name: display_cell(column, row.get(column.name)) for column in columns}
    return {name: text for name, text in shown.items() if text is not None}


def _format_column(column: Column) -> dict[str, Any]:
    colors = {option["name"]: option.get("color") for option in column.options}
    return {
        "name": column.name,
        "type": column.type,
        "colors": colors,
        "editable": is_editable(column),
    }


@ENDPOINTS.route("/sandbox/calls", "GET")
def list_calls(context: ServerContext) -> Any:
    """The newest calls of those after the first `since`, oldest first."""
    total = len(context.calls)
    since = min(query_number("since", 0), total)
    first = max(since, total - _SHOWN_CALLS)
    return {
        "total": total,
        "first": first,
        "calls": [
            {
                "method": call.method,
                "path": call.path,
                "status": call.status,
                "base": call.base_name,
            }
            for call in context.calls[first:]
        ],
    }
