"""No request makes the sandbox fail by accident: a crash would pass for SeaTable's own refusal.

Schemathesis sends requests to every endpoint that are drawn from what the endpoint reads. What is
no answer but an exception fails the test. Each request finds the base as the first one found it.
"""

from __future__ import annotations

import itertools
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings

from seatable_sandbox import Sandbox
from seatable_sandbox.demo import make_demo
from seatable_sandbox.http.server import create_app
from seatable_sandbox.profiles import make_profile
from seatable_sandbox.routes import ServerContext
from tests.sandbox.routes.described_api import TABLE, Vocabulary, describe, list_endpoints
from tests.seeds import SOAK, draw_seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from seatable_sandbox import SandboxBase

SERVERS: dict[str, dict[str, Any]] = {"cloud-5.0": {"redirects_v1_reads": False}, "v1-2020": {}}
"""One server with all APIs that there have been, and the oldest one."""
EXAMPLES = 500 if SOAK else 12


def _endpoints() -> list[tuple[str, str]]:
    """The endpoints of each server; those of the oldest one that the other has, too, in a soak."""
    found = {
        name: list_endpoints(
            create_app(ServerContext(make_profile(name, **overrides), "UTC", ":memory:"))
        )
        for name, overrides in SERVERS.items()
    }
    newest, oldest = found
    if not SOAK:
        found[oldest] = [
            name for name in found[oldest] if "/dtable-server/" in name and "/rows/" in name
        ]
        # The gateway has these, too: the same code.
        shared = ("/columns/", "/column-options/", "/views/", "/tables/")
        found[newest] = [
            name
            for name in found[newest]
            if "/dtable-server/" not in name or not any(part in name for part in shared)
        ]
    return [(name, endpoint) for name, endpoints in found.items() for endpoint in endpoints]


class Server:
    """A server whose base forgets each request."""

    def __init__(self, name: str) -> None:
        self.sandbox = Sandbox(name, "Europe/Berlin", **SERVERS[name])
        self._context = self.sandbox._context
        self._context.url = "http://127.0.0.1:1"
        self.base: SandboxBase = make_demo(self.sandbox)
        self.base.enable_big_data()
        self.base.comment(self.base.rows("Every type")[0]["_id"], "Good")
        self.base.add_webhook("http://127.0.0.1:1/")
        # Of the rows that requests link, the column excludes some.
        rule = {"column_key": "0000", "filter_predicate": "contains", "filter_term": "e"}
        self.base.limit_links(TABLE, "Link", [rule])
        self.app: Flask = create_app(self._context)
        self.app.testing = True  # an exception that is no answer comes through
        stored, tickets = self._base(), self._context.files
        paths = ("", "/custom/x", "/files/2024-05/note.txt")
        self.vocabulary = Vocabulary(
            self.base, [tickets.create_ticket(stored, path) for path in paths]
        )
        tokens = self._context.tokens
        api_token = tokens.api_token(self.base.api_token)
        assert api_token is not None
        base_token = tokens.issue(stored, api_token.actor, "rw", None)
        self._tokens = {
            "/api/v2.1/dtable/": self.base.api_token,
            "/api/v2.1/workspace": self.sandbox.account_token,
            "/api/v2.1/dtables/": self.sandbox.account_token,
            "/api2/": self.sandbox.account_token,
            "": base_token,
        }

    def _base(self) -> Any:
        (stored,) = self.sandbox.bases()
        return stored

    def call(self, case: schemathesis.Case) -> Any:
        """Answer a request, read what it wrote, and forget what it changed."""
        path = case.operation.path
        if "/dtables/{uuid}/" in path:
            path = ""
        token = next(token for start, token in self._tokens.items() if path.startswith(start))
        store = self._context.store
        with store.lock:
            store.execute("BEGIN")
            try:
                answer = case.call(
                    base_url="http://localhost",
                    app=self.app,
                    headers={"Authorization": f"Token {token}"},
                )
                if answer.status_code < HTTPStatus.MULTIPLE_CHOICES and case.method != "GET":
                    self._read_all()
            finally:
                store.execute("ROLLBACK")
                store._load()
        return answer

    def _read_all(self) -> None:
        """Read each view of each table, with each API of the server."""
        base = self._context.store.base_by_uuid(self.base.uuid)
        headers = {"Authorization": f"Token {self._tokens['']}"}
        paths = [f"/dtable-server/api/v1/dtables/{self.base.uuid}/rows/"]
        if self.sandbox.profile.gateway:
            paths.append(f"/api-gateway/api/v2/dtables/{self.base.uuid}/rows/")
        for table in base.tables if base else ():
            for path, view in itertools.product(paths, table.views):
                asked = {"table_id": table.id, "view_id": view["_id"]}
                answer = self.app.test_client().get(path, query_string=asked, headers=headers)
                assert answer.status_code == HTTPStatus.OK, answer.text


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    running = {name: Server(name) for name in SERVERS}
    yield running
    for server in running.values():
        server._context.store.close()


@pytest.mark.parametrize(("name", "endpoint"), _endpoints())
def test_no_request_ends_in_a_traceback(
    name: str, endpoint: str, servers: dict[str, Server]
) -> None:
    server = servers[name]
    document = describe(server.app, server.vocabulary, endpoint)
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(document)))
    ((path, operations),) = document["paths"].items()
    (method,) = operations
    operation = schema[path][method]

    @seed(draw_seed())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        server.call(case)

    ask()
