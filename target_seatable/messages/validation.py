"""The check of records against the schema of their stream, compiled once."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import fastjsonschema
from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord
from singer_sdk.sinks.core import BaseJSONSchemaValidator, JSONSchemaValidator


def validator_for(schema: dict[str, Any]) -> BaseJSONSchemaValidator:
    """The validator for a stream's schema.

    The compiler cannot divide decimals by fractions: schemas with a fractional `multipleOf` (0.01,
    for money) get the SDK's own validator, which can.

    Raises:
        InvalidJSONSchema: it is no JSON Schema.
    """
    if _has_fractional_step(schema):
        return JSONSchemaValidator(schema)
    return CompiledValidator(schema)


class CompiledValidator(BaseJSONSchemaValidator):
    """Checks as the SDK's own validator does, at a tenth of its cost.

    Formats are not checked here: the column's writer checks what the column can hold. Defaults are
    not filled in: an absent property leaves its cell alone.

    Args:
        schema: the stream's schema.

    Raises:
        InvalidJSONSchema: it is no JSON Schema.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        super().__init__(schema)
        try:
            self._check = fastjsonschema.compile(
                _with_plain_numbers(schema),
                handlers=_NO_HANDLERS,
                use_default=False,
                use_formats=False,
            )
        except re.error as error:
            raise InvalidJSONSchema(
                f"its schema has the pattern {error.pattern!r}, which cannot be checked here "
                f"({error}). Set validate_records to false to skip all checks."
            ) from error
        except _COMPILE_ERRORS as error:
            reason = str(error).replace("data", "schema", 1)
            raise InvalidJSONSchema(f"its schema is no JSON Schema: {reason}") from error

    def validate(self, record: dict[str, Any]) -> None:
        """Check a record.

        Raises:
            InvalidRecord: it does not fit the schema.
        """
        try:
            self._check(record)
        except fastjsonschema.JsonSchemaValueException as error:
            raise InvalidRecord(error.message.replace("data", "record", 1), record) from None


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


def _has_fractional_step(schema: Any) -> bool:
    if isinstance(schema, dict):
        return hasattr(schema.get("multipleOf"), "as_tuple") or any(
            map(_has_fractional_step, schema.values())
        )
    return isinstance(schema, list) and any(map(_has_fractional_step, schema))


def _with_plain_numbers(schema: Any) -> Any:
    """The schema with floats for decimals, as the compiler expects them."""
    if isinstance(schema, dict):
        return {key: _with_plain_numbers(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_with_plain_numbers(value) for value in schema]
    return float(schema) if hasattr(schema, "as_tuple") else schema
