"""The settings of target-seatable, besides those that the SDK adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.api.base import APPEND_LIMIT
from seatable_client.connection import CONNECTION_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_STREAM: Mapping[str, Any] = {"type": ["object", "null"]}

ATTACHMENT_SETTINGS: Mapping[str, Any] = {
    "attachment_hosts": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "default": [],
        "title": "Attachment hosts",
        "description": "Hosts from which files that records refer to are downloaded and uploaded "
        "to the base, such as files.example.org or *.example.org. URLs of other hosts are stored "
        "as given.",
    },
    "attachment_paths": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "default": [],
        "title": "Attachment paths",
        "description": "Folders of this machine from which files that records name by their path "
        "are uploaded to the base. No other file is read.",
    },
    "max_attachment_bytes": {
        "type": "integer",
        "minimum": 1,
        "default": 100 * 1024 * 1024,
        "title": "Max attachment bytes",
        "description": "Maximum size of a file to upload; a record with a larger file is rejected.",
    },
}


ROW_LIMIT = 100_000
"""Rows that a base takes in its normal storage (API reference, "Limits")."""

SETTINGS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        **CONNECTION_SETTINGS,
        "server_timezone": {
            **CONNECTION_SETTINGS["server_timezone"],
            "description": "The server's time zone, e.g. Europe/Berlin; date-times with an offset "
            "are converted to it. With auto the zone is unknown: new columns for such values "
            "become text, and existing date columns reject them. Date-times without an offset are "
            "stored as given.",
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
            "description": "upsert changes the row with the record's key, or adds a row; a stream "
            "without key properties is appended. append-only adds a row for every record. "
            "overwrite makes the table equal to the stream: it works as upsert, and at the end it "
            "deletes rows that are not in the stream.",
        },
        "key_properties": {
            **_BY_STREAM,
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "title": "Key properties",
            "description": "Key properties per stream; overrides the keys that the source "
            "declares.",
        },
        "table_mapping": {
            **_BY_STREAM,
            "additionalProperties": {"type": "string", "minLength": 1},
            "title": "Table mapping",
            "description": "Table name per stream; by default the name of the stream.",
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
            "description": "Type of the column to create, per stream and property: a column type "
            "of SeaTable, such as long-text, or an object of type and data, such as "
            '{"type": "date", "data": {"format": "YYYY-MM-DD HH:mm"}}.',
        },
        "links": {
            **_BY_STREAM,
            "additionalProperties": {"type": "string", "minLength": 1},
            "title": "Links",
            "description": "For properties that go into link columns, named stream.property: the "
            "column of the other table that holds their values. By default the values are row ids.",
        },
        "create_missing_links": {
            "type": "boolean",
            "default": False,
            "title": "Create missing links",
            "description": "If a linked row does not exist in the other table, create it with only "
            "its key (the column named in links); otherwise the link becomes a rejected record.",
        },
        "nested": {
            "type": "string",
            "enum": ["json", "table"],
            "default": "json",
            "title": "Nested",
            "description": "Where arrays of objects go: json, into a column as JSON; table, into a "
            "table of their own, <stream>__<property>, with a row for each object, linked to the "
            "row that it belongs to.",
        },
        "infer_types": {
            "type": "boolean",
            "default": True,
            "title": "Infer types",
            "description": "If a source declares only text, as CSV files do, infer the column "
            "types of a new table from its first rows.",
        },
        "on_precision_loss": {
            "type": "string",
            "enum": ["text", "refuse", "truncate"],
            "default": "text",
            "title": "On precision loss",
            "description": "For values with more digits than a number column holds, or with "
            "seconds if the date column holds minutes. text: create a text column if the first "
            "rows have such values. refuse: reject the record. truncate: cut the seconds off "
            "date-times, and otherwise as text.",
        },
        "on_text_overflow": {
            "type": "string",
            "enum": ["refuse", "truncate"],
            "default": "refuse",
            "title": "On text overflow",
            "description": "For texts longer than a text column (10,000 characters) or a long-text "
            "column (100,000) holds: refuse rejects the record, truncate cuts the text.",
        },
        "on_ambiguous_key": {
            "type": "string",
            "enum": ["error", "first", "all"],
            "default": "error",
            "title": "On ambiguous key",
            "description": "If several rows of the table have the key of a record: error rejects "
            "the record, first changes the first row, all changes all of them.",
        },
        "create_tables": {
            "type": "boolean",
            "default": True,
            "title": "Create tables",
            "description": "Create missing tables; otherwise a stream without a table is an error.",
        },
        "add_columns": {
            "type": "boolean",
            "default": True,
            "title": "Add columns",
            "description": "Add missing columns; otherwise their properties are skipped with a "
            "warning.",
        },
        "computed_columns": {
            "type": "string",
            "enum": ["recreate", "values"],
            "default": "recreate",
            "title": "Computed columns",
            "description": "In a copy of a base: formulas, lookups, auto numbers, and the columns "
            "of who created or changed a row and when. recreate: the same columns, which SeaTable "
            "computes again. values: plain columns with the values of the source.",
        },
        "hard_delete": {
            "type": "boolean",
            "default": False,
            "title": "Hard delete",
            "description": "Delete the rows of tombstones (records with _sdc_deleted_at or "
            "_deleted_at); otherwise they are marked in a column _sdc_deleted_at.",
        },
        "max_delete_fraction": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "default": 0.5,
            "title": "Max delete fraction",
            "description": "If overwrite or ACTIVATE_VERSION would delete a larger fraction of a "
            "table, nothing is deleted and the run ends with an error.",
        },
        "protected_rows": {
            **_BY_STREAM,
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "array"}},
            "title": "Protected rows",
            "description": "Rows that overwrite never deletes: values per stream and column, such "
            'as {"people": {"entered by": ["hand", null]}}.',
        },
        "storage": {
            "type": "string",
            "enum": ["normal", "big_data"],
            "default": "normal",
            "title": "Storage",
            "description": "Where rows are added: normal, of which a base takes 100,000; or "
            "big_data, the base's big data storage, which takes more and has no links.",
        },
        "row_limit": {
            "type": "integer",
            "minimum": 0,
            "default": ROW_LIMIT,
            "title": "Row limit",
            "description": "Maximum number of rows in the base's normal storage. A run stops "
            "before it exceeds it. 0: only the server's limit counts.",
        },
        "skip_unchanged": {
            "type": "boolean",
            "default": True,
            "title": "Skip unchanged",
            "description": "Do not write rows whose values are unchanged, so that their "
            "last-modified time stays the same and no automation is triggered.",
        },
        "batch_size_rows": {
            "type": "integer",
            "minimum": 1,
            "maximum": APPEND_LIMIT,
            "default": APPEND_LIMIT,
            "title": "Batch size rows",
            "description": "Maximum number of rows per call.",
        },
        "dry_run": {
            "type": "boolean",
            "default": False,
            "title": "Dry run",
            "description": "Read the input and the base, log what would be created, added, changed "
            "and deleted, and write nothing: no row, no rejected record, no state.",
        },
        "rejected_records_path": {
            "type": "string",
            "minLength": 1,
            "default": "target-seatable-rejected.jsonl",
            "title": "Rejected records path",
            "description": "Dead-letter file: records that cannot be stored are appended to it as "
            "JSON lines, with the reason. A local path or an fsspec URL.",
        },
        "max_rejected_records": {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "title": "Max rejected records",
            "description": "A run that rejects more records ends with an error, after all others "
            "are stored.",
        },
        **ATTACHMENT_SETTINGS,
    },
}
"""JSON Schema of the target's settings."""
