"""Linked rows that do not fit into a cell.

Servers put no more than 50 linked rows into a link cell, and the older ones of those with SQL no
more than 10 (API reference, "List rows"; "SQL"). The rest is asked for, for many rows at a time.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from seatable_client.column_types import type_of
from seatable_client.errors import ApiNotAvailable, NotFound
from seatable_client.rows import row_ids_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatable_client.api.base import Base
    from seatable_client.metadata import Column, Table
    from seatable_client.rows import Row

log = logging.getLogger(__name__)

CAPS = frozenset({10, 50})
"""How many linked rows a cell holds at most, depending on the server's age."""

ROWS_PER_CALL = 100
LINKS_PER_ROW = 100
"""What one call asks for; no server sends more links of a row at once."""


def complete_pages(
    base: Base, table: Table, columns: Sequence[Column], pages: Iterator[Sequence[Row]]
) -> Iterator[Sequence[Row]]:
    """The pages, with all linked rows in the cells of link columns."""
    links = [column for column in columns if type_of(column).is_link]
    for page in pages:
        for column in links:
            cells = [row.get(column.name) for row in page]
            completed = complete_cells(base, table, column, row_ids_of(page), cells)
            if completed is None:
                continue
            for row, cell in zip(page, completed, strict=True):
                row[column.name] = cell
        yield page


def complete_cells(
    base: Base,
    table: Table,
    column: Column,
    row_ids: Sequence[str],
    cells: Sequence[Any],
    *,
    in_view: bool = False,
) -> list[Any] | None:
    """The cells of a link column with all linked rows; None where they have them already.

    Only cells of the largest size that a server sends are completed: those of 10 links only until
    a longer cell was seen. The links of the cell stay in front, so that a cell that was complete
    does not change. The rows of a view come as a list, in which cells may be
    longer than in those that SQL brings.
    """
    lengths = [len(cell) if cell.__class__ is list else 0 for cell in cells]
    longest = base.longest_link_cell_among(lengths, in_view=in_view)
    if longest not in CAPS or longest not in lengths or not base.asks_for_links:
        return None
    full = [index for index, length in enumerate(lengths) if length == longest]
    try:
        found = read_all_links(base, table, column, [row_ids[index] for index in full])
    except (ApiNotAvailable, NotFound) as error:
        log.warning(
            "Table %r: cells of column %r with more than %d links are incomplete, because this "
            "server does not list the others: %s",
            table.name,
            column.name,
            longest,
            error,
        )
        base.asks_for_links = False
        return None
    completed = list(cells)
    for index in full:
        held = set(map(row_id_of, cells[index]))
        more = (link for link in found[row_ids[index]] if link["row_id"] not in held)
        completed[index] = [*cells[index], *more]
    return completed


def read_all_links(
    base: Base, table: Table, column: Column, row_ids: Sequence[str]
) -> dict[str, list[Row]]:
    """All linked rows of some rows, as `{row_id, display_value}`, oldest first.

    Raises:
        ApiNotAvailable: the server cannot be asked for them.
    """
    found: dict[str, dict[str, Row]] = {row_id: {} for row_id in row_ids}
    unfinished = list(row_ids)
    while unfinished:
        pages: dict[str, list[Row]] = {}
        for start in range(0, len(unfinished), ROWS_PER_CALL):
            batch = unfinished[start : start + ROWS_PER_CALL]
            requests = [
                {"row_id": row_id, "offset": len(found[row_id]), "limit": LINKS_PER_ROW}
                for row_id in batch
            ]
            answer = base.linked_rows(table, column, requests)
            pages.update((row_id, answer.get(row_id) or []) for row_id in batch)
        # A page shorter than another one is an end; the longest may be what the server caps.
        longest = max(map(len, pages.values()))
        counts_before = {row_id: len(found[row_id]) for row_id in unfinished}
        for row_id, page in pages.items():
            found[row_id].update((link["row_id"], link) for link in page)
        unfinished = [
            row_id
            for row_id, page in pages.items()
            if len(page) == longest and len(found[row_id]) > counts_before[row_id]
        ]
    return {row_id: list(links.values()) for row_id, links in found.items()}


def linked_row_ids(cell: Sequence[Any] | None) -> set[str] | None:
    """The ids of the rows that a link cell shows; None where the row may be linked to more."""
    shown = cell or ()
    return None if len(shown) in CAPS else set(map(row_id_of, shown))


def row_id_of(link: Any) -> Any:
    """The id of a linked row; servers without SQL put nothing else into a link cell."""
    return link.get("row_id") if isinstance(link, dict) else link
