"""What stands between a connection and the application: latency, faults, the log of calls."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from seatable_sandbox.model.errors import ConnectionBroken
from seatable_sandbox.profiles.faults import LOGIN_PAGE, Fault

if TYPE_CHECKING:
    from seatable_sandbox.http.server import Server


@dataclass(frozen=True)
class Call:
    """One HTTP request.

    Attributes:
        status: What was answered; 0 where the connection broke before an answer.
        base_name: The base that it was about, where it was about one.
        connection: The number of the connection it came on; tells connections apart, and requests
            that are alike but for it are equal.
    """

    method: str
    path: str
    status: int
    base_name: str | None
    connection: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Reply:
    """What goes back.

    Attributes:
        response: The answer.
        ends: What becomes of the connection, without a word to the client: "" (it stays open),
            "close" (after the answer) or "cut" (in the middle of the body).
    """

    response: Response
    ends: str = ""


class Transport:
    """What happens to a request between its connection and the application."""

    def __init__(self, server: Server, application: Any) -> None:
        self._server = server
        self._application = application

    @property
    def idle_seconds(self) -> float:
        """How long a connection may rest between two requests."""
        return self._server.profile.idle_seconds

    def reply(self, environ: dict[str, Any], *, reused: bool) -> Reply:
        """Answer a request.

        Args:
            environ: The request, as WSGI has it.
            reused: Whether its connection has carried another one before.

        Raises:
            ConnectionBroken: instead of an answer, or because the client has gone.
        """
        request = Request(environ)
        path = request.path
        own = path == "/" or path.startswith("/sandbox/")
        fault = None if own else self._server.faults.strike(request.method, path, reused=reused)
        environ["sandbox.notes"] = {}
        if fault is not None and fault.kind == "unread":
            self._log(environ, request, None)
            raise ConnectionBroken
        # The whole body is read first: a request that is applied later still has it, and the next
        # one on this connection begins behind it.
        try:
            data = request.get_data(cache=False)
        except ClientDisconnected:
            raise ConnectionBroken from None
        environ["wsgi.input"] = io.BytesIO(data)
        environ["CONTENT_LENGTH"] = str(len(data))
        environ.pop("wsgi.input_terminated", None)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if own:
            return Reply(self._apply(environ))
        if self._server.profile.latency:
            time.sleep(self._server.profile.latency)
        answered = self._respond(environ, fault)
        self._log(environ, request, answered)
        if answered is None:
            raise ConnectionBroken
        return Reply(answered, fault.kind if fault and fault.kind in ("close", "cut") else "")

    def _log(self, environ: dict[str, Any], request: Request, answered: Response | None) -> None:
        self._server.log_call(
            Call(
                request.method,
                request.path,
                answered.status_code if answered is not None else 0,
                environ["sandbox.notes"].get("base_name"),
                environ["sandbox.connection"],
            )
        )

    def _respond(self, environ: dict[str, Any], fault: Fault | None) -> Response | None:
        """The answer, or None where the connection breaks."""
        kind = fault.kind if fault else ""
        if fault is None or kind in ("cut", "close", "expire"):
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
