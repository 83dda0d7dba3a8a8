"""Links between rows: written when the rows of all streams are stored.

A value says which row of the other table is meant: by the row's id, or by what a column of that
table holds. Links of a row are replaced, never added to, so that loading again changes nothing;
rows that are linked so already are left alone.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seatable_client.base import APPEND_LIMIT
from seatable_client.columns import writer
from seatable_client.errors import SeaTableError, SettingError, ValueRefused
from seatable_client.writing import Writing
from target_seatable.cells import LOOKED_UP_BY, comparable
from target_seatable.copies import Copies
from target_seatable.keys import MOST_LOOKED_UP

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from target_seatable.layout import LinkField
    from target_seatable.shape import StreamShape
    from target_seatable.structure import Structure

    Reject = Callable[[str, Mapping[str, Any], Exception], None]

log = logging.getLogger(__name__)

MOST_SHOWN = 50
"""Linked rows that servers show in a cell; there may be more of them."""


class NoPartner(SeaTableError):
    """A link to a row that the other table does not have."""


class Linker:
    """The links of a run, until they can be written.

    Args:
        structure: the base.
        reject: sets a record aside whose links cannot be written.
    """

    def __init__(self, structure: Structure, reject: Reject) -> None:
        self._structure = structure
        self._base = structure.base
        self._reject = reject
        self._wanted: dict[tuple[str, LinkField], dict[str, Any]] = defaultdict(dict)
        self._streams: dict[str, StreamShape] = {}
        self._copies = Copies(structure)

    def register(self, stream: StreamShape) -> None:
        """Note a stream; if it is a table of another base, others may link to it by its id."""
        self._streams[stream.name] = stream
        self._copies.register(stream)

    def note(self, stream: str, link: LinkField, row_id: str, value: Any) -> None:
        """Note which rows a row is to be linked to; later notes replace earlier ones."""
        self._wanted[stream, link][row_id] = value

    def write(self, *, rows: bool = True) -> None:
        """Make the columns that are missing, and link the rows.

        Args:
            rows: whether to link rows; those that only would be there cannot be found.

        Raises:
            SeaTableError: a link column is none.
        """
        self._copies.make()
        for (stream_name, link), wanted in self._in_order() if rows else ():
            self._link(stream_name, link, wanted)
        self._wanted.clear()

    # Rows

    def _in_order(self) -> list[tuple[tuple[str, LinkField], dict[str, Any]]]:
        """What is to be linked, each link first from the table that it was made in.

        Linked rows stand in the order in which they were linked. Where a stream tells of both ends,
        as copies do, nothing is left to be written from the other.
        """

        def leads_back(item: tuple[tuple[str, LinkField], dict[str, Any]]) -> bool:
            (stream, link), _ = item
            table = self._structure.table(self._streams[stream])
            column = table.by_name.get(link.column) if table else None
            return bool(table and column and column.data.get("table_id") != table.id)

        return sorted(self._wanted.items(), key=leads_back)

    def _link(self, stream: str, link: LinkField, wanted: Mapping[str, Any]) -> None:
        table = self._structure.table(self._streams[stream])
        column = table.by_name.get(link.column) if table else None
        if table is None or column is None:
            return
        other = self._other(table, column)
        meant = {part for value in wanted.values() for part in _parts(value)} - {None}
        partners = self._partners(other, link, meant)
        links: dict[str, list[str]] = {}
        for row_id, value in wanted.items():
            found = [partners.get(part) for part in _parts(value)]
            if missing := [part for part, ids in zip(_parts(value), found, strict=True) if not ids]:
                by = f" whose {link.by!r} is" if link.by else ""
                reason = f"table {other.name!r} has no single row{by} {missing[0]!r}"
                record = {"_id": row_id, link.property: value}
                self._reject(stream, record, NoPartner(f"Link {link.property!r}: {reason}."))
            links[row_id] = list(dict.fromkeys(one for one in found if one))
        for row_id in self._linked_already(table, column, links):
            del links[row_id]
        for chunk in _chunks(list(links.items()), APPEND_LIMIT):
            link_id = str(column.data.get("link_id"))
            self._base.set_links(table.name, other.name, link_id, dict(chunk))
        if links:
            log.info("Stream %r: linked %d rows by %r.", stream, len(links), link.column)

    def _other(self, table: Table, column: Column) -> Table:
        ends = [str(column.data.get("table_id")), str(column.data.get("other_table_id"))]
        partner = next((end for end in ends if end != table.id), table.id)
        other = self._structure.table_of_id(partner)
        if other is None:
            raise SettingError(
                f"Column {column.name!r} of table {table.name!r} links to a table that the base "
                "does not show."
            )
        return other

    def _partners(self, other: Table, link: LinkField, values: set[Any]) -> dict[Any, str]:
        """The one row of the other table that each value means, where there is one."""
        if link.by is None:
            return {row["_id"]: row["_id"] for row in self._rows(other, None, values)}
        column = other.by_name.get(link.by)
        write = writer(column, Writing()) if column else None
        if column is None or write is None:
            raise SettingError(
                f"Links are to be found by column {link.by!r}, which table {other.name!r} does not "
                "have, or which tells no rows apart."
            )
        compare = comparable(column)
        sought: dict[Any, Hashable] = {}
        for value in values:
            try:
                sought[value] = compare(write(value))
            except ValueRefused:  # noqa: PERF203  (then no row can have it)
                continue
        rows: dict[Hashable, set[str]] = defaultdict(set)
        for row in self._rows(other, column, set(sought.values())):
            rows[compare(row.get(column.name))].add(row["_id"])
        return {
            value: next(iter(rows[key])) for value, key in sought.items() if len(rows[key]) == 1
        }

    def _rows(
        self, table: Table, column: Column | None, values: Iterable[Any]
    ) -> Iterator[Mapping[str, Any]]:
        """Rows that may hold one of these values, or have one of these ids."""
        listed = list(values)
        odd = any(isinstance(value, str) and "\\" in value for value in listed)
        if column is not None and (odd or column.type not in LOOKED_UP_BY):
            for page in self._base.read(table, [column]).pages:
                yield from page
            return
        name = column.name if column else "_id"
        for chunk in _chunks(listed, MOST_LOOKED_UP):
            for page in self._base.find(table, [column] if column else [], {name: set(chunk)}):
                yield from page

    def _linked_already(
        self, table: Table, column: Column, links: Mapping[str, Sequence[str]]
    ) -> list[str]:
        """The rows whose links are those wanted."""
        same = []
        for chunk in _chunks(list(links), MOST_LOOKED_UP):
            for page in self._base.find(table, [column], {"_id": set(chunk)}):
                for row in page:
                    shown = row.get(column.name) or []
                    now = {one["row_id"] if isinstance(one, dict) else one for one in shown}
                    wanted = links.get(row["_id"])
                    if wanted is not None and len(shown) < MOST_SHOWN and now == set(wanted):
                        same.append(row["_id"])
        return same


def _parts(value: Any) -> list[Any]:
    """The rows meant by a value: ids or keys, alone, in a list, or as objects with a row_id."""
    parts = value if isinstance(value, list) else [] if value is None or value == "" else [value]
    ids = [part.get("row_id") if isinstance(part, dict) else part for part in parts]
    return [one if isinstance(one, (str, int, float, Decimal)) else None for one in ids]


def _chunks(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
