"""`schema_contract`: what happens where a stream does not fit its table, per stream."""

import pytest

from seatable_client.errors import ConfigError
from target_seatable.errors import ContractViolated
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")

OLD = schema("t", {"id": "integer", "n": "number"}, ["id"])
NEW = schema("t", {"id": "integer", "n": "number", "more": "string"}, ["id"])
LOOSE = schema("t", {"id": {}, "n": {}}, ["id"])


def names(base):
    return {table["name"] for table in base.base.metadata()["metadata"]["tables"]}


def contract(**rules):
    """As a setting of the run; `test_it_is_set_per_stream` has it per stream."""
    return {"schema_contract": rules}


@pytest.fixture(autouse=True)
def _log(caplog):
    caplog.set_level("INFO")


@pytest.fixture
def loaded(base):
    base.load(OLD, record("t", id=1, n=1))
    return base


def test_by_default_tables_and_columns_are_made(loaded):
    loaded.load(NEW, record("t", id=2, n=2, more="x"))
    assert [row.get("more") for row in loaded.rows("t")] == [None, "x"]


@pytest.mark.parametrize("rules", [{"schema_contract": "freeze"}, contract(tables="freeze")])
def test_frozen_tables_end_the_run(base, rules):
    with pytest.raises(ContractViolated, match=r"no table .t..*Create the table"):
        base.load(OLD, record("t", id=1), state({}), **rules)
    assert base.states == []
    assert "t" not in names(base)


@pytest.mark.parametrize("rule", ["drop_value", "drop_row"])
def test_a_stream_without_a_table_is_left_out_and_counted(base, caplog, rule):
    other = schema("other", {"id": "integer"}, ["id"])
    rules = {"stream_settings": {"t*": {"schema_contract": {"tables": rule}}}}
    base.load(OLD, *[record("t", id=n) for n in range(3)], other, record("other", id=1),
              state({"n": 1}), **rules)  # fmt: skip
    assert names(base) == {"other"}
    assert base.states[-1] == {"n": 1}
    assert "its records are skipped, because the base has no table 't'" in caplog.text
    assert "0 rows added, 0 changed, 0 unchanged, 0 deleted, 3 skipped, 0 rejected" in caplog.text
    base.load(OLD, **rules)  # nor without records
    assert names(base) == {"other"}


def test_frozen_columns_end_the_run(loaded):
    with pytest.raises(ContractViolated, match=r"no column for 'more'.*stream_maps"):
        loaded.load(NEW, record("t", id=2, n=2, more=None), state({}), **contract(columns="freeze"))
    assert [row["id"] for row in loaded.rows("t")] == [1]
    assert loaded.states == []
    assert set(loaded.columns("t")) == {"id", "n"}


def test_what_came_before_a_schema_that_is_frozen_out_is_stored(loaded):
    """The sentence is about the schema, not about the stream."""
    with pytest.raises(ContractViolated, match="No record that came with this schema was stored"):
        loaded.load(OLD, record("t", id=2, n=2), NEW, record("t", id=3, more="x"),
                    **contract(columns="freeze"))  # fmt: skip
    assert [row["id"] for row in loaded.rows("t")] == [1, 2]


def test_columns_of_a_table_that_the_run_makes_are_free(base):
    base.load(OLD, record("t", id=1), NEW, record("t", id=2, more="x"),
              **contract(columns="freeze"))  # fmt: skip
    assert [row.get("more") for row in base.rows("t")] == [None, "x"]


def test_values_without_a_column_are_left_out(loaded, caplog):
    loaded.load(NEW, record("t", id=2, n=2, more="x"), **contract(columns="drop_value"))
    assert loaded.rows("t") == [{"id": 1, "n": 1}, {"id": 2, "n": 2}]
    assert "schema_contract says drop_value: 'more'" in caplog.text


@pytest.mark.parametrize("count", [1, 1_200])  # also by the fast path
def test_records_with_values_without_a_column_are_left_out(loaded, caplog, count):
    few = [record("t", id=n, n=n, more=more) for n, more in ((2, "x"), (3, None), (4, ""))]
    filled = [record("t", id=9, n=9)] * count
    loaded.load(NEW, *filled, *few, **contract(columns="drop_row"))
    assert {row["id"] for row in loaded.rows("t")} == {1, 3, 4, 9}
    assert set(loaded.columns("t")) == {"id", "n"}
    assert "1 skipped" in caplog.text


def test_frozen_types_end_the_run(loaded):
    with pytest.raises(ContractViolated, match=r"'n'.*'x' is not a plain number"):
        loaded.load(LOOSE, record("t", id=2, n="x"), state({}), **contract(types="freeze"))
    assert len(loaded.rows("t")) == 1
    assert loaded.states == []
    assert loaded.rejections() == []


