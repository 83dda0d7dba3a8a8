"""The typed values of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from singer_seatable.names import entries_for
from target_seatable.settings.schema import ROW_LIMIT, SETTINGS
from target_seatable.settings.subscriptions import SUBSCRIPTIONS, PlanName, Subscription
from target_seatable.settings.values import (  # noqa: TC001  (msgspec looks at annotations)
    LoadMethodName,
    OnAmbiguousKey,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

WritePolicy = Literal["always", "if_empty", "on_insert", "never"]


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What happens where a stream does not fit its table.

    Attributes:
        tables: if the base does not have the table.
        columns: if the table does not have a column.
        types: if a column cannot hold a value.
    """

    tables: Rule = "evolve"
    columns: Rule = "evolve"
    types: Rule = "evolve"


class StreamConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that streams may have of their own."""

    load_method: LoadMethodName
    hard_delete: bool
    max_delete_fraction: float
    skip_unchanged: bool
    on_ambiguous_key: OnAmbiguousKey
    schema_contract: dict[str, Rule] | Rule | None

    @property
    def contract(self) -> Contract:
        """What happens where the stream does not fit its table."""
        rules = self.schema_contract or {}
        if isinstance(rules, str):
            return Contract(tables=rules, columns=rules, types=rules)
        return Contract(**rules)


class TargetConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The target's own settings; README.md describes each.

    A setting by stream that is not given is empty.

    Attributes:
        by_name: all settings by name, those of the connection and of the SDK included.
    """

    server_timezone: str
    create_base: bool
    load_method: LoadMethodName
    stream_settings: dict[str, dict[str, Any]]
    write_policy: dict[str, dict[str, WritePolicy]]
    key_properties: dict[str, list[str]]
    table_mapping: dict[str, str]
    column_types: dict[str, dict[str, Any]]
    links: dict[str, str]
    create_missing_links: bool
    nested: Literal["json", "table"]
    infer_types: bool
    locale: str
    text_formats: dict[str, Any] | str
    on_precision_loss: Literal["text", "refuse", "truncate"]
    on_text_overflow: Literal["refuse", "truncate"]
    on_ambiguous_key: OnAmbiguousKey
    create_tables: bool
    add_columns: bool
    schema_contract: dict[str, Rule] | Rule | None
    computed_columns: Literal["recreate", "values"]
    automatic_numbers: Literal["values", "recreate"]
    hard_delete: bool
    max_delete_fraction: float
    protected_rows: dict[str, dict[str, list[Any]]]
    storage: Literal["normal", "big_data"]
    plan: PlanName | Literal[""]
    row_limit: int
    skip_unchanged: bool
    batch_size_rows: int
    concurrency: int
    dry_run: bool
    plan_path: str
    rejected_records_path: str
    max_rejected_records: int
    attachment_hosts: list[str]
    attachment_paths: list[str]
    max_attachment_bytes: int
    add_record_metadata: bool
    by_name: dict[str, Any]

    def for_stream(self, stream: str) -> StreamConfig:
        """How a stream is loaded."""
        values = {name: getattr(self, name) for name in StreamConfig.__struct_fields__}
        for entry in entries_for(self.stream_settings, stream):
            values.update(entry)
        return msgspec.convert(values, StreamConfig, strict=False)

    def policy(self, stream: str, prop: str) -> WritePolicy:
        """Which cells of a property records may write.

        What the target itself keeps in a row (`_sdc_…`) no pattern means.
        """
        found: WritePolicy = "always"
        for entries in entries_for(self.write_policy, stream):
            if prop.startswith("_sdc_"):
                found = entries.get(prop, found)
            else:
                found = next(reversed(entries_for(entries, prop)), found)
        return found

    @property
    def named_streams(self) -> Mapping[str, Collection[str]]:
        """By setting, the streams that it names, in its order; a pattern names none."""
        return {
            "key_properties": self.key_properties,
            "table_mapping": self.table_mapping,
            "column_types": self.column_types,
            "text_formats": exact_names(self.text_formats),
            "write_policy": exact_names(self.write_policy),
            "stream_settings": exact_names(self.stream_settings),
            "protected_rows": self.protected_rows,
            "links": dict.fromkeys(name.rpartition(".")[0] for name in self.links),
        }

    @property
    def subscription(self) -> Subscription | None:
        """What SeaTable's plan allows; None if the settings do not name it."""
        return SUBSCRIPTIONS[self.plan] if self.plan else None

    @property
    def load_methods(self) -> set[str]:
        """The load methods of all streams, as far as the settings name them."""
        named = (entry.get("load_method") for entry in self.stream_settings.values())
        return {self.load_method, *filter(None, named)}


def parse_config(settings: Mapping[str, Any]) -> TargetConfig:
    """The configuration that checked settings make.

    Args:
        settings: by name, as they have passed the check against `SETTINGS`. One that is not given,
            or is null, has its default.
    """
    values: dict[str, Any] = {
        "by_name": dict(settings),
        "plan": settings.get("plan") or "",
        "add_record_metadata": bool(settings.get("add_record_metadata")),  # the SDK's setting
    }
    if settings.get("row_limit") is None:
        plan = values["plan"]
        values["row_limit"] = SUBSCRIPTIONS[plan].row_limit if plan else ROW_LIMIT
    for name in TargetConfig.__struct_fields__:
        if name in values:
            continue
        value = settings.get(name)
        values[name] = _default(name) if value is None else value
    # Not strict: JSON Schema takes 100.0 for a whole number.
    return msgspec.convert(values, TargetConfig, strict=False)


def exact_names(entries: Mapping[str, Any] | str) -> list[str]:
    """The names of a setting that are no patterns."""
    return [] if isinstance(entries, str) else [name for name in entries if "*" not in name]


def _default(name: str) -> Any:
    schema = SETTINGS["properties"][name]
    return schema.get("default", "" if schema["type"] == "string" else {})
