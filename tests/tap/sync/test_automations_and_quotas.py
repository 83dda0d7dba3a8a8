"""What SeaTable 6.0 to 6.2 brought: archiving by automations, comments, late quotas."""

from __future__ import annotations

import pytest

from seatable_sandbox import Sandbox
from tests.sandbox.support import Client
from tests.tap.support import config_of, make_table, read
from tests.tap.warehouse import Warehouse, assert_amounts_equal, run_into


@pytest.mark.parametrize("logged", [True, False])
def test_rows_that_an_automation_archives_stay(logged):
    """Whether SeaTable counts and logs it is not known."""
    with Sandbox(automations_log_archiving=logged) as sandbox:
        base = sandbox.create_base("Base")
        ids = make_table(base, "T", 8)
        base.enable_big_data()
        key = base.metadata()["metadata"]["tables"][0]["columns"][1]["key"]
        rule = {"column_key": key, "filter_predicate": "less", "filter_term": "3"}
        base.add_view("T", "Old", filters=[rule])
        config, warehouse = config_of(sandbox, base), Warehouse()
        run_into(config, warehouse)
        assert base.archive_by_automation("T", "Old") == 3
        result = run_into(config, warehouse)
        assert [record for record in result.records("T") if record.get("_deleted_at")] == []
        assert warehouse.rows("T").keys() == set(ids)
        base.update_rows("T", {ids[5]: {"Amount": 500}})
        base.delete_rows("T", [ids[6]])
        run_into(config, warehouse)
        assert_amounts_equal(base, warehouse)


def test_a_comment_is_no_change():
    with Sandbox() as sandbox:
        base = sandbox.create_base("Base")
        (row_id,) = make_table(base, "T", 1)
        config, warehouse = config_of(sandbox, base), Warehouse()
        run_into(config, warehouse)
        run_into(config, warehouse)
        sandbox.calls.clear()
        base.comment(row_id, "Good")
        assert run_into(config, warehouse).records("T") == []
        assert len(sandbox.calls) == 2


@pytest.mark.parametrize("left", [1, 3, 6])
def test_a_quota_that_refuses_in_the_middle_of_a_run_loses_nothing(left):
    """The calls are counted elsewhere, so the refusal comes some calls too late."""
    with Sandbox(monthly_quota=20, monthly_quota_late=10, sql_max_rows=4) as sandbox:
        base = sandbox.create_base("Base")
        make_table(base, "T", 30)
        client = Client(sandbox, base)
        for _ in range(30 - left):
            assert client.gateway("GET", "/metadata/").status_code == 200
        config, warehouse = config_of(sandbox, base), Warehouse()
        refused = read(config, state=warehouse.state)
        warehouse.load(refused.messages)
        assert "SeaTable's call limit is used up until" in refused.error
        sandbox.clock.advance(31 * 24 * 3600)
        run_into(config, warehouse)
        assert_amounts_equal(base, warehouse)
