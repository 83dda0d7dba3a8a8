"""Records decoded as what their stream's schema says they are.

A schema is turned into a type, with a field for every property, and the decoder checks a line
against it on the way, all but for free. The type admits less than the schema, never more: a line
that does not fit it may still be in order, and goes the way of plain dictionaries, where the
validator decides and words the refusal. What the type cannot say of a value is checked afterwards,
a batch at a time, and again the validator decides about what is not recognised.

Numbers keep their digits until it is known that a double holds them.
"""

from __future__ import annotations

import decimal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType
from singer_sdk.exceptions import InvalidRecord

from singer_seatable.contract import TOMBSTONE_COLUMNS
from target_seatable.messages.validation import validator_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    Columns = Mapping[str, Sequence[Any]]
    Decode = Callable[[bytes], list[Any]]

_EXACT_DIGITS = 15
"""A numeral of so many characters, without an exponent, is the shortest one of its double."""

_NUMERALS = {Raw}

_TELLS_NOTHING = frozenset({"title", "description", "default", "examples", "format"})
"""Keywords that the validator passes over, as does whoever checks nothing else."""

_ROOT = frozenset({"type", "properties", "required", "additionalProperties", "$schema",
                   "key_properties", "definitions", "$defs"})  # fmt: skip

_decode = msgspec.json.Decoder(float_hook=decimal.Decimal).decode
_doubles = msgspec.json.Decoder().decode


class Line(msgspec.Struct):
    """A message of which only the record is wanted."""

    record: dict[str, Any]


_line = msgspec.json.Decoder(Line, float_hook=decimal.Decimal)


def record_of(source: Mapping[str, Any] | bytes) -> dict[str, Any] | Mapping[str, Any]:
    """The record that a line holds, without what only says something about it."""
    if isinstance(source, (bytes, str)):
        record = _line.decode(source).record
        for name in TOMBSTONE_COLUMNS:
            record.pop(name, None)
        return record
    return source


def values_of(records: Sequence[Mapping[str, Any]], properties: Iterable[str]) -> Columns:
    """The values of plain records, by property; UNSET where one is absent."""
    return {name: [record.get(name, UNSET) for record in records] for name in properties}


class _Kind(NamedTuple):
    """What is known of a property.

    Attributes:
        type: what its values are decoded as.
        numbers: classes of numbers that fit, where it has numerals; they stay as they are written.
        is_open: whether the type admits more than the schema.
    """

    type: Any
    numbers: frozenset[type] = frozenset()
    is_open: bool = False


