"""What the server remembers: operations, one row's history, deleted rows, related users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from flask import request

from seatable_sandbox.engine.deletions import deleted_rows
from seatable_sandbox.routes.helpers import whole_number
from seatable_sandbox.routes.web_api import related_users

if TYPE_CHECKING:
    from seatable_sandbox.engine.tokens import Grant
    from seatable_sandbox.http.server import Server
    from seatable_sandbox.routes.schema_routes import Register

_PAGE = 25


def add_routes(call: Register, server: Server) -> None:
    """Endpoints that the gateway and later v1 servers share."""
    store = server.engine.store

    def since() -> int:
        days = server.profile.operations_days
        return server.clock.milliseconds() - days * 86_400_000

    @call("/operations/", "GET")
    def operations(grant: Grant) -> Any:
        found = store.execute(
            "SELECT op_id, author, app, op_time, operation FROM operations"
            " WHERE base = ? AND op_time >= ? ORDER BY op_id DESC LIMIT ? OFFSET ?",
            (
                grant.base.number,
                since(),
                whole_number("per_page", _PAGE, 1),
                (whole_number("page", 1, 1) - 1) * _PAGE,
            ),
        )
        uuid = grant.base.uuid.replace("-", "")
        return {
            "operations": [
                {
                    "id": op_id,
                    "dtable_uuid": uuid,
                    "op_id": op_id,
                    "author": author,
                    "app": app or "",
                    "op_time": op_time,
                    "operation": operation,
                }
                for op_id, author, app, op_time, operation in found
            ]
        }

    @call("/activities/", "GET")
    def activities(grant: Grant) -> Any:
        row_id = request.args.get("row_id", "")
        found = (
            store.execute(
                "SELECT op_id, author, app, op_time, operation FROM operations"
                " WHERE base = ? AND instr(operation, ?) ORDER BY op_id DESC",
                (grant.base.number, f'"{row_id}"'),
            ).fetchall()
            if row_id
            else []
        )
        page = whole_number("page", 1, 1)
        size = whole_number("per_page", _PAGE, 1)
        return {
            "activities": [
                _activity(grant, row_id, *row) for row in found[(page - 1) * size : page * size]
            ],
            "total_count": len(found),
        }

    @call("/db-operations/", "GET")
    def db_operations(grant: Grant) -> Any:
        return {"operations": []}

    @call("/related-users/", "GET")
    def users(grant: Grant) -> Any:
        return {"user_list": related_users(server, grant.base)}


def _activity(
    grant: Grant, row_id: str, op_id: int, author: str, app: str | None, op_time: int, text: str
) -> dict[str, Any]:
    operation = msgspec.json.decode(text)
    table = grant.base.table_with_id(operation.get("table_id"))
    kinds = {"append_rows": "insert_row", "modify_rows": "modify_row", "delete_rows": "delete_row"}
    return {
        "id": op_id,
        "dtable_uuid": grant.base.uuid,
        "row_id": row_id,
        "op_type": kinds.get(operation["op_type"], operation["op_type"]),
        "op_user": author,
        "op_time": op_time,
        "op_app": app or "",
        "row_count": 1,
        "detail": {
            "table_id": operation.get("table_id"),
            "table_name": table.name if table else "",
            "row_name": "",
            "row_name_option": "",
            "row_data": [],
        },
    }


def add_deleted_rows(call: Register, server: Server) -> None:
    """The list of deleted rows, where the server has one."""

    @call("/deleted-rows/", "GET", surface="deleted-rows")
    def list_deleted_rows(grant: Grant) -> Any:
        page, size = whole_number("page", 1, 1), whole_number("per_page", _PAGE, 1)
        return {"deleted_rows": deleted_rows(server.engine, grant.base, page, size)}
