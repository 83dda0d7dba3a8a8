"""The settings of tap-seatable, besides those that the SDK adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.settings import (
    CONNECTION_SETTINGS,
    CREDENTIAL_SETTINGS,
    MAX_PAGE,
    READ_METHOD,
)
from singer_seatable.contract import contract_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATTERNS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}

ATTACHMENT_SETTINGS: Mapping[str, Any] = {
    "attachments": {
        "type": "string",
        "enum": ["as_is", "signed", "download"],
        "default": "as_is",
        "title": "Attachments",
        "description": "How to handle files in file and image columns. as_is: emit their "
        "addresses, which require a login. signed: add a download_url that is valid for some "
        "hours. download: store each file under attachments_path and add its path.",
    },
    "attachments_path": {
        "type": "string",
        "secret": True,
        "title": "Attachments path",
        "description": "The folder for downloaded attachments: a local path or an fsspec URL.",
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
                "description": "Names of bases to skip, with * and ? as wildcards.",
            },
        },
        "additionalProperties": False,
    },
    "title": "Bases",
    "description": "Several bases to read. Each entry is an object with api_token, or with "
    "workspace_id and base_name of an account. Missing credentials are taken from the settings "
    "above. With an account, base_name may contain the wildcards * and ?, exclude lists names to "
    "skip, and an entry without workspace_id searches all workspaces. Streams are then named "
    "<base>-<table>.",
}
"""JSON Schema of the setting `bases`."""


SIDE_STREAMS = (
    "_bases",
    "_tables",
    "_columns",
    "_collaborators",
    "_links",
    "_comments",
    "_api_tokens",
)
"""The side streams that `side_streams` can name; `streams/side_records.py` makes them."""

SIDE_STREAMS_SETTING: Mapping[str, Any] = {
    "type": "array",
    "items": {"type": "string", "enum": list(SIDE_STREAMS)},
    "title": "Side streams",
    "description": "Additional streams: _bases, _tables, _columns, _collaborators, _links (of "
    "the selected tables), _comments and, with an account, _api_tokens. Each run reads them in "
    "full.",
}

RULES = ("evolve", "freeze", "drop_value")
"""What happens where a base differs from the catalog: see the setting `schema_contract`."""

_CONTRACT = contract_schema(RULES)

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
            "description": "Names of tables to skip, with * and ? as wildcards.",
        },
        "start_date": {
            "type": "string",
            "format": "date-time",
            "title": "Start date",
            "description": "Read only rows changed at or after this time, such as 2024-01-01 or "
            "2024-01-01T00:00:00Z; all rows if not set.",
        },
        "where": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "title": "Where",
            "description": 'Conditions in SeaTable\'s SQL by table name, such as {"Orders": '
            "\"Status = 'open'\"}. Only matching rows are read. A row that no longer matches is "
            "emitted as deleted.",
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
            "description": "Views to offer as separate streams. Each entry is an object with the "
            "names of the table and the view. A row that leaves a view is emitted as deleted.",
        },
        "side_streams": SIDE_STREAMS_SETTING,
        "page_size": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PAGE,
            "default": MAX_PAGE,
            "title": "Page size",
            "description": "Number of rows to request per call. The server may return fewer.",
        },
        "read_method": READ_METHOD,
        "concurrency": {
            "type": "integer",
            "minimum": 1,
            "maximum": 32,
            "default": 4,
            "title": "Concurrency",
            "description": "How many tables of a base, and how many bases, are read at once. The "
            "records, states and their order do not depend on it. With 1 there is at most one call "
            "at a time.",
        },
        "lookback_seconds": {
            "type": "number",
            "minimum": 0,
            "maximum": 100 * 366 * 24 * 3600,
            "default": 60,
            "title": "Lookback seconds",
            "description": "Seconds before the newest change of the last run at which the next "
            "run starts reading, to catch changes that became visible late.",
        },
        "deletes": {
            "type": "string",
            "enum": ["tombstones", "tombstones_only", "versions", "off"],
            "default": "tombstones",
            "title": "Deletes",
            "description": "How deleted rows are emitted. tombstones: as records with "
            "_deleted_at and _sdc_deleted_at, and ACTIVATE_VERSION after a full sync. "
            "tombstones_only: the same without ACTIVATE_VERSION, for loaders that do not know it. "
            "versions: as a new version of the stream, with ACTIVATE_VERSION. off: not at all.",
        },
        "full_compare_interval": {
            "type": "number",
            "minimum": 0,
            "maximum": 100 * 366 * 24,
            "default": 24,
            "title": "Full compare interval",
            "description": "Hours after which a table is compared in full with the last run, "
            "even if the server reports no changes. 0 compares in every run.",
        },
        "sketch_capacity": {
            "type": "integer",
            "minimum": 16,
            "default": 512,
            "title": "Sketch capacity",
            "description": "Number of new and deleted rows per table (or half as many edited "
            "rows) that the state can identify between two full comparisons. If more rows "
            "changed, the whole table is emitted again. The rows of a small table, up to four for "
            "each place, are listed one by one; there all changes are identified.",
        },
        "naming": {
            "type": "string",
            "enum": ["name", "id"],
            "default": "name",
            "title": "Naming",
            "description": "Names of streams and properties. name: the names that people see. "
            "id: internal ids, which do not change when something is renamed.",
        },
        "max_name_bytes": {
            "type": ["integer", "null"],
            "minimum": 30,
            "title": "Max name bytes",
            "description": "Maximum length of the names of streams and properties, in bytes of "
            "UTF-8. A longer name keeps its beginning and ends with the id of its table or column. "
            "PostgreSQL keeps 63 bytes. If not set, names stay as they are. A copy into a base has "
            "the full names.",
        },
        "date_times": {
            "type": "string",
            "enum": ["utc", "offset"],
            "default": "utc",
            "title": "Date-times",
            "description": "How date-times of date columns and formulas are emitted. utc: in UTC, "
            "which is right with loaders that drop offsets, too. offset: with the server's offset, "
            "as SeaTable shows them. A copy into a base is exact with both.",
        },
        "schema_contract": {
            **_CONTRACT,
            "properties": {
                **_CONTRACT["properties"],
                "streams": {"type": "object", "additionalProperties": _CONTRACT},
            },
            "title": "Schema contract",
            "description": "What to do where the base differs from the catalog: one word, or one "
            "for each of tables (the catalog does not know a table), columns (it does not know a "
            "column) and types (a column has another type). evolve: read it as the base has it. "
            "freeze: the stream fails. drop_value: leave it out. If not set, new tables and "
            "columns are left out, and a stream fails if values no longer have the type of the "
            "catalog. "
            "streams has contracts of single streams, with * for any letters, such as "
            '{"columns": "freeze", "streams": {"Orders": "evolve"}}.',
        },
        **ATTACHMENT_SETTINGS,
    },
}
"""JSON Schema of the tap's configuration."""
"""JSON Schema of the settings."""
