"""The memory of a catalog: which table and column each name stood for in an earlier discovery.

Meltano keeps catalogs, and people rename tables and columns. A stream stands for the id of its
table and a property for the key of its column, so both go on being filled under the names of the
catalog until discovery is run again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from singer_seatable.contract import SCHEMA_EXTENSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seatable_client.metadata import Metadata, Table, View


@dataclass(frozen=True)
class KnownColumn:
    """A column as a catalog knows it.

    Attributes:
        key: its key.
        name: what it was called.
        type: its type in SeaTable.
        options: ids by name of the options that a condition names.
    """

    key: str
    name: str
    type: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KnownStream:
    """A stream as a catalog knows it.

    Attributes:
        name: its name.
        origin: what it was made from: see `StreamPlan.origin`.
        columns: the columns that say which they are, by property.
    """

    name: str
    origin: Mapping[str, Any]
    columns: Mapping[str, KnownColumn]

    @property
    def table_name(self) -> str:
        """What the table, or the table and the view, was called."""
        return str(self.origin.get("name") or "")

    @property
    def view_id(self) -> str:
        """The id of the view; empty for a table."""
        return str(self.origin.get("view_id") or "")

    @property
    def view_name(self) -> str:
        """What the view was called; empty for a table."""
        return str(self.origin.get("view_name") or "")


class CatalogMemory:
    """The streams of a catalog that say what they were made from.

    The SDK's own classes for a catalog drop keywords that they do not know, so it is read as JSON.

    Args:
        catalog: as JSON has it; None for a run without one.
    """

    def __init__(self, catalog: Any = None) -> None:
        self._streams: dict[tuple[str, str], KnownStream] = {}
        for entry in catalog.get("streams", ()) if isinstance(catalog, dict) else ():
            stream = _parse_stream(entry)
            if stream is not None:
                place = (str(stream.origin.get("base")), str(stream.origin["id"]))
                self._streams.setdefault(place, stream)

    @property
    def origins(self) -> dict[str, Mapping[str, Any]]:
        """What each stream was made from, by its name."""
        return {stream.name: stream.origin for stream in self._streams.values()}

    def stream(self, base: str, origin: str) -> KnownStream | None:
        """The stream that was made from a table, or from a view, of a base."""
        return self._streams.get((base, origin))

    def stream_called(self, name: str) -> KnownStream | None:
        """The stream of a name, whatever table or view it was made from."""
        return next((known for known in self._streams.values() if known.name == name), None)

    def names_of(self, base: str, table: Table, metadata: Metadata) -> list[str]:
        """The names by which settings may mean a table: that of the catalog, then today's.

        Today's is another table's if the catalog knows that one by it.
        """
        former = {other.id: self._former_name(base, other) for other in metadata.tables}
        taken = {name for other, name in former.items() if other != table.id}
        today = [] if table.name in taken else [table.name]
        return list(dict.fromkeys(name for name in (former[table.id], *today) if name))

    def names_of_view(self, base: str, table: Table, view: View) -> list[str]:
        """The names by which settings may mean a view; as for tables."""
        former = {other.id: self._former_view_name(base, table, other) for other in table.views}
        taken = {name for other, name in former.items() if other != view.id}
        today = [] if view.name in taken else [view.name]
        return list(dict.fromkeys(name for name in (former[view.id], *today) if name))

    def with_former_names(self, base: str, metadata: Metadata) -> Metadata:
        """A base's structure in which renamed tables and views stand under both of their names."""
        tables = [self._with_former_views(base, table) for table in metadata.tables]
        former = [
            replace(table, name=name)
            for table in tables
            if (name := self._former_name(base, table)) and name != table.name
        ]
        return replace(metadata, tables=(*tables, *former))

    def _with_former_views(self, base: str, table: Table) -> Table:
        former = [
            replace(view, name=name)
            for view in table.views
            if (name := self._former_view_name(base, table, view)) and name != view.name
        ]
        return replace(table, views=(*table.views, *former))

    def _former_name(self, base: str, table: Table) -> str:
        stream = self.stream(base, table.id)
        return stream.table_name if stream else ""

    def _former_view_name(self, base: str, table: Table, view: View) -> str:
        place = (table.id, view.id)
        for (of_base, _), stream in self._streams.items():
            if of_base == base and (stream.origin.get("table_id"), stream.view_id) == place:
                return stream.view_name
        return ""


def _parse_stream(entry: Mapping[str, Any]) -> KnownStream | None:
    origin: Mapping[str, Any] = {}
    columns: dict[str, KnownColumn] = {}
    for breadcrumb, extension in _extensions(entry):
        if not breadcrumb:
            origin = extension
        elif extension.get("key"):
            columns[str(breadcrumb[-1])] = KnownColumn(
                str(extension["key"]),
                str(extension.get("name") or breadcrumb[-1]),
                str(extension.get("type") or ""),
                options if isinstance(options := extension.get("options"), dict) else {},
            )
    if not origin.get("id"):
        return None
    return KnownStream(str(entry.get("tap_stream_id")), origin, columns)


def _extensions(entry: Mapping[str, Any]) -> Iterator[tuple[list[Any], Mapping[str, Any]]]:
    for item in entry.get("metadata") or ():
        extension = item.get("metadata", {}).get(SCHEMA_EXTENSION)
        if isinstance(extension, dict):
            yield item.get("breadcrumb") or [], extension
