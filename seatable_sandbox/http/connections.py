"""HTTP/1.1 as SeaTable's proxy speaks it, with many requests on a connection.

Werkzeug's handler answers one request and closes. Here every answer has its length and every body
is read to its end, so that the next request begins where the last one ended.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from seatable_sandbox.model import ConnectionBroken

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_sandbox.http.transport import Reply

_NUMBERS = itertools.count(1)


class Handler(WSGIRequestHandler):
    """One connection, for as long as the client keeps it.

    Attributes:
        number: The number of the connection in this process.
        answer_count: How many requests of this connection have been answered.
    """

    protocol_version = "HTTP/1.1"
    #: An answer is sent at once, as a whole: Nagle's delay would cost 40 ms per call.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: HttpServer

    def setup(self) -> None:
        super().setup()
        self.number = next(_NUMBERS)
        self.answer_count = 0
        self.server.add_connection(self.connection)

    def finish(self) -> None:
        self.server.discard_connection(self.connection)
        with contextlib.suppress(OSError):  # the client is gone, and the answer still here
            super().finish()
        self.rfile.close()  # or the socket stays open

    def handle_one_request(self) -> None:
        self.connection.settimeout(self.server.idle_seconds)
        super().handle_one_request()

    def parse_request(self) -> bool:
        self.connection.settimeout(None)  # a request has begun
        return super().parse_request()

    def handle_expect_100(self) -> bool:
        continues = super().handle_expect_100()
        self.wfile.flush()
        return continues

    def run_wsgi(self) -> None:
        """Answer one request."""
        environ = self.make_environ()
        try:
            reply = self.server.reply(environ, self.answer_count > 0)
        except ConnectionBroken:
            self._reset()
            return
        body, status, headers = reply.response.get_wsgi_response(environ)
        data = b"".join(body)
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)  # the application set the date, by its clock
        self.send_header("Server", self.version_string())
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:  # the client asked for it
            self.send_header("Connection", "close")
        self.end_headers()
        if reply.pause:
            self._write_slowly(data, reply.pause)
        else:
            self.wfile.write(data[: len(data) // 2] if reply.ending == "cut" else data)
            self.wfile.flush()
        self.answer_count += 1
        self.close_connection |= bool(reply.ending)

    def _write_slowly(self, data: bytes, pause: float) -> None:
        """Write byte by byte, until it is all written or the client has gone."""
        with contextlib.suppress(OSError):
            for position in range(len(data)):
                self.wfile.write(data[position : position + 1])
                self.wfile.flush()
                time.sleep(pause)

    def _reset(self) -> None:
        """Close without an answer; the client sees a reset."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def make_environ(self) -> Any:
        environ = super().make_environ()
        environ["sandbox.connection"] = self.number
        return environ

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Do nothing: the log of calls has the requests."""


class HttpServer(ThreadedWSGIServer):
    """A thread per connection; when it stops, it closes the connections that are still open.

    Args:
        host: The address to listen on.
        port: The port; 0 takes a free one.
        reply: Answers a request, given its WSGI environment and whether its connection has carried
            another one before. Raises ConnectionBroken instead of an answer.
        idle_seconds: How long a connection may rest between two requests.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        host: str,
        port: int,
        reply: Callable[[dict[str, Any], bool], Reply],
        idle_seconds: float,
    ) -> None:
        self.reply = reply
        self.idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(host, port, _no_application, Handler)

    def add_connection(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def discard_connection(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def server_close(self) -> None:
        super().server_close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


def _no_application(environ: Any, start_response: Any) -> Any:  # pragma: no cover
    """The application that werkzeug's server requires; `reply` answers instead."""
    raise NotImplementedError
