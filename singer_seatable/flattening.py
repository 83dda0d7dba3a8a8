"""Flattening: the properties of objects as properties of their record.

The SDK's flattener takes only the plainest schemas apart. It drops properties, refuses fitting
values or fails where a schema has alternatives or no type, and where a record has keys that its
schema does not declare. This one takes the settings, the names and the depth of the SDK's, and
loses nothing: what it cannot take apart stays whole, as JSON text.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._flattening import flatten_key
from singer_sdk.singerlib.json import serialize_json

from seatable_client.errors import ConfigError, InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from singer_sdk.helpers._flattening import FlatteningOptions

    Schema = Mapping[str, Any]
    Record = dict[str, Any]

log = logging.getLogger(__name__)

UNDECLARED = "x-undeclared-keys"
"""Schema keyword of the text property that holds what the schema of a split object lacks.

Its name is the object's. It is null unless a record has keys that the schema does not declare.
"""

_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})

_CONDITIONS = frozenset({
    "$ref", "allOf", "anyOf", "const", "dependencies", "dependentRequired", "dependentSchemas",
    "else", "enum", "if", "maxProperties", "minProperties", "not", "oneOf", "patternProperties",
    "propertyNames", "then", "unevaluatedProperties",
})  # fmt: skip
"""Keywords that say something of a whole object, which its parts cannot be checked against."""

_DEFINITIONS = ("#/definitions/", "#/$defs/")

_DEEPEST = 20


@dataclass
class _Object:
    """An object that is split.

    Attributes:
        name: of the property that holds what its schema does not declare.
        path: of the keys that lead to it.
        parts: by key, the object to split or the property to fill.
    """

    name: str
    path: list[str]
    parts: dict[str, _Object | _Leaf] = field(default_factory=dict)

    def leaves(self) -> Iterator[_Leaf]:
        """All properties that it fills, besides its own."""
        for part in self.parts.values():
            if isinstance(part, _Object):
                yield from part.leaves()
            else:
                yield part

    def objects(self) -> Iterator[_Object]:
        """The object itself, and the objects in it that are split."""
        yield self
        for part in self.parts.values():
            if isinstance(part, _Object):
                yield from part.objects()


@dataclass
class _Leaf:
    """A property that is not split.

    Attributes:
        name: of the flattened property.
        schema: of its values.
        is_text: whether values become text: texts as they are, all others as JSON.
    """

    name: str
    schema: Schema
    is_text: bool


class Flattening:
    """How the records of a stream are flattened.

    An object is split if its schema is of type object (and null), declares properties and sets no
    conditions on the whole object. Other properties that can be objects or arrays become text:
    texts stay as they are, all other values become JSON. What remains is left as it is.

    Null for a split object is null for each of its properties, and so is a key that an object
    lacks: the object as a whole replaces the earlier one.

    Args:
        stream: its name, for messages.
        schema: JSON Schema of its records.
        options: the SDK's.
        keeps_undeclared: whether each split object gets a text property of its own name for what
            its schema does not declare. If not, such keys are passed on under a flattened name.
        whole: properties that keep their names and are not split, such as those of a key.

    Attributes:
        schema: JSON Schema of flattened records.

    Raises:
        ConfigError: two properties get the same name, and not because of a split.
    """

    def __init__(
        self,
        stream: str,
        schema: Schema,
        options: FlatteningOptions,
        *,
        keeps_undeclared: bool,
        whole: Collection[str] = (),
    ) -> None:
        self._stream = stream
        self._options = options
        self._keeps_undeclared = keeps_undeclared
        self._whole = frozenset(whole)
        self._document = schema
        self._unsplit: set[str] = set()
        self._root = self._plan_root()
        self._names = {
            *(leaf.name for leaf in self._root.leaves()),
            *(split.name for split in self._splits),
        }
        self.schema = self._flat_schema()

    # Schemas

    @property
    def _splits(self) -> list[_Object]:
        return [split for split in self._root.objects() if split is not self._root]

    def _plan_root(self) -> _Object:
        """The plan; objects whose parts would take the name of another property stay whole."""
        properties = self._document.get("properties") or {}
        while True:
            root = _Object("", [])
            for key, schema in properties.items():
                root.parts[key] = self._plan(schema, key, [], nullable=False)
            top = {
                key: [part.name]
                if isinstance(part, _Leaf)
                else [*(leaf.name for leaf in part.leaves()), *(obj.name for obj in part.objects())]
                for key, part in root.parts.items()
            }
            count = Counter(name for names in top.values() for name in names)
            clashes = [name for name, times in count.items() if times > 1]
            if not clashes:
                return root
            split = {key for key, part in root.parts.items() if isinstance(part, _Object)}
            involved = [key for key in split if not set(clashes).isdisjoint(top[key])]
            if not involved:
                raise ConfigError(
                    f"Stream {self._stream!r}: flattening gives several properties the name "
                    f"{clashes[0]!r}. Raise flattening_max_key_length, or rename one of them with "
                    "stream_maps."
                )
            log.warning(
                "Stream %r: %s stays whole, as JSON text, because flattening would give two "
                "properties the name %r. Set another flattening_separator to split it.",
                self._stream,
                ", ".join(map(repr, sorted(involved))),
                clashes[0],
            )
            self._unsplit.update(involved)

    def _plan(
        self, schema: Any, key: str, parents: Sequence[str], *, nullable: bool
    ) -> _Object | _Leaf:
        """How a property is flattened.

        Args:
            schema: of the property.
            key: its key.
            parents: the keys that lead to the object it is in.
            nullable: whether the flattened property can be null for another reason than its schema.
        """
        schema = schema if isinstance(schema, dict) else {}
        is_top = not parents
        name = key if is_top and key in self._whole else self._name(key, parents)
        if (
            _is_plain_object(schema)
            and len(parents) < self._options.max_level
            and not (is_top and key in self._unsplit | self._whole)
        ):
            split = _Object(name, [*parents, key])
            for inner, inner_schema in schema["properties"].items():
                split.parts[inner] = self._plan(inner_schema, inner, split.path, nullable=True)
            return split
        if _may_hold_parts(schema, self._document):
            types = schema.get("type")
            never_null = types is not None and "null" not in types and not nullable
            text = {"type": "string" if never_null else ["string", "null"]}
            return _Leaf(name, text, is_text=True)
        return _Leaf(name, _or_null(schema) if nullable else schema, is_text=False)

    def _name(self, key: str, parents: Sequence[str]) -> str:
        return flatten_key(
            key,
            list(parents),
            self._options.separator,
            max_key_length=self._options.max_key_length,
        )

    def _flat_schema(self) -> dict[str, Any]:
        """The schema without what it says of whole records, which are no longer there."""
        properties: dict[str, Any] = {}
        renamed: dict[str, str] = {}
        for key, part in self._root.parts.items():
            if isinstance(part, _Leaf):
                renamed[key] = part.name
                properties[part.name] = part.schema
                continue
            properties.update((leaf.name, leaf.schema) for leaf in part.leaves())
            if self._keeps_undeclared:
                for split in part.objects():
                    properties[split.name] = {"type": ["string", "null"], UNDECLARED: True}
        flat = {
            keyword: value
            for keyword, value in self._document.items()
            if keyword not in _CONDITIONS
        }
        flat["properties"] = properties
        if isinstance(required := flat.get("required"), list):
            flat["required"] = [renamed[key] for key in required if key in renamed]
        return flat

    # Records

    def flatten(self, record: Mapping[str, Any]) -> Record:
        """A flattened record.

        Raises:
            InvalidValueError: a key that the schema does not declare is also a flattened name.
        """
        flat: Record = {}
        parts = self._root.parts
        undeclared: Record = {}
        for key, value in record.items():
            part = parts.get(key)
            if part is None:
                undeclared[key] = value
            elif isinstance(part, _Object):
                self._split(part, value, flat)
            else:
                flat[part.name] = _as_text(value) if part.is_text else value
        self._add(undeclared, flat)
        return flat

    def _split(self, split: _Object, value: Any, flat: Record) -> None:
        """Add what an object holds to the flattened record."""
        entries = value if isinstance(value, dict) else {}
        rest: Any = {key: entry for key, entry in entries.items() if key not in split.parts}
        for key, part in split.parts.items():
            entry = entries.get(key)
            if isinstance(part, _Object):
                self._split(part, entry, flat)
            else:
                flat[part.name] = _as_text(entry) if part.is_text else entry
        if value is not None and not isinstance(value, dict):
            rest = value  # no object, though its schema says so
        if self._keeps_undeclared:
            flat[split.name] = None if rest == {} else _as_text(rest)
        elif isinstance(rest, dict):
            self._add({self._name(key, split.path): entry for key, entry in rest.items()}, flat)
        else:
            self._add({split.name: rest}, flat)

    def _add(self, undeclared: Record, flat: Record) -> None:
        """Add what the schema does not declare, which must not take a declared property's place.

        Raises:
            InvalidValueError: an undeclared property has the name of a declared one.
        """
        for name, value in undeclared.items():
            if name in flat or (name in self._names and self._keeps_undeclared):
                raise InvalidValueError(
                    f"The record has {name!r} twice when it is flattened: once as a property that "
                    "its schema does not declare. Set another flattening_separator, or declare it "
                    "in the source"
                )
            flat[name] = value


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return serialize_json(value)


def _types(schema: Schema) -> set[str]:
    types = schema.get("type")
    named = [types] if isinstance(types, str) else types
    return {name for name in named if isinstance(name, str)} if isinstance(named, list) else set()


def _is_plain_object(schema: Schema) -> bool:
    """Whether a schema is of objects with known properties and nothing else."""
    properties = schema.get("properties")
    return (
        _types(schema) - {"null"} == {"object"}
        and isinstance(properties, dict)
        and bool(properties)
        and _CONDITIONS.isdisjoint(schema)
    )


def _may_hold_parts(schema: Any, root: Schema, depth: int = 0) -> bool:
    """Whether a value can be an object or an array, as far as the schema tells."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return True
    may_hold = True
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if reference := schema.get("$ref"):
        may_hold = _may_hold_parts(_follow(reference, root), root, depth + 1)
    elif types := _types(schema):
        may_hold = not types <= _SCALARS
    elif isinstance(values, list):
        may_hold = any(isinstance(value, (dict, list)) for value in values)
    elif options := schema.get("anyOf") or schema.get("oneOf"):
        may_hold = any(_may_hold_parts(option, root, depth + 1) for option in options)
    elif parts := schema.get("allOf"):
        may_hold = all(_may_hold_parts(part, root, depth + 1) for part in parts)
    return may_hold


