"""A temporary MySQL database, on a MariaDB server that is started for it or that a URL names."""

from __future__ import annotations

import getpass
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import pymysql
from pymysql.cursors import DictCursor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_START_SECONDS = 60


@dataclass(frozen=True)
class MySqlDatabase:
    """A database of a server."""

    host: str
    port: int
    user: str
    password: str
    name: str = ""

    @property
    def url(self) -> str:
        """Its URL, as SQLAlchemy takes it."""
        account = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"mysql+pymysql://{account}@{self.host}:{self.port}/{self.name}"

    def settings(self) -> Mapping[str, str]:
        """What tap-mysql of meltano.yml needs to read it."""
        return {
            "tap_mysql_host": self.host,
            "tap_mysql_port": str(self.port),
            "tap_mysql_user": self.user,
            "tap_mysql_password": self.password,
            "tap_mysql_filter_dbs": self.name,
        }

    def execute(self, script: str) -> None:
        """Run statements that end with a semicolon and a line feed."""
        with closing(self._connect()) as connection, connection.cursor() as cursor:
            for statement in filter(str.strip, script.split(";\n")):
                cursor.execute(statement)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, by column names."""
        with closing(self._connect()) as connection, connection.cursor(DictCursor) as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def _connect(self) -> pymysql.Connection[Any]:
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=self.name or None,
            charset="utf8mb4",
            autocommit=True,
            # Zero dates are refused by default, and old databases hold them.
            init_command="SET sql_mode = ''",
        )


@contextmanager
def mysql_server(url: str | None = None) -> Iterator[MySqlDatabase]:
    """A server whose user may create databases: that of the URL, or one that is started here.

    A server of its own listens on this machine only, in a temporary folder, and needs no rights.
    """
    if url:
        parts = urlsplit(url)
        yield MySqlDatabase(
            parts.hostname or "127.0.0.1",
            parts.port or 3306,
            unquote(parts.username or "root"),
            unquote(parts.password or ""),
        )
        return
    if not _program("mariadbd") or not _program("mariadb-install-db"):
        raise RuntimeError(
            "These tests need MariaDB. Install Debian's packages mariadb-server-core and "
            "mariadb-client-core, or set TEST_MYSQL_URL to mysql://user:password@host:port of a "
            "server whose user may create databases."
        )
    with (
        tempfile.TemporaryDirectory(prefix="seatable-my-", ignore_cleanup_errors=True) as folder,
        _own_server(Path(folder)) as server,
    ):
        yield server


@contextmanager
def mysql_database(server: MySqlDatabase) -> Iterator[MySqlDatabase]:
    """An empty database; it is dropped at the end."""
    name = f"seatable_{secrets.token_hex(6)}"
    server.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield replace(server, name=name)
    finally:
        server.execute(f"DROP DATABASE {name}")


@contextmanager
def _own_server(folder: Path) -> Iterator[MySqlDatabase]:
    data, log = folder / "data", folder / "log"
    common = ["--no-defaults", f"--user={getpass.getuser()}", f"--datadir={data}"]
    install = [
        _program("mariadb-install-db") or "",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ]
    subprocess.run([install[0], *common, *install[1:]], check=True, capture_output=True)
    port = _free_port()
    connection = [f"--socket={folder / 's'}", f"--port={port}", "--bind-address=127.0.0.1"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [
                _program("mariadbd") or "",
                *common,
                *connection,
                "--skip-name-resolve",
                "--innodb-flush-method=fsync",
            ],
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            _wait_until_ready(process, folder / "s", log)
            _create_user(folder / "s")
            yield MySqlDatabase("127.0.0.1", port, "loader", "a password")
        finally:
            process.terminate()


def _program(name: str) -> str | None:
    """Where a program is; users other than root have no `/usr/sbin` in their PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def _create_user(socket_path: Path) -> None:
    root = pymysql.connect(unix_socket=str(socket_path), user="root", autocommit=True)
    with closing(root), root.cursor() as cursor:
        cursor.execute("CREATE USER loader@'127.0.0.1' IDENTIFIED BY 'a password'")
        cursor.execute("GRANT ALL ON *.* TO loader@'127.0.0.1'")


def _wait_until_ready(process: subprocess.Popen[bytes], socket_path: Path, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while not socket_path.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"MariaDB did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
