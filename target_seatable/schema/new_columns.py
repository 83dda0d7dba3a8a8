"""Plans the columns to make for a stream: from its schema, first records and the settings."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from seatable_client.column_types import registry
from seatable_client.errors import ConfigError
from seatable_client.formatting import quote_value
from seatable_client.metadata import NewColumn
from target_seatable.rows import CommaWatch, comma_remedy
from target_seatable.schema import column_types, copied_formulas, names
from target_seatable.schema.inference import describe, inferred_column
from target_seatable.schema.text_inference import (
    column_by_format,
    keeps_keys,
    meaningful_texts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.column_types import Writing
    from seatable_client.metadata import Column
    from target_seatable.rows import PropertyFormats
    from target_seatable.schema.stream_notes import StreamNotes
    from target_seatable.schema.stream_schema import StreamSchema
    from target_seatable.settings import TargetConfig

log = logging.getLogger(__name__)

_VALUE_PARTS = (
    *("format", "duration_format", "decimal", "thousands", "precision", "enable_precision"),
    *("currency_symbol", "currency_symbol_position", "rate_max_number", "rate_style_type"),
)
"""What the data of a column say about its values, apart from options."""

_TITLE_NAMES = ("name", "title")


class KnownLayouts(Protocol):
    """What the columns to make have to agree with."""

    writing: Writing
    """How values will be written."""

    def copied_key_column(self, stream: StreamSchema, prop: str) -> Column | None:
        """The column of the parent's key that a property repeats, if this run has found it."""


class ColumnPlanner:
    """Decides which columns to make.

    Args:
        config: the target's settings.
        formats: what the texts of each property mean.
        layouts: how values will be written, and which columns hold the keys of streams.
        notes: what the run logs of tables and columns.

    Attributes:
        reasons: by stream and property, why its new column has its type.
    """

    def __init__(
        self,
        config: TargetConfig,
        formats: PropertyFormats,
        layouts: KnownLayouts,
        notes: StreamNotes,
    ) -> None:
        self._config = config
        self._formats = formats
        self._writing = layouts.writing
        self._notes = notes
        self._copied_key_column = layouts.copied_key_column
        self.reasons: dict[tuple[str, str], str] = {}
        self._recreates = config.computed_columns == "recreate"
        self._renumbers = config.automatic_numbers == "recreate"

    def columns(
        self,
        stream: StreamSchema,
        missing: Mapping[str, str],
        sample: Sequence[Mapping[str, Any]],
        *,
        infer: bool,
    ) -> list[NewColumn]:
        """The columns to make.

        Args:
            stream: the stream.
            missing: by property, the name of its column.
            sample: the first records.
            infer: whether to choose types by the values of properties that are declared as plain
                text.

        Raises:
            ConfigError: column_types names a property that the stream does not have, or a type
                that cannot be.
        """
        chosen = self._chosen(stream)
        if unknown := chosen.keys() - stream.properties.keys():
            raise ConfigError(
                f"column_types names {', '.join(map(repr, sorted(unknown)))}, which stream "
                f"{stream.name!r} does not have. It has {', '.join(map(repr, stream.properties))}."
            )
        infers = infer and self._config.infer_types and not stream.source
        made = []
        for prop, name in missing.items():
            schema = stream.properties[prop]
            values = [value for record in sample if (value := record.get(prop)) or value == 0]
            if prop in chosen:
                column = column_types.chosen_column(name, chosen[prop])
                self.reasons[stream.name, prop] = "column_types"
            elif (theirs := self._copied_key_column(stream, prop)) is not None:
                column = _like(theirs, name)
                self.reasons[stream.name, prop] = "as the key that it repeats"
            elif filled := self.filled_column(stream, prop, name):
                column = filled
                self.reasons[stream.name, prop] = "as in the source"
            elif infers and column_types.is_untyped_text(schema):
                column = self._infer(stream, prop, name, values)
            else:
                column = column_types.proposed_column(name, schema, stream.schema)
                self.reasons[stream.name, prop] = _declaration(schema)
                if not column_types.is_declared(schema):
                    column = self._fit(stream, prop, column, values)
            if stream.source and registry.type_of(column).holds_files:
                self._announce_files(stream, prop, column)
            made.append(column_types.with_options(column, values))
        return made

    def _chosen(self, stream: StreamSchema) -> Mapping[str, Any]:
        """What column_types says of a stream."""
        return self._config.column_types.get(stream.name, {})

    def filled_column(self, stream: StreamSchema, prop: str, name: str) -> NewColumn | None:
        """The column that the server fills itself, if a property is to become one again.

        Args:
            stream: the stream.
            prop: the property.
            name: of the column.
        """
        if not self._recreates:
            return None
        column = column_types.filled_column(name, stream.properties[prop])
        if column is not None and registry.type_of(column).numbers_rows and not self._renumbers:
            return None  # the server would number the rows anew, and no number can be given
        return column

    def recreated(self, stream: StreamSchema) -> list[str]:
        """The formulas and link formulas of a copied table that are made as such again."""
        if not self._recreates:
            return []
        chosen = self._chosen(stream)
        recreated = []
        for prop in stream.computed:
            if prop in chosen:
                continue
            if reason := copied_formulas.obstacle(stream, prop):
                self._notes.describe(
                    stream.name,
                    f"{prop!r} becomes a column of its values instead of "
                    f"{stream.seatable_column(prop)['type']}, because {reason}",
                )
                continue
            recreated.append(prop)
        return recreated

    def _announce_files(self, stream: StreamSchema, prop: str, column: NewColumn) -> None:
        """Log where the files of a copied column stay, unless they are uploaded."""
        if not (self._config.attachment_hosts or self._config.attachment_paths):
            self._notes.warn(
                f"Stream {stream.name!r}: the files of {prop!r} stay on their server; column "
                f"{column.name!r} gets their addresses. To copy them, set attachments to download "
                "in the source and attachment_paths here."
            )

    def _infer(
        self, stream: StreamSchema, prop: str, name: str, values: Sequence[Any]
    ) -> NewColumn:
        """The column for the first values of a property that is text in its source."""
        own = stream.name, prop
        is_key, texts_mean = prop in stream.keys, self._formats.for_property(stream.name, prop)
        exception = ""
        if texts_mean is not None and texts_mean.reads_values and not is_key:
            choice = column_by_format(name, values, texts_mean, self._writing)
            if choice.column is not None:
                self.reasons[own] = choice.reason
                made = f"Stream {stream.name!r}: column {name!r} for {prop!r} is made as "
                (log.info if choice.is_certain else log.warning)(
                    "%s%s, because %s.", made, choice.column.type, choice.reason
                )
                return choice.column
            exception = choice.reason
        if texts_mean is not None:
            values = meaningful_texts(values, texts_mean)
        column, reason = inferred_column(name, values, self._writing, is_key=is_key)
        self.reasons[own] = f"not number, because {reason}" if reason else describe(column, values)
        if is_key and texts_mean is not None and not keeps_keys(column, values, texts_mean):
            self.reasons[own] = "a key keeps its texts as they are"
            return column_types.new_column(name, "text")
        made_as = registry.type_of(column)
        if made_as.needs_long_text:
            return self._fit(stream, prop, column_types.new_column(name, "text"), values)
        if reason is not None:
            self._notes.warn(
                f"Stream {stream.name!r}: column {name!r} for {prop!r} is made as {column.type} "
                f"instead of number, because {reason}. column_types sets another type."
            )
        elif exception and made_as.text_limit is not None:
            self.reasons[own] = exception
            self._notes.warn(
                f"Stream {stream.name!r}: column {name!r} for {prop!r} is made as text, because "
                f"{exception}."
            )
        elif (
            not (is_key or self._config.dry_run)  # the plan says so itself
            and (comma := CommaWatch(map(str, values)).found)
        ):
            self._notes.warn(
                f"Stream {stream.name!r}: column {name!r} for {prop!r} is made as {column.type}. "
                f"Values such as {quote_value(comma)} look like numbers with a decimal comma. "
                f"{comma_remedy(self._config.locale)}"
            )
        return column

    def _fit(
        self, stream: StreamSchema, prop: str, column: NewColumn, values: Sequence[Any]
    ) -> NewColumn:
        """The column, or a text column where the first values would not be stored as given."""
        can_lose_precision = registry.type_of(column).can_lose_precision
        if self._config.on_precision_loss == "refuse" and can_lose_precision:
            return column
        is_key = prop in stream.keys  # of which nothing is cut off
        writing = replace(self._writing, cut_seconds=False) if is_key else self._writing
        fitted, reason = column_types.fit_column(column, values, writing)
        if reason is not None:
            self.reasons[stream.name, prop] = f"not {column.type}, because {reason}"
            self._notes.warn(
                f"Stream {stream.name!r}: column {column.name!r} for {prop!r} is made as "
                f"{fitted.type} instead of {column.type}, because {reason}."
            )
        return fitted


