"""The kinds of servers that SeaTable has had, as sandboxes, and what tells them apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from zlib import crc32

from tests.seeds import EVERY_TEST_DRAWS, draw_answer_seeds

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


_DRAWN = ", drawn answers "

DRAWN = tuple(f"gateway{_DRAWN}{seed}" for seed in draw_answer_seeds())
"""Gateways with drawn answers where SeaTable's documents are silent; together they have all."""


def kinds_for(test: str, module: Any, kinds: Iterable[str]) -> tuple[str, ...]:
    """The kinds of servers for a test: also drawn ones, if its module sets `DRAWN_TOO`.

    Where every test draws, each kind has the answers of one of the seeds, chosen by the names of
    the test and the kind.
    """
    chosen = tuple(kinds)
    if EVERY_TEST_DRAWS:
        return tuple(f"{kind}{_DRAWN}{answer_seed(test + kind)}" for kind in chosen)
    is_drawn = getattr(module, "DRAWN_TOO", False) and "gateway" in chosen
    return (*chosen, *DRAWN) if is_drawn else chosen


def answer_seed(name: str) -> int:
    """The seed of the servers with drawn answers that a test of this name has.

    A test that was given a drawn server has its seed, so that all servers of a test agree.
    """
    _, drawn, rest = name.partition(_DRAWN)
    if drawn:
        return int(re.split(r"\D", rest, maxsplit=1)[0])
    seeds = draw_answer_seeds()
    return seeds[crc32(name.encode()) % len(seeds)]


def settings_of(kind: str) -> dict[str, Any]:
    """The parameters of the sandbox of a kind."""
    name, drawn, seed = kind.partition(_DRAWN)
    return {**SERVERS[name], **({"answers": int(seed)} if drawn else {})}


def kind_of(name: str) -> str:
    """The kind of a server, whose answers may be drawn."""
    return name.partition(_DRAWN)[0]


def others(kinds: Sequence[str]) -> list[str]:
    """All kinds but these."""
    return [kind for kind in SERVERS if kind not in kinds]


def written_alike(cell: Any) -> Any:
    """A cell whose date-times, also in a list, end in `+00:00`: servers write UTC in either way."""
    if isinstance(cell, list):
        return [written_alike(item) for item in cell]
    return re.sub(r"(T[0-9:]{8})Z$", r"\1+00:00", cell) if isinstance(cell, str) else cell
