"""The dataset of the benchmarks: rows of twelve columns, as servers send and as taps write them.

    python -m benchmarks.dataset ROWS FOLDER

writes the same rows every time. Their times are spread over a year in no order, as in a table that
people fill: hardly two rows share a time.
"""

from __future__ import annotations

import base64
import random
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = "Orders"
"""The table that taps read."""

EMPTY, FULL = "Arrivals", "Stored"
"""The tables that targets load into: one is empty, one has all rows already."""

STREAM = EMPTY
KEY = "Number"

SELECTED = (KEY, "Amount", "Ordered", "Status")
"""The columns that are selected in runs with a third of the columns."""

SQL_PAGE = 10_000
"""Rows of one page by SQL, and of the records before a STATE."""
LIST_PAGE = 1_000
"""Rows of one page of list-rows."""

_ZONE = timezone(timedelta(hours=2))
_START = datetime(2023, 9, 1, 8, tzinfo=_ZONE)
_YEAR_MS = 365 * 24 * 60 * 60 * 1000
NEWEST = "2026-01-01T00:00:00.000+02:00"

_OPTIONS = [{"id": f"{number:06}", "name": name, "color": "#FFFCB5"}
            for number, name in enumerate(["new", "paid", "sent", "returned", "lost"])]  # fmt: skip
_LINK = {
    "display_column_key": "0000", "table_id": "0000", "other_table_id": "0003", "link_id": "aB1c",
    "is_multiple": True, "array_type": "text", "array_data": None, "result_type": "array",
}  # fmt: skip

_PLAIN: list[dict[str, Any]] = [
    {"key": "0000", "name": KEY, "type": "text", "data": None},
    {"key": "c001", "name": "Customer", "type": "text", "data": None},
    {"key": "c002", "name": "Note", "type": "long-text", "data": None},
    {"key": "c003", "name": "Amount", "type": "number", "data": {"format": "euro"}},
    {"key": "c004", "name": "Pieces", "type": "number", "data": {"format": "number"}},
    {"key": "c005", "name": "Ordered", "type": "date", "data": {"format": "YYYY-MM-DD"}},
    {"key": "c006", "name": "Shipped", "type": "date", "data": {"format": "YYYY-MM-DD HH:mm"}},
    {"key": "c007", "name": "Status", "type": "single-select", "data": {"options": _OPTIONS}},
    {"key": "c008", "name": "Tags", "type": "multiple-select", "data": {"options": _OPTIONS}},
    {"key": "c009", "name": "Gift", "type": "checkbox", "data": None},
    {"key": "c010", "name": "Mail", "type": "email", "data": None},
]
COLUMNS = [*_PLAIN, {"key": "c011", "name": "Buyer", "type": "link", "data": _LINK}]
# A target does not write links, so the last column of its tables is a text.
_TARGET_COLUMNS = [*_PLAIN, {"key": "c011", "name": "Buyer", "type": "text", "data": None}]

METADATA = {
    "metadata": {
        "version": 7,
        "format_version": 9,
        "settings": {},
        "tables": [
            {"_id": "0000", "name": SOURCE, "columns": COLUMNS, "views": []},
            {"_id": "0001", "name": EMPTY, "columns": _TARGET_COLUMNS, "views": []},
            {"_id": "0002", "name": FULL, "columns": _TARGET_COLUMNS, "views": []},
            {"_id": "0003", "name": "Customers", "columns": _PLAIN[:1], "views": []},
        ],
    }
}

_TEXT = {"type": ["string", "null"]}
_NUMBER = {"type": ["number", "null"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        KEY: {"type": "string"},
        "Customer": _TEXT,
        "Note": _TEXT,
        "Amount": _NUMBER,
        "Pieces": {"type": ["integer", "null"]},
        "Ordered": {"type": ["string", "null"], "format": "date"},
        "Shipped": {"type": ["string", "null"], "format": "date-time"},
        "Status": _TEXT,
        "Tags": {"type": ["array", "null"], "items": {"type": "string"}},
        "Gift": {"type": ["boolean", "null"]},
        "Mail": _TEXT,
        "Buyer": _TEXT,
    },
    "required": [KEY],
}


SYSTEM = ("_id", "_ctime", "_mtime", "_creator", "_last_modifier")


class Index(msgspec.Struct):
    """The index of the pages, which the replay server reads.

    Attributes:
        rows: The number of rows.
        last_ids: The last id of each page.
        offsets: By page, the offsets of its rows 0, 1,000, …, and last the end of its last row.
    """

    rows: int
    last_ids: list[str]
    offsets: list[list[int]]


HEAD = b'{"success":true,"error_message":"","metadata":[],"results":['
FOOT = b"]}"


