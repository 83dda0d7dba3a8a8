"""A sandbox that runs in another process, and a base of it, over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import click
import requests

from seatable_sandbox.columns import COMPUTED, parse_typed

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT = 30
_PAGE = 1000
_SHOWN_IDS = 3
_FAULT = (
    ". A fault may be the cause, and the change may have been made."
    " Look at the rows before you repeat the command."
)


class RunningSandbox:
    """The server at an address, which must be a sandbox: nothing else is changed from here.

    Raises:
        click.ClickException: No sandbox answers there.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy leads to a server on this machine
        self._is_sandbox = False
        self.bases: list[dict[str, Any]] = self._list_bases()

    def request(self, method: str, path: str, token: str = "", **arguments: Any) -> Any:
        """Send a request; returns the document of the answer.

        Raises:
            click.ClickException: The request failed.
        """
        headers = {"Authorization": f"Token {token}"} if token else {}
        try:
            answer = self._session.request(
                method, self.url + path, headers=headers, timeout=TIMEOUT, **arguments
            )
            document = answer.json() if answer.content else {}
        except requests.JSONDecodeError:
            document = {}
            if self._is_sandbox and answer.ok:
                raise click.ClickException(f"The answer is no JSON{_FAULT}") from None
        except (requests.RequestException, UnicodeError):
            if self._is_sandbox:
                raise click.ClickException(f"The connection broke{_FAULT}") from None
            raise click.ClickException(
                f"No sandbox answers at {self.url}. Start one with `seatable-sandbox serve --demo`,"
                " or name its address with --url."
            ) from None
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            reason = _read_reason(document) or f"status {answer.status_code}"
            raise click.ClickException(f"The sandbox refused the request: {reason}")
        return document

    def _list_bases(self) -> list[dict[str, Any]]:
        try:
            document = self.request("GET", "/sandbox/bases")
            found: list[dict[str, Any]] = document["bases"]
        except (click.ClickException, KeyError, TypeError) as error:
            if isinstance(error, click.ClickException) and "No sandbox answers" in error.message:
                raise
            raise click.ClickException(
                f"The server at {self.url} is no sandbox, so nothing was changed."
                " Name the address of a sandbox with --url."
            ) from None
        self._is_sandbox = True
        return found

    def open_base(self, name: str | None) -> RunningBase:
        """The base of this name; without a name, the only one.

        Raises:
            click.ClickException: There is no such base, or several without a name.
        """
        names = [base["name"] for base in self.bases]
        if name is None and len(names) > 1:
            raise click.ClickException(
                f"The sandbox has several bases: {', '.join(names)}. Choose one with --base."
            )
        found = next((base for base in self.bases if name in (None, base["name"])), None)
        if found is None:
            known = f"It has: {', '.join(names)}." if names else "It has none."
            raise click.ClickException(
                f"The sandbox has no base {name!r}. {known}" if name else "The sandbox has no base."
            )
        if not found["api_token"]:
            raise click.ClickException(
                f"Base {found['name']!r} has no API token that permits writing. Make one with the"
                " account's token."
            )
        return RunningBase(self, found["api_token"])

    def reset(self) -> list[str]:
        """Let the sandbox start anew; returns the names of the bases that it has then."""
        self.request("POST", "/sandbox/reset", json={})
        return [base["name"] for base in self._list_bases()]


def _read_reason(document: Any) -> str:
    if not isinstance(document, dict):
        return ""
    found = document.get("error_message") or document.get("error_msg") or document.get("detail")
    return str(found or "").rstrip(".") + "." if found else ""


