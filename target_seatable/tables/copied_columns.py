"""Columns of a copied base that refer to others: links, formulas, lookups and buttons.

They can be made when the tables of all streams are there. Columns have other keys here, and tables
other ids, so what refers to a column by its key there is told by the name that the column has here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from seatable_client.errors import RequestRejected
from seatable_client.metadata import NewColumn, other_end
from target_seatable.schema.copied_formulas import PARTS, TOKEN, operands, summary_of
from target_seatable.schema.names import cleaned

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from seatable_client.metadata import Table
    from target_seatable.schema.stream_schema import StreamSchema
    from target_seatable.tables.stream_tables import StreamTables

    Data = Mapping[str, Any]
    _TableId = tuple[Any, Any]

log = logging.getLogger(__name__)

_SHOWN_AS = (
    *("format", "decimal", "thousands", "precision", "enable_precision"),
    *("currency_symbol", "currency_symbol_position"),
)
"""What says how a result is shown. The API does not document that it can be given."""

_BUTTON = frozenset({"button_type", "button_name", "button_color", "table_id", "selected_columns"})
"""What a button is made of that means something in another base."""

_BUTTONS_THAT_MOVE = frozenset({"", "copy_row_to_another_table", "modify_row"})
"""What a button can do without the scripts and accounts of its base."""


class _Wanted(NamedTuple):
    """A column to make."""

    stream: StreamSchema
    prop: str


class CopiedColumns:
    """The tables of another base that this run copies.

    Args:
        structure: the base.
    """

    def __init__(self, structure: StreamTables) -> None:
        self._structure = structure
        self._streams: dict[_TableId, StreamSchema] = {}

    def register(self, stream: StreamSchema) -> None:
        """Note a stream; only one that is a table of another base counts."""
        if stream.source:
            self._streams[_table_id(stream, stream.source["id"])] = stream

    def make(self) -> None:
        """Make the columns that are missing."""
        links = [
            (stream, prop, data)
            for stream in self._streams.values()
            for prop, data in stream.links.items()
        ]
        # Each from the table that it was made in; the other end comes with it.
        for link in sorted(links, key=lambda one: one[2].get("table_id") != one[0].source["id"]):
            self._make_link(*link)
        self._make_computed()
        for stream in self._streams.values():
            for button in stream.source.get("buttons") or ():
                self._make_button(stream, button)

    def _lacks(self, stream: StreamSchema, name: str) -> bool:
        """Whether the stream's table is there and is to get a column of that name."""
        table = self._structure.table(stream)
        return table is not None and not _has(table, name) and self._may_add(table, stream, name)

    def _may_add(self, table: Table, stream: StreamSchema, name: str) -> bool:
        if self._structure.may_add(table):
            return True
        log.warning(
            "Stream %r: %r is left out, because table %r would get a column for it, and "
            "add_columns is off.",
            stream.name,
            name,
            table.name,
        )
        return False

    # Links

    def partner(self, stream: StreamSchema, link: Data) -> StreamSchema | None:
        """The stream of the table that a link leads to, if it is loaded."""
        return self._streams.get(_table_id(stream, other_end(link, stream.source["id"])))

    def _make_link(self, stream: StreamSchema, prop: str, data: Data) -> None:
        table, name = self._structure.table(stream), cleaned(prop)
        if table is None or not self._lacks(stream, name):
            return
        other_stream = self.partner(stream, data)
        other = self._structure.table(other_stream) if other_stream else None
        if other is None:
            log.warning(
                "Stream %r: %r is left out, because the table that it links to is not loaded.",
                stream.name,
                prop,
            )
            return
        if not self._may_add(other, stream, name):
            return
        known = {column.name for column in other.columns}
        made = {"table": table.name, "other_table": other.name}
        made |= {"is_multiple": data["is_multiple"]} if "is_multiple" in data else {}
        self._add(stream, prop, "link", made)
        for column in self._structure.existing(other.name).columns:
            is_new = column.type == "link" and column.name not in known
            called = self._other_side(other_stream, data) if other is not table else None
            if is_new and called and called != column.name:
                self._structure.rename_column(other.name, column.name, called)

    @staticmethod
    def _other_side(stream: StreamSchema | None, data: Data) -> str | None:
        """What the other side of a link is called in the base that the stream is from."""
        for prop, theirs in (stream.links if stream else {}).items():
            if theirs.get("link_id") == data.get("link_id"):
                return cleaned(prop)
        return None

    # Formulas, and what is looked up in linked rows

    def _make_computed(self) -> None:
        """Make formulas and link formulas, in any table, those first that others use."""
        waiting = [
            _Wanted(stream, prop)
            for stream in self._streams.values()
            for prop in self._structure.remade(stream)
            if self._lacks(stream, cleaned(prop))
        ]
        while waiting:
            late: list[_Wanted] = []
            for one in waiting:
                data = self._data(one)
                if data is None:
                    late.append(one)
                else:
                    self._make_one(one, data)
            if len(late) == len(waiting):
                for one in late:
                    log.warning(
                        "Stream %r: %r is left out, for want of what it uses. With "
                        "computed_columns: values it becomes a column of its values.",
                        one.stream.name,
                        one.prop,
                    )
                return
            waiting = late

    def _data(self, wanted: _Wanted) -> dict[str, Any] | None:
        """What the column is made with; None while something is missing that it uses."""
        stream, prop = wanted
        told = stream.told(prop).get("data") or {}
        if stream.told(prop).get("type") == "formula":
            return self._formula_data(stream, str(told["formula"]))
        kind = str(told["formula"])
        link = stream.keyed(told.get("link_column_key"))
        other = self.partner(stream, stream.links[link]) if link in stream.links else None
        found = {"link_column": self._column(stream, link)}
        for part, key in PARTS[kind].items():
            told_key = told.get(key) or told.get("level1_linked_table_column_key")
            found[part] = self._column(other, other.keyed(told_key)) if other else None
        if None in found.values():
            return None
        summary = {"summary_method": summary_of(told)} if kind == "rollup" else {}
        return {"formula": kind, **found, **summary}

    def _formula_data(self, stream: StreamSchema, formula: str) -> dict[str, Any] | None:
        """The formula with its columns as they are called here."""
        called = {one: self._column(stream, stream.named(one)) for one in operands(formula)}
        if None in called.values():
            return None

        def renamed(token: re.Match[str]) -> str:
            return f"{{{called[token[1]]}}}" if token[1] else token[0]

        return {"formula": TOKEN.sub(renamed, formula)}

    def _make_one(self, wanted: _Wanted, data: Data) -> None:
        stream, prop = wanted
        told = stream.told(prop)
        shown = {key: told["data"][key] for key in _SHOWN_AS if key in told["data"]}
        try:
            try:
                self._add(stream, prop, told["type"], {**data, **shown})
            except RequestRejected:
                if not shown:
                    raise
                self._add(stream, prop, told["type"], data)
                log.warning(
                    "Stream %r: the server does not take how results of %r are shown; set its "
                    "format in the base.",
                    stream.name,
                    prop,
                )
        except RequestRejected as refusal:
            log.warning("Stream %r: %r is left out: %s", stream.name, prop, refusal)

    # Buttons

    def _make_button(self, stream: StreamSchema, told: Data) -> None:
        table, name = self._structure.table(stream), cleaned(str(told.get("name")))
        if table is None or not self._lacks(stream, name):
            return
        data = self._button_data(stream, told.get("data") or {})
        try:
            after = self._behind(stream, told.get("after"), table)
            self._structure.add_column(table.name, NewColumn(name, "button", data, after))
        except RequestRejected as refusal:
            log.warning("Stream %r: button %r is left out: %s", stream.name, name, refusal)
            return
        if data["button_type"] != (told.get("data") or {}).get("button_type"):
            log.warning(
                "Stream %r: button %r does nothing yet, because what it did takes scripts, "
                "accounts or columns that are not copied. Set it up in the base.",
                stream.name,
                name,
            )

    def _behind(self, stream: StreamSchema, key: Any, table: Table) -> str | None:
        """What the column is called here that has this key there, be it a button."""
        buttons = stream.source.get("buttons") or ()
        named = (str(one.get("name")) for one in buttons if one.get("key") == key)
        name = next(named, None) or stream.keyed(key)
        return _has(table, cleaned(name)) if name else None

    def _button_data(self, stream: StreamSchema, told: Data) -> dict[str, Any]:
        """The button with what it refers to as that is here; one that does nothing if it is not."""
        looks = {
            "button_type": "",
            "button_name": str(told.get("button_name") or "Button"),
            "button_color": str(told.get("button_color") or "#FFFCB5"),
        }
        if told.get("button_type") not in _BUTTONS_THAT_MOVE or told.keys() - _BUTTON:
            return looks
        does: dict[str, Any] = {"button_type": told["button_type"]}
        if "table_id" in told:
            to = self._streams.get(_table_id(stream, told["table_id"]))
            table = self._structure.table(to) if to else None
            does["table_id"] = table.id if table else None
        if "selected_columns" in told:
            changes = [
                {**one, "key": self._key(stream, one.get("key"))}
                for one in told["selected_columns"] or ()
            ]
            does["selected_columns"] = changes if all(one["key"] for one in changes) else None
        return looks if None in does.values() else {**looks, **does}

    # Columns, here and there

    def _add(self, stream: StreamSchema, prop: str, type_: str, data: Data) -> None:
        """Add a column where it stands among the others."""
        table = self._structure.table(stream)
        if table is not None:
            made = NewColumn(cleaned(prop), type_, data, after=_before(stream, prop, table))
            self._structure.add_column(table.name, made)

    def _column(self, stream: StreamSchema, prop: str | None) -> str | None:
        """What the column of a property is called here; None if there is none."""
        table = self._structure.table(stream) if prop else None
        return _has(table, cleaned(prop)) if table and prop else None

    def _key(self, stream: StreamSchema, key: Any) -> str | None:
        """The key of the column here that has this key there."""
        table, name = self._structure.table(stream), self._column(stream, stream.keyed(key))
        return table.by_name[name].key if table and name else None


def _table_id(stream: StreamSchema, table: Any) -> _TableId:
    """A table of the base that a stream is from; tables of two bases may have the same id."""
    return stream.source.get("base"), table


def _has(table: Table, name: str) -> str | None:
    """The name of that column as the table writes it; names that differ only in case are one."""
    if name in table.by_name:
        return name
    return next((one for one in table.by_name if one.casefold() == name.casefold()), None)


def _before(stream: StreamSchema, prop: str, table: Table) -> str | None:
    """The last column of the table that stands before a property's; None if none does."""
    names = [cleaned(one) for one in stream.properties]
    before = names[: names.index(cleaned(prop))]
    return next((found for one in reversed(before) if (found := _has(table, one))), None)
