"""Endpoints for tables, columns, options and views: the same on the gateway and on v1."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import request

from seatable_sandbox.engine.tokens import Grant
from seatable_sandbox.model.errors import ApiError
from seatable_sandbox.model.model import Table
from seatable_sandbox.operations import columns, options, tables, views
from seatable_sandbox.routes.helpers import body

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Engine

Register = Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]
TableOf = Callable[[Grant, Any], Table]


def add_routes(call: Register, engine: Engine, table_of: TableOf) -> None:
    """Register the endpoints with a surface's own decorator."""
    _table_routes(call, engine, table_of)
    _column_routes(call, engine, table_of)
    _option_routes(call, engine, table_of)
    _view_routes(call, engine, table_of)


def _list(sent: dict[str, Any], name: str) -> list[Any]:
    found = sent.get(name)
    if not isinstance(found, list) or not found:
        raise ApiError(400, {"error_msg": f"{name} invalid."})
    return found


def _table_routes(call: Register, engine: Engine, table_of: TableOf) -> None:
    @call("/tables/", "POST", write=True)
    def create_table(grant: Grant) -> Any:
        sent = body()
        table = tables.create_table(
            engine, grant.base, sent.get("table_name"), sent.get("columns") or [], grant.actor
        )
        return {**table.as_json(), "rows": [], "id_row_map": {}}

    @call("/tables/", "PUT", write=True)
    def rename_table(grant: Grant) -> Any:
        sent = body()
        table = table_of(grant, sent)
        tables.rename_table(engine, grant.base, table, sent.get("new_table_name"), grant.actor)
        return {"success": True}

    @call("/tables/", "DELETE", write=True)
    def delete_table(grant: Grant) -> Any:
        tables.delete_table(engine, grant.base, table_of(grant, body()), grant.actor)
        return {"success": True}

    @call("/tables/duplicate-table/", "POST", write=True)
    def duplicate_table(grant: Grant) -> Any:
        sent = body()
        with_rows = bool(sent.get("is_duplicate_records", True))
        made = tables.duplicate_table(
            engine, grant.base, table_of(grant, sent), with_rows, grant.actor
        )
        return {**made.as_json(), "rows": [], "id_row_map": {}}


def _column_routes(call: Register, engine: Engine, table_of: TableOf) -> None:
    @call("/columns/", "GET")
    def list_columns(grant: Grant) -> Any:
        table = table_of(grant, request.args)
        hidden: list[str] = []
        if request.args.get("view_name"):
            hidden = views.view_named(table, request.args["view_name"])["hidden_columns"]
        return {"columns": [c.as_json() for c in table.columns if c.key not in hidden]}

    @call("/columns/", "POST", write=True)
    def insert_column(grant: Grant) -> Any:
        sent = body()
        made = columns.insert_column(
            engine,
            grant.base,
            table_of(grant, sent),
            sent.get("column_name"),
            sent.get("column_type"),
            sent.get("column_data"),
            grant.actor,
            sent.get("anchor_column"),
        )
        return made.as_json()

    @call("/columns/", "PUT", write=True)
    def change_column(grant: Grant) -> Any:
        sent = body()
        table = table_of(grant, sent)
        column = table.column(sent.get("column"))
        operation = sent.get("op_type")
        if operation == "rename_column":
            columns.rename_column(
                engine, grant.base, table, column, sent.get("new_column_name"), grant.actor
            )
        elif operation == "modify_column_type":
            columns.modify_type(
                engine,
                grant.base,
                table,
                column,
                sent.get("new_column_type"),
                sent.get("column_data"),
                grant.actor,
            )
        elif operation == "resize_column":
            changes = {"width": sent.get("new_column_width")}
            columns.change_look(engine, grant.base, table, column, changes, grant.actor)
        elif operation == "freeze_column":
            changes = {"frozen": bool(sent.get("frozen"))}
            columns.change_look(engine, grant.base, table, column, changes, grant.actor)
        elif operation == "move_column":
            changes = {"target_column": sent.get("target_column")}
            columns.change_look(engine, grant.base, table, column, changes, grant.actor)
        else:
            raise ApiError(400, {"error_msg": "op_type invalid."})
        return column.as_json()

    @call("/columns/", "DELETE", write=True)
    def delete_column(grant: Grant) -> Any:
        sent = body()
        table = table_of(grant, sent)
        columns.delete_column(
            engine, grant.base, table, table.column(sent.get("column")), grant.actor
        )
        return {"success": True}

    @call("/batch-append-columns/", "POST", write=True)
    def append_columns(grant: Grant) -> Any:
        sent = body()
        table, wanted = table_of(grant, sent), _list(sent, "columns")
        for column in wanted:
            if not isinstance(column, dict):
                raise ApiError(400, {"error_msg": "columns invalid."})
            if column.get("column_type") in ("formula", "link", "link-formula"):
                kind = column["column_type"]
                raise ApiError(400, {"error_msg": f"column_type {kind} is not supported."})
        made = [
            columns.insert_column(
                engine,
                grant.base,
                table,
                column.get("column_name"),
                column.get("column_type"),
                column.get("column_data"),
                grant.actor,
            )
            for column in wanted
        ]
        return {"columns": [column.as_json() for column in made]}


def _option_routes(call: Register, engine: Engine, table_of: TableOf) -> None:
    @call("/column-options/", "POST", write=True)
    def add_options(grant: Grant) -> Any:
        sent = body()
        options.add(
            engine,
            grant.base,
            table_of(grant, sent),
            sent.get("column"),
            _list(sent, "options"),
            grant.actor,
        )
        return {"success": True}

    @call("/column-options/", "PUT", write=True)
    def change_options(grant: Grant) -> Any:
        sent = body()
        made = options.change(
            engine,
            grant.base,
            table_of(grant, sent),
            sent.get("column"),
            _list(sent, "options"),
            grant.actor,
        )
        return {"options": made} if sent.get("return_options") else {"success": True}

    @call("/column-options/", "DELETE", write=True)
    def delete_options(grant: Grant) -> Any:
        sent = body()
        options.delete(
            engine,
            grant.base,
            table_of(grant, sent),
            sent.get("column"),
            _list(sent, "option_names"),
            grant.actor,
        )
        return {"success": True}


def _view_routes(call: Register, engine: Engine, table_of: TableOf) -> None:
    @call("/views/", "GET")
    def list_views(grant: Grant) -> Any:
        return {"views": table_of(grant, request.args).views}

    @call("/views/", "POST", write=True)
    def create_view(grant: Grant) -> Any:
        table = table_of(grant, request.args)
        return views.create(engine, grant.base, table, body(), grant.actor)

    @call("/views/<path:view_name>/", "GET")
    def get_view(grant: Grant, view_name: str) -> Any:
        return views.view_named(table_of(grant, request.args), view_name)

    @call("/views/<path:view_name>/", "PUT", write=True)
    def change_view(grant: Grant, view_name: str) -> Any:
        table = table_of(grant, request.args)
        return views.change(engine, grant.base, table, view_name, body(), grant.actor)

    @call("/views/<path:view_name>/", "DELETE", write=True)
    def delete_view(grant: Grant, view_name: str) -> Any:
        views.delete(engine, grant.base, table_of(grant, request.args), view_name, grant.actor)
        return {"success": True}
