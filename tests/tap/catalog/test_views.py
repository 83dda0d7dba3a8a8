"""Views as streams: what a view shows, and nothing else."""

from __future__ import annotations

import pytest

from seatable_client.api import Base
from seatable_sandbox import Sandbox
from tests.servers import WITH_GATEWAY, WITH_SQL
from tests.tap.support import config_of, discover, entry_of, make_table, read

SERVERS = ("gateway", "v1", "v1-2020", "cloud-5.0")
MANY = {"table": "Things", "view": "Many"}


def key_of(base, table, name):
    return next(
        column["key"]
        for entry in base.metadata()["metadata"]["tables"]
        for column in entry["columns"]
        if entry["name"] == table and column["name"] == name
    )


def at_least(base, amount, table="Things"):
    """The filter: an amount of at least this."""
    return {
        "column_key": key_of(base, table, "Amount"),
        "filter_predicate": "greater_or_equal",
        "filter_term": amount,
    }


def deleted(run, stream="Things_Many"):
    return {record["_id"] for record in run.records(stream) if record["_deleted_at"]}


def live(run, stream="Things_Many"):
    return {record["_id"] for record in run.records(stream) if not record["_deleted_at"]}


@pytest.fixture
def viewed(base, config):
    """A table of six rows, of which a view shows those from 3 on, and the ids of the rows."""
    ids = make_table(base, rows=6)
    base.add_view("Things", "Many", filters=[at_least(base, 3)])
    config |= {"views": [MANY], "lookback_seconds": 0}
    return ids


def test_a_view_is_a_stream_beside_its_table(base, config, viewed):
    run = read(config)
    assert run.streams == ["Things", "Things_Many"]
    assert live(run) == {*viewed[3:]}
    assert live(run, "Things") == {*viewed}


@pytest.mark.parametrize("profile", SERVERS)
def test_views_on_every_server(profile):
    with Sandbox(profile=profile) as sandbox:
        base = sandbox.create_base("Base")
        ids = make_table(base, rows=6)
        base.add_view("Things", "Many", filters=[at_least(base, 3)])
        config = config_of(sandbox, base, views=[MANY])
        first = read(config)
        base.update_rows("Things", {ids[5]: {"Amount": 0}, ids[0]: {"Amount": 7}})
        second = read(config, state=first.state)
    assert live(first) == {*ids[3:]}
    assert deleted(second) == {ids[5]}
    assert live(second) == {ids[0]}


def test_more_rows_than_fit_a_page(base, config):
    ids = make_table(base, rows=2_500)
    base.add_view("Things", "Many", filters=[at_least(base, 1)])
    run = read({**config, "views": [MANY]})
    assert sorted(record["_id"] for record in run.records("Things_Many")) == sorted(ids[1:])


def test_only_visible_columns(base, config, viewed):
    base.change_view("Things", "Many", hidden_columns=[key_of(base, "Things", "Name")])
    run = read(config)
    assert {"_id", "_mtime", "Amount"} <= run.records("Things_Many")[0].keys()
    assert "Name" not in run.schema("Things_Many")["properties"]
    assert "Name" in run.schema("Things")["properties"]


def test_a_column_that_the_view_hides_later_is_not_said_to_be_gone(base, config, viewed):
    catalog = discover(config)
    base.change_view("Things", "Many", hidden_columns=[key_of(base, "Things", "Name")])
    run = read(config, catalog=catalog)
    assert {record["Name"] for record in run.records("Things_Many")} == {None}
    assert len(run.log_lines("'Things_Many'", "its view hides 'Name'", "null")) == 1
    assert not run.log_lines("no longer has")


@pytest.mark.parametrize("profile", SERVERS)
@pytest.mark.parametrize("change", ["rename", "delete"])
def test_a_view_that_goes_away_while_it_is_read_is_not_taken_for_the_table(
    profile, change, monkeypatch
):
    with Sandbox(profile=profile, unknown_view_shows_all=True) as sandbox:
        base = sandbox.create_base("Base")
        make_table(base, rows=6)
        base.add_view("Things", "Many", filters=[at_least(base, 3)])
        config = config_of(sandbox, base, views=[MANY])
        read_metadata = Base.metadata

        def then_change(client):
            found = read_metadata(client)
            views = {view.name for table in found.tables for view in table.views}
            if "Many" in views and change == "rename":
                base.change_view("Things", "Many", name="Much")
            elif "Many" in views:
                base.delete_view("Things", "Many")
            return found

        monkeypatch.setattr(Base, "metadata", then_change)
        run = read(config)
        assert not run.records("Things_Many")
        assert len(run.records("Things")) == 6
        words = "was deleted" if change == "delete" else "was renamed to 'Much'"
        assert run.log_lines(f"View 'Many' of table 'Things' {words} while its rows were read")
        assert "'Things_Many'" in run.error


