"""History of a base: operations, changes of a row, deleted rows, related users."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import request

from seatable_sandbox.engine import list_deleted_rows
from seatable_sandbox.routes.authorization import DELETED_ROWS
from seatable_sandbox.routes.endpoints import BaseCall, BaseEndpoints
from seatable_sandbox.routes.helpers import query_number
from seatable_sandbox.routes.users import list_related_users

ENDPOINTS = BaseEndpoints()

_DEFAULT_PAGE_SIZE = 25
_DAY_MS = 86_400_000


def _read_page() -> tuple[int, int]:
    """The number of the page, from 1, and its size."""
    return query_number("page", 1, 1), query_number("per_page", _DEFAULT_PAGE_SIZE, 1)


def _oldest(call: BaseCall, days: int) -> int:
    """The time of the oldest entry of a log that is kept for days, in milliseconds since 1970."""
    return call.context.clock.milliseconds() - days * _DAY_MS


@ENDPOINTS.route("/operations/", "GET")
def list_operations(call: BaseCall) -> Any:
    page, size = _read_page()
    since = _oldest(call, call.profile.operations_days)
    found = call.context.store.execute(
        "SELECT op_id, author, app, op_time, operation FROM operations"
        " WHERE base = ? AND op_time >= ? ORDER BY op_id DESC LIMIT ? OFFSET ?",
        (call.base.number, since, size, (page - 1) * size),
    )
    uuid = call.base.uuid.replace("-", "")
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


@ENDPOINTS.route("/activities/", "GET")
def list_activities(call: BaseCall) -> Any:
    page, size = _read_page()
    row_id = request.args.get("row_id", "")
    found = (
        call.context.store.execute(
            "SELECT op_id, author, app, op_time, operation FROM operations"
            " WHERE base = ? AND instr(operation, ?) AND op_time >= ? ORDER BY op_id DESC",
            (call.base.number, f'"{row_id}"', _oldest(call, call.profile.activities_days)),
        ).fetchall()
        if row_id
        else []
    )
    return {
        "activities": [
            _format_activity(call, row_id, *row) for row in found[(page - 1) * size : page * size]
        ],
        "total_count": len(found),
    }


def _format_activity(
    call: BaseCall, row_id: str, op_id: int, author: str, app: str | None, op_time: int, text: str
) -> dict[str, Any]:
    operation = msgspec.json.decode(text)
    table = call.base.table_by_id(operation.get("table_id"))
    types = {"append_rows": "insert_row", "modify_rows": "modify_row", "delete_rows": "delete_row"}
    return {
        "id": op_id,
        "dtable_uuid": call.base.uuid,
        "row_id": row_id,
        "op_type": types.get(operation["op_type"], operation["op_type"]),
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


@ENDPOINTS.route("/db-operations/", "GET")
def list_db_operations(call: BaseCall) -> Any:
    del call
    return {"operations": []}


@ENDPOINTS.route("/deleted-rows/", "GET", wording=DELETED_ROWS, needs="deleted_rows_endpoint")
def get_deleted_rows(call: BaseCall) -> Any:
    page, size = _read_page()
    return {"deleted_rows": list_deleted_rows(call.engine, call.base, page, size)}


@ENDPOINTS.route("/related-users/", "GET")
def get_related_users(call: BaseCall) -> Any:
    return {"user_list": list_related_users(call.context, call.base)}
