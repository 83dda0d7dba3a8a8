"""What a setting takes, in words, from its JSON Schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def json_types_of(setting: Mapping[str, Any]) -> set[str]:
    """The types of JSON that a setting takes."""
    kind = setting.get("type", "string")
    return {kind} if isinstance(kind, str) else set(kind)


def form_of(setting: Mapping[str, Any]) -> str:
    """What a setting takes, in words that follow "it takes", from its JSON Schema."""
    if choices := setting.get("enum"):
        return f"one of {', '.join(map(str, choices))}"
    if alternatives := setting.get("anyOf"):
        return " or ".join(map(form_of, alternatives))
    json_types = json_types_of(setting)
    words = []
    if json_types & {"integer", "number"}:
        words.append(
            ("a whole number" if "integer" in json_types else "a number") + _range(setting)
        )
    if "boolean" in json_types:
        words.append("true or false")
    if "string" in json_types:
        words.append("a text")
    if names := setting.get("properties"):
        words.append(f"an object with {', '.join(names)}")
    elif json_types & {"object", "array"}:
        kind = "an object" if "object" in json_types else "a list"
        words.append(f"{kind} such as {json.dumps(_example(setting))}")
    return " or ".join(words)


def _range(setting: Mapping[str, Any]) -> str:
    least, most = setting.get("minimum"), setting.get("maximum")
    if least is None:
        above = setting.get("exclusiveMinimum")
        return "" if above is None else f" above {above:g}"
    return f" of at least {least:g}" if most is None else f" from {least:g} to {most:g}"


def _example(setting: Mapping[str, Any]) -> Any:
    """The smallest value that has the form of a setting."""
    if choices := setting.get("enum"):
        return choices[0]
    if alternatives := setting.get("anyOf"):
        return _example(alternatives[0])
    json_types = json_types_of(setting)
    if "string" in json_types:
        return "a"
    if "array" in json_types:
        return [_example(setting.get("items") or {})]
    if "object" in json_types:
        names = setting.get("required") or list(setting.get("properties") or {})[:1]
        inner = setting.get("additionalProperties")
        other = inner if isinstance(inner, dict) and inner else {"type": "integer"}
        parts = {name: setting["properties"][name] for name in names} or {"a": other}
        return {name: _example(part) for name, part in parts.items()}
    return True if "boolean" in json_types else 1


def part_of(setting: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any] | None:
    """The JSON Schema of a part of a setting; None if the schema does not tell.

    Args:
        setting: JSON Schema of the whole.
        path: names and indexes that lead to the part.
    """
    part = setting
    for step in path:
        if isinstance(step, int):
            inner = part.get("items")
        else:
            inner = part.get("properties", {}).get(step) or part.get("additionalProperties")
        if not isinstance(inner, dict):
            return None
        part = inner
    return part
