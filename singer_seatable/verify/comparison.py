"""Compares the records of a stream with the table of a warehouse.

Only hashes of the records stay in memory, by key. Their forms wait in a temporary file for those
that differ, so that a table of any size is read once at both ends.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timezone
from typing import TYPE_CHECKING, Any

import msgspec
from xxhash import xxh3_128_digest

from seatable_client.formatting import format_count
from singer_seatable.contract import TOMBSTONE_COLUMNS
from singer_seatable.verify.canonical import encode, form_of
from singer_seatable.verify.warehouse import match_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from singer_seatable.verify.canonical import Form
    from singer_seatable.verify.warehouse import WarehouseTable

SHOWN = 3
"""How many differences of each kind are shown."""

_KEPT = 10_000
"""How many rows that differ are kept to name their columns."""

_LONGEST = 200
"""Characters of a value that are shown."""


@dataclass
class TableResult:
    """What the comparison of a table has found.

    Attributes:
        stream: the stream.
        place: the table in the warehouse; empty for none.
        rows: how many rows the base has.
        rows_there: how many living rows the warehouse has.
        missing: rows that only the base has, one that it has twice included.
        unexpected: rows that only the warehouse has, one that is there twice included.
        changed: rows with one key and different values.
        missing_columns: properties that the warehouse has no column for.
        columns: how often each column differs.
        examples: some differences, a sentence each.
        notes: what else should be known, a sentence each.
    """

    stream: str
    place: str = ""
    rows: int = 0
    rows_there: int = 0
    missing: int = 0
    unexpected: int = 0
    changed: int = 0
    missing_columns: Sequence[str] = ()
    columns: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Whether both sides hold the same."""
        differences = (self.missing, self.unexpected, self.changed, self.missing_columns)
        return not any(differences)


