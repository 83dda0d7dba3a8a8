"""The records of each side stream."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.api import row_id_of
from seatable_client.column_types import Reading, time_stamp, type_of
from seatable_client.metadata import other_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tap_seatable.bases import Source
    from tap_seatable.streams.table import TableStream

    Record = dict[str, Any]


TEXT = {"type": ["string", "null"]}
INTEGER = {"type": ["integer", "null"]}
MOMENT = {"type": ["string", "null"], "format": "date-time"}
BOOLEAN = {"type": ["boolean", "null"]}
OBJECT = {"type": ["object", "null"]}


@dataclass(frozen=True)
class SideTable:
    """The records of one side stream.

    Attributes:
        keys: its key properties, besides the base.
        properties: JSON Schemas of the other properties.
        read: returns the records of a base, given the streams of its tables and views.
    """

    keys: Sequence[str]
    properties: Mapping[str, Mapping[str, Any]]
    read: Callable[[Source, Sequence[TableStream]], Iterable[Record]]


def _bases(source: Source, _streams: Sequence[TableStream]) -> Iterator[Record]:
    base, access = source.base, source.base.auth.access()
    yield {
        "name": base.name,
        "workspace_id": access.workspace_id,
        "permission": base.permission,
        "generation": base.generation,
        "version": source.metadata.version,
        "tables": len(source.metadata.tables),
    }


def _tables(source: Source, _streams: Sequence[TableStream]) -> Iterator[Record]:
    for position, table in enumerate(source.metadata.tables):
        yield {
            "table_id": table.id,
            "name": table.name,
            "position": position,
            "columns": len(table.columns),
            "views": [
                {"id": view.id, "name": view.name, "type": view.type} for view in table.views
            ],
        }


def _columns(source: Source, _streams: Sequence[TableStream]) -> Iterator[Record]:
    for table in source.metadata.tables:
        for position, column in enumerate(table.columns):
            options = [
                {name: _text(option.get(name)) for name in ("id", "name", "color")}
                for option in column.options
            ]
            yield {
                "table_id": table.id,
                "column_key": column.key,
                "table_name": table.name,
                "name": column.name,
                "type": column.type,
                "position": position,
                "options": options or None,
                "data": dict(column.data) or None,
            }


def _collaborators(source: Source, _streams: Sequence[TableStream]) -> Iterator[Record]:
    for user in source.base.related_users():
        yield {
            "user_id": _text(user.get("email")),
            "name": _text(user.get("name")),
            "contact_email": _text(user.get("contact_email")) or None,
        }


def _links(_source: Source, streams: Sequence[TableStream]) -> Iterator[Record]:
    """Every link as seen from the tables whose streams are selected, in the order of its cell."""
    for stream in streams:
        table = stream.plan.table
        columns = tuple(column for column in table.columns if type_of(column).is_link)
        if not columns or not stream.selected or stream.plan.row_filter.view:
            continue
        for rows in stream.read_links(columns):
            for row, column in itertools.product(rows, columns):
                for position, link in enumerate(row.get(column.name) or ()):
                    yield {
                        "table_id": table.id,
                        "column_key": column.key,
                        "row_id": row["_id"],
                        "other_row_id": row_id_of(link),
                        "position": position,
                        "table_name": table.name,
                        "column_name": column.name,
                        "other_table_id": other_end(column.data, table.id),
                    }


def _comments(source: Source, _streams: Sequence[TableStream]) -> Iterator[Record]:
    format_moment = time_stamp("comments", Reading())
    for comment in source.base.comments():
        yield {
            "comment_id": _text(comment["id"]),
            "row_id": comment["row_id"],
            "author": _text(comment.get("author")),
            "comment": _text(comment.get("comment")),
            "created_at": format_moment(comment.get("created_at")),
            "updated_at": format_moment(comment.get("updated_at")),
            "resolved": str(comment.get("resolved")).lower() in ("1", "true"),
        }


def _api_tokens(source: Source, _streams: Sequence[TableStream]) -> Iterator[Record]:
    format_moment = time_stamp("api_tokens", Reading())
    for token in source.base.auth.credential.api_tokens(source.base.transport):
        yield {
            "app_name": token.app_name,
            "permission": token.permission,
            "generated_by": token.generated_by,
            "generated_at": format_moment(token.generated_at),
            "last_access": format_moment(token.last_access),
        }


SIDE_TABLES: Mapping[str, SideTable] = {
    "_bases": SideTable(
        (),
        {
            "name": TEXT,
            "workspace_id": INTEGER,
            "permission": TEXT,
            "generation": TEXT,
            "version": INTEGER,
            "tables": INTEGER,
        },
        _bases,
    ),
    "_tables": SideTable(
        ("table_id",),
        {
            "name": TEXT,
            "position": INTEGER,
            "columns": INTEGER,
            "views": {
                "type": ["array", "null"],
                "items": {"type": "object", "properties": {"id": TEXT, "name": TEXT, "type": TEXT}},
            },
        },
        _tables,
    ),
    "_columns": SideTable(
        ("table_id", "column_key"),
        {
            "table_name": TEXT,
            "name": TEXT,
            "type": TEXT,
            "position": INTEGER,
            "options": {
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "properties": {"id": TEXT, "name": TEXT, "color": TEXT},
                },
            },
            "data": OBJECT,
        },
        _columns,
    ),
    "_collaborators": SideTable(
        ("user_id",), {"name": TEXT, "contact_email": TEXT}, _collaborators
    ),
    "_links": SideTable(
        ("table_id", "column_key", "row_id", "other_row_id"),
        {"position": INTEGER, "table_name": TEXT, "column_name": TEXT, "other_table_id": TEXT},
        _links,
    ),
    "_comments": SideTable(
        ("comment_id",),
        {
            "row_id": TEXT,
            "author": TEXT,
            "comment": TEXT,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "resolved": BOOLEAN,
        },
        _comments,
    ),
    "_api_tokens": SideTable(
        ("app_name",),
        {"permission": TEXT, "generated_by": TEXT, "generated_at": MOMENT, "last_access": MOMENT},
        _api_tokens,
    ),
}
"""The side streams by the names that the setting `side_streams` takes."""


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
