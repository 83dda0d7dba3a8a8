"""Writing rows and links on dtable-server v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.engine import documents, links
from seatable_sandbox.model.errors import ApiError, OperationError
from seatable_sandbox.operations import rows
from seatable_sandbox.routes.helpers import body

if TYPE_CHECKING:
    from seatable_sandbox.engine.tokens import Grant
    from seatable_sandbox.model.model import Table
    from seatable_sandbox.routes.helpers import Surface


NORMAL = " AND _archived = 0"
"""Rows in big data storage do not exist for dtable-server; dtable-db has calls for them."""


def add_routes(surface: Surface) -> None:
    """Register the endpoints."""
    _write_routes(surface)
    _link_routes(surface)


def crash() -> ApiError:
    """What the old server says where it throws."""
    return ApiError(500, "Internal Server Error\n")


def written_table(grant: Grant, sent: Any) -> Table:
    """The table of a writing request: 400 with an error type where it is missing."""
    return grant.base.table(sent.get("table_name"), sent.get("table_id"))


def _write_routes(surface: Surface) -> None:
    call, engine, profile = surface.call, surface.server.engine, surface.server.profile

    @call("/rows/", "POST", write=True)
    def append_row(grant: Grant) -> Any:
        sent = body()
        table, row = written_table(grant, sent), sent.get("row")
        if not isinstance(row, dict):
            raise ApiError(400, {"error_msg": "row invalid"})
        anchor = sent.get("anchor_row_id")
        above = anchor if sent.get("row_insert_position") == "insert_above" else None
        if not any(table.column_named(name) for name in row):
            # A row without a known column becomes an empty row here.
            row = {table.columns[0].name: None}
        made = rows.append(
            engine,
            grant.base,
            table,
            [row],
            grant.actor,
            above=above,
            below=None if above else anchor,
            apply_default=bool(sent.get("apply_default")),
            alone=True,
        )
        if not profile.append_answers_row:
            return {"success": True}
        found = documents.document(table, documents.raw_rows(engine, table, made)[0])
        return {key: value for key, value in found.items() if key not in ("_ctime", "_mtime")}

    @call("/batch-append-rows/", "POST", write=True)
    def append_rows(grant: Grant) -> Any:
        sent = body()
        try:
            table = written_table(grant, sent)
        except OperationError as error:
            raise ApiError(404, {"error_msg": error.message}) from None
        wanted = _list(
            sent,
            "rows",
            profile.append_max,
            "batch_append_rows_exceeds_limit",
            "Batch append of rows exceeds limit",
        )
        made = rows.append(
            engine,
            grant.base,
            table,
            wanted,
            grant.actor,
            apply_default=bool(sent.get("apply_default")),
        )
        result: dict[str, Any] = {"inserted_row_count": len(made)}
        if profile.batch_append_returns_ids:
            first = documents.raw_rows(engine, table, made[:1])
            result["row_ids"] = [{"_id": row_id} for row_id in made]
            result["first_row"] = documents.document(table, first[0]) if first else None
        return result

    @call("/rows/", "PUT", write=True)
    def update_row(grant: Grant) -> Any:
        sent = body()
        table, row_id = written_table(grant, sent), sent.get("row_id")
        if not engine.store.existing_ids(table, [row_id], NORMAL):
            raise OperationError("row_not_exist", "Row does not exist.")
        change = [(row_id, sent.get("row"))]
        rows.update(engine, grant.base, table, change, grant.actor, alone=True)
        return {"success": True}

    if profile.batch_update_rows:

        @call("/batch-update-rows/", "PUT", write=True)
        def update_rows(grant: Grant) -> Any:
            sent = body()
            table = written_table(grant, sent)
            wanted = _list(
                sent,
                "updates",
                profile.update_max,
                "batch_update_rows_exceeds_limit",
                "Batch update of rows exceeds limit",
            )
            changes = rows.pairs(wanted)
            asked = {row_id for row_id, _ in changes}
            if len(engine.store.existing_ids(table, asked, NORMAL)) < len(asked):
                message = "The modified rows do not exist."
                raise OperationError("modified_rows_do_not_exist", message)
            rows.update(engine, grant.base, table, changes, grant.actor)
            return {"success": True}

    def delete(grant: Grant, table: Table, row_ids: list[Any], *, alone: bool = False) -> Any:
        known = engine.store.existing_ids(table, row_ids, NORMAL)
        if len(known) < len(set(row_ids)) and profile.delete_missing_is_500:
            raise crash()
        count = rows.delete(engine, grant.base, table, known, grant.actor, alone=alone)
        return {"deleted_rows": count} if profile.delete_counts else {"success": True}

    @call("/rows/", "DELETE", write=True)
    def delete_row(grant: Grant) -> Any:
        sent = body()
        return delete(grant, written_table(grant, sent), [sent.get("row_id")], alone=True)

    @call("/batch-delete-rows/", "DELETE", write=True)
    def delete_rows(grant: Grant) -> Any:
        sent = body()
        table = written_table(grant, sent)
        wanted = _list(
            sent,
            "row_ids",
            profile.delete_max,
            "batch_delete_rows_exceeds_limit",
            "Batch deletion of rows exceeds limit",
        )
        return delete(grant, table, wanted)

    for path, locked in (("/lock-rows/", True), ("/unlock-rows/", False)):

        @call(path, "PUT", write=True)
        def lock(grant: Grant, locked: bool = locked) -> Any:
            sent = body()
            rows.set_locked(
                engine,
                grant.base,
                written_table(grant, sent),
                sent.get("row_ids") or [],
                locked,
                grant.actor,
            )
            return {"success": True}


def _list(sent: dict[str, Any], name: str, most: int, error_type: str, message: str) -> list[Any]:
    found = sent.get(name)
    if not isinstance(found, list) or not found:
        raise ApiError(400, {"error_msg": f"{name} invalid"})
    if len(found) > most:
        raise OperationError(error_type, f"{message} {most}")
    return found


def _link_routes(surface: Surface) -> None:
    call, engine = surface.call, surface.server.engine

    def both(grant: Grant, sent: dict[str, Any]) -> tuple[Table, Table]:
        names = (sent.get("table_name"), sent.get("other_table_name"))
        found = [
            grant.base.table_with_id(sent.get(key)) or grant.base.table_named(name)
            for key, name in zip(("table_id", "other_table_id"), names, strict=False)
        ]
        if found[0] is None or found[1] is None:
            raise OperationError("table_not_exist", f"table {names[0]} or {names[1]} not found")
        return found[0], found[1]

    def change(grant: Grant, how: str, *, alone: bool = False) -> Any:
        sent = body()
        table, other = both(grant, sent)
        wanted = sent.get("other_rows_ids_map") or {
            sent.get("table_row_id") or sent.get("row_id"): sent.get("other_rows_ids")
            or [sent.get("other_table_row_id")]
        }
        if "other_rows_ids" in sent and not sent["other_rows_ids"]:
            wanted = {sent.get("row_id"): []}
        links.change(
            engine,
            grant.base,
            table,
            other,
            sent.get("link_id"),
            wanted,
            how,
            grant.actor,
            alone=alone,
        )
        return {"success": True}

    @call("/links/", "POST", write=True)
    def add_link(grant: Grant) -> Any:
        return change(grant, "add")

    @call("/links/", "PUT", write=True)
    def replace_links(grant: Grant) -> Any:
        return change(grant, "replace", alone=True)

    @call("/batch-update-links/", "PUT", write=True)
    def batch_replace_links(grant: Grant) -> Any:
        return change(grant, "replace")

    @call("/links/", "DELETE", write=True)
    def remove_link(grant: Grant) -> Any:
        return change(grant, "remove")
