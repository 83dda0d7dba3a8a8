"""The fast path of decoding: records decoded to a type made from their stream's schema.

The type has a field for every property, and the decoder checks a line against it at almost no
cost. The type admits less than the schema, never more: a line that does not fit takes the normal
path of plain dictionaries, where the validator decides. What the type cannot express is checked
afterwards, a batch at a time, and again the validator decides about doubtful records.

Numbers keep their digits until it is known that a double holds them.
"""

from __future__ import annotations

import decimal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_args, get_origin

import msgspec
from msgspec import UNSET, Raw, UnsetType
from singer_sdk.exceptions import InvalidRecord

from singer_seatable import date_times
from singer_seatable.contract import OFFSETS, SCHEMA_EXTENSION, TOMBSTONE_COLUMNS
from target_seatable.messages import lenient_json
from target_seatable.messages.lenient_json import FaultyRecord, SourceRecord
from target_seatable.messages.validation import validator_for
from target_seatable.messages.wall_clocks import comes_in_utc
from target_seatable.messages.whole_numbers import (
    as_integer,
    integer_properties,
    with_integers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    Columns = Mapping[str, Sequence[Any]]
    Decode = Callable[[bytes], list[Any]]

_EXACT_DIGITS = 15
"""A numeral of so many characters, without an exponent, is the shortest one of its double."""

_NUMERALS = {Raw}

_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "format"})
"""Keywords that the validator does not check."""

_ROOT_KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", "$schema",
                            "key_properties", "definitions", "$defs"})  # fmt: skip

_DECODE_ERRORS = (msgspec.DecodeError, ArithmeticError)

_decode = msgspec.json.Decoder(float_hook=decimal.Decimal).decode
_UNREADABLE = object()

_decode_doubles = msgspec.json.Decoder().decode


class Extension(msgspec.Struct, rename={"offsets": OFFSETS}):
    """What stands beside the record in a RECORD message of tap-seatable."""

    offsets: dict[str, Any]


class Line(msgspec.Struct, rename={"extension": SCHEMA_EXTENSION}):
    """A RECORD message, without all but its record and the offsets of its date-times."""

    record: dict[str, Any]
    extension: Extension | None = None


_line = msgspec.json.Decoder(Line, float_hook=decimal.Decimal)


def record_of(source: Mapping[str, Any] | bytes) -> SourceRecord:
    """The record of a line, without its tombstone columns; a decoded record as it is.

    It is a `FaultyRecord` if a value in it cannot be stored.
    """
    if isinstance(source, bytes):
        try:
            message = _line.decode(source)
            record = SourceRecord(message.record, (source,))
            if message.extension is not None:
                date_times.join_record(record, message.extension.offsets)
        except _DECODE_ERRORS:
            lenient, faults = lenient_json.decode(source)
            reason = "; ".join(dict.fromkeys(faults))
            record = FaultyRecord(lenient["record"], reason, (source,))
        for name in TOMBSTONE_COLUMNS:
            record.pop(name, None)
        return record
    return source if isinstance(source, SourceRecord) else SourceRecord(source)


def column_values(records: Sequence[Mapping[str, Any]], properties: Iterable[str]) -> Columns:
    """The values of plain records, by property; UNSET for absent ones."""
    return {name: [record.get(name, UNSET) for record in records] for name in properties}


class _PropertyType(NamedTuple):
    """The type that a property's values are decoded to.

    Attributes:
        type: the type.
        numbers: the classes of numbers that the schema admits, for a property of numerals, which
            stay as they are written; else empty.
        is_open: whether the type admits more than the schema.
    """

    type: Any
    numbers: frozenset[type] = frozenset()
    is_open: bool = False