@pytest.mark.parametrize("count", [1, 1_200])
def test_values_that_do_not_fit_are_left_out(loaded, caplog, count):
    filled = [record("t", id=9, n=9)] * count
    changed = [record("t", id=1, n="x"), record("t", id=2, n="y"), record("t", id=3, n=3)]
    loaded.load(LOOSE, *filled, *changed, **contract(types="drop_value"))
    assert {row["id"]: row.get("n") for row in loaded.rows("t")} == {1: 1, 2: None, 3: 3, 9: 9}
    assert "left a value out by schema_contract" in caplog.text
    assert "2 values left out" in caplog.text
    assert loaded.rejections() == []


def test_records_that_do_not_fit_are_left_out(loaded, caplog):
    loaded.load(LOOSE, record("t", id=1, n="x"), record("t", id=2, n=2),
                **contract(types="drop_row"))  # fmt: skip
    assert loaded.rows("t") == [{"id": 1, "n": 1}, {"id": 2, "n": 2}]
    assert "1 skipped" in caplog.text


def test_the_row_of_a_record_that_is_left_out_stays(loaded):
    loaded.load(LOOSE, record("t", id=1, n="x"), record("t", id=2, n=2), state({}),
                load_method="overwrite", **contract(types="drop_row"))  # fmt: skip
    assert [row["id"] for row in loaded.rows("t")] == [1, 2]


@pytest.mark.parametrize("rule", ["drop_value", "drop_row", "freeze"])
def test_a_value_that_is_left_out_is_no_key(loaded, rule):
    """Without its key a record cannot be stored at all: it is rejected, as it always is."""
    loaded.load(LOOSE, record("t", id="x", n=5), record("t", n="y"), max_rejected_records=2,
                **contract(types=rule))  # fmt: skip
    assert len(loaded.rejections()) == 2
    assert len(loaded.rows("t")) == 1


def test_what_does_not_fit_its_own_schema_is_rejected(loaded):
    loaded.load(OLD, record("t", id=2, n="x"), max_rejected_records=1, schema_contract="drop_row")
    assert len(loaded.rejections()) == 1


def test_it_is_set_per_stream(loaded):
    rules = {
        "schema_contract": "freeze",
        "stream_settings": {
            "*": {"schema_contract": {"columns": "freeze"}},
            "t": {"schema_contract": {"columns": "evolve"}},
        },
    }
    loaded.load(NEW, record("t", id=2, more="x"), **rules)
    assert "more" in loaded.columns("t")


def test_objects_of_arrays_are_not_left_behind(base):
    orders = schema("orders", {"id": "integer", "lines": {"type": "array", "items": {
        "type": "object", "properties": {"sku": {"type": "string"}}}}}, ["id"])  # fmt: skip
    with pytest.raises(ConfigError, match="drop_row"):
        base.load(orders, record("orders", id=1), nested="table", schema_contract="drop_row")


LEFT_OUT = ["orders", "orders__lines", "orders__lines__parts"]


@pytest.mark.parametrize("existing", range(1, 7))
def test_objects_of_records_that_are_left_out_are_left_out(base, caplog, existing):
    """Whichever of the tables exist: no object is stored without what it belongs to."""
    columns = {"orders_id": "number", "lines_position": "number", "parts_position": "number"}
    there = [name for bit, name in enumerate(LEFT_OUT) if existing & 1 << bit]
    for name in there:
        first, *more = ["id"] if name == "orders" else columns
        base.base.create_table(name, [{"column_name": first, "column_type": "number"}])
        for column in more:
            base.base.add_column(name, column, columns[column])
        base.base.add_column(name, "sku", "text")
    part = {"type": "object", "properties": {"sku": {"type": "string"}}}
    line = {"type": "object", "properties": {
        "sku": {"type": "string"}, "parts": {"type": "array", "items": part}}}  # fmt: skip
    orders = schema("orders", {"id": "integer", "lines": {"type": "array", "items": line}}, ["id"])
    lines = [{"sku": "tea", "parts": [{"sku": "leaf"}, {"sku": "bag"}]}]
    records = [record("orders", id=number, lines=lines) for number in range(3)]
    base.load(orders, *records, state({}), nested="table", **contract(tables="drop_value"))
    stored = {name: len(base.rows(name)) for name in there}
    depth = next(index for index, name in enumerate(LEFT_OUT) if name not in there)
    wanted = dict(zip(LEFT_OUT, (3, 3, 6), strict=True))
    assert stored == {name: wanted[name] if name in LEFT_OUT[:depth] else 0 for name in there}
    assert base.states == [{}]
    for name in LEFT_OUT[depth:]:
        skipped = f"Stream '{name}': 0 rows added, 0 changed, 0 unchanged, 0 deleted"
        assert f"{skipped}, {wanted[name]} skipped" in caplog.text
    skipped_streams = [entry for entry in caplog.messages if "records are skipped" in entry]
    assert len(skipped_streams) == len(LEFT_OUT) - depth
