"""Building SELECTs that SeaTable's SQL understands, and the one routine that pages through them.

The dialect (developer manual, "SQL reference"): columns by name, never by key; names in backticks,
compared without regard to case; no way to escape a backtick; 100 rows unless LIMIT says otherwise
and at most 10,000, silently, or whatever lower cap a server was given.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.errors import ConfigError, RequestRejected, ServerUnavailable
from seatable_client.rows import Aggregate, row_ids_of
from seatable_client.settings import MAX_PAGE
from seatable_client.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from seatable_client.metadata import Column, Table
    from seatable_client.rows import Row

    Query = Callable[[str], Sequence[Any]]

log = logging.getLogger(__name__)

_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


def quote_name(identifier: str) -> str:
    """A table or column name in backticks.

    Raises:
        ConfigError: the name contains a backtick, which SeaTable's SQL cannot express.
    """
    if "`" in identifier:
        raise ConfigError(
            f"The name {identifier!r} contains a backtick, which SeaTable's SQL cannot express.",
            hint="Rename it in the base.",
        )
    return f"`{identifier}`"


def quote_text(value: str) -> str:
    """A text constant."""
    return "'" + value.replace("'", "''") + "'"


def quote_moment(value: datetime) -> str:
    """A time constant, with its offset so that the server's zone does not matter."""
    return quote_text(value.isoformat(timespec="milliseconds"))


def is_one_of(column: str, values: Collection[Any]) -> str:
    """A condition: the column's cell is one of these texts or numbers."""
    constants = ", ".join(
        quote_text(value) if isinstance(value, str) else str(value) for value in values
    )
    return f"{quote_name(column)} IN ({constants})"


def archived_among(row_ids: Collection[str]) -> str | None:
    """A condition: one of these rows, and in big data storage."""
    return all_of(is_one_of("_id", row_ids), "`_archived` IS TRUE")


def all_of(*conditions: str | None) -> str | None:
    """A condition that holds where all of these do; an empty one always holds."""
    return " AND ".join(f"({condition})" for condition in conditions if condition) or None


def calls_function(condition: str, functions: Collection[str]) -> bool:
    """Whether a condition calls one of these functions."""
    called = re.findall(r"(\w+)\s*\(", _without_constants(condition))
    return any(function.lower() in functions for function in called)


def check_condition(condition: str) -> None:
    """Check that a condition is complete in itself, so that it can be combined with others.

    Raises:
        ValueError: the parentheses do not match, or the text is more than a condition.
    """
    rest = _without_constants(condition)
    depth = 0
    for sign in rest:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            break
    if depth:
        raise ValueError("its parentheses do not match")
    if found := re.search(r";|--|/\*|#|'|\"|`", rest):
        raise ValueError(f"it holds {found[0]!r}, which cannot be part of a condition")


def _without_constants(condition: str) -> str:
    """A condition without the insides of quotes and backticks."""
    return re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`", " ", condition)


def column_list(table: Table, columns: Sequence[Column]) -> str:
    """What follows SELECT: `_id`, `_mtime` and the given columns, system columns or the table's.

    Two names that differ only in case are one to SQL, and a name with a backtick none at all. Such
    a table is selected whole; answers are keyed by the exact names then.
    """
    own = [column.name.casefold() for column in table.columns]
    if len(set(own)) < len(own) or any("`" in column.name for column in columns):
        return "*"
    names = dict.fromkeys(["_id", "_mtime", *(column.name for column in columns)])
    return ", ".join(quote_name(name) for name in names)


def _rows(table: str, where: str | None) -> str:
    """What follows the columns of a SELECT: of which table, and which of its rows."""
    return f"FROM {quote_name(table)}" + (f" WHERE {where}" if where else "")


class _Count(msgspec.Struct):
    """A number of rows; servers whose numbers are texts are believed, too."""

    row_count: Any

    def __post_init__(self) -> None:
        try:
            number = int(str(self.row_count))
        except ValueError:
            number = -1
        if number < 0:
            raise ValueError("Expected a number of rows at `$.row_count`")
        self.row_count = number


class _Extent(_Count):
    """A number of rows with the moments of the latest; without rows there are none."""

    max_mtime: str | None = None
    max_ctime: str | None = None
    server_now: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for moment in (self.max_mtime, self.max_ctime, self.server_now):
            if moment is not None:
                parse_instant(moment)


@dataclass(frozen=True)
class Extent:
    """How much a condition matches at one moment, and how new it is.

    Attributes:
        rows: the number of rows.
        newest: the latest `_mtime` among them, as the server writes it; None if there are no rows.
        created: the latest `_ctime`, which is later than that if the server's clock went back.
        now: the server's clock, as the server writes it; its offset shows the server's zone.
    """

    rows: int
    newest: str | None
    created: str | None
    now: str | None

    @property
    def horizon(self) -> datetime | None:
        """The latest moment that any of the rows may show; None if there are no rows."""
        moments = (self.newest, self.created)
        return max((_latest_moment(moment) for moment in moments if moment), default=None)

    def is_older_than(self, duration: timedelta) -> bool:
        """Whether the latest change was longer ago than that, by the server's clock."""
        if self.horizon is None or self.now is None:
            return False
        return parse_instant(self.now) - self.horizon > duration


