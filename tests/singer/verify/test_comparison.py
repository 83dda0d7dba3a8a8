"""A comparison finds any single change at either side, and none where only types differ."""

import json
import sqlite3
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from seatable_client.errors import ConfigError, SeaTableError
from singer_seatable.verify import Comparison, IterableTable, match_names, open_warehouse

UTC = timezone.utc
NULL = "null"
PROPERTIES: dict[str, dict[str, Any]] = {
    "_id": {"type": ["string", NULL]},
    "Name": {"type": ["string", NULL]},
    "Amount": {"type": ["number", NULL]},
    "Paid": {"type": ["boolean", NULL]},
    "Day": {"type": ["string", NULL], "format": "date"},
    "Changed at": {"type": ["string", NULL], "format": "date-time"},
    "Tags": {"type": ["array", NULL], "items": {"type": ["string", NULL]}},
    "Place": {"type": ["object", NULL], "properties": {"lng": {"type": "number"}}},
    "_deleted_at": {"type": ["string", NULL], "format": "date-time"},
}
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
WORD = TEXT.filter(bool)
NUMBER = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
MOMENT = st.datetimes(
    datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip
VALUES = {
    "Name": WORD,
    "Amount": NUMBER,
    "Paid": st.booleans(),
    "Day": st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "Changed at": MOMENT.map(lambda moment: moment.replace(microsecond=0)),
    "Tags": st.lists(WORD, min_size=1, max_size=3),
    "Place": st.builds(lambda lng: {"lng": lng}, NUMBER),
}
"""Values by column, equal in Python exactly if they are one value."""

ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}),
    max_size=6,
).map(lambda rows: [{"_id": f"row {index}", **row} for index, row in enumerate(rows)])

MEMORY, JSONL, PARQUET, SQLITE = "memory", "jsonl", "parquet", "sqlite"


def recorded(row):
    """A row as the tap sends it, through JSON."""
    plain = {
        name: value.isoformat() if isinstance(value, (date, datetime)) else value
        for name, value in row.items()
    }
    return msgspec.json.decode(msgspec.json.encode(plain))


def as_sqlite(value):
    """As loaders of SQLite keep it: text, 0 and 1, JSON text, UTC without a zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", timespec="microseconds")
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return value.isoformat() if isinstance(value, date) else value


def as_postgres(value):
    """As drivers of PostgreSQL give it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(repr(value))
    return value


def as_parquet(rows, name):
    values = [as_sqlite(row[name]) if name in {"Tags", "Place"} else row[name] for row in rows]
    if name == "Amount":
        return pa.array([None if value is None else float(value) for value in values])
    return pa.array(values)


def open_table(kind, rows, folder):
    """The rows in a warehouse of a kind."""
    if kind == MEMORY:
        stored = [{name: as_postgres(value) for name, value in row.items()} for row in rows]
        return IterableTable("things", list(PROPERTIES), lambda: stored)
    for old in folder.iterdir():
        old.unlink()
    if kind == SQLITE:
        place = folder / "file.db"
        with sqlite3.connect(place) as connection:
            columns = ", ".join(f'"{name.lower()}"' for name in PROPERTIES)
            connection.execute(f"CREATE TABLE things ({columns})")
            marks = ", ".join("?" for _ in PROPERTIES)
            connection.executemany(
                f"INSERT INTO things VALUES ({marks})",
                [[as_sqlite(row.get(name)) for name in PROPERTIES] for row in rows],
            )
        connection.close()
        return open_warehouse(f"sqlite:///{place}").find("Things")
    if kind == JSONL:
        lines = [json.dumps(dict.fromkeys(PROPERTIES) | recorded(row)) for row in rows]
        (folder / "Things-20240605T101112.jsonl").write_text("\n".join(lines), encoding="utf-8")
    else:
        names = [name for name in PROPERTIES if name != "_deleted_at"]
        table = pa.table({name: as_parquet(rows, name) for name in names})
        parquet.write_table(table, folder / "Things.parquet")
    return open_warehouse(str(folder)).find("Things")


def compared(rows, table, keys=("_id",)):
    comparison = Comparison("Things", PROPERTIES, keys, table)
    for row in rows:
        comparison.add(recorded(row))
    return comparison.finish()


several = pytest.mark.parametrize("keys", [("_id",), ()], ids=["by key", "whole rows"])
kinds = pytest.mark.parametrize("kind", [MEMORY, JSONL, PARQUET, SQLITE])
random_lives = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@kinds
@several
@random_lives
@given(rows=ROWS.filter(bool), data=st.data())
def test_the_same_rows_are_equal_and_any_change_is_found(tmp_path, kind, keys, rows, data):
    shuffled = data.draw(st.permutations(rows))
    result = compared(rows, open_table(kind, shuffled, tmp_path), keys)
    assert result.is_equal, result
    assert result.rows == result.rows_there == len(rows)

    index = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(list(VALUES)))
    old = rows[index][name]
    new = data.draw((st.none() | VALUES[name]).filter(lambda value: value != old))
    changed = [*rows[:index], {**rows[index], name: new}, *rows[index + 1 :]]
    for left, right in ((rows, changed), (changed, rows)):
        result = compared(left, open_table(kind, right, tmp_path), keys)
        assert not result.is_equal
        if keys:
            assert (result.missing, result.unexpected, result.changed) == (0, 0, 1)
            assert result.columns == {name: 1}
        else:
            assert (result.missing, result.unexpected) == (1, 1)

    fewer = [*rows[:index], *rows[index + 1 :]]
    if fewer or kind != JSONL:  # without a line there are no columns to be compared
        result = compared(rows, open_table(kind, fewer, tmp_path), keys)
        assert (result.missing, result.unexpected, result.changed) == (1, 0, 0)
    result = compared(fewer, open_table(kind, rows, tmp_path), keys)
    assert (result.missing, result.unexpected, result.changed) == (0, 1, 0)


