"""A stream as its SCHEMA message describes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import registry
from seatable_client.errors import ConfigError
from singer_seatable.contract import SCHEMA_EXTENSION, TOMBSTONE_COLUMNS, property_name
from singer_seatable.flattening import undeclared_properties
from target_seatable.schema import column_types, names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.column_types import ColumnType
    from target_seatable.schema.nested_array import NestedArray

ROW_ID = "_id"
"""The property of a stream of tap-seatable with the ids of its rows."""


@dataclass(frozen=True)
class StreamSchema:
    """A stream as its SCHEMA message describes it.

    Attributes:
        name: the stream's name.
        schema: its JSON Schema.
        keys: the properties of its key.
        nested_array: the array whose elements its records are; None for a stream of the source.
        parent: the stream whose records have the array; None for a stream of the source.
    """

    name: str
    schema: Mapping[str, Any]
    keys: Sequence[str] = ()
    nested_array: NestedArray | None = None
    parent: StreamSchema | None = None

    @cached_property
    def properties(self) -> dict[str, Mapping[str, Any]]:
        """The properties that become columns, in order.

        Of a table of another base, what SeaTable itself writes into every row is left out, and the
        row's id comes last.
        """
        declared = self.schema.get("properties") or {}
        kept = {
            name: schema
            for name, schema in declared.items()
            if name not in TOMBSTONE_COLUMNS
            and not (self.source and name in names.RESERVED - {ROW_ID})
        }
        if self.source and ROW_ID in kept:
            kept[ROW_ID] = kept.pop(ROW_ID)
        return kept

    def check(self) -> None:
        """Check that there are properties, and the key among them.

        Raises:
            ConfigError: there are no properties, or a key is not one of them.
        """
        if not self.properties:
            raise ConfigError(
                f"Stream {self.name!r} has a schema without properties: there is nothing to "
                "store. Check the source, or leave the stream out."
            )
        if unknown := [key for key in self.keys if key not in self.properties]:
            raise ConfigError(
                f"Stream {self.name!r}: key {', '.join(map(repr, unknown))} is not in the schema. "
                f"Its properties are {', '.join(map(repr, self.properties))}. Choose keys among "
                "them with key_properties."
            )

    @property
    def is_untyped(self) -> bool:
        """Whether the source has no types: everything is text, as in CSV files."""
        own = [schema for name, schema in self.properties.items() if not name.startswith("_sdc_")]
        return bool(own) and all(map(column_types.is_untyped_text, own))

    @cached_property
    def without_column(self) -> frozenset[str]:
        """Properties that get a column once a record has a value for them.

        They hold what the schemas of flattened objects do not declare.
        """
        return frozenset(undeclared_properties(self.schema))

    def copied_key(self, prop: str) -> tuple[StreamSchema, str] | None:
        """The parent's stream and property that a property of an array's elements repeats."""
        if self.parent is None or self.nested_array is None:
            return None
        theirs = self.nested_array.inherited.get(prop)
        return None if theirs is None else (self.parent, theirs)

    # Only streams of tap-seatable, which are tables of another base

    @property
    def source(self) -> Mapping[str, Any]:
        """Name and id of the table that the stream is; empty if it is none."""
        table = self.schema.get(SCHEMA_EXTENSION)
        return table if isinstance(table, dict) and table.get("id") else {}

    def seatable_column(self, prop: str) -> Mapping[str, Any]:
        """Type and data of the column that a property is; empty if it is none."""
        column = (self.properties.get(prop) or {}).get(SCHEMA_EXTENSION)
        return column if isinstance(column, dict) else {}

    def column_type(self, prop: str) -> ColumnType:
        """The type of the column that a property is; one without any marks if it is none."""
        return registry.type_named(str(self.seatable_column(prop).get("type")))

    def column_name(self, prop: str) -> str:
        """What the column of a property is to be called.

        A column whose name loaders use for themselves, or that was too long for them, came under
        another one, which is put back.
        """
        column = self.seatable_column(prop) if self.source else {}
        if full_name := column.get("full_name"):
            return names.clean_name(str(full_name))
        name, key = str(column.get("name", prop)), str(column.get("key", ""))
        return names.clean_name(name if prop == property_name(name, key) else prop)

    def has_own_name(self, prop: str) -> bool:
        """Whether a property's column has the name of the source on purpose, or is the row's id."""
        return bool(self.source and (prop == ROW_ID or self.seatable_column(prop).get("full_name")))

    @property
    def links(self) -> dict[str, Mapping[str, Any]]:
        """The data of the link columns by property."""
        return {
            prop: self.seatable_column(prop).get("data") or {}
            for prop in (self.properties if self.source else ())
            if self.column_type(prop).is_link
        }

    @property
    def computed(self) -> list[str]:
        """The properties computed from other cells: formulas, then lookups and the like."""
        props = self.properties if self.source else ()
        computed = [prop for prop in props if self.column_type(prop).is_formula]
        return sorted(computed, key=lambda prop: self.column_type(prop).is_connection)

    def property_by_key(self, key: Any) -> str | None:
        """The property whose column has this key in its own base."""
        return next(
            (prop for prop in self.properties if key == self.seatable_column(prop).get("key")), None
        )

    def property_by_name(self, name: str) -> str | None:
        """The property whose column has this name in its own base."""
        return next(
            (
                prop
                for prop in self.properties
                if name == self.seatable_column(prop).get("name", prop)
            ),
            None,
        )
