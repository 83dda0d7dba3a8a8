"""What sketches take and show: computed from the code, and tried out with rows of chance."""

from __future__ import annotations

import base64
import json
import random
import string
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tap_seatable.settings import SETTINGS
from tap_seatable.state.bookmark import BookmarkBuilder, TableBookmark
from tap_seatable.state.row_sketches import Sketches, capacity_for, changes_between
from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_seatable.state.iblt import InvertibleBloomTable

WANTED: int = SETTINGS["properties"]["sketch_capacity"]["default"]

_ID = 22
_LETTERS = string.ascii_letters + string.digits + "-_"
_MOMENT = datetime(2026, 1, 1, tzinfo=timezone.utc)
_ROWS = (10, 100, 1_000, 1_000_000)
_TABLES = (1, 10, 50, 200)
_LOADS = (50, 100, 125, 150)
_TRIALS = 100


def sizes() -> str:
    """The sketches of one table that is alone in its state, by its number of rows."""
    rows = []
    for count in _ROWS:
        sketches = Sketches.of_capacity(capacity_for(count, 1, WANTED))
        text = len(sketches.ids.dump()) + len(sketches.pairs.dump())
        rows.append(
            (
                f"{count:,}",
                f"{sketches.capacity}",
                f"{_cells(sketches.ids):,}",
                f"{_bytes(sketches.ids):,}",
                f"{_bytes(sketches.pairs):,}",
                f"{text:,}",
            )
        )
    head = ("rows", "capacity", "cells of each", "bytes of `ids`", "of `pairs`", "both as text")
    return table(head, rows)


def states() -> str:
    """The whole state of a base, by its number of tables, of 10,000 rows and 20 columns each."""
    rows = []
    for tables in _TABLES:
        remembering = _remembering(tables)
        capacity = remembering.capacity(10_000)
        rows.append((f"{tables}", f"{capacity}", f"{_state_bytes(remembering, capacity):,}"))
    return table(("tables", "capacity of each", "bytes of the state"), rows)


def trials() -> str:
    """How often a difference of some size was read back from both sketches."""
    head = ("capacity", *(f"{load} % of it differ" for load in _LOADS))
    rows = []
    for capacity in (16, 64, 512):
        chance = random.Random(capacity)  # noqa: S311  (the same rows each time)
        found = [_decoded(capacity, capacity * load // 100, chance) for load in _LOADS]
        rows.append((f"{capacity}", *(f"{times} of {_TRIALS}" for times in found)))
    return table(head, rows)


def _decoded(capacity: int, differences: int, chance: random.Random) -> int:
    """In how many trials so many new rows were all found."""
    empty = Sketches.of_capacity(capacity)
    successes = 0
    for _ in range(_TRIALS):
        sketches = Sketches.of_capacity(capacity)
        sketches.add(_rows(differences, chance))
        changes = changes_between(empty, sketches)
        successes += changes is not None and changes.contents is not None
    return successes


def _rows(count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    for _ in range(count):
        yield "".join(chance.choices(_LETTERS, k=_ID)), chance.randbytes(8)


def _cells(sketch: InvertibleBloomTable) -> int:
    return len(sketch._cells)  # noqa: SLF001  (a size that is of no use to anybody else)


def _bytes(sketch: InvertibleBloomTable) -> int:
    return len(base64.b64decode(sketch.dump()))


def _remembering(tables: int) -> BookmarkBuilder:
    return BookmarkBuilder(
        base="8f4e1d1e0c7b4c559d0f3b9a5ad0a2c5",
        table="0000",
        version=123_456,
        fingerprint="0123456789abcdef",
        columns={f"Column {number}": "0000 single-select" for number in range(20)},
        now=_MOMENT,
        tables=tables,
        sketch_capacity=WANTED,
        last_version=0,
    )


def _state_bytes(remembering: BookmarkBuilder, capacity: int) -> int:
    chance = random.Random(remembering.tables)  # noqa: S311
    bookmarks = {}
    for number in range(remembering.tables):
        sketches = Sketches.of_capacity(capacity)
        sketches.add(_rows(10_000 if remembering.tables == 1 else 1_000, chance))
        memory = TableBookmark(
            base=remembering.base,
            table=remembering.table,
            version=remembering.version,
            version_read_at=remembering.now,
            stream_version=1_767_225_600_000,
            fingerprint=remembering.fingerprint,
            columns=remembering.stored_columns,
            horizon=_MOMENT,
            compared_at=_MOMENT,
            rows=10_000,
            sketches=sketches,
        )
        bookmarks[f"Table {number}"] = {
            "replication_key": "_mtime",
            "replication_key_value": _MOMENT.isoformat(timespec="milliseconds"),
            "seatable": memory.dump(),
        }
    return len(json.dumps({"bookmarks": bookmarks}, separators=(",", ":")))
