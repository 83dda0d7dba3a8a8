"""The settings of target-seatable, besides those that the SDK adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.api.base import APPEND_LIMIT
from seatable_client.settings import CONNECTION_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_STREAM: Mapping[str, Any] = {"type": ["object", "null"]}

ATTACHMENT_SETTINGS: Mapping[str, Any] = {
    "attachment_hosts": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "default": [],
        "title": "Attachment hosts",
        "description": "Hosts from which the files that records refer to are fetched and uploaded "
        "to the base, such as files.example.org or *.example.org. Addresses of other hosts are "
        "stored as given.",
    },
    "attachment_paths": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "default": [],
        "title": "Attachment paths",
        "description": "Folders of this machine from which files that records name by their path "
        "are uploaded to the base. Nothing else is read, whatever a record says.",
    },
    "max_attachment_bytes": {
        "type": "integer",
        "minimum": 1,
        "default": 100 * 1024 * 1024,
        "title": "Max attachment bytes",
        "description": "The size of a file to upload at most; a record with a larger one is "
        "rejected.",
    },
}


ROW_LIMIT = 100_000
"""Rows of a base in its normal storage (API reference, "Limits"; it is for each base)."""

SETTINGS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        **CONNECTION_SETTINGS,
        "server_timezone": {
            **CONNECTION_SETTINGS["server_timezone"],
            "description": "The server's time zone, e.g. Europe/Berlin, which date-times with an "
            "offset are converted to. With auto, which is to know none, they become text in a new "
            "column, and an existing date column refuses them: an offset that the server shows "
            "today tells nothing of other days. Date-times without an offset are stored as given.",
        },
        "create_base": {
            "type": "boolean",
            "default": False,
            "title": "Create base",
            "description": "Create the base if the workspace has none of that name. With "
            "account_token or username.",
        },
        "load_method": {
            "type": "string",
            "enum": ["upsert", "append-only", "overwrite"],
            "default": "upsert",
            "title": "Load method",
            "description": "upsert changes the row that has the record's key and adds it if there "
            "is none; a stream without key properties is appended. append-only adds every record. "
            "overwrite makes the table equal to the stream: as upsert, and in the end rows that "
            "the stream has not brought are removed.",
        },
        "key_properties": {
            **_BY_STREAM,
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "title": "Key properties",
            "description": "By stream, the properties that tell its records apart; instead of what "
            "the source declares.",
        },
        "table_mapping": {
            **_BY_STREAM,
            "additionalProperties": {"type": "string", "minLength": 1},
            "title": "Table mapping",
            "description": "By stream, the name of the table to load it into; the stream's name if "
            "not given.",
        },
        "column_types": {
            **_BY_STREAM,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {
                    "anyOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "required": ["type"],
                            "properties": {
                                "type": {"type": "string"},
                                "data": {"type": ["object", "null"]},
                            },
                        },
                    ]
                },
            },
            "title": "Column types",
            "description": "By stream and property, the type of the column to create: SeaTable's "
            "name of it, such as long-text, or an object of type and data, such as "
            '{"type": "date", "data": {"format": "YYYY-MM-DD HH:mm"}}.',
        },
        "links": {
            **_BY_STREAM,
            "additionalProperties": {"type": "string", "minLength": 1},
            "title": "Links",
            "description": "For properties that go into link columns, given as stream.property, "
            "the column of the other table that holds their values; if not given, they are ids of "
            "its rows.",
        },
        "create_missing_links": {
            "type": "boolean",
            "default": False,
            "title": "Create missing links",
            "description": "Where a link names, by the column that links tells, a row that the "
            "other table does not have, add a row there with nothing but that; else the value is "
            "set aside as a rejected record.",
        },
        "nested": {
            "type": "string",
            "enum": ["json", "table"],
            "default": "json",
            "title": "Nested",
            "description": "Where arrays of objects go: into a column, as JSON; or into a table of "
            "their own, <stream>__<property>, with a row for each object, linked to the row "
            "that it belongs to.",
        },
        "infer_types": {
            "type": "boolean",
            "default": True,
            "title": "Infer types",
            "description": "Where a source declares nothing but text, as CSV files do, choose the "
            "column types of a table to be created from its first rows.",
        },
        "on_precision_loss": {
            "type": "string",
            "enum": ["text", "refuse", "truncate"],
            "default": "text",
            "title": "On precision loss",
            "description": "For values with more digits than a number column holds, or with "
            "seconds where a date column holds minutes. text: create a text column where the "
            "first rows have such values. refuse: reject the record. truncate: cut the seconds off "
            "date-times, and else as text.",
        },
        "on_text_overflow": {
            "type": "string",
            "enum": ["refuse", "truncate"],
            "default": "refuse",
            "title": "On text overflow",
            "description": "For texts longer than a text column (10,000 characters) or a long text "
            "column (100,000) holds: reject the record, or cut the text.",
        },
        "on_ambiguous_key": {
            "type": "string",
            "enum": ["error", "first", "all"],
            "default": "error",
            "title": "On ambiguous key",
            "description": "Where several rows of the table have the key of one record: reject the "
            "record, change the first of them, or change them all.",
        },
        "create_tables": {
            "type": "boolean",
            "default": True,
            "title": "Create tables",
            "description": "Create tables that the base does not have; else their streams are an "
            "error.",
        },
        "add_columns": {
            "type": "boolean",
            "default": True,
            "title": "Add columns",
            "description": "Add columns that a table does not have; else their properties are left "
            "out, with a warning.",
        },
        "computed_columns": {
            "type": "string",
            "enum": ["recreate", "values"],
            "default": "recreate",
            "title": "Computed columns",
            "description": "In a copy of a base: formulas, lookups, automatic numbers, and "
            "columns of who made or changed a row and when. recreate: the same columns, which "
            "SeaTable fills anew. values: plain columns with the values of the source.",
        },
        "hard_delete": {
            "type": "boolean",
            "default": False,
            "title": "Hard delete",
            "description": "Delete the rows of records that say that they were deleted "
            "(_sdc_deleted_at or _deleted_at); else they are marked in a column _sdc_deleted_at.",
        },
        "max_delete_fraction": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "default": 0.5,
            "title": "Max removed fraction",
            "description": "Where overwrite or ACTIVATE_VERSION would remove more of a table than "
            "this, nothing is removed and the run ends with an error.",
        },
        "protected_rows": {
            **_BY_STREAM,
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "array"}},
            "title": "Keep rows where",
            "description": "By stream and column, values of rows that overwrite never removes, "
            'such as {"people": {"entered by": ["hand", null]}}.',
        },
        "storage": {
            "type": "string",
            "enum": ["normal", "big_data"],
            "default": "normal",
            "title": "Storage",
            "description": "Where rows are added: among the others of their table, of which a base "
            "takes 100,000, or straight to the base's big data storage, which takes more and has "
            "no links.",
        },
        "row_limit": {
            "type": "integer",
            "minimum": 0,
            "default": ROW_LIMIT,
            "title": "Row limit",
            "description": "Rows that the base may have in its normal storage. A run that would "
            "bring it past that ends before it does. 0: leave that to the server.",
        },
        "skip_unchanged": {
            "type": "boolean",
            "default": True,
            "title": "Skip unchanged",
            "description": "Leave rows alone that hold the record's values already, so that their "
            "time of last change stays and no automation starts.",
        },
        "batch_size_rows": {
            "type": "integer",
            "minimum": 1,
            "maximum": APPEND_LIMIT,
            "default": APPEND_LIMIT,
            "title": "Batch size rows",
            "description": "Rows to write in one call at most.",
        },
        "dry_run": {
            "type": "boolean",
            "default": False,
            "title": "Dry run",
            "description": "Read the input and the base, say what would be created, added, changed "
            "and deleted, and write nothing: no row, no rejected record, no state.",
        },
        "rejected_records_path": {
            "type": "string",
            "minLength": 1,
            "default": "target-seatable-rejected.jsonl",
            "title": "Rejected records path",
            "description": "The file that records which cannot be stored are appended to, as JSON "
            "lines with the reason: a local path or an fsspec URL.",
        },
        "max_rejected_records": {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "title": "Max rejected records",
            "description": "A run that rejects more records than this ends with an error, after "
            "all others are stored.",
        },
        **ATTACHMENT_SETTINGS,
    },
}
"""JSON Schema of the target's configuration."""
"""JSON Schema of the settings."""
