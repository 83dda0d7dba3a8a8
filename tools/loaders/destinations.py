"""Reads back what loaders have stored: the types of columns, and all rows."""

from __future__ import annotations

import csv
import json
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.loaders.programs import Program
    from tools.mariadb import MySqlDatabase

    Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A table, or a file.

    Attributes:
        types: the type of each column.
        rows: the rows, oldest first where that matters.
    """

    types: Mapping[str, str]
    rows: list[Row]


if TYPE_CHECKING:
    Tables = Mapping[str, Table]


@dataclass(frozen=True)
class Place:
    """Where a loader stores: a folder and a schema of a database, both its own.

    Attributes:
        folder: an empty folder.
        database_url: of a PostgreSQL database.
        program: the loader.
        mysql: an empty database of MariaDB, for a loader that stores there.
    """

    folder: Path
    database_url: str
    program: Program
    mysql: MySqlDatabase | None = None

    @cached_property
    def schema(self) -> str:
        """The schema of the database."""
        return f"loader_{secrets.token_hex(6)}"

    @property
    def file(self) -> Path:
        """A file for a database."""
        return self.folder / "warehouse.duckdb"

    @property
    def mysql_database(self) -> MySqlDatabase:
        """The database of MariaDB."""
        if self.mysql is None:
            raise RuntimeError(f"Give {self.program.name} a database of MariaDB.")
        return self.mysql

    @property
    def database(self) -> dict[str, Any]:
        """The parts of the database's URL, as older loaders take them."""
        url = urlsplit(self.database_url)
        host = parse_qs(url.query).get("host", [url.hostname or "localhost"])[0]
        return {
            "host": host,
            "port": url.port or 5432,
            "user": url.username,
            "password": url.password,
            "dbname": url.path.lstrip("/"),
        }


def encode(value: Any) -> bytes:
    """JSON of a value."""
    return json.dumps(value, ensure_ascii=False).encode()


def read_postgres(place: Place) -> Tables:
    """The tables of the loader's schema. JSON is text, so that its null is not that of SQL."""
    found: dict[str, Table] = {}
    with psycopg.connect(place.database_url, row_factory=dict_row) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type, udt_name FROM information_schema.columns"
            " WHERE table_schema = %s ORDER BY table_name, ordinal_position",
            [place.schema],
        ).fetchall()
        for table in dict.fromkeys(column["table_name"] for column in columns):
            own = [column for column in columns if column["table_name"] == table]
            query = sql.SQL("SELECT {} FROM {}").format(
                sql.SQL(", ").join(map(_cell, own)), sql.Identifier(place.schema, table)
            )
            types = {column["column_name"]: _type(column) for column in own}
            found[table] = Table(types, connection.execute(query).fetchall())
    return found


def _cell(column: Mapping[str, Any]) -> sql.Composed:
    name = sql.Identifier(column["column_name"])
    if column["data_type"] == "jsonb":
        return sql.SQL("{}::text AS {}").format(name, name)
    return sql.SQL("{}").format(name)


def _type(column: Mapping[str, Any]) -> str:
    if column["data_type"] == "ARRAY":
        return f"{column['udt_name'].lstrip('_')}[]"
    short = {"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
             "character varying": "varchar"}  # fmt: skip
    type_ = str(column["data_type"])
    return short.get(type_, type_)


def read_mysql(place: Place) -> Tables:
    """The tables of the loader's database of MariaDB, which has no type for JSON."""
    database = place.mysql_database
    columns = database.rows(
        "SELECT table_name AS `table`, column_name AS name, data_type AS type"
        " FROM information_schema.columns WHERE table_schema = DATABASE()"
        " ORDER BY table_name, ordinal_position"
    )
    found = {}
    for table in dict.fromkeys(column["table"] for column in columns):
        types = {column["name"]: column["type"] for column in columns if column["table"] == table}
        quoted = table.replace("`", "``")
        rows = database.rows(f"SELECT * FROM `{quoted}`")  # noqa: S608
        found[table] = Table(
            types, [{name: _plain(value) for name, value in row.items()} for row in rows]
        )
    return found


def _plain(value: Any) -> Any:
    """A number without the zeros that a DECIMAL(65, 30) ends with."""
    return value.normalize() if isinstance(value, Decimal) else value


def read_sqlite(place: Place) -> Tables:
    """The tables of an SQLite file."""
    found = {}
    with closing(sqlite3.connect(place.file.with_suffix(".db"))) as database:
        database.row_factory = sqlite3.Row
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (table,) in sorted(tables, key=tuple):
            columns = database.execute("SELECT name, type FROM pragma_table_info(?)", [table])
            types = {column["name"]: column["type"].lower() for column in columns}
            quoted = table.replace('"', '""')
            rows = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608
            found[table] = Table(types, [dict(row) for row in rows])
    return found


_DUCKDB = """
import json, sys, duckdb
found = {}
with duckdb.connect(sys.argv[1], read_only=True) as database:
    tables = database.execute("select table_name from duckdb_tables()").fetchall()
    for (table,) in sorted(tables):
        cursor = database.execute('select * from "%s"' % table)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row)) for row in cursor.fetchall()]
        types = database.execute(
            "select column_name, data_type from duckdb_columns() where table_name = ?", [table])
        found[table] = [dict(types.fetchall()), rows]
is_decimal = lambda value: hasattr(value, "as_tuple")
print(json.dumps(found, default=lambda value: (float if is_decimal(value) else str)(value)))
"""


def read_duckdb(place: Place) -> Tables:
    """The tables of a DuckDB file, read with the loader's own library."""
    found = json.loads(place.program.python(_DUCKDB, str(place.file)))
    return {
        name: Table({column: type_.lower() for column, type_ in types.items()}, rows)
        for name, (types, rows) in found.items()
    }


_AVRO = """
import json, pathlib, sys, fastavro

def name_of(type_):
    if isinstance(type_, list):
        return name_of(next((part for part in type_ if part != "null"), "null"))
    return type_.get("logicalType", type_["type"]) if isinstance(type_, dict) else type_

found = {}
for path in pathlib.Path(sys.argv[1]).glob("out.*.avro"):
    with path.open("rb") as file:
        reader = fastavro.reader(file)
        types = {field["name"]: name_of(field["type"]) for field in reader.writer_schema["fields"]}
        found[path.name[4:-5]] = [types, list(reader)]
print(json.dumps(found, default=str))
"""


def read_avro(place: Place) -> Tables:
    """The Avro files, read with the loader's own library."""
    found = json.loads(place.program.python(_AVRO, str(place.folder)))
    return {name: Table(types, rows) for name, (types, rows) in found.items()}


def read_json_lines(place: Place) -> Tables:
    """The files of JSON lines; later lines may have other properties."""
    found = {}
    for path in sorted(place.folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        names = dict.fromkeys(name for row in rows for name in row)
        found[path.stem] = Table(dict.fromkeys(names, "JSON"), rows)
    return found


def read_csv(place: Place) -> Tables:
    """The CSV files: cells are texts, and an empty one is null."""
    found = {}
    for path in sorted(place.folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = [{name: cell or None for name, cell in row.items()} for row in reader]
            names = reader.fieldnames or ()
        found[path.stem] = Table(dict.fromkeys(names, "text"), rows)
    return found
