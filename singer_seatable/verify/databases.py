"""Databases that SQLAlchemy opens, as warehouses."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from singer_seatable.verify.warehouse import Warehouse, WarehouseTable, match_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SYSTEM_SCHEMAS = {"information_schema", "pg_catalog", "pg_toast", "mysql", "performance_schema",
                   "sys"}  # fmt: skip
_ROWS_AT_ONCE = 5_000


class Database(Warehouse):
    """A database.

    Args:
        url: its SQLAlchemy URL.
        schema: the only schema to look into; all if not given.

    Raises:
        ConfigError: the database cannot be opened.
    """

    def __init__(self, url: str, *, schema: str | None = None) -> None:
        try:
            self._url = _with_driver(sa.make_url(url))
            # Nothing is left open: a comparison is a handful of statements.
            self._engine = sa.create_engine(self._url, poolclass=sa.NullPool)
        except (ArgumentError, NoSuchModuleError) as error:
            raise ConfigError(
                "SQLAlchemy does not support the URL of the warehouse, or its driver is not "
                f"installed ({self._named(url, error)}). Use a URL such as "
                "postgresql://user:password@host/database."
            ) from None
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"The driver of the warehouse is not installed: {error.name}. Install it beside "
                "this program."
            ) from None
        _check_file(self._url)
        self._schema = schema
        try:
            self._inspector = sa.inspect(self._engine)
            self._tables = list(self._find_tables())
        except SQLAlchemyError as error:
            raise self._unusable(error) from None

    def tables(self) -> list[str]:
        """The names of all tables, without their schemas."""
        return list(dict.fromkeys(table for _, table in self._tables))

    def find(self, stream: str) -> WarehouseTable | None:
        """The table of a stream. `a-b` is also looked for as table b of schema a.

        Raises:
            ConfigError: several schemas have the table.
            SeaTableError: the database does not answer.
        """
        schema, dash, table = stream.partition("-")
        in_schema = [name for place, name in self._tables if dash and place == schema]
        if found := match_names([table], in_schema, owner=f"Schema {schema!r}"):
            return self.table(schema, found[table])
        name = match_names([stream], self.tables(), owner="The warehouse").get(stream)
        places = [place for place, found in self._tables if found == name]
        if len(places) > 1:
            raise ConfigError(
                f"The warehouse has table {name!r} in {' and '.join(map(repr, places))}. Choose "
                "the schema with --schema."
            )
        return self.table(places[0], name) if name is not None else None

    def places(self) -> list[tuple[str | None, str]]:
        """Schema and name of every table."""
        return list(self._tables)

    def table(self, schema: str | None, name: str) -> DatabaseTable:
        """A table.

        Raises:
            SeaTableError: the database does not answer.
        """
        try:
            columns = self._inspector.get_columns(name, schema=schema)
            keys = self._inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]
        except SQLAlchemyError as error:
            raise self._unusable(error) from None
        types = {column["name"]: column["type"] for column in columns}
        return DatabaseTable(self, schema, name, types, keys)

    def read(self, statement: sa.Select[Any], names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The rows of a SELECT, as the driver gives them.

        Raises:
            SeaTableError: the database does not answer.
        """
        try:
            with self._engine.connect() as connection:
                streamed = connection.execution_options(yield_per=_ROWS_AT_ONCE)
                for row in streamed.execute(statement):
                    yield dict(zip(names, row, strict=True))
        except SQLAlchemyError as error:
            raise self._unusable(error) from None

    def _find_tables(self) -> Iterator[tuple[str | None, str]]:
        schemas = [self._schema] if self._schema else self._inspector.get_schema_names()
        for schema in schemas:
            if schema not in _SYSTEM_SCHEMAS:
                names = self._inspector.get_table_names(schema=schema)
                for name in [*names, *self._inspector.get_view_names(schema=schema)]:
                    yield schema, name

    def _unusable(self, error: SQLAlchemyError) -> SeaTableError:
        return SeaTableError(
            f"The warehouse {self._url.render_as_string(hide_password=True)} cannot be read: "
            f"{self._named(self._url.password or '', error)}. Check the URL and the rights.",
            kind=ErrorKind.CONFIGURATION,
        )

    def _named(self, secret: str, error: Exception) -> str:
        """The words of an error in a line, without the secret."""
        cause = getattr(error, "orig", None) or error
        words = " ".join(str(cause).split()).rstrip(".")
        return words.replace(secret, "***") if secret else words


class DatabaseTable(WarehouseTable):
    """A table or a view of a database."""

    def __init__(
        self,
        database: Database,
        schema: str | None,
        name: str,
        types: Mapping[str, Any],
        keys: Sequence[str],
    ) -> None:
        self.place = f"{schema}.{name}" if schema else name
        self.columns = list(types)
        self.doubles = {column for column, kind in types.items() if isinstance(kind, sa.Float)}
        self.keys = keys
        shapes = {column: _schema_of(kind) for column, kind in types.items()}
        self.schemas = {column: shape for column, shape in shapes.items() if shape is not None}
        self._database = database
        self._schema = schema
        self._name = name

    def rows(self, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The rows. Columns without a type come as the driver gives them, unrounded."""
        table = sa.table(self._name, schema=self._schema)
        selected: list[Any] = [sa.column(name) for name in columns] or [sa.literal(1)]
        statement = sa.select(*selected).select_from(table)
        yield from self._database.read(statement, columns or ["1"])


_SCHEMAS: tuple[tuple[type[Any], Mapping[str, Any]], ...] = (
    (sa.Boolean, {"type": "boolean"}),
    (sa.DateTime, {"type": "string", "format": "date-time"}),
    (sa.Date, {"type": "string", "format": "date"}),
    (sa.Integer, {"type": "integer"}),
    (sa.Numeric, {"type": "number"}),
    (sa.Float, {"type": "number"}),
    (sa.ARRAY, {"type": "array"}),
    (sa.JSON, {}),
)


def _schema_of(kind: Any) -> Mapping[str, Any] | None:
    """JSON Schema of a type of columns; None for texts, and for what is kept as one."""
    return next((schema for known, schema in _SCHEMAS if isinstance(kind, known)), None)


def _with_driver(url: sa.URL) -> sa.URL:
    """The URL with psycopg where it names no driver and only that one is installed."""
    if url.drivername in {"postgresql", "postgres"} and not find_spec("psycopg2"):
        return url.set(drivername="postgresql+psycopg")
    return url


def _check_file(url: sa.URL) -> None:
    """See that the file of an SQLite database is there: opening it would make an empty one.

    Raises:
        ConfigError: the file does not exist.
    """
    path = url.database or ":memory:"
    if url.get_backend_name() != "sqlite" or path == ":memory:" or path.startswith("file:"):
        return
    if not Path(path).is_file():
        raise ConfigError(
            f"There is no SQLite database {path!r}. A relative path has three slashes, as in "
            "sqlite:///warehouse.db, and an absolute one has four."
        )
