"""A budget of calls that all processes share: so many in any minute, so many in a month.

Limits at SeaTable are a team's. A limit that each process counts for itself is none: five short
runs in a row made 85 calls in 43 seconds under a limit of 20.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import weakref
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.errors import ConfigError, QuotaExhausted
from seatable_client.http.budget.open_store import open_store
from seatable_client.http.budget.store import BudgetStoreUnavailable

if TYPE_CHECKING:
    from pyrate_limiter import AbstractBucket, Limiter

    from seatable_client.http.budget.store import BudgetStore

log = logging.getLogger(__name__)

WINDOW_SECONDS = 62.0
"""Seconds in which the calls of a minute are counted: the grants of a minute reach the server over
a little more than one, since a call takes its time from the grant to the server."""

RENEW_SECONDS = 10.0
"""Seconds between two notes that a budget is in use, each with a removal of old grants."""

SAME_USE_SECONDS = 600.0
"""A budget that was used so recently keeps its limits; another process must give the same."""


class BudgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The setting `call_budget`.

    Attributes:
        url: where it is counted.
        name: what it is called there; all who give one name share it. If it is not set, all runs
            with one server and credential do.
        per_minute, per_month: calls at most.
        on_unavailable: what to do if the store does not answer: `fail`, or `continue` without it.
    """

    url: str
    name: str | None = None
    per_minute: int | None = None
    per_month: int | None = None
    on_unavailable: str = "fail"


