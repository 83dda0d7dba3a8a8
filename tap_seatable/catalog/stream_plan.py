"""A table, or a view of one, as a stream: its name, its properties, its schema."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import Metadata as PropertyMetadata
from singer_sdk.singerlib.catalog import StreamMetadata

from seatable_client.column_types import type_of
from seatable_client.metadata import DEFAULT_WIDTH
from singer_seatable.contract import DELETED_AT, GROUP_PATH, property_name
from tap_seatable.catalog.condition import Condition, options_named
from tap_seatable.catalog.naming import is_shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatable_client.metadata import Column, Table, View
    from tap_seatable.catalog.attachment_policy import AttachmentPolicy
    from tap_seatable.catalog.catalog_memory import KnownStream
    from tap_seatable.catalog.row_filter import RowFilter

KEY = "_id"
REPLICATION_KEY = "_mtime"


AUTOMATIC = frozenset({KEY, REPLICATION_KEY, DELETED_AT})
"""Properties that are in every record, whatever is selected."""


@dataclass(slots=True)
class TableMetadata(StreamMetadata):
    """Catalog metadata of a stream, with the table's id."""

    x_seatable: Mapping[str, Any] | None = None


@dataclass(slots=True)
class ColumnMetadata(PropertyMetadata):
    """Catalog metadata of a property, with the column's key."""

    x_seatable: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class StreamPlan:
    """A table, or a view of one, as a stream.

    Attributes:
        base: the base's id.
        name: of the stream.
        table: as the base's metadata has it.
        properties: the columns by the names under which records carry them, in the table's order
            after the system columns.
        row_filter: which rows of the table the stream holds.
        attachments: what is done with the files that cells refer to.
        condition: what `where` says, with the names that columns and options have now.
        known: what a catalog of an earlier discovery knows of the stream; None without one.
    """

    base: str
    name: str
    table: Table
    properties: Mapping[str, Column]
    row_filter: RowFilter
    attachments: AttachmentPolicy
    condition: Condition
    known: KnownStream | None = None

    @property
    def groups(self) -> list[Column]:
        """The columns by which the view groups its rows, outermost first."""
        by_key = {column.key: column for column in self.table.columns}
        rules = self.row_filter.view.groups if self.row_filter.view else ()
        return [by_key[key] for rule in rules if (key := rule.get("column_key")) in by_key]

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of a record; every property but the key may be null."""
        properties: dict[str, Any] = {
            name: self.attachments.schema(column) for name, column in self.properties.items()
        }
        properties[KEY] = {"type": "string"}
        properties[DELETED_AT] = {"type": ["string", "null"], "format": "date-time"}
        if self.groups:
            items = {"type": ["string", "null"]}
            properties[GROUP_PATH] = {"type": ["array", "null"], "items": items}
        return {"type": "object", "properties": properties}

    @property
    def extensions(self) -> Mapping[str, Mapping[str, Any]]:
        """What each property carries under `x-seatable`; that of the table under an empty name.

        Names and keys are how formulas and lookups refer to columns, whatever properties are
        called. Buttons and views are no properties, so the table tells of them. It tells of widths,
        too: as part of a property, they would make its schema another one.
        """
        before = dict(itertools.pairwise(column.key for column in reversed(self.table.columns)))
        buttons = [
            {**_describe(column), "after": before.get(column.key)} for column in self._buttons
        ]
        table = {
            **({"buttons": buttons} if buttons else {}),
            **({"views": views} if (views := self._views) else {}),
            **({"widths": widths} if (widths := self._widths) else {}),
            **({"frozen": frozen} if (frozen := self._frozen) else {}),
        }
        return {
            "": {**self.origin, **table},
            **{
                name: {**_describe(column), **self._full_name(name, column)}
                for name, column in self.properties.items()
                if name != KEY
            },
        }

    def _full_name(self, name: str, column: Column) -> dict[str, str]:
        """What a copy calls a column whose property has a shortened name; empty for others.

        A renamed column has the name that the catalog knows, like its property.
        """
        known = self.known.columns.get(name) if self.known else None
        for full in (column.name, known.name if known else ""):
            if is_shortened(name, property_name(full, column.key), column.key):
                return {"full_name": full}
        return {}

    @property
    def _buttons(self) -> list[Column]:
        """The table's buttons; a view, which is a table of its own elsewhere, has none."""
        columns = () if self.row_filter.view else self.table.columns
        return [column for column in columns if type_of(column).is_button]

    @property
    def _views(self) -> list[dict[str, Any]]:
        """The table's views, for a copy; empty where they say nothing but their only name."""
        views = () if self.row_filter.view else self.table.views
        described = [_describe_view(view) for view in views]
        return described if len(described) > 1 or any(len(view) > 1 for view in described) else []

    @property
    def _widths(self) -> dict[str, int]:
        """The widths of columns by key, for a copy; without those that every new column has."""
        columns = () if self.row_filter.view else self.table.columns
        return {
            column.key: column.width
            for column in columns
            if column.width is not None and column.width != DEFAULT_WIDTH
        }

    @property
    def _frozen(self) -> list[str]:
        """The keys of the columns that stay where they are while people scroll, for a copy."""
        columns = () if self.row_filter.view else self.table.columns
        return [column.key for column in columns if column.is_frozen]

    def describe_column(self, name: str) -> dict[str, Any] | None:
        """What the catalog has of a property's column, to know it again; None if it has none."""
        column = self.properties.get(name)
        if column is None:
            return None
        options = options_named(self.row_filter.where, column)
        return {
            "key": column.key,
            **({"name": column.name} if column.name != name else {}),
            "type": column.type,
            **({"options": options} if options else {}),
        }

    @property
    def origin(self) -> dict[str, Any]:
        """The table; or the view, which is not to be taken for the table it shows a part of.

        A renamed table has the name that the catalog knows, by which a copy has it.
        """
        table, view = self.table, self.row_filter.view
        former = self.known.table_name if self.known else ""
        if view is None:
            return {"name": former or table.name, "id": table.id, "base": self.base}
        return {
            "name": former or f"{table.name}_{view.name}",
            "id": origin_id(table, view),
            "base": self.base,
            "table_id": table.id,
            "view_id": view.id,
            "view_name": (self.known.view_name if self.known else "") or view.name,
        }


def origin_id(table: Table, view: View) -> str:
    """The id of what a view's stream is made from: those of the table and of the view."""
    return f"{table.id}_{view.id}"


def _describe_view(view: View) -> dict[str, Any]:
    """A view as SeaTable has it, without the settings that it does not use."""
    settings = {
        "type": view.type if view.type != "table" else "",
        "is_private": view.is_private,
        "filters": list(view.filters),
        "filter_conjunction": view.filter_conjunction if len(view.filters) > 1 else "",
        "sorts": list(view.sorts),
        "groupbys": list(view.groups),
        "hidden_columns": list(view.hidden_columns),
    }
    return {"name": view.name, **{name: value for name, value in settings.items() if value}}


def _describe(column: Column) -> dict[str, Any]:
    return {
        "key": column.key,
        "name": column.name,
        "type": column.type,
        "data": column.data or None,
    }
