"""The answers of a base whose rows are in files."""

from __future__ import annotations

import base64
import itertools
import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from benchmarks.material import (
    FOOT,
    FORMS,
    LIST_PAGE,
    SQL_PAGE,
    USUAL,
    Index,
    describe_tables,
    source_tables,
)
from benchmarks.server.created_tables import CreatedTables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_UUID = "00000000-0000-4000-8000-{:012}"


class _Rows(msgspec.Struct):
    rows: list[msgspec.Raw]


class _Results(msgspec.Struct):
    results: list[msgspec.Raw]


class _Id(msgspec.Struct):
    row_id: str = msgspec.field(name="_id")


@dataclass(frozen=True)
class _Table:
    """The rows of a table: pages in files of a folder, or none.

    Attributes:
        folder: The folder of the dataset.
        index: Its index.
        pages: What the names of the pages begin with; empty if the table is.
    """

    folder: Path
    index: Index
    pages: str

    @property
    def rows(self) -> int:
        return self.index.rows if self.pages else 0

    def after(self, last_id: str, pages: str = "") -> bytes:
        """The page that follows a row."""
        page_after = {"": 0} | {end: number + 1 for number, end in enumerate(self.index.last_ids)}
        page = self.folder / f"{pages or self.pages}-{page_after[last_id]}"
        return page.read_bytes() if self.pages and page.exists() else _results([])