class CallBudget:
    """Grants calls out of a shared budget. Safe under threads.

    Args:
        settings: the setting.
        server: root of the SeaTable server.
        credential: what tells one credential from another; only a digest of it is stored.

    Raises:
        ConfigError: no limit is set, the URL is invalid, or the name is in use with other limits.
        BudgetStoreUnavailable: the store cannot be reached, and `on_unavailable` is `fail`.
    """

    def __init__(self, settings: BudgetSettings, *, server: str, credential: str) -> None:
        from pyrate_limiter import Limiter, Rate, SingleBucketFactory  # noqa: PLC0415

        if not (settings.per_minute or settings.per_month):
            raise ConfigError(
                "call_budget has no limit.", hint="Set per_minute, per_month, or both."
            )
        _check_name(settings.name or "")
        self._settings = settings
        self._name = settings.name or _digest(server, credential)
        self._lock = threading.Lock()
        self._store: BudgetStore | None = None
        self._limiter: Limiter | None = None
        self._bucket: AbstractBucket | None = None
        self._renew_at = 0.0
        self.monthly_calls: int | None = None
        self._finalizer: weakref.finalize[Any, Any] | None = None
        try:
            self._store = open_store(settings.url)
            self._finalizer = weakref.finalize(self, self._store.close)
            self._register(self._store)
            if settings.per_minute:
                rate = Rate(settings.per_minute, round(1000 * WINDOW_SECONDS))
                # One table for each rate: the cleaning of a shorter window would delete grants
                # that a longer one still counts.
                table = f"grants_{_digest(server, self._name, str(settings.per_minute))}"
                self._bucket = self._store.bucket(table, rate)
                self._limiter = Limiter(SingleBucketFactory(self._bucket, schedule_leak=False))
        except BudgetStoreUnavailable as error:
            self._do_without(error)
        except ConfigError:
            self.close()
            raise

    def acquire(self, endpoint: str) -> None:
        """Wait for a grant of the minute, and count a call of the month.

        Raises:
            QuotaExhausted: the month's calls are used up.
            BudgetStoreUnavailable: the store does not answer, and `on_unavailable` is `fail`.
            ConfigError: another run may have the lock of a base, or gives other limits.
        """
        store = self._store
        if store is None:
            return
        try:
            if self._settings.per_month:
                self._count(store, self._settings.per_month)
            self._renew(store)
            if self._limiter is not None:
                with store.guarded():
                    self._limiter.try_acquire(endpoint, blocking=True, timeout=-1)
            keeps_locks = store.keeps_locks()
        except BudgetStoreUnavailable as error:
            self._do_without(error)
            return
        if not keeps_locks:
            raise ConfigError(
                "The lock on a base was lost, and another run may have taken it: the store of "
                "call_budget was restarted, or a file of it was removed. Nothing more is read or "
                "loaded.",
                hint="Run again.",
            )

    def lock_base(self, base: str, purpose: str) -> None:
        """See that no other run of this budget does the same with a base.

        Args:
            base: id of the base.
            purpose: what is done, such as "read" or "load".

        Raises:
            ConfigError: another run does.
        """
        # By the name of the budget: runs for different tables of a base take a name each.
        lock = f"{purpose} {base} {self._settings.name or ''}".rstrip()
        try:
            is_free = self._store is None or self._store.try_lock(lock)
        except BudgetStoreUnavailable as error:
            self._do_without(error)
            return
        if not is_free:
            raise ConfigError(
                f"Another run is about to {purpose} this base.",
                hint="Wait until it has ended, and see that your schedule starts one run of a base "
                "at a time.",
            )

    def close(self) -> None:
        """Give back locks and connections."""
        if self._finalizer is not None:
            self._finalizer()
        self._store = None

    def report(self) -> str:
        """How much of the month is used, for the log; empty where that is not counted."""
        if self.monthly_calls is None:
            return ""
        return (
            f"Call budget: {self.monthly_calls:,} of {self._settings.per_month:,} calls of this "
            "month are used."
        )

    def _register(self, store: BudgetStore) -> None:
        """Note the limits under the budget's name; refuse others while it is in use."""
        mine = (self._settings.per_minute, self._settings.per_month)
        store.rows(
            "INSERT INTO seatable_budgets (name, per_minute, per_month, used_at) "  # noqa: S608
            f"VALUES (?, ?, ?, {store.now}) ON CONFLICT (name) DO NOTHING",
            (self._name, *mine),
        )
        [(minute, month, age)] = store.rows(
            f"SELECT per_minute, per_month, {store.now} - used_at "  # noqa: S608
            "FROM seatable_budgets WHERE name = ?",
            (self._name,),
        )
        if (minute, month) != mine and age < SAME_USE_SECONDS:
            raise ConfigError(
                f"call_budget {self._name!r} is in use with per_minute {minute} and per_month "
                f"{month}, but this run gives {mine[0]} and {mine[1]}.",
                hint="Give all runs the same limits, or this one another name.",
            )
        store.rows(
            f"UPDATE seatable_budgets SET per_minute = ?, per_month = ?, used_at = {store.now} "  # noqa: S608
            "WHERE name = ?",
            (*mine, self._name),
        )

    def _count(self, store: BudgetStore, limit: int) -> None:
        """Count one call of the month; atomic, so that processes at once never pass the limit."""
        counted = store.rows(
            "INSERT INTO seatable_monthly_calls (name, month, calls) "  # noqa: S608
            f"VALUES (?, {store.month}, 1) ON CONFLICT (name, month) DO UPDATE "
            "SET calls = seatable_monthly_calls.calls + 1 "
            "WHERE seatable_monthly_calls.calls < ? RETURNING calls",
            (self._name, limit),
        )
        if not counted:
            until = _next_month(datetime.now(timezone.utc))
            raise QuotaExhausted(
                f"The call budget of this month ({limit:,} calls) is used up until "
                f"{until:%Y-%m-%d %H:%M} UTC.",
                hint="Run again after that, or raise per_month of call_budget.",
                until=until,
            )
        self.monthly_calls = counted[0][0]

    def _renew(self, store: BudgetStore) -> None:
        """Now and then, note that the budget is in use, and remove old grants.

        Raises:
            ConfigError: another run gives other limits, and began when this one had rested.
        """
        with self._lock:
            if time.monotonic() < self._renew_at:
                return
            self._renew_at = time.monotonic() + RENEW_SECONDS
        limits = (self._settings.per_minute, self._settings.per_month)
        renewed = store.rows(
            f"UPDATE seatable_budgets SET used_at = {store.now} WHERE name = ? "  # noqa: S608
            "AND coalesce(per_minute, 0) = ? AND coalesce(per_month, 0) = ? RETURNING name",
            (self._name, *(limit or 0 for limit in limits)),
        )
        if not renewed:
            self._renew_at = 0.0
            raise ConfigError(
                f"call_budget {self._name!r} is now in use with other limits than per_minute "
                f"{limits[0]} and per_month {limits[1]}, which this run gives.",
                hint="Give all runs the same limits, or this one another name.",
            )
        if self._bucket is not None:
            with store.guarded():
                now: int = self._bucket.now()  # type: ignore[no-untyped-call]
                self._bucket.leak(now)

    def _do_without(self, error: BudgetStoreUnavailable) -> None:
        """Go on without a budget, where the setting allows for it."""
        if self._settings.on_unavailable != "continue":
            raise error
        log.warning("%s This run goes on without the call budget.", error)
        self._store = None  # It is not closed: it may still hold the lock of a base.


def _check_name(name: str) -> None:
    """Check that every store can keep a name."""
    if not name.isprintable():
        raise ConfigError(
            f"call_budget has the name {name!r}, which no store can keep.",
            hint="Use a name of letters, digits, spaces and signs.",
        )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _next_month(moment: datetime) -> datetime:
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
