"""The sandbox as the checks use it: over HTTP, as a client of either API."""

from __future__ import annotations

import json
from datetime import datetime
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode, urlsplit

from seatable_sandbox import Sandbox, SandboxBase
from tools.fidelity import library
from tools.fidelity.cases import CRASHED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

TIME_ZONE = "Europe/Berlin"
"""Of the server and of the library: a zone with summer time, ahead of UTC."""

MOMENTS = (
    "2028-02-29T12:00+00:00",
    "2028-01-02T22:30+00:00",
    "2027-12-31T23:30+00:00",
    "2027-05-31T06:00+00:00",
    "2027-01-31T12:00+00:00",
)
"""The times at which the server is asked: ends of months and years, a leap day, a Sunday, a Monday.
The newest comes first, as tokens expire when the clock goes forward."""

_BAD_REQUEST = 400


class RefusedError(Exception):
    """The sandbox has answered a harmless request with an error."""


class Server:
    """A running sandbox with one base, and the version of the library that it is held against.

    Attributes:
        name: What the server is called in what is printed and in the list of differences.
        version: The version of the library.
        profile: The profile of the sandbox.
        fields: Fields of the profile.
        filters: Whether view filters are compared.
        every: Each how manieth value is written.
    """

    name = ""
    version = ""
    profile = ""
    fields: ClassVar[Mapping[str, Any]] = {}
    filters: ClassVar[bool] = True
    every: ClassVar[int] = 1

    def __init__(self) -> None:
        self._sandbox = Sandbox(profile=self.profile, time_zone=TIME_ZONE, **self.fields)
        self._uuid = ""

    def __enter__(self) -> Self:
        self._sandbox.start()
        self.set_clock(MOMENTS[0])
        self.base: SandboxBase = self._sandbox.create_base("Fidelity")
        self._connection = HTTPConnection(urlsplit(self._sandbox.url).netloc, timeout=60)
        self._headers = {"Authorization": f"Token {self.base.api_token}"}
        answer = self._send("GET", "/api/v2.1/dtable/app-access-token/", {})
        self._uuid = answer["dtable_uuid"]
        self._headers = {
            "Authorization": f"Token {answer['access_token']}",
            "Content-Type": "application/json",
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()
        self._sandbox.stop()

    @property
    def now(self) -> int:
        """The server's time, in milliseconds since 1970."""
        return self._sandbox.clock.milliseconds()

    def set_clock(self, moment: str) -> None:
        """Set the server's clock to a time such as "2028-02-29T12:00+00:00"."""
        wanted = datetime.fromisoformat(moment).timestamp()
        self._sandbox.clock.advance(wanted - self._sandbox.clock.timestamp())

    def table(self, name: str) -> dict[str, Any]:
        """A table's structure, as the metadata has it."""
        tables: Sequence[dict[str, Any]] = self.base.metadata()["metadata"]["tables"]
        return next(table for table in tables if table["name"] == name)

    def append(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Append a row; what the server keeps of it, by column keys, or REFUSED or CRASHED."""
        raise NotImplementedError

    def complete(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """An appended row with all that the server keeps of it, its times too."""
        del table
        return dict(row)

    def rows(self, table: str, view: str | None = None) -> list[dict[str, Any]]:
        """The rows of a table or of one of its views, by column names."""
        raise NotImplementedError

    def view(self, table: str, view: str) -> list[str] | dict[str, Any]:
        """The ids of the rows of a view, or CRASHED."""
        try:
            return [row["_id"] for row in self.rows(table, view)]
        except RefusedError:
            return CRASHED

    def _send(self, method: str, path: str, query: Mapping[str, Any], sent: Any = None) -> Any:
        """One request; what it answers, REFUSED or CRASHED."""
        body = None if sent is None else json.dumps(sent).encode()
        address = f"{path.format(self._uuid)}?{urlencode(query)}"
        self._connection.request(method, address, body, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status < _BAD_REQUEST:
            return json.loads(content)
        # Flask's own page stands for an exception that nothing has caught.
        return CRASHED if response.headers.get_content_type() == "text/html" else REFUSED

    def _answer(self, path: str, query: Mapping[str, Any]) -> Any:
        found = self._send("GET", path, query)
        if found in (CRASHED, REFUSED):
            raise RefusedError(f"the sandbox refused {path} {query}")
        return found


class Gateway(Server):
    """A current server."""

    name = "gateway"
    version = library.GATEWAY
    profile = "gateway"
    _ROWS = "/api-gateway/api/v2/dtables/{}/rows/"

    def append(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Append a row by itself."""
        answer = self._send("POST", self._ROWS, {}, {"table_name": table, "rows": [row]})
        return dict(answer.get("first_row", answer))

    def rows(self, table: str, view: str | None = None) -> list[dict[str, Any]]:
        """All rows, page by page."""
        asked = {"table_name": table, "convert_keys": "true", "limit": "1000"}
        found: list[dict[str, Any]] = []
        while True:
            page = self._answer(
                self._ROWS,
                {**asked, "start": len(found), **({"view_name": view} if view else {})},
            )["rows"]
            found += page
            if len(page) < int(asked["limit"]):
                return found


class V1(Server):
    """A server of 2023 with dtable-server v1 alone."""

    name = "v1"
    version = library.V1
    profile = "v1"
    # The metadata says what formulas yield: without that, the library does not display them.
    fields: ClassVar[Mapping[str, Any]] = {
        "formula_result_type": True,
        "refuses_day_first_minutes": False,
    }
    _ROWS = "/dtable-server/api/v1/dtables/{}/rows/"

    def append(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Append a row by itself."""
        return dict(self._send("POST", self._ROWS, {}, {"table_name": table, "row": row}))

    def complete(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row as the server keeps it."""
        asked = {"table_name": table, "convert": "false"}
        return dict(self._answer(f"{self._ROWS}{row['_id']}/", asked))

    def rows(self, table: str, view: str | None = None) -> list[dict[str, Any]]:
        """All rows, page by page."""
        # Without a view, the first one applies, which lets everything through.
        asked = {"table_name": table, **({"view_name": view} if view else {})}
        found: list[dict[str, Any]] = self._answer(self._ROWS, asked)["rows"]
        return found


class NewV1(V1):
    """A server with an API gateway, asked through dtable-server v1."""

    name = "v1 of new servers"
    version = library.GATEWAY
    profile = "cloud-5.0"
    filters = False  # the same as those of the gateway
    every = 3
    fields: ClassVar[Mapping[str, Any]] = {
        "redirects_v1_reads": False,
        "v1_paging": False,
        "refuses_day_first_minutes": False,
    }


SERVERS: tuple[type[Server], ...] = (Gateway, V1, NewV1)
