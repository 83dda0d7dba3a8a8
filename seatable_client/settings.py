"""The settings that both plugins need to reach a base, and what is secret in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDENTIAL_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "api_token": {
        "type": "string",
        "secret": True,
        "title": "API token",
        "description": "An API token of the base, from the base's menu under Advanced, API Token. "
        "This, or account_token, or username and password.",
    },
    "account_token": {
        "type": "string",
        "secret": True,
        "title": "Account token",
        "description": "The token of an account, which opens every base that the account sees; "
        "with workspace_id and base_name.",
    },
    "username": {
        "type": "string",
        "title": "User name",
        "description": "The e-mail address of an account, instead of account_token; with "
        "password, workspace_id and base_name.",
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
        "description": "The present code of the account's two-factor authentication. It is good "
        "for half a minute; whoever runs a pipeline takes account_token instead.",
    },
    "workspace_id": {
        "type": "integer",
        "minimum": 1,
        "title": "Workspace",
        "description": "The number of the base's workspace, as in the base's address in a "
        "browser. With account_token or username.",
    },
    "base_name": {
        "type": "string",
        "title": "Base",
        "description": "The name of the base. With account_token or username.",
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
        "description": "Which API to use: v2 (the API gateway), v1 (servers up to 5.2), or auto.",
    },
    "server_timezone": {
        "type": "string",
        "default": "auto",
        "title": "Server time zone",
        "description": "The server's time zone, e.g. Europe/Berlin; auto takes the offset that "
        "the server shows. Date-times without an offset are in this zone.",
    },
    "request_timeout": {
        "type": "number",
        "exclusiveMinimum": 0,
        "default": 120,
        "title": "Request timeout",
        "description": "Seconds to wait for an answer of the server.",
    },
    "max_requests_per_minute": {
        "type": ["integer", "null"],
        "minimum": 1,
        "title": "Max requests per minute",
        "description": "Calls to the server in any minute at most; no limit if not set. The "
        "server's own limits are kept in any case.",
    },
    "max_wait_seconds": {
        "type": "number",
        "minimum": 0,
        "default": 300,
        "title": "Max wait seconds",
        "description": "The longest pause that the server may ask for. If a call limit resets "
        "later than that, the run ends and says when to come back.",
    },
}
"""JSON Schema of the settings that both plugins need to reach a base."""

READ_METHOD: Mapping[str, Any] = {
    "type": "string",
    "enum": ["auto", "sql", "filtered-rows", "rows"],
    "default": "auto",
    "title": "Read method",
    "description": "What to read rows with: sql; lists of rows, with filtered-rows for changes; or "
    "lists of rows alone. auto takes sql where the server has it, else filtered-rows.",
}
"""JSON Schema of the setting `read_method`, for whoever reads tables whole."""


def without_secrets(text: str, config: Mapping[str, Any]) -> str:
    """What someone says about settings, without what is secret in them, whatever type it has."""
    secrets: set[str] = set()
    entries = config.get("bases") or ()
    for settings in (config, *(entries if isinstance(entries, list) else [entries])):
        if isinstance(settings, dict):
            values = {name: value for name, value in settings.items() if value}
            secrets |= {
                str(values[name])
                for name, setting in CREDENTIAL_SETTINGS.items()
                if setting.get("secret") and name in values
            }
        else:
            secrets.add(str(settings))
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
