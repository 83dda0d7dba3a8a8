"""Columns, and their values as the gateway sends and as other sources write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from benchmarks.material.stamps import Stamps

KEY = "Number"
CUSTOMERS_ID = "0003"
"""The id of the table that links lead to."""

STATUSES = ("new", "paid", "sent", "returned", "lost")
_OPTIONS = [
    {"id": f"{number:06}", "name": name, "color": "#FFFCB5"} for number, name in enumerate(STATUSES)
]
_TEXT = {"type": ["string", "null"]}
_LIST = {"type": ["array", "null"], "items": {"type": "string"}}
_SENTENCE = "“Leave it with the neighbours, please.”\n\n* ring twice, or three times\n* *Grüße*\n"


@dataclass(frozen=True)
class Row:
    """What the values of a row are made of.

    Attributes:
        index: Its number.
        created: When it was created, in the server's zone.
        changed: When it was changed.
        customer: The number of its customer.
        ids: The ids of all rows.
        stamps: How its server writes points in time.
        draw: Draws a number below the given one.
    """

    index: int
    created: datetime
    changed: datetime
    customer: int
    ids: Sequence[str]
    stamps: Stamps
    draw: Callable[[int], int]

    def shipped(self, days: int) -> datetime:
        """A minute after its creation, and so many days later."""
        later = timedelta(days=days, minutes=self.customer)
        return self.created.replace(second=0, microsecond=0) + later


@dataclass(frozen=True)
class Column:
    """A column of the source table, and what targets get in its place.

    Attributes:
        name: Its name.
        type: Its type in SeaTable.
        value: Its value as the gateway sends it.
        data: Its settings.
        schema: The schema of its property for targets; None if targets do not get it.
        written: Its value as another source writes it; None if that is as the gateway sends it.
        key: Its key, if it is not numbered.
    """

    name: str
    type: str
    value: Callable[[Row], Any]
    data: dict[str, Any] | None = None
    schema: dict[str, Any] | None = field(default_factory=lambda: _TEXT)
    written: Callable[[Row], Any] | None = None
    key: str = ""

    @property
    def reads_as(self) -> str:
        """What a tap makes of a value: `day`, `time`, or `same`."""
        if self.type == "date":
            return "time" if "HH" in str(self.data) else "day"
        return "time" if self.type in {"ctime", "mtime"} else "same"

    def describe(self, number: int, *, for_target: bool = False) -> dict[str, Any]:
        """The column in metadata. A target's table has texts for links, which it does not write."""
        is_text = for_target and self.type == "link"
        return {
            "key": self.key or f"{number:04}",
            "name": self.name,
            "type": "text" if is_text else self.type,
            "data": None if is_text else self.data,
        }


def date(name: str, display: str, later: int = 0) -> Column:
    """A date column of a format. The gateway sends midnights of days, whatever the format."""
    data = {"format": display}

    def minute(row: Row) -> str | None:
        return row.stamps.write(row.shipped(later)) if row.index % 5 else None

    def written_minute(row: Row) -> str | None:
        return row.stamps.write_for_targets(row.shipped(later)) if row.index % 5 else None

    def day(row: Row) -> datetime:
        midnight = row.created.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=later)

    if "HH" in display:
        schema = {"type": ["string", "null"], "format": "date-time"}
        return Column(name, "date", minute, data, schema, written_minute)
    schema = {"type": ["string", "null"], "format": "date"}
    return Column(
        name,
        "date",
        lambda row: row.stamps.write(day(row)),
        data,
        schema,
        lambda row: day(row).date().isoformat(),
    )


def single_select(name: str, step: int = 1) -> Column:
    """A column with one of five options."""
    return Column(
        name,
        "single-select",
        lambda row: STATUSES[row.index * step % 5],
        {"options": _OPTIONS},
    )


def multiple_select(name: str, step: int = 1) -> Column:
    """A column with two options in every second row."""

    def value(row: Row) -> list[str] | None:
        first = row.index * step
        return [STATUSES[first % 5], STATUSES[(first + 2) % 5]] if row.index % 2 else None

    return Column(name, "multiple-select", value, {"options": _OPTIONS}, _LIST)


def link(name: str, names: int) -> Column:
    """A column of links to so many customers."""

    def value(row: Row) -> list[dict[str, str]]:
        customers = range(row.customer, row.customer + names)
        return [
            {"row_id": row.ids[number % len(row.ids)], "display_value": f"Customer {number}"}
            for number in customers
        ]

    data = {
        "display_column_key": "0000", "table_id": "0000", "other_table_id": CUSTOMERS_ID,
        "link_id": "aB1c", "is_multiple": True, "array_type": "text", "array_data": None,
        "result_type": "array",
    }  # fmt: skip
    return Column(name, "link", value, data, written=lambda row: f"Customer {row.customer}")


def lookup(name: str, link_column: Column) -> Column:
    """A column with the names of linked customers."""
    data = {
        "formula": "lookup", "link_column_key": link_column.key, "result_type": "array",
        "array_type": "text", "array_data": None, "level1_linked_table_column_key": "0000",
    }  # fmt: skip
    return Column(
        name,
        "link-formula",
        lambda row: [entry["display_value"] for entry in link_column.value(row)],
        data,
        None,
    )


def long_text(name: str, sentences: int) -> Column:
    """A column of Markdown; two of three rows have so many sentences of it."""
    text = (_SENTENCE * sentences).strip()
    return Column(name, "long-text", lambda row: f"{row.index}: {text}" if row.index % 3 else None)


NUMBER = Column(
    KEY, "text", lambda row: f"2025-{row.index:07}", schema={"type": "string"}, key="0000"
)
CUSTOMER = Column("Customer", "text", lambda row: f"Customer {row.customer}")
AMOUNT = Column(
    "Amount",
    "number",
    lambda row: row.draw(100_000) / 100,
    {"format": "euro"},
    {"type": ["number", "null"]},
)
PIECES = Column(
    "Pieces",
    "number",
    lambda row: 1 + row.draw(19),
    {"format": "number"},
    {"type": ["integer", "null"]},
)
GIFT = Column(
    "Gift", "checkbox", lambda row: row.index % 7 == 0, schema={"type": ["boolean", "null"]}
)
MAIL = Column("Mail", "email", lambda row: f"customer{row.customer}@example.org")
CREATED = Column(
    "Created", "ctime", lambda row: row.stamps.write(row.created), schema=None, key="_ctime"
)
CHANGED = Column(
    "Changed", "mtime", lambda row: row.stamps.write(row.changed), schema=None, key="_mtime"
)
