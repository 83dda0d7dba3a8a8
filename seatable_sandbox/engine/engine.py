"""The engine of the server: store, profile, clock and time zone, which every operation needs."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from seatable_sandbox.columns import WriteContext, ZoneClock
from seatable_sandbox.engine.webhooks import Webhooks

if TYPE_CHECKING:
    from seatable_sandbox.model import Base, Clock, Store
    from seatable_sandbox.profiles import Profile


@dataclass(frozen=True)
class Actor:
    """Who does something: a user, and the app whose API token was used."""

    user: str
    app: str | None = None


class Engine:
    """The parts of a running server that operations work with.

    Args:
        store: the bases.
        profile: the features and limits of the server.
        clock: the server's.
        time_zone: the server's zone, such as Europe/Berlin.
        seed: what the ids of rows are drawn from; None for ids that no other server has.
    """

    def __init__(
        self,
        store: Store,
        profile: Profile,
        clock: Clock,
        time_zone: str,
        seed: int | None = None,
    ) -> None:
        self.row_source = None if seed is None else random.Random(seed)
        self.store = store
        self.profile = profile
        self.clock = clock
        self.webhooks = Webhooks(store, clock)
        self.time_zone = time_zone
        self.zone = ZoneInfo(time_zone)
        self.zone_clock = ZoneClock(self.zone, profile.utc_suffix)

    def write_context(self) -> WriteContext:
        """The rules by which this server coerces written values; made for each operation."""
        today = self.zone_clock.today(self.clock.milliseconds())
        return WriteContext(
            self.zone, self.profile.date_rules, self.profile.creates_options, today.year
        )

    def log_operation(self, base: Base, actor: Actor, operation: dict[str, Any]) -> None:
        """Count an operation of a base, write it to its log, and call its webhooks."""
        self.store.log_operation(base, actor.user, actor.app, self.clock.milliseconds(), operation)
        self.webhooks.announce(base, actor.user, actor.app, operation)
