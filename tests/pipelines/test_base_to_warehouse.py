"""tap-seatable into target-postgres: every value of every column type, then what has changed."""

import json

import pytest
from psycopg import sql

from demo.meltano import MeltanoFailed
from seatable_sandbox.demo.shop import make_demo
from tests.pipelines.compare import compare, list_columns
from tests.pipelines.conftest import ZONE
from tests.tap.support import config_of, make_table
from tests.tap.zoo import CASES, ROWS, add_zoo, link_zoo

JOB = "base-to-warehouse"
SCHEMA = "seatable"

TYPES = {
    "text": "text",
    "long-text": "text",
    "number": "numeric",
    "checkbox": "boolean",
    "rate": "numeric",
    "duration": "numeric",
    "single-select": "text",
    "multiple-select": "ARRAY",
    "collaborator": "ARRAY",
    "email": "text",
    "url": "text",
    "image": "ARRAY",
    "file": "ARRAY",
    "geolocation": "jsonb",
    "digital-sign": "jsonb",
    "department-single-select": "bigint",
    "auto-number": "text",
    "creator": "text",
    "last-modifier": "text",
    "ctime": "timestamp without time zone",
    "mtime": "timestamp without time zone",
    "link": "ARRAY",
}
"""What each column type becomes in PostgreSQL; dates and formulas: see below."""


@pytest.fixture
def zoo(sandbox, base):
    """A base with every column type, in a server that is not in UTC."""
    add_zoo(base)
    link_zoo(config_of(sandbox, base), base)
    return base


def assert_equal(base, database, schema=SCHEMA):
    """Every table of the base is in the warehouse: all its columns, all its rows, and no more."""
    metadata = base.metadata()
    tables = {table["name"] for table in metadata["metadata"]["tables"]}
    assert set(database.tables(schema)) == {table.replace("-", "_") for table in tables}
    for table in tables:
        columns = list_columns(metadata, table) | {"_id": {"type": "text"}}
        stored = database.rows(schema, table.replace("-", "_"))
        own_columns = {name for name in database.columns(schema, table) if not name.startswith("_")}
        assert own_columns == set(columns) - {"_id"}
        result = compare(table, base.rows(table), stored, columns, ZONE)
        assert result.rows_in == len(base.rows(table))
        assert not result.missing
        assert not result.unexpected


def test_every_value_of_every_column_type(project, database, zoo):
    project.run(JOB)
    assert_equal(zoo, database)
    # The comparison is worth as much as the rows it is made with.
    full, falsy, empty = zoo.rows("Zoo")
    assert {case.name for case in CASES if full.get(case.name) is None} == {"Button"}
    assert falsy["Number"] == 0
    assert falsy["Check"] is False
    assert empty["Text"] is None
    assert len(ROWS) == len(database.rows(SCHEMA, "Zoo"))


@pytest.mark.usefixtures("zoo")
def test_column_types_of_the_warehouse(project, database):
    project.run(JOB)
    got = database.columns(SCHEMA, "Zoo")
    assert {case.name: got[case.name] for case in CASES if case.type in TYPES} == {
        case.name: TYPES[case.type] for case in CASES if case.type in TYPES
    }
    assert {name: got[name] for name in ("Day", "German day", "Moment", "US moment")} == {
        "Day": "date",
        "German day": "date",
        "Moment": "timestamp without time zone",
        "US moment": "timestamp without time zone",
    }
    formulas = {"Double": "numeric", "Shout": "text", "Next day": "date", "Positive": "boolean"}
    assert {name: got[name] for name in formulas} == formulas


def test_the_demo_base(project, database, sandbox):
    demo = make_demo(sandbox)
    project.run(JOB, tap_seatable_api_token=demo.read_only_token)
    assert_equal(demo, database)


@pytest.mark.usefixtures("zoo")
def test_moments_are_in_utc_and_days_are_not_shifted(project, database):
    """What the comparison takes for granted, said once with plain values."""
    project.run(JOB)
    row = next(row for row in database.rows(SCHEMA, "Zoo") if row["Number"])
    assert row["Day"].isoformat() == "2024-06-05"
    assert row["German day"].isoformat() == "2024-12-31"
    assert row["Moment"].isoformat() == "2024-03-31T01:30:00"  # 03:30 in Berlin, in summer
    assert row["US moment"].isoformat() == "2024-11-03T22:59:00"  # 23:59 in Berlin, in winter


def test_names_that_need_quoting(project, database, base):
    base.create_table("Köln-Süd 2", [{"column_name": "Größe (cm)", "column_type": "number"}])
    base.add_column("Köln-Süd 2", "select", "text")
    base.append_rows("Köln-Süd 2", [{"Größe (cm)": 1.5, "select": "'; DROP TABLE x; --"}])
    project.run(JOB)
    (row,) = database.rows(SCHEMA, "Köln_Süd 2")
    assert (float(row["Größe (cm)"]), row["select"]) == (1.5, "'; DROP TABLE x; --")


