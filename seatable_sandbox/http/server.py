"""The server: engine, tokens, limits and faults behind one Flask application."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from werkzeug.http import http_date

from seatable_sandbox.engine.engine import Engine
from seatable_sandbox.engine.file_store import Files
from seatable_sandbox.engine.tokens import Access
from seatable_sandbox.http.connections import HttpServer
from seatable_sandbox.http.transport import Call, Transport
from seatable_sandbox.model.clock import Clock
from seatable_sandbox.model.errors import ApiError, ConversionError
from seatable_sandbox.model.store import Store
from seatable_sandbox.profiles.faults import Faults
from seatable_sandbox.profiles.limits import Limits
from seatable_sandbox.routes import files, gateway, page, v1, web_api
from seatable_sandbox.routes.helpers import not_found_page, refusal
from seatable_sandbox.sql.execute import register_functions

if TYPE_CHECKING:
    from seatable_sandbox.profiles.profiles import Profile


#: So many calls are kept in the log of calls.
MOST_CALLS = 200_000


class Server:
    """One running sandbox server."""

    def __init__(self, profile: Profile, time_zone: str, database: str) -> None:
        self.profile = profile
        self.clock = Clock()
        self.engine = Engine(Store(database), profile, self.clock, time_zone)
        register_functions(self.engine)
        self.access = Access(self.engine)
        self.files = Files(self)
        self.limits = Limits(profile, self.clock)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.timers: list[threading.Timer] = []
        self._http: HttpServer | None = None
        self._thread: threading.Thread | None = None
        self._host = ""

    # Running ------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        if self._http is None:
            raise RuntimeError("the server is not running")
        return f"http://{self._host}:{self._http.server_port}"

    def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve in a thread."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._host = host
        self._http = HttpServer(host, port, Transport(self, create_app(self)))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def log_call(self, call: Call) -> None:
        """Remember a request; of a server that runs for long only the latest."""
        self.calls.append(call)
        if len(self.calls) > MOST_CALLS:
            del self.calls[: MOST_CALLS // 2]

    def wait(self) -> None:
        """Until the server is stopped."""
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        for timer in self.timers:
            timer.cancel()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
        self.engine.store.close()

    # Answers that differ by generation ----------------------------------------------------------

    def token_refusal(self, reason: str, surface: str) -> dict[str, Any]:
        """The body of the 403 for a base token."""
        if surface == "gateway":
            return {"error_message": "invalid token"}
        if reason == "expired" and self.profile.grant_answer == "4.4":
            return {"error_msg": "Token expired."}
        if surface == "deleted-rows":
            return {"error_msg": "You don't have permission to get deleted rows."}
        return {"error_msg": "You don't have permission to get data from the current table."}


def create_app(server: Server) -> Flask:
    """The application with the surfaces that the server's profile has."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(web_api.blueprint(server))
    app.register_blueprint(files.blueprint(server))
    app.register_blueprint(page.blueprint(server))
    if server.profile.gateway:
        app.register_blueprint(gateway.blueprint(server))
    if server.profile.dtable_server:
        app.register_blueprint(v1.blueprint(server))

    @app.before_request
    def remember_fault() -> None:
        g.token_expired = request.environ.get("sandbox.notes", {}).get("token_expired", False)

    @app.after_request
    def tell_the_time(response: Response) -> Response:
        response.headers["Date"] = http_date(server.clock.timestamp())
        return response

    @app.after_request
    def name_base(response: Response) -> Response:
        request.environ.get("sandbox.notes", {})["base_name"] = g.get("base_name")
        return response

    @app.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        return refusal(error)

    @app.errorhandler(ConversionError)
    def crash(error: ConversionError) -> Response:
        return Response("Internal Server Error\n", 500, content_type="text/plain; charset=utf-8")

    @app.errorhandler(500)
    def fail(error: Exception) -> Response:
        # Flask has logged the traceback already.
        return Response("Internal Server Error\n", 500, content_type="text/plain; charset=utf-8")

    @app.errorhandler(404)
    def missing(error: Exception) -> Response:
        return not_found_page()

    return app
