"""Another selection or other settings than in the last run."""

from __future__ import annotations

import pytest

from tests.servers import WITH_LOG
from tests.tap.support import make_table, read
from tests.tap.warehouse import Warehouse, assert_amounts_equal, run_into

# What else was wanted last time


ANOTHER_MAP: list[dict] = [
    {"stream_maps": {"T": {"Twice": "Amount * 2"}}},
    {"stream_maps": {"T*": {"Twice": "Amount * 2"}}},
    {"stream_maps": {"T": {"__filter__": "Amount > 0"}}},
]
OTHER_NAMES: list[dict] = [
    {"stream_maps": {"More": {"__source__": "T"}}},
    {"stream_maps": {"More": {"__source__": "T"}, "T": None}},
    {"stream_maps": {"T": {"__alias__": "More"}}},
    {"stream_maps": {"T*": {"__alias__": "More"}}},
]


@pytest.mark.parametrize("mapped", [*ANOTHER_MAP, *OTHER_NAMES])
def test_another_map_emits_all_rows_once_and_concerns_no_other_stream(base, exact, mapped):
    make_table(base, "T", 3)
    make_table(base, "U", 3)
    plain = read(exact)
    run = read({**exact, **mapped}, state=plain.state)
    fresh = read({**exact, **mapped})
    for stream in {message["stream"] for message in fresh.messages_of("RECORD")} - {"U"}:
        assert run.records(stream) == fresh.records(stream)
    assert run.records("U") == []
    sentence = (
        "settings that filter or map its rows changed"
        if mapped in ANOTHER_MAP
        else "its records went out under its own name, and stream_maps names others now"
    )
    assert run.log_lines("Stream 'T'", sentence)
    assert read({**exact, **mapped}, state=run.state).messages_of("RECORD") == []
    back = read(exact, state=run.state)
    assert back.records("T") == plain.records("T")
    assert back.records("U") == []


@pytest.mark.parametrize("mapped", OTHER_NAMES)
@pytest.mark.parametrize("deletes", ["tombstones", "tombstones_only", "versions"])
def test_rows_deleted_while_a_stream_had_another_name_do_not_stay_under_its_own(
    base, exact, mapped, deletes
):
    ids = make_table(base, "T", 3)
    warehouse, config = Warehouse(), {**exact, "deletes": deletes}
    run_into(config, warehouse)
    run_into(config, warehouse, **mapped)
    base.delete_rows("T", ids[:1])
    run_into(config, warehouse, **mapped)
    assert len(warehouse.rows("More")) == 2
    base.append_rows("T", [{"Name": "new"}])
    back = run_into(config, warehouse)
    assert len(back.records("T")) == 3
    kept = mapped["stream_maps"].get("More") != {"__source__": "T"} or "T" in mapped["stream_maps"]
    if deletes == "tombstones_only" and kept:  # nothing can say which row is gone
        assert back.log_lines("full sync", "the loader keeps the rows that were deleted meanwhile")
    else:
        assert_amounts_equal(base, warehouse, "T")


@pytest.mark.parametrize("deletes", ["tombstones", "tombstones_only"])
def test_rows_deleted_while_a_map_left_their_marks_out_go_once_it_does_not(base, exact, deletes):
    ids = make_table(base, "T", 3)
    warehouse, config = Warehouse(), {**exact, "deletes": deletes}
    run_into(config, warehouse)
    maps: dict = {"T": {"_id": "_id", "Name": "Name", "Amount": "Amount", "__else__": None}}
    lost = read({**config, "stream_maps": maps}, state=warehouse.state)
    assert len(lost.records("T")) == 3
    base.delete_rows("T", ids[:1])
    lost = read({**config, "stream_maps": maps}, state=lost.state)
    assert lost.log_lines("1 deleted rows are not passed on", "Map _deleted_at to itself")
    assert read({**config, "stream_maps": maps}, state=lost.state).records("T") == []
    warehouse.state = lost.state
    maps["T"] |= {"_deleted_at": "_deleted_at"}
    mended = run_into(config, warehouse, stream_maps=maps)
    assert len(mended.records("T")) == 2
    if deletes == "tombstones_only":
        assert mended.log_lines("full sync", "the loader keeps those rows")
    else:
        assert set(warehouse.rows("T")) == set(ids[1:])
    assert run_into(config, warehouse, stream_maps=maps).records("T") == []


@pytest.mark.parametrize("left_out", [{"T": None}, {"T": "__NULL__"}, {"U": {}, "__else__": None}])
def test_rows_of_a_stream_that_a_map_left_out_come_once_it_does_not(base, exact, left_out):
    make_table(base, "T", 3)
    make_table(base, "U", 3)
    run = read({**exact, "stream_maps": dict(left_out)})
    assert run.records("T") == []
    assert len(read(exact, state=run.state).records("T")) == 3


@pytest.mark.parametrize("left_out", [{"T": None}, {"U": {}, "__else__": None}])
@pytest.mark.parametrize("deletes", ["tombstones", "tombstones_only", "versions"])
def test_rows_deleted_while_a_map_left_the_stream_out_are_reported_once_it_does_not(
    base, exact, left_out, deletes
):
    ids = make_table(base, "T", 3)
    make_table(base, "U", 3)
    warehouse, config = Warehouse(), {**exact, "deletes": deletes}
    run_into(config, warehouse)
    base.delete_rows("T", ids[:1])
    left = run_into(config, warehouse, stream_maps=dict(left_out))
    assert len(warehouse.rows("T")) == 3
    assert not left.records("T")
    base.append_rows("T", [{"Name": "new"}])
    run_into(config, warehouse)
    assert_amounts_equal(base, warehouse, "T", "U")


@pytest.mark.parametrize(
    "changed", [{"flattening_max_depth": 2}, {"flattening_separator": "."}, {}], ids=str
)
def test_another_flattening_emits_all_rows(base, exact, changed):
    make_table(base, "T", 3)
    flat = {**exact, "flattening_enabled": True, "flattening_max_depth": 1}
    state = read(flat).state
    assert len(read({**flat, **changed}, state=state).records("T")) == (3 if changed else 0)


@pytest.mark.only_on(*WITH_LOG)
def test_changed_columns_are_in_the_log(base, exact):
    make_table(base, "T", 3)
    state = read(exact).state
    base.rename_column("T", "Amount", "Quantity")
    run = read(exact, state=state)
    assert run.log_lines("Stream 'T': full comparison", "its columns", "the log has rename_column")
    assert {record["Quantity"] for record in run.records("T")} == {0, 1, 2}
