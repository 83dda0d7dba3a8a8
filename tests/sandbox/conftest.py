"""What the tests of the sandbox share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from seatable_sandbox import Sandbox, SandboxBase

if TYPE_CHECKING:
    from collections.abc import Iterator


class Client:
    """A plain HTTP client of one base: no retries, no interpretation."""

    def __init__(self, sandbox: Sandbox, base: SandboxBase, api_token: str | None = None) -> None:
        self.sandbox = sandbox
        self.api_token = api_token or base.api_token
        self.session = requests.Session()
        answer = self.web("GET", "/api/v2.1/dtable/app-access-token/")
        self.token_answer = answer.json()
        self.base_token = self.token_answer["access_token"]
        self.uuid = self.token_answer["dtable_uuid"]

    def web(self, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Token {self.api_token}"}
        return self.session.request(
            method, self.sandbox.url + path, headers=headers, timeout=10, **arguments
        )

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Token {self.base_token}"}
        return self.session.request(
            method,
            self.sandbox.url + path,
            headers=headers,
            timeout=10,
            allow_redirects=False,
            **arguments,
        )

    def gateway(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return self.request(method, f"/api-gateway/api/v2/dtables/{self.uuid}{path}", **arguments)

    def v1(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return self.request(method, f"/dtable-server/api/v1/dtables/{self.uuid}{path}", **arguments)

    def sql_answer(self, sql: str, **body: Any) -> requests.Response:
        return self.gateway("POST", "/sql", json={"sql": sql, "convert_keys": True, **body})

    def sql(self, sql: str, **body: Any) -> list[dict[str, Any]]:
        answer = self.sql_answer(sql, **body)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def values(self, sql: str, **body: Any) -> list[Any]:
        """The first column of a result."""
        return [next(iter(row.values())) for row in self.sql(sql, **body)]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(time_zone="Europe/Berlin") as running:
        yield running


@pytest.fixture
def base(sandbox: Sandbox) -> SandboxBase:
    return sandbox.create_base("Shop")


@pytest.fixture
def client(sandbox: Sandbox, base: SandboxBase) -> Client:
    return Client(sandbox, base)


@pytest.fixture
def connect() -> type[Client]:
    """For tests that need a server or a token of their own: `connect(sandbox, base)`."""
    return Client