@dataclass
class Records:
    """The records of a stream.

    Args:
        stream: its name.
        schema: its schema.
        exact: properties whose numbers are to keep all their digits, as they go into text.
        validates: whether records are to be checked at all.

    Attributes:
        decode: decodes lines to messages with a `record` each, if all are records of this stream.
        made: the type of such records.

    Raises:
        NotTyped: the schema is of a kind that no type can stand for.
    """

    stream: str
    schema: Mapping[str, Any]
    exact: AbstractSet[str]
    validates: bool
    decode: Decode = field(init=False)
    made: type[msgspec.Struct] = field(init=False)

    def __post_init__(self) -> None:
        schema = self.schema
        properties: Mapping[str, Any] = schema.get("properties") or {}
        required = set(schema.get("required") or ())
        kinds = {
            name: _kind(of) for name, of in properties.items() if name not in TOMBSTONE_COLUMNS
        }
        if not _is_plain(schema, _ROOT) or "object" not in _types(schema) or required - {*kinds}:
            raise NotTyped
        self._numbers = {name: kind.numbers for name, kind in kinds.items() if kind.numbers}
        opened = [name for name, kind in kinds.items() if kind.is_open] if self.validates else []
        self._open = sorted(opened)
        if opened:
            only = {name: properties[name] for name in opened}
            self._check = validator_for({**schema, "properties": only, "required": []})
        # Fields that may be absent come last; absent is not null.
        self._names = sorted(kinds, key=lambda name: name not in required)
        fields: list[Any] = [
            (f"p{at}", kinds[name].type)
            if name in required
            else (f"p{at}", kinds[name].type | UnsetType, UNSET)
            for at, name in enumerate(self._names)
        ]
        fields += [
            (f"not{at}", None | UnsetType, UNSET) for at, _ in enumerate(sorted(TOMBSTONE_COLUMNS))
        ]
        named = {f"p{at}": name for at, name in enumerate(self._names)}
        named |= {f"not{at}": name for at, name in enumerate(sorted(TOMBSTONE_COLUMNS))}
        try:
            record = msgspec.defstruct(
                "Record", fields, rename=named, forbid_unknown_fields=True, gc=False
            )
        except ValueError as error:  # a name that takes escapes
            raise NotTyped from error
        self.made = record
        message = msgspec.defstruct(
            "Message",
            [("type", Literal["RECORD"]), ("stream", Literal[self.stream]), ("record", record)],
            gc=False,
        )
        self.decode = msgspec.json.Decoder(message, float_hook=decimal.Decimal).decode_lines

    def of(self, record: Mapping[str, Any]) -> msgspec.Struct:
        """A plain record that has been checked, beside those that were decoded."""
        return self.made(*(record.get(name, UNSET) for name in self._names))

    def columns(self, records: Sequence[Any]) -> tuple[Columns, AbstractSet[int]]:
        """The values of records, by property, and the places of those that need validation."""
        values = zip(*map(msgspec.structs.astuple, records), strict=True)
        columns: dict[str, Sequence[Any]] = dict(zip(self._names, values, strict=False))
        doubted: set[int] = set()
        for name, classes in self._numbers.items():
            columns[name] = self._read(name, columns[name], classes, doubted)
        if self._open:
            self._look(columns, len(records), doubted)
        return columns, doubted

    def _read(
        self, name: str, numerals: Sequence[Any], fit: frozenset[type], doubted: set[int]
    ) -> Sequence[Any]:
        """Numbers from numerals; what is of another class than it should be is doubted."""
        present = numerals
        if set(map(type, numerals)) != _NUMERALS:
            present = [one for one in numerals if one.__class__ is Raw]
        listed = b"[" + b",".join(present) + b"]"
        numbers = None
        if name not in self.exact and (not present or max(map(len, present)) <= _EXACT_DIGITS):
            numbers = _plain_numbers(listed, fit)
        if numbers is None:
            numbers = _decode(listed)
            if not fit.issuperset(map(type, numbers)):
                places = [at for at, one in enumerate(numerals) if one.__class__ is Raw]
                doubted.update(
                    at for at, one in zip(places, numbers, strict=True) if type(one) not in fit
                )
        if present is not numerals:
            rest = iter(numbers)
            return [next(rest) if one.__class__ is Raw else one for one in numerals]
        return numbers

    def _look(self, columns: Columns, count: int, doubted: set[int]) -> None:
        """Doubt the records with values that the schema, where the type says nothing, refuses."""
        opened = [columns[name] for name in self._open]
        for at, values in zip(range(count), zip(*opened, strict=True), strict=True):
            given = {
                name: value
                for name, value in zip(self._open, values, strict=True)
                if value is not UNSET
            }
            try:
                self._check.validate(given)
            except InvalidRecord:
                doubted.add(at)


class NotTyped(Exception):
    """A schema of a kind that no type can stand for."""


def _plain_numbers(listed: bytes, fit: frozenset[type]) -> list[Any] | None:
    """Short numerals as integers and doubles, which hold them; None if they are anything else."""
    try:
        numbers: list[Any] = _doubles(listed)
    except msgspec.DecodeError:  # out of a double's range
        return None
    if not fit.issuperset(map(type, numbers)) or b"e" in listed or b"E" in listed:
        return None
    if b".0" in listed:  # a whole number is an integer, however it is written
        numbers = [
            int(one) if one.__class__ is float and one.is_integer() else one for one in numbers
        ]
    return numbers


def _is_plain(schema: Any, keywords: AbstractSet[str]) -> bool:
    return isinstance(schema, dict) and all(
        keyword in keywords or keyword in _TELLS_NOTHING or keyword.startswith("x-")
        for keyword in schema
    )


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    named = schema.get("type", ())
    return frozenset([named] if isinstance(named, str) else named)


def _kind(schema: Any) -> _Kind:
    if not _is_plain(schema, {"type", "maxLength", "items"}):
        return _Kind(Any, is_open=True)
    types = _types(schema)
    own, nullable = types - {"null"}, "null" in types
    limited, itemised = "maxLength" in schema, "items" in schema
    if own and own <= {"number", "integer"} and not limited and not itemised:
        fit = {int} | ({float, decimal.Decimal} if "number" in own else set())
        return _Kind(Raw, frozenset(fit | ({type(None)} if nullable else set())))
    found = _exact(schema, own)
    if found is None:
        return _Kind(Any, is_open=bool(schema))
    return _Kind(found | None if nullable else found)


def _exact(schema: Mapping[str, Any], own: frozenset[str]) -> Any:
    """The type that says just what the schema says, null apart; None if there is none."""
    limit, items = schema.get("maxLength"), schema.get("items")
    if own == {"string"} and items is None:
        if limit is None:
            return str
        return Annotated[str, msgspec.Meta(max_length=limit)] if type(limit) is int else None
    if own == {"array"} and limit is None:
        item = _kind(items or {})
        return None if item.is_open or item.numbers else list[item.type]  # type: ignore[name-defined]
    return _OTHERS.get(own) if limit is None and items is None else None


_OTHERS = {frozenset({"boolean"}): bool, frozenset({"object"}): dict[str, Any]}
