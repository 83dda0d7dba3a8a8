"""SQLite databases: each table with the types that its values have.

SQLite lets a column hold values of any type, whatever the column is declared as. So all values are
looked at, and what a column is declared as decides only where a value may mean two things: 1 in a
BOOLEAN column, and texts in DATE and DATETIME columns.
"""

from __future__ import annotations

import datetime
import io
import math
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tabular_files.columns import column_names
from tabular_files.errors import FileError, unreadable
from tabular_files.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tabular_files.table import FileSettings

_MAGIC = b"SQLite format 3\0"
_PAGE_SIZE = slice(16, 18)
"""Where the header tells the size of a page; 1 stands for 65,536."""

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:[0-5]\d(\.\d+)?)?(Z|[+-][01]\d:[0-5]\d)?", re.ASCII
)

Writer = Callable[[Any], Any]


@dataclass(kw_only=True)
class SqliteTable(Table):
    """A table or view of a database. See `read_sqlite`.

    Attributes:
        path, source: the file, and the table's name in it.
        columns: what was seen of each column, by the name that it has in the stream.
    """

    path: str
    source: str
    columns: Mapping[str, _Column]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row."""
        columns = [(name, seen.types, seen.writer()) for name, seen in self.columns.items()]
        with _open(self.path) as database:
            for row in _select(database, self.place, self.source):
                record = {}
                for (name, types, write), value in zip(columns, row, strict=True):
                    if value is not None and type(value) not in types:
                        raise FileError(
                            f"{self.place}: column {name!r} got a value of another type while it "
                            "was read. Load the file when no program writes it."
                        )
                    record[name] = None if value is None else write(value)
                yield record

    def check_keys(self) -> None:
        """See that no two primary keys are written alike, as 1 and '1' in a column of both.

        Raises:
            FileError: two are.
        """
        columns = [self.columns[name] for name in self.keys]
        if not any(len(seen.types) > 1 or seen.kind == "date-time" for seen in columns):
            return
        known: set[tuple[Any, ...]] = set()
        for row in self.rows():
            key = tuple(row[name] for name in self.keys)
            if key in known and None not in key:
                shown = ", ".join(map(repr, key))
                raise FileError(
                    f"{self.place}: two rows have the key {shown} when it is written as text. Make "
                    "the values of the key all of one type, or name another key."
                )
            known.add(key)


@dataclass
class _Column:
    """The values of a column.

    Attributes:
        declared: its type as the table declares it, in capitals; empty for none.
        types: the classes of its values, null left out.
        are_bits, are_days, are_moments: whether all of them are 0 and 1, days, or times of a day.
    """

    declared: str
    types: set[type] = field(default_factory=set)
    are_bits: bool = True
    are_days: bool = True
    are_moments: bool = True

    def add(self, value: Any) -> None:
        """Note one value that is not null."""
        self.types.add(type(value))
        self.are_bits = self.are_bits and value in {0, 1}
        if isinstance(value, str):
            self.are_days = self.are_days and _is_day(value)
            self.are_moments = self.are_moments and _is_moment(value)

    @property
    def kind(self) -> str:
        """The type that all values have; text where they have none in common."""
        if self.types == {int} and "BOOL" in self.declared and self.are_bits:
            return "boolean"
        if self.types and self.types <= {int, float}:
            return "integer" if self.types == {int} else "number"
        if self.types == {str} and "DATE" in self.declared and self.are_days:
            return "date"
        is_time = "DATETIME" in self.declared or "TIMESTAMP" in self.declared
        if self.types == {str} and is_time and self.are_moments:
            return "date-time"
        return "text"

    def schema(self) -> Mapping[str, Any]:
        """JSON Schema of the values as `writer` writes them."""
        kind = self.kind
        if kind in {"date", "date-time"}:
            return {"type": ["string", "null"], "format": kind}
        return {"type": ["string" if kind == "text" else kind, "null"]}

    def writer(self) -> Writer:
        """What turns a value into the one that the schema wants."""
        return _WRITERS.get(self.kind, _as_is)

    def notes(self) -> Iterator[str]:
        """What became of values that JSON does not have, or that have no type in common."""
        if bytes in self.types:
            yield "its BLOB values come as hexadecimal digits."
        if self.kind == "text" and len(self.types) > 1:
            names = ", ".join(sorted(_TYPE_NAMES[type_] for type_ in self.types))
            yield f"its values are {names}; all come as text."


def read_sqlite(settings: FileSettings) -> list[Table]:
    """Look at the tables of a SQLite database: every value, and the primary keys.

    Views are read if they are named in `sheets`.

    Raises:
        FileError: the file is not a database, has no such table, or holds a value unknown to JSON.
    """
    with _open(settings.path) as database:
        listed = _fetch(
            database,
            settings.path,
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
        )
        kinds = dict(listed)
        chosen = [
            name
            for name, kind in kinds.items()
            if any(fnmatchcase(name, pattern) for pattern in settings.sheets)
            or (kind == "table" and not settings.sheets)
        ]
        if not chosen:
            wanted = f"no table {' or '.join(map(repr, settings.sheets))}"
            raise FileError(
                f"{settings.path} has {wanted if settings.sheets else 'no table'}; it has "
                f"{', '.join(map(repr, kinds)) or 'nothing else'}. Name a table or view in sheets."
            )
        tables = [_look_at(database, settings.path, name) for name in chosen]
    views = [name for name, kind in kinds.items() if kind == "view" and name not in chosen]
    if views and not settings.sheets:
        tables[0].notes.append(
            f"Views are left out: {', '.join(map(repr, views))}. Name them in sheets to read them."
        )
    return tables


def _look_at(database: sqlite3.Connection, path: str, name: str) -> Table:
    place = f"{path}, table {name!r}"
    declared = _fetch(
        database, place, "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden != 1", name
    )
    seen = [_Column(str(type_).upper()) for _, type_, _ in declared]
    count = 0
    for row in _select(database, place, name):
        count += 1
        for column, value in zip(seen, row, strict=True):
            if value is None:
                continue
            if isinstance(value, float) and not math.isfinite(value):
                raise FileError(
                    f"{place} holds the number {value}, which JSON does not have. Set it to null, "
                    "or name a view in sheets that leaves it out."
                )
            column.add(value)
    names, notes = column_names(place, [column for column, _, _ in declared], range(len(declared)))
    for position, column in enumerate(seen):
        notes.extend(f"Column {names[position]!r}: {note}" for note in column.notes())
    key = sorted((pk, names[index]) for index, (_, _, pk) in enumerate(declared) if pk)
    return SqliteTable(
        name=name,
        place=place,
        properties={names[position]: column.schema() for position, column in enumerate(seen)},
        row_count=count,
        notes=notes,
        keys=tuple(column for _, column in key),
        path=path,
        source=name,
        columns={names[position]: column for position, column in enumerate(seen)},
    )


def _open(path: str) -> closing[sqlite3.Connection]:
    try:
        with Path(path).open("rb") as file:
            beginning = file.read(_PAGE_SIZE.stop)
            size = file.seek(0, io.SEEK_END)
    except OSError as error:
        raise unreadable(path, error) from None
    if not beginning.startswith(_MAGIC):
        raise FileError(f"{path} is not an SQLite database. Set format to what it is.")
    page = int.from_bytes(beginning[_PAGE_SIZE], "big")
    if size % (1 << 16 if page == 1 else page or 1):  # SQLite reads zeros behind the end
        raise FileError(f"{path} cannot be read: it ends within a page. Get a complete copy of it.")
    try:
        return closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True))
    except sqlite3.Error as error:
        raise FileError(f"{path} cannot be opened: {error}.") from None


def _select(database: sqlite3.Connection, place: str, table: str) -> Iterator[tuple[Any, ...]]:
    quoted = table.replace('"', '""')
    yield from _run(database, place, f'SELECT * FROM "{quoted}"')  # noqa: S608  (quoted)


def _fetch(
    database: sqlite3.Connection, place: str, query: str, *values: Any
) -> Sequence[tuple[Any, ...]]:
    return list(_run(database, place, query, *values))


def _run(
    database: sqlite3.Connection, place: str, query: str, *values: Any
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query.

    Raises:
        FileError: the rows cannot be read.
    """
    try:
        yield from database.execute(query, values)
    except sqlite3.Error as error:
        raise FileError(f"{place} cannot be read: {error}.") from None


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    match = _MOMENT.fullmatch(text)
    try:
        return bool(match) and bool(
            datetime.datetime.fromisoformat(text[: len("2024-08-20 10:30")])
        )
    except ValueError:
        return False


def _moment(text: str) -> str:
    return text.replace(" ", "T")


def _as_is(value: Any) -> Any:
    return value


def _as_text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


_TYPE_NAMES = {int: "integers", float: "numbers", str: "texts", bytes: "BLOBs"}

_WRITERS: Mapping[str, Writer] = {
    "boolean": bool,
    "text": _as_text,
    "date-time": _moment,
}