def test_another_filter_causes_a_comparison(base, config, viewed):
    first = read(config)
    base.change_view("Things", "Many", filters=[at_least(base, 5)])
    second = read(config, state=first.state)
    assert deleted(second) == {*viewed[3:5]}
    assert not second.records("Things")


@pytest.mark.only_on(*WITH_SQL)
def test_a_run_without_changes_costs_two_calls(base, config, viewed, sandbox):
    first = read(config)
    sandbox.calls.clear()
    assert not read(config, state=first.state).messages_of("RECORD")
    assert len(sandbox.calls) == 2


def test_a_view_is_compared_when_what_its_filter_looks_up_changes(base, config):
    ids = make_table(base, rows=2)
    others = make_table(base, "Others", rows=2)
    base.add_column("Things", "Other", "link", {"table": "Things", "other_table": "Others"})
    lookup = {"formula": "lookup", "link_column": "Other", "level1_linked_column": "Name"}
    base.add_column("Things", "Names", "link-formula", lookup)
    base.link("Things", "Other", {ids[0]: [others[0]], ids[1]: [others[1]]})
    rule = {"filter_predicate": "is_not_empty", "column_key": key_of(base, "Things", "Names")}
    base.add_view("Things", "Many", filters=[rule])
    config["views"] = [MANY]
    first = read(config)
    base.update_rows("Others", {others[1]: {"Name": ""}})
    assert live(first) == {*ids}
    assert deleted(read(config, state=first.state)) == {ids[1]}


def test_a_filter_that_moves_with_the_day_is_compared_on_each_day(base, config, sandbox):
    base.create_table("Things", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Due", "column_type": "date", "column_data": {"format": "YYYY-MM-DD"}},
    ])  # fmt: skip
    today = sandbox.clock.now().date()
    row, _ = base.append_rows("Things", [{"Due": f"{today}"}, {"Due": "2999-01-01"}])
    rule = {"filter_predicate": "is_on_or_after", "filter_term_modifier": "today"}
    rule["column_key"] = key_of(base, "Things", "Due")
    base.add_view("Things", "Many", filters=[rule])
    config |= {"views": [MANY], "full_compare_interval": 1000}
    first = read(config)
    assert not read(config, state=first.state).messages_of("RECORD")
    sandbox.clock.advance(24 * 3600)
    second = read(config, state=first.state)
    assert deleted(second) == {row}
    assert not second.records("Things")


@pytest.mark.only_on(*WITH_GATEWAY)
@pytest.mark.parametrize("part", ["views", "where"])
def test_a_filter_that_moves_with_the_day_in_another_table_is_compared_on_each_day(
    base, config, sandbox, part
):
    """No operation shows that what a lookup shows depends on the day."""
    make_table(base, rows=1)
    make_table(base, "Others")
    base.add_column("Others", "Due", "date", {"format": "YYYY-MM-DD"})
    base.add_column("Others", "Late", "formula", {"formula": "if({Due} < today(), 'late', 'ok')"})
    base.add_column("Things", "Other", "link", {"table": "Things", "other_table": "Others"})
    lookup = {"formula": "lookup", "link_column": "Other", "level1_linked_column": "Late"}
    base.add_column("Things", "State", "link-formula", lookup)
    [row] = [row["_id"] for row in base.rows("Things")]
    today = f"{sandbox.clock.now().date()}"
    base.link("Things", "Other", {row: base.append_rows("Others", [{"Due": today}])})
    rule = {"column_key": key_of(base, "Things", "State"), "filter_predicate": "contains"}
    base.add_view("Things", "Many", filters=[{**rule, "filter_term": "late"}])
    config |= {"views": [MANY], "full_compare_interval": 1000}
    if part == "where":
        config |= {"views": [], "where": {"Things": "State LIKE '%late%'"}}
    stream = "Things_Many" if part == "views" else "Things"
    first = read(config)
    assert not first.records(stream)
    sandbox.clock.advance(24 * 3600)
    assert live(read(config, state=first.state), stream) == {row}


