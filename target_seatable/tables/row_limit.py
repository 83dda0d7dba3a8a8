"""What a base has room for, looked at before rows are sent.

A base takes so many rows in its normal storage. Past that it can only be read, by everybody who
works in it, so a run that would bring it there ends before it does.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from seatable_client.errors import PermissionDenied, RequestRejected
from target_seatable.errors import RowLimitExceeded
from target_seatable.settings import ROW_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatable_client.api.base import Base
    from seatable_client.metadata import Metadata

log = logging.getLogger(__name__)


_WORTH_COUNTING = 0.01
"""The part of the limit up to which a run may add rows before all tables are counted, a call each.

Below it the server is left to refuse what is too much.
"""


class RowLimit:
    """How many rows a base still takes.

    Args:
        base: the base.
        config: the target's settings.
        structure: tells the tables that it has at present.
        rehearses: whether nothing is really added. Then a load goes on for which there is no room.

    Attributes:
        lacking: what the run would have ended with, were it none that rehearses.
    """

    def __init__(
        self,
        base: Base,
        config: Mapping[str, Any],
        structure: Callable[[], Metadata],
        *,
        rehearses: bool,
    ) -> None:
        self._base = base
        self._limit = 0 if base.appends_to_big_data else int(config.get("row_limit", ROW_LIMIT))
        self._structure = structure
        self._rehearses = rehearses
        self._there = frozenset(table.name for table in structure().tables)
        self._added: Counter[str] = Counter()
        self._rows: int | None = None
        self.lacking: RowLimitExceeded | None = None

    def check(self, table: str, rows: int, calls: int) -> None:
        """See that there is room for rows, and that there are calls left to send them.

        Raises:
            RowLimitExceeded: the base does not take so many.
            QuotaExhausted: it takes more calls than are left for long.
        """
        self.check_calls(calls, f"add {rows:,} rows to table {table!r}")
        if not self._limit or sum(self._added.values()) + rows <= self._limit * _WORTH_COUNTING:
            return
        if self._rows is None:
            self._count()
        if self._rows is None or self._rows + rows <= self._limit:
            return
        before = "All that came before is stored"
        if self._rehearses:
            before = "Nothing was stored, as in every dry_run"
        lacking = RowLimitExceeded(
            f"Table {table!r}: {rows:,} more rows were to be added, and base {self._base.name!r} "
            f"has {self._rows:,} of the {self._limit:,} that row_limit lets it have. {before}. "
            "Load into another base, set storage to big_data, or, if your server takes more, raise "
            "row_limit."
        )
        if not self._rehearses:
            raise lacking
        self.lacking = lacking
        self._limit = 0  # once is enough

    def check_calls(self, calls: int, purpose: str) -> None:
        """See that there are so many calls left.

        Args:
            calls: how many it takes.
            purpose: completes "Could not …".

        Raises:
            QuotaExhausted: fewer are left for long.
        """
        self._base.transport.pace.check(calls, purpose)

    def added(self, table: str, rows: int) -> None:
        """Note that so many rows were added to a table; fewer than none were deleted."""
        self._added[table] += rows
        if self._rows is not None:
            self._rows += rows

    def _count(self) -> None:
        """Count the rows of all tables; of those made in this run it is known what they hold."""
        structure = self._structure()
        may_be_archived = structure.big_data is not False
        try:
            counts = [
                self._base.count_rows(table, may_be_archived=may_be_archived)
                for table in structure.tables
                if table.name in self._there
            ]
        except (RequestRejected, PermissionDenied) as error:
            log.info("The rows of the base cannot be counted: %s", error)
            counts = [None]
        if None in counts:
            self._limit = 0
            return
        # What was added to the others, and what only a rehearsal has, no count shows.
        unseen = [
            rows
            for table, rows in self._added.items()
            if self._rehearses or table not in self._there
        ]
        self._rows = sum(filter(None, counts)) + sum(unseen)
