"""The table that SeaTable puts into every new base, `Table1` with three empty rows.

It is removed from a base that this run has created, unless a stream goes into it or somebody has
used it meanwhile.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.api import ReadRequest
from seatable_client.errors import SeaTableError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from seatable_client.api import Base
    from seatable_client.metadata import Table
    from target_seatable.tables.base_tables import BaseTables

log = logging.getLogger(__name__)


class InitialTable:
    """What a new base holds before anything is loaded into it.

    Args:
        base_tables: the tables of the base.
        is_new: whether this run has created the base.
    """

    def __init__(self, base_tables: BaseTables, *, is_new: bool) -> None:
        self._base_tables = base_tables
        tables = base_tables.metadata.tables if is_new else ()
        self._table: Table | None = tables[0] if len(tables) == 1 else None

    def remove(self, used: Collection[str]) -> None:
        """Remove it if it is as it was made; a base keeps its last table.

        A failure is logged only: what was loaded is stored.

        Args:
            used: the names of the tables that streams go into, casefolded.
        """
        initial, self._table = self._table, None
        if initial is None or initial.name.casefold() in used:
            return
        try:
            others = self._base_tables.refreshed().tables
            now = next((table for table in others if table.id == initial.id), None)
            if now is None or len(others) == 1 or now.columns != initial.columns:
                return
            if _is_empty(self._base_tables.base, now):
                self._base_tables.delete_table(now.name)
        except SeaTableError as error:
            log.warning("Table %r of the new base was left in it: %s", initial.name, error)


def _is_empty(base: Base, table: Table) -> bool:
    """Whether no cell of a table is filled."""
    pages = base.read(ReadRequest(table, table.columns)).pages
    return not any(_has_cells(row, table) for page in pages for row in page)


def _has_cells(row: Mapping[str, object], table: Table) -> bool:
    return any(row.get(column.name) not in (None, "", False, []) for column in table.columns)