def test_grouped_views_carry_the_path_to_the_row(base, config):
    make_table(base)
    base.add_column("Things", "Kind", "single-select", {"options": [{"name": "a"}]})
    base.append_rows("Things", [{"Name": "x", "Kind": "a", "Amount": 2.5}, {"Name": "y"}])
    groups = [{"column_key": key_of(base, "Things", name)} for name in ("Kind", "Amount")]
    base.add_view("Things", "Many", groupbys=groups)
    config["views"] = [MANY]
    run = read(config)
    paths = {record["Name"]: record["_group_path"] for record in run.records("Things_Many")}
    assert paths == {"x": ["a", "2.5"], "y": [None, None]}
    assert run.schema("Things_Many")["properties"]["_group_path"] == {
        "type": ["array", "null"],
        "items": {"type": ["string", "null"]},
    }
    assert "_group_path" not in run.schema("Things")["properties"]
    base.delete_rows("Things", [record["_id"] for record in run.records("Things_Many")][:1])
    gone = read(config, state=run.state).records("Things_Many")
    assert [record["_group_path"] for record in gone] == [None]
    catalog = discover(config)
    entry = entry_of(catalog, "Things_Many")
    entry["metadata"].append(
        {"breadcrumb": ["properties", "_group_path"], "metadata": {"selected": False}}
    )
    entry["metadata"] = entry["metadata"][-1:] + [
        item
        for item in entry["metadata"][:-1]
        if item["breadcrumb"] != ["properties", "_group_path"]
    ]
    assert all(
        "_group_path" not in record
        for record in read(config, catalog=catalog).records("Things_Many")
    )


@pytest.mark.parametrize("zone", ["auto", "Europe/Berlin"])
def test_date_times_of_a_view_that_come_without_their_offset(zone):
    """Servers with SQL show the offset of today, and that of another day is not known."""
    with Sandbox(profile="v1", dtable_db=True, time_zone="Europe/Berlin") as sandbox:
        base = sandbox.create_base("Base")
        make_table(base)
        base.add_column("Things", "When", "date", {"format": "YYYY-MM-DD HH:mm"})
        base.append_rows("Things", [{"When": "2024-07-01 12:00"}, {"When": "2024-12-01 12:00"}])
        base.add_view("Things", "Many")
        config = config_of(sandbox, base, views=[MANY], server_timezone=zone, date_times="offset")
        run = read(config)
        moments = [
            [record["When"] for record in run.records(name)] for name in ("Things", "Things_Many")
        ]
        assert sorted(moments[0]) == ["2024-07-01T12:00:00+02:00", "2024-12-01T12:00:00+01:00"]
        warned = run.log_lines("sends date-times without their offset", "server_timezone")
        assert bool(warned) is (zone == "auto")
        assert (sorted(moments[1]) == sorted(moments[0])) is (zone != "auto")


def test_names_by_id_and_names_that_are_taken(base, config, viewed):
    make_table(base, "Things_Many")
    table, other = (entry["_id"] for entry in base.metadata()["metadata"]["tables"])
    view = base.metadata()["metadata"]["tables"][0]["views"][-1]["_id"]
    by_id = set(read({**config, "naming": "id"}).streams)
    by_name = set(read(config).streams)
    assert by_id == {table, other, f"{table}_{view}"}
    assert by_name == {"Things", "Things_Many", f"Things_Many_{table}_{view}"}


@pytest.mark.parametrize(
    ("table", "view", "words"),
    [("Things", "Mny", "Its views are: 'Default View', 'Many'"), ("Thing", "Many", "'Things'")],
)
def test_an_unknown_view_is_refused(base, config, viewed, table, view, words):
    run = read({**config, "views": [{"table": table, "view": view}]})
    assert "The setting views names" in run.error
    assert words in run.error
    assert not run.messages


def test_a_views_origin_is_not_that_of_its_table(base, config, viewed):
    run = read(config)
    table, view = (run.schema(stream)["x-seatable"] for stream in ("Things", "Things_Many"))
    assert view["id"] == f"{table['id']}_{view['view_id']}"
    assert view["name"] == "Things_Many"
