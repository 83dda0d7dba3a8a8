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

STATE_KEY = "seatable"
"""Key of a table's bookmark in its stream's part of tap-seatable's state, beside the SDK's own."""

CURSOR = "cursor"
"""Key of that bookmark: the last row of a read that has not finished, else null."""

SIGNED_LINK = "download_url"
"""Property that tap-seatable adds to a file: an address that needs no login for some time."""

LOCAL_PATH = "path"
"""Property that tap-seatable adds to a file that it has downloaded: where it is."""

ADDED_TO_FILES = (LOCAL_PATH, SIGNED_LINK)
"""Properties that a file has only in the modes of `attachments` that add them."""

GROUP_PATH = "_group_path"
"""Property of tap-seatable with the groups of a view that a row is in."""

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
