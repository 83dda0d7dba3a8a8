"""Lists the bases that the credentials open, one by one or in groups, for an orchestrator."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError, SeaTableError
from singer_seatable.threads import map_at_once
from tap_seatable.bases.open import named_credentials
from tap_seatable.catalog import matches, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatable_client.auth import Credential
    from seatable_client.connection import Server
    from tap_seatable.config import TapConfig


@dataclass(frozen=True)
class ListedBase:
    """A base that the credentials open.

    Attributes:
        name: its name.
        uuid: its id, which a rename does not change.
        workspace_id: where it is; None where an API token opens it.
        tables: how many tables it has.
        rows: how many rows all of them have; None where they were not counted.
    """

    name: str
    uuid: str
    workspace_id: int | None
    tables: int
    rows: int | None

    @property
    def state_id(self) -> str:
        """A name for the state of runs of this base, the same for ever."""
        return f"tap-seatable-{self.uuid}"

    @property
    def entry(self) -> dict[str, Any] | None:
        """The entry of the setting `bases` for this base; None where that would hold a token."""
        if self.workspace_id is None:
            return None
        return {"workspace_id": self.workspace_id, "base_name": pattern_of(self.name)}

    def describe(self) -> dict[str, Any]:
        """The base as a JSON object."""
        return {
            "name": self.name,
            "uuid": self.uuid,
            "workspace_id": self.workspace_id,
            "tables": self.tables,
            "rows": self.rows,
            "state_id": self.state_id,
            "settings": {"bases": [self.entry]} if self.entry else None,
        }


def list_bases(
    server: Server,
    config: TapConfig,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    count_rows: bool = False,
) -> tuple[list[ListedBase], dict[str, SeaTableError]]:
    """List the bases in the order of the setting `bases`, or of the account.

    Two calls for each base, and one more for each table where rows are counted.

    Args:
        server: the server.
        config: the settings; without `bases` an account lists all bases that it sees.
        include: patterns of names to list; empty for all.
        exclude: patterns of names to leave out.
        count_rows: whether to count rows.

    Returns:
        The bases, and why others could not be opened, by name.
    """

    def look_at(named: tuple[str, Credential | SeaTableError]) -> ListedBase | None:
        _, credential = named
        if isinstance(credential, SeaTableError):
            raise credential
        # Only an account tells the name of a base before it is opened.
        if credential.name is not None and _is_left_out(credential.name, include, exclude):
            return None
        base = server.open(credential).base
        if _is_left_out(base.name, include, exclude):
            return None
        metadata = base.metadata()
        rows = None
        if count_rows:
            counts = [base.count_rows(table, may_be_archived=True) for table in metadata.tables]
            rows = sum(count or 0 for count in counts)
        return ListedBase(base.name, base.id, credential.workspace_id, len(metadata.tables), rows)

    found = named_credentials(server, config)
    bases: dict[str, ListedBase] = {}
    failures: dict[str, SeaTableError] = {}
    answers = [*map_at_once(look_at, found[:1], 1)]
    answers += map_at_once(look_at, found[1:], config.concurrency)
    for (name, _), answer in zip(found, answers, strict=True):
        if isinstance(answer, SeaTableError) and not isinstance(answer, ConfigError):
            failures[name] = answer
        elif isinstance(answer, Exception):
            raise answer
        elif answer is not None:
            bases.setdefault(answer.uuid, answer)
    return list(bases.values()), failures


def group_bases(
    bases: Sequence[ListedBase], *, groups: int, max_rows: int
) -> Iterator[dict[str, Any]]:
    """Pack small bases into groups; a base with more than `max_rows` rows is alone.

    A base stays in its group while the number of groups and its being small do not change, so that
    the group's state keeps it: the group follows from its id.

    Args:
        bases: with their rows counted.
        groups: how many groups of small bases there are at most.
        max_rows: rows of a small base at most.

    Yields:
        Each group as a JSON object, large bases first.
    """
    small: dict[int, list[ListedBase]] = {}
    for base in bases:
        if (base.rows or 0) > max_rows or base.entry is None:
            yield {"group": base.name, **base.describe(), "uuids": [base.uuid]}
        else:
            digest = hashlib.sha256(base.uuid.encode()).digest()
            small.setdefault(int.from_bytes(digest[:8], "big") % groups, []).append(base)
    for number, members in sorted(small.items()):
        yield {
            "group": f"group {number + 1} of {groups}",
            "uuids": [base.uuid for base in members],
            "tables": sum(base.tables for base in members),
            "rows": sum(base.rows or 0 for base in members),
            "state_id": f"tap-seatable-group-{number + 1}-of-{groups}",
            "settings": {"bases": [base.entry for base in members]},
        }


def _is_left_out(name: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    return bool(include and not matches(name, include)) or matches(name, exclude)
