"""One base of a run: its connection, and its structure and clock at the start of the run."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from functools import cached_property
from typing import TYPE_CHECKING

from tap_seatable.catalog import origin_id

if TYPE_CHECKING:
    from datetime import tzinfo

    from seatable_client.api import Base
    from seatable_client.connection import Connection
    from seatable_client.errors import SeaTableError
    from seatable_client.metadata import Metadata

log = logging.getLogger(__name__)


class Source:
    """One base as a source of streams.

    Args:
        connection: to the base.
        prefix: what its streams' names begin with, before a hyphen; empty for a base alone.

    Attributes:
        failure: why nothing more is asked of the base; None as long as it answers.
        unanswered: streams that the server did not answer for, since it last answered for one.
    """

    def __init__(self, connection: Connection, prefix: str) -> None:
        self._connection = connection
        self.prefix = prefix
        self.failure: SeaTableError | None = None
        self.unanswered = 0
        self._metadata: Metadata | None = None

    @property
    def base(self) -> Base:
        """The base."""
        return self._connection.base

    @property
    def uuid(self) -> str:
        """The base's id, as its server writes it."""
        return self.base.auth.access().uuid

    def claim(self) -> None:
        """See that no other run reads the base, where a call budget can tell.

        Raises:
            ConfigError: another run does.
        """
        self._connection.claim("read")

    @property
    def calls(self) -> int:
        """How many calls were made for the base so far."""
        return sum(self.base.transport.calls.values())

    def stream_name(self, table: str) -> str:
        """The name of a table's stream, given the table's part of it."""
        return f"{self.prefix}-{table}" if self.prefix else table

    @property
    def metadata(self) -> Metadata:
        """The base's structure at the start of the run. One call.

        Not a `cached_property`: before Python 3.12 those of all bases share one lock.
        """
        if self._metadata is None:
            self._metadata = self.base.metadata()
        return self._metadata

    @cached_property
    def now(self) -> datetime:
        """The server's clock at the start of the run, or this machine's where it shows none."""
        _ = self.metadata
        server_time = self.base.transport.server_time
        return (server_time or datetime.now(timezone.utc)).astimezone(timezone.utc)

    def zone_of_cells(self) -> tzinfo:
        """The zone of date-times that come without one; a warning where today's offset is all.

        Servers with SQL show it, and send none in the rows of a view, which come as a list.
        """
        return self._zone_of_cells

    @cached_property
    def _zone_of_cells(self) -> tzinfo:
        if self._connection.zone_name == "auto" and self._connection.zone() is not None:
            log.warning(
                "Base %r: the server sends date-times without their offset and shows only today's. "
                "All of them are read with today's offset; set server_timezone to the zone's name "
                "if the zone has daylight saving time.",
                self.base.name,
            )
        return self._zone

    def zone(self) -> tzinfo:
        """The server's zone; UTC with a warning where nothing shows it."""
        return self._zone

    @cached_property
    def _zone(self) -> tzinfo:
        zone = self._connection.zone()
        if zone is None:
            log.warning(
                "Base %r: this server writes date-times without an offset and does not show its "
                "time zone. They are read as UTC; set server_timezone if that is wrong.",
                self.base.name,
            )
        return zone or timezone.utc

    def describe_access(self, *, readable: int, tables: int) -> str:
        """What `--test` reports of the base.

        Args:
            readable: how many of its tables could be read.
            tables: how many were tried.
        """
        base = self.base
        left = base.transport.pace.calls_left
        calls = (
            "The server does not say how many calls are left."
            if left is None
            else f"{left:,} calls are left until the server's limit resets."
        )
        return (
            f"Base {base.name!r} is reachable through the {base.generation} with permission "
            f"{base.permission or 'unknown'}. {readable} of {tables} tables can be read. "
            f"{calls} {base.costs()}"
        )

    @cached_property
    def origins(self) -> frozenset[str]:
        """The ids by which streams know what they were made from: see `StreamPlan.origin`."""
        tables = self.metadata.tables
        views = (origin_id(table, view) for table in tables for view in table.views)
        return frozenset([*(table.id for table in tables), *views])
