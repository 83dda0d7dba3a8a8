"""The page on `/` on which a person watches data arrive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from seatable_sandbox.operations import listing
from seatable_sandbox.routes.helpers import answer, not_found_page, whole_number

if TYPE_CHECKING:
    from seatable_sandbox.http.server import Server

_PAGE = Path(__file__).with_name("index.html")


def blueprint(server: Server) -> Blueprint:
    """The page and the JSON it reads; none of it is part of SeaTable's API."""
    routes = Blueprint("page", __name__)
    engine = server.engine

    @routes.get("/")
    def index() -> Response:
        return Response(_PAGE.read_text(encoding="utf-8"), content_type="text/html; charset=utf-8")

    @routes.get("/sandbox/bases")
    def bases() -> Response:
        with engine.store.lock:
            found = [
                {
                    "uuid": base.uuid,
                    "name": base.name,
                    "version": base.version,
                    "tables": [
                        {
                            "id": table.id,
                            "name": table.name,
                            "rows": engine.store.count(table) + engine.store.count(table, 1),
                        }
                        for table in base.tables
                    ],
                }
                for base in engine.store.bases.values()
            ]
        return answer(
            {
                "profile": server.profile.name,
                "zone": engine.time_zone,
                "calls": len(server.calls),
                "bases": found,
            }
        )

    @routes.get("/sandbox/rows/<uuid>/<table_id>")
    def rows(uuid: str, table_id: str) -> Response:
        with engine.store.lock:
            base = engine.store.base_with_uuid(uuid)
            table = base.table_with_id(table_id) if base else None
            if base is None or table is None:
                return not_found_page()
            size = min(whole_number("size", 50, 1), 200)
            start = (whole_number("page", 1, 1) - 1) * size
            found = listing.gateway_rows(engine, base, table, True, start, size)
            return answer(
                {
                    "columns": [
                        _column(column) for column in table.columns if column.type != "button"
                    ],
                    "rows": found,
                    "start": start,
                    "newest": request.args.get("newest", ""),
                }
            )

    @routes.get("/sandbox/calls")
    def calls() -> Response:
        return answer(
            {
                "calls": [
                    {
                        "method": call.method,
                        "path": call.path,
                        "status": call.status,
                        "base": call.base_name,
                    }
                    for call in server.calls[-30:]
                ]
            }
        )

    return routes


def _column(column: Any) -> dict[str, Any]:
    colors = {option["name"]: option.get("color") for option in column.options}
    return {"name": column.name, "type": column.type, "colors": colors}