@dataclass
class TypedDecoder:
    """Decodes the records of a stream.

    Args:
        stream: its name.
        schema: its schema.
        exact: properties whose numbers keep all their digits, because they become text.
        validates: whether records are checked at all.

    Attributes:
        decode: decodes lines to messages with a `record` each, if all are records of this stream.
        record_type: the type of such records.
        can_nest: whether the type admits values that are nested at any depth.

    Raises:
        UntypableSchema: no type can express the schema.
    """

    stream: str
    schema: Mapping[str, Any]
    exact: AbstractSet[str]
    validates: bool
    decode: Decode = field(init=False)
    record_type: type[msgspec.Struct] = field(init=False)
    can_nest: bool = field(init=False)

    def __post_init__(self) -> None:
        schema = self.schema
        properties: Mapping[str, Any] = schema.get("properties") or {}
        required = set(schema.get("required") or ())
        types = {
            name: _property_type(declaration)
            for name, declaration in properties.items()
            if name not in TOMBSTONE_COLUMNS
        }
        if (
            not _has_only(schema, _ROOT_KEYWORDS)
            or "object" not in _types(schema)
            or required - {*types}
        ):
            raise UntypableSchema
        self.can_nest = any(_can_nest(type_.type) for type_ in types.values())
        self._numbers = {name: type_.numbers for name, type_ in types.items() if type_.numbers}
        self._integer_lists = integer_properties(schema) & {*types} - {*self._numbers}
        self._open = sorted(
            name for name, type_ in types.items() if type_.is_open and self.validates
        )
        if self._open:
            only = {name: properties[name] for name in self._open}
            self._check = validator_for({**schema, "properties": only, "required": []}, self.stream)
        # Fields that may be absent come last; absent is not null.
        self._names = sorted(types, key=lambda name: name not in required)
        self._fields = {name: f"p{index}" for index, name in enumerate(self._names)}
        absent = {name: f"not{index}" for index, name in enumerate(sorted(TOMBSTONE_COLUMNS))}
        fields: list[Any] = [
            (field, types[name].type)
            if name in required
            else (field, types[name].type | UnsetType, UNSET)
            for name, field in self._fields.items()
        ]
        fields += [(field, None | UnsetType, UNSET) for field in absent.values()]
        names = {field: name for name, field in (self._fields | absent).items()}
        try:
            record = msgspec.defstruct(
                "Record", fields, rename=names, forbid_unknown_fields=True, gc=False
            )
        except ValueError as error:  # a name that needs escapes
            raise UntypableSchema from error
        self.record_type = record
        message_fields: list[tuple[str, Any]] = [
            ("type", Literal["RECORD"]), ("stream", Literal[self.stream]), ("record", record),
        ]  # fmt: skip
        in_utc = comes_in_utc(schema)
        if in_utc:
            message_fields.append(("extension", Extension))
        message = msgspec.defstruct(
            "Message", message_fields, rename={"extension": SCHEMA_EXTENSION}, gc=False
        )
        self._decode = msgspec.json.Decoder(message, float_hook=decimal.Decimal).decode_lines
        self.decode = self._decode_in_utc if in_utc else self._decode

    def _decode_in_utc(self, lines: bytes) -> list[Any]:
        """Decode lines whose date-times get their offsets back.

        Raises:
            DecodeError: the offsets are not those of their records.
        """
        messages: list[Any] = self._decode(lines)
        for message in messages:
            record = message.record
            for name, offset in message.extension.offsets.items():
                field = self._fields.get(name)
                value = getattr(record, field) if field else UNSET
                if field and value is not UNSET and value is not None:
                    try:
                        setattr(record, field, date_times.join(value, offset))
                    except ValueError as error:
                        raise msgspec.DecodeError(str(error)) from error
        return messages

    def build(self, record: Mapping[str, Any]) -> msgspec.Struct:
        """A record of the type, from a plain record that has been checked."""
        return self.record_type(*(record.get(name, UNSET) for name in self._names))

    def column_values(self, records: Sequence[Any]) -> tuple[Columns, AbstractSet[int]]:
        """The values of records by property, and the indexes of records that need validation."""
        values = list(zip(*map(msgspec.structs.astuple, records), strict=True))
        del values[len(self._names) :]  # the tombstone columns, which no such record has
        columns: dict[str, Sequence[Any]] = dict(zip(self._names, values, strict=True))
        doubtful: set[int] = set()
        for name, classes in self._numbers.items():
            columns[name] = self._read_numbers(name, columns[name], classes, doubtful)
        for name in self._integer_lists:
            columns[name] = list(map(with_integers, columns[name]))
        if self._open:
            self._check_open(columns, len(records), doubtful)
        return columns, doubtful

    def _read_numbers(
        self, name: str, numerals: Sequence[Any], classes: frozenset[type], doubtful: set[int]
    ) -> Sequence[Any]:
        """Numbers from numerals; records with a number of another class are doubtful."""
        present = numerals
        if set(map(type, numerals)) != _NUMERALS:
            present = [numeral for numeral in numerals if numeral.__class__ is Raw]
        array = b"[" + b",".join(present) + b"]"
        numbers = None
        if name not in self.exact and (not present or max(map(len, present)) <= _EXACT_DIGITS):
            numbers = _short_numbers(array, classes)
        if numbers is None:
            numbers = _long_numbers(array, present)
            if decimal.Decimal not in classes and decimal.Decimal in set(map(type, numbers)):
                numbers = list(map(as_integer, numbers))
            if not classes.issuperset(map(type, numbers)):
                indexes = [
                    index for index, numeral in enumerate(numerals) if numeral.__class__ is Raw
                ]
                doubtful.update(
                    index
                    for index, number in zip(indexes, numbers, strict=True)
                    if type(number) not in classes
                )
                numbers = [None if number is _UNREADABLE else number for number in numbers]
        if present is not numerals:
            rest = iter(numbers)
            return [next(rest) if value.__class__ is Raw else value for value in numerals]
        return numbers

    def _check_open(self, columns: Columns, count: int, doubtful: set[int]) -> None:
        """Add records with values that the schema refuses, where the type admits more than it."""
        open_columns = [columns[name] for name in self._open]
        for index, values in zip(range(count), zip(*open_columns, strict=True), strict=True):
            given = {
                name: value
                for name, value in zip(self._open, values, strict=True)
                if value is not UNSET
            }
            try:
                self._check.validate(given)
            except InvalidRecord:
                doubtful.add(index)


