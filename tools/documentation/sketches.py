"""Sizes of sketches and states, and trials of sketches with random rows."""

from __future__ import annotations

import base64
import json
import random
import string
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tap_seatable.settings import SETTINGS
from tap_seatable.state import (
    BookmarkBuilder,
    Sketches,
    TableBookmark,
    capacity_for,
    changes_between,
)
from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_seatable.state import InvertibleBloomTable

DEFAULT_CAPACITY: int = SETTINGS["properties"]["sketch_capacity"]["default"]

_ID = 22
_LETTERS = string.ascii_letters + string.digits + "-_"
_TIME = datetime(2026, 1, 1, tzinfo=timezone.utc)
_ROWS = (10, 100, 1_000, 1_000_000)
_TABLES = (1, 10, 50, 200)
_LOADS = (50, 100, 125, 150)
_TRIALS = 100


def sizes() -> str:
    """The sizes of the sketches of a table that is alone in its state, by its number of rows."""
    rows = []
    for count in _ROWS:
        sketches = Sketches.of_capacity(capacity_for(count, 1, DEFAULT_CAPACITY))
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
    """The size of a base's state by its number of tables, of 10,000 rows and 20 columns each."""
    rows = []
    for tables in _TABLES:
        builder = _bookmark_builder(tables)
        capacity = builder.capacity(10_000)
        rows.append((f"{tables}", f"{capacity}", f"{_state_bytes(builder, capacity):,}"))
    return table(("tables", "capacity of each", "bytes of the state"), rows)


def trials() -> str:
    """How often a difference of some size was decoded from both sketches."""
    head = ("capacity", *(f"{load} % of it differ" for load in _LOADS))
    rows = []
    for capacity in (16, 64, 512):
        generator = random.Random(capacity)  # noqa: S311  (the same rows each time)
        found = [_count_decoded(capacity, capacity * load // 100, generator) for load in _LOADS]
        rows.append((f"{capacity}", *(f"{times} of {_TRIALS}" for times in found)))
    return table(head, rows)


def _count_decoded(capacity: int, differences: int, generator: random.Random) -> int:
    """The number of trials in which so many new rows were all found."""
    empty = Sketches.of_capacity(capacity)
    successes = 0
    for _ in range(_TRIALS):
        sketches = Sketches.of_capacity(capacity)
        sketches.add(_rows(differences, generator))
        changes = changes_between(empty, sketches)
        successes += changes is not None and changes.contents is not None
    return successes


def _rows(count: int, generator: random.Random) -> Iterator[tuple[str, bytes]]:
    for _ in range(count):
        yield "".join(generator.choices(_LETTERS, k=_ID)), generator.randbytes(8)


def _cells(sketch: InvertibleBloomTable) -> int:
    return len(sketch._cells)  # noqa: SLF001  (no other code needs this size)


def _bytes(sketch: InvertibleBloomTable) -> int:
    return len(base64.b64decode(sketch.dump()))


def _bookmark_builder(tables: int) -> BookmarkBuilder:
    return BookmarkBuilder(
        base="8f4e1d1e0c7b4c559d0f3b9a5ad0a2c5",
        table="0000",
        version=123_456,
        last_operation_at=_TIME,
        fingerprint="0123456789abcdef",
        columns=[f"0000 single-select Column {number}" for number in range(20)],
        now=_TIME,
        tables=tables,
        sketch_capacity=DEFAULT_CAPACITY,
        last_version=0,
    )


def _state_bytes(builder: BookmarkBuilder, capacity: int) -> int:
    generator = random.Random(builder.tables)  # noqa: S311
    bookmarks = {}
    for number in range(builder.tables):
        sketches = Sketches.of_capacity(capacity)
        sketches.add(_rows(10_000 if builder.tables == 1 else 1_000, generator))
        bookmark = TableBookmark(
            base=builder.base,
            table=builder.table,
            version=builder.version,
            last_operation_at=builder.now,
            stream_version=1_767_225_600_000,
            fingerprint=builder.fingerprint,
            columns=builder.stored_columns,
            horizon=_TIME,
            compared_at=_TIME,
            rows=10_000,
            sketches=sketches,
        )
        bookmarks[f"Table {number}"] = {
            "replication_key": "_mtime",
            "replication_key_value": _TIME.isoformat(timespec="milliseconds"),
            "seatable": bookmark.dump(),
        }
    return len(json.dumps({"bookmarks": bookmarks}, separators=(",", ":")))
