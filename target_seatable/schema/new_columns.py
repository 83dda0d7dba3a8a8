"""The columns to make for a stream: from its schema, its first records and the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import registry
from seatable_client.errors import ConfigError
from seatable_client.metadata import NewColumn
from target_seatable.schema import column_types, names
from target_seatable.schema.inference import inferred_column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatable_client.column_types.date_writers import Writing
    from target_seatable.schema.stream_schema import StreamSchema

_TELLING_NAMES = ("name", "title")


class ColumnPlanner:
    """Decides which columns to make.

    Args:
        config: the target's settings.
        writing: how values will be written.
        announce: tells the user something, once.
    """

    def __init__(
        self, config: Mapping[str, Any], writing: Writing, announce: Callable[[str], None]
    ) -> None:
        self._config = config
        self._writing = writing
        self._announce = announce

    def columns(
        self,
        stream: StreamSchema,
        missing: Mapping[str, str],
        sample: Sequence[Mapping[str, Any]],
        *,
        infer: bool,
    ) -> list[NewColumn]:
        """The columns to make for these properties."""
        chosen = (self._config.get("column_types") or {}).get(stream.name) or {}
        if unknown := chosen.keys() - stream.properties.keys():
            raise ConfigError(
                f"column_types names {', '.join(map(repr, sorted(unknown)))}, which stream "
                f"{stream.name!r} does not have. It has {', '.join(map(repr, stream.properties))}."
            )
        untyped = infer and self._config.get("infer_types", True) and stream.is_untyped
        made = []
        for prop, name in missing.items():
            of = stream.properties[prop]
            values = [value for record in sample if (value := record.get(prop)) or value == 0]
            if prop in chosen:
                column = column_types.chosen_column(name, chosen[prop])
            elif recreates_computed(self._config) and (
                made_anew := column_types.remade_column(name, of)
            ):
                column = made_anew
            elif untyped and column_types.is_untyped_text(of):
                column = inferred_column(name, values, self._writing, is_key=prop in stream.keys)
            else:
                column = column_types.proposed_column(name, of, stream.schema)
                if not column_types.is_declared(of):
                    column = self._fitted(stream, prop, column, values)
            if stream.source and registry.type_of(column).holds_files:
                self._announce_files(stream, prop, column)
            made.append(column_types.with_options(column, values))
        return made

    def _announce_files(self, stream: StreamSchema, prop: str, column: NewColumn) -> None:
        """Say of a copied column where its files stay, unless they are uploaded."""
        if not (self._config.get("attachment_hosts") or self._config.get("attachment_paths")):
            self._announce(
                f"Stream {stream.name!r}: the files of {prop!r} stay on the server that they are "
                f"on; column {column.name!r} gets their addresses. To copy them, set attachments "
                "to download in the source and attachment_paths here."
            )

    def _fitted(
        self, stream: StreamSchema, prop: str, column: NewColumn, values: Sequence[Any]
    ) -> NewColumn:
        """The column, or a text column where the first values would not be stored as given."""
        can_lose_precision = registry.type_of(column).can_lose_precision
        if self._config.get("on_precision_loss") == "refuse" and can_lose_precision:
            return column
        is_key = prop in stream.keys  # of which nothing is cut off
        writing = replace(self._writing, cut_seconds=False) if is_key else self._writing
        fitted, reason = column_types.fitted_column(column, values, writing)
        if reason is not None:
            self._announce(
                f"Stream {stream.name!r}: column {column.name!r} for {prop!r} is made as "
                f"{fitted.type} instead of {column.type}, because {reason}."
            )
        return fitted


def recreates_computed(config: Mapping[str, Any]) -> bool:
    """Whether computed columns of a copied base are made as what they are, not of their values."""
    return bool(config.get("computed_columns", "recreate") == "recreate")


def first_column_first(new: Sequence[NewColumn], stream: StreamSchema) -> list[NewColumn]:
    """The columns in an order that SeaTable takes: the first is what people know a row by.

    It is the key, or a name, or the first that may be first; else one is added for it. A table of
    another base keeps its order as far as it may.
    """
    keys = [] if stream.source else [names.cleaned(key) for key in stream.keys]
    can_be_first = [one for one in new if registry.type_of(one).can_be_first]
    if not can_be_first:
        taken = {one.name.casefold() for one in new}
        name = next(
            one for one in ("Name", "Title", "Row", "_first") if one.casefold() not in taken
        )
        return [NewColumn(name, "text"), *new]
    first = min(
        can_be_first,
        key=lambda one: (
            one.name not in keys if len(keys) == 1 else True,
            one.name.casefold() not in _TELLING_NAMES or bool(stream.source),
        ),
    )
    return [first, *(one for one in new if one is not first)]


def listed(new: Sequence[NewColumn]) -> str:
    """Columns and their types, for the log."""
    return ", ".join(f"{one.name!r} ({one.type})" for one in new)
