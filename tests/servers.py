"""The kinds of servers that SeaTable has had, as sandboxes, and what tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

SERVERS: dict[str, dict[str, Any]] = {
    "gateway": {},
    "cloud 5.0": {"profile": "cloud-5.0"},
    "v1 with SQL": {"profile": "v1", "dtable_db": True},
    "v1 without SQL": {"profile": "v1", "version": "2.3.0"},
    "2020": {"profile": "v1-2020"},
}
"""Newest first."""

WITH_GATEWAY = ("gateway", "cloud 5.0")
"""Kinds that tell the ids of appended rows, which rows are locked, and the types of formulas."""

WITH_SQL = (*WITH_GATEWAY, "v1 with SQL")
"""Kinds that count rows, tell when each was made, and list them in the order of their ids."""

WITH_LOG = (*WITH_SQL, "v1 without SQL")
"""Kinds with an operation counter and an operations log."""


def others(kinds: Sequence[str]) -> list[str]:
    """All kinds but these."""
    return [kind for kind in SERVERS if kind not in kinds]
