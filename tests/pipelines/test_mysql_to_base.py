"""tap-mysql into target-seatable, from a real MariaDB server: each value, loaded and loaded again.

docs/mysql.md has the table for users. What the extractor itself makes of a value stands here so
that a change of it shows.
"""

import os

import pytest

from tests.docs.conftest import blocks
from tests.pipelines.compare import list_columns
from tools.mariadb import mysql_database, mysql_server

JOB = "mysql-to-base"


@pytest.fixture(scope="session")
def server():
    """A MariaDB server: the one that TEST_MYSQL_URL names, or one that is started here."""
    with mysql_server(os.environ.get("TEST_MYSQL_URL")) as server:
        yield server


@pytest.fixture
def mysql(server):
    with mysql_database(server) as database:
        yield database


@pytest.fixture
def load(project, mysql):
    """Runs the job on one table or view of the database, which becomes the table T."""

    def run(table, **settings):
        stream = f"{mysql.name}-{table}"
        return project.run(
            JOB,
            **mysql.settings(),
            tap_mysql_filter_tables=table,
            target_seatable_table_mapping={stream: "T"},
            **{
                name: {stream: value} if name.endswith(("_properties", "_types")) else value
                for name, value in settings.items()
            },
        )

    return run


def types_of(base):
    return {name: column["type"] for name, column in list_columns(base.metadata(), "T").items()}


def cells(base, name):
    """The cells of a column by id."""
    return {row["id"]: row[name] for row in base.rows("T")}


LONG = "12345678901234567890.1234567891"
TYPES = {
    # type: (the column made for it, [(as SQL has it, as the base holds it)])
    "decimal(30,10)": (
        "text",
        [(LONG, LONG), (f"-{LONG}", f"-{LONG}"), ("1.5", "1.5000000000")],
    ),
    "decimal(10,2)": ("number", [("12.50", 12.5), ("-99999999.99", -99999999.99), ("0", 0)]),
    "tinyint unsigned": ("number", [("255", 255), ("0", 0)]),
    "int unsigned": ("number", [("4294967295", 4294967295)]),
    "bigint": ("number", [("-9007199254740992", -(2**53))]),
    "bigint unsigned": ("text", [("18446744073709551615",) * 2, ("0", "0")]),
    "tinyint(1)": ("checkbox", [("1", True), ("0", False), ("7", True)]),
    "bit(1)": ("checkbox", [("1", True), ("0", False)]),
    "bit(8)": ("checkbox", [("5", True), ("0", False)]),  # the extractor's
    "float": ("number", [("1.1", 1.1)]),
    "double": (
        "number",
        [("0.1", 0.1), ("1e308", 1e308), ("0.30000000000000004", 0.30000000000000004)],
    ),
    "date": ("date", [("'2024-02-29'", "2024-02-29T00:00"), ("NULL", None)]),
    "datetime": ("date", [("'2024-06-05 10:20:00'", "2024-06-05T10:20")]),
    "timestamp null": ("date", [("'2024-06-05 10:20:00'", "2024-06-05T10:20")]),
    "datetime(6)": (
        "text",
        [("'2024-06-05 10:20:30.123456'", "2024-06-05T10:20:30.123456+00:00")],
    ),
    "date default null": ("text", [("'0000-00-00'", "0000-00-00")]),
    "datetime default null": ("text", [("'0000-00-00 00:00:00'", "0000-00-00 00:00:00")]),
    "time": ("text", [("'13:45:10'", "13:45:10"), ("'-01:00:00'", "-1 day, 23:00:00")]),
    "enum('small','large, very')": ("text", [("'large, very'", "large, very")]),
    "json": (
        "long-text",
        [("'{\"a\": [1, 2.50, 9007199254740993]}'", '{"a": [1, 2.50, 9007199254740993]}')],
    ),
    "varchar(20)": ("text", [("'Größe 🍵'", "Größe 🍵"), ("'007'", "007"), ("'12'", "12")]),
    "char(5)": ("text", [("'ab'", "ab")]),
    "longtext": ("long-text", [("'two\\nlines'", "two\nlines")]),
    "varbinary(4)": ("text", [("x'00ff'", "00FF")]),
}


