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

from seatable_client.api.base import APPEND_LIMIT
from seatable_client.api.link_cells import linked_row_ids
from seatable_client.errors import ConfigError
from seatable_client.metadata import NewColumn, other_end
from target_seatable.errors import LinkTargetNotFound
from target_seatable.keys.lookup import rows_with
from target_seatable.links.pending import PendingLinks
from target_seatable.links.resolver import LinkResolver
from target_seatable.load_methods.batch_writer import chunks
from target_seatable.results.stats import StreamStats
from target_seatable.tables.copied_columns import CopiedColumns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from target_seatable.rows.fields import LinkField
    from target_seatable.schema.nested_array import NestedArray
    from target_seatable.schema.stream_schema import StreamSchema
    from target_seatable.tables.stream_tables import StreamTables

    Reject = Callable[[str, Mapping[str, Any], Exception], None]

log = logging.getLogger(__name__)

ROWS_AT_A_TIME = 20_000
"""Rows whose links are worked out at a time. Servers without SQL read a table each time."""


class Linker:
    """The links of a run, until they can be written.

    Args:
        structure: the base.
        reject: sets a record aside whose links cannot be written.
    """

    def __init__(self, structure: StreamTables, reject: Reject) -> None:
        self._structure = structure
        self._base = structure.base
        self._reject = reject
        self._wanted: PendingLinks[tuple[str, LinkField]] = PendingLinks()
        self._streams: dict[str, StreamSchema] = {}
        self._copies = CopiedColumns(structure)

    def register(self, stream: StreamSchema) -> None:
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
        for shape in self._streams.values():
            if shape.nested_array is not None:
                self._link_to_parent(shape, shape.nested_array)
        for stream, link in self._in_order() if rows else ():
            self._link(stream, link)
        self._wanted.clear()

    def _link_to_parent(self, stream: StreamSchema, branch: NestedArray) -> None:
        """Make the column that links the elements of arrays to the rows that they belong to."""
        table = self._structure.table(stream)
        parent = self._structure.table(self._streams[branch.parent])
        if table is None or parent is None:
            return
        column = table.by_name.get(branch.link)
        if column and (column.type != "link" or self._other(table, column).id != parent.id):
            raise ConfigError(
                f"Stream {stream.name!r}: column {branch.link!r} of table {table.name!r} is to "
                f"link to table {parent.name!r} and is something else. Rename it in the base."
            )
        if column is None and self._structure.adds_columns:
            made = {"table": table.name, "other_table": parent.name}
            self._structure.base_tables.add_column(table.name, NewColumn(branch.link, "link", made))
        elif column is None:
            log.warning(
                "Stream %r: its rows are not linked to table %r, because table %r has no column "
                "%r and add_columns is off.",
                stream.name,
                parent.name,
                table.name,
                branch.link,
            )

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
        makes = self._structure.creates_missing_rows(self._streams[stream], link, other)
        outcome = StreamStats(partial(self._reject, stream)) if makes else None
        partners = LinkResolver(self._structure, other, link.by, outcome)
        count = 0
        for wanted in self._wanted.chunks((stream, link), ROWS_AT_A_TIME):
            linked = dict(self._linked(table, column, list(wanted)))
            there = {row_id: value for row_id, value in wanted.items() if row_id in linked}
            links = {
                row_id: to
                for row_id, to in self._resolved(stream, link, other, partners, there).items()
                if linked[row_id] is None or linked[row_id] != set(to)
            }
            for chunk in chunks(list(links.items()), APPEND_LIMIT):
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
        partners: LinkResolver,
        wanted: Mapping[str, Any],
    ) -> dict[str, list[str]]:
        """The ids of the rows to link each row to; what names no row is set aside."""
        meant = {part for value in wanted.values() for part in _parts(value)} - {None}
        ids = partners.of(meant)
        links: dict[str, list[str]] = {}
        for row_id, value in wanted.items():
            found = [ids.get(part) for part in _parts(value)]
            if missing := [part for part, one in zip(_parts(value), found, strict=True) if not one]:
                reason = f"table {other.name!r} has no single row {_described(link, missing[0])}"
                record = {"_id": row_id, link.property: value}
                self._reject(
                    stream, record, LinkTargetNotFound(f"Link {link.property!r}: {reason}.")
                )
            links[row_id] = list(dict.fromkeys(one for one in found if one))
        return links

    def _other(self, table: Table, column: Column) -> Table:
        other = self._structure.base_tables.table_by_id(other_end(column.data, table.id) or "")
        if other is None:
            raise ConfigError(
                f"Column {column.name!r} of table {table.name!r} links to a table that the base "
                "does not show."
            )
        return other

    def _linked(
        self, table: Table, column: Column, row_ids: Sequence[str]
    ) -> Iterator[tuple[str, set[str] | None]]:
        """The rows that are there, and what each is linked to; None if not all of it is shown.

        Rows that were deleted since they were stored are not there, and not to be linked.
        """
        asked = set(row_ids)
        for row in rows_with(self._base, table, [column], "_id", row_ids):
            if row["_id"] in asked:
                yield row["_id"], linked_row_ids(row.get(column.name))


def _described(link: LinkField, value: Any) -> str:
    """Which row a value means, in words."""
    if link.by is None:
        return repr(value)
    names = (link.by,) if isinstance(link.by, str) else link.by
    values = value if isinstance(value, tuple) else (value,)
    each = (f"{name!r} is {part!r}" for name, part in zip(names, values, strict=True))
    return f"whose {' and '.join(each)}"


def _parts(value: Any) -> list[Any]:
    """The rows meant by a value: ids or keys, alone, in a list, or as objects with a row_id.

    A key of several parts is a list within the list, and becomes a tuple.
    """
    parts = value if isinstance(value, list) else [] if value is None or value == "" else [value]
    return [_meant(part) for part in parts]


def _meant(part: Any) -> Any:
    """What a part of a value means; None if it can mean no row."""
    if isinstance(part, dict):
        part = part.get("row_id")
    if isinstance(part, list):
        return tuple(_meant(one) for one in part)
    is_key = isinstance(part, (str, int, float, Decimal)) and not isinstance(part, bool)
    return part if is_key else None
