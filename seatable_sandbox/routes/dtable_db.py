"""dtable-db v1: SQL, linked records and big data of servers before the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.model.errors import ApiError, OperationError
from seatable_sandbox.model.model import other_table_id
from seatable_sandbox.operations import link_queries, rows
from seatable_sandbox.routes.helpers import answer, base_grant, body, redirected, require_write
from seatable_sandbox.sql import execute
from seatable_sandbox.sql.dialect import SqlError

if TYPE_CHECKING:
    from flask import Blueprint, Response

    from seatable_sandbox.engine.tokens import Grant
    from seatable_sandbox.http.server import Server
    from seatable_sandbox.model.model import Table

SURFACE = "dtable-db"


def add_routes(server: Server, routes: Blueprint) -> None:
    """Register the endpoints."""
    engine, store = server.engine, server.engine.store

    @routes.get("/dtable-db/ping/")
    def db_ping() -> Response:
        return answer({"ret": "pong"})

    @routes.post("/dtable-db/api/v1/query/<uuid>/")
    def query(uuid: str) -> Response:
        with store.lock:
            grant = base_grant(server, uuid, SURFACE)
            sent_on = redirected(server, f"/api-gateway/api/v2/dtables/{grant.base.uuid}/sql/")
            if sent_on is not None:
                return sent_on
            sent = body()
            try:
                with store.transaction():
                    return answer(
                        execute.run(
                            engine,
                            grant.base,
                            str(sent.get("sql") or ""),
                            grant.actor,
                            convert_keys=bool(sent.get("convert_keys")),
                            parameters=sent.get("parameters") or (),
                            writable=grant.permission == "rw",
                        )
                    )
            except SqlError as error:
                return answer(
                    {
                        "success": False,
                        "error_message": str(error),
                        "metadata": None,
                        "results": None,
                    }
                )

    @routes.post("/dtable-db/api/v1/linked-records/<uuid>/")
    def linked_records(uuid: str) -> Response:
        with store.lock:
            grant = base_grant(server, uuid, SURFACE)
            sent = body()
            try:
                table = grant.base.table(table_id=sent.get("table_id"))
            except OperationError as error:
                raise ApiError(400, {"error_message": error.message}) from None
            column = table.column_keyed(sent.get("link_column"))
            if column is None or column.type != "link":
                raise ApiError(400, {"error_message": "link_column invalid"})
            other = grant.base.table(table_id=other_table_id(table, column))
            asked = link_queries.asked(sent.get("rows") or [])
            return answer(link_queries.query(engine, grant.base, table, other, column, asked))

    def writing(uuid: str) -> tuple[Grant, dict[str, Any], Table]:
        """Who changes rows in big data storage, what was sent, and the table."""
        grant = base_grant(server, uuid, SURFACE)
        require_write(grant, SURFACE)
        sent = body()
        return grant, sent, grant.base.table(sent.get("table_name"), sent.get("table_id"))

    @routes.post("/dtable-db/api/v1/insert-rows/<uuid>/")
    def insert_rows(uuid: str) -> Response:
        with store.transaction():
            grant, sent, table = writing(uuid)
            made = rows.append(
                engine, grant.base, table, sent.get("rows") or [], grant.actor, archived=True
            )
            return answer({"inserted_row_count": len(made)})

    def archived(table: Table, row_ids: list[Any]) -> list[str]:
        """dtable-db changes what is in big data storage, and nothing else."""
        return store.existing_ids(table, row_ids, " AND _archived = 1")

    @routes.put("/dtable-db/api/v1/update-rows/<uuid>/")
    def update_rows(uuid: str) -> Response:
        with store.transaction():
            grant, sent, table = writing(uuid)
            changes = dict(rows.pairs(sent.get("updates") or []))
            known = archived(table, list(changes))
            if known:
                wanted = [(row_id, changes[row_id]) for row_id in known]
                rows.update(engine, grant.base, table, wanted, grant.actor)
            return answer({"success": True})

    @routes.delete("/dtable-db/api/v1/delete-rows/<uuid>/")
    def delete_rows(uuid: str) -> Response:
        with store.transaction():
            grant, sent, table = writing(uuid)
            known = archived(table, sent.get("row_ids") or [])
            return answer(
                {"deleted_rows": rows.delete(engine, grant.base, table, known, grant.actor)}
            )

    @routes.get("/dtable-db/api/v1/base-info/<uuid>/")
    def base_info(uuid: str) -> Response:
        with store.lock:
            grant = base_grant(server, uuid, SURFACE)
            found: list[dict[str, Any]] = [
                {"id": table.id, "name": table.name, "rows": store.count(table, archived=1)}
                for table in grant.base.tables
            ]
            rows_of_all = sum(one["rows"] for one in found)
            return answer({"id": grant.base.uuid, "tables": found, "rows": rows_of_all})
