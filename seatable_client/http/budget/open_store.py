"""From the URL of a call budget to its store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from seatable_client.errors import ConfigError, SeaTableError

if TYPE_CHECKING:
    from seatable_client.http.budget.store import BudgetStore


def open_store(url: str) -> BudgetStore:
    """Open the store that a URL names.

    Args:
        url: `sqlite:///relative/path`, `sqlite:////absolute/path`, or
            `postgresql://user:password@host/database`.

    Raises:
        ConfigError: the URL is not that of a store, or its driver is not installed.
        BudgetStoreUnavailable: the store cannot be reached.
    """
    place = parse_url(url)
    store: BudgetStore
    if isinstance(place, Path):
        from seatable_client.http.budget.sqlite import SqliteStore  # noqa: PLC0415

        store = SqliteStore(place)
    else:
        store = _postgres_store(place)
    try:
        store.make_tables()
    except SeaTableError:
        store.close()
        raise
    return store


def parse_url(url: str) -> Path | str:
    """The SQLite file that a URL names, or the URL of a PostgreSQL database for its driver.

    Raises:
        ConfigError: the URL is not one of these. A database in memory is refused: no run shares it.
    """
    try:
        url.encode()  # Half of a character has no bytes.
        parts = urlsplit(url)
        host = parts.hostname and (parts.port, parts.hostname)  # A port can be out of range.
    except ValueError:
        parts, host = urlsplit(""), None
    scheme = parts.scheme.partition("+")[0]
    if scheme == "sqlite" and not (parts.netloc or parts.query or parts.fragment):
        path = unquote(parts.path[1:])
        if path.strip("/") and path != ":memory:" and "\0" not in path:
            return Path(path)
    if scheme in {"postgresql", "postgres"} and host:
        if parts.fragment or "@" in parts.path + parts.query:
            # The place would be named by what is the beginning of a password.
            raise ConfigError(
                "call_budget has a url with a sign behind the host that ends a password too early.",
                hint="Write / ? # and @ of a user or a password as %2F %3F %23 and %40.",
            )
        return f"postgresql:{url.partition(':')[2]}"
    raise ConfigError(
        "The url of call_budget is not a budget store.",
        hint="Use sqlite:///path/to/file.db for one machine, or "
        "postgresql://user:password@host/database for several.",
    )


def _postgres_store(url: str) -> BudgetStore:
    try:
        from seatable_client.http.budget.postgres import PostgresStore  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"call_budget in PostgreSQL needs {missing.name}, which is not installed.",
            hint="Install singer-seatable with its extra: pip install 'singer-seatable[budget]'.",
        ) from None
    return PostgresStore(url)
