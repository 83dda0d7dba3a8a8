"""The check of records against the schema of their stream, compiled once."""

from __future__ import annotations

import contextlib
import re
from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import fastjsonschema
from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord
from singer_sdk.sinks.core import BaseJSONSchemaValidator

from seatable_client.errors import InvalidValueError
from seatable_client.formatting import error_text, quote_value
from target_seatable.errors import Refusal
from target_seatable.messages.exact_keywords import exact_checker, needs_exact_numbers
from target_seatable.messages.lenient_json import FaultyRecord
from target_seatable.messages.patterns import SECONDS, PatternTimeout, TimedPattern
from target_seatable.messages.whole_numbers import with_integers

if TYPE_CHECKING:
    from collections.abc import Mapping

    _Found = tuple[str | None, str]

REMEDY = "To load such records unchecked, set validate_records to false."


def validator_for(schema: dict[str, Any], stream: str = "") -> RecordValidator:
    """The validator for a stream's schema.

    Args:
        schema: the schema.
        stream: the stream's name, for messages about its records.

    The compiler makes doubles of the schema's numbers, and divides with 28 digits: schemas with
    `multipleOf` (0.01, for money), or with fractions that no double is, get a slower validator,
    which is exact.

    Raises:
        InvalidJSONSchema: the schema is not a valid JSON Schema.
    """
    validator: type[RecordValidator] = CompiledValidator
    if needs_exact_numbers(schema):
        validator = ExactValidator
    return validator(schema, stream)


class RecordValidator(BaseJSONSchemaValidator):
    """Checks records. Whatever goes wrong with one, it is one record that is refused.

    Formats are not checked here: the column's writer checks what the column can hold. Defaults are
    not filled in: an absent property leaves its cell alone.

    Args:
        schema: the stream's schema.
        stream: the stream's name, for messages.

    Raises:
        InvalidJSONSchema: the schema is not a valid JSON Schema.
    """

    def __init__(self, schema: dict[str, Any], stream: str = "") -> None:
        super().__init__(schema)
        self._schema = schema
        self._stream = stream
        self._parts: dict[str, RecordValidator] = {}

    def validate(self, record: dict[str, Any]) -> None:
        """Check a record.

        Raises:
            InvalidRecord: the record does not fit the schema.
            InvalidJSONSchema: a pattern of the schema timed out repeatedly.
        """
        if refusal := self._first_refusal(record):
            raise refusal.error from None

    def refusals(self, record: dict[str, Any]) -> list[Refusal]:
        """All that keeps a record from fitting the schema, once for each property.

        Raises:
            InvalidJSONSchema: a pattern of the schema timed out repeatedly.
        """
        first = self._first_refusal(record)
        if first is None:
            return []
        found = {first.property: first}
        with contextlib.suppress(Exception):  # one reason is known, and one does
            whole = with_integers(record)
            for error in self._checker.iter_errors(whole):
                name = error.absolute_path[0] if error.absolute_path else None
                if name not in found and (other := self._refusal_at(whole, name, error)):
                    found[name] = other
        return list(found.values())

    @cached_property
    def _checker(self) -> Any:
        """Checks on after the first mistake."""
        return exact_checker(self._schema)

    def _refusal_at(self, record: Mapping[str, Any], name: Any, error: Any) -> Refusal | None:
        """The refusal for another mistake than the first, in the words of a first one."""
        if name is None:
            return Refusal(None, InvalidRecord(f"record: {error.message}. {REMEDY}", dict(record)))
        if name not in self._parts:
            root = {key: value for key, value in self._schema.items() if key in _ROOT_OF_PART}
            properties = self._schema.get("properties") or {}
            part = {name: properties[name]} if name in properties else {}
            self._parts[name] = type(self)({**root, "properties": part}, self._stream)
        return self._parts[name]._first_refusal({name: record[name]})  # noqa: SLF001  (a part of it)

    def _first_refusal(self, record: dict[str, Any]) -> Refusal | None:
        """The first thing that keeps a record from fitting the schema.

        Raises:
            InvalidJSONSchema: a pattern of the schema timed out repeatedly.
        """
        found: _Found | None
        try:
            found = self._reason(record)
            if found is not None:
                # The validators know integers by their class, JSON Schema by their value.
                found = self._reason(with_integers(record))
        except PatternTimeout as timeout:
            if timeout.is_last:
                raise InvalidJSONSchema(
                    f"Stream {self._stream!r}: the pattern {timeout.pattern!r} of its schema timed "
                    f"out repeatedly. Correct it in the source. {REMEDY}"
                ) from timeout
            reason = (
                f"the check of the pattern {timeout.pattern!r} of the schema timed out after "
                f"{SECONDS:g} second"
            )
            found = None, reason
        except Exception as error:  # noqa: BLE001  (one record must not end the run)
            found = None, f"the record cannot be checked ({error_text(error)})"
        if found is None:
            return None
        return Refusal(found[0], InvalidRecord(f"{found[1]}. {REMEDY}", record))

    @abstractmethod
    def _reason(self, record: dict[str, Any]) -> _Found | None:
        """The property that does not fit the schema, and why; None if the record fits."""


