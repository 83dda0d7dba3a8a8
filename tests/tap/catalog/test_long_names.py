"""Names longer than PostgreSQL's 63 bytes: warned of, shortened if asked for, whole in a copy."""

import contextlib
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.metadata import Column, Metadata, Table
from tap_seatable.catalog import plan_streams
from tap_seatable.config import TapConfig
from target_seatable.target import TargetSeaTable
from tests.tap.support import config_of, discover, make_table, read

pytestmark = pytest.mark.only_on("gateway")

LONG_TABLE = "Orders of all regions and branches since the beginning of our records"
LONG_COLUMN = "Größe der Verpackung in Zentimetern einschließlich aller Überstände"
"""67 characters, and more bytes."""


def size(name):
    return len(name.encode())


@pytest.fixture
def long_base(base):
    """A base whose table and columns have long names, of which two begin alike."""
    base.create_table(LONG_TABLE, [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": f"{LONG_COLUMN} 1", "column_type": "number"},
        {"column_name": f"{LONG_COLUMN} 2", "column_type": "number"},
    ])  # fmt: skip
    base.add_column(LONG_TABLE, "Sum", "formula",
                    {"formula": f"{{{LONG_COLUMN} 1}} + {{{LONG_COLUMN} 2}}"})  # fmt: skip
    base.append_rows(LONG_TABLE, [{"Name": "box", f"{LONG_COLUMN} 1": 1, f"{LONG_COLUMN} 2": 2}])
    return base


def test_long_names_are_warned_of_with_the_setting(long_base, config):
    run = read(config)
    [line] = run.log_lines("longer than 63 bytes")
    assert "3 names are longer" in line
    for name in (LONG_TABLE, f"{LONG_COLUMN} 1", f"{LONG_COLUMN} 2"):
        assert repr(name) in line
    assert "set max_name_bytes, for PostgreSQL to 63" in line
    assert run.streams == [LONG_TABLE]


def test_deselected_names_are_not_warned_of(long_base, config):
    catalog = discover(config)
    [entry] = catalog["streams"]
    for item in entry["metadata"]:
        if item["breadcrumb"][-1:] and size(item["breadcrumb"][-1]) > 63:
            item["metadata"]["selected"] = False
    [line] = read(config, catalog=catalog).log_lines("longer than 63 bytes")
    assert "1 name is longer" in line


def test_short_names_are_not_warned_of(base, config):
    base.create_table("x" * 63, [{"column_name": "ä" * 31, "column_type": "text"}])
    assert not read(config).log_lines("longer than")


def test_names_are_shortened_at_a_letter_and_end_with_an_id(long_base, config):
    run = read({**config, "max_name_bytes": 63})
    [stream] = run.streams
    assert size(stream) <= 63
    assert re.fullmatch(re.escape(LONG_TABLE[:58]) + "_[0-9a-zA-Z]{4}", stream)
    [record] = run.records(stream)
    assert max(map(size, record)) <= 63
    short = [name for name in record if name.startswith("Größe")]
    assert [record[name] for name in short] == [1, 2]
    assert all(LONG_COLUMN.startswith(name.rpartition("_")[0]) for name in short)
    assert not run.log_lines("longer than")


def test_a_name_does_not_depend_on_its_neighbours(long_base, config):
    config = {**config, "max_name_bytes": 63}
    before = discover(config)["streams"][0]["schema"]["properties"]
    long_base.delete_column(LONG_TABLE, f"{LONG_COLUMN} 2")
    make_table(long_base, f"{LONG_TABLE} too")
    after = discover(config)["streams"][0]["schema"]["properties"]
    assert [name for name in before if name in after] == list(after)
    assert len(before) == len(after) + 1


def test_a_catalog_keeps_its_names_and_says_so(long_base, config):
    catalog = discover(config)
    run = read({**config, "max_name_bytes": 63}, catalog=catalog)
    assert run.streams == [LONG_TABLE]
    [line] = run.log_lines("longer than 63 bytes")
    assert "the catalog keeps them" in line
    assert "--refresh-catalog" in line


