"""What stands between a client and a server: encryption by an own authority, and a proxy."""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

BLOCK = 65_536
TLS_HANDSHAKE = b"\x16"


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK):
            sink.sendall(block)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _join(source: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until both sides have ended."""
    back = threading.Thread(target=_pump, args=(other, source), daemon=True)
    back.start()
    _pump(source, other)
    back.join(5)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address) -> None:
        """Nothing: clients that break off are what is tested."""


@contextlib.contextmanager
def _serve(handle) -> Iterator[int]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            handle(self.request)

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextlib.contextmanager
def encrypted(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """The port of a server that encrypts what goes to another port of this machine."""

    def handle(connection: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(connection, server_side=True) as secure,
            socket.create_connection(("127.0.0.1", port)) as plain,
        ):
            _join(secure, plain)

    with _serve(handle) as own:
        yield own


class Proxy:
    """An HTTP proxy, for CONNECT and for plain requests, each on a connection of its own.

    Args:
        user: `name:password` that it asks for; empty for none.
        refusal: the status line that it answers every request with; empty for none.

    Attributes:
        asked: the first line of each request.
    """

    def __init__(self, user: str = "", refusal: str = "") -> None:
        self._login = f"Basic {base64.b64encode(user.encode()).decode()}" if user else ""
        self._refusal = refusal
        self.asked: list[str] = []

    @contextlib.contextmanager
    def running(self) -> Iterator[int]:
        """The port of the proxy."""
        with _serve(self._handle) as port:
            yield port

    def _handle(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            block = client.recv(BLOCK)
            if not block:
                return
            head += block
            if head.startswith(TLS_HANDSHAKE):
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
        first, _, rest = head.partition(b"\r\n")
        self.asked.append(first.decode())
        refusal = self._refusal
        if self._login and f"Proxy-Authorization: {self._login}".encode() not in rest:
            refusal = "407 Proxy Authentication Required"
        if refusal:
            client.sendall(f"HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        method, target, version = first.decode().split(" ")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _join(client, server)
            return
        parts = urlsplit(target)
        path = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
        with socket.create_connection((parts.hostname, parts.port or 80)) as server:
            server.sendall(f"{method} {path} {version}\r\n".encode() + rest)
            _join(client, server)


class SocksProxy:
    """A SOCKS 5 proxy without passwords (RFC 1928), which looks names up itself.

    Attributes:
        asked: the hosts that it has connected to.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []

    @contextlib.contextmanager
    def running(self) -> Iterator[int]:
        """The port of the proxy."""
        with _serve(self._handle) as port:
            yield port

    def _handle(self, client: socket.socket) -> None:
        stream = client.makefile("rb")
        _, methods = stream.read(2)
        stream.read(methods)
        client.sendall(b"\x05\x00")
        _, _, _, kind = stream.read(4)
        by_name = 3
        if kind == by_name:
            host = stream.read(stream.read(1)[0]).decode()
        else:
            host = socket.inet_ntoa(stream.read(4))
        port = int.from_bytes(stream.read(2), "big")
        self.asked.append(host)
        with socket.create_connection((host, port)) as server:
            client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
            _join(client, server)
