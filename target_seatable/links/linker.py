"""Links between rows, written when the rows of all streams are stored.

A value names a row of the other table by the row's id or by the value of a column of that table.
The links of a row are replaced, never added to, so that loading again changes nothing; rows that
have the right links already are not written.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from seatable_client.api import APPEND_LIMIT, linked_row_ids, read_all_links, row_id_of
from seatable_client.column_types import type_of
from seatable_client.errors import ConfigError, RequestRejected
from seatable_client.metadata import NewColumn, other_end
from target_seatable.errors import CannotLink, LinkExcluded, LinkTargetNotFound
from target_seatable.keys import rows_with
from target_seatable.links.pending import PendingLinks
from target_seatable.links.resolver import LinkResolver
from target_seatable.links.values import describe_key, link_keys
from target_seatable.load_methods import chunks
from target_seatable.results import StreamStats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from target_seatable.load_methods import LoadMethod
    from target_seatable.rows import Field, LinkField
    from target_seatable.schema import NestedArray, StreamSchema
    from target_seatable.tables import StreamTables

    Linked = Mapping[str, set[str] | None]

log = logging.getLogger(__name__)

ROWS_PER_CHUNK = 20_000
"""Rows whose links are resolved at a time. Servers without SQL read a table each time."""


class Reject(Protocol):
    """Rejects the link of a row, for all of these reasons."""

    def __call__(self, stream: str, row_id: str, prop: str, value: Any, *errors: Exception) -> None:
        """Reject the link."""


class _Links(NamedTuple):
    """The links of one stream that are to be written by one column."""

    stream: str
    field: LinkField
    table: Table
    column: Column

    @property
    def is_other_end(self) -> bool:
        """Whether the link was created as a column of the other table."""
        return self.column.data.get("table_id") != self.table.id


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

    def warn_of_unlinked(self, loads: Mapping[str, LoadMethod | None]) -> None:
        """Log which streams have added rows that neither this run nor a later one links.

        Args:
            loads: how each stream was loaded.
        """
        for name in dict.fromkeys(name for name, _ in self._pending.groups):
            load = loads.get(name)
            if load is None or load.relinks or self._tables.dry_run:
                continue
            log.warning(
                "Stream %r: rows were added and not linked, because the run ended before. Later "
                "runs with load_method insert-only do not link them: load once with upsert.",
                name,
            )

    def write(self, loads: Mapping[str, LoadMethod | None], *, rows: bool = True) -> None:
        """Create the link columns of nested tables, and link the rows.

        Args:
            loads: how each stream was loaded, which knows rows of its table by their keys.
            rows: whether to link rows; a dry run cannot find the rows that it did not add.

        Raises:
            ConfigError: a column is to hold links and is no link column.
            SeaTableError: the server refuses something.
        """
        for stream in self._streams.values():
            if stream.nested_array is not None:
                self._create_parent_link(stream, stream.nested_array)
        known = {
            load.layout.table.id: load
            for load in loads.values()
            if load is not None and not load.stats.deleted  # or its rows may be gone
        }
        for links in self._ordered_links() if rows else ():
            self._link_table(links, known)
        self._pending.clear()
        self._required.clear()

    def _create_parent_link(self, stream: StreamSchema, array: NestedArray) -> None:
        """Create the column that links the elements of an array to the rows they belong to."""
        table = self._tables.table(stream)
        parent = self._tables.table(self._streams[array.parent])
        if table is None or parent is None:
            return
        column = table.by_name.get(array.link)
        if column and (not type_of(column).is_link or self._other(table, column).id != parent.id):
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
                "and %s.",
                stream.name,
                parent.name,
                table.name,
                array.link,
                self._tables.reason_not_to_add(stream),
            )

    # Rows

    def _ordered_links(self) -> list[list[_Links]]:
        """The links to write, by table, each first from the table whose column it was created as.

        Linked rows stand in the order in which they were linked. If streams bring both ends of a
        link, as copies do, nothing is left to be written from the other end.
        """
        tables: defaultdict[tuple[bool, str], list[_Links]] = defaultdict(list)
        for stream, field in self._pending.groups:
            table = self._tables.table(self._streams[stream])
            column = table.by_name.get(field.column) if table else None
            if table is not None and column is not None:
                links = _Links(stream, field, table, column)
                tables[links.is_other_end, stream].append(links)
        return [tables[key] for key in sorted(tables, key=lambda key: key[0])]

    def _link_table(self, columns: Sequence[_Links], known: Mapping[str, LoadMethod]) -> None:
        """Link the rows of one table by several columns, whose cells are read together."""
        resolvers = [self._resolver(links, known) for links in columns]
        counts = [0] * len(columns)
        portions = (
            self._pending.chunks((links.stream, links.field), ROWS_PER_CHUNK) for links in columns
        )
        for portion in zip_longest(*portions, fillvalue={}):
            linked = self._present_links(columns, portion, known)
            for index, links in enumerate(columns):
                name = links.column.name
                counts[index] += self._link(links, resolvers[index], portion[index], linked[name])
        for links, count in zip(columns, counts, strict=True):
            if count:
                log.info(
                    "Stream %r: linked %d rows by %r.", links.stream, count, links.field.column
                )

    def _resolver(self, links: _Links, known: Mapping[str, LoadMethod]) -> LinkResolver:
        other = self._other(links.table, links.column)
        creates = self._tables.creates_missing_rows(self._streams[links.stream], links.field, other)
        stats = StreamStats(partial(_log_unmade, other.name)) if creates else None
        return LinkResolver(
            self._tables,
            other,
            self._fields(links, other),
            stats,
            known.get(other.id),
            takes_tuples=isinstance(links.field.by, tuple),
        )

    def _fields(self, links: _Links, other: Table) -> Sequence[Field]:
        """The columns of the other table that hold the values of a link; none for ids."""
        stream, field, layouts = self._streams[links.stream], links.field, self._tables.layouts
        if field.by is None:
            return ()
        if isinstance(field.by, str):
            return layouts.link_fields(stream, [field.property], [field.by], other)
        if stream.nested_array is not None:  # its keys mean what they mean in the parent's stream
            parent = self._streams[stream.nested_array.parent]
            theirs = [stream.nested_array.inherited[part] for part in field.parts]
            return layouts.link_fields(parent, theirs, field.by, other)
        return layouts.link_fields(stream, field.parts, field.by, other)

    def _link(
        self, links: _Links, resolver: LinkResolver, pending: Mapping[str, Any], linked: Linked
    ) -> int:
        """Write links; returns how many rows were linked.

        Rows that this run knows may have been deleted since. Where the server refuses the links,
        the rows are looked up.
        """
        try:
            return self._write_links(links, resolver, pending, linked)
        except RequestRejected as refusal:
            log.info("Table %r: links are looked up again: %s", links.table.name, refusal)
            resolver.look_up_all()
            linked = self._read_links([links], list(pending))[links.column.name]
            return self._write_links(links, resolver, pending, linked)

    def _write_links(
        self, links: _Links, resolver: LinkResolver, pending: Mapping[str, Any], linked: Linked
    ) -> int:
        """Write the links that rows do not have; reject those that name no row.

        Args:
            links: whose they are.
            resolver: finds the rows of the other table.
            pending: by row, what it is to be linked to.
            linked: by row that exists, the ids that it links to; None if not all are shown.
        """
        stream, field, table, column = links
        existing = {row_id: value for row_id, value in pending.items() if row_id in linked}
        resolved, unresolved = _resolve(resolver, existing)
        changes = {
            row_id: other_ids
            for row_id, other_ids in resolved.items()
            if linked[row_id] is None or linked[row_id] != set(other_ids)
        }
        other = resolver.other
        for chunk in chunks(list(changes.items()), APPEND_LIMIT):
            link_id = str(column.data.get("link_id"))
            self._base.set_links(table.name, other.name, link_id, dict(chunk))
        omitted = self._read_omitted(links, changes) if _has_filter(column) else {}
        for row_id in omitted:
            excluded = LinkExcluded(
                f"Link {field.property!r}: SeaTable accepted the call and left out rows that the "
                f"filter of column {column.name!r} excludes. Change the filter or the rows, and "
                "retry."
            )
            self._reject(stream, row_id, field.property, pending[row_id], excluded)
        for row_id in pending.keys() - existing.keys():
            if (stream, field, row_id) in self._required:
                error = CannotLink(
                    f"Link {field.property!r}: table {table.name!r} has no row {row_id!r}. If "
                    "the row was deleted, remove the link from the file; else retry it in the "
                    "base that has the row."
                )
                self._reject(stream, row_id, field.property, pending[row_id], error)
        for row_id, keys in unresolved:
            errors = [_not_found(field, resolver, key) for key in keys]
            self._reject(stream, row_id, field.property, pending[row_id], *errors)
        return len(changes) - len(omitted)

    def _read_omitted(
        self, links: _Links, written: Mapping[str, Sequence[str]]
    ) -> dict[str, set[str]]:
        """What the server has left out of links that were written, by row id.

        Rows that were deleted since have no links to miss.

        Raises:
            ApiNotAvailable: a cell may show only some links, and the server cannot be asked for
                the others. Only servers older than filters of links cannot.
        """
        stored = dict(self._read_links([links], list(written))[links.column.name])
        partly_shown = [row_id for row_id, linked_ids in stored.items() if linked_ids is None]
        found = read_all_links(self._base, links.table, links.column, partly_shown)
        stored.update((row_id, set(map(row_id_of, rows))) for row_id, rows in found.items())
        return {
            row_id: missing
            for row_id, linked_ids in stored.items()
            if (missing := set(written[row_id]) - (linked_ids or set()))
        }

    def _other(self, table: Table, column: Column) -> Table:
        other = self._tables.base_tables.table_by_id(other_end(column.data, table.id) or "")
        if other is None:
            raise ConfigError(
                f"Column {column.name!r} of table {table.name!r} links to a table that the base "
                "does not show."
            )
        return other

    def _present_links(
        self,
        columns: Sequence[_Links],
        portion: Sequence[Mapping[str, Any]],
        known: Mapping[str, LoadMethod],
    ) -> Mapping[str, Linked]:
        """The links that rows have; see `_read_links`.

        Rows of a table that this run has made have none yet, except where the link was written from
        its other end.
        """
        row_ids = list(dict.fromkeys(row_id for pending in portion for row_id in pending))
        is_new = all(
            links.table.id in known
            and self._tables.has_made(links.table)
            and not links.is_other_end
            for links in columns
        )
        if is_new and not self._required:
            return {links.column.name: {row_id: set() for row_id in row_ids} for links in columns}
        return self._read_links(columns, row_ids)

    def _read_links(
        self, columns: Sequence[_Links], row_ids: Sequence[str]
    ) -> Mapping[str, Linked]:
        """By column, the rows that exist and the ids that each links to; see `_write_links`.

        Rows that were deleted since they were stored do not exist, and are not linked.
        """
        wanted = set(row_ids)
        linked: dict[str, dict[str, set[str] | None]] = {links.column.name: {} for links in columns}
        to_read = [links.column for links in columns]
        for row in rows_with(self._base, columns[0].table, to_read, "_id", row_ids):
            if row["_id"] in wanted:
                for name, rows in linked.items():
                    rows[row["_id"]] = linked_row_ids(row.get(name))
        return linked


def _resolve(
    resolver: LinkResolver, pending: Mapping[str, Any]
) -> tuple[dict[str, list[str]], list[tuple[str, list[Any]]]]:
    """The ids of the rows that each row links to, and by row the keys that name no row."""
    keys = {key for value in pending.values() for key in link_keys(value)} - {None}
    ids = resolver.resolve(keys)
    resolved: dict[str, list[str]] = {}
    unresolved = []
    for row_id, value in pending.items():
        row_keys = [key for key in link_keys(value) if not resolver.is_empty(key)]
        if missing := [key for key in row_keys if key not in ids]:
            unresolved.append((row_id, missing))
        resolved[row_id] = list(dict.fromkeys(ids[key] for key in row_keys if key in ids))
    return resolved, unresolved


def _not_found(field: LinkField, resolver: LinkResolver, key: Any) -> LinkTargetNotFound:
    reason = f"table {resolver.other.name!r} has no single row {describe_key(field, key)}"
    if refusal := resolver.refusal(key):
        reason += f": {refusal}"
    return LinkTargetNotFound(f"Link {field.property!r}: {reason}.")


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
