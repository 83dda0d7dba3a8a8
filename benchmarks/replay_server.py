"""A server that answers from files, so that its own cost is negligible.

    python -m benchmarks.replay_server FOLDER DELAY_SECONDS

prints its URL and serves one base: token, metadata, SQL pages of 10,000 rows, list-rows pages of
1,000, and appends and updates, which it discards. `/calls` answers the number of calls since the
last request of it, and the sum of the seconds that they took.
"""

from __future__ import annotations

import base64
import itertools
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from benchmarks.dataset import EMPTY, FOOT, FULL, LIST_PAGE, METADATA, NEWEST, SQL_PAGE, Index

_UUID = "00000000-0000-4000-8000-000000000000"
_NO_ROWS = msgspec.json.encode({"success": True, "results": [], "metadata": []})


class _Rows(msgspec.Struct):
    rows: list[msgspec.Raw]


class _Results(msgspec.Struct):
    results: list[msgspec.Raw]


class _Id(msgspec.Struct):
    row_id: str = msgspec.field(name="_id")


class Replay:
    """Answers calls from the files of a dataset."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = msgspec.json.decode((folder / "index").read_bytes(), type=Index)
        self._appends = itertools.count()
        self._page_after = {"": 0} | {
            last_id: number + 1 for number, last_id in enumerate(self._index.last_ids)
        }

    def select(self, statement: str) -> bytes:
        """The answer to a SELECT."""
        selected, _, rest = statement.partition(" FROM ")
        table = rest.split("`")[1]
        if "COUNT(" in selected:
            rows = 0 if table == EMPTY else self._index.rows
            newest = NEWEST if rows else None
            extent = {"row_count": rows, "max_mtime": newest, "server_now": newest}
            return msgspec.json.encode({"success": True, "results": [extent]})
        if table == EMPTY:
            return _NO_ROWS
        after = re.search(r"`_id` > '([^']*)'", rest)
        if " IN (" in rest:
            keys = re.findall(r"'([^']*)'", rest.partition(" IN (")[2].partition(")")[0])
            return self._find_rows(keys, after[1] if after else "")
        number = self._page_after[after[1] if after else ""]
        is_whole = "`Note`" in selected or "*" in selected
        name = "stored" if table == FULL else "source" if is_whole else "selected"
        page = self._folder / f"{name}-{number}"
        return page.read_bytes() if page.exists() else _NO_ROWS

    def _find_rows(self, keys: list[str], after: str) -> bytes:
        """Rows of the full table by their keys, which are numbered, behind an id."""
        numbers = sorted(int(key.rpartition("-")[2]) for key in keys)
        found = []
        for page_number in sorted({row // SQL_PAGE for row in numbers}):
            page = (self._folder / f"stored-{page_number}").read_bytes()
            rows = msgspec.json.decode(page, type=_Results).results
            found += [rows[row % SQL_PAGE] for row in numbers if row // SQL_PAGE == page_number]
        if after:
            ids = msgspec.json.decode(b"[" + b",".join(map(bytes, found)) + b"]", type=list[_Id])
            found = [row for row, shown in zip(found, ids, strict=True) if shown.row_id > after]
        return msgspec.json.encode({"success": True, "results": found})

    def list_rows(self, start: int) -> bytes:
        """A page of list-rows of the source table."""
        number, part = divmod(start // LIST_PAGE, SQL_PAGE // LIST_PAGE)
        if start >= self._index.rows:
            return b'{"rows":[]}'
        first, end = self._index.offsets[number][part : part + 2]
        with (self._folder / f"source-{number}").open("rb") as page:
            page.seek(first)
            return b'{"rows":[' + page.read(end - 1 - first) + FOOT

    def append(self, body: bytes) -> bytes:
        """The answer to an append: a new id for each row."""
        count = len(msgspec.json.decode(body, type=_Rows).rows)
        first = next(self._appends) * LIST_PAGE
        ids = [{"_id": _row_id(first + number)} for number in range(count)]
        return msgspec.json.encode({"inserted_row_count": count, "row_ids": ids})

    def answer(  # noqa: PLR0911  (one return for each call)
        self, method: str, path: str, host: str, body: bytes
    ) -> bytes:
        """The answer to a call."""
        if "app-access-token" in path:
            return msgspec.json.encode({
                "access_token": _token(), "dtable_uuid": _UUID, "use_api_gateway": True,
                "dtable_name": "Bench", "workspace_id": 1, "app_name": "bench",
                "dtable_server": f"http://{host}/dtable-server/",
            })  # fmt: skip
        if "/metadata" in path:
            return msgspec.json.encode(METADATA)
        if "/operations" in path:
            return b'{"operations":[]}'
        if "/sql" in path:
            return self.select(msgspec.json.decode(body)["sql"])
        if "/rows" in path and method == "POST":
            return self.append(body)
        if "/rows" in path and method == "GET":
            return self.list_rows(int(parse_qs(urlsplit(path).query).get("start", ["0"])[0]))
        return b'{"success":true}'


class Meter:
    """Counts calls, and the seconds from the first byte of a request to the last of its answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls, self._seconds = 0, 0.0

    def add(self, seconds: float) -> None:
        """Count a call."""
        with self._lock:
            self._calls += 1
            self._seconds += seconds

    def read(self) -> bytes:
        """Calls and seconds since the last reading, as JSON."""
        with self._lock:
            found = {"calls": self._calls, "seconds": self._seconds}
            self._calls, self._seconds = 0, 0.0
        return msgspec.json.encode(found)


def handler(replay: Replay, meter: Meter, delay: float) -> type[BaseHTTPRequestHandler]:
    """The request handler of a replay."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def answer(self) -> None:
            if self.path == "/calls":
                self._send(meter.read())
                return
            start = time.perf_counter()
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else b""
            if delay:
                time.sleep(delay)
            host = self.headers.get("Host", "")
            self._send(replay.answer(self.command, self.path, host, body))
            meter.add(time.perf_counter() - start)

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  (the library's names)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    return Handler


def _row_id(number: int) -> str:
    """An id in SeaTable's format, of 16 bytes."""
    return base64.urlsafe_b64encode(number.to_bytes(16, "big")).decode()[:22]


def _token() -> str:
    claims = {"exp": int(time.time()) + 86_400, "dtable_uuid": _UUID, "permission": "rw"}
    body = base64.urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{body}.signature"


def main() -> None:
    """Serve until killed."""
    replay = Replay(Path(sys.argv[1]))
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), handler(replay, Meter(), delay=float(sys.argv[2]))
    )
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201  (its output)
    server.serve_forever()


if __name__ == "__main__":
    main()
