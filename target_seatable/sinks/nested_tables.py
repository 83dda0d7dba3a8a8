"""Arrays of objects as tables of their own, linked to the rows that they belong to.

Such a property becomes a stream beside its own, `<stream>__<property>`, which is loaded like any
other: its records are the elements, with the key of the record that they are part of and their
position, or a key of their own. What is particular to it stands here: which properties these are,
how a record is divided, and which rows have to go because their elements are gone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MissingKeyPropertiesError

from seatable_client.errors import ConfigError
from target_seatable.load_methods import LOAD_METHODS
from target_seatable.load_methods.nested_deletes import stale_nested_rows
from target_seatable.schema import nested_array
from target_seatable.schema.nested_array import NestedArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.api.base import Base
    from target_seatable.load_methods.base import LoadMethod

    Record = dict[str, Any]
    Key = tuple[Any, ...]

DEEPEST = 3
"""Arrays within arrays become tables down to this level; what is deeper stays JSON."""

_DEFINITIONS = ("definitions", "$defs")


class NestedTables:
    """The arrays of objects of a run's streams.

    Args:
        config: the target's settings.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._method = LOAD_METHODS[config["load_method"]]
        self._is_on = config.get("nested") == "table"
        self._of: dict[str, NestedArray] = {}
        self._plain: set[str] = set()
        self._brought: dict[str, dict[Key, set[Key] | None]] = defaultdict(dict)
        self._again: dict[str, set[Key]] = defaultdict(set)

    def branch(self, stream: str) -> NestedArray | None:
        """The array whose elements are this stream; None for a stream of the source."""
        return self._of.get(stream)

    def keys(self, stream: str, declared: Sequence[str] | None) -> Sequence[str] | None:
        """What tells a stream's records apart: as the settings say, else as the source does."""
        if branch := self.branch(stream):
            return branch.keys
        return self._chosen_keys.get(stream, declared)

    @property
    def _chosen_keys(self) -> Mapping[str, Sequence[str] | None]:
        return self._config.get("key_properties") or {}

    def divided(
        self, stream: str, whole: Mapping[str, Any], declared: Sequence[str] | None
    ) -> tuple[dict[str, Any], list[NestedArray]]:
        """A stream's schema without its arrays of objects, and these.

        Raises:
            ConfigError: the settings do not allow for tables of their own.
        """
        rest = dict(whole)
        if not self._is_on:
            return rest, []
        of = self.branch(stream)
        if of is None:
            self._plain.add(stream)
        elif whole != of.schema:
            raise self._meet(stream)
        found = {
            prop: element
            for prop, declaration in (whole.get("properties") or {}).items()
            if (of is None or of.level < DEEPEST)
            and prop not in ((self._config.get("column_types") or {}).get(stream) or {})
            and f"{stream}.{prop}" not in (self._config.get("links") or {})
            and (element := nested_array.element_schema(declaration, whole)) is not None
        }
        if not found:
            return rest, []
        keys = self.keys(stream, declared)
        self._check(stream, next(iter(found)), keys)
        rest["properties"] = {
            prop: declaration
            for prop, declaration in whole["properties"].items()
            if prop not in found
        }
        rest["required"] = [name for name in whole.get("required") or () if name not in found]
        if rest.get("additionalProperties") is False:  # the arrays come with the records
            del rest["additionalProperties"]
        branches = [
            self._branch(stream, whole, keys or (), prop, element)
            for prop, element in found.items()
        ]
        self._of.update({branch.stream: branch for branch in branches})
        return rest, branches

    def _check(self, stream: str, prop: str, keys: Sequence[str] | None) -> None:
        def refused(why: str) -> ConfigError:
            return ConfigError(
                f"Stream {stream!r}: nested is table, and {prop!r} would become a table of its "
                f"own, {why}; or set nested to json."
            )

        if not self._method.needs_key:
            raise refused("which takes load_method upsert or overwrite")
        if self._config.get("storage") == "big_data":
            raise refused("whose rows would be linked, which takes storage normal")
        if not keys:
            raise refused(
                "whose rows need a key to belong to. Name what tells the records apart in "
                "key_properties"
            )

    @staticmethod
    def _meet(stream: str) -> ConfigError:
        return ConfigError(
            f"Stream {stream!r} is the name of two: an array of objects would become a stream of "
            "that name, with nested set to table, and there is another one. Rename one of them "
            "with stream_maps, or set nested to json."
        )

    def _branch(
        self,
        stream: str,
        whole: Mapping[str, Any],
        keys: Sequence[str],
        prop: str,
        element: Mapping[str, Any],
    ) -> NestedArray:
        of = self.branch(stream)
        name = f"{stream}__{prop}"
        known = self._of.get(name)
        if name in self._plain or (known and (known.parent, known.array) != (stream, prop)):
            raise self._meet(name)
        called = of.array if of else stream
        # Inherited names say already whose they are.
        taken_over = of.inherited if of else ()
        inherited = {
            key if key in taken_over or (of and key == of.position) else f"{called}_{key}": key
            for key in keys
        }
        chosen = self._chosen_keys.get(name)
        position = None if chosen else f"{prop}_position"
        added = {mine: whole["properties"].get(theirs, {}) for mine, theirs in inherited.items()}
        if position:
            added[position] = {"type": "integer"}
        inside = element["properties"]
        if both := {one.casefold() for one in added} & {one.casefold() for one in inside}:
            raise ConfigError(
                f"Stream {stream!r}: the elements of {prop!r} have a property "
                f"{', '.join(map(repr, sorted(both)))}, as the column of their table would be "
                "called that says where they belong. Set nested to json."
            )
        link = called
        while link.casefold() in {one.casefold() for one in (*added, *inside)}:
            link += "_link"
        shared = {one: whole[one] for one in _DEFINITIONS if one in whole}
        return NestedArray(
            array=prop,
            stream=name,
            parent=stream,
            schema={
                "type": "object",
                "properties": {**added, **inside},
                "required": list(element.get("required") or ()),
                **shared,
            },
            inherited=inherited,
            own=tuple(chosen or (position,)),  # type: ignore[arg-type]
            position=position,
            link=link,
            root=of.root if of else len(inherited),
            level=of.level + 1 if of else 1,
        )

    # What the elements of a run are

    def records(
        self, branches: Sequence[NestedArray], record: Mapping[str, Any], *, is_deleted: bool
    ) -> dict[str, list[Record]]:
        """The records of the elements of a record, by their stream.

        A record without the property says nothing of its elements; one that was deleted has none.

        Raises:
            InvalidRecord: a property is no array of objects.
            MissingKeyPropertiesError: the record has no key, so that nothing can belong to it.
        """
        found: dict[str, list[Record]] = {}
        for branch in branches:
            for key in branch.inherited.values():
                if record.get(key) is None or isinstance(record[key], (list, dict)):
                    raise MissingKeyPropertiesError(
                        f"The record has no {key!r}, which is part of its key."
                    )
            records = [] if is_deleted else branch.records(record)
            if records is not None:
                found[branch.stream] = records
        return found

    def note(self, found: Mapping[str, Sequence[Record]], record: Mapping[str, Any]) -> None:
        """Note which elements a record has now; those that it had before and has no more go."""
        for stream, records in found.items():
            branch = self._of[stream]
            root = branch.root_key(record)
            if branch.level == 1:
                for one in self._within(stream):
                    if root in self._brought[one]:
                        self._again[one].add(root)
                    self._brought[one].pop(root, None)
                    self._brought[one][root] = set()
            if (brought := self._brought[stream].get(root)) is not None:
                brought.update(branch.own_key(one) for one in records)

    def doubt(self, branches: Sequence[NestedArray], record: Mapping[str, Any]) -> list[str]:
        """Note that a record was set aside: what its own arrays held is not known to be gone.

        Returns:
            The streams of all elements, however deep, that may have been in it.
        """
        inside = []
        for branch in branches:
            for one in self._within(branch.stream):
                inside.append(one)
                if branch.level > 1:
                    self._brought[one][branch.root_key(record)] = None
        return inside

    def _within(self, stream: str) -> list[str]:
        """The stream of an array and those of the arrays in its elements, however deep."""
        inside = [one.stream for one in self._of.values() if one.parent == stream]
        return [stream, *(deeper for one in inside for deeper in self._within(one))]

    def remove_gone(self, base: Base, loads: Mapping[str, LoadMethod | None]) -> None:
        """Remove, or mark as deleted, the rows of elements that their records have no more.

        A row without position or key of its own was brought by nobody: it stays. Overwrite removes
        by itself what the streams of the elements lack; here those go that a record of the run had
        and a later one of it has no more.

        Args:
            base: the base.
            loads: how each stream is loaded; None for one that has no table.
        """
        overwrites = self._method.removes_missing
        hard_delete = overwrites or bool(self._config.get("hard_delete"))
        for stream, brought in self._brought.items():
            load, again = loads.get(stream), self._again[stream]
            of = {root: own for root, own in brought.items() if root in again or not overwrites}
            if load is not None and of:
                rows = stale_nested_rows(
                    base, load, self._of[stream].root, of, marks=not hard_delete
                )
                load.remove_rows(list(rows), hard_delete=hard_delete)
            brought.clear()
            again.clear()
