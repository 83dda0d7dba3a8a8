"""What every operation needs: the store, the server's profile, its clock and its zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from seatable_sandbox.columns.dates import ZoneClock
from seatable_sandbox.columns.types import Writing

if TYPE_CHECKING:
    from seatable_sandbox.model.clock import Clock
    from seatable_sandbox.model.model import Base
    from seatable_sandbox.model.store import Store
    from seatable_sandbox.profiles.profiles import Profile


@dataclass(frozen=True)
class Actor:
    """Who does something: a user id, and the app whose API token it came with."""

    user: str
    app: str | None = None


class Engine:
    """The parts of a running server that operations work with."""

    def __init__(self, store: Store, profile: Profile, clock: Clock, time_zone: str) -> None:
        self.store = store
        self.profile = profile
        self.clock = clock
        self.time_zone = time_zone
        self.zone = ZoneInfo(time_zone)
        self.zone_clock = ZoneClock(self.zone, profile.utc_suffix)

    def writing(self) -> Writing:
        return Writing(self.zone, self.profile.date_rules, self.profile.creates_options)

    def record(self, base: Base, actor: Actor, operation: dict[str, Any]) -> None:
        self.store.record(base, actor.user, actor.app, self.clock.milliseconds(), operation)
