"""The files of a form: pages as a server sends them, and messages for targets.

    python -m benchmarks.material FORM ROWS FOLDER

writes them, the same rows every time.
"""

from __future__ import annotations

import base64
import random
import re
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.material.columns import CUSTOMERS_ID, NUMBER, Row
from benchmarks.material.stamps import Clock
from benchmarks.material.table_forms import SELECTED, USUAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.material.table_forms import Form

SQL_PAGE = 10_000
"""Rows of one page by SQL, and of the records before a STATE."""
LIST_PAGE = 1_000
"""Rows of one page of list-rows."""

SYSTEM = ("_id", "_ctime", "_mtime", "_creator", "_last_modifier")
HEAD = b'{"success":true,"error_message":"","metadata":[],"results":['
FOOT = b"]}"

_CUSTOMERS = 5000


class Index(msgspec.Struct):
    """The index of the pages, which the replay server reads.

    Attributes:
        form: The name of the form.
        rows: The number of rows.
        last_ids: The last id of each page.
        offsets: By page, the offsets of its rows 0, 1,000, …, and last the end of its last row.
        newest: The latest time of change and of creation.
    """

    form: str
    rows: int
    last_ids: list[str]
    offsets: list[list[int]]
    newest: tuple[str, str]


def row_ids(rows: int) -> list[str]:
    """Row ids, in the order in which SQL returns them."""
    source = random.Random(7)  # noqa: S311  (the same ids every time)
    raw = (source.getrandbits(128).to_bytes(16, "big") for _ in range(rows))
    return sorted(base64.urlsafe_b64encode(value).decode()[:22] for value in raw)


def describe_tables(form: Form, copies: int = 1) -> list[dict[str, Any]]:
    """The tables of a base of this form, as metadata have them."""
    columns = [column.describe(number) for number, column in enumerate(form.columns)]
    written = [
        column.describe(number, for_target=True)
        for number, column in enumerate(form.columns)
        if column.schema is not None
    ]
    tables = [(name, columns) for name in source_tables(form, copies)]
    tables += [(form.empty, written), (form.full, written)]
    described: list[dict[str, Any]] = [
        {"_id": f"{number:03}T", "name": name, "columns": own, "views": []}
        for number, (name, own) in enumerate(tables)
    ]
    customers = [NUMBER.describe(0)]
    name = f"Customers of {form.source}"
    return [*described, {"_id": CUSTOMERS_ID, "name": name, "columns": customers, "views": []}]


def source_tables(form: Form, copies: int = 1) -> list[str]:
    """The names of the tables that taps read: several have the same rows."""
    if copies == 1:
        return [form.source]
    return [f"{form.source} {number + 1}" for number in range(copies)]


