"""Opens the bases of a run: the one that the settings name, or all that the setting `bases` names.

An entry of `bases` is a credential, completed from the settings around it. With an account it may
be a pattern for the names of all bases that the account sees.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError, NotFound, SeaTableError
from singer_seatable.threads import map_at_once
from tap_seatable.catalog import append_id, has_wildcard, make_distinct, matches, name_of, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from seatable_client.api import Base
    from seatable_client.auth import Credential
    from seatable_client.connection import Connection, Server
    from tap_seatable.config import TapConfig

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


def open_bases(server: Server, config: TapConfig) -> OpenBases:
    """Open what the settings name; of several bases one that cannot be opened fails alone.

    Raises:
        ConfigError: a setting is invalid.
        SeaTableError: the only base cannot be opened.
    """
    if not config.bases:
        return OpenBases([server.open(server.credential(config.connection))])
    result = OpenBases()
    found = named_credentials(server, config)

    def open_base(credential: Credential | SeaTableError) -> Connection:
        if isinstance(credential, SeaTableError):
            raise credential
        return server.open(credential)

    # What the first one finds out about the server, such as its version, serves the others.
    credentials_found = [credential for _, credential in found]
    answers = [
        *map_at_once(open_base, credentials_found[:1], 1),
        *map_at_once(open_base, credentials_found[1:], config.concurrency),
    ]
    opened: set[str] = set()
    for (label, _), answer in zip(found, answers, strict=True):
        if isinstance(answer, SeaTableError) and not isinstance(answer, ConfigError):
            result.failures[label] = answer
        elif isinstance(answer, Exception):
            raise answer
        elif answer.base.id in opened:
            log.info("Base %r is named twice; it is read once.", answer.base.name)
        else:
            opened.add(answer.base.id)
            result.connections.append(answer)
    return result


def named_credentials(
    server: Server, config: TapConfig
) -> list[tuple[str, Credential | SeaTableError]]:
    """The credentials of the setting `bases`, or why there is none, each with its name.

    Without the setting they are those of the connection; an account opens all bases that it sees.

    Raises:
        ConfigError: an entry is invalid.
    """
    found: list[tuple[str, Credential | SeaTableError]] = []
    for index, entry in enumerate(config.bases or [{}]):
        place = f"bases[{index}]"
        settings = _complete(entry, config.connection)
        try:
            credentials = _credentials(server, settings)
        except ConfigError as error:
            raise ConfigError(f"{place}: {error}") from None
        except SeaTableError as error:
            found.append((_label(settings, place), error))
            continue
        found += [(name or _label(settings, place), credential) for name, credential in credentials]
    namesakes = Counter(name for name, _ in found)
    return [
        (f"{name} in workspace {credential.workspace_id}", credential)
        if namesakes[name] > 1
        and not isinstance(credential, SeaTableError)
        and credential.workspace_id is not None
        else (name, credential)
        for name, credential in found
    ]


def stream_prefixes(
    bases: Sequence[Base],
    *,
    by_id: bool,
    known_streams: Collection[str] = (),
    max_bytes: int | None = None,
) -> list[str]:
    """What the streams of each base begin with, so that each base is a schema of the warehouse.

    Bases of one name all have the beginning of their id appended. A base keeps it when the others
    cannot be opened or are no longer in the settings: another prefix would make other streams,
    which start with a full sync.

    Args:
        bases: the bases that could be opened.
        by_id: whether ids stand for names.
        known_streams: names of streams in the catalog and in the state of the run.
        max_bytes: how long names may be; None for any length.
    """
    ids = [base.id for base in bases]
    short = Counter(uuid[:8] for uuid in ids)
    keys = [uuid if short[uuid[:8]] > 1 else uuid[:8] for uuid in ids]
    names = {
        key: uuid if by_id else shorten(base.name.replace("-", "_"), key, max_bytes)
        for key, uuid, base in zip(keys, ids, bases, strict=True)
    }
    known = {stream.partition("-")[0] for stream in known_streams}
    for key, name in names.items():
        if name not in known and (longer := append_id(name, key, max_bytes)) in known:
            names[key] = longer
    prefixes = make_distinct(names, max_bytes=max_bytes)
    return [prefixes[key] for key in keys]


def _complete(entry: Entry, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Complete an entry by the settings around it; a way to sign in is never mixed from two."""
    given = {name: value for name, value in entry.items() if value not in (None, "", [])}
    if "api_token" in given:
        inherited: tuple[str, ...] = ()
    elif "account_token" in given:
        inherited = PLACE
    elif any(name in given for name in LOGIN):
        inherited = (*LOGIN, *PLACE)
    else:
        inherited = ("api_token", "account_token", *LOGIN, *PLACE)
    return {**{name: defaults.get(name) for name in inherited}, **given}


def _credentials(server: Server, settings: Entry) -> list[tuple[str, Credential]]:
    """The credentials that an entry stands for, each with a name for messages."""
    account = server.account(settings)
    name, workspace = str(settings.get("base_name") or ""), settings.get("workspace_id")
    exclude = settings.get("exclude") or ()
    if account is None and exclude:
        raise ConfigError("exclude goes with account_token or username.")
    if account is None or (name and workspace and not exclude and not has_wildcard(name)):
        return [(name_of(name), server.credential({**settings, "base_name": name_of(name)}))]
    visible = server.bases(account)
    chosen = [
        base
        for base in visible
        if workspace in {None, base.workspace_id}
        and (not name or matches(base.name, [name]))
        and not matches(base.name, exclude)
    ]
    if not chosen:
        names = ", ".join(
            f"{base.name!r} in workspace {base.workspace_id}" for base in visible[:20]
        )
        raise NotFound(f"The account sees no such base. It sees: {names or 'none'}.")
    return [(base.name, base) for base in chosen]


def _label(settings: Entry, place: str) -> str:
    return str(settings.get("base_name") or "").strip() or place
