"""The server: starts and stops a thread that serves one Flask application."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from werkzeug.http import http_date

from seatable_sandbox.http.connections import HttpServer
from seatable_sandbox.http.transport import Transport
from seatable_sandbox.model import ApiError, ConversionError
from seatable_sandbox.routes import (
    error_response,
    redirect_to_slash,
    register_routes,
    unknown_path,
)

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from seatable_sandbox.routes import ServerContext

_POLL_SECONDS = 0.05


class Server:
    """Serves a context's endpoints over HTTP."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._transport = Transport(context, create_app(context))
        self._http: HttpServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve in a thread; port 0 takes a free one.

        Raises:
            OSError: The address cannot be listened on.
        """
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        idle_seconds = self._context.profile.idle_seconds
        self._http = HttpServer(host, port, self._transport.reply, idle_seconds)
        self._context.url = f"http://{host}:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )
        self._thread.start()

    def wait(self) -> None:
        """Return when the server has been stopped."""
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """End the thread, the open connections, and what would be applied or sent later."""
        self._transport.cancel_delayed()
        self._context.engine.webhooks.stop()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()


def create_app(context: ServerContext) -> Flask:
    """The application with the endpoints that the server's profile has."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    register_routes(app, context)

    @app.before_request
    def read_fault() -> None:
        g.token_expired = request.environ.get("sandbox.notes", {}).get("token_expired", False)

    @app.before_request
    def redirect() -> Response | None:
        return redirect_to_slash(context)

    @app.after_request
    def set_date(response: Response) -> Response:
        proxy_time = context.clock.timestamp() + context.profile.date_header_ahead
        response.headers["Date"] = http_date(proxy_time)
        return response

    @app.after_request
    def note_base(response: Response) -> Response:
        request.environ.get("sandbox.notes", {})["base_name"] = g.get("base_name")
        return response

    @app.errorhandler(ApiError)
    def answer_error(error: ApiError) -> Response:
        return error_response(error, context.profile.gateway_error_key)

    @app.errorhandler(ConversionError)
    @app.errorhandler(500)
    def answer_crash(error: Exception) -> Response:
        del error  # Flask has logged the traceback of an unexpected one.
        return Response("Internal Server Error\n", 500, content_type="text/plain; charset=utf-8")

    @app.errorhandler(404)
    @app.errorhandler(405)
    def answer_unknown_path(error: HTTPException) -> Response | HTTPException:
        return unknown_path(context, error)

    return app
