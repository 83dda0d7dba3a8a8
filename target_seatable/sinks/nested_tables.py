"""Arrays of objects as tables of their own, linked to the rows that they belong to.

Such a property becomes a stream beside its own, `<stream>__<property>`, which is loaded like any
other: its records are the elements, with the key of the record that they are part of and their
position, or a key of their own. This module holds what is particular to these streams: which
properties they come from, how a schema and a record are split, and which rows are removed because
their elements are gone.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.exceptions import MissingKeyPropertiesError

from seatable_client.errors import ConfigError
from singer_seatable.names import matches
from target_seatable.load_methods import LOAD_METHODS, stale_nested_rows
from target_seatable.schema import NestedArray, element_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.api import Base
    from target_seatable.load_methods import LoadMethod
    from target_seatable.schema import StreamSchema
    from target_seatable.settings import StreamConfig, TargetConfig
    from target_seatable.tables import StreamTables

    Record = dict[str, Any]
    Key = tuple[Any, ...]

log = logging.getLogger(__name__)

DEEPEST = 3
"""Arrays within arrays become tables down to this level; deeper ones stay JSON."""

_DEFINITIONS = ("definitions", "$defs")


class NestedTables:
    """The arrays of objects of a run's streams.

    Args:
        config: the target's settings.
    """

    def __init__(self, config: TargetConfig) -> None:
        self._config = config
        self._arrays: dict[str, NestedArray] = {}
        self._source_streams: set[str] = set()
        # By stream and outermost record, the keys of its elements; None if they are not known.
        self._elements: dict[str, dict[Key, set[Key] | None]] = defaultdict(dict)
        self._repeated: dict[str, set[Key]] = defaultdict(set)
        self._streams: dict[str, StreamSchema] = {}
        self._left_out: set[str] = set()

    def register(self, stream: StreamSchema) -> None:
        """Note a stream, of which arrays may be tables of their own."""
        self._streams[stream.name] = stream

    def leaves_out(self, stream: StreamSchema, tables: StreamTables) -> bool:
        """Whether the records are left out that the elements of a stream belong to; logged once.

        Raises:
            ContractViolated: their table has to exist.
        """
        array = stream.nested_array
        if array is None:
            return False
        parent = self._streams[array.parent]
        if not self.leaves_out(parent, tables) and (
            tables.table(parent) is not None or not tables.leaves_out(parent)
        ):
            return False
        if stream.name not in self._left_out:
            self._left_out.add(stream.name)
            log.warning(
                "Stream %r: its records are skipped, as those of %r are, to which they belong.",
                stream.name,
                array.parent,
            )
        return True

    def config_of(self, stream: str) -> StreamConfig:
        """How a stream is loaded: the elements of an array as the records that they are part of."""
        while array := self._arrays.get(stream):
            stream = array.parent
        return self._config.for_stream(stream)

    def array_of(self, stream: str) -> NestedArray | None:
        """The array whose elements are the records of a stream; None for a source's stream."""
        return self._arrays.get(stream)

    def parent_of(self, array: NestedArray | None) -> StreamSchema | None:
        """The stream whose records have an array; None if there is no array."""
        return self._streams[array.parent] if array is not None else None

    def former_arrays(self, stream: str, arrays: Sequence[NestedArray]) -> Sequence[NestedArray]:
        """The arrays of older schemas of a stream, which has these arrays by its newest.

        Raises:
            ConfigError: the stream has another key now, so that nothing tells their records.
        """
        former = [
            array
            for array in self._arrays.values()
            if array.parent == stream and array not in arrays
        ]
        for array in former:
            _check_key(array, self._streams[stream].keys)
        return former

    def key_properties(self, stream: str, declared: Sequence[str] | None) -> Sequence[str] | None:
        """The key properties of a stream: from the settings, else as the source declares them."""
        if array := self.array_of(stream):
            return array.keys
        return self._config.key_properties.get(stream, declared)

    # Schemas

    def split_schema(
        self, stream: str, whole: Mapping[str, Any], declared: Sequence[str] | None
    ) -> tuple[dict[str, Any], list[NestedArray]]:
        """Split a stream's schema into the rest and its arrays of objects.

        Args:
            stream: the stream.
            whole: its schema.
            declared: the key properties that the source declares.

        Raises:
            ConfigError: the settings do not allow for tables of their own, or names collide.
        """
        rest = dict(whole)
        if self._config.nested != "table":
            return rest, []
        parent = self.array_of(stream)
        if parent is None:
            self._source_streams.add(stream)
        elif whole != parent.schema:
            raise self._name_taken(stream)
        if parent is not None and parent.level >= DEEPEST:
            return rest, []
        elements = {
            prop: element
            for prop, declaration in (whole.get("properties") or {}).items()
            if prop not in self._config.column_types.get(stream, {})
            and f"{stream}.{prop}" not in self._config.links
            and (element := element_schema(declaration, whole)) is not None
        }
        if not elements:
            return rest, []
        keys = self.key_properties(stream, declared)
        self._check_settings(stream, next(iter(elements)), keys)
        rest["properties"] = {
            prop: declaration
            for prop, declaration in whole["properties"].items()
            if prop not in elements
        }
        rest["required"] = [name for name in whole.get("required") or () if name not in elements]
        if rest.get("additionalProperties") is False:  # the arrays come with the records
            del rest["additionalProperties"]
        arrays = [
            self._build_array(stream, whole, keys or (), prop, element)
            for prop, element in elements.items()
        ]
        self._arrays.update({array.stream: array for array in arrays})
        return rest, arrays

    def _check_settings(self, stream: str, prop: str, keys: Sequence[str] | None) -> None:
        def refusal(reason: str) -> ConfigError:
            return ConfigError(
                f"Stream {stream!r}: nested is table, and {prop!r} would become a table of its "
                f"own, {reason}; or set nested to json."
            )

        if not LOAD_METHODS[self.config_of(stream).load_method].takes_nested:
            names = [name for name, method in LOAD_METHODS.items() if method.takes_nested]
            raise refusal(f"which needs load_method {' or '.join(names)}")
        if "drop_row" in msgspec.structs.astuple(self.config_of(stream).contract):
            raise refusal(
                "whose rows would be left behind where schema_contract leaves a record out. Set it "
                "to another word than drop_row"
            )
        if self._config.storage == "big_data":
            raise refusal("whose rows would be linked, which needs storage normal")
        if not keys:
            raise refusal(
                "whose rows need a key to belong to. Name what identifies the records in "
                "key_properties"
            )

    def _check_stream_settings(self, name: str, stream: str) -> None:
        """Check that no entry of `stream_settings` is for the elements of an array alone.

        Raises:
            ConfigError: an entry names the elements alone, and would have no effect.
        """
        while array := self.array_of(stream):
            stream = array.parent
        for entry in self._config.stream_settings:
            if matches(entry, name) and not matches(entry, stream):
                raise ConfigError(
                    f"stream_settings has an entry {entry!r}, which would not count for {name!r}: "
                    f"nested: table makes this stream of an array in {stream!r}, and loads it as "
                    f"that one. Name {stream!r} instead. Nothing of it was stored."
                )

    @staticmethod
    def _name_taken(stream: str) -> ConfigError:
        return ConfigError(
            f"Two streams would be called {stream!r}: one of the source, and one that nested: "
            "table makes of an array of objects. Rename one of them with stream_maps, or set "
            "nested to json."
        )

    def _build_array(
        self,
        stream: str,
        whole: Mapping[str, Any],
        keys: Sequence[str],
        prop: str,
        element: Mapping[str, Any],
    ) -> NestedArray:
        parent = self.array_of(stream)
        name = f"{stream}__{prop}"
        self._check_stream_settings(name, stream)
        known = self._arrays.get(name)
        if name in self._source_streams or (
            known and (known.parent, known.array) != (stream, prop)
        ):
            raise self._name_taken(name)
        parent_name = parent.array if parent else stream
        # Inherited names have the prefix of their record already.
        prefixed = {*parent.inherited, parent.position} if parent else set()
        inherited = {key if key in prefixed else f"{parent_name}_{key}": key for key in keys}
        if known:
            _check_key(known, keys)
        chosen = self._config.key_properties.get(name)
        position = None if chosen else f"{prop}_position"
        added = {mine: whole["properties"].get(theirs, {}) for mine, theirs in inherited.items()}
        if position:
            added[position] = {"type": "integer"}
        own = element["properties"]
        if clashes := {added_name.casefold() for added_name in added} & set(map(str.casefold, own)):
            raise ConfigError(
                f"Stream {stream!r}: the elements of {prop!r} have a property "
                f"{', '.join(map(repr, sorted(clashes)))}, and their table needs a column of that "
                "name for the row that they belong to. Set nested to json."
            )
        link = parent_name
        while link.casefold() in {column.casefold() for column in (*added, *own)}:
            link += "_link"
        return NestedArray(
            array=prop,
            stream=name,
            parent=stream,
            schema={
                "type": "object",
                "properties": {**added, **own},
                "required": list(element.get("required") or ()),
                **{keyword: whole[keyword] for keyword in _DEFINITIONS if keyword in whole},
            },
            inherited=inherited,
            own=tuple(chosen or filter(None, [position])),
            position=position,
            link=link,
            root=parent.root if parent else len(inherited),
            level=parent.level + 1 if parent else 1,
        )

    # Records

    def split_record(
        self, arrays: Sequence[NestedArray], record: Mapping[str, Any], *, is_deleted: bool
    ) -> dict[str, list[Record]]:
        """The records of a record's elements, by their stream.

        A record without the property says nothing about its elements; a deleted one has none.

        Raises:
            InvalidRecord: a property is no array of objects.
            MissingKeyPropertiesError: the record has no key, so that nothing can belong to it.
        """
        elements: dict[str, list[Record]] = {}
        for array in arrays:
            for key in array.inherited.values():
                if record.get(key) is None or isinstance(record[key], (list, dict)):
                    raise MissingKeyPropertiesError(
                        f"The record has no {key!r}, which is part of its key."
                    )
            records = [] if is_deleted else array.records(record)
            if records is not None:
                elements[array.stream] = records
        return elements

    def note_elements(
        self, elements: Mapping[str, Sequence[Record]], record: Mapping[str, Any]
    ) -> None:
        """Note which elements a record has now; others that it had before become stale."""
        for stream, records in elements.items():
            array = self._arrays[stream]
            root = array.root_key(record)
            if array.level == 1:
                for nested in self._streams_within(stream):
                    if root in self._elements[nested]:
                        self._repeated[nested].add(root)
                    self._elements[nested].pop(root, None)
                    self._elements[nested][root] = set()
            if (keys := self._elements[stream].get(root)) is not None:
                keys.update(array.own_key(element) for element in records)

    def note_rejected(self, arrays: Sequence[NestedArray], record: Mapping[str, Any]) -> list[str]:
        """Note that a record was rejected, so that the elements of its arrays are not known.

        Returns:
            The streams of all elements, however deep, that may have been in it.
        """
        streams = []
        for array in arrays:
            for stream in self._streams_within(array.stream):
                streams.append(stream)
                if array.level > 1:
                    self._elements[stream][array.root_key(record)] = None
        return streams

    def _streams_within(self, stream: str) -> list[str]:
        """The stream of an array and those of the arrays in its elements, however deep."""
        children = [array.stream for array in self._arrays.values() if array.parent == stream]
        return [stream, *(deeper for child in children for deeper in self._streams_within(child))]

    def remove_stale_rows(self, base: Base, loads: Mapping[str, LoadMethod | None]) -> None:
        """Delete rows of elements that their records no longer have, or mark them as deleted.

        A row without a position or a key of its own did not come from the stream: it stays.
        Overwrite removes by itself what the streams of the elements lack; this removes what a
        record of the run had and a later record with the same key no longer has.

        Args:
            base: the base.
            loads: by stream, how it is loaded; None for one that has no table.
        """
        for stream, elements in self._elements.items():
            config = self.config_of(stream)
            overwrites = LOAD_METHODS[config.load_method].removes_missing
            hard_delete = overwrites or config.hard_delete
            load, repeated = loads.get(stream), self._repeated[stream]
            if load is not None and elements:
                rows = stale_nested_rows(
                    base,
                    load,
                    self._arrays[stream].root,
                    elements,
                    only_keys=repeated if overwrites else None,
                    marks=not hard_delete,
                )
                load.remove_rows(list(rows), hard_delete=hard_delete)
            elements.clear()
            repeated.clear()


def _check_key(array: NestedArray, keys: Sequence[str]) -> None:
    """Check that a stream has the key by which the rows of an array belong to its records.

    Raises:
        ConfigError: it has another.
    """
    former = list(array.inherited.values())
    if former != list(keys):
        raise ConfigError(
            f"Stream {array.parent!r}: its key was {', '.join(former)} and is "
            f"{', '.join(keys) or 'none'} from here on, and the rows of {array.array!r} belong to "
            "their records by it. Let the source keep one key, name the key in key_properties, or "
            "set nested to json."
        )
