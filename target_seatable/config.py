"""The configuration of a run: the settings, checked by the SDK, parsed once and typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from target_seatable.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping


class TargetConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The target's own settings; README.md describes each.

    A setting by stream that is not given is empty.

    Attributes:
        by_name: all settings by name, those of the connection and of the SDK included.
    """

    server_timezone: str
    create_base: bool
    load_method: Literal["upsert", "append-only", "overwrite"]
    key_properties: dict[str, list[str]]
    table_mapping: dict[str, str]
    column_types: dict[str, dict[str, Any]]
    links: dict[str, str]
    create_missing_links: bool
    nested: Literal["json", "table"]
    infer_types: bool
    on_precision_loss: Literal["text", "refuse", "truncate"]
    on_text_overflow: Literal["refuse", "truncate"]
    on_ambiguous_key: Literal["error", "first", "all"]
    create_tables: bool
    add_columns: bool
    computed_columns: Literal["recreate", "values"]
    hard_delete: bool
    max_delete_fraction: float
    protected_rows: dict[str, dict[str, list[Any]]]
    storage: Literal["normal", "big_data"]
    row_limit: int
    skip_unchanged: bool
    batch_size_rows: int
    dry_run: bool
    rejected_records_path: str
    max_rejected_records: int
    attachment_hosts: list[str]
    attachment_paths: list[str]
    max_attachment_bytes: int
    by_name: dict[str, Any]


def parse_config(settings: Mapping[str, Any]) -> TargetConfig:
    """The configuration that checked settings make.

    Args:
        settings: by name, as they have passed the check against `SETTINGS`. One that is not given,
            or is null, has its default.
    """
    values: dict[str, Any] = {"by_name": dict(settings)}
    for name in TargetConfig.__struct_fields__:
        if name in values:
            continue
        value = settings.get(name)
        values[name] = SETTINGS["properties"][name].get("default", {}) if value is None else value
    # Not strict: JSON Schema takes 100.0 for a whole number.
    return msgspec.convert(values, TargetConfig, strict=False)
