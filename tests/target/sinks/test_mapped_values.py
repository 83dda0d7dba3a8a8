"""Stream maps of the target: values arrive as if the source had applied the maps."""

import datetime
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.singerlib.json import serialize_json

from target_seatable.sinks.mapped_values import json_value
from tests.target.singer import record, schema, state

STREAM = schema("t", {"id": "integer", "name": "string", "price": "number"}, ["id"])
RECORDS = [record("t", id=1, name="a", price=2.5), record("t", id=2, name="bb", price=10)]

MAPS: dict[str, list[Any]] = {
    "datetime.date(2024, 6, id)": ["2024-06-01", "2024-06-02"],
    "datetime.datetime(2024, 6, id, 10, 20).date()": ["2024-06-01", "2024-06-02"],
    "datetime.datetime(2024, 6, id, 10, 20)": ["2024-06-01 10:20", "2024-06-02 10:20"],
    "datetime.timedelta(days=id)": ["1 day, 0:00:00", "2 days, 0:00:00"],
    "datetime.time(10, id)": ["10:01:00", "10:02:00"],
    "price * id": [2.5, 20],
    "float(price)": [2.5, 10],
    "id * 2": [2, 4],
    "id > 1": [False, True],
    "[id, datetime.date(2024, 6, id)]": ['[1, "2024-06-01"]', '[2, "2024-06-02"]'],
    "name + '!'": ["a!", "bb!"],
}


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("expression", MAPS)
def test_what_an_expression_yields_is_stored(base, expression):
    maps = {"t": {"made": expression}}
    base.load(STREAM, *RECORDS, state({"n": 1}), stream_maps=maps)
    assert base.rejections() == []
    made = [row["made"] for row in base.rows("t")]
    if base.columns("t")["made"] == "date":  # the server shows days as midnight in its zone
        made = [cell.replace("T", " ")[: len(MAPS[expression][0])] for cell in made]
    assert made == MAPS[expression]
    base.load(STREAM, *RECORDS, state({"n": 1}), stream_maps=maps)
    assert base.writes == []


@pytest.mark.servers("gateway")
def test_a_date_in_place_of_a_text(base):
    """The type of an existing property is that of the source."""
    maps = {"t": {"name": "datetime.datetime(2024, 6, id, 10, 20)", "price": "price * 2"}}
    base.load(STREAM, *RECORDS, state({"n": 1}), stream_maps=maps)
    assert [row["price"] for row in base.rows("t")] == [5, 20]
    assert [row["name"][:10] for row in base.rows("t")] == ["2024-06-01", "2024-06-02"]


@pytest.mark.servers("gateway")
def test_a_wrong_value_of_the_source_is_rejected_as_without_a_map(base, caplog):
    wrong = record("t", id=3, name=7, price=1)
    sentence = base.fails(caplog, STREAM, wrong, stream_maps={"t": {"made": "id"}})
    assert "name" in sentence


OBJECTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.times()
    | st.timedeltas()
    | st.uuids(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(value=OBJECTS)
def test_objects_become_what_the_sdk_writes_for_them(value):
    written = json.loads(serialize_json({"value": value}), parse_float=Decimal)
    again = json.loads(serialize_json({"value": json_value(value)}), parse_float=Decimal)
    assert again == written
    assert _classes(json_value(value)) <= {type(None), bool, int, str, Decimal, list, dict}


def _classes(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {type(value)}.union(*map(_classes, inside))


def test_a_uuid_is_its_text():
    identifier = uuid.UUID(int=7)
    assert json_value([identifier, datetime.date(2024, 6, 5)]) == [str(identifier), "2024-06-05"]


GOODS = schema("s", {"id": "integer", "name": "string", "n": "integer"}, ["id"])
DELETED = record("s", id=2, name=None, n=None, _sdc_deleted_at="2024-01-01T00:00:00Z")
LACKING = record("s", id=2, _sdc_deleted_at="2024-01-01T00:00:00Z")


def load_and_delete(base, rules, deleted, **config):
    config = {"stream_maps": {"s": rules}, "hard_delete": True, **config}
    rows = [record("s", id=number, name=f"x{number}", n=number) for number in range(4)]
    base.load(GOODS, *rows, **config)
    before = base.rows("s")
    base.load(GOODS, deleted, **config)
    return before


@pytest.mark.parametrize("deleted", [DELETED, LACKING])
@pytest.mark.parametrize(
    "rules",
    [
        {"__filter__": "n == 2 or name > ''"},
        {"__filter__": "record['name'] != None"},
        {"name": "name.upper()"},
        {"id": "id + 7"},
        {"__else__": None, "id": "id", "n": "n"},
    ],
)
def test_a_deleted_row_that_a_map_let_through_is_deleted(base, rules, deleted):
    """A filter would leave out the record of its deletion, which has no values, and keep it."""
    before = load_and_delete(base, rules, deleted)
    assert [row["n"] for row in before] == [0, 1, 2, 3]
    assert [row["n"] for row in base.rows("s")] == [0, 1, 3]
    assert base.rejections() == []


@pytest.mark.parametrize("deleted", [DELETED, LACKING])
@pytest.mark.parametrize("key", ["str(name)", "int(n or 0)", "f'{id} {name}'"])
def test_no_other_row_is_taken_for_the_deleted_one(base, key, deleted):
    rules = {"key": key, "__key_properties__": ["key"]}
    before = load_and_delete(base, rules, deleted, max_rejected_records=1)
    assert base.rows("s") == before
    [rejected] = base.rejections()
    assert rejected["record"]["id"] == 2


@pytest.mark.parametrize(
    "rules", [{"__else__": None, "id": "id", "name": "name"}, {"_deleted_at": None}]
)
def test_a_deleted_row_whose_mark_a_map_drops_keeps_its_values(base, caplog, rules):
    """Nulls in all cells would be neither the row nor its deletion."""
    goods = schema("s", {"id": "integer", "name": "string", "_deleted_at": "string"}, ["id"])
    base.load(goods, record("s", id=2, name="x"), stream_maps={"s": rules})
    gone = record("s", id=2, name=None, _deleted_at="2024-01-01T00:00:00Z")
    base.load(goods, gone, gone, stream_maps={"s": rules}, hard_delete=True)
    assert base.rows("s") == [{"id": 2, "name": "x"}]
    assert caplog.text.count("records of deleted rows are left out") == 1
