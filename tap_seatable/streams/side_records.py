"""The records of each side stream."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.api.link_cells import row_id_of
from seatable_client.auth.account import AccountBase
from seatable_client.column_types.date_readers import time_stamp
from seatable_client.column_types.readers import Reading
from seatable_client.metadata import other_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Record = dict[str, Any]
    from collections.abc import Sequence

    from tap_seatable.bases.source import Source


TEXT = {"type": ["string", "null"]}


WHOLE = {"type": ["integer", "null"]}


MOMENT = {"type": ["string", "null"], "format": "date-time"}


OBJECT = {"type": ["object", "null"]}


@dataclass(frozen=True)
class Kind:
    """One of the side streams.

    Attributes:
        keys: what tells its records apart, besides the base.
        properties: JSON Schemas of the other properties.
        records: reads them.
    """

    keys: Sequence[str]
    properties: Mapping[str, Mapping[str, Any]]
    records: Callable[[Source], Iterable[Record]]


def _bases(source: Source) -> Iterator[Record]:
    base, access = source.base, source.base.auth.access()
    yield {
        "name": base.name,
        "workspace_id": access.workspace_id,
        "permission": base.permission,
        "generation": base.generation,
        "version": source.metadata.version,
        "tables": len(source.metadata.tables),
    }


def _tables(source: Source) -> Iterator[Record]:
    for position, table in enumerate(source.metadata.tables):
        yield {
            "table_id": table.id,
            "name": table.name,
            "position": position,
            "columns": len(table.columns),
            "views": [{"id": one.id, "name": one.name, "type": one.type} for one in table.views],
        }


def _columns(source: Source) -> Iterator[Record]:
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


def _collaborators(source: Source) -> Iterator[Record]:
    for user in source.base.related_users():
        yield {
            "user_id": _text(user.get("email")),
            "name": _text(user.get("name")),
            "contact_email": _text(user.get("contact_email")) or None,
        }


def _links(source: Source) -> Iterator[Record]:
    """Every link as seen from the tables whose streams are selected, in the order of its cell."""
    for stream in source.streams:
        table = stream.plan.table
        columns = tuple(column for column in table.columns if column.type == "link")
        if not columns or not stream.selected or stream.plan.bounds.view:
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


def _api_tokens(source: Source) -> Iterator[Record]:
    credential = source.base.auth.credential
    if isinstance(credential, AccountBase):
        moment = time_stamp("api_tokens", Reading())
        for token in credential.api_tokens(source.base.transport):
            yield {
                "app_name": token.app_name,
                "permission": token.permission,
                "generated_by": token.generated_by,
                "generated_at": moment(token.generated_at),
                "last_access": moment(token.last_access),
            }


KINDS: Mapping[str, Kind] = {
    "_bases": Kind(
        (),
        {
            "name": TEXT,
            "workspace_id": WHOLE,
            "permission": TEXT,
            "generation": TEXT,
            "version": WHOLE,
            "tables": WHOLE,
        },
        _bases,
    ),
    "_tables": Kind(
        ("table_id",),
        {
            "name": TEXT,
            "position": WHOLE,
            "columns": WHOLE,
            "views": {
                "type": ["array", "null"],
                "items": {"type": "object", "properties": {"id": TEXT, "name": TEXT, "type": TEXT}},
            },
        },
        _tables,
    ),
    "_columns": Kind(
        ("table_id", "column_key"),
        {
            "table_name": TEXT,
            "name": TEXT,
            "type": TEXT,
            "position": WHOLE,
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
    "_collaborators": Kind(("user_id",), {"name": TEXT, "contact_email": TEXT}, _collaborators),
    "_links": Kind(
        ("table_id", "column_key", "row_id", "other_row_id"),
        {"position": WHOLE, "table_name": TEXT, "column_name": TEXT, "other_table_id": TEXT},
        _links,
    ),
    "_api_tokens": Kind(
        ("app_name",),
        {"permission": TEXT, "generated_by": TEXT, "generated_at": MOMENT, "last_access": MOMENT},
        _api_tokens,
    ),
}
"""The side streams by the names that the setting `side_streams` takes."""


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
