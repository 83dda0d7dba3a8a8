"""The settings of tap-seatable, besides those that the SDK adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.api.select import MAX_PAGE
from seatable_client.settings import CONNECTION_SETTINGS, CREDENTIAL_SETTINGS, READ_METHOD

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATTERNS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}

ATTACHMENT_SETTINGS: Mapping[str, Any] = {
    "attachments": {
        "type": "string",
        "enum": ["as_is", "signed", "download"],
        "default": "as_is",
        "title": "Attachments",
        "description": "What is done with the files of file and image columns. as_is: nothing, "
        "their addresses need a login. signed: each comes with a download_url that is good for "
        "some hours. download: each is stored under attachments_path, and comes with its path.",
    },
    "attachments_path": {
        "type": "string",
        "title": "Attachments path",
        "description": "The folder that attachments are downloaded to: a local path or an fsspec "
        "URL.",
    },
}


BASES_SETTING: Mapping[str, Any] = {
    "type": "array",
    "secret": True,
    "items": {
        "type": "object",
        "properties": {
            **CREDENTIAL_SETTINGS,
            "exclude": {
                "type": "array",
                "items": {"type": "string"},
                "title": "Exclude",
                "description": "Names of bases to leave out, with * and ? as wildcards.",
            },
        },
        "additionalProperties": False,
    },
    "title": "Bases",
    "description": "Several bases to read, each an object with api_token, or with workspace_id and "
    "base_name of an account; credentials that it does not have are taken from the settings "
    "above. With an account base_name may have * and ? as wildcards, exclude names what to leave "
    "out, and without workspace_id all workspaces count. Streams are then called <base>-<table>.",
}
"""JSON Schema of the setting `bases`."""


SIDE_STREAMS = (
    "_bases",
    "_tables",
    "_columns",
    "_collaborators",
    "_links",
    "_api_tokens",
)
"""The side streams that `side_streams` can name; `streams/side_records.py` makes them."""

SIDE_STREAMS_SETTING: Mapping[str, Any] = {
    "type": "array",
    "items": {"type": "string", "enum": list(SIDE_STREAMS)},
    "title": "Side streams",
    "description": "What else to offer as streams: _bases, _tables, _columns, _collaborators, "
    "_links (of the selected tables), and with an account _api_tokens. Each is read whole in every "
    "run.",
}

SETTINGS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        **CONNECTION_SETTINGS,
        "bases": BASES_SETTING,
        "tables": {
            **_PATTERNS,
            "title": "Tables",
            "description": "Names of the tables to offer as streams, with * and ? as wildcards; "
            "all tables if not set.",
        },
        "exclude_tables": {
            **_PATTERNS,
            "title": "Exclude tables",
            "description": "Names of tables to leave out, with * and ? as wildcards.",
        },
        "start_date": {
            "type": "string",
            "format": "date-time",
            "title": "Start date",
            "description": "Only rows changed since then, e.g. 2024-01-01 or 2024-01-01T00:00:00Z; "
            "all rows if not set.",
        },
        "where": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "title": "Where",
            "description": "Conditions in SeaTable's SQL by table name, such as "
            '{"Orders": "Status = \'open\'"}. Only rows that meet them are read; a row that no '
            "longer does arrives as a deleted one.",
        },
        "views": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"table": {"type": "string"}, "view": {"type": "string"}},
                "required": ["table", "view"],
                "additionalProperties": False,
            },
            "title": "Views",
            "description": "Views to offer as streams of their own, each an object with the names "
            "of its table and of the view. A row that leaves a view arrives as a deleted one.",
        },
        "side_streams": SIDE_STREAMS_SETTING,
        "page_size": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PAGE,
            "default": MAX_PAGE,
            "title": "Page size",
            "description": "Rows to ask for in one call. The server may send fewer.",
        },
        "read_method": READ_METHOD,
        "lookback_seconds": {
            "type": "number",
            "minimum": 0,
            "maximum": 100 * 366 * 24 * 3600,
            "default": 60,
            "title": "Lookback seconds",
            "description": "How far before the last run's newest change the next run begins, for "
            "changes that became visible late.",
        },
        "deletes": {
            "type": "string",
            "enum": ["tombstones", "versions", "off"],
            "default": "tombstones",
            "title": "Deletes",
            "description": "How deleted rows arrive: as records with _deleted_at and "
            "_sdc_deleted_at, as a new version of the whole stream with ACTIVATE_VERSION, or not.",
        },
        "full_compare_interval": {
            "type": "number",
            "minimum": 0,
            "maximum": 100 * 366 * 24,
            "default": 24,
            "title": "Full compare interval",
            "description": "Hours after which all rows of a table are compared with the last run, "
            "whatever the operation counter and log tell.",
        },
        "sketch_capacity": {
            "type": "integer",
            "minimum": 16,
            "default": 512,
            "title": "Sketch capacity",
            "description": "How many new and deleted rows of a table, or half as many changed "
            "ones, the state can tell apart between two comparisons; beyond it the whole table is "
            "emitted again.",
        },
        "naming": {
            "type": "string",
            "enum": ["name", "id"],
            "default": "name",
            "title": "Naming",
            "description": "What streams and properties are called: the names that people see, or "
            "the ids that no renaming changes.",
        },
        **ATTACHMENT_SETTINGS,
    },
}
"""JSON Schema of the tap's configuration."""
"""JSON Schema of the settings."""
