"""A stream with attachments, and what a base then has of them."""

from __future__ import annotations

import requests

from seatable_client.connection import connect
from seatable_client.files.download import Files
from tests.target.singer import schema

ANY: dict = {"type": ["string", "array", "object", "null"]}
SCHEMA = schema("t", {"id": "integer", "papers": ANY, "pictures": ANY}, ["id"])
TYPES = {"column_types": {"t": {"papers": "file", "pictures": "image"}}}


def uploads(base):
    return [call for call in base.sandbox.calls if "/upload-api/" in call.path]


def content(base, address):
    files = Files(connect(base.settings()).base)
    link = files.download_link(files.path(address) or "")
    return requests.get(link, timeout=5).content


def reasons(base):
    return [entry["reason"] for entry in base.rejections()]
