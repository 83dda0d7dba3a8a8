"""A tap that uses the SDK without any optimization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BaseAPIPaginator

from benchmarks.contenders.taps import record_maker, select_page
from benchmarks.material import FORMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import requests

    Row = dict[str, Any]

_SYSTEM = {
    "_id": {"type": "string"},
    "_ctime": {"type": ["string", "null"], "format": "date-time"},
    "_mtime": {"type": ["string", "null"], "format": "date-time"},
    "_creator": {"type": ["string", "null"]},
    "_last_modifier": {"type": ["string", "null"]},
}
_LINKS = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": {
            "row_id": {"type": ["string", "null"]},
            "display_value": {"type": ["string", "null"]},
        },
    },
}


class _AfterLastId(BaseAPIPaginator[str]):
    def get_next(self, response: requests.Response) -> str | None:
        rows = response.json()["results"]
        return rows[-1]["_id"] if rows else None


class TableStream(RESTStream[str]):
    """A table as a stream by the SDK's guide."""

    path = ""
    primary_keys = ("_id",)
    records_jsonpath = "$.results[*]"
    http_method = "POST"

    def __init__(self, tap: TapPlain, table: str) -> None:
        form = FORMS[tap.config["form"]]
        columns = {
            column.name: _LINKS if column.type == "link" else column.schema
            for column in form.columns
            if column.schema is not None
        }
        self._table, self._make_record = table, record_maker(form)
        schema = {"type": "object", "properties": {**_SYSTEM, **columns}, "required": ["_id"]}
        super().__init__(tap, name=table.lower(), schema=schema)

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
        return {"sql": select_page(self._table, next_page_token or ""), "convert_keys": True}

    def post_process(self, row: Row, context: Any = None) -> Row:
        """Change what a correct record needs."""
        del context
        return self._make_record(row)


class TapPlain(Tap):
    """A tap that uses the SDK without any optimization."""

    name = "tap-plain"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("sql_url", th.StringType, required=True),
        th.Property("authorization", th.StringType, required=True),
        th.Property("form", th.StringType, required=True),
        th.Property("tables", th.ArrayType(th.StringType), required=True),
    ).to_dict()

    def discover_streams(self) -> Sequence[TableStream]:
        """The streams of the tables."""
        return [TableStream(self, table) for table in self.config["tables"]]
