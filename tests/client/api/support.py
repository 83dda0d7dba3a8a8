"""Helpers for tests of a base's operations."""

from __future__ import annotations

from seatable_client.api.read_request import ReadRequest
from seatable_client.column_types import codec


def settings_of(sandbox, door, **more):
    return {"server_url": sandbox.url, "api_token": door.api_token, **more}


def read_all(base, name="T", **options):
    table = base.metadata().table(name)
    read = base.read(ReadRequest(table, codec.queryable(table.columns), **options))
    return [row for page in read.pages for row in page], read


def names(rows):
    return [row["Name"] for row in rows]
