"""A raw HTTP server that answers exactly what a test scripts, down to cut and reset connections."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import socketserver
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = b"\n<!DOCTYPE html><html><body>nginx</body></html>"


@dataclass(frozen=True)
class Request:
    """What arrived."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What goes back: an answer, or a way of not giving one.

    Attributes:
        ends: how the connection ends: None (it stays open), `close` (after the answer, without
            saying so), `cut` (in the middle of the body), `reset` or `drop` (instead of an answer),
            `hang` (no answer until the test ends).
        pause: seconds between two bytes of it.
    """

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    ends: str | None = None
    pause: float = 0.0

    def encoded(self) -> bytes:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **self.headers,
        }
        reason = http.client.responses.get(self.status, "Unnamed")
        head = f"HTTP/1.1 {self.status} {reason}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return head.encode("latin-1") + b"\r\n" + body


class ScriptedServer:
    """The server. `answer` is called with each request, or replies are taken from a list.

    The last reply of a list is given to every later request.
    """

    def __init__(self, answer: Callable[[Request], Reply] | list[Reply]) -> None:
        self.answer = _from_list(answer) if isinstance(answer, list) else answer
        self.requests: list[Request] = []
        self.ended = threading.Event()
        self.closed = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._connections = 0
        scripted = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with scripted._lock:
                    scripted._connections += 1
                    number = scripted._connections
                with contextlib.suppress(ConnectionError):
                    if self.request.recv(1, socket.MSG_PEEK) == b"\x16":  # TLS begins with it
                        self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                        return
                    while (request := _read(self.rfile, number)) is not None:
                        with scripted._lock:
                            scripted.requests.append(request)
                            reply = scripted.answer(request)
                        if not scripted._send(self, reply):
                            return

        self._server = socketserver.ThreadingTCPServer(
            ("127.0.0.1", 0), Handler, bind_and_activate=False
        )
        self._server.request_queue_size = 64
        self._server.daemon_threads = True
        self._server.server_bind()
        self._server.server_activate()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def _send(self, handler: socketserver.StreamRequestHandler, reply: Reply) -> bool:
        if reply.ends == "hang":
            self.ended.wait(30)
            return False
        if reply.ends == "reset":
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
            return False
        if reply.ends == "drop":
            return False
        answer = reply.encoded()
        if reply.pause:
            for number in range(len(answer)):
                handler.wfile.write(answer[number : number + 1])
                if self.ended.wait(reply.pause):
                    return False
            return True
        handler.wfile.write(answer[:-1] if reply.ends == "cut" else answer)
        if reply.ends is not None:
            handler.connection.shutdown(socket.SHUT_WR)
            self.closed.release()
        return reply.ends is None

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _from_list(replies: list[Reply]) -> Callable[[Request], Reply]:
    left = list(replies)
    return lambda _request: left.pop(0) if len(left) > 1 else left[0]


def _read(rfile: Any, connection: int) -> Request | None:
    line = rfile.readline().decode("latin-1").split()
    if not line:
        return None
    headers = {name.lower(): value for name, value in http.client.parse_headers(rfile).items()}
    target = urlsplit(line[1])
    body = rfile.read(int(headers.get("content-length", 0)))
    return Request(line[0], target.path, parse_qs(target.query), headers, body, connection)


@contextlib.contextmanager
def serving(answer: Callable[[Request], Reply] | list[Reply]) -> Iterator[ScriptedServer]:
    """A scripted server for the length of a with block."""
    server = ScriptedServer(answer)
    try:
        yield server
    finally:
        server.stop()


def closed_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


BUSY = {
    "502": Reply(502, PAGE, HTML),
    "503": Reply(503, b"", {}),
    "504": Reply(504, PAGE, HTML),
    "524 of a proxy": Reply(524, PAGE, HTML),
    "reset": Reply(ends="reset"),
    "closed without answer": Reply(ends="drop"),
    "cut body": Reply(body={"rows": [1, 2, 3]}, ends="cut"),
    "HTML with status 200": Reply(200, PAGE, HTML),
    "JSON that stops early": Reply(200, b'{"rows": ['),
    "empty success": Reply(200, b""),
    "no UTF-8": Reply(200, b'{"a": "\xff\xfe"}'),
}
"""Answers of a server, or of a proxy before it, that is not well at the moment."""
