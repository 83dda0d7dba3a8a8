"""Which bases a run reads: the one that the settings name, or all that the setting `bases` does.

An entry of `bases` is a credential, with what it does not say taken from the settings around it, or
with an account a pattern over the names of all bases that the account sees.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError, NotFound, SeaTableError
from tap_seatable.catalog.naming import distinct, has_wildcard, matches

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from seatable_client.api.base import Base
    from seatable_client.auth.credentials import Credential
    from seatable_client.connection import Connection, Server

    Entry = Mapping[str, Any]

log = logging.getLogger(__name__)

LOGIN = ("username", "password", "otp")
PLACE = ("workspace_id", "base_name")


@dataclass
class OpenBases:
    """The bases of a run, as far as they could be opened.

    Attributes:
        connections: to the bases, each once.
        failures: why others could not be opened, by what the settings call them.
    """

    connections: list[Connection] = field(default_factory=list)
    failures: dict[str, SeaTableError] = field(default_factory=dict)


def open_bases(server: Server, config: Mapping[str, Any]) -> OpenBases:
    """Open what the settings name; of several bases one that cannot be opened fails alone.

    Raises:
        ConfigError: a setting cannot be right.
        SeaTableError: the only base cannot be opened.
    """
    if not config.get("bases"):
        return OpenBases([server.open(server.credential(config))])
    result = OpenBases()
    met: set[str] = set()
    for number, entry in enumerate(config["bases"]):
        place = f"bases[{number}]"
        settings = _completed(entry, config)
        try:
            credentials = _credentials(server, settings)
        except ConfigError as error:
            raise ConfigError(f"{place}: {error}") from None
        except SeaTableError as error:
            result.failures[_label(settings, place)] = error
            continue
        for name, credential in credentials:
            try:
                connection = server.open(credential)
            except ConfigError:
                raise
            except SeaTableError as error:
                result.failures[name or _label(settings, place)] = error
                continue
            uuid = connection.base.id
            if uuid in met:
                log.info("Base %r is named twice; it is read once.", connection.base.name)
                continue
            met.add(uuid)
            result.connections.append(connection)
    return result


def prefixes(bases: Sequence[Base], *, by_id: bool, streams: Collection[str] = ()) -> list[str]:
    """What the streams of each base begin with, so that each base is a schema of the warehouse.

    Bases of one name have the beginning of their id appended, all of them. One of them keeps it
    when the others cannot be opened, or are no longer in the settings: another name would be that
    of other streams, which begin anew.

    Args:
        bases: the bases that could be opened.
        by_id: whether ids stand for names.
        streams: what the catalog and the state of the run know.
    """
    ids = [base.id for base in bases]
    short = Counter(uuid[:8] for uuid in ids)
    keys = [uuid if short[uuid[:8]] > 1 else uuid[:8] for uuid in ids]
    plain = {
        key: uuid if by_id else base.name.replace("-", "_")
        for key, uuid, base in zip(keys, ids, bases, strict=True)
    }
    known = {stream.partition("-")[0] for stream in streams}
    for key, name in plain.items():
        if name not in known and f"{name}_{key}" in known:
            plain[key] = f"{name}_{key}"
    names = distinct(plain)
    return [names[key] for key in keys]


def _completed(entry: Entry, config: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with what it does not say itself; a way to sign in is never mixed from two."""
    own = {name: value for name, value in entry.items() if value not in (None, "", [])}
    if "api_token" in own:
        inherited: tuple[str, ...] = ()
    elif "account_token" in own:
        inherited = PLACE
    elif any(name in own for name in LOGIN):
        inherited = (*LOGIN, *PLACE)
    else:
        inherited = ("api_token", "account_token", *LOGIN, *PLACE)
    return {**{name: config.get(name) for name in inherited}, **own}


def _credentials(server: Server, settings: Entry) -> list[tuple[str, Credential]]:
    """The credentials that an entry stands for, each with a name for messages."""
    account = server.account(settings)
    name, workspace = str(settings.get("base_name") or "").strip(), settings.get("workspace_id")
    exclude = settings.get("exclude") or ()
    if account is None and exclude:
        raise ConfigError("exclude goes with account_token or username.")
    if account is None or (name and workspace and not exclude and not has_wildcard(name)):
        return [(name, server.credential(settings))]
    seen = server.bases(account)
    found = [
        base
        for base in seen
        if workspace in {None, base.workspace_id}
        and (not name or matches(base.name, [name]))
        and not matches(base.name, exclude)
    ]
    if not found:
        names = ", ".join(f"{base.name!r} in workspace {base.workspace_id}" for base in seen[:20])
        raise NotFound(f"The account sees no such base. It sees: {names or 'none'}.")
    return [(base.name, base) for base in found]


def _label(settings: Entry, place: str) -> str:
    return str(settings.get("base_name") or "").strip() or place