class Comparison:
    """Compares one stream: takes its records, then reads the table.

    Args:
        stream: the name of the stream.
        properties: JSON Schema by property.
        keys: the properties that tell records apart; without any, whole rows are counted.
        table: the table; None where the warehouse has none.
        zone: the zone of date-times that the warehouse keeps without one.
        excluded: properties that are not compared.
        other_side: what messages call the warehouse.
    """

    def __init__(
        self,
        stream: str,
        properties: Mapping[str, Mapping[str, Any]],
        keys: Sequence[str],
        table: WarehouseTable | None,
        *,
        zone: tzinfo = timezone.utc,
        excluded: Sequence[str] = (),
        other_side: str = "warehouse",
    ) -> None:
        names = [
            name for name in properties if name not in TOMBSTONE_COLUMNS and name not in excluded
        ]
        self._table = table
        self._other_side = other_side
        found = list(table.columns) if table else []
        matched = match_names(names, found, owner=f"Table {table.place!r}") if table else {}
        doubles = table.doubles if table else ()
        self._result = TableResult(stream, table.place if table else "")
        if table:
            self._result.missing_columns = [name for name in names if name not in matched]
        self._columns = {name: matched[name] for name in names if name in matched}
        self._forms: dict[str, Form] = {
            name: form_of(properties[name], zone, is_double=column in doubles)
            for name, column in self._columns.items()
        }
        self._keys = list(keys) if table and set(keys) <= set(self._columns) else []
        self._key_places = [list(self._columns).index(key) for key in self._keys]
        self._file = tempfile.TemporaryFile(prefix="verify-")  # noqa: SIM115  (closed by `close`)
        self._rows: dict[bytes, tuple[bytes, int]] = {}
        self._counts: Counter[bytes] = Counter()
        self._places: dict[bytes, int] = {}
        self._end = 0
        self._doubled = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Take a record of the stream."""
        forms = [form(record.get(name)) for name, form in self._forms.items()]
        encoded = encode(forms)
        digest = xxh3_128_digest(encoded)
        if self._keys:
            key = self._key(forms)
            if key in self._rows:
                self._doubled += 1
                if self._doubled <= SHOWN:
                    self._result.examples.append(f"{_label(key)} is in the base more than once.")
            self._rows[key] = (digest, self._end)
        else:
            self._counts[digest] += 1
            self._places[digest] = self._end
        self._file.write(encoded + b"\n")
        self._end += len(encoded) + 1

    def close(self) -> None:
        """Give up the temporary file."""
        self._file.close()

    def finish(self) -> TableResult:
        """Read the table and say what differs.

        Raises:
            SeaTableError: the table cannot be read.
        """
        result = self._result
        result.rows = len(self._rows) + self._doubled + self._counts.total()
        with contextlib.closing(self):
            if self._table is None:
                result.missing = result.rows
                if result.rows:
                    result.examples.append(f"The {self._other_side} has no such table.")
                else:
                    result.notes.append(
                        f"The {self._other_side} has no such table, and needs none."
                    )
            elif self._keys:
                self._compare_by_key(self._table)
            else:
                self._compare_whole_rows(self._table)
        if result.missing_columns:
            names = ", ".join(map(repr, result.missing_columns))
            result.examples.append(f"The {self._other_side} has no column for {names}.")
        return result

    def _compare_by_key(self, table: WarehouseTable) -> None:
        result = self._result
        found: dict[bytes, bytes | None] = {}
        shown: dict[bytes, list[Any]] = {}
        doubled = 0
        for forms, is_living in self._read(table):
            key = self._key(forms)
            digest = xxh3_128_digest(encode(forms)) if is_living else None
            if found.get(key) is not None and not table.newest_wins:
                doubled += 1
                if doubled <= SHOWN:
                    result.examples.append(
                        f"{_label(key)} is in the {self._other_side} more than once."
                    )
                continue
            found[key] = digest
            shown.pop(key, None)
            if digest is not None and self._rows.get(key, (None,))[0] != digest:
                shown[key] = forms if len(shown) < _KEPT else []
        living = {key: digest for key, digest in found.items() if digest is not None}
        result.rows_there = len(living) + doubled
        unexpected = [key for key in living if key not in self._rows]
        missing = [key for key in self._rows if key not in living]
        changed = [key for key in shown if key in self._rows]
        result.missing = len(missing) + self._doubled
        result.unexpected = len(unexpected) + doubled
        result.changed = len(changed)
        for key in missing[:SHOWN]:
            result.examples.append(f"{_label(key)} is missing.")
        for key in unexpected[:SHOWN]:
            result.examples.append(f"{_label(key)} is not in the base.")
        self._describe_changes({key: shown[key] for key in changed})

    def _describe_changes(self, changed: Mapping[bytes, list[Any]]) -> None:
        result = self._result
        for index, (key, found) in enumerate(changed.items()):
            if not found:  # too many to keep them all
                continue
            stored = self._stored(self._rows[key][1])
            kept = msgspec.json.decode(encode(found))
            for name, value, other in zip(self._columns, stored, kept, strict=True):
                if value != other:
                    result.columns[name] = result.columns.get(name, 0) + 1
                    if index < SHOWN:
                        result.examples.append(
                            f"{_label(key)}: {name} is {_show(value)} in the base and "
                            f"{_show(other)} in the {self._other_side}."
                        )

    def _compare_whole_rows(self, table: WarehouseTable) -> None:
        result = self._result
        counts: Counter[bytes] = Counter()
        for forms, is_living in self._read(table):
            if not is_living:
                continue
            encoded = encode(forms)
            digest = xxh3_128_digest(encoded)
            counts[digest] += 1
            if counts[digest] > self._counts[digest]:
                result.unexpected += 1
                if result.unexpected <= SHOWN:
                    row = _show(dict(zip(self._columns, forms, strict=True)))
                    result.examples.append(f"{row} is not in the base, or not as often.")
        result.rows_there = counts.total()
        missing = self._counts - counts
        result.missing = missing.total()
        for digest in list(missing)[:SHOWN]:
            row = _show(dict(zip(self._columns, self._stored(self._places[digest]), strict=True)))
            result.examples.append(f"{row} is missing.")

    def _read(self, table: WarehouseTable) -> Iterator[tuple[list[Any], bool]]:
        """The forms of each row of the table, and whether it lives."""
        marks = table.marks
        deleted = 0
        for row in table.rows([*self._columns.values(), *marks]):
            forms = [form(row.get(self._columns[name])) for name, form in self._forms.items()]
            is_living = all(row.get(mark) is None for mark in marks)
            deleted += not is_living
            yield forms, is_living
        if deleted:
            self._result.notes.append(f"{format_count(deleted, 'row')} marked as deleted.")

    def _key(self, forms: Sequence[Any]) -> bytes:
        return encode([forms[place] for place in self._key_places])

    def _stored(self, place: int) -> list[Any]:
        self._file.seek(place)
        forms: list[Any] = msgspec.json.decode(self._file.readline())
        return forms


def _label(key: bytes) -> str:
    return f"Row {', '.join(map(_show, msgspec.json.decode(key)))}"


def _show(value: Any) -> str:
    text = "empty" if value is None else encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
