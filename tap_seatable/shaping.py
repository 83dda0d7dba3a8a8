"""From rows as servers send them to records, encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client import columns
from seatable_client.reading import instant
from tap_seatable.catalog import KEY
from tap_seatable.output import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatable_client.metadata import Column
    from seatable_client.reading import Reading

    Record = dict[str, Any]
    Row = Mapping[str, Any]


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
    properties: Mapping[str, Column], reading: Reading, always_null: Record
) -> Callable[[Row], Record]:
    """The function that turns a row of the server into a record.

    Every property is in every record; what the server left out is null.
    """
    plan = [
        (name, column.name, columns.reader(column, reading)) for name, column in properties.items()
    ]

    def shape(row: Row) -> Record:
        record = {name: read(row.get(source)) for name, source, read in plan}
        record.update(always_null)
        return record

    return shape


def page_shaper(shape: Callable[[Row], Record]) -> Callable[[Sequence[Row]], Page]:
    """The function that turns a page of rows into a `Page`."""

    def shape_page(rows: Sequence[Row]) -> Page:
        return Page(
            ids=[row[KEY] for row in rows],
            created=[instant(row.get("_ctime")) for row in rows],
            encoded=[encode(shape(row)) for row in rows],
        )

    return shape_page
