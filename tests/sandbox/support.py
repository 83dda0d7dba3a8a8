"""Clients and servers for the tests of the sandbox."""

from __future__ import annotations

from typing import Any

import requests

from seatable_sandbox import Sandbox, SandboxBase

TABLE = [
    {"column_name": "Name", "column_type": "text"},
    {"column_name": "N", "column_type": "number"},
]

COLUMNS: list[dict[str, Any]] = [
    {"column_name": "Name", "column_type": "text"},
    {"column_name": "N", "column_type": "number"},
    {"column_name": "Day", "column_type": "date", "column_data": {"format": "DD.MM.YYYY HH:mm"}},
    {"column_name": "Kind", "column_type": "single-select"},
    {"column_name": "Labels", "column_type": "multiple-select"},
    {"column_name": "Good", "column_type": "checkbox"},
]


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

    def append(self, *names: str) -> requests.Response:
        """Append rows with these names to the table T."""
        rows = [{"Name": name} for name in names]
        return self.gateway("POST", "/rows/", json={"table_name": "T", "rows": rows})

    def values(self, sql: str, **body: Any) -> list[Any]:
        """The first column of a result."""
        return [next(iter(row.values())) for row in self.sql(sql, **body)]


class OldServer:
    """A v1 server with a base, a table and a client."""

    def __init__(self, profile: str = "v1", **overrides: Any) -> None:
        self.sandbox = Sandbox(profile=profile, time_zone="Europe/Berlin", **overrides)
        self.sandbox.start()
        self.base: SandboxBase = self.sandbox.create_base("B")
        self.base.create_table("T", COLUMNS)
        self.client = Client(self.sandbox, self.base)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.v1("GET", path, **more)

    def send(self, method: str, path: str, **body: Any) -> Any:
        return self.client.v1(method, path, json=body)

    def rows(self, path: str = "/rows/?table_name=T", **more: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **more)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["rows"]
        return found