def rows_of(pairs, shift):
    """What the rows 0, 1 and 2 have of a type: each load, the next value."""
    return {row: pairs[(row + shift) % len(pairs)] for row in range(3)}


def write(mysql, shift):
    values = [rows_of(pairs, shift) for _, pairs in TYPES.values()]
    for row in range(3):
        cells = ", ".join(column[row][0] for column in values)
        mysql.execute(f"REPLACE INTO t VALUES ({row}, {cells})")


def assert_every_value(base, shift):
    for index, (type_, (column, pairs)) in enumerate(TYPES.items()):
        stored = cells(base, f"c{index}")
        if column == "date":
            stored = {row: cell and cell[:16] for row, cell in stored.items()}
        assert stored == {row: value for row, (_, value) in rows_of(pairs, shift).items()}, type_


def test_every_type_is_loaded_changed_and_loaded_again(load, mysql, base):
    columns = ", ".join(f"c{index} {type_}" for index, type_ in enumerate(TYPES))
    mysql.execute(f"CREATE TABLE t (id int unsigned PRIMARY KEY, {columns})")
    write(mysql, 0)
    load("t", target_seatable_server_timezone="UTC")
    made = types_of(base)
    assert {type_: made[f"c{index}"] for index, type_ in enumerate(TYPES)} == {
        type_: column for type_, (column, _) in TYPES.items()
    }
    assert_every_value(base, 0)
    before = cells(base, "_id")
    write(mysql, 1)
    load("t", target_seatable_server_timezone="UTC")
    assert_every_value(base, 1)
    assert cells(base, "_id") == before


SHOP = """
CREATE TABLE goods (
    id int PRIMARY KEY, sizes set('s','m','l'), made year, picture blob, bits bit(8),
    code tinyint(1), day date, opened time);
INSERT INTO goods VALUES (1, 's,l', 2024, x'00ff', 5, 7, '2024-02-29', '-01:00:00');
INSERT INTO goods VALUES (2, '', NULL, NULL, NULL, NULL, '0000-00-00', NULL);
"""


def rows_by_id(base):
    return {row["id"]: {**row, "day": (row["day"] or "")[:10]} for row in base.rows("T")}


def test_what_the_extractor_does_not_read_is_told(load, mysql, base):
    mysql.execute(SHOP)
    run = load("goods")
    assert set(types_of(base)) == {"id", "bits", "code", "day", "opened"}
    (skipped,) = [line for line in run.log.splitlines() if "are not supported. Skipping" in line]
    assert all(f"'{name}'" in skipped for name in ("sizes", "made", "picture"))


def test_a_view_says_what_the_extractor_does_not(load, mysql, base):
    mysql.execute(SHOP)
    (view,) = blocks("docs/mysql.md", "mysql_view")
    mysql.execute(view)
    settings = {
        "target_seatable_key_properties": ["id"],
        "target_seatable_column_types": {"day": "date"},
    }
    load("goods_for_seatable", **settings)
    rows = rows_by_id(base)
    names = ("sizes", "made", "picture", "bits", "code", "day", "opened")
    assert [rows[1][name] for name in names] == [
        *("s,l", 2024, "00FF", 5, 7, "2024-02-29", "-01:00:00")
    ]
    assert [rows[2][name] or None for name in names] == [None] * 7
    mysql.execute("UPDATE goods SET sizes = 'm', made = 1999, code = 8 WHERE id = 2")
    load("goods_for_seatable", **settings)
    after = rows_by_id(base)
    assert after[1] == rows[1]
    assert [after[2][name] for name in ("sizes", "made", "code", "_id")] == [
        *("m", 1999, 8, rows[2]["_id"])
    ]


def test_a_deleted_row_leaves_the_base_with_overwrite(load, mysql, base):
    mysql.execute("CREATE TABLE t (id int PRIMARY KEY)")
    mysql.execute("INSERT INTO t VALUES (1), (2), (3)")
    load("t", target_seatable_load_method="overwrite")
    mysql.execute("DELETE FROM t WHERE id = 2")
    load("t", target_seatable_load_method="overwrite")
    assert set(cells(base, "id")) == {1, 3}
