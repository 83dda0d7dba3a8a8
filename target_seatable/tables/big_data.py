"""Adding rows straight to the big data storage of a base, and its limits.

Rows there do not count for the row limit of the base. Servers do not return their ids, do not link
them, and take them only in bases whose big data storage is switched on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import ConfigError, NotFound, RequestRejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatable_client.api import Base
    from seatable_client.metadata import Metadata
    from target_seatable.settings import TargetConfig

_SWITCH_IT_ON = (
    "Switch it on in the base's menu, under big data storage (it needs an Enterprise "
    "subscription), or set storage to normal."
)


def add_to_big_data(base: Base) -> None:
    """Let the base's new rows go to big data storage.

    Raises:
        ConfigError: the server cannot.
    """
    if not base.takes_big_data:
        raise ConfigError(
            f"storage is big_data, and the server of base {base.name!r} ({base.generation}) has no "
            "call that adds rows to big data storage.",
            hint="Set storage to normal.",
        )
    base.appends_to_big_data = True


def check_subscription(settings: TargetConfig) -> None:
    """Check that the plan that the settings name has a big data storage, if rows go there.

    Raises:
        ConfigError: the plan has no big data storage.
    """
    plan = settings.subscription
    if settings.storage == "big_data" and plan is not None and not plan.has_big_data:
        raise ConfigError(
            f"storage is big_data, and plan is {settings.plan}, which has no big data storage: "
            "Enterprise and Dedicated have.",
            hint="Set storage to normal, or plan to what the team has.",
        )


def check_base(base: Base, metadata: Metadata) -> None:
    """Refuse a base whose big data storage is off, before anything is created in it.

    Raises:
        ConfigError: the base's big data storage is off.
    """
    if base.appends_to_big_data and metadata.big_data is False:
        raise ConfigError(
            f"storage is big_data, which is switched off in base {base.name!r}.",
            hint=_SWITCH_IT_ON,
        )


def check_links(base: Base, stream: str, links: Iterable[str]) -> None:
    """Refuse a stream that has links.

    Raises:
        ConfigError: the stream has links, and its rows go to big data storage.
    """
    names = ", ".join(map(repr, links))
    if base.appends_to_big_data and names:
        raise ConfigError(
            f"Stream {stream!r}: {names} would be linked, and rows in big data storage cannot be.",
            hint="Remove it with stream_maps, or set storage to normal.",
        )


def explain_refusal(refusal: RequestRejected | NotFound, base: Base) -> RequestRejected | NotFound:
    """A refusal of the very first rows, with its likely cause."""
    if not base.appends_to_big_data or isinstance(refusal, NotFound):
        return refusal
    hint = f"Perhaps big data storage is switched off in base {base.name!r}. {_SWITCH_IT_ON}"
    return RequestRejected(
        f"{refusal}", status=refusal.status, server_message=refusal.server_message, hint=hint
    )
