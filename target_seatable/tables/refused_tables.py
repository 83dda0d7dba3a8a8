"""Tables that a run has made and of whose stream it could store nothing.

Their columns have the types that the first records or the settings asked for, and existing columns
keep their types: after the records or the settings were mended they would be in the way.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.api import ReadRequest
from seatable_client.errors import SeaTableError

if TYPE_CHECKING:
    from seatable_client.metadata import Table
    from target_seatable.tables.base_tables import BaseTables

log = logging.getLogger(__name__)


def remove_refused_table(base_tables: BaseTables, table: Table) -> bool:
    """Remove a table that this run has made, if it has no rows; returns whether it is removed.

    A table that links lead to or from stays, and so does the last one of a base. A failure is
    logged only.
    """
    try:
        tables = base_tables.refreshed().tables
        now = next((known for known in tables if known.id == table.id), None)
        if now is None:
            return True
        is_linked = any(column.type == "link" for column in now.columns)
        if not is_linked and len(tables) > 1 and _has_no_rows(base_tables, now):
            base_tables.delete_table(now.name)
            return True
        reason = "it cannot be removed"
    except SeaTableError as error:
        reason = str(error)
    log.warning(
        "Table %r was made by this run, which could store none of its records, and stays: %s. "
        "Delete it before the next load if its columns are of wrong types, because existing "
        "columns keep their types.",
        table.name,
        reason,
    )
    return False


def _has_no_rows(base_tables: BaseTables, table: Table) -> bool:
    pages = base_tables.base.read(ReadRequest(table, table.columns)).pages
    return not any(len(page) for page in pages)
