"""Compares a table of a base with what was loaded into it."""

from __future__ import annotations

import contextlib
from datetime import timezone
from typing import TYPE_CHECKING, Any

from seatable_client.api import complete_pages
from seatable_client.column_types import Reading, codec, type_of
from seatable_client.errors import ConfigError
from seatable_client.rows import CellReader
from singer_seatable.contract import DELETED_AT, SDC_DELETED_AT, TOMBSTONE_COLUMNS
from singer_seatable.verify.comparison import Comparison, TableResult
from singer_seatable.verify.loaded_links import LinkedSource, read_linked_rows
from singer_seatable.verify.warehouse import match_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from seatable_client.connection import Connection
    from seatable_client.metadata import Column, Table
    from singer_seatable.verify.warehouse import WarehouseTable

_FROM_SINGER = "_sdc_"
"""How the names of columns begin that loaders add."""


def compare_loaded(
    connection: Connection,
    table: Table,
    source: WarehouseTable,
    keys: Sequence[str],
    zone: tzinfo,
    *,
    column_names: Callable[[Sequence[str], str], Mapping[str, str]],
    tables: Sequence[Table],
    links_by: Mapping[str, str],
) -> TableResult:
    """Compare a table of a base with what was loaded into it.

    Args:
        connection: the base.
        table: of the base.
        source: what was loaded.
        keys: the key columns of the source; without any, whole rows are counted.
        zone: the zone of date-times that the source has without one.
        column_names: tells the name of the column of each property of a stream.
        tables: all tables of the base.
        links_by: by columns of the source that became links, the column of the other table whose
            values name its rows; their ids do where it is not given.

    Raises:
        ConfigError: a key is no column, or it is not certain which columns to compare.
        SeaTableError: the base or the source cannot be read.
    """
    given = [
        name
        for name in source.columns
        if not name.startswith(_FROM_SINGER) and name not in TOMBSTONE_COLUMNS
    ]
    names = column_names(given, table.name)
    found = match_names(names.values(), table.by_name, owner=f"Table {table.name!r}")
    columns = {
        name: table.by_name[found[column]] for name, column in names.items() if column in found
    }
    links = [name for name, column in columns.items() if type_of(column).is_link]
    if unknown := [key for key in keys if key not in given]:
        raise ConfigError(
            f"The key of {table.name!r} names {unknown[0]!r}, which is not a column of "
            f"{source.place}. Where tables have different keys, write --key TABLE=COLUMN for each."
        )
    link_columns = {name: columns[name] for name in links}
    linked = read_linked_rows(connection, tables, table, link_columns, links_by)
    comparison = Comparison(
        table.name,
        {
            name: linked[name].schema
            if name in linked
            else _schema(column, source.schemas.get(name))
            for name, column in columns.items()
        },
        keys if set(keys) <= set(columns) - set(links) else (),
        LinkedSource(source, links),
        zone=zone,
        other_side="source",
    )
    with contextlib.closing(comparison):
        for record in _read(connection, table, columns):
            named = {name: found.named(record[name]) for name, found in linked.items()}
            comparison.add({**record, **named})
        result = comparison.finish()
    if lacking := [name for name in names if name not in columns]:
        result.missing_columns = [*result.missing_columns, *lacking]
        result.examples.append(f"The base has no column for {', '.join(map(repr, lacking))}.")
    return result


def _schema(column: Column, source: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What values are: what the column says, or the source where the column holds any text."""
    own = codec.schema(column)
    is_text = "string" in own["type"] and "format" not in own
    return source if is_text and source is not None else own


def _read(
    connection: Connection, table: Table, columns: Mapping[str, Column]
) -> Iterator[dict[str, Any]]:
    """The rows of a table by the source's names, without those that a load has marked deleted."""
    marks = [table.by_name[name] for name in (DELETED_AT, SDC_DELETED_AT) if name in table.by_name]
    wanted = list({column.name: column for column in (*columns.values(), *marks)}.values())
    reading = Reading(zone=lambda: connection.zone() or timezone.utc)
    reader = CellReader(wanted, reading)
    base = connection.base
    for page in complete_pages(base, table, wanted, base.read_all(table, wanted)):
        cells = reader.cells(page)
        values = {name: reader.values(name, found) for name, found in cells.items()}
        dead = [any(marked) for marked in zip(*(values[mark.name] for mark in marks), strict=True)]
        for index in range(len(page)):
            if not (dead and dead[index]):
                yield {name: values[column.name][index] for name, column in columns.items()}
