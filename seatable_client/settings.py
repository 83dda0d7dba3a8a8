"""The settings that both plugins need to reach a base, and what is secret in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.formatting import show_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_PAGE = 10_000
"""Rows that SeaTable returns for one SELECT at most, unless a server was configured otherwise."""

APPEND_LIMIT = 1_000
"""Rows that one append or update takes (API reference, "Limits")."""

CREDENTIAL_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "api_token": {
        "type": "string",
        "secret": True,
        "title": "API token",
        "description": "An API token of the base: open the base's menu, Advanced, API Token. Set "
        "either this, or account_token, or username and password.",
    },
    "account_token": {
        "type": "string",
        "secret": True,
        "title": "Account token",
        "description": "The token of an account. It opens every base that the account can see. "
        "Requires workspace_id and base_name.",
    },
    "username": {
        "type": "string",
        "title": "User name",
        "description": "The e-mail address of an account, as an alternative to account_token. "
        "Requires password, workspace_id and base_name.",
    },
    "password": {
        "type": "string",
        "secret": True,
        "title": "Password",
        "description": "The password of the account.",
    },
    "otp": {
        "type": "string",
        "secret": True,
        "title": "Two-factor code",
        "description": "The current code of the account's two-factor authentication. A code "
        "expires after 30 seconds: use account_token in pipelines.",
    },
    "workspace_id": {
        "type": "integer",
        "minimum": 1,
        "title": "Workspace id",
        "description": "The number of the base's workspace, as shown in the base's address in a "
        "browser. Only with account_token or username.",
    },
    "base_name": {
        "type": "string",
        "title": "Base name",
        "description": "The name of the base. Only with account_token or username.",
    },
}
"""JSON Schema of the settings that open a base: one of three ways."""

CONNECTION_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "server_url": {
        "type": "string",
        "default": "https://cloud.seatable.io",
        "title": "Server URL",
        "description": "The root URL of the SeaTable server.",
    },
    **CREDENTIAL_SETTINGS,
    "api_version": {
        "type": "string",
        "enum": ["auto", "v2", "v1"],
        "default": "auto",
        "title": "API version",
        "description": "The API to use: v2 (API gateway), v1 (servers up to 5.2), or auto.",
    },
    "server_timezone": {
        "type": "string",
        "default": "auto",
        "title": "Server time zone",
        "description": "The server's time zone, such as Europe/Berlin. Date-times without an "
        "offset are read in this zone. auto uses the offset that the server shows.",
    },
    "ca_bundle": {
        "type": "string",
        "title": "CA bundle",
        "description": "A file, in PEM, with certificates of authorities to trust besides the "
        "public ones, such as that of your company. Needed for a server, or a proxy, whose "
        "certificate no public authority has signed.",
    },
    "request_timeout": {
        "type": "number",
        "exclusiveMinimum": 0,
        "default": 120,
        "title": "Request timeout",
        "description": "Seconds to wait for a connection, and between two bytes of a response. A "
        "response as a whole may take twice as long, and a second more for every 1,000 bytes.",
    },
    "max_requests_per_minute": {
        "type": ["integer", "null"],
        "minimum": 1,
        "title": "Max requests per minute",
        "description": "Maximum number of API calls per minute; no limit if not set. The "
        "server's own limits are always respected.",
    },
    "call_budget": {
        "type": ["object", "null"],
        "secret": True,
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "minLength": 1},
            "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 200},
            "per_minute": {"type": ["integer", "null"], "minimum": 1, "maximum": 2_000_000_000},
            "per_month": {"type": ["integer", "null"], "minimum": 1, "maximum": 2_000_000_000},
            "on_unavailable": {"type": ["string", "null"], "enum": ["fail", "continue", None]},
        },
        "additionalProperties": False,
        "title": "Call budget",
        "description": "Limits on calls that all runs share, unlike max_requests_per_minute: the "
        "url of an SQLite file (for one machine) or of a PostgreSQL database (for several), "
        "per_minute, per_month, a name, and on_unavailable (fail or continue).",
    },
    "max_wait_seconds": {
        "type": "number",
        "minimum": 0,
        "default": 300,
        "title": "Max wait seconds",
        "description": "Maximum time to wait for a call limit to reset. If the limit resets "
        "later, the run stops and reports when to try again.",
    },
}
"""JSON Schema of the settings that both plugins need to reach a base."""

READ_METHOD: Mapping[str, Any] = {
    "type": "string",
    "enum": ["auto", "sql", "filtered-rows", "rows"],
    "default": "auto",
    "title": "Read method",
    "description": "How to read rows: sql; filtered-rows (row lists, and filtered-rows for "
    "changed rows); or rows (row lists only). auto uses sql if the server supports it, otherwise "
    "filtered-rows.",
}
"""JSON Schema of the setting `read_method`, for whoever reads tables whole."""


PATH_SETTINGS = ("attachments_path", "rejected_records_path")
"""Settings whose value may be a URL with a password."""


def without_secrets(text: str, config: Mapping[str, Any]) -> str:
    """What someone says about settings, without what is secret in them, whatever type it has."""
    secrets: set[str] = set()
    entries = config.get("bases") or ()
    for settings in (config, *(entries if isinstance(entries, list) else [entries])):
        if isinstance(settings, dict):
            values = {name: value for name, value in settings.items() if value}
            for name in PATH_SETTINGS:
                path = str(values.get(name, ""))
                if (shown := show_path(path)) != path:
                    text = text.replace(path, shown)
            secrets |= {
                str(values[name])
                for name, setting in CREDENTIAL_SETTINGS.items()
                if setting.get("secret") and name in values
            }
        else:
            secrets.add(str(settings))
    budget = config.get("call_budget")
    if isinstance(budget, dict) and budget.get("url"):
        secrets.add(str(budget["url"]))
    secrets |= {part for part in _texts_of(budget) if "/" in part or "@" in part}
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _texts_of(value: Any) -> Iterator[str]:
    """All texts in a setting of whatever form, as they are and as errors quote them."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        for part in value:
            yield from _texts_of(part)
    elif isinstance(value, str):
        yield from (value, repr(value)[1:-1])
