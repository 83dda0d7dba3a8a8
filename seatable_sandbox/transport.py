"""The WSGI layer around the application: latency, faults, the log of calls, broken connections."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from .faults import LOGIN_PAGE, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .server import Server


@dataclass(frozen=True)
class Call:
    """One HTTP request. `status` is 0 where the connection broke before an answer."""

    method: str
    path: str
    status: int
    base_name: str | None


class Handler(WSGIRequestHandler):
    """Keep-alive without Nagle's delay, and quiet."""

    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without a date: the application writes it, by the sandbox's clock."""
        self.send_response_only(code, message)
        self.send_header("Server", self.version_string())

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Requests are in the log of calls."""

    def make_environ(self) -> Any:
        environ = super().make_environ()
        environ["sandbox.socket"] = self.connection
        return environ


class Transport:
    """The WSGI application that the server runs."""

    def __init__(self, server: Server, application: Any) -> None:
        self._server = server
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        path = request.path
        if path == "/" or path.startswith("/sandbox/"):
            own: Iterable[bytes] = self._application(environ, start_response)
            return own
        if self._server.profile.latency:
            time.sleep(self._server.profile.latency)
        # The whole body is read first: a request that is applied later still has it.
        data = request.get_data(cache=False)
        environ["wsgi.input"] = io.BytesIO(data)
        environ["CONTENT_LENGTH"] = str(len(data))
        environ.pop("wsgi.input_terminated", None)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["sandbox.notes"] = {}
        fault = self._server.faults.strike(request.method, path)
        answered = self._respond(environ, fault)
        name = environ["sandbox.notes"].get("base_name")
        status = answered.status_code if answered is not None else 0
        self._server.log_call(Call(request.method, path, status, name))
        if answered is None:
            self._break(environ)
        if fault is not None and fault.kind == "cut":
            return self._cut(environ, start_response, answered)
        answer: Iterable[bytes] = answered(environ, start_response)
        return answer

    def _respond(self, environ: dict[str, Any], fault: Fault | None) -> Any:
        """The answer, or None where the connection breaks."""
        kind = fault.kind if fault else ""
        if fault is None or kind in ("cut", "expire"):
            environ["sandbox.notes"]["token_expired"] = kind == "expire"
            return self._apply(environ)
        if kind == "status":
            return _status(fault)
        if kind == "html":
            return Response(LOGIN_PAGE, 200, content_type="text/html; charset=utf-8")
        if kind == "hang_after":
            response = self._apply(environ)
            time.sleep(fault.seconds)
            return response
        if kind == "reset_after":
            self._apply(environ)
        elif kind == "hang_before":
            time.sleep(fault.seconds)
        elif kind == "delayed_apply":
            later = threading.Timer(fault.seconds, self._apply, [dict(environ)])
            later.daemon = True
            self._server.timers.append(later)
            later.start()
        return None

    def _apply(self, environ: dict[str, Any]) -> Response:
        return Response.from_app(self._application, environ, buffered=True)

    def _break(self, environ: dict[str, Any]) -> None:
        """Break the connection hard: the client sees a reset, not an end."""
        connection = environ["sandbox.socket"]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError

    def _cut(
        self, environ: dict[str, Any], start_response: Any, response: Response
    ) -> Iterable[bytes]:
        """Half of the body, although Content-Length promises all of it."""
        data = response.get_data()
        start_response(response.status, response.headers.to_wsgi_list())
        yield data[: len(data) // 2]
        connection = environ["sandbox.socket"]
        connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError


def _status(fault: Fault) -> Response:
    data, kind = fault.body, "application/json"
    if data is None and fault.status in (502, 503, 504):
        data = (
            f"<html><head><title>{fault.status}</title></head><body><center>nginx</center></body>"
        )
    if isinstance(data, (dict, list)):
        data = msgspec.json.encode(data)
    elif isinstance(data, str):
        kind = "text/html" if data.lstrip().startswith("<") else "text/plain"
    response = Response(data or b"", fault.status, fault.headers, content_type=kind)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = f"{fault.retry_after:g}"
    return response
