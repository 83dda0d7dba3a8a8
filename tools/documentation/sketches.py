"""Sizes of sketches and states, and trials of sketches with random rows."""

from __future__ import annotations

import json
import random
import string
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tap_seatable.settings import SETTINGS
from tap_seatable.state import (
    BookmarkBuilder,
    EmittedRows,
    RowList,
    Sketches,
    TableBookmark,
    capacity_for,
)
from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_CAPACITY: int = SETTINGS["properties"]["sketch_capacity"]["default"]

_ID = 22
_LETTERS = string.ascii_letters + string.digits + "-_"
_TIME = datetime(2026, 1, 1, tzinfo=timezone.utc)
_ROWS = (10, 200, 500, 1_000, 2_000, 3_000, 1_000_000)
_ROWS_OF_TABLES = (200, 500, 1_000, 10_000)
_TABLES = (1, 10, 20, 50, 200)
_LOADS = (50, 100, 125, 150)
_TRIALS = 100


def sizes() -> str:
    """How a table that is alone in its state is remembered, by its number of rows."""
    rows = []
    for count in _ROWS:
        emitted = _emitted_rows(capacity_for(1, DEFAULT_CAPACITY), count)
        parts = [len(value) for value in emitted.dump().values() if isinstance(value, str)]
        form = "list" if isinstance(emitted.form, RowList) else "sketches"
        ids, contents = parts
        rows.append((f"{count:,}", form, f"{ids:,}", f"{contents:,}", f"{ids + contents:,}"))
    return table(("rows", "remembered as", "bytes of ids", "of contents", "both"), rows)


def states() -> str:
    """The size of a base's state by its number of tables and of rows, with 20 columns each."""
    rows = []
    for tables in _TABLES:
        builder = _bookmark_builder(tables)
        sizes = [f"{_state_bytes(builder, count):,}" for count in _ROWS_OF_TABLES]
        rows.append((f"{tables}", f"{builder.capacity}", *sizes))
    head = [f"{count:,} rows each" for count in _ROWS_OF_TABLES]
    return table(("tables", "capacity", *head), rows)


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
    empty = Sketches(capacity)
    successes = 0
    for _ in range(_TRIALS):
        sketches = Sketches(capacity)
        sketches.add(list(_rows(differences, generator)))
        changes = empty.changes_to(sketches, ())
        successes += changes is not None and changes.contents is not None
    return successes


def _rows(count: int, generator: random.Random) -> Iterator[tuple[str, bytes]]:
    for _ in range(count):
        yield "".join(generator.choices(_LETTERS, k=_ID)), generator.randbytes(8)


def _emitted_rows(capacity: int, count: int) -> EmittedRows:
    generator = random.Random(count)  # noqa: S311
    emitted = EmittedRows(capacity)
    # Sketches look alike from the first thousands of rows on.
    emitted.add(list(_rows(min(count, 10_000), generator)))
    return emitted


def _bookmark_builder(tables: int) -> BookmarkBuilder:
    return BookmarkBuilder(
        base="8f4e1d1e0c7b4c559d0f3b9a5ad0a2c5",
        table="0000",
        version=123_456,
        last_operation_at=_TIME,
        fingerprint="0123456789abcdef",
        sent_as=(),
        columns=[f"0000 single-select Column {number}" for number in range(20)],
        now=_TIME,
        tables=tables,
        sketch_capacity=DEFAULT_CAPACITY,
        last_version=0,
    )


def _state_bytes(builder: BookmarkBuilder, rows: int) -> int:
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
        rows=rows,
        emitted=_emitted_rows(builder.capacity, rows),
    ).dump()
    bookmarks = {
        f"Table {number}": {
            "replication_key": "_mtime",
            "replication_key_value": _TIME.isoformat(timespec="milliseconds"),
            "seatable": bookmark,
        }
        for number in range(builder.tables)
    }
    return len(json.dumps({"bookmarks": bookmarks}, separators=(",", ":")))