class UntypableSchema(Exception):
    """No type can express the schema."""


def _short_numbers(array: bytes, classes: frozenset[type]) -> list[Any] | None:
    """Short numerals as integers and doubles, which hold them; None if one is anything else."""
    try:
        numbers: list[Any] = _decode_doubles(array)
    except msgspec.DecodeError:  # out of a double's range
        return None
    if b"e" in array or b"E" in array:
        return None
    if b".0" in array:
        # `as_integer` for doubles alone, without its call: this runs for every record.
        numbers = [
            int(number) if number.__class__ is float and number.is_integer() else number
            for number in numbers
        ]
    return numbers if classes.issuperset(map(type, numbers)) else None


def _long_numbers(array: bytes, numerals: Sequence[Any]) -> list[Any]:
    """Numerals as integers and decimals; `_UNREADABLE` for those that nothing can hold."""
    try:
        numbers: list[Any] = _decode(array)
    except _DECODE_ERRORS:
        numbers = []
        for numeral in numerals:
            try:
                numbers.append(_decode(numeral))
            except _DECODE_ERRORS:  # noqa: PERF203  (which one it is)
                numbers.append(_UNREADABLE)
    return numbers


def _can_nest(type_: Any) -> bool:
    """Whether values of a type may be nested at any depth."""
    return type_ is Any or get_origin(type_) is dict or any(map(_can_nest, get_args(type_)))


def _has_only(schema: Any, keywords: AbstractSet[str]) -> bool:
    return isinstance(schema, dict) and all(
        keyword in keywords or keyword in _ANNOTATIONS or keyword.startswith("x-")
        for keyword in schema
    )


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    declared = schema.get("type", ())
    return frozenset([declared] if isinstance(declared, str) else declared)


def _property_type(schema: Any) -> _PropertyType:
    if not _has_only(schema, {"type", "maxLength", "items"}):
        return _PropertyType(Any, is_open=True)
    types = _types(schema)
    own, nullable = types - {"null"}, "null" in types
    has_limit, has_items = "maxLength" in schema, "items" in schema
    if own and own <= {"number", "integer"} and not has_limit and not has_items:
        classes = {int} | ({float, decimal.Decimal} if "number" in own else set())
        return _PropertyType(Raw, frozenset(classes | ({type(None)} if nullable else set())))
    exact = _exact_type(schema, own)
    if exact is None:
        return _PropertyType(Any, is_open=bool(schema))
    return _PropertyType(exact | None if nullable else exact)


def _exact_type(schema: Mapping[str, Any], own: frozenset[str]) -> Any:
    """The type that admits just what the schema admits, besides null; None if there is none."""
    limit, items = schema.get("maxLength"), schema.get("items")
    if own == {"string"} and items is None:
        if limit is None:
            return str
        return Annotated[str, msgspec.Meta(max_length=limit)] if type(limit) is int else None
    if own == {"array"} and limit is None:
        item = _property_type(items or {})
        return None if item.is_open or item.numbers else list[item.type]  # type: ignore[name-defined]
    return _PLAIN_TYPES.get(own) if limit is None and items is None else None


_PLAIN_TYPES = {frozenset({"boolean"}): bool, frozenset({"object"}): dict[str, Any]}
