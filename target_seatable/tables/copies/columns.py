"""Columns of a copied base that refer to other columns: links, formulas and lookups.

They are made when the tables of all streams exist. Columns have other keys here, and tables other
ids, so a reference to a column by its key becomes a reference by its name.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from seatable_client.errors import RequestRejected
from seatable_client.metadata import NewColumn, other_end
from target_seatable.schema import PARTS, TOKEN, operands, summary_of

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from seatable_client.metadata import Table
    from target_seatable.schema import StreamSchema
    from target_seatable.tables.stream_tables import StreamTables

    Data = Mapping[str, Any]
    _TableId = tuple[Any, Any]

log = logging.getLogger(__name__)

_FORMAT_KEYS = (
    *("format", "decimal", "thousands", "precision", "enable_precision"),
    *("currency_symbol", "currency_symbol_position"),
)
"""The format of a result. The API does not document that it takes these."""


class _Missing(NamedTuple):
    """A column to make."""

    stream: StreamSchema
    prop: str


class _OtherEnd(NamedTuple):
    """The other end of a link just made, which the server has added to a table."""

    table_id: str
    link_id: object
    name: str | None
    """Its name in the base that the stream is from."""


class CopiedColumns:
    """The tables of another base that this run copies.

    Args:
        tables: the tables of the streams.
    """

    def __init__(self, tables: StreamTables) -> None:
        self._tables = tables
        self._base_tables = tables.base_tables
        self._streams: dict[_TableId, StreamSchema] = {}
        self._other_ends: list[_OtherEnd] = []

    def register(self, stream: StreamSchema) -> None:
        """Note a stream, if it is a table of another base."""
        if stream.source:
            self._streams[_table_id(stream, stream.source["id"])] = stream

    @property
    def streams(self) -> list[StreamSchema]:
        """The streams that are tables of another base."""
        return list(self._streams.values())

    def make(self) -> None:
        """Make the columns that are missing."""
        links = [
            (stream, prop, data)
            for stream in self._streams.values()
            for prop, data in stream.links.items()
        ]
        # A link is made from the table in which it was made; its other end comes with it.
        for link in sorted(links, key=lambda link: link[2].get("table_id") != link[0].source["id"]):
            self._make_link(*link)
        self._name_other_ends()
        self._make_computed()
        for stream in self._streams.values():
            self._announce_buttons(stream)

    def _announce_buttons(self, stream: StreamSchema) -> None:
        """Log which buttons a table that this run has made lacks."""
        buttons = stream.source.get("buttons") or ()
        table = self._tables.table(stream) if buttons else None
        if table is not None and self._tables.has_made(table):
            log.warning(
                "Stream %r: buttons are not copied: %s. Add them to table %r in SeaTable.",
                stream.name,
                ", ".join(repr(str(button.get("name"))) for button in buttons),
                table.name,
            )

    def _lacks(self, stream: StreamSchema, name: str) -> bool:
        """Whether the stream's table exists, lacks a column of that name and may get it."""
        table = self._tables.table(stream)
        return (
            table is not None
            and not _find_name(table, name)
            and self._check_adding(table, stream, name)
        )

    def _check_adding(self, table: Table, stream: StreamSchema, name: str) -> bool:
        if self._tables.can_add_columns(stream, table):
            return True
        log.warning(
            "Stream %r: %r was skipped: table %r would get a column for it, and %s.",
            stream.name,
            name,
            table.name,
            self._tables.reason_not_to_add(stream),
        )
        return False

    # Links

    def linked_stream(self, stream: StreamSchema, link: Data) -> StreamSchema | None:
        """The stream of the table that a link leads to, if it is loaded."""
        return self._streams.get(_table_id(stream, other_end(link, stream.source["id"])))

    def _make_link(self, stream: StreamSchema, prop: str, data: Data) -> None:
        table, name = self._tables.table(stream), stream.column_name(prop)
        if table is not None and any(end.table_id == table.id for end in self._other_ends):
            self._name_other_ends()  # this link may be one of them, or have the name of one
        if table is None or not self._lacks(stream, name):
            return
        other_stream = self.linked_stream(stream, data)
        other = self._tables.table(other_stream) if other_stream else None
        if other is None:
            log.warning(
                "Stream %r: %r was skipped: %s.",
                stream.name,
                prop,
                "rows of a view are copied without their links"
                if stream.source.get("view_id")
                else "the table that it links to is not loaded",
            )
            return
        if not self._check_adding(other, stream, name):
            return
        new_data = {"table": table.name, "other_table": other.name}
        new_data |= {"is_multiple": data["is_multiple"]} if "is_multiple" in data else {}
        self._add(stream, prop, "link", new_data)
        if other is not table:
            link = self._base_tables.table(table.name).by_name[name]
            old_name = self._other_side(other_stream, data)
            self._other_ends.append(_OtherEnd(other.id, link.data.get("link_id"), old_name))

    def _name_other_ends(self) -> None:
        """Give the other ends of new links, which the server has named, the names that they had."""
        if not self._other_ends:
            return
        self._base_tables.refreshed()  # no answer shows what was added to another table
        for end in self._other_ends:
            table = self._base_tables.table_by_id(end.table_id)
            for column in table.columns if table else ():
                if table is None or column.data.get("link_id") != end.link_id:
                    continue
                if end.name and end.name != column.name:
                    self._base_tables.rename_column(table.name, column.name, end.name)
        self._other_ends.clear()

    @staticmethod
    def _other_side(stream: StreamSchema | None, data: Data) -> str | None:
        """The name of the other side of a link in the base that the stream is from."""
        for prop, other in (stream.links if stream else {}).items():
            if stream and other.get("link_id") == data.get("link_id"):
                return stream.column_name(prop)
        return None

    # Formulas and link formulas

    def _make_computed(self) -> None:
        """Make formulas and link formulas of all tables, those first that others use."""
        waiting = [
            _Missing(stream, prop)
            for stream in self._streams.values()
            for prop in self._tables.recreated(stream)
            if self._lacks(stream, stream.column_name(prop))
        ]
        while waiting:
            late: list[_Missing] = []
            for column in waiting:
                data = self._data(column)
                if data is None:
                    late.append(column)
                else:
                    self._make_computed_column(column, data)
            if len(late) == len(waiting):
                for column in late:
                    log.warning(
                        "Stream %r: %r was skipped: it depends on a column that was not copied. "
                        "With computed_columns: values it becomes a column of its values.",
                        column.stream.name,
                        column.prop,
                    )
                return
            waiting = late

    def _data(self, missing: _Missing) -> dict[str, Any] | None:
        """The data of the new column; None while a column is missing that it uses."""
        stream, prop = missing
        source = stream.seatable_column(prop)
        data = source.get("data") or {}
        if not stream.column_type(prop).is_connection:
            return self._formula_data(stream, str(data["formula"]))
        formula = str(data["formula"])
        link = stream.property_by_key(data.get("link_column_key"))
        other = self.linked_stream(stream, stream.links[link]) if link in stream.links else None
        found = {"link_column": self._column(stream, link)}
        for part, key in PARTS[formula].items():
            column_key = data.get(key) or data.get("level1_linked_table_column_key")
            found[part] = self._column(other, other.property_by_key(column_key)) if other else None
        if None in found.values():
            return None
        summary = {"summary_method": summary_of(data)} if formula == "rollup" else {}
        return {"formula": formula, **found, **summary}

    def _formula_data(self, stream: StreamSchema, formula: str) -> dict[str, Any] | None:
        """The formula with the names that its columns have here."""
        names = {
            name: self._column(stream, stream.property_by_name(name)) for name in operands(formula)
        }
        if None in names.values():
            return None

        def rename(token: re.Match[str]) -> str:
            return f"{{{names[token[1]]}}}" if token[1] else token[0]

        return {"formula": TOKEN.sub(rename, formula)}

    def _make_computed_column(self, missing: _Missing, data: Data) -> None:
        stream, prop = missing
        source = stream.seatable_column(prop)
        format_ = {key: source["data"][key] for key in _FORMAT_KEYS if key in source["data"]}
        try:
            try:
                self._add(stream, prop, source["type"], {**data, **format_})
            except RequestRejected:
                if not format_:
                    raise
                self._add(stream, prop, source["type"], data)
                log.warning(
                    "Stream %r: the server does not take the format of %r; set it in the base.",
                    stream.name,
                    prop,
                )
        except RequestRejected as refusal:
            log.warning("Stream %r: %r was skipped: %s", stream.name, prop, refusal)

    # Columns

    def _add(self, stream: StreamSchema, prop: str, type_: str, data: Data) -> None:
        """Add a column where it stands among the others."""
        table = self._tables.table(stream)
        if table is not None:
            new = NewColumn(
                stream.column_name(prop), type_, data, after=_before(stream, prop, table)
            )
            self._base_tables.add_column(table.name, new)

    def _column(self, stream: StreamSchema, prop: str | None) -> str | None:
        """The name of the column of a property; None if the table does not have it."""
        table = self._tables.table(stream) if prop else None
        return _find_name(table, stream.column_name(prop)) if table and prop else None


def _table_id(stream: StreamSchema, table: Any) -> _TableId:
    """A table of the base that a stream is from; tables of two bases may have the same id."""
    return stream.source.get("base"), table


def _find_name(table: Table, name: str) -> str | None:
    """The name of that column as the table writes it; names that differ only in case are one."""
    if name in table.by_name:
        return name
    return next((known for known in table.by_name if known.casefold() == name.casefold()), None)


def _before(stream: StreamSchema, prop: str, table: Table) -> str | None:
    """The last column of the table before that of a property; None if there is none."""
    names = [stream.column_name(other) for other in stream.properties]
    before = names[: names.index(stream.column_name(prop))]
    return next((found for name in reversed(before) if (found := _find_name(table, name))), None)