def row_ids(rows: int) -> list[str]:
    """Row ids, in the order in which SQL returns them."""
    source = random.Random(7)  # noqa: S311  (the same ids every time)
    raw = (source.getrandbits(128).to_bytes(16, "big") for _ in range(rows))
    return sorted(base64.urlsafe_b64encode(value).decode()[:22] for value in raw)


def gateway_rows(ids: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of the source table, as the gateway sends them."""
    source = random.Random(8)  # noqa: S311
    draw = source.randrange
    names = [option["name"] for option in _OPTIONS]
    user = "0123456789abcdef0123456789abcdef@auth.local"
    for index, row_id in enumerate(ids):
        created = _START + timedelta(milliseconds=draw(_YEAR_MS))
        changed = created + timedelta(milliseconds=draw(_YEAR_MS))
        ordered = created.replace(hour=0, minute=0, second=0, microsecond=0)
        shipped = created.replace(second=0, microsecond=0) + timedelta(minutes=draw(10_000))
        customer = draw(5000)
        yield {
            "_id": row_id,
            "_ctime": created.isoformat(timespec="milliseconds"),
            "_mtime": changed.isoformat(timespec="milliseconds"),
            "_creator": user,
            "_last_modifier": user,
            KEY: f"2025-{index:07}",
            "Customer": f"Customer {customer}",
            "Note": "Leave it with the neighbours, please.\n\n* ring twice" if index % 3 else None,
            "Amount": draw(100_000) / 100,
            "Pieces": draw(1, 20),
            "Ordered": ordered.isoformat(),
            "Shipped": shipped.isoformat() if index % 5 else None,
            "Status": names[index % 5],
            "Tags": [names[index % 5], names[(index + 2) % 5]] if index % 2 else None,
            "Gift": index % 7 == 0,
            "Mail": f"customer{customer}@example.org",
            "Buyer": [
                {"row_id": ids[customer % len(ids)], "display_value": f"Customer {customer}"}
            ],
        }


def to_record(row: dict[str, Any]) -> dict[str, Any]:
    """Convert a row to the record that another source would send to a target."""
    values = {name: row[name] for name in SCHEMA["properties"]}
    values["Ordered"] = values["Ordered"][:10]
    values["Buyer"] = row["Customer"]
    return values


def write_dataset(rows: int, folder: Path) -> None:
    """Write the files that the replay server and the targets read.

    These are pages of the source table (`source-0`, …), of its selected columns (`selected-0`, …)
    and of the full table (`stored-0`, …), the messages for targets, and the index.
    """
    folder.mkdir(parents=True, exist_ok=True)
    encode = msgspec.json.Encoder().encode
    ids = row_ids(rows)
    generated = gateway_rows(ids)
    index = Index(
        rows, [ids[min(end, rows) - 1] for end in range(SQL_PAGE, rows + SQL_PAGE, SQL_PAGE)], []
    )
    with (folder / "messages").open("wb") as messages:
        head = {"type": "SCHEMA", "stream": STREAM, "schema": SCHEMA, "key_properties": [KEY]}
        messages.write(encode(head) + b"\n")
        for number, start in enumerate(range(0, rows, SQL_PAGE)):
            page = [next(generated) for _ in ids[start : start + SQL_PAGE]]
            encoded = [encode(row) for row in page]
            index.offsets.append(_row_offsets(encoded))
            (folder / f"source-{number}").write_bytes(HEAD + b",".join(encoded) + FOOT)
            selected = [encode({name: row[name] for name in (*SYSTEM, *SELECTED)}) for row in page]
            (folder / f"selected-{number}").write_bytes(HEAD + b",".join(selected) + FOOT)
            stored = [encode({**row, "Buyer": row["Customer"]}) for row in page]
            (folder / f"stored-{number}").write_bytes(HEAD + b",".join(stored) + FOOT)
            for row in page:
                line = {"type": "RECORD", "stream": STREAM, "record": to_record(row)}
                messages.write(encode(line) + b"\n")
            state = {"type": "STATE", "value": {"bookmarks": {STREAM: {"rows": start + len(page)}}}}
            messages.write(encode(state) + b"\n")
    (folder / "index").write_bytes(encode(index))


def _row_offsets(encoded: list[bytes]) -> list[int]:
    """The offsets of every thousandth row of a page, and the end of its last row."""
    offsets, offset = [], len(HEAD)
    for index, row in enumerate(encoded):
        if index % LIST_PAGE == 0:
            offsets.append(offset)
        offset += len(row) + 1
    return [*offsets, offset]


if __name__ == "__main__":
    write_dataset(int(sys.argv[1]), Path(sys.argv[2]))
