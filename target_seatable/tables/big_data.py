"""Adding rows straight to a base's big data storage, and what that rules out.

Rows there count for no row limit of the base. Servers do not tell their ids when they are added, do
not link them, and take them only in bases in which somebody has switched the storage on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import ConfigError, NotFound, RequestRejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatable_client.api.base import Base
    from seatable_client.metadata import Metadata

_SWITCH_IT_ON = (
    "Switch it on in the base's menu, under big data storage (it takes an Enterprise "
    "subscription), or set storage to normal."
)


def add_to_big_data(base: Base) -> None:
    """Let the base's new rows go to big data storage.

    Raises:
        ConfigError: the server has no call for it.
    """
    if not base.takes_big_data:
        raise ConfigError(
            f"storage is big_data, and the server of base {base.name!r} ({base.generation}) has no "
            "call that adds rows to big data storage. Set storage to normal."
        )
    base.appends_to_big_data = True


def check_base(base: Base, metadata: Metadata) -> None:
    """Refuse a base that says that it has no big data storage, before anything is made in it.

    Raises:
        ConfigError: it says so.
    """
    if base.appends_to_big_data and metadata.big_data is False:
        raise ConfigError(
            f"storage is big_data, which is switched off in base {base.name!r}. {_SWITCH_IT_ON}"
        )


def check_links(base: Base, stream: str, links: Iterable[str]) -> None:
    """Refuse a stream whose rows are to be linked.

    Raises:
        ConfigError: it is such a stream.
    """
    listed = ", ".join(map(repr, links))
    if base.appends_to_big_data and listed:
        raise ConfigError(
            f"Stream {stream!r}: {listed} would be linked, and rows in big data storage cannot be. "
            "Leave it out with stream_maps, or set storage to normal."
        )


def explained(refusal: RequestRejected | NotFound, base: Base) -> RequestRejected | NotFound:
    """A refusal of the very first rows, with what may be behind it."""
    if not base.appends_to_big_data or isinstance(refusal, NotFound):
        return refusal
    hint = f"Perhaps big data storage is switched off in base {base.name!r}. {_SWITCH_IT_ON}"
    return RequestRejected(
        f"{refusal} {hint}", status=refusal.status, server_message=refusal.server_message
    )
