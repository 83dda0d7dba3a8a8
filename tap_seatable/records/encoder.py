"""From rows as servers send them to encoded records."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat, starmap
from typing import TYPE_CHECKING, Any

from msgspec import defstruct

from seatable_client.column_types import as_json
from seatable_client.metadata import CREATED
from seatable_client.rows import CellReader
from singer_seatable.contract import GROUP_PATH
from tap_seatable.catalog import KEY
from tap_seatable.records.writer import encode_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from seatable_client.column_types import Reading
    from seatable_client.metadata import Column
    from tap_seatable.catalog import Selection

    Row = Mapping[str, Any]
    Cells = Sequence[Any]
    Completer = Callable[[Column, Sequence[str], Cells], Cells | None]


@dataclass(frozen=True)
class Page:
    """Some rows of a table as encoded records.

    Attributes:
        ids: the rows' ids.
        created: their `_ctime` in UTC; None where the server does not tell.
        encoded: the JSON of their records.
    """

    ids: Sequence[str]
    created: Sequence[str | None]
    encoded: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, keep: Sequence[bool]) -> Page:
        """The rows whose place in `keep` is true."""
        if all(keep):
            return self
        kept = [index for index, is_kept in enumerate(keep) if is_kept]
        return Page(*([values[index] for index in kept] for values in self._lists))

    def first(self, count: int) -> Page:
        """The first rows."""
        return Page(*(values[:count] for values in self._lists))

    @property
    def _lists(self) -> tuple[Sequence[Any], ...]:
        return (self.ids, self.created, self.encoded)

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
    """

    def __init__(self, selection: Selection, reading: Reading, complete: Completer) -> None:
        columns, groups = selection.columns, selection.groups
        self._sources = {name: column.name for name, column in columns.items()}
        self._columns = {column.name: column for column in (*columns.values(), CREATED, *groups)}
        self._reader = CellReader(list(self._columns.values()), reading)
        self._complete = complete
        self._groups = [column.name for column in groups]
        self._without_column = selection.without_column
        self._record = _record_maker([*self._sources, *self._without_column])

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
        fields = (*(values[source] for source in self._sources.values()), *added.values())
        records = starmap(self._record, zip(*fields, strict=True))
        return Page(ids=ids, created=values[CREATED.name], encoded=encode_all(records))

    def _values(self, name: str, ids: Sequence[str], cells: Cells) -> Cells:
        column = self._columns[name]
        completed = self._complete(column, ids, cells) if column.type == "link" else None
        if completed is not None:
            return self._reader.read(name, completed)
        return self._reader.values(name, cells)


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
