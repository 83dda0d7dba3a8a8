"""Options with new names, which a condition of a catalog kept from before names."""

from __future__ import annotations

import pytest

from tests.servers import WITH_SQL
from tests.tap.support import discover, metadata_of, read
from tests.tap.warehouse import Warehouse, run_into


@pytest.fixture
def filtered(base, config):
    """A table with a condition on an option, its catalog and settings."""
    options = [{"name": name} for name in ("open", "it's done")]
    base.create_table("T", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Status", "column_type": "single-select",
         "column_data": {"options": options}},
    ])  # fmt: skip
    base.append_rows("T", [{"Name": "a", "Status": "open"}, {"Name": "b", "Status": "it's done"}])
    config = {**config, "where": {"T": "Status = 'open' and Name <> 'open'"}}
    return config, discover(config)


@pytest.mark.only_on(*WITH_SQL)
def test_a_renamed_option_of_a_condition_stays_the_same_option(base, filtered):
    config, catalog = filtered
    warehouse = Warehouse()
    warehouse.load(read(config, catalog=catalog).messages)
    base.rename_option("T", "Status", "open", "it's open")
    base.rename_column("T", "Status", "State")
    run = read(config, catalog=catalog, state=warehouse.state)
    warehouse.load(run.messages)
    assert [row["Status"] for row in warehouse.rows("T").values()] == ["it's open"]
    [line] = run.log_lines("'Status' is now 'State', 'open' is now \"it's open\"")
    assert "--refresh-catalog" in line
    assert run.error == ""


@pytest.mark.only_on(*WITH_SQL)
def test_options_that_swap_their_names(base, filtered):
    config, catalog = filtered
    for old, new in (("open", "x"), ("it's done", "open"), ("x", "it's done")):
        base.rename_option("T", "Status", old, new)
    assert [record["Name"] for record in read(config, catalog=catalog).records("T")] == ["a"]


@pytest.mark.only_on(*WITH_SQL)
def test_without_a_catalog_a_renamed_option_ends_the_run_before_rows_count_as_deleted(
    base, filtered
):
    config, _ = filtered
    warehouse = Warehouse()
    run_into(config, warehouse)
    base.rename_option("T", "Status", "open", "active")
    run = read(config, state=warehouse.state)
    assert "'open' for column 'Status', but the column has no such option" in run.error
    assert "change where" in run.error
    assert run.messages == []


@pytest.mark.only_on(*WITH_SQL)
@pytest.mark.parametrize("has_catalog", [True, False])
@pytest.mark.parametrize(
    ("constant", "renames"),
    [("open", ["Open"]), ("OPEN", ["Open"]), ("oPEN", ["OPEN", "open"]), ("Open", ["OPEN"])],
)
def test_an_option_in_another_case_keeps_its_rows(base, filtered, constant, renames, has_catalog):
    """Constants count with their case, so the option's own spelling is what is asked for."""
    config, catalog = filtered
    config = {**config, "where": {"T": f"Status = '{constant}'"}}
    catalog = discover(config) if has_catalog else None
    warehouse = Warehouse()
    warehouse.load(read(config, catalog=catalog).messages)
    assert [row["Name"] for row in warehouse.rows("T").values()] == ["a"]
    before = "open"
    for name in renames:
        base.rename_option("T", "Status", before, name)
        run = read(config, catalog=catalog, state=warehouse.state)
        warehouse.load(run.messages)
        assert run.error == ""
        assert [row["Status"] for row in warehouse.rows("T").values()] == [name]
        before = name


@pytest.mark.only_on(*WITH_SQL)
def test_options_that_differ_in_case_alone_are_two(base, filtered):
    """A constant that is neither of them to the letter names none."""
    config, _ = filtered
    base.append_rows("T", [{"Name": "c", "Status": "OPEN"}])
    run = read({**config, "where": {"T": "Status = 'OPEN'"}})
    assert [record["Name"] for record in run.records("T")] == ["c"]
    assert read({**config, "where": {"T": "Status = 'Open'"}}).log_lines("has no such option")


@pytest.mark.only_on(*WITH_SQL)
def test_in_a_first_run_an_option_that_is_none_is_a_warning(filtered):
    config, _ = filtered
    run = read({**config, "where": {"T": "Status in ('opne')"}})
    assert run.log_lines("'opne' for column 'Status'", "has no such option")
    assert run.error == ""
    assert not read({**config, "where": {"T": "Status like 'op%'"}}).log_lines("no such option")


def test_the_catalog_has_the_options_that_a_condition_names(filtered):
    _, catalog = filtered
    known = metadata_of(catalog, "T", "properties", "Status")["x-seatable"]
    assert known["options"].keys() == {"open"}