class CompiledValidator(RecordValidator):
    """Checks as the SDK's own validator does, at a tenth of its cost."""

    def __init__(self, schema: dict[str, Any], stream: str = "") -> None:
        super().__init__(schema, stream)
        _check_patterns(schema)
        try:
            self._check = fastjsonschema.compile(
                _with_plain_numbers(schema),
                handlers=_NO_HANDLERS,
                use_default=False,
                use_formats=False,
            )
            patterns = self._check.__globals__["REGEX_PATTERNS"]
            for name, compiled in patterns.items():
                patterns[name] = TimedPattern(compiled.pattern)
        except re.error as error:
            raise _unknown_pattern(error) from error
        except _COMPILE_ERRORS as error:
            reason = str(error).replace("data", "schema", 1)
            raise InvalidJSONSchema(f"its schema is not a valid JSON Schema: {reason}") from error

    def _reason(self, record: dict[str, Any]) -> _Found | None:
        try:
            self._check(record)
        except fastjsonschema.JsonSchemaValueException as error:
            shown = "" if error.value is record else f"; it is {quote_value(error.value)}"
            name = next(
                (name for name, value in record.items() if _names(error.name or "", name, value)),
                None,
            )
            return name, error.message.replace("data", "record", 1) + shown
        return None


class ExactValidator(RecordValidator):
    """Checks with exact numbers, however many digits they have."""

    def __init__(self, schema: dict[str, Any], stream: str = "") -> None:
        super().__init__(schema, stream)
        # What is no schema, or refers to other documents, is found out by the compiler.
        CompiledValidator(schema)

    def _reason(self, record: dict[str, Any]) -> _Found | None:
        error = next(self._checker.iter_errors(record), None)
        if error is None:
            return None
        place = ".".join(("record", *map(str, error.absolute_path)))
        shown = "" if error.instance is record else f"; it is {quote_value(error.instance)}"
        name = str(error.absolute_path[0]) if error.absolute_path else None
        return (
            name,
            f"{place} does not fit {error.validator} {quote_value(error.validator_value)}{shown}",
        )


def _names(path: str, name: str, value: Any) -> bool:
    """Whether the compiler means a property by a path such as `data.price` or `data.tags[0]`."""
    place = f"data.{name}"
    return path == place or (
        isinstance(value, (dict, list)) and path.startswith((f"{place}.", f"{place}["))
    )


def refusals_of(record: dict[str, Any], validator: RecordValidator | None) -> list[Refusal]:
    """Why a record cannot be stored: values in it cannot be, or the validator refuses it."""
    if isinstance(record, FaultyRecord):
        return [Refusal(None, InvalidValueError(f"{record.reason}."))]
    return [] if validator is None else validator.refusals(record)


_ROOT_OF_PART = frozenset({"type", "$schema", "definitions", "$defs"})
"""Keywords of a schema that each of its properties is checked with."""


_COMPILE_ERRORS = (
    fastjsonschema.JsonSchemaDefinitionException,
    AttributeError,
    RecursionError,
    TypeError,
    ValueError,
)
"""The errors of the compiler for what is no JSON Schema."""


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"it refers to {uri}, and references to other documents are not fetched")


_NO_HANDLERS = dict.fromkeys(("", "http", "https", "file", "ftp", "data"), _refuse)


def _unknown_pattern(error: re.error) -> InvalidJSONSchema:
    return InvalidJSONSchema(
        f"its schema has the pattern {error.pattern!r}, which cannot be checked here "
        f"({error}). Set validate_records to false to skip all checks."
    )


def _check_patterns(schema: Any) -> None:
    """Check that the compiler, which tries patterns of names on required names, will not hang.

    Raises:
        InvalidJSONSchema: a pattern is not a valid regular expression, or it timed out.
    """
    if isinstance(schema, list):
        for item in schema:
            _check_patterns(item)
    if not isinstance(schema, dict):
        return
    by_pattern, required = schema.get("patternProperties"), schema.get("required")
    if isinstance(by_pattern, dict) and isinstance(required, list):
        try:
            for pattern in map(TimedPattern, by_pattern):
                for name in filter(lambda name: isinstance(name, str), required):
                    pattern.search(name)
        except re.error as error:
            raise _unknown_pattern(error) from error
        except PatternTimeout as timeout:
            raise InvalidJSONSchema(
                f"the pattern {timeout.pattern!r} of its schema timed out. Correct it in the "
                f"source. {REMEDY}"
            ) from timeout
    for item in schema.values():
        _check_patterns(item)


def _with_plain_numbers(schema: Any) -> Any:
    """The schema with floats for decimals, as the compiler expects them."""
    if isinstance(schema, dict):
        return {key: _with_plain_numbers(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_with_plain_numbers(value) for value in schema]
    return float(schema) if hasattr(schema, "as_tuple") else schema
