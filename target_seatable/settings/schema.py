"""The settings of target-seatable, besides those that the SDK adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from seatable_client.settings import APPEND_LIMIT, CONNECTION_SETTINGS
from target_seatable.settings.subscriptions import PLAN_NAMES
from target_seatable.settings.values import (
    CONTRACT,
    TEXT_FORMAT,
    LoadMethodName,
    OnAmbiguousKey,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_STREAM: Mapping[str, Any] = {"type": ["object", "null"]}

WRITE_POLICIES = ("always", "if_empty", "on_insert", "never")
"""Which cells a record writes: all, those that are empty, those of new rows, or none."""

ATTACHMENT_SETTINGS: Mapping[str, Any] = {
    "attachment_hosts": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "default": [],
        "title": "Attachment hosts",
        "description": "Hosts from which files are fetched and uploaded to the base, such as "
        "files.example.org or *.example.org. Addresses on other hosts are stored unchanged.",
    },
    "attachment_paths": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "default": [],
        "title": "Attachment paths",
        "description": "Local folders from which files are uploaded to the base if a record "
        "contains their path. No other local files are read.",
    },
    "max_attachment_bytes": {
        "type": "integer",
        "minimum": 1,
        "default": 100 * 1024 * 1024,
        "title": "Max attachment bytes",
        "description": "Maximum size of an uploaded file. A record with a larger file is rejected.",
    },
}


ROW_LIMIT = 100_000
"""Rows of a base in its normal storage (API reference, "Limits"; it is for each base)."""

_LOAD_METHODS = list(get_args(LoadMethodName))
_ON_AMBIGUOUS_KEY = list(get_args(OnAmbiguousKey))

_STREAM_SETTINGS: Mapping[str, Any] = {
    "load_method": {"enum": _LOAD_METHODS},
    "hard_delete": {"type": "boolean"},
    "max_delete_fraction": {"type": "number", "minimum": 0, "maximum": 1},
    "skip_unchanged": {"type": "boolean"},
    "on_ambiguous_key": {"enum": _ON_AMBIGUOUS_KEY},
    "schema_contract": CONTRACT,
}

SETTINGS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        **CONNECTION_SETTINGS,
        "server_timezone": {
            **CONNECTION_SETTINGS["server_timezone"],
            "description": "The server's time zone, such as Europe/Berlin. Date-times with an "
            "offset are converted to it. With auto the zone is unknown: new columns for such "
            "values become text, and existing date columns reject them. Date-times without an "
            "offset are stored unchanged.",
        },
        "create_base": {
            "type": "boolean",
            "default": False,
            "title": "Create base",
            "description": "Create the base if the workspace has no base of that name. Only with "
            "account_token or username.",
        },
        "load_method": {
            "type": "string",
            "enum": _LOAD_METHODS,
            "default": "upsert",
            "title": "Load method",
            "description": "upsert updates the row with the record's key, or adds a row; streams "
            "without key properties are appended. update-only updates rows and adds none; "
            "insert-only adds rows and changes none; both need a key. append-only adds every "
            "record. overwrite makes the table equal to the stream: it upserts all records, then "
            "removes rows that are missing from the stream.",
        },
        "stream_settings": {
            **_BY_STREAM,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": _STREAM_SETTINGS,
            },
            "title": "Stream settings",
            "description": "load_method, hard_delete, max_delete_fraction, skip_unchanged, "
            "on_ambiguous_key and schema_contract per stream, where * stands for any letters; "
            'overrides the settings of these names, such as {"stock*": {"load_method": '
            '"overwrite"}}.',
        },
        "write_policy": {
            **_BY_STREAM,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"enum": list(WRITE_POLICIES)},
            },
            "title": "Write policy",
            "description": "Which cells of existing rows records may write, per stream and "
            "property, where * stands for any letters. always (default); if_empty fills only "
            "empty cells; on_insert writes new rows only: people own the cell afterwards; never: "
            'not written. Such as {"people": {"phone": "if_empty"}}.',
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
            "description": "Table name per stream; the stream's name if not set.",
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
            "description": "Type per stream and property for new columns: a SeaTable type such "
            'as long-text, or an object with type and data, such as {"type": "date", "data": '
            '{"format": "YYYY-MM-DD HH:mm"}}.',
        },
        "links": {
            **_BY_STREAM,
            "additionalProperties": {"type": "string", "minLength": 1},
            "title": "Links",
            "description": "For link columns, given as stream.property: the column of the other "
            "table that identifies the linked rows. If not set, values are row ids.",
        },
        "create_missing_links": {
            "type": "boolean",
            "default": False,
            "title": "Create missing links",
            "description": "If a linked row does not exist in the other table, create it with "
            "only its key. Otherwise the link is written to the file of rejected records.",
        },
        "nested": {
            "type": "string",
            "enum": ["json", "table"],
            "default": "json",
            "title": "Nested",
            "description": "Where to store arrays of objects. json: as JSON in a column. table: "
            "in a separate table <stream>__<property>, with one row per object, linked to its "
            "parent row.",
        },
        "infer_types": {
            "type": "boolean",
            "default": True,
            "title": "Infer types",
            "description": "If a source declares a property as plain text, as CSV files do, infer "
            "the type of its column in a new table from the first rows.",
        },
        "locale": {
            "type": "string",
            "title": "Locale",
            "description": "How the texts of a source without types write numbers, days and "
            "words for true and false: de_DE reads 1.342,82, 34,5 %, 20.08.2024 and ja. Applies "
            "to properties that are declared as plain text, as in CSV files. If not set, plain "
            "numerals and ISO dates are read.",
        },
        "text_formats": {
            "type": ["object", "string", "null"],
            "pattern": "^auto$",
            "additionalProperties": {
                "anyOf": [
                    {"enum": ["auto"]},
                    {"type": "object", "additionalProperties": TEXT_FORMAT},
                ]
            },
            "title": "Text formats",
            "description": "What texts mean per stream and property, where * stands for any "
            "letters; overrides locale. Either auto, which reads a property in the one form that "
            "all its values have, or any of decimal, thousands, percent, currency, dates, "
            'true, false, empty and strip, such as {"sales": {"price": {"decimal": ","}, "*": '
            '{"empty": ["NA", "-"]}}}. {"*": "auto"} means auto for all; in a file of settings the '
            "text auto does, too.",
        },
        "on_precision_loss": {
            "type": "string",
            "enum": ["text", "refuse", "truncate"],
            "default": "text",
            "title": "On precision loss",
            "description": "How to handle numbers with more digits than a number column can "
            "hold, and times with seconds, which a date column cannot hold. text: create a text "
            "column if the first rows contain such values. refuse: reject the record. truncate: "
            "remove seconds from date-times; numbers as with text.",
        },
        "on_text_overflow": {
            "type": "string",
            "enum": ["refuse", "truncate"],
            "default": "refuse",
            "title": "On text overflow",
            "description": "How to handle text that exceeds the limit of its column (text: "
            "10,000 characters, long text: 100,000). refuse: reject the record. truncate: cut "
            "the text.",
        },
        "on_ambiguous_key": {
            "type": "string",
            "enum": _ON_AMBIGUOUS_KEY,
            "default": "error",
            "title": "On ambiguous key",
            "description": "What to do if several rows of the table have the record's key. "
            "error: reject the record. first: update the first row. all: update all of them.",
        },
        "create_tables": {
            "type": "boolean",
            "default": True,
            "title": "Create tables",
            "description": "Create tables that do not exist. If false, a missing table is an "
            "error.",
        },
        "add_columns": {
            "type": "boolean",
            "default": True,
            "title": "Add columns",
            "description": "Add columns that do not exist. If false, properties without a column "
            "are skipped with a warning.",
        },
        "schema_contract": {
            **CONTRACT,
            "title": "Schema contract",
            "description": "What to do where a stream does not fit the base: one word, or one for "
            "each of tables (the base has no such table), columns (the table has no such column) "
            "and types (the column cannot hold a value). evolve (default): make the table or the "
            "column; reject the record. freeze: end the run. drop_value: leave the value out. "
            "drop_row: leave the record out. What is left out is counted and logged. Such as "
            '{"columns": "freeze", "types": "drop_value"}.',
        },
        "computed_columns": {
            "type": "string",
            "enum": ["recreate", "values"],
            "default": "recreate",
            "title": "Computed columns",
            "description": "For copies of a base: how to copy formulas, lookups, and creation and "
            "modification columns. recreate: create the same columns, which SeaTable fills. "
            "values: create plain columns with the source's values.",
        },
        "automatic_numbers": {
            "type": "string",
            "enum": ["values", "recreate"],
            "default": "values",
            "title": "Automatic numbers",
            "description": "For copies of a base: how to copy automatic numbers. values: create "
            "plain columns with the source's numbers. recreate: create the same columns, unless "
            "computed_columns is values; SeaTable numbers the rows of the copy anew, so that a "
            "number may mean another row than in the source.",
        },
        "hard_delete": {
            "type": "boolean",
            "default": False,
            "title": "Hard delete",
            "description": "Delete the rows of records that are marked as deleted "
            "(_sdc_deleted_at or _deleted_at). If false, the rows are marked in a column "
            "_sdc_deleted_at.",
        },
        "max_delete_fraction": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "default": 0.5,
            "title": "Max delete fraction",
            "description": "Maximum fraction of a table's rows that overwrite or "
            "ACTIVATE_VERSION may remove. If more would be removed, nothing is removed and the "
            "run fails.",
        },
        "protected_rows": {
            **_BY_STREAM,
            "additionalProperties": {"type": "object", "additionalProperties": {"type": "array"}},
            "title": "Protected rows",
            "description": "Values per stream and column that protect rows from removal by "
            'overwrite, such as {"people": {"entered by": ["hand", null]}}.',
        },
        "storage": {
            "type": "string",
            "enum": ["normal", "big_data"],
            "default": "normal",
            "title": "Storage",
            "description": "Where to add rows. normal: the base's normal storage, which holds "
            "100,000 rows. big_data: the base's big data storage, which holds more rows but no "
            "links.",
        },
        "plan": {
            "type": "string",
            "enum": list(PLAN_NAMES),
            "title": "Plan",
            "description": "The plan of SeaTable that the base's team has. It sets row_limit, if "
            "that is not set, and the API calls of a month that the log compares with those of a "
            "load. big_data in storage requires enterprise or dedicated.",
        },
        "row_limit": {
            "type": "integer",
            "minimum": 0,
            "title": "Row limit",
            "description": "Maximum number of rows in the base's normal storage. A run stops "
            "before it exceeds this limit. 0 disables the check. If not set: the number of plan, "
            f"or {ROW_LIMIT:,}.",
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
            "description": "Maximum number of rows per write call.",
        },
        "concurrency": {
            "type": "integer",
            "minimum": 1,
            "maximum": 32,
            "default": 4,
            "title": "Concurrency",
            "description": "How many batches are stored at once, each of another table that no "
            "link joins with the others. Rows, rejected records and the order of states do not "
            "depend on it. With 1 there is at most one call at a time.",
        },
        "dry_run": {
            "type": "boolean",
            "default": False,
            "title": "Dry run",
            "description": "Read the input and the base, and report what would be created, "
            "added, changed and deleted. Nothing is written: no rows, no rejected records, no "
            "state.",
        },
        "plan_path": {
            "type": "string",
            "minLength": 1,
            "title": "Plan path",
            "description": "A file. With dry_run the plan of the load is written to it, as JSON "
            "with samples of the data. Without dry_run the load applies this plan: if the base or "
            "the settings have changed since, the run ends and nothing is written.",
        },
        "rejected_records_path": {
            "type": "string",
            "secret": True,
            "minLength": 1,
            "default": "target-seatable-rejected.jsonl",
            "title": "Rejected records path",
            "description": "The file to which records that cannot be stored are appended, as "
            "Singer messages with all reasons: a local path or an fsspec URL. --retry-rejected "
            "loads them again.",
        },
        "max_rejected_records": {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "title": "Max rejected records",
            "description": "Maximum number of rejected records. If a run rejects more, it stores "
            "all others and then fails.",
        },
        **ATTACHMENT_SETTINGS,
    },
}
"""JSON Schema of the target's settings."""
