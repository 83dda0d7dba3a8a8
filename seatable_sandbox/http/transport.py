"""Between a connection and the application: latency, faults, the log of calls."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from seatable_sandbox.model import ConnectionBroken
from seatable_sandbox.profiles import LOGIN_PAGE, Fault
from seatable_sandbox.routes import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seatable_sandbox.routes import ServerContext

    Application = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Reply:
    """The answer to a request, and what then happens to its connection.

    Attributes:
        response: The answer.
        ending: How the connection ends, without a word to the client: "" (it stays open), "close"
            (after the answer) or "cut" (in the middle of the body).
        pause: Seconds between two bytes of the body.
    """

    response: Response
    ending: str = ""
    pause: float = 0.0


class Transport:
    """Passes requests to the application, and applies the faults that have been ordered."""

    def __init__(self, context: ServerContext, application: Application) -> None:
        self._context = context
        self._application = application
        self._timers: list[threading.Timer] = []

    def reply(self, environ: dict[str, Any], is_reused: bool) -> Reply:
        """Answer a request.

        Args:
            environ: The request, as WSGI has it.
            is_reused: Whether its connection has carried another one before.

        Raises:
            ConnectionBroken: Instead of an answer, or because the client has gone.
        """
        request = Request(environ)
        path = request.path
        is_page = path == "/" or path.startswith("/sandbox/")
        faults = self._context.faults
        fault = None if is_page else faults.take(request.method, path, is_reused=is_reused)
        environ["sandbox.notes"] = {}
        environ["sandbox.received"] = time.monotonic()
        if fault is not None and fault.kind == "unread":
            self._log(environ, request, None)
            raise ConnectionBroken
        # The whole body is read first, for requests that are applied later, and because the next
        # request on this connection begins behind it.
        try:
            data = request.get_data(cache=False)
        except ClientDisconnected:
            raise ConnectionBroken from None
        environ["wsgi.input"] = io.BytesIO(data)
        environ["CONTENT_LENGTH"] = str(len(data))
        environ.pop("wsgi.input_terminated", None)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if is_page:
            return Reply(self._apply(environ))
        if self._context.profile.latency:
            time.sleep(self._context.profile.latency)
        response = self._respond(environ, fault)
        self._log(environ, request, response)
        if response is None:
            raise ConnectionBroken
        kind = fault.kind if fault else ""
        pause = fault.seconds if fault and kind == "slow" else 0.0
        return Reply(response, kind if kind in ("close", "cut") else "", pause)

    def cancel_delayed(self) -> None:
        """Drop the requests that would be applied later."""
        for timer in self._timers:
            timer.cancel()

    def _log(self, environ: dict[str, Any], request: Request, response: Response | None) -> None:
        self._context.log_call(
            Call(
                request.method,
                request.path,
                response.status_code if response is not None else 0,
                environ["sandbox.notes"].get("base_name"),
                environ["sandbox.connection"],
                environ["sandbox.received"],
            )
        )

    def _respond(self, environ: dict[str, Any], fault: Fault | None) -> Response | None:
        """The answer, or None if the connection breaks."""
        kind = fault.kind if fault else ""
        if fault is None or kind in ("cut", "close", "expire", "slow"):
            environ["sandbox.notes"]["token_expired"] = kind == "expire"
            return self._apply(environ)
        if kind == "status":
            return _status_response(fault)
        if kind == "answer":
            self._apply(environ)
            return _status_response(fault)
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
            timer = threading.Timer(fault.seconds, self._apply, [dict(environ)])
            timer.daemon = True
            self._timers.append(timer)
            timer.start()
        return None

    def _apply(self, environ: dict[str, Any]) -> Response:
        return Response.from_app(self._application, environ, buffered=True)


def _status_response(fault: Fault) -> Response:
    data, content_type = fault.body, "application/json"
    if data is None and fault.status in (502, 503, 504):
        data = (
            f"<html><head><title>{fault.status}</title></head><body><center>nginx</center></body>"
        )
    if isinstance(data, (dict, list, int, float)):
        data = msgspec.json.encode(data)
    elif isinstance(data, str):
        content_type = "text/html" if data.lstrip().startswith("<") else "text/plain"
    response = Response(data or b"", fault.status, fault.headers, content_type=content_type)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = f"{fault.retry_after:g}"
    return response
