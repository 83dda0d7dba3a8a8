"""Changes that move no `_mtime`."""

from __future__ import annotations

import pytest

from seatable_client.connection import connect
from tests.seeds import SOAK
from tests.servers import WITH_SQL
from tests.tap.support import make_table, read
from tests.tap.warehouse import (
    Warehouse,
    assert_amounts_equal,
    run_into,
)

DRAWN_TOO = SOAK

HOUR = 3600


# What moves no time of change


@pytest.mark.parametrize("naming", ["name", "id"])
def test_a_column_whose_type_changes(base, exact, naming):
    make_table(base, "T", 12)
    exact = {**exact, "naming": naming}
    warehouse = Warehouse()
    for kind in ("text", "checkbox", "number"):
        stream = run_into(exact, warehouse).streams[0]
        base.change_column_type("T", "Amount", kind)
        result = run_into(exact, warehouse)
        fresh = Warehouse()
        run_into(exact, fresh)
        assert warehouse.rows(stream) == fresh.rows(stream)
        assert len(result.records(stream)) == 12
        assert [record for record in result.records(stream) if record["_deleted_at"]] == []


def test_a_column_that_comes_back_under_its_old_name(base, exact):
    """It is another one, and what the old one held is not in it."""
    make_table(base, "T", 5)
    warehouse = Warehouse()
    run_into(exact, warehouse)
    base.delete_column("T", "Amount")
    base.add_column("T", "Amount", "number")
    run_into(exact, warehouse)
    assert {row["Amount"] for row in warehouse.rows("T").values()} == {None}


@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
def test_rows_that_are_moved_to_big_data_and_back(kind, base, exact, deletes):
    """Lists of old servers do not hold them, so they are deleted there, and come back."""
    ids = make_table(base, "T", 8)
    exact = {**exact, "deletes": deletes}
    warehouse = Warehouse()
    run_into(exact, warehouse)
    base.archive_rows("T", ids[:3])
    run_into(exact, warehouse)
    assert warehouse.rows("T").keys() == {*(ids if kind in WITH_SQL else ids[3:])}
    base.unarchive_rows("T", ids[:3])
    run_into(exact, warehouse)
    assert_amounts_equal(base, warehouse)


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize(
    ("hours", "wanted", "found"),
    [
        (23, {}, False),
        (25, {}, True),
        (25, {"full_compare_interval": 168}, False),
        (0, {"full_compare_interval": 0}, True),
    ],
)
def test_rows_that_are_written_past_the_base(sandbox, base, exact, hours, wanted, found):
    """They raise no counter: docs/incremental.md says when they are found."""
    make_table(base, "T", 3)
    base.enable_big_data()
    state = read(exact).state
    writer = connect(exact).base
    writer.appends_to_big_data = True
    writer.append_rows("T", [{"Amount": 7}])
    sandbox.clock.advance(hours * HOUR)
    records = read({**exact, **wanted}, state=state).records("T")
    assert [record["Amount"] for record in records] == [7] * found
