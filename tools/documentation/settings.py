"""The settings of both plugins, as `--about` tells them."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

from seatable_client.settings import CONNECTION_SETTINGS
from tap_seatable.settings import SETTINGS as TAP_SETTINGS
from target_seatable.settings import SETTINGS as TARGET_SETTINGS
from tools.documentation.tables import table
from tools.meltano_settings import about

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

TAP, TARGET = "tap-seatable", "target-seatable"
OWN = {TAP: TAP_SETTINGS["properties"], TARGET: TARGET_SETTINGS["properties"]}

_NAME = re.compile(r"(?<![\w`/])(_?[a-z]+(?:_[a-z]+)+|[A-Z]+_[A-Z]+)(?![\w`])")
"""Names of settings, properties and messages in a description."""

_EXAMPLE = re.compile(r"\{(?:[^{}`]|\{(?:[^{}`]|\{[^{}`]*\})*\})*\}")
"""JSON objects in a description, of three levels at most."""

_VALUES = {
    "array": "list",
    "boolean": "true, false",
    "integer": "whole number",
    "number": "number",
    "object": "object",
    "string": "text",
}


def connection_settings() -> str:
    """The settings that both plugins have."""
    return _table(TAP, CONNECTION_SETTINGS)


def tap_settings() -> str:
    """The settings that only the tap has."""
    return _table(TAP, OWN[TAP].keys() - CONNECTION_SETTINGS.keys())


def target_settings() -> str:
    """The settings that only the target has."""
    return _table(TARGET, OWN[TARGET].keys() - CONNECTION_SETTINGS.keys())


def sdk_settings() -> str:
    """The settings that the Singer SDK adds to one plugin or to both."""
    added = {plugin: _about(plugin).keys() - OWN[plugin].keys() for plugin in OWN}
    schemas = {**_about(TAP), **_about(TARGET)}
    rows = []
    for name, schema in schemas.items():
        plugins = [plugin for plugin, names in added.items() if name in names]
        if plugins:
            owner = "both" if len(plugins) == len(OWN) else plugins[0]
            rows.append((f"`{name}`", owner, _values(schema), _meaning(schema)))
    return table(("setting", "plugin", "values", "meaning"), rows)


@functools.cache
def _about(plugin: str) -> dict[str, Any]:
    properties: dict[str, Any] = about(plugin)["settings"]["properties"]
    return properties


def _table(plugin: str, names: Collection[str]) -> str:
    return table(("setting", "values", "default", "meaning"), _rows(plugin, names))


def _rows(plugin: str, names: Collection[str]) -> Iterator[tuple[str, str, str, str]]:
    for name, schema in _about(plugin).items():
        if name in names:
            default = f"`{_shown(schema['default'])}`" if "default" in schema else ""
            yield f"`{name}`", _values(schema), default, _meaning(schema)


def _meaning(schema: dict[str, Any]) -> str:
    text = _EXAMPLE.sub(r"`\g<0>`", schema["description"])
    parts = text.split("`")  # every second one is code
    parts[::2] = [_NAME.sub(r"`\1`", part.replace("<", "&lt;")) for part in parts[::2]]
    return "`".join(parts)


def _values(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{_shown(value)}`" for value in schema["enum"])
    if schema.get("format") in {"date", "date-time"}:
        return "date"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return _VALUES[next(name for name in types if name != "null")]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
