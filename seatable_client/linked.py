"""Linked rows beyond those that fit into a cell.

Servers put no more than 50 linked rows into a link cell, and the older ones of those with SQL no
more than 10 (API reference, "List rows"; "SQL"). The rest is asked for, for many rows at a time.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from seatable_client.errors import GenerationMissing, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatable_client.base import Base
    from seatable_client.metadata import Column, Table

    Row = dict[str, Any]

log = logging.getLogger(__name__)

CAPS = frozenset({10, 50})
"""How many linked rows a cell holds at most, depending on the server's age."""

ROWS_PER_CALL = 100
LINKS_PER_ROW = 100
"""What one call asks for; no server sends more links of a row at once."""


def with_all_links(
    base: Base, table: Table, columns: Sequence[Column], pages: Iterator[list[Row]]
) -> Iterator[list[Row]]:
    """The pages, with all linked rows in the cells of link columns.

    Only cells that are as long as a cell can be on the server are completed: those of 10 only as
    long as no longer one was met. What a cell holds stays in front, so that a cell which was full,
    but complete, looks as it did before.
    """
    links = [column for column in columns if column.type == "link"]
    for page in pages:
        for column in links:
            _complete(base, table, column, page)
        yield page


def _complete(base: Base, table: Table, column: Column, page: list[Row]) -> None:
    rows = {row["_id"]: row for row in page if isinstance(row.get(column.name), list)}
    longest = max((len(row[column.name]) for row in rows.values()), default=0)
    base.longest_link_cell = longest = max(longest, base.longest_link_cell)
    full = {key: row for key, row in rows.items() if len(row[column.name]) == longest}
    if longest not in CAPS or not full or not base.asks_for_links:
        return
    try:
        found = all_links(base, table, column, list(full))
    except (GenerationMissing, NotFound) as error:
        log.warning(
            "Table %r: cells of column %r that link to more than %d rows are cut off there, "
            "because this server tells of no more: %s",
            table.name,
            column.name,
            longest,
            error,
        )
        base.asks_for_links = False
        return
    for key, row in full.items():
        cell = row[column.name]
        held = {_row_id(one) for one in cell}
        row[column.name] = [*cell, *(one for one in found[key] if one["row_id"] not in held)]


def all_links(
    base: Base, table: Table, column: Column, row_ids: Sequence[str]
) -> dict[str, list[Row]]:
    """All linked rows of some rows, as `{row_id, display_value}`, oldest first.

    Raises:
        GenerationMissing: the server cannot be asked for them.
    """
    found: dict[str, dict[str, Row]] = {row_id: {} for row_id in row_ids}
    unfinished = list(row_ids)
    while unfinished:
        pages: dict[str, list[Row]] = {}
        for start in range(0, len(unfinished), ROWS_PER_CALL):
            some = unfinished[start : start + ROWS_PER_CALL]
            asked = [
                {"row_id": row_id, "offset": len(found[row_id]), "limit": LINKS_PER_ROW}
                for row_id in some
            ]
            answer = base.linked_rows(table, column, asked)
            pages.update((row_id, answer.get(row_id) or []) for row_id in some)
        # A page shorter than another one is an end; the longest may be what the server caps.
        longest = max(map(len, pages.values()))
        known = {row_id: len(found[row_id]) for row_id in unfinished}
        for row_id, page in pages.items():
            found[row_id].update((one["row_id"], one) for one in page)
        unfinished = [
            row_id
            for row_id, page in pages.items()
            if len(page) == longest and len(found[row_id]) > known[row_id]
        ]
    return {row_id: list(links.values()) for row_id, links in found.items()}


def _row_id(link: Any) -> Any:
    return link.get("row_id") if isinstance(link, dict) else link
