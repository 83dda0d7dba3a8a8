"""From rows as servers send them to records, encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client import columns
from seatable_client.reading import as_json, instant
from tap_seatable.catalog import GROUP_PATH, KEY
from tap_seatable.output import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from seatable_client.metadata import Column
    from seatable_client.reading import Reading

    Record = dict[str, Any]
    Row = Mapping[Any, Any]

_ABSENT = object()
"""A key that no row has."""


@dataclass(frozen=True)
class Page:
    """Some rows of a table, shaped.

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
        """The rows for which `keep` says so."""
        if all(keep):
            return self
        chosen = [at for at, kept in enumerate(keep) if kept]
        return Page(*([values[at] for at in chosen] for values in self._lists))

    def first(self, count: int) -> Page:
        """The first rows."""
        return Page(*(values[:count] for values in self._lists))

    @property
    def _lists(self) -> tuple[Sequence[Any], ...]:
        return (self.ids, self.created, self.encoded)

    @property
    def contents(self) -> list[tuple[str, bytes]]:
        """The rows as sketches take them."""
        return list(zip(self.ids, self.encoded, strict=True))


def record_shaper(
    properties: Mapping[str, Column], reading: Reading, always_null: Iterable[str]
) -> Callable[[Row], Record]:
    """The function that turns a row of the server into a record.

    Every property is in every record; what the server left out is null. Most cells are as they
    should be, so they are taken over all at once, and only the others are read.

    Args:
        properties: columns by property names.
        reading: what readers need.
        always_null: properties without a column.
    """
    names = [*properties, *always_null]
    sources = [*(column.name for column in properties.values()), *(_ABSENT for _ in always_null)]
    readers = {name: columns.reader(column, reading) for name, column in properties.items()}
    as_is = {name: columns.as_is(column) for name, column in properties.items()}
    texts = [name for name, classes in as_is.items() if classes == {str}]
    plain = [
        (name, classes | {type(None)})
        for name, classes in as_is.items()
        if classes and classes != {str}
    ]
    made = [(name, readers[name]) for name, classes in as_is.items() if not classes]

    def shape(row: Row) -> Record:
        record: Record = dict(zip(names, map(row.get, sources), strict=False))
        for name in texts:
            value = record[name]
            if value is not None and (not value or value.__class__ is not str):
                record[name] = readers[name](value)
        for name, classes in plain:
            value = record[name]
            if value.__class__ not in classes:
                record[name] = readers[name](value)
        for name, read in made:
            value = record[name]
            if value is not None:
                record[name] = read(value)
        return record

    return shape


def with_group_path(
    shape: Callable[[Row], Record], groups: Sequence[Column], reading: Reading
) -> Callable[[Row], Record]:
    """`shape`, with the values by which a view groups the row, outermost first, as text."""
    readers = [(column.name, columns.reader(column, reading)) for column in groups]

    def shape_with_path(row: Row) -> Record:
        record = shape(row)
        record[GROUP_PATH] = [as_json(read(row.get(name))) for name, read in readers]
        return record

    return shape_with_path


def page_shaper(shape: Callable[[Row], Record]) -> Callable[[Sequence[Row]], Page]:
    """The function that turns a page of rows into a `Page`."""

    def shape_page(rows: Sequence[Row]) -> Page:
        return Page(
            ids=[row[KEY] for row in rows],
            created=[instant(row.get("_ctime")) for row in rows],
            encoded=[encode(record) for record in map(shape, rows)],
        )

    return shape_page
