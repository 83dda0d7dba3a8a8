"""The contract of tap-seatable and target-seatable, beyond the Singer specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEMA_EXTENSION = "x-seatable"
"""Schema keyword that describes a SeaTable table or column, so that a copy can recreate it."""

DELETED_AT = "_deleted_at"
"""Tombstone column of tap-seatable: when a row was deleted, null in living rows.

Unlike `_sdc_deleted_at` no loader strips it.
"""

SDC_DELETED_AT = "_sdc_deleted_at"
"""Tombstone column of the Singer SDK and of PipelineWise."""

TOMBSTONE_COLUMNS = frozenset({DELETED_AT, SDC_DELETED_AT})
"""Properties that mark a record as a tombstone. They are no columns of the table."""

GROUP_PATH = "_group_path"
"""Property of tap-seatable with the groups of a view that a row is in."""

DATE_TIMES = "date_times"
"""Member of a SCHEMA's extension: in which form its records have date-times."""

IN_UTC = "utc"
"""Value of `DATE_TIMES` where date-times are in UTC and records come with `OFFSETS`."""

OFFSETS = "offsets"
"""Member of a RECORD's extension: offsets by property, for each list one of its own."""

FILE_PATH = "path"
"""Property that tap-seatable adds to a file that it has downloaded: where it is."""

FILE_LINK = "download_url"
"""Property that tap-seatable adds to a file that it has signed: where it can be downloaded."""

FILE_PROPERTIES = (FILE_PATH, FILE_LINK)
"""Properties that only some modes of `attachments` add to a file."""

STATE_KEY = "seatable"
"""Key of tap-seatable's bookmark in a stream's part of the state, beside the SDK's own keys."""

CURSOR = "cursor"
"""Key of such a bookmark: where a full read is that did not finish; without it the read did."""

VERSION_KEY = "stream_version"
"""Key of the stream's version: in a bookmark, or in a stream's part of the state without one."""

_PREFIXES = ("_sdc_", "__")
"""How names begin that the Singer SDK, stream maps and loaders use for themselves. Loaders drop
properties of such names, or act on them."""


CONTRACT_SUBJECTS = ("tables", "columns", "types")
"""What rules of the setting `schema_contract` are about."""


def contract_schema(rules: Sequence[str]) -> Mapping[str, Any]:
    """JSON Schema of the setting `schema_contract`: one rule, or one for each kind of difference.

    Args:
        rules: the words that it may say.
    """
    return {
        "type": ["object", "string", "null"],
        "pattern": f"^({'|'.join(rules)})$",
        "additionalProperties": False,
        "properties": {name: {"enum": list(rules)} for name in CONTRACT_SUBJECTS},
    }


def property_name(name: str, key: str) -> str:
    """The property of a column whose name tap, SDK or loaders may use for themselves.

    Args:
        name: the column's name.
        key: its key.

    Returns:
        The name, or another one that says nothing to a loader: `_sdc_deleted_at` becomes
        `sdc_deleted_at_` and the key.
    """
    folded = name.casefold()
    if folded in {DELETED_AT, GROUP_PATH}:
        return f"{name}_{key}"
    if folded.startswith(_PREFIXES):
        return f"{name.lstrip('_') or 'column'}_{key}"
    return name
