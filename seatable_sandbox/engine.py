"""What every operation needs: the store, the server's profile, its clock and its zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .columns import Writing
from .dates import ZoneClock

if TYPE_CHECKING:
    from .clock import Clock
    from .model import Base
    from .profiles import Profile
    from .store import Store


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
