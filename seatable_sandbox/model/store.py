"""The store of bases: one SQLite database, in memory or in a file.

Each SeaTable table is one SQLite table, clustered by `_id`, so that paging by `_id` is a walk along
the primary key. The structure of a base is one JSON document, kept in memory as `Base` objects.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.model import ids
from seatable_sandbox.model.model import Base, Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Bound = Sequence[Any] | dict[str, Any]
    """Bound values: by position, or by name."""

SYSTEM_COLUMNS = (
    "_id",
    "_ctime",
    "_mtime",
    "_creator",
    "_last_modifier",
    "_locked",
    "_locked_by",
    "_archived",
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS bases (
    number INTEGER PRIMARY KEY, version INTEGER, updated_ms INTEGER, document TEXT);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, base INTEGER, app_name TEXT, permission TEXT, generated_by TEXT,
    generated_ms INTEGER, last_access_ms INTEGER);
CREATE TABLE IF NOT EXISTS links (
    position INTEGER PRIMARY KEY AUTOINCREMENT, base INTEGER, link_id TEXT, row_id TEXT,
    other_row_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS links_row ON links (base, link_id, row_id, other_row_id);
CREATE INDEX IF NOT EXISTS links_other_row ON links (base, link_id, other_row_id);
CREATE TABLE IF NOT EXISTS operations (
    base INTEGER, op_id INTEGER, author TEXT, app TEXT, op_time INTEGER, operation TEXT,
    PRIMARY KEY (base, op_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deleted_rows (
    id INTEGER PRIMARY KEY AUTOINCREMENT, base INTEGER, row_id TEXT, op_user TEXT, op_time INTEGER,
    op_app TEXT, detail TEXT);
CREATE TABLE IF NOT EXISTS trash (
    base INTEGER, table_id TEXT, row_id TEXT, row TEXT, links TEXT,
    PRIMARY KEY (base, table_id, row_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    base INTEGER, path TEXT, file_id TEXT, size INTEGER, content BLOB, PRIMARY KEY (base, path));
CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, base INTEGER, row_id TEXT, author TEXT, comment TEXT,
    created_ms INTEGER, updated_ms INTEGER, resolved INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, base INTEGER, url TEXT, secret TEXT, creator TEXT,
    created_ms INTEGER, is_valid INTEGER NOT NULL DEFAULT 1);
"""

_TABLES_OF_BASES = (
    *("tokens", "links", "operations", "deleted_rows", "trash", "files", "comments", "webhooks"),
)
"""The tables that hold something of each base."""


def quote(identifier: str) -> str:
    """Quote an identifier for SQLite."""
    return '"' + identifier.replace('"', '""') + '"'