class RunningBase:
    """A base of a running sandbox, changed by the API of the server's generation."""

    def __init__(self, sandbox: RunningSandbox, api_token: str) -> None:
        self._sandbox = sandbox
        grant = sandbox.request("GET", "/api/v2.1/dtable/app-access-token/", api_token)
        self._token = grant["access_token"]
        self._is_gateway = "/api-gateway" in grant["dtable_server"]
        prefix = "/api-gateway/api/v2" if self._is_gateway else "/dtable-server/api/v1"
        self._path = f"{prefix}/dtables/{grant['dtable_uuid']}"
        self._tables: list[dict[str, Any]] = self._request("GET", "/metadata/")["metadata"][
            "tables"
        ]

    def _request(self, method: str, path: str, **arguments: Any) -> Any:
        return self._sandbox.request(method, self._path + path, self._token, **arguments)

    def _columns(self, table: str) -> list[dict[str, Any]]:
        names = [known["name"] for known in self._tables]
        for known in self._tables:
            if known["name"] == table:
                columns: list[dict[str, Any]] = known["columns"]
                return columns
        known_names = f"It has: {', '.join(names)}." if names else "It has none."
        raise click.ClickException(f"The base has no table {table!r}. {known_names}")

    def parse_cells(self, table: str, texts: Sequence[str]) -> dict[str, Any]:
        """Convert `NAME=VALUE` texts by the types of the columns.

        Raises:
            click.ClickException: There is no such table or column, or nobody can write it.
        """
        types = {column["name"]: column["type"] for column in self._columns(table)}
        cells: dict[str, Any] = {}
        for text in texts:
            name, equals, value = text.partition("=")
            while name not in types and "=" in value:  # names may contain equals signs
                more, _, value = value.partition("=")
                name = f"{name}={more}"
            if not equals:
                raise click.ClickException(f"{text!r} has no value; write it as NAME=VALUE.")
            if name not in types:
                raise click.ClickException(
                    f"Table {table!r} has no column {text.partition('=')[0]!r}."
                    f" It has: {', '.join(types)}."
                )
            if types[name] in COMPUTED:
                raise click.ClickException(
                    f"Column {name!r} is of type {types[name]} and cannot be written."
                )
            if name in cells:
                raise click.ClickException(f"Column {name!r} is given twice; give it once.")
            cells[name] = parse_typed(types[name], value)
        return cells

    def find_row(self, table: str, row: str) -> str:
        """The id of a row, given by its id or by the text of its first column.

        Raises:
            click.ClickException: There is no such row, or there are several.
        """
        first = self._columns(table)[0]["name"]
        rows = self._list_rows(table)
        found = [known for known in rows if known["_id"] == row]
        found = found or [known for known in rows if str(known.get(first)) == row]
        if len(found) == 1:
            if found[0].get("_locked"):
                # The server would skip it without a word.
                raise click.ClickException(f"Row {row!r} of table {table!r} is locked; unlock it.")
            return str(found[0]["_id"])
        if not found:
            raise click.ClickException(
                f"Table {table!r} has no row with the id or the {first} {row!r}."
            )
        shown = ", ".join(str(known["_id"]) for known in found[:_SHOWN_IDS])
        raise click.ClickException(
            f"Table {table!r} has {len(found)} rows with the {first} {row!r};"
            f" name one by its id, such as {shown}."
        )

    def _list_rows(self, table: str) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        start = 0
        while True:
            asked = {"table_name": table, "convert_keys": "true", "start": start, "limit": _PAGE}
            page = self._request("GET", "/rows/", params=asked)["rows"]
            known = len(found)
            found.update((row["_id"], row) for row in page)
            # Servers without paging answer all rows each time.
            if len(page) < _PAGE or len(found) == known:
                return list(found.values())
            start += len(page)

    def add_row(self, table: str, cells: dict[str, Any]) -> str:
        """Append a row; returns its id, or nothing where the server does not tell it."""
        if self._is_gateway:
            sent: dict[str, Any] = {"table_name": table, "rows": [cells]}
            return str(self._request("POST", "/rows/", json=sent)["row_ids"][0]["_id"])
        sent = {"table_name": table, "row": cells}
        return str(self._request("POST", "/rows/", json=sent).get("_id") or "")

    def set_cells(self, table: str, row_id: str, cells: dict[str, Any]) -> None:
        sent: dict[str, Any] = {"table_name": table, "row_id": row_id, "row": cells}
        if self._is_gateway:
            sent = {"table_name": table, "updates": [{"row_id": row_id, "row": cells}]}
        self._request("PUT", "/rows/", json=sent)

    def delete_row(self, table: str, row_id: str) -> None:
        sent: dict[str, Any] = {"table_name": table, "row_id": row_id}
        if self._is_gateway:
            sent = {"table_name": table, "row_ids": [row_id]}
        self._request("DELETE", "/rows/", json=sent)