def test_schema_and_table_have_the_limit_each(sandbox, long_base):
    bases = [sandbox.create_base(LONG_TABLE), sandbox.create_base(f"{LONG_TABLE} too")]
    for base in bases:
        make_table(base, LONG_TABLE, 1)
    config = {
        "server_url": sandbox.url,
        "bases": [{"api_token": base.api_token} for base in bases],
        "max_name_bytes": 63,
    }
    run = read(config)
    assert len(set(run.streams)) == 2
    for stream in run.streams:
        schema, table = stream.split("-")
        assert size(schema) <= 63
        assert size(table) <= 63


def load(target, run):
    """Load a run's messages into a base."""
    lines = "".join(json.dumps(message) + "\n" for message in run.messages).encode()
    with contextlib.redirect_stdout(io.StringIO()):
        TargetSeaTable(config=target).run(io.BytesIO(lines))


def columns_of(base, table):
    [found] = [entry for entry in base.metadata()["metadata"]["tables"] if entry["name"] == table]
    return {column["name"]: column["type"] for column in found["columns"]}


def test_a_copy_has_the_full_names(sandbox, long_base, config):
    copy = sandbox.create_base("Copy")
    target, config = config_of(sandbox, copy), {**config, "max_name_bytes": 63}
    catalog = discover(config)
    first = read(config, catalog=catalog)
    load(target, first)
    original = columns_of(long_base, LONG_TABLE)
    assert original.items() <= columns_of(copy, LONG_TABLE).items()
    [row] = copy.rows(LONG_TABLE)
    assert (row[f"{LONG_COLUMN} 1"], row[f"{LONG_COLUMN} 2"], row["Sum"]) == (1, 2, 3)

    # Again, after a renaming that a kept catalog does not follow: no column is added.
    long_base.rename_column(LONG_TABLE, f"{LONG_COLUMN} 1", "Renamed")
    long_base.append_rows(LONG_TABLE, [{"Name": "bag", "Renamed": 5}])
    columns = columns_of(copy, LONG_TABLE)
    load(target, read(config, catalog=catalog, state=first.state))
    assert columns_of(copy, LONG_TABLE) == columns
    assert {row["Name"]: row[f"{LONG_COLUMN} 1"] for row in copy.rows(LONG_TABLE)} == {
        "box": 1, "bag": 5,
    }  # fmt: skip


LETTERS = st.text(st.sampled_from("aAäßX_-👍\u0301"), min_size=1, max_size=60)
KEYS = st.text(st.sampled_from("aA0"), min_size=4, max_size=4)


@given(
    st.lists(st.tuples(KEYS, LETTERS), min_size=1, max_size=12,
             unique_by=(lambda pair: pair[0], lambda pair: pair[1])),
    st.integers(30, 70),
)  # fmt: skip
def test_any_names_fit_and_differ(pairs, limit):
    columns = tuple(Column(key, name, "text") for key, name in pairs)
    tables = tuple(Table(key, name, columns, ()) for key, name in pairs)
    plans = plan_streams(Metadata(tables), "b", TapConfig.parse({"max_name_bytes": limit}))
    plain = plan_streams(Metadata(tables), "b", TapConfig.parse({}))
    assert len({plan.name.casefold() for plan in plans}) == len(pairs)
    for plan, whole in zip(plans, plain, strict=True):
        assert size(plan.name) <= limit
        assert len({name.casefold() for name in plan.properties}) == len(whole.properties)
        for name, unshortened in zip(plan.properties, whole.properties, strict=True):
            assert size(name) <= limit
            column = whole.properties[unshortened]
            assert plan.properties[name] is column
            extension = plan.extensions.get(name, {})
            # What was shortened can be put back; what was not, stays as it was.
            if name != unshortened and size(column.name) > limit:
                assert extension["full_name"] == column.name
