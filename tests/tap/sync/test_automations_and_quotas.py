"""What SeaTable 6.0 to 6.2 brought: archiving by automations, comments, late quotas."""

from __future__ import annotations

import pytest

from seatable_sandbox import Fault, Sandbox
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


def use_calls(sandbox, base, count):
    client = Client(sandbox, base)
    for _ in range(count):
        assert client.gateway("GET", "/metadata/").status_code == 200


@pytest.mark.parametrize("left", [1, 3, 6])
def test_a_quota_that_refuses_in_the_middle_of_a_run_loses_nothing(left):
    """The calls are counted elsewhere, so the refusal comes some calls too late."""
    with Sandbox(monthly_quota=20, monthly_quota_late=10, sql_max_rows=4) as sandbox:
        base = sandbox.create_base("Base")
        make_table(base, "T", 30)
        use_calls(sandbox, base, 30 - left)
        config, warehouse = config_of(sandbox, base), Warehouse()
        refused = read(config, state=warehouse.state)
        warehouse.load(refused.messages)
        assert "SeaTable's call limit is used up until" in refused.error
        sandbox.clock.advance(31 * 24 * 3600)
        run_into(config, warehouse)
        assert_amounts_equal(base, warehouse)


MONTH = 31 * 24 * 3600
PATIENT = {"page_size": 4, "full_compare_interval": 100_000}


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(("tables", "quota"), [(1, 7), (1, 9), (3, 9), (3, 10), (3, 16)])
def test_a_first_sync_ends_although_no_month_has_the_calls_for_a_table(tables, quota, concurrency):
    """Each run goes on behind the rows that the one before it could pay for."""
    with Sandbox(monthly_quota=quota, sql_max_rows=4) as sandbox:
        base = sandbox.create_base("Base")
        names = [f"T{number}" for number in range(tables)]
        for name in names:
            make_table(base, name, 30)
        config = config_of(sandbox, base, concurrency=concurrency, **PATIENT)
        warehouse, emitted = Warehouse(), 0
        for _ in range(12 * tables):
            run = read(config, state=warehouse.state)
            warehouse.load(run.messages)
            emitted += sum(len(run.records(name)) for name in names)
            if not run.error:
                break
            assert "call limit is used up" in run.error
            assert tables > 1 or not run.log_lines("begins it again")
            sandbox.clock.advance(MONTH)
        assert run.error == ""
        assert emitted == 30 * tables
        for name in names:
            assert warehouse.rows(name).keys() == {row["_id"] for row in base.rows(name)}


@pytest.mark.parametrize("part", ["a comparison", "a view", "a list of rows"])
def test_what_no_month_has_the_calls_for_is_told(part, tmp_path):
    """Other than a first sync by SQL, it comes whole or not at all."""
    with Sandbox(sql_max_rows=4, list_rows_max=4) as sandbox:
        base = sandbox.create_base("Base")
        ids = make_table(base, "T", 40)
        base.add_view("T", "All")
        budget = {"url": f"sqlite:///{tmp_path}/budget.db", "per_month": 9, "name": "first"}
        config = config_of(sandbox, base, **PATIENT)
        state = None
        if part == "a comparison":
            state = read(config).state
            base.delete_rows("T", ids[:1])
        if part == "a list of rows":
            config |= {"read_method": "rows"}
        if part == "a view":
            config |= {"views": [{"table": "T", "view": "All"}], "exclude_tables": ["T"]}
        stream = "T_All" if part == "a view" else "T"
        for month in ("first", "second"):
            run = read({**config, "call_budget": {**budget, "name": month}}, state=state)
            assert "is used up until" in run.error
            assert run.log_lines(f"Stream '{stream}'", "the next run begins it again", "raise the")
            assert not run.records(stream)
            state = run.state or state


@pytest.mark.parametrize("deletes", ["tombstones", "tombstones_only", "versions"])
def test_what_changes_between_the_parts_of_a_first_sync_comes(deletes):
    with Sandbox(monthly_quota=40, sql_max_rows=4) as sandbox:
        base = sandbox.create_base("Base")
        ids = sorted(make_table(base, "T", 30))
        use_calls(sandbox, base, 31)
        config = config_of(sandbox, base, deletes=deletes, **PATIENT)
        warehouse = Warehouse()
        refused = read(config)
        warehouse.load(refused.messages)
        read_before = sorted(warehouse.rows("T"))
        assert refused.log_lines("Stream 'T': the next run goes on after row", read_before[-1])
        assert 0 < len(read_before) < 30
        sandbox.clock.advance(MONTH)
        base.update_rows("T", {read_before[0]: {"Amount": -1}, ids[-1]: {"Amount": -2}})
        base.delete_rows("T", [read_before[1], ids[-2]])
        base.append_rows("T", [{"Amount": 77}])
        run_into(config, warehouse)
        assert_amounts_equal(base, warehouse)


def test_calls_that_end_while_rows_go_out_put_no_cursor_behind_them():
    """A link to a file is a call, too."""
    with Sandbox(sql_max_rows=4) as sandbox:
        base = sandbox.create_base("Base")
        make_table(base, "T", 12)
        base.add_column("T", "Papers", "file")
        paper = base.store_file("/files/2024-05/a.pdf", b"paper")
        files = [{"name": "a.pdf", "size": 5, "type": "file", "url": paper}]
        base.update_rows("T", {row["_id"]: {"Papers": files} for row in base.rows("T")})
        config = config_of(sandbox, base, attachments="signed", **PATIENT)
        warehouse = Warehouse()
        links = "app-download-link"
        sandbox.inject(Fault("status", status=429, retry_after=9000, path=links, after=6, times=99))
        refused = read(config)
        warehouse.load(refused.messages)
        assert "call limit is used up" in refused.error
        sandbox.clear_faults()
        run_into(config, warehouse)
        assert warehouse.rows("T").keys() == {row["_id"] for row in base.rows("T")}