def _like(column: Column, name: str) -> NewColumn:
    """A column that holds the same values as another; options are those of the values alone."""
    data = {part: value for part, value in column.data.items() if part in _VALUE_PARTS}
    return NewColumn(name, column.type, {**(registry.type_of(column).default_data or {}), **data})


def _declaration(schema: Mapping[str, Any]) -> str:
    """What a schema says of a property, in words."""
    if column_types.is_declared(schema):
        return "as in the source"
    types = schema.get("type") or "any type"
    names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    kind = " or ".join(map(str, names))
    has_format = f", {schema['format']}" if schema.get("format") else ""
    return f"the schema says {kind}{has_format}"


def first_column_first(new: Sequence[NewColumn], stream: StreamSchema) -> list[NewColumn]:
    """The columns in an order that SeaTable takes: the first is the title of a row.

    It is the key, or a name, or the first column that may be first; else a column is added. A table
    of another base keeps its order as far as it may.
    """
    keys = [] if stream.source else [names.clean_name(key) for key in stream.keys]
    can_be_first = [column for column in new if registry.TYPES[column.type].can_be_first]
    if not can_be_first:
        taken = {column.name.casefold() for column in new}
        name = next(
            name for name in ("Name", "Title", "Row", "_first") if name.casefold() not in taken
        )
        return [NewColumn(name, "text"), *new]
    first = min(
        can_be_first,
        key=lambda column: (
            column.name not in keys if len(keys) == 1 else True,
            column.name.casefold() not in _TITLE_NAMES or bool(stream.source),
        ),
    )
    return [first, *(column for column in new if column is not first)]


def format_columns(columns: Sequence[NewColumn]) -> str:
    """Columns and their types, for the log."""
    return ", ".join(f"{column.name!r} ({column.type})" for column in columns)
