"""From rows as servers send them to encoded records."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from itertools import chain, repeat, starmap
from operator import add
from typing import TYPE_CHECKING, Any

from msgspec import defstruct

from seatable_client.column_types import as_json, type_of
from seatable_client.metadata import CREATED
from seatable_client.rows import CellReader
from singer_seatable import date_times
from singer_seatable.contract import GROUP_PATH
from tap_seatable.catalog import KEY
from tap_seatable.records.writer import encode_all, encode_extension

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from seatable_client.column_types import Reading
    from seatable_client.metadata import Column
    from tap_seatable.catalog import Selection

    Row = Mapping[str, Any]
    Cells = Sequence[Any]
    Completer = Callable[[Column, Sequence[str], Cells], Cells | None]


_COUNTER = re.compile(r"([0-9]+)$")


@dataclass(frozen=True)
class Page:
    """Some rows of a table as encoded records.

    Attributes:
        ids: the rows' ids.
        created: their `_ctime` in UTC; None where the server does not tell.
        places: by what rows are brought into the order of their creation; None where the server
            does not tell.
        encoded: the JSON of their records; behind it what stands beside them in their messages.
    """

    ids: Sequence[str]
    created: Sequence[str | None]
    places: Sequence[str | None]
    encoded: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, keep: Sequence[bool]) -> Page:
        """The rows whose place in `keep` is true."""
        if all(keep):
            return self
        kept = [index for index, is_kept in enumerate(keep) if is_kept]
        return Page(*([values[index] for index in kept] for values in self.lists))

    def part(self, start: int, end: int) -> Page:
        """The rows from one place up to another."""
        return Page(*(values[start:end] for values in self.lists))

    def in_order(self) -> Sequence[bytes]:
        """The records in the order of creation of their rows; as they are where it is not known.

        Only the records: to bring a list into another order takes longer than to make it, because
        it fetches each object from another place in memory.
        """
        if None in self.places:
            return self.encoded
        order = sorted(range(len(self)), key=self.places.__getitem__)  # type: ignore[arg-type]
        return list(map(self.encoded.__getitem__, order))

    @classmethod
    def joined(cls, pages: Sequence[Page]) -> Page:
        """The rows of several pages."""
        lists = zip(*(page.lists for page in pages), strict=True)
        return cls(*(list(chain.from_iterable(values)) for values in lists))

    @property
    def lists(self) -> tuple[Sequence[Any], ...]:
        """What is known of the rows, a list each."""
        return (self.ids, self.created, self.places, self.encoded)

    @property
    def contents(self) -> list[tuple[str, bytes]]:
        """Ids and encoded records, as sketches take them."""
        return list(zip(self.ids, self.encoded, strict=True))


class RecordEncoder:
    """Turns pages of rows, as servers send them, into records.

    Every property is in every record; what the server left out is null.

    Args:
        selection: the properties of a record.
        reading: zone and counts for the readers of cells.
        complete: adds the links that do not fit into cells, given a column, the rows' ids and the
            cells; returns None where no link is missing.
        in_utc: whether date-times are emitted in UTC, with their offsets beside the record.
    """

    def __init__(
        self,
        selection: Selection,
        reading: Reading,
        complete: Completer,
        *,
        in_utc: bool = False,
    ) -> None:
        columns, groups = selection.columns, selection.groups
        self._sources = {name: column.name for name, column in columns.items()}
        self._columns = {column.name: column for column in (*columns.values(), CREATED, *groups)}
        self._reader = CellReader(list(self._columns.values()), reading)
        self._complete = complete
        self._groups = [column.name for column in groups]
        self._without_column = selection.without_column
        self._record = _record_maker([*self._sources, *self._without_column])
        types = {name: type_of(column) for name, column in self._columns.items()}
        self._number = next((name for name, own in types.items() if own.numbers_rows), None)
        self._links = frozenset(name for name, own in types.items() if own.is_link)
        self._moments = selection.moments if in_utc else []
        self._extension = functools.lru_cache(maxsize=4096)(self._encode_offsets)

    def __call__(self, rows: Sequence[Row]) -> Page:
        """The rows as a page of records."""
        cells = self._reader.cells(rows)
        ids = cells[KEY]
        values = {name: self._values(name, ids, found) for name, found in cells.items()}
        added: dict[str, Iterable[Any]] = {
            name: repeat(None, len(rows)) for name in self._without_column
        }
        if self._groups:
            added[GROUP_PATH] = _paths([values[name] for name in self._groups])
        fields = {name: values[source] for name, source in self._sources.items()} | added
        offsets: list[Sequence[Any]] = []
        for name in self._moments:
            fields[name], known = date_times.split(list(fields[name]))
            offsets.append(known)
        encoded = encode_all(starmap(self._record, zip(*fields.values(), strict=True)))
        if offsets:
            encoded = list(starmap(add, zip(encoded, self._extensions(offsets), strict=True)))
        created = values[CREATED.name]
        numbers = values[self._number] if self._number else None
        places = created
        if numbers is not None:
            places = list(starmap(_place, zip(created, numbers, strict=True)))
        return Page(ids, created, places, encoded)

    def _extensions(self, offsets: Sequence[Sequence[Any]]) -> Iterator[bytes]:
        """What stands behind each record in its message; rows of a page differ in few of them."""
        rows = list(zip(*offsets, strict=True))
        encoded = {row: self._extension(*row) for row in set(rows)}
        return map(encoded.__getitem__, rows)

    def _encode_offsets(self, *offsets: Any) -> bytes:
        known = zip(self._moments, offsets, strict=True)
        return encode_extension({name: offset for name, offset in known if offset is not None})

    def _values(self, name: str, ids: Sequence[str], cells: Cells) -> Cells:
        if name in self._links:
            completed = self._complete(self._columns[name], ids, cells)
            if completed is not None:
                return self._reader.read(name, completed)
        return self._reader.values(name, cells)


def _place(created: str | None, number: str | None) -> str | None:
    """The place of a row: rows that were added by one call differ in their automatic number only.

    It counts up at the end of a text such as `INV-0012`.
    """
    match = _COUNTER.search(number or "")
    return f"{created} {match[1]:0>20}" if created and match else created


def _paths(groups: Sequence[Sequence[Any]]) -> Iterator[list[str | None]]:
    """For each row, the values by which it is grouped, as text."""
    return (list(map(as_json, path)) for path in zip(*groups, strict=True))


def _record_maker(names: Sequence[str]) -> Callable[..., Any]:
    """Make a function that returns an object with these names in JSON, given its values."""
    fields = {f"value_{index}": name for index, name in enumerate(names)}
    try:
        return defstruct("Record", list(fields), rename=fields, gc=False)
    except ValueError:  # msgspec takes no names with quotes, backslashes or control characters
        return lambda *values: dict(zip(names, values, strict=True))
