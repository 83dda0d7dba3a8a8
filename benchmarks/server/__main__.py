"""A server that answers from files, so that its own cost is negligible.

    python -m benchmarks.server DELAY_SECONDS COPIES FOLDER...

prints its URL and serves a base with the tables of the datasets in these folders: token, metadata,
SQL pages of 10,000 rows, list-rows pages of 1,000, new tables, and appends and updates, which it
discards. Each API token opens a base of its own, with the same tables. `/calls` answers the number
of calls since the last request of it, and the sum of the seconds that they took, and forgets the
tables that were created.
"""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.server.replay import Replay


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
                replay.created.forget()
                self._send(meter.read())
                return
            start = time.perf_counter()
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else b""
            if delay:
                time.sleep(delay)
            token = self.headers.get("Authorization", "")
            self._send(replay.answer(self.command, self.path, token, body))
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


class Server(ThreadingHTTPServer):
    """Serves many clients at once."""

    request_queue_size = 64


def main() -> None:
    """Serve until killed."""
    delay, copies, *folders = sys.argv[1:]
    replay = Replay([Path(folder) for folder in folders], int(copies))
    server = Server(("127.0.0.1", 0), handler(replay, Meter(), delay=float(delay)))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201  (its output)
    server.serve_forever()


if __name__ == "__main__":
    main()