class Store:
    """The database and the bases in it. Hold `lock` for all that must not be interleaved."""

    def __init__(self, database: str = ":memory:") -> None:
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(
            database, check_same_thread=False, isolation_level=None, cached_statements=512
        )
        self.bases: dict[int, Base] = {}
        self._after_commit: list[Callable[[], None]] = []
        try:
            self.connection.executescript(_SCHEMA)
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = OFF")
            self.connection.execute("PRAGMA temp_store = MEMORY")
            self._load()
        except Exception:
            self.connection.close()
            raise

    def close(self) -> None:
        with self.lock:
            self.connection.close()

    # Statements ---------------------------------------------------------------------------------

    def execute(self, sql: str, parameters: Bound = ()) -> sqlite3.Cursor:
        return self.connection.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        return self.connection.executemany(sql, parameters)

    def scalar(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        row = self.execute(sql, parameters).fetchone()
        return row[0] if row else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all or nothing; after a failure, the structure is loaded again."""
        with self.lock:
            if self.connection.in_transaction:
                yield
                return
            self.execute("BEGIN")
            self._after_commit.clear()
            try:
                yield
            except BaseException:
                self.execute("ROLLBACK")
                self._load()
                raise
            self.execute("COMMIT")
            for call in self._after_commit:
                call()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call this when the transaction has been committed; never, if it is rolled back."""
        self._after_commit.append(call)

    # Settings -----------------------------------------------------------------------------------

    def setting(self, name: str, default: str) -> str:
        """A setting, which is stored with its default on first use."""
        with self.lock:
            self.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, default))
            return str(self.scalar("SELECT value FROM settings WHERE name = ?", (name,)))

    # Bases --------------------------------------------------------------------------------------

    def _load(self) -> None:
        numbers = {row[0] for row in self.execute("SELECT number FROM bases")}
        for number in self.bases.keys() - numbers:
            del self.bases[number]
        for number, version, updated, document in self.execute(
            "SELECT number, version, updated_ms, document FROM bases"
        ).fetchall():
            loaded = msgspec.json.decode(document, type=Base)
            loaded.version, loaded.updated_ms = version, updated
            known = self.bases.get(number)
            if known is None:
                self.bases[number] = loaded
            else:
                known.__dict__.update(loaded.__dict__)

    def add_base(self, name: str, workspace_id: int, now_ms: int, uuid: str | None) -> Base:
        number = 1 + (self.scalar("SELECT MAX(number) FROM bases") or 0)
        base = Base(number, uuid or ids.base_uuid(), name, workspace_id, 0, now_ms, now_ms)
        self.bases[number] = base
        self.save(base)
        return base

    def save(self, base: Base) -> None:
        """Store the base's structure."""
        document = msgspec.json.encode(base).decode()
        self.execute(
            "INSERT OR REPLACE INTO bases VALUES (?, ?, ?, ?)",
            (base.number, base.version, base.updated_ms, document),
        )

    def remove_base(self, base: Base) -> None:
        for table in base.tables:
            self.drop_table(table)
        for name in _TABLES_OF_BASES:
            self.execute(f"DELETE FROM {name} WHERE base = ?", (base.number,))
        self.execute("DELETE FROM bases WHERE number = ?", (base.number,))
        del self.bases[base.number]

    def base_by_uuid(self, uuid: str) -> Base | None:
        bare = uuid.replace("-", "")
        return next((b for b in self.bases.values() if b.uuid.replace("-", "") == bare), None)

    def base_by_name(self, workspace_id: int, name: str) -> Base | None:
        for base in self.bases.values():
            if base.workspace_id == workspace_id and base.name == name:
                return base
        return None

    def log_operation(
        self, base: Base, author: str, app: str | None, now_ms: int, operation: dict[str, Any]
    ) -> None:
        """Count one operation of the base and write it to the operations log."""
        base.version += 1
        base.updated_ms = now_ms
        self.execute(
            "UPDATE bases SET version = ?, updated_ms = ? WHERE number = ?",
            (base.version, now_ms, base.number),
        )
        self.execute(
            "INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?)",
            (
                base.number,
                base.version,
                author,
                app,
                now_ms,
                msgspec.json.encode(operation).decode(),
            ),
        )

    # Physical tables ----------------------------------------------------------------------------

    def create_table(self, table: Table) -> None:
        columns = "".join(f", {quote(c.physical)}" for c in table.columns if _stored(c))
        name = quote(table.physical)
        self.execute(
            f"CREATE TABLE {name} (_id TEXT PRIMARY KEY, _ctime INTEGER, _mtime INTEGER,"
            " _creator TEXT, _last_modifier TEXT, _locked INTEGER, _locked_by TEXT,"
            f" _archived INTEGER NOT NULL DEFAULT 0, _seq REAL{columns}) WITHOUT ROWID"
        )
        self.execute(f"CREATE INDEX {quote(table.physical + '_seq')} ON {name} (_archived, _seq)")

    def drop_table(self, table: Table) -> None:
        self.execute(f"DROP TABLE IF EXISTS {quote(table.physical)}")

    def add_column(self, table: Table, column: Column) -> None:
        if _stored(column):
            self.execute(f"ALTER TABLE {quote(table.physical)} ADD COLUMN {quote(column.physical)}")

    def count(self, table: Table, archived: int = 0) -> int:
        return int(
            self.scalar(
                f"SELECT COUNT(*) FROM {quote(table.physical)} WHERE _archived = ?", (archived,)
            )
        )

    def existing_ids(self, table: Table, row_ids: Iterable[Any], extra: str = "") -> list[str]:
        """Those of the ids that are rows of the table; `extra` is a further condition."""
        candidates = list(dict.fromkeys(row_id for row_id in row_ids if isinstance(row_id, str)))
        found = {
            row[0]
            for row in self.execute(
                f"SELECT _id FROM {quote(table.physical)} WHERE _id IN"
                f" (SELECT value FROM json_each(?)){extra}",
                (msgspec.json.encode(candidates).decode(),),
            )
        }
        return [row_id for row_id in candidates if row_id in found]


def _stored(column: Column) -> bool:
    """Whether the SQLite table has a column for this one."""
    return column.physical.startswith("k_")
