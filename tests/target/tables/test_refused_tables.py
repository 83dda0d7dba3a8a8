"""A table that a run has made, and of whose stream nothing could be stored."""

import pytest

from seatable_client.errors import ConfigError, InvalidValueError
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")

PRICES = schema("prices", {"id": "string", "price": "string"}, ["id"])
GERMAN = [record("prices", id=str(n), price=f"{n},5") for n in range(3)]
AS_NUMBERS = {"column_types": {"prices": {"price": "number"}}}


def names(base):
    return [table["name"] for table in base.base.metadata()["metadata"]["tables"]]


@pytest.fixture
def empty(base):
    base.base.create_table("other", [])
    return base


@pytest.mark.parametrize("most", [0, 99])
def test_it_is_made_anew_by_the_next_run(empty, most):
    messages = [PRICES, *GERMAN, state({})]
    if most:
        empty.load(*messages, **AS_NUMBERS, max_rejected_records=most)
    else:
        with pytest.raises(InvalidValueError):
            empty.load(*messages, **AS_NUMBERS)
    assert "prices" not in names(empty)
    empty.load(*messages)
    assert empty.columns("prices")["price"] == "text"


def test_the_only_table_of_a_base_stays_and_is_told_once(base, caplog):
    with pytest.raises(InvalidValueError):
        base.load(PRICES, *GERMAN, **AS_NUMBERS)
    assert names(base) == ["prices"]
    assert caplog.text.count("stays: a base keeps its last table, so add another one first") == 1


def test_a_key_that_can_be_none_leaves_no_table(empty):
    with pytest.raises(ConfigError, match="cannot be a key"):
        empty.load(PRICES, *GERMAN, column_types={"prices": {"id": "multiple-select"}})
    assert "prices" not in names(empty)


def test_a_table_with_rows_stays_whoever_has_added_them(empty, monkeypatch):
    load_methods = "target_seatable.load_methods.upsert.Upsert.store"

    def store(_self, _items):
        empty.base.append_rows("prices", [{"id": 7}])

    monkeypatch.setattr(load_methods, store)
    empty.load(PRICES, *GERMAN, **AS_NUMBERS, max_rejected_records=9)
    assert len(empty.rows("prices")) == 1


def test_a_table_of_an_earlier_run_stays(empty):
    empty.load(PRICES, record("prices", id="9", price="1"), **AS_NUMBERS)
    empty.load(PRICES, *GERMAN, max_rejected_records=9)
    assert len(empty.rows("prices")) == 1


def test_a_table_of_which_one_record_is_stored_stays(empty):
    empty.load(PRICES, *GERMAN, record("prices", id="9", price="1"), **AS_NUMBERS,
               max_rejected_records=9)  # fmt: skip
    assert len(empty.rows("prices")) == 1


def test_a_stream_of_which_the_schema_refuses_all_gets_no_table(empty):
    typed = schema("prices", {"id": "integer"}, ["id"])
    empty.load(typed, record("prices", id="x"), max_rejected_records=9)
    assert "prices" not in names(empty)


def test_a_type_that_the_column_does_not_have_is_told(empty, caplog):
    empty.load(PRICES, record("prices", id="1", price="x"))
    caplog.clear()
    empty.load(PRICES, record("prices", id="2", price="y"), **AS_NUMBERS)
    assert "column_types says number for 'price'" in caplog.text
    assert "Change the type of the column in SeaTable" in caplog.text
    assert len(empty.rows("prices")) == 2
