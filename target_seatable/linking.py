"""Links between rows: written when the rows of all streams are stored.

A value says which row of the other table is meant: by the row's id, or by what a column of that
table holds. Links of a row are replaced, never added to, so that loading again changes nothing;
rows that are linked so already are left alone.
"""

from __future__ import annotations

import logging
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from seatable_client.base import APPEND_LIMIT
from seatable_client.errors import SeaTableError, SettingError
from target_seatable.copies import Copies
from target_seatable.keys import MOST_LOOKED_UP
from target_seatable.outcome import Outcome
from target_seatable.partners import Partners
from target_seatable.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from target_seatable.layout import LinkField
    from target_seatable.shape import StreamShape
    from target_seatable.structure import Structure

    Reject = Callable[[str, Mapping[str, Any], Exception], None]

log = logging.getLogger(__name__)

MOST_SHOWN = 50
"""Linked rows that servers show in a cell; there may be more of them."""


ROWS_AT_A_TIME = 20_000
"""Rows whose links are worked out at a time. Servers without SQL read a table each time."""


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
        self._wanted: Wanted[tuple[str, LinkField]] = Wanted()
        self._streams: dict[str, StreamShape] = {}
        self._copies = Copies(structure)

    def register(self, stream: StreamShape) -> None:
        """Note a stream; if it is a table of another base, others may link to it by its id."""
        self._streams[stream.name] = stream
        self._copies.register(stream)

    def note(self, stream: str, link: LinkField, row_id: str, value: Any) -> None:
        """Note which rows a row is to be linked to; later notes replace earlier ones."""
        self._wanted.note((stream, link), row_id, value)

    def write(self, *, rows: bool = True) -> None:
        """Make the columns that are missing, and link the rows.

        Args:
            rows: whether to link rows; those that only would be there cannot be found.

        Raises:
            SeaTableError: a link column is none.
        """
        self._copies.make()
        for stream, link in self._in_order() if rows else ():
            self._link(stream, link)
        self._wanted.clear()

    # Rows

    def _in_order(self) -> list[tuple[str, LinkField]]:
        """What is to be linked, each link first from the table that it was made in.

        Linked rows stand in the order in which they were linked. Where a stream tells of both ends,
        as copies do, nothing is left to be written from the other.
        """

        def leads_back(kind: tuple[str, LinkField]) -> bool:
            stream, link = kind
            table = self._structure.table(self._streams[stream])
            column = table.by_name.get(link.column) if table else None
            return bool(table and column and column.data.get("table_id") != table.id)

        return sorted(self._wanted.kinds, key=leads_back)

    def _link(self, stream: str, link: LinkField) -> None:
        table = self._structure.table(self._streams[stream])
        column = table.by_name.get(link.column) if table else None
        if table is None or column is None:
            return
        other = self._other(table, column)
        makes = self._structure.makes_partners(self._streams[stream], link, other)
        outcome = Outcome(partial(self._reject, stream)) if makes else None
        partners = Partners(self._structure, other, link.by, outcome)
        count = 0
        for wanted in self._wanted.chunks((stream, link), ROWS_AT_A_TIME):
            links = self._resolved(stream, link, other, partners, wanted)
            for row_id in self._linked_already(table, column, links):
                del links[row_id]
            for chunk in _chunks(list(links.items()), APPEND_LIMIT):
                link_id = str(column.data.get("link_id"))
                self._base.set_links(table.name, other.name, link_id, dict(chunk))
            count += len(links)
        if count:
            log.info("Stream %r: linked %d rows by %r.", stream, count, link.column)

    def _resolved(
        self,
        stream: str,
        link: LinkField,
        other: Table,
        partners: Partners,
        wanted: Mapping[str, Any],
    ) -> dict[str, list[str]]:
        """The ids of the rows to link each row to; what names no row is set aside."""
        meant = {part for value in wanted.values() for part in _parts(value)} - {None}
        ids = partners.of(meant)
        links: dict[str, list[str]] = {}
        for row_id, value in wanted.items():
            found = [ids.get(part) for part in _parts(value)]
            if missing := [part for part, one in zip(_parts(value), found, strict=True) if not one]:
                by = f" whose {link.by!r} is" if link.by else ""
                reason = f"table {other.name!r} has no single row{by} {missing[0]!r}"
                record = {"_id": row_id, link.property: value}
                self._reject(stream, record, NoPartner(f"Link {link.property!r}: {reason}."))
            links[row_id] = list(dict.fromkeys(one for one in found if one))
        return links

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
    return [
        one if isinstance(one, (str, int, float, Decimal)) and not isinstance(one, bool) else None
        for one in ids
    ]


def _chunks(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
