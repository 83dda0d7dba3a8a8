"""A server that answers from files written before, so that it costs next to nothing itself.

    python -m benchmarks.replay FOLDER DELAY_SECONDS

prints its URL and serves one base: token, metadata, SQL pages of 10,000 rows, list-rows pages of
1,000, and appends and updates that are thrown away. `/calls` tells how many calls there were since
it was asked last, and what they would take alone, one after the other.
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

from benchmarks.material import EMPTY, FOOT, FULL, LIST, METADATA, NEWEST, PAGE, Index

_UUID = "00000000-0000-4000-8000-000000000000"
_NOTHING = msgspec.json.encode({"success": True, "results": [], "metadata": []})


class _Rows(msgspec.Struct):
    rows: list[msgspec.Raw]


class _Results(msgspec.Struct):
    results: list[msgspec.Raw]


class Replay:
    """What the server knows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = msgspec.json.decode((folder / "index").read_bytes(), type=Index)
        self._appends = itertools.count()
        self._page_after = {"": 0} | {last: at + 1 for at, last in enumerate(self._index.last_ids)}

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
            return _NOTHING
        if " IN (" in rest:
            return self._looked_up(re.findall(r"'([^']*)'", rest))
        after = re.search(r"`_id` > '([^']*)'", rest)
        number = self._page_after[after[1] if after else ""]
        whole = "`Note`" in selected or "*" in selected
        name = "stored" if table == FULL else "source" if whole else "third"
        page = self._folder / f"{name}-{number}"
        return page.read_bytes() if page.exists() else _NOTHING

    def _looked_up(self, keys: list[str]) -> bytes:
        """Rows of the full table by their keys, which count the rows."""
        places = sorted(int(key.rpartition("-")[2]) for key in keys)
        found = []
        for number in sorted({place // PAGE for place in places}):
            page = (self._folder / f"stored-{number}").read_bytes()
            rows = msgspec.json.decode(page, type=_Results).results
            found += [rows[place % PAGE] for place in places if place // PAGE == number]
        return msgspec.json.encode({"success": True, "results": found})

    def listed(self, start: int) -> bytes:
        """A thousand rows of the source."""
        number, at = divmod(start // LIST, PAGE // LIST)
        if start >= self._index.rows:
            return b'{"rows":[]}'
        first, end = self._index.lists[number][at : at + 2]
        with (self._folder / f"source-{number}").open("rb") as page:
            page.seek(first)
            return b'{"rows":[' + page.read(end - 1 - first) + FOOT

    def appended(self, body: bytes) -> bytes:
        """The answer to an append: as many ids as there were rows."""
        count = len(msgspec.json.decode(body, type=_Rows).rows)
        first = next(self._appends) * LIST
        ids = [{"_id": _row_id(first + number)} for number in range(count)]
        return msgspec.json.encode({"inserted_row_count": count, "row_ids": ids})

    def find(  # noqa: PLR0911  (a call, an answer)
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
            return self.appended(body)
        if "/rows" in path and method == "GET":
            return self.listed(int(parse_qs(urlsplit(path).query).get("start", ["0"])[0]))
        return b'{"success":true}'


class Meter:
    """Counts calls, and how long each took from its first byte in to its last byte out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls, self._seconds = 0, 0.0

    def note(self, seconds: float) -> None:
        """One call more."""
        with self._lock:
            self._calls += 1
            self._seconds += seconds

    def read(self) -> bytes:
        """What there was since the last time, as JSON."""
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
            began = time.perf_counter()
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else b""
            if delay:
                time.sleep(delay)
            host = self.headers.get("Host", "")
            self._send(replay.find(self.command, self.path, host, body))
            meter.note(time.perf_counter() - began)

        def _send(self, found: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  (the library's names)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _row_id(number: int) -> str:
    """An id as SeaTable makes them: 16 bytes."""
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
