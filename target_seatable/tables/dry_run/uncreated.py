"""The base that a run would create."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.api import Gateway
from seatable_client.metadata import Column, Metadata, Table
from target_seatable.tables.dry_run.base import UNMADE

if TYPE_CHECKING:
    from datetime import tzinfo

    from seatable_client.http import Transport

    Row = dict[str, Any]


class UncreatedBase(Gateway):
    """A base that does not exist yet, as SeaTable would create it: one table of one column.

    It stands behind a `DryRunBase`, and answers by itself, because there is nobody to ask.

    Args:
        name: what it would be called.
        transport: the session to the server.
    """

    def __init__(self, name: str, transport: Transport) -> None:  # there is no token for it
        self.name = name
        self.transport = transport.sibling()
        self.rows_moved = 0

    id = ""
    permission = "rw"

    def metadata(self) -> Metadata:
        """What SeaTable puts into a new base."""
        first = Column("0000", "Name", "text", {})
        return Metadata((Table(f"{UNMADE}table", "Table1", (first,)),))

    def related_users(self) -> list[Row]:
        """Nobody that is known."""
        return []

    def zone(self) -> tzinfo | None:
        """Unknown."""
        return None
