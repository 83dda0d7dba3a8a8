"""Links between rows, written when the rows of all streams are stored.

A value names a row of the other table by the row's id or by the value of a column of that table.
The links of a row are replaced, never added to, so that loading again changes nothing; rows that
have the right links already are not written.
"""

from __future__ import annotations

import logging
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from seatable_client.api import APPEND_LIMIT, linked_row_ids
from seatable_client.errors import ConfigError
from seatable_client.metadata import NewColumn, other_end
from target_seatable.errors import CannotLink, LinkExcluded, LinkTargetNotFound
from target_seatable.keys import rows_with
from target_seatable.links.pending import PendingLinks
from target_seatable.links.resolver import LinkResolver
from target_seatable.load_methods import chunks
from target_seatable.results import StreamStats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from target_seatable.rows import LinkField
    from target_seatable.schema import NestedArray, StreamSchema
    from target_seatable.tables import StreamTables

    Reject = Callable[[str, str, str, Any, Exception], None]

log = logging.getLogger(__name__)

ROWS_PER_CHUNK = 20_000
"""Rows whose links are resolved at a time. Servers without SQL read a table each time."""


class Linker:
    """The links of a run, kept until they can be written.

    Args:
        tables: the tables of the base.
        reject: rejects a link that cannot be written, given its stream, row, property and value.
    """

    def __init__(self, tables: StreamTables, reject: Reject) -> None:
        self._tables = tables
        self._base = tables.base
        self._reject = reject
        self._pending: PendingLinks[tuple[str, LinkField]] = PendingLinks()
        self._required: set[tuple[str, LinkField, str]] = set()
        self._streams: dict[str, StreamSchema] = {}

    def register(self, stream: StreamSchema) -> None:
        """Note a stream whose rows may be linked."""
        self._streams[stream.name] = stream

    def note(
        self, stream: str, link: LinkField, row_id: str, value: Any, *, must_exist: bool = False
    ) -> None:
        """Note the rows that a row links to; later notes replace earlier ones.

        Args:
            stream: the stream that brought the row.
            link: the link.
            row_id: the row.
            value: the rows that it links to.
            must_exist: whether the link is rejected if the row is gone. A row that this run has
                stored may have been deleted since, and its link with it.
        """
        self._pending.note((stream, link), row_id, value)
        if must_exist:
            self._required.add((stream, link, row_id))

    def write(self, *, rows: bool = True) -> None:
        """Create the link columns of nested tables, and link the rows.

        Args:
            rows: whether to link rows; a dry run cannot find the rows that it did not add.

        Raises:
            ConfigError: a column is to hold links and is no link column.
            SeaTableError: the server refuses something.
        """
        for stream in self._streams.values():
            if stream.nested_array is not None:
                self._create_parent_link(stream, stream.nested_array)
        for name, link in self._ordered_links() if rows else ():
            self._link(name, link)
        self._pending.clear()
        self._required.clear()

    def _create_parent_link(self, stream: StreamSchema, array: NestedArray) -> None:
        """Create the column that links the elements of an array to the rows they belong to."""
        table = self._tables.table(stream)
        parent = self._tables.table(self._streams[array.parent])
        if table is None or parent is None:
            return
        column = table.by_name.get(array.link)
        if column and (column.type != "link" or self._other(table, column).id != parent.id):
            raise ConfigError(
                f"Stream {stream.name!r}: column {array.link!r} of table {table.name!r} has to be "
                f"a link to table {parent.name!r}, and it is not. Rename it in the base."
            )
        if column is None and self._tables.can_add_columns(stream, table):
            data = {"table": table.name, "other_table": parent.name}
            self._tables.base_tables.add_column(table.name, NewColumn(array.link, "link", data))
        elif column is None:
            log.warning(
                "Stream %r: rows are not linked to table %r, because table %r has no column %r "
                "and add_columns or schema_contract does not allow one.",
                stream.name,
                parent.name,
                table.name,
                array.link,
            )

    # Rows

    def _ordered_links(self) -> list[tuple[str, LinkField]]:
        """The links to write, each first from the table whose column it was created as.

        Linked rows stand in the order in which they were linked. If streams bring both ends of a
        link, as copies do, nothing is left to be written from the other end.
        """

        def is_other_end(pending: tuple[str, LinkField]) -> bool:
            stream, link = pending
            table = self._tables.table(self._streams[stream])
            column = table.by_name.get(link.column) if table else None
            return bool(table and column and column.data.get("table_id") != table.id)

        return sorted(self._pending.groups, key=is_other_end)

    def _link(self, stream: str, link: LinkField) -> None:
        table = self._tables.table(self._streams[stream])
        column = table.by_name.get(link.column) if table else None
        if table is None or column is None:
            return
        other = self._other(table, column)
        creates = self._tables.creates_missing_rows(self._streams[stream], link, other)
        stats = StreamStats(partial(_log_unmade, other.name)) if creates else None
        resolver = LinkResolver(self._tables, other, link.by, stats)
        count = 0
        for pending in self._pending.chunks((stream, link), ROWS_PER_CHUNK):
            linked = dict(self._read_links(table, column, list(pending)))
            existing = {row_id: value for row_id, value in pending.items() if row_id in linked}
            for row_id in pending.keys() - existing.keys():
                if (stream, link, row_id) in self._required:
                    error = CannotLink(
                        f"Link {link.property!r}: table {table.name!r} has no row {row_id!r}. If "
                        "the row was deleted, remove the link from the file; else retry it in the "
                        "base that has the row."
                    )
                    self._reject(stream, row_id, link.property, pending[row_id], error)
            links = {
                row_id: other_ids
                for row_id, other_ids in self._resolve(
                    stream, link, other, resolver, existing
                ).items()
                if linked[row_id] is None or linked[row_id] != set(other_ids)
            }
            for chunk in chunks(list(links.items()), APPEND_LIMIT):
                link_id = str(column.data.get("link_id"))
                self._base.set_links(table.name, other.name, link_id, dict(chunk))
            omitted = self._read_omitted(table, column, links) if _has_filter(column) else {}
            for row_id in omitted:
                self._reject_omitted(stream, link, row_id, pending[row_id])
            count += len(links) - len(omitted)
        if count:
            log.info("Stream %r: linked %d rows by %r.", stream, count, link.column)

    def _read_omitted(
        self, table: Table, column: Column, links: Mapping[str, list[str]]
    ) -> dict[str, set[str]]:
        """What the server has left out of links that were written, by row id."""
        stored = dict(self._read_links(table, column, list(links)))
        return {
            row_id: missing
            for row_id, other_ids in links.items()
            if (known := stored.get(row_id)) is not None and (missing := set(other_ids) - known)
        }

    def _reject_omitted(self, stream: str, link: LinkField, row_id: str, value: Any) -> None:
        error = LinkExcluded(
            f"Link {link.property!r}: SeaTable accepted the call and left out rows that the filter "
            f"of column {link.column!r} excludes. Change the filter or the rows, and retry."
        )
        self._reject(stream, row_id, link.property, value, error)

    def _resolve(
        self,
        stream: str,
        link: LinkField,
        other: Table,
        resolver: LinkResolver,
        pending: Mapping[str, Any],
    ) -> dict[str, list[str]]:
        """The ids of the rows that each row links to; a value that names no row is rejected."""
        keys = {key for value in pending.values() for key in _link_keys(value)} - {None}
        ids = resolver.resolve(keys)
        links: dict[str, list[str]] = {}
        for row_id, value in pending.items():
            row_keys = _link_keys(value)
            if missing := [key for key in row_keys if key not in ids]:
                reason = f"table {other.name!r} has no single row {_describe(link, missing[0])}"
                error = LinkTargetNotFound(f"Link {link.property!r}: {reason}.")
                self._reject(stream, row_id, link.property, value, error)
            links[row_id] = list(dict.fromkeys(ids[key] for key in row_keys if key in ids))
        return links

    def _other(self, table: Table, column: Column) -> Table:
        other = self._tables.base_tables.table_by_id(other_end(column.data, table.id) or "")
        if other is None:
            raise ConfigError(
                f"Column {column.name!r} of table {table.name!r} links to a table that the base "
                "does not show."
            )
        return other

    def _read_links(
        self, table: Table, column: Column, row_ids: Sequence[str]
    ) -> Iterator[tuple[str, set[str] | None]]:
        """The rows that exist, and the ids that each links to; None if not all of them are shown.

        Rows that were deleted since they were stored do not exist, and are not linked.
        """
        wanted = set(row_ids)
        for row in rows_with(self._base, table, [column], "_id", row_ids):
            if row["_id"] in wanted:
                yield row["_id"], linked_row_ids(row.get(column.name))


