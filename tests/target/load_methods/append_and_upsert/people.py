"""A stream of people, as the tests of append-only and upsert load it."""

import pytest

from tests.servers import WITH_GATEWAY
from tests.target.singer import record, schema

NEWEST = pytest.mark.servers(*WITH_GATEWAY)
"""Tests that count the calls of these, or lock rows, which only these tell."""

PEOPLE = schema("people", {"id": "integer", "name": "string", "age": "integer"}, ["id"])


def people(*ids, **cells):
    return [
        record("people", id=number, **{"name": f"n{number}", "age": number, **cells})
        for number in ids
    ]


def by_id(base):
    return {row["id"]: row for row in base.rows("people")}
