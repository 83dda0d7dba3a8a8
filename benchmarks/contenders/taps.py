"""Programs that read a table and print its records.

python -m benchmarks.contenders.taps limit|sdk|seatable-api URL
"""

from __future__ import annotations

import gc
import json
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import requests
from seatable_api import Base
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BaseAPIPaginator

from benchmarks.dataset import LIST_PAGE, SOURCE, SQL_PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = dict[str, Any]

_TOKEN_PATH = "/api/v2.1/dtable/app-access-token/"  # noqa: S105  (a path)
_TIMEOUT = 60


def _select(after: str) -> str:
    where = f" WHERE `_id` > '{after}'" if after else ""
    return f"SELECT * FROM `{SOURCE}`{where} ORDER BY `_id` LIMIT {SQL_PAGE}"  # noqa: S608  (constants)


def _to_utc(text: str) -> str:
    time = datetime.fromisoformat(text).astimezone(timezone.utc)
    return time.isoformat(timespec="milliseconds")


def _to_record(row: Row) -> Row:
    """Change what a correct record needs, and nothing else."""
    row["_ctime"] = _to_utc(row["_ctime"])
    row["_mtime"] = _to_utc(row["_mtime"])
    if row["Ordered"]:
        row["Ordered"] = row["Ordered"][:10]
    return row


def open_base(url: str) -> tuple[str, dict[str, str]]:
    """The root URL of the base's API, and its headers."""
    token = {"Authorization": "Token benchmark"}
    answer = requests.get(url + _TOKEN_PATH, headers=token, timeout=_TIMEOUT).json()
    root = f"{url}/api-gateway/api/v2/dtables/{answer['dtable_uuid']}/"
    return root, {"Authorization": f"Token {answer['access_token']}"}


def limit(url: str) -> None:
    """The minimal tap: requests, decoding, necessary changes, encoding and writing."""
    gc.disable()  # rows have no cycles
    root, headers = open_base(url)
    session = requests.Session()
    session.headers.update(headers)
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.decode
    head, tail = b'{"type":"RECORD","stream":"Orders","record":', b"}\n"
    after = ""
    while True:
        query: dict[str, Any] = {"sql": _select(after), "convert_keys": True}
        rows = decode(session.post(f"{root}sql/", json=query, timeout=_TIMEOUT).content)["results"]
        if not rows:
            break
        after = rows[-1]["_id"]
        lines = (tail + head).join([encode(_to_record(row)) for row in rows])
        sys.stdout.buffer.write(head + lines + tail)
    sys.stdout.flush()


def seatable_api(url: str) -> None:
    """SeaTable's own client: pages through the rows and prints them."""
    base = Base("benchmark", url)
    base.auth()
    start = 0
    while rows := base.list_rows(SOURCE, start=start, limit=LIST_PAGE):
        for row in rows:
            print(json.dumps(row))  # noqa: T201  (its output)
        start += len(rows)


class _AfterLastId(BaseAPIPaginator[str]):
    def get_next(self, response: requests.Response) -> str | None:
        rows = response.json()["results"]
        return rows[-1]["_id"] if rows else None


class Orders(RESTStream[str]):
    """The table as a stream by the SDK's guide."""

    name = SOURCE.lower()
    path = ""
    primary_keys = ("_id",)
    records_jsonpath = "$.results[*]"
    http_method = "POST"
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("_id", th.StringType, required=True),
        th.Property("_ctime", th.DateTimeType),
        th.Property("_mtime", th.DateTimeType),
        th.Property("_creator", th.StringType),
        th.Property("_last_modifier", th.StringType),
        th.Property("Number", th.StringType),
        th.Property("Customer", th.StringType),
        th.Property("Note", th.StringType),
        th.Property("Amount", th.NumberType),
        th.Property("Pieces", th.NumberType),
        th.Property("Ordered", th.DateType),
        th.Property("Shipped", th.DateTimeType),
        th.Property("Status", th.StringType),
        th.Property("Tags", th.ArrayType(th.StringType)),
        th.Property("Gift", th.BooleanType),
        th.Property("Mail", th.StringType),
        th.Property(
            "Buyer",
            th.ArrayType(
                th.ObjectType(
                    th.Property("row_id", th.StringType),
                    th.Property("display_value", th.StringType),
                )
            ),
        ),
    ).to_dict()

    @property
    def url_base(self) -> str:
        """The URL of SQL."""
        return str(self.config["sql_url"])

    @property
    def http_headers(self) -> dict[str, Any]:
        """The SDK's headers and the base's token."""
        return {**super().http_headers, "Authorization": self.config["authorization"]}

    def get_new_paginator(self) -> _AfterLastId:
        """Page by id."""
        return _AfterLastId("")

    def prepare_request_payload(self, context: Any, next_page_token: str | None) -> dict[str, Any]:
        """The SELECT of a page."""
        del context
        return {"sql": _select(next_page_token or ""), "convert_keys": True}

    def post_process(self, row: Row, context: Any = None) -> Row:
        """Change what a correct record needs."""
        del context
        return _to_record(row)


class TapPlain(Tap):
    """A tap that uses the SDK without any optimization."""

    name = "tap-plain"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("sql_url", th.StringType, required=True),
        th.Property("authorization", th.StringType, required=True),
    ).to_dict()

    def discover_streams(self) -> Sequence[Orders]:
        """The stream of the table."""
        return [Orders(self)]


def sdk(url: str) -> None:
    """A tap that uses the SDK without any optimization."""
    root, headers = open_base(url)
    TapPlain(
        config={"sql_url": f"{root}sql/", "authorization": headers["Authorization"]}
    ).sync_all()


if __name__ == "__main__":
    {"limit": limit, "sdk": sdk, "seatable-api": seatable_api}[sys.argv[1]](sys.argv[2])