def _has_filter(column: Column) -> bool:
    """Whether a link column limits by filters which rows it links, as it can since SeaTable 6.1.

    Where its data keep them is not documented. So rules of filters anywhere in them count.
    """
    return any(
        isinstance(rule, dict) and "filter_predicate" in rule
        for rules in column.data.values()
        if isinstance(rules, list)
        for rule in rules
    )


def _log_unmade(table: str, record: Mapping[str, Any], *errors: Exception) -> None:
    """Log that a row that a link names could not be added; the link is then rejected."""
    log.warning("Table %r: the row %s that a link names was refused: %s", table, record, errors[0])


def _describe(link: LinkField, key: Any) -> str:
    """The row that a key names, in words."""
    if link.by is None:
        return repr(key)
    names = (link.by,) if isinstance(link.by, str) else link.by
    parts = key if isinstance(key, tuple) else (key,)
    conditions = (f"{name!r} is {part!r}" for name, part in zip(names, parts, strict=True))
    return f"whose {' and '.join(conditions)}"


def _link_keys(value: Any) -> list[Any]:
    """The ids or keys of the rows that a value names: one, a list, or objects with a row_id.

    A key of several columns is a list within the list, and becomes a tuple.
    """
    items = value if isinstance(value, list) else [] if value is None or value == "" else [value]
    return [_link_key(item) for item in items]


def _link_key(item: Any) -> Any:
    """The id or key that an item of a value is; None if it can be none."""
    if isinstance(item, dict):
        item = item.get("row_id")
    if isinstance(item, list):
        return tuple(_link_key(part) for part in item)
    is_key = isinstance(item, (str, int, float, Decimal)) and not isinstance(item, bool)
    return item if is_key else None
