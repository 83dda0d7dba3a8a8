"""Endpoints for tables, columns, options and views: the same on the gateway and on v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from seatable_sandbox.model import ApiError
from seatable_sandbox.operations import columns, options, tables, views
from seatable_sandbox.routes.endpoints import BaseCall, BaseEndpoints
from seatable_sandbox.routes.helpers import read_body, read_list

if TYPE_CHECKING:
    from seatable_sandbox.model import Column, Table

ENDPOINTS = BaseEndpoints()


def _read_list(sent: dict[str, Any], name: str) -> list[Any]:
    return read_list(sent, name, {"error_msg": f"{name} invalid."})


# Tables ------------------------------------------------------------------------------------------


@ENDPOINTS.route("/tables/", "POST", write=True)
def create_table(call: BaseCall) -> Any:
    sent = read_body()
    name, new_columns = sent.get("table_name"), sent.get("columns") or []
    table = tables.create_table(call.engine, call.base, name, new_columns, call.actor, by_api=True)
    document = {**table.as_json(), "rows": [], "id_row_map": {}}
    if call.profile.gateway:
        view_ids = [view["_id"] for view in table.views]
        document["view_structure"] = {"folders": [], "view_ids": view_ids}
    return document


@ENDPOINTS.route("/tables/", "PUT", write=True)
def rename_table(call: BaseCall) -> Any:
    sent = read_body()
    new_name = sent.get("new_table_name")
    tables.rename_table(call.engine, call.base, call.table(sent), new_name, call.actor)
    return {"success": True}


@ENDPOINTS.route("/tables/", "DELETE", write=True)
def delete_table(call: BaseCall) -> Any:
    tables.delete_table(call.engine, call.base, call.table(read_body()), call.actor)
    return {"success": True}


@ENDPOINTS.route("/tables/duplicate-table/", "POST", write=True)
def duplicate_table(call: BaseCall) -> Any:
    sent = read_body()
    with_rows = bool(sent.get("is_duplicate_records", True))
    copy = tables.duplicate_table(call.engine, call.base, call.table(sent), with_rows, call.actor)
    return {**copy.as_json(), "rows": [], "id_row_map": {}}


# Columns -----------------------------------------------------------------------------------------


@ENDPOINTS.route("/columns/", "GET")
def list_columns(call: BaseCall) -> Any:
    table = call.table(request.args)
    hidden: list[str] = []
    if request.args.get("view_name"):
        hidden = views.require_view(table, request.args["view_name"])["hidden_columns"]
    return {"columns": [column.as_json() for column in table.columns if column.key not in hidden]}


@ENDPOINTS.route("/columns/", "POST", write=True)
def insert_column(call: BaseCall) -> Any:
    sent = read_body()
    return _insert(call, call.table(sent), sent, sent.get("anchor_column")).as_json()


@ENDPOINTS.route("/batch-append-columns/", "POST", write=True)
def append_columns(call: BaseCall) -> Any:
    sent = read_body()
    table, new_columns = call.table(sent), _read_list(sent, "columns")
    for column in new_columns:
        if not isinstance(column, dict):
            raise ApiError(400, {"error_msg": "columns invalid."})
        column_type = column.get("column_type")
        if column_type in ("formula", "link", "link-formula"):
            raise ApiError(400, {"error_msg": f"column_type {column_type} is not supported."})
    inserted = [_insert(call, table, column) for column in new_columns]
    return {"columns": [column.as_json() for column in inserted]}


def _insert(call: BaseCall, table: Table, sent: dict[str, Any], anchor: object = None) -> Column:
    return columns.insert_column(
        call.engine,
        call.base,
        table,
        sent.get("column_name"),
        sent.get("column_type"),
        sent.get("column_data"),
        call.actor,
        anchor,
    )


@ENDPOINTS.route("/columns/", "PUT", write=True)
def change_column(call: BaseCall) -> Any:
    sent = read_body()
    table = call.table(sent)
    column = table.column(sent.get("column"))
    operation = sent.get("op_type")
    if operation == "rename_column":
        new_name = sent.get("new_column_name")
        columns.rename_column(call.engine, call.base, table, column, new_name, call.actor)
    elif operation == "modify_column_type":
        new_type, data = sent.get("new_column_type"), sent.get("column_data")
        columns.change_type(call.engine, call.base, table, column, new_type, data, call.actor)
    else:
        changes = _read_appearance(operation, sent)
        columns.change_appearance(call.engine, call.base, table, column, changes, call.actor)
    return column.as_json()


def _read_appearance(operation: object, sent: dict[str, Any]) -> dict[str, Any]:
    if operation == "resize_column":
        return {"width": sent.get("new_column_width")}
    if operation == "freeze_column":
        return {"frozen": bool(sent.get("frozen"))}
    if operation == "move_column":
        return {"target_column": sent.get("target_column")}
    raise ApiError(400, {"error_msg": "op_type invalid."})


@ENDPOINTS.route("/columns/", "DELETE", write=True)
def delete_column(call: BaseCall) -> Any:
    sent = read_body()
    table = call.table(sent)
    column = table.column(sent.get("column"))
    columns.delete_column(call.engine, call.base, table, column, call.actor)
    return {"success": True}


# Options -----------------------------------------------------------------------------------------


@ENDPOINTS.route("/column-options/", "POST", write=True)
def add_options(call: BaseCall) -> Any:
    table, column, new_options, _ = _read_options(call, "options")
    options.add(call.engine, call.base, table, column, new_options, call.actor)
    return {"success": True}


@ENDPOINTS.route("/column-options/", "PUT", write=True)
def change_options(call: BaseCall) -> Any:
    table, column, changes, sent = _read_options(call, "options")
    changed = options.change(call.engine, call.base, table, column, changes, call.actor)
    return {"options": changed} if sent.get("return_options") else {"success": True}


@ENDPOINTS.route("/column-options/", "DELETE", write=True)
def delete_options(call: BaseCall) -> Any:
    table, column, names, _ = _read_options(call, "option_names")
    options.delete(call.engine, call.base, table, column, names, call.actor)
    return {"success": True}


@ENDPOINTS.route("/column-cascade-settings/", "POST", write=True)
def set_cascade(call: BaseCall) -> Any:
    sent = read_body()
    table, children = call.table(sent), sent.get("cascade_settings")
    if not isinstance(children, dict):
        raise ApiError(400, {"error_msg": "cascade_settings invalid."})
    columns_named = (sent.get("child_column"), sent.get("parent_column"))
    options.set_cascade(call.engine, call.base, table, *columns_named, children, call.actor)
    return {"success": True}


def _read_options(call: BaseCall, name: str) -> tuple[Table, object, list[Any], dict[str, Any]]:
    """The table, the column's name, the list called `name`, and the whole body."""
    sent = read_body()
    return call.table(sent), sent.get("column"), _read_list(sent, name), sent


# Views -------------------------------------------------------------------------------------------


@ENDPOINTS.route("/views/", "GET")
def list_views(call: BaseCall) -> Any:
    return {"views": call.table(request.args).views}


@ENDPOINTS.route("/views/", "POST", write=True)
def create_view(call: BaseCall) -> Any:
    table = call.table(request.args)
    return views.create(call.engine, call.base, table, read_body(), call.actor)


@ENDPOINTS.route("/views/<path:view_name>/", "GET")
def get_view(call: BaseCall, view_name: str) -> Any:
    return views.require_view(call.table(request.args), view_name)


@ENDPOINTS.route("/views/<path:view_name>/", "PUT", write=True)
def change_view(call: BaseCall, view_name: str) -> Any:
    table = call.table(request.args)
    return views.change(call.engine, call.base, table, view_name, read_body(), call.actor)


@ENDPOINTS.route("/views/<path:view_name>/", "DELETE", write=True)
def delete_view(call: BaseCall, view_name: str) -> Any:
    views.delete(call.engine, call.base, call.table(request.args), view_name, call.actor)
    return {"success": True}