def test_the_second_run_brings_what_has_changed(project, database, sandbox, base):
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    ids = base.append_rows("Things", [{"Name": f"row {number}"} for number in range(2000)])
    sandbox.clock.advance(3600)
    base.append_rows("Things", [{"Name": "latest"}])
    project.run(JOB)
    assert_equal(base, database)

    sandbox.clock.advance(3600)
    base.update_rows("Things", {ids[7]: {"Name": "changed"}, ids[1999]: {"Name": None}})
    base.append_rows("Things", [{"Name": "new"}])
    # What the first run brought is spoilt: the second run must leave it so.
    untouched = sql.SQL("UPDATE {} SET {} = 'spoilt' WHERE {} = 'row 100'").format(
        sql.Identifier(SCHEMA, "Things"), sql.Identifier("Name"), sql.Identifier("Name")
    )
    database.execute(untouched.as_string())
    run = project.run(JOB)

    assert run.count_records("tap-seatable") == 4  # "latest" lies within the overlap of two runs
    names = [row["Name"] for row in database.rows(SCHEMA, "Things")]
    assert len(names) == 2002
    assert sorted(name or "" for name in names if not (name or "").startswith("row ")) == [
        "",
        "changed",
        "latest",
        "new",
        "spoilt",
    ]


def test_a_full_refresh_brings_everything_and_doubles_nothing(project, database, sandbox, base):
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.append_rows("Things", [{"Name": f"row {number}"} for number in range(100)])
    project.run(JOB)
    sandbox.clock.advance(3600)
    run = project.run(JOB, full_refresh=True)
    assert run.count_records("tap-seatable") == 100
    assert_equal(base, database)


def test_more_rows_than_a_page(project, database, base):
    base.create_table("Things", [{"column_name": "Amount", "column_type": "number"}])
    base.append_rows("Things", [{"Amount": number} for number in range(2345)])
    project.run(JOB, tap_seatable_page_size=100)
    assert_equal(base, database)
    assert sum(row["Amount"] for row in database.rows(SCHEMA, "Things")) == sum(range(2345))


@pytest.mark.usefixtures("zoo")
def test_only_some_tables(project, database):
    project.run(JOB, tap_seatable_tables=["Oth*"])
    assert database.tables(SCHEMA) == ["Others"]
    project.run(JOB, tap_seatable_exclude_tables=["Oth*"])
    assert database.tables(SCHEMA) == ["Others", "Zoo"]


def test_the_state_is_small_and_says_how_far_it_came(project, base):
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.append_rows("Things", [{"Name": "one"}])
    project.run(JOB)
    (state,) = project.states().values()
    bookmark = state["singer_state"]["bookmarks"]["Things"]
    assert bookmark["replication_key"] == "_mtime"
    assert len(json.dumps(state)) < 5000


def test_a_wrong_token_is_said_and_not_shown(project):
    token = "0123456789abcdef0123456789abcdef01234567"
    with pytest.raises(MeltanoFailed):
        project.run(JOB, tap_seatable_api_token=token)
    said = project.log.read_text(encoding="utf-8")
    assert "Check api_token" in said
    assert token not in said


def test_several_bases_become_schemas_and_leave_each_other_alone(project, database, sandbox):
    """Tables of one name, of which one loses a row."""
    bases = {name: sandbox.create_base(name) for name in ("Sales EU", "Sales US")}
    ids = {name: make_table(base, "People", 3) for name, base in bases.items()}
    settings = {
        "tap_seatable_api_token": "",
        "tap_seatable_bases": [{"api_token": base.read_only_token} for base in bases.values()],
    }
    job = "bases-to-warehouse"
    project.run(job, **settings)
    bases["Sales EU"].delete_rows("People", ids["Sales EU"][:1])
    project.run(job, **settings)
    for name, base in bases.items():
        living = [row for row in database.rows(name, "People") if not row["_sdc_deleted_at"]]
        assert {row["_id"] for row in living} == {row["_id"] for row in base.rows("People")}
    assert database.tables(SCHEMA) == []


def test_states_that_meltano_merges_stay_valid(project, database, base):
    """Its --full-refresh and its merging lay the new state over the old one, at every depth.

    The table had other columns when the old one was written.
    """
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.append_rows("Things", [{"Name": f"row {number}"} for number in range(20)])
    project.run(JOB)
    base.rename_column("Things", "Name", "Title")
    project.call("run", "--refresh-catalog", "--full-refresh", JOB)
    run = project.call("run", "--state-strategy", "merge", JOB)
    assert "full sync, because" not in run.log
    assert run.count_records("tap-seatable") == 0
    assert len(database.rows(SCHEMA, "Things")) == 20