def gateway_rows(form: Form, ids: list[str]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The rows of the source table, as the gateway sends them, and their records for targets."""
    source = random.Random(8)  # noqa: S311
    draw = source.randrange
    clock = Clock(form.stamps, len(ids), draw)
    user = "0123456789abcdef0123456789abcdef@auth.local"
    for index, row_id in enumerate(ids):
        created, changed = clock.times()
        row = Row(index, created, changed, draw(_CUSTOMERS), ids, form.stamps, draw)
        values: dict[str, Any] = {
            "_id": row_id,
            "_ctime": form.stamps.write(created),
            "_mtime": form.stamps.write(changed),
            "_creator": user,
            "_last_modifier": user,
        }
        record: dict[str, Any] = {}
        for number, column in enumerate(form.columns):
            is_empty = form.sparse and number > 0 and (index + number) % 3 > 0
            values[column.name] = value = None if is_empty else column.value(row)
            if column.schema is not None:
                written = None if is_empty else column.written
                record[column.name] = written(row) if written else value
        yield values, record


def write_dataset(form: Form, rows: int, folder: Path) -> None:
    """Write the files that the replay server and the targets read.

    These are pages of the source table (`source-0`, …), of its selected columns (`selected-0`, …)
    and of the full table (`stored-0`, …), the messages for targets, and the index.
    """
    folder.mkdir(parents=True, exist_ok=True)
    encode = msgspec.json.Encoder().encode
    ids = row_ids(rows)
    generated = gateway_rows(form, ids)
    last_ids = [ids[min(end, rows) - 1] for end in range(SQL_PAGE, rows + SQL_PAGE, SQL_PAGE)]
    offsets: list[list[int]] = []
    newest = ("", "")
    written = [column.name for column in form.columns if column.schema is not None]
    with (folder / "messages").open("wb") as messages:
        messages.write(encode(_schema_message(form)) + b"\n")
        for number, start in enumerate(range(0, rows, SQL_PAGE)):
            page = [next(generated) for _ in ids[start : start + SQL_PAGE]]
            newest = _latest(newest, [row for row, _ in page])
            encoded = [encode(row) for row, _ in page]
            offsets.append(_row_offsets(encoded))
            (folder / f"source-{number}").write_bytes(HEAD + b",".join(encoded) + FOOT)
            if form.name == USUAL:
                names = (*SYSTEM, *SELECTED)
                encoded = [encode({name: row[name] for name in names}) for row, _ in page]
                (folder / f"selected-{number}").write_bytes(HEAD + b",".join(encoded) + FOOT)
            encoded = [encode(_stored_row(row, record, written)) for row, record in page]
            (folder / f"stored-{number}").write_bytes(HEAD + b",".join(encoded) + FOOT)
            for _, record in page:
                line = {"type": "RECORD", "stream": form.source, "record": record}
                messages.write(encode(line) + b"\n")
            state = {"bookmarks": {form.source: {"rows": start + len(page)}}}
            messages.write(encode({"type": "STATE", "value": state}) + b"\n")
    (folder / "index").write_bytes(encode(Index(form.name, rows, last_ids, offsets, newest)))


def write_streams(form: Form, folder: Path, copies: int) -> Path:
    """Write the messages of several streams with the same records, one after the other."""
    lines = (folder / "messages").read_bytes().splitlines(keepends=True)
    old = b'"stream":' + msgspec.json.encode(form.source)
    path = folder / f"messages-{copies}"
    with path.open("wb") as messages:
        for number in range(copies):
            stream = msgspec.json.encode(f"Loads {number + 1}")
            messages.writelines(
                line.replace(old, b'"stream":' + stream, 1)
                for line in lines
                if not line.startswith(b'{"type":"STATE"')
            )
            state = {
                "bookmarks": {f"Loads {done + 1}": {"done": True} for done in range(number + 1)}
            }
            messages.write(msgspec.json.encode({"type": "STATE", "value": state}) + b"\n")
    return path


def _schema_message(form: Form) -> dict[str, Any]:
    properties = {
        column.name: column.schema for column in form.columns if column.schema is not None
    }
    key = form.columns[0].name
    schema = {"type": "object", "properties": properties, "required": [key]}
    return {"type": "SCHEMA", "stream": form.source, "schema": schema, "key_properties": [key]}


def _stored_row(row: dict[str, Any], record: dict[str, Any], written: list[str]) -> dict[str, Any]:
    """A row of the full table: dates as the gateway sends them, and texts in place of links."""
    cells = {
        name: record[name]
        if isinstance(record[name], str) and isinstance(row[name], list)
        else row[name]
        for name in written
    }
    return {**{name: row[name] for name in SYSTEM}, **cells}


def _latest(newest: tuple[str, str], rows: list[dict[str, Any]]) -> tuple[str, str]:
    """The latest change and creation: the texts of one offset are in order, but for its length."""
    changed, created = newest
    return (
        max([changed, *(row["_mtime"] for row in rows)], key=_without_offset),
        max([created, *(row["_ctime"] for row in rows)], key=_without_offset),
    )


def _without_offset(stamp: str) -> str:
    return re.split("[Z+]", stamp, maxsplit=1)[0]


def _row_offsets(encoded: list[bytes]) -> list[int]:
    """The offsets of every thousandth row of a page, and the end of its last row."""
    offsets, offset = [], len(HEAD)
    for index, row in enumerate(encoded):
        if index % LIST_PAGE == 0:
            offsets.append(offset)
        offset += len(row) + 1
    return [*offsets, offset]