@several
@random_lives
@given(rows=ROWS.filter(bool), data=st.data())
def test_a_row_that_is_there_twice_is_found(tmp_path, keys, rows, data):
    doubled = [*rows, data.draw(st.sampled_from(rows))]
    for kind in (MEMORY, SQLITE):
        result = compared(rows, open_table(kind, doubled, tmp_path), keys)
        assert (result.missing, result.unexpected, result.changed) == (0, 1, 0)
    result = compared(doubled, open_table(MEMORY, rows, tmp_path), keys)
    assert (result.missing, result.unexpected, result.changed) == (1, 0, 0)


ONE = {"_id": "a", **dict.fromkeys(VALUES)}


@pytest.mark.parametrize("kind", [MEMORY, SQLITE])
def test_a_row_that_is_marked_as_deleted_does_not_live(tmp_path, kind):
    table = open_table(kind, [{**ONE, "_deleted_at": datetime(2024, 6, 5, tzinfo=UTC)}], tmp_path)
    assert compared([], table).is_equal
    table = open_table(kind, [{**ONE, "_deleted_at": datetime(2024, 6, 5, tzinfo=UTC)}], tmp_path)
    assert compared([ONE], table).missing == 1


def test_of_appended_rows_the_newest_counts(tmp_path):
    first, second = {**ONE, "Name": "first"}, {**ONE, "Name": "second"}
    dead = {**ONE, "_deleted_at": datetime(2024, 6, 5, tzinfo=UTC)}
    for rows, living in (
        ([first, second], [second]),
        ([first, dead], []),
        ([first, dead, second], [second]),
    ):
        assert compared(living, open_table(JSONL, rows, tmp_path)).is_equal
    assert compared([first], open_table(JSONL, [first, second], tmp_path)).changed == 1
    assert compared([first], open_table(JSONL, [first, dead], tmp_path)).missing == 1


def test_files_of_several_runs_are_one_table(tmp_path):
    for number, name in enumerate(["first", "second"]):
        file = tmp_path / f"Things-2024-06-0{number + 1}.jsonl"
        file.write_text(json.dumps({**ONE, "Name": name}) + "\n", encoding="utf-8")
    columns = {name: kind for name, kind in PROPERTIES.items() if name != "_deleted_at"}
    comparison = Comparison(
        "Things", columns, ["_id"], open_warehouse(str(tmp_path)).find("Things")
    )
    comparison.add({**ONE, "Name": "second"})
    assert comparison.finish().is_equal


def test_a_missing_column_is_a_difference():
    names = [name for name in PROPERTIES if name != "Paid"]
    result = compared([ONE], IterableTable("things", names, lambda: [ONE]))
    assert not result.is_equal
    assert result.missing_columns == ["Paid"]
    result = compared([ONE], IterableTable("things", ["Name"], lambda: [ONE]))
    assert "_id" in result.missing_columns


def test_a_missing_table_is_a_difference_if_it_has_rows():
    assert compared([], None).is_equal
    result = compared([ONE], None)
    assert not result.is_equal
    assert result.missing == 1


def test_names_as_loaders_make_them():
    found = ["every_type", "orders", "größe_cm", "a" * 63, "***"]
    wanted = ["Every type", "Orders", "Größe (cm)", "A" * 80, "+++"]
    assert match_names(wanted, found, owner="It") == dict(zip(wanted[:4], found[:4], strict=True))
    assert match_names(["_id", "ID"], ["id", "_id"], owner="It") == {"_id": "_id", "ID": "id"}
    with pytest.raises(ConfigError, match="may be 'a_b' or 'a b'"):
        match_names(["A-B"], ["a_b", "a b"], owner="It")


def test_places_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="There is no folder"):
        open_warehouse(str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="has no file"):
        open_warehouse(str(tmp_path))
    for url in ("nothing://user:s3cret@host/db", "postgresql+nodriver://u:s3cret@h/db"):
        with pytest.raises(ConfigError) as caught:
            open_warehouse(url)
        assert "s3cret" not in str(caught.value)
    with pytest.raises(SeaTableError) as unread:
        open_warehouse("postgresql+psycopg://user:s3cret@127.0.0.1:1/db")
    assert "s3cret" not in str(unread.value)
    assert "Check the URL" in str(unread.value)
    (tmp_path / "Things.jsonl").write_text('{"_id": \n', encoding="utf-8")
    with pytest.raises(SeaTableError, match=r"Things.jsonl cannot be read: line 1"):
        compared([], open_warehouse(str(tmp_path)).find("Things"))
    (tmp_path / "Things.parquet").write_bytes(b"no parquet")
    (tmp_path / "Things.jsonl").unlink()
    with pytest.raises(SeaTableError, match=r"Things.parquet cannot be read"):
        compared([], open_warehouse(str(tmp_path)).find("Things"))


def test_a_long_table_names_all_columns_that_differ_and_shows_few_rows():
    rows = [{**ONE, "_id": str(number)} for number in range(20_000)]
    loaded = [{**row, "Amount": 1} for row in rows]
    result = compared(rows, IterableTable("things", list(PROPERTIES), lambda: loaded))
    assert result.changed == 20_000
    assert set(result.columns) == {"Amount"}
    assert len(result.examples) < 10


def test_a_zone_is_of_date_times_without_one():
    moment = datetime(2024, 6, 5, 12, tzinfo=UTC)
    loaded = {**ONE, "Changed at": (moment + timedelta(hours=2)).replace(tzinfo=None)}
    assert compared(
        [{**ONE, "Changed at": moment}], IterableTable("t", list(PROPERTIES), lambda: [loaded])
    ).changed
