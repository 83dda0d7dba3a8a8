"""The page on `/` on which a person watches data arrive, and the JSON that it reads.

None of it is part of SeaTable's API.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response, request

from seatable_sandbox.operations import listing
from seatable_sandbox.routes.endpoints import Endpoints
from seatable_sandbox.routes.helpers import not_found_page, query_number

if TYPE_CHECKING:
    from seatable_sandbox.model import Base, Column
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()

_PAGE = Path(__file__).with_name("index.html")
_SHOWN_CALLS = 30


@ENDPOINTS.route("/", "GET")
def show_page(context: ServerContext) -> Any:
    del context
    return Response(_PAGE.read_text(encoding="utf-8"), content_type="text/html; charset=utf-8")


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
    return {
        "uuid": base.uuid,
        "name": base.name,
        "version": base.version,
        "tables": [
            {"id": table.id, "name": table.name, "rows": count(table) + count(table, archived=1)}
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
    return {
        "columns": [_format_column(column) for column in table.columns if column.type != "button"],
        "rows": listing.gateway_rows(context.engine, base, table, True, start, size),
        "start": start,
        "newest": request.args.get("newest", ""),
    }


def _format_column(column: Column) -> dict[str, Any]:
    colors = {option["name"]: option.get("color") for option in column.options}
    return {"name": column.name, "type": column.type, "colors": colors}


@ENDPOINTS.route("/sandbox/calls", "GET")
def list_calls(context: ServerContext) -> Any:
    return {
        "calls": [
            {
                "method": call.method,
                "path": call.path,
                "status": call.status,
                "base": call.base_name,
            }
            for call in context.calls[-_SHOWN_CALLS:]
        ]
    }