class Replay:
    """Answers calls from the files of datasets, as a base with the tables of all of them.

    Args:
        folders: The folders of the datasets.
        copies: How often the base has each source table, with names of their own.
    """

    def __init__(self, folders: Sequence[Path], copies: int = 1) -> None:
        self.created = CreatedTables()
        self._appends = itertools.count()
        self._tables: dict[str, _Table] = {}
        self._described: list[dict[str, Any]] = []
        for folder in folders:
            index = msgspec.json.decode((folder / "index").read_bytes(), type=Index)
            form = FORMS[index.form]
            described = describe_tables(form, copies)
            self._described += [
                {**table, "_id": f"{len(self._described) + number:04}"}
                for number, table in enumerate(described)
            ]
            self._tables |= {table["name"]: _Table(folder, index, "") for table in described}
            self._tables |= {
                name: _Table(folder, index, "source") for name in source_tables(form, copies)
            }
            self._tables[form.full] = _Table(folder, index, "stored")

    def select(self, statement: str) -> bytes:
        """The answer to a SELECT."""
        selected, _, rest = statement.partition(" FROM ")
        name = rest.split("`")[1]
        if name in self.created:
            return _extent(None) if "COUNT(" in selected else _results([])
        table = self._tables[name]
        if "COUNT(" in selected:
            return _extent(table)
        after = re.search(r"`_id` > '([^']*)'", rest)
        last_id = after[1] if after else ""
        if " IN (" in rest and table.pages:
            keys = re.findall(r"'([^']*)'", rest.partition(" IN (")[2].partition(")")[0])
            return self._find_rows(table, keys, last_id)
        is_part = table.pages == "source" and table.index.form == USUAL and "`Note`" not in selected
        page = table.after(last_id, "selected" if is_part and "*" not in selected else "")
        limit = re.search(r" LIMIT (\d+)", rest)
        if limit and int(limit[1]) < min(table.rows, SQL_PAGE):
            return _results(msgspec.json.decode(page, type=_Results).results[: int(limit[1])])
        return page

    @staticmethod
    def _find_rows(table: _Table, keys: list[str], after: str) -> bytes:
        """Rows of the full table by their keys, which are numbered, behind an id."""
        numbers = sorted(int(key.rpartition("-")[2]) for key in keys)
        found = []
        for page_number in sorted({row // SQL_PAGE for row in numbers}):
            page = (table.folder / f"{table.pages}-{page_number}").read_bytes()
            rows = msgspec.json.decode(page, type=_Results).results
            found += [rows[row % SQL_PAGE] for row in numbers if row // SQL_PAGE == page_number]
        if after:
            ids = msgspec.json.decode(b"[" + b",".join(map(bytes, found)) + b"]", type=list[_Id])
            found = [row for row, shown in zip(found, ids, strict=True) if shown.row_id > after]
        return _results(found)

    def list_rows(self, query: str) -> bytes:
        """A page of list-rows of a source table."""
        asked = parse_qs(query)
        table = self._tables[asked["table_name"][0]]
        start = int(asked.get("start", ["0"])[0])
        if start >= table.rows:
            return b'{"rows":[]}'
        number, part = divmod(start // LIST_PAGE, SQL_PAGE // LIST_PAGE)
        first, end = table.index.offsets[number][part : part + 2]
        with (table.folder / f"{table.pages}-{number}").open("rb") as page:
            page.seek(first)
            return b'{"rows":[' + page.read(end - 1 - first) + FOOT

    def append(self, body: bytes) -> bytes:
        """The answer to an append: a new id for each row."""
        count = len(msgspec.json.decode(body, type=_Rows).rows)
        first = next(self._appends) * LIST_PAGE
        ids = [{"_id": _row_id(first + number)} for number in range(count)]
        return msgspec.json.encode({"inserted_row_count": count, "row_ids": ids})

    def metadata(self) -> bytes:
        """All tables. The number of operations stays, so that the next run finds no change."""
        tables = [*self._described, *self.created.describe()]
        described = {"version": 7, "format_version": 9, "settings": {}, "tables": tables}
        return msgspec.json.encode({"metadata": described})

    def answer(  # noqa: PLR0911  (one return for each call)
        self, method: str, path: str, token: str, body: bytes
    ) -> bytes:
        """The answer to a call."""
        if "app-access-token" in path:
            return _access(token)
        if "/metadata" in path:
            return self.metadata()
        if "/operations" in path:
            return b'{"operations":[]}'
        if "/sql" in path:
            return self.select(msgspec.json.decode(body)["sql"])
        if "/rows" in path and method == "POST":
            return self.append(body)
        if "/rows" in path and method == "GET":
            return self.list_rows(urlsplit(path).query)
        if "/tables" in path and method == "POST":
            return self.created.create(body)
        if "-columns" in path and method == "POST":
            return self.created.add_columns(body)
        if "/rows" in path and method == "PUT":
            return b'{"success":true}'
        raise ValueError(f"The replay server has no answer to {method} {path}")


def _results(rows: list[msgspec.Raw]) -> bytes:
    return msgspec.json.encode({"success": True, "error_message": "", "results": rows})


def _extent(table: _Table | None) -> bytes:
    """The number of rows of a table, and the times of its newest ones."""
    rows = table.rows if table else 0
    changed, created = table.index.newest if table and rows else (None, None)
    stamps = FORMS[table.index.form if table else USUAL].stamps
    now = stamps.write(datetime.now(stamps.zone))
    extent = {"row_count": rows, "max_mtime": changed, "max_ctime": created, "server_now": now}
    return msgspec.json.encode({"success": True, "results": [extent]})


def _row_id(number: int) -> str:
    """An id in SeaTable's format, of 16 bytes."""
    return base64.urlsafe_b64encode(number.to_bytes(16, "big")).decode()[:22]


def _access(token: str) -> bytes:
    """The access of an API token, which ends with the number of its base if there are several."""
    number = int(re.sub(r"\D", "", token) or 0)
    uuid = _UUID.format(number)
    claims = {"exp": int(time.time()) + 86_400, "dtable_uuid": uuid, "permission": "rw"}
    body = base64.urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=").decode()
    return msgspec.json.encode({
        "access_token": f"eyJhbGciOiJIUzI1NiJ9.{body}.signature", "dtable_uuid": uuid,
        "dtable_name": f"Bench {number}", "use_api_gateway": True,
        "dtable_server": "http://localhost/dtable-server/", "workspace_id": 1, "app_name": "bench",
    })  # fmt: skip
