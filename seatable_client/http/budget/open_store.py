"""From the URL of a call budget to its store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from seatable_client.http.budget.store import BudgetStore


def open_store(url: str) -> BudgetStore:
    """Open the store that a URL names.

    Args:
        url: `sqlite:///relative/path`, `sqlite:////absolute/path`, or
            `postgresql://user:password@host/database`.

    Raises:
        ConfigError: it is no such URL, or what it needs is not installed.
        BudgetStoreUnavailable: the store cannot be reached.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    scheme = parts.scheme.partition("+")[0]
    if scheme == "sqlite" and not parts.netloc and parts.path.strip("/"):
        from seatable_client.http.budget.sqlite import SqliteStore  # noqa: PLC0415

        store: BudgetStore = SqliteStore(Path(unquote(parts.path[1:])))
    elif scheme in {"postgresql", "postgres"} and parts.hostname:
        store = _postgres_store(url.replace(parts.scheme, "postgresql", 1))
    else:
        raise ConfigError(
            "call_budget has a url that is none of a budget store. Use sqlite:///path/to/file.db "
            "for one machine, or postgresql://user:password@host/database for several."
        )
    store.make_tables()
    return store


def _postgres_store(url: str) -> BudgetStore:
    try:
        from seatable_client.http.budget.postgres import PostgresStore  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"call_budget in PostgreSQL needs {missing.name}, which is not installed. Install "
            "singer-seatable with its extra: pip install 'singer-seatable[budget]'."
        ) from None
    return PostgresStore(url)