def _latest_moment(stamp: str) -> datetime:
    """The latest moment that an aggregate of time stamps may stand for.

    Servers have been seen to cut off the fraction of the second there that the rows show. Taken at
    its word, such a moment would be before the newest rows, and they would count as not there yet.
    """
    moment = parse_instant(stamp)
    return moment if "." in stamp else moment + _SECOND - _MILLISECOND


def query_extent(query: Query, table: str, where: str | None) -> Extent:
    """Ask how many rows match and when the latest of them changed."""
    statement = (
        "SELECT COUNT(`_id`) AS `row_count`, MAX(`_mtime`) AS `max_mtime`, "
        f"MAX(`_ctime`) AS `max_ctime`, MAX(now()) AS `server_now` {_rows(table, where)}"
    )
    (row,) = query(Aggregate(statement, _Extent))
    return Extent(row.row_count, newest=row.max_mtime, created=row.max_ctime, now=row.server_now)


def query_count(query: Query, table: str, where: str | None) -> int:
    """Ask how many rows match."""
    statement = f"SELECT COUNT(`_id`) AS `row_count` {_rows(table, where)}"
    (row,) = query(Aggregate(statement, _Count))
    count: int = row.row_count
    return count


def take_rows(pages: Iterator[Sequence[Row]], most: int) -> Iterator[Sequence[Row]]:
    """The pages up to so many rows, where no more can match: none is asked for behind them.

    Args:
        pages: pages that are asked for one by one.
        most: how many rows can match, such as those of so many ids.
    """
    total = 0
    for page in pages:
        yield page
        total += len(page)
        if total >= most:
            return


def query_first_after(query: Query, table: str, where: str | None, after: str) -> Sequence[Row]:
    """Ask for the first matching row behind another, in the order of ids; empty if there is none.

    Alone this proves that a page was the last one: a server may send fewer rows than are asked for,
    and other numbers for other tables.
    """
    rows = _rows(table, all_of(where, f"`_id` > {quote_text(after)}"))
    return query(f"SELECT `_id` {rows} ORDER BY `_id` LIMIT 1")


def read_pages(
    query: Query,
    table: str,
    selected: str,
    *,
    where: str | None = None,
    page_size: int = MAX_PAGE,
    after: str = "",
    full_page: int = 0,
    count: Callable[[], int] | None = None,
) -> Iterator[Sequence[Row]]:
    """Page through the matching rows in the order of their ids, each row once.

    Rows are asked for by `_id > last ORDER BY _id`: nothing that writers do meanwhile can shift a
    page, as it would with OFFSET. An empty page ends it, and one shorter than the server is known
    to send. Any other short page may be the cap of the server, and a count taken before may have
    been passed by rows inserted since.

    Args:
        query: sends one SELECT and returns its rows.
        table: name of the table.
        selected: the column list; it must give `_id`.
        where: a condition in SQL.
        page_size: rows to ask for at a time.
        after: only rows with a greater id, to resume an interrupted read.
        full_page: a number of rows that this server has been seen to send in one page.
        count: counts the matching rows, in place of asking for a page behind one that may be the
            last: it is, if no more are there now than have been met.

    Yields:
        Non-empty pages.

    Raises:
        ServerUnavailable: the server's pages do not advance.
    """
    seen: set[str] = set()
    total = 0
    while True:
        rows = _rows(table, all_of(where, f"`_id` > {quote_text(after)}" if after else None))
        statement = f"SELECT {selected} {rows} ORDER BY `_id` LIMIT {page_size}"
        try:
            page = query(statement)
        except RequestRejected as error:
            # "Number of cells returned exceeds the limit of 1 million": tables with many columns.
            if "cells" not in error.server_message or page_size == 1:
                raise
            page_size = max(page_size // 2, 1)
            log.info(
                "Asking for %d rows of table %r at a time: %s",
                page_size,
                table,
                error.server_message,
            )
            continue
        if not page:
            return
        in_order = row_ids_of(page)
        ids = set(in_order)
        if "" in ids:
            raise ServerUnavailable(f"Reading table {table!r}, the server sent rows without ids.")
        if len(ids) < len(page) or after in ids or not seen.isdisjoint(ids):
            raise ServerUnavailable(
                f"Reading table {table!r} does not advance: asked for the rows after {after!r}, "
                f"the server sent {in_order[0]!r} to {in_order[-1]!r}, some of them again."
            )
        length = len(page)
        yield page
        del page  # or two of them were in memory while the next one is read
        is_short = length < min(full_page, page_size)
        if count is None:
            if is_short:
                return
        else:
            may_be_last = is_short or (total == 0 and length < page_size)
            total += length
            if may_be_last and count() <= total:
                return
            full_page = max(full_page, length)
        seen = ids
        after = in_order[-1]


def end_with(pages: Iterator[Sequence[Row]], expected: int) -> Iterator[Sequence[Row]]:
    """The pages up to one that completes a number of rows, and is shorter than one before it.

    Neither alone proves that it is the last one: a count may be wrong, or of another moment, and a
    page may be as long as the server allows.
    """
    total = longest = 0
    for page in pages:
        yield page
        total += len(page)
        if total == expected and len(page) < longest:
            return
        longest = max(longest, len(page))