def _follow(reference: Any, root: Schema) -> Any:
    """What a reference to the definitions of the document points to; None for any other."""
    if not (isinstance(reference, str) and reference.startswith(_DEFINITIONS)):
        return None
    target: Any = root
    for part in reference.split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        target = target.get(step) if isinstance(target, dict) else None
    return target


def _or_null(schema: Schema) -> Schema:
    """The schema, which also takes null."""
    types = schema.get("type")
    if types is None or not _CONDITIONS.isdisjoint(schema.keys() - {"enum"}):
        return {"anyOf": [schema, {"type": "null"}]}
    names = [types] if isinstance(types, str) else list(types)
    nullable = {**schema, "type": names if "null" in names else [*names, "null"]}
    if isinstance(values := schema.get("enum"), list) and None not in values:
        nullable["enum"] = [*values, None]
    return nullable


def undeclared_properties(schema: Schema) -> set[str]:
    """The properties of a flattened schema for what the source's schema does not declare."""
    return {
        name
        for name, declared in schema["properties"].items()
        if isinstance(declared, dict) and UNDECLARED in declared
    }


def declare(schema: Schema, names: Collection[str]) -> dict[str, Any]:
    """The flattened schema in which these of its `undeclared_properties` are plain ones."""
    plain = {name: {"type": ["string", "null"]} for name in names}
    return {**schema, "properties": {**schema["properties"], **plain}}
