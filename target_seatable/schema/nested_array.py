"""Arrays of objects that become tables of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import InvalidRecord

from singer_seatable.contract import SCHEMA_EXTENSION
from target_seatable.rows import LinkField
from target_seatable.schema.column_types import is_declared
from target_seatable.schema.json_schema import alternatives
from target_seatable.schema.names import column_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Schema = Mapping[str, Any]
    Key = tuple[Any, ...]
    Record = dict[str, Any]


@dataclass(frozen=True)
class NestedArray:
    """An array property of a stream, and the stream that its elements are.

    Attributes:
        array: the property.
        stream: the name of the stream of the elements.
        parent: the name of the stream that has the property.
        schema: JSON Schema of an element as a record.
        inherited: by property of an element's record, the property of the parent that it repeats.
        own: the properties that are the key of an element within its array.
        position: the property of these that counts them, from 1; None if they have their own key.
        link: the name of the column that links an element's row to the parent's.
        root: how many of the inherited properties are the key of the outermost record.
        level: how many arrays it is within, itself included.
    """

    array: str
    stream: str
    parent: str
    schema: Mapping[str, Any]
    inherited: Mapping[str, str]
    own: Sequence[str]
    position: str | None
    link: str
    root: int
    level: int

    @property
    def keys(self) -> list[str]:
        """The key properties of the elements' records."""
        return [*self.inherited, *self.own]

    @property
    def link_field(self) -> LinkField:
        """How rows are linked: by the parent's key, which they hold."""
        columns = column_names(self.inherited.values(), self.parent)
        return LinkField(
            next(iter(self.inherited)), self.link, tuple(columns.values()), tuple(self.inherited)
        )

    def records(self, record: Mapping[str, Any]) -> list[Record] | None:
        """The records of the elements; None if the record does not have the property.

        Raises:
            InvalidRecord: the property is no array of objects, or two objects have one key.
        """
        if self.array not in record:
            return None
        elements = record[self.array] or []
        if not isinstance(elements, list) or not all(
            element is None or isinstance(element, dict) for element in elements
        ):
            raise InvalidRecord(
                f"Property {self.array!r} is not an array of objects.", dict(record)
            )
        inherited = {own: record[parent] for own, parent in self.inherited.items()}
        records = []
        for number, element in enumerate(elements, start=1):
            if element is not None:
                position = {self.position: number} if self.position else {}
                records.append({**inherited, **position, **element})
        if len({repr(self.own_key(own)) for own in records}) < len(records):
            raise InvalidRecord(
                f"Property {self.array!r} has several elements with the same key "
                f"({', '.join(self.own)}).",
                dict(record),
            )
        return records

    def root_key(self, record: Mapping[str, Any]) -> Key:
        """The key of the outermost record, from the record that has the array."""
        return tuple(record.get(key) for key in list(self.inherited.values())[: self.root])

    def own_key(self, element: Mapping[str, Any]) -> Key:
        """The rest of the key, which is unique among the elements of the outermost record."""
        return tuple(element.get(name) for name in self.keys[self.root :])


def element_schema(schema: Schema, root: Schema) -> Schema | None:
    """The schema of the elements, where a property is an array of objects and nothing else.

    None for values of one SeaTable column, such as links. None where the elements refer to other
    parts of the document than its definitions, which their own document would not have.
    """
    if is_declared(schema) or SCHEMA_EXTENSION in schema:
        return None
    array = _only(schema, root, "array")
    items = array.get("items")
    elements = _only(items, root, "object") if isinstance(items, dict) else {}
    if not elements.get("properties"):
        return None
    return elements if all(map(_is_definition, _references(elements))) else None


def _only(schema: Schema, root: Schema, type_: str) -> Schema:
    """The schema of the one type that a value can be besides null; empty if it can be another."""
    options = list(alternatives(schema, root))
    return options[0][1] if len(options) == 1 and options[0][0] == type_ else {}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for inside in schema.values():
            yield from _references(inside)
    elif isinstance(schema, list):
        for inside in schema:
            yield from _references(inside)


def _is_definition(reference: str) -> bool:
    return reference.startswith(("#/definitions/", "#/$defs/"))
