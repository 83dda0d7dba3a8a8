"""The row limit of a base, checked before rows are sent.

A base takes a limited number of rows in its normal storage. Past the limit it is read-only for
everybody who works in it, so a run that would exceed the limit ends before it does.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from seatable_client.errors import PermissionDenied, RequestRejected
from target_seatable.errors import RowLimitExceeded
from target_seatable.settings import SMALLEST, SUBSCRIPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seatable_client.api import Base
    from seatable_client.metadata import Metadata
    from target_seatable.settings import TargetConfig

log = logging.getLogger(__name__)


_WORTH_COUNTING = 0.01
"""The part of the limit up to which a run adds rows without counting all tables, a call each.

Below it the server refuses what is too much.
"""


_NEAR = 0.9
"""The part of the smallest plan's rows from which the log says that there is a limit."""

_ENDING: Final = ("free", "plus", "enterprise")


class RowLimit:
    """How many more rows a base takes. Safe under threads.

    Args:
        base: the base.
        settings: the target's settings.
        metadata: returns the tables that it has at present.
        dry_run: whether nothing is really added. Then the run goes on past the limit.

    Attributes:
        exceeded: the error with which the run would have ended without dry_run; None if none.
    """

    def __init__(
        self,
        base: Base,
        settings: TargetConfig,
        metadata: Callable[[], Metadata],
        *,
        dry_run: bool,
    ) -> None:
        self._base = base
        self._limit = 0 if base.appends_to_big_data else settings.row_limit
        is_set = bool(settings.plan) or settings.by_name.get("row_limit") is not None
        self._by = f"plan {settings.plan}" if settings.plan else "row_limit"
        if settings.by_name.get("row_limit") is not None:
            self._by = "row_limit"
        self._warns_at = 0 if is_set else int(SMALLEST.row_limit * _NEAR)
        self._metadata = metadata
        self._dry_run = dry_run
        self._existing = frozenset(table.name for table in metadata().tables)
        self._added: Counter[str] = Counter()
        self._rows: int | None = None
        self._being_sent = 0
        self._changed = threading.Condition()
        self.exceeded: RowLimitExceeded | None = None

    @contextlib.contextmanager
    def room_for(self, table: str, rows: int, calls: int) -> Iterator[Callable[[int], None]]:
        """Keep room for so many more rows while they are sent.

        Yields:
            What notes how many of them are stored.

        Raises:
            RowLimitExceeded: the base would exceed its row limit.
            QuotaExhausted: too few calls are left for longer than is waited.
        """
        self.check_calls(calls, f"add {rows:,} rows to table {table!r}")
        with self._changed:
            self._check(table, rows)
            self._being_sent += rows
        kept = rows

        def note_stored(stored: int) -> None:
            nonlocal kept
            with self._changed:
                self._being_sent -= kept
                kept = 0
                self.added(table, stored)
                self._changed.notify_all()

        try:
            yield note_stored
        finally:
            note_stored(0)

    def _check(self, table: str, rows: int) -> None:
        while not self._fits(rows):
            if not self._being_sent:
                break
            self._changed.wait()  # some may be refused
        else:
            return
        before = "All that came before is stored"
        if self._dry_run:
            before = "Nothing was stored, as in every dry_run"
        error = RowLimitExceeded(
            f"Table {table!r}: {rows:,} more rows would be added, and base {self._base.name!r} "
            f"has {self._rows:,} of the {self._limit:,} that {self._by} allows. {before}. "
            "Load into another base, set storage to big_data, or, if your server takes more, raise "
            "row_limit."
        )
        if not self._dry_run:
            raise error
        self.exceeded = error
        self._limit = 0  # once is enough

    def _fits(self, rows: int) -> bool:
        """Whether the base takes so many more rows besides those that are being sent."""
        sent = sum(self._added.values()) + self._being_sent
        if not self._limit or sent + rows <= self._limit * _WORTH_COUNTING:
            return True
        if self._rows is None:
            while self._being_sent:  # a count may see these rows, or not
                self._changed.wait()
            self._count()
        if self._rows is not None:
            self._warn_if_near(self._rows + self._being_sent + rows)
        return self._rows is None or self._rows + self._being_sent + rows <= self._limit

    def note_rows(self, rows: int | None) -> None:
        """Note how many rows a table has, where a load method knows it: the base has as many."""
        with self._changed:
            self._warn_if_near(rows or 0)

    def _warn_if_near(self, rows: int) -> None:
        """Warn once of a base that nears the limit of the smallest plan, if none is set."""
        if self._warns_at and rows >= self._warns_at:
            self._warns_at = 0
            log.warning(
                "Base %r has %s rows or more, with those of this run. SeaTable's plan Free ends at "
                "%s rows of a base, Plus at %s, and Enterprise at %s; a full base is read-only for "
                "everyone. Set plan, so that a run stops before, or row_limit.",
                self._base.name,
                f"{rows:,}",
                *(f"{SUBSCRIPTIONS[name].row_limit:,}" for name in _ENDING),
            )

    def check_calls(self, calls: int, purpose: str) -> None:
        """Check that so many calls are left.

        Args:
            calls: how many it takes.
            purpose: completes "Could not …".

        Raises:
            QuotaExhausted: fewer calls are left for longer than is waited.
        """
        self._base.transport.pace.check(calls, purpose)

    def added(self, table: str, rows: int) -> None:
        """Note how many rows were added to a table; a negative number were deleted."""
        with self._changed:
            self._added[table] += rows
            if self._rows is not None:
                self._rows += rows

    def _count(self) -> None:
        """Count the rows of all tables, except those made in this run, whose rows are known."""
        metadata = self._metadata()
        may_be_archived = metadata.big_data is not False
        try:
            counts = [
                self._base.count_rows(table, may_be_archived=may_be_archived)
                for table in metadata.tables
                if table.name in self._existing
            ]
        except (RequestRejected, PermissionDenied) as error:
            log.info("The rows of the base cannot be counted: %s", error)
            counts = [None]
        if None in counts:
            self._limit = 0
            return
        # No count shows rows added to new tables, and rows that only a dry run has.
        unseen = [
            rows
            for table, rows in self._added.items()
            if self._dry_run or table not in self._existing
        ]
        self._rows = sum(filter(None, counts)) + sum(unseen)
