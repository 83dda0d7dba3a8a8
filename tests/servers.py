"""The kinds of servers that SeaTable has had, as sandboxes, and what tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.seeds import draw_answer_seeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


DRAWN: dict[str, dict[str, Any]] = {
    f"gateway, drawn answers {seed}": {"answers": seed} for seed in draw_answer_seeds()
}
"""Gateways with drawn answers where SeaTable's documents are silent; together they have all."""


def kinds_for(module: Any, kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds of servers for the tests of a module: also drawn ones, if it sets `DRAWN_TOO`."""
    chosen = tuple(kinds)
    is_drawn = getattr(module, "DRAWN_TOO", False) and "gateway" in chosen
    return (*chosen, *DRAWN) if is_drawn else chosen


def settings_of(kind: str) -> dict[str, Any]:
    """The parameters of the sandbox of a kind."""
    return {**SERVERS, **DRAWN}[kind]


def kind_of(name: str) -> str:
    """The kind of a server, whose answers may be drawn."""
    return name.partition(",")[0]


def others(kinds: Sequence[str]) -> list[str]:
    """All kinds but these."""
    return [kind for kind in SERVERS if kind not in kinds]
