"""Tables that a run has made and of whose stream it could store nothing.

Their columns have the types that the first records or the settings asked for, and existing columns
keep their types: after the records or the settings are corrected they would be in the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.api import ReadRequest
from seatable_client.column_types import type_of
from seatable_client.errors import SeaTableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_client.metadata import Table
    from target_seatable.tables.base_tables import BaseTables


def remove_refused_table(
    base_tables: BaseTables, table: Table, warn: Callable[[str], None]
) -> bool:
    """Remove a table that this run has made, if it has no rows; returns whether it is removed.

    A table that links lead to or from stays, and so does the last one of a base.

    Args:
        base_tables: the tables of the base.
        table: the one to remove.
        warn: logs why it stays; a failure is no more than that.
    """
    try:
        tables = base_tables.refreshed().tables
        now = next((known for known in tables if known.id == table.id), None)
        if now is None:
            return True
        reason = _obstacle(base_tables, now, len(tables))
        if reason is None:
            base_tables.delete_table(now.name)
            return True
    except SeaTableError as error:
        reason = str(error)
    warn(
        f"Table {table.name!r} was made by this run, which could store none of its records, and "
        f"stays: {reason}. Delete it before the next load if its columns are of wrong types, "
        "because existing columns keep their types."
    )
    return False


def _obstacle(base_tables: BaseTables, table: Table, count: int) -> str | None:
    if any(type_of(column).is_link for column in table.columns):
        return "it has links"
    if count == 1:
        return "a base keeps its last table, so add another one first"
    return None if _has_no_rows(base_tables, table) else "it has rows"


def _has_no_rows(base_tables: BaseTables, table: Table) -> bool:
    pages = base_tables.base.read(ReadRequest(table, table.columns)).pages
    return not any(len(page) for page in pages)
