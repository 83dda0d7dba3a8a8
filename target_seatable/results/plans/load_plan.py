"""The plan of a load: what a dry run has found. `docs/plan-a-load.md` documents it as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

FORMAT = "target-seatable-plan"

VERSION = 1
"""Raised when a reader of the JSON would have to change."""


class ColumnPlan(msgspec.Struct, kw_only=True):
    """One column of a stream.

    Attributes:
        property: the property of the records; None for a column that no property is written to.
        column: its name in the table; None where the values are written nowhere.
        type: its type.
        format: of dates and numbers, where the column has one.
        is_new: whether the run would make it.
        why: why it is this column and this type.
        samples: the first different values, as the source sent them.
        empty: records without a value for it.
        refused: records with a value that cannot be stored.
        changed: cells of rows that exist and would get another value; None if that is unknown.
    """

    property: str | None
    column: str | None
    type: str | None
    format: Any = None
    is_new: bool = False
    why: str = ""
    samples: list[str] = []
    empty: int = 0
    refused: int = 0
    changed: int | None = 0


class StreamPlan(msgspec.Struct, kw_only=True):
    """One stream.

    Attributes:
        stream: its name.
        table: the name of its table.
        is_new: whether the run would make the table.
        keys: the properties of its key.
        columns: in the order of the properties.
        add, change, unchanged, delete, mark: rows.
        skip, refuse: records.
        calls: calls that write to the table.
        looks_wrong: sentences.
    """

    stream: str
    table: str
    is_new: bool
    keys: list[str]
    columns: list[ColumnPlan]
    add: int = 0
    change: int = 0
    unchanged: int = 0
    delete: int = 0
    mark: int = 0
    skip: int = 0
    refuse: int = 0
    calls: int = 0
    looks_wrong: list[str] = []

    @property
    def new_columns(self) -> set[tuple[str | None, str | None, Any]]:
        """The columns that the run would make."""
        return {
            (column.column, column.type, column.format) for column in self.columns if column.is_new
        }


class PlannedBase(msgspec.Struct, kw_only=True):
    """The base that a plan was made of.

    Attributes:
        id: its id; empty for one that the run would create.
        name: its name.
        operations: SeaTable's counter of the base's operations, before anything was read of it;
            None if the server does not tell.
    """

    id: str
    name: str
    operations: int | None


class LoadPlan(msgspec.Struct, kw_only=True):
    """What a load would do.

    Attributes:
        format, version: of the file.
        made_at: when.
        made_by: the program.
        base: of which base.
        settings: digests of the settings that decide what is stored, by name.
        streams: what happens to each.
        calls: calls that the load would take to write.
        ends_with: the sentence with which the load would end; None if it would succeed.
    """

    format: str = FORMAT
    version: int = VERSION
    made_at: str
    made_by: str
    base: PlannedBase
    settings: dict[str, str]
    streams: list[StreamPlan]
    calls: int
    ends_with: str | None = None
