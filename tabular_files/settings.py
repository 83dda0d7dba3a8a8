"""The settings of tap-tabular-files, besides those that the SDK adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "path": {
        "type": "string",
        "minLength": 1,
        "description": "A file, a folder, or a pattern such as exports/*.csv.",
    },
    "stream": {
        "type": ["string", "null"],
        "description": "The name of the stream. If not set: the name of the file without its "
        "ending, of the sheet where a workbook has several, or of the table in a database.",
    },
    "format": {
        "type": ["string", "null"],
        "enum": ["csv", "excel", "jsonl", "parquet", "sqlite", None],
        "description": "The format, if the file's ending does not show it. csv is TSV, too.",
    },
    "keys": {
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "The key columns. Loading the file again then updates "
        "its rows instead of adding them again. If not set: the primary key of the table of a "
        "SQLite database.",
    },
    "delimiter": {
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": 1,
        "description": "What separates the cells of a CSV file. If not set, it is detected.",
    },
    "encoding": {
        "type": ["string", "null"],
        "description": "The encoding of a text file, such as cp1252. If not set: what a byte order "
        "mark says, else utf-8.",
    },
    "skip_rows": {
        "type": ["integer", "null"],
        "minimum": 0,
        "description": "Lines or rows before the header.",
    },
    "sheets": {
        "type": ["array", "null"],
        "items": {"type": "string"},
        "description": "Names or patterns of the sheets of a workbook, or of the tables and views "
        "of a SQLite database; all visible sheets, or all tables, if not set.",
    },
    "hidden_rows": {
        "type": ["boolean", "null"],
        "description": "Whether rows that a workbook hides, by a filter for example, are read. "
        "They are if not set.",
    },
}
"""JSON Schema of what can be said of a file."""

SETTINGS: Mapping[str, Any] = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {
            "type": "array",
            "minItems": 1,
            "title": "Files",
            "description": "The files to read: paths, or objects with path and, as needed, stream, "
            "format, keys, delimiter, encoding, skip_rows, sheets, hidden_rows.",
            "items": {
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    {
                        "type": "object",
                        "required": ["path"],
                        "properties": FILE_SETTINGS,
                        "additionalProperties": False,
                    },
                ]
            },
        },
    },
}
"""JSON Schema of the settings."""
