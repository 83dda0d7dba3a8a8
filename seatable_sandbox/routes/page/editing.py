"""Edits on the page: rows are changed as in the browser of SeaTable.

Requests must be JSON: the browser lets no page of another address send that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from seatable_sandbox.columns import parse_typed
from seatable_sandbox.engine import OWNER, Actor
from seatable_sandbox.model import ApiError, OperationError
from seatable_sandbox.operations import rows
from seatable_sandbox.routes.endpoints import Endpoints
from seatable_sandbox.routes.helpers import read_body
from seatable_sandbox.routes.page.cells import is_editable

if TYPE_CHECKING:
    from seatable_sandbox.model import Base, Column, Table
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()

_PERSON = Actor(OWNER)
_ROWS = "/sandbox/rows/<uuid>/<table_id>"


def _read_json() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise ApiError(415, {"error_msg": "Send JSON."})
    return read_body()


def _find_table(context: ServerContext, uuid: str, table_id: str) -> tuple[Base, Table]:
    base = context.store.base_by_uuid(uuid)
    table = base.table_by_id(table_id) if base else None
    if base is None or table is None:
        raise ApiError(404, {"error_msg": "There is no such table."})
    return base, table


@ENDPOINTS.route(_ROWS, "POST")
def add_row(context: ServerContext, uuid: str, table_id: str) -> Any:
    """Add an empty row at the end."""
    _read_json()
    base, table = _find_table(context, uuid, table_id)
    empty = {table.columns[0].name: None}
    row_ids = rows.append(
        context.engine, base, table, [empty], _PERSON, apply_default=True, single=True
    )
    return {"row_id": row_ids[0]}


@ENDPOINTS.route(_ROWS, "PUT")
def change_cell(context: ServerContext, uuid: str, table_id: str) -> Any:
    """Write what a person has typed into a cell."""
    sent = _read_json()
    base, table = _find_table(context, uuid, table_id)
    column, row_id = _find_column(table, sent.get("column")), _read_row(context, table, sent)
    value = parse_typed(column.type, str(sent.get("text") or ""))
    changes = [(row_id, {column.name: value})]
    rows.update(context.engine, base, table, changes, _PERSON, single=True)
    return {"success": True}


@ENDPOINTS.route(_ROWS, "DELETE")
def delete_row(context: ServerContext, uuid: str, table_id: str) -> Any:
    sent = _read_json()
    base, table = _find_table(context, uuid, table_id)
    row_id = _read_row(context, table, sent)
    rows.delete(context.engine, base, table, [row_id], _PERSON, single=True)
    return {"success": True}


@ENDPOINTS.route("/sandbox/reset", "POST")
def reset(context: ServerContext) -> Any:
    """Start anew, see `ServerContext.reset`."""
    _read_json()
    context.reset()
    return {"success": True}


def _find_column(table: Table, name: object) -> Column:
    column = table.column_by_name(name)
    if column is None or not is_editable(column):
        raise ApiError(400, {"error_msg": f"Column {name} cannot be written."})
    return column


def _read_row(context: ServerContext, table: Table, sent: dict[str, Any]) -> str:
    """The row of a request; SeaTable leaves locked ones as they are, without a word."""
    row_id = str(sent.get("row_id"))
    if not context.store.existing_ids(table, [row_id]):
        raise OperationError("row_not_exist", "The row does not exist any more.", 404)
    if not context.store.existing_ids(table, [row_id], " AND _locked IS NULL"):
        raise ApiError(400, {"error_msg": "The row is locked."})
    return row_id
