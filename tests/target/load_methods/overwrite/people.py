"""A stream of people, as the tests of overwrite load it."""

from tests.target.singer import record, schema, state

PEOPLE = schema("people", {"id": "integer", "name": "string"}, ["id"])
KEYLESS = {**PEOPLE, "key_properties": []}
DONE = state({"done": 1})
REMOVED = "Nothing was removed from table 'people'"


def people(*ids, name="x"):
    return [record("people", id=number, name=name) for number in ids]


def ids(base):
    return sorted(row["id"] for row in base.rows("people"))
