"""What a setting takes, in words, from its JSON Schema."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import jsonschema

from seatable_client.settings import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def json_types_of(setting: Mapping[str, Any]) -> set[str]:
    """The types of JSON that a setting takes."""
    kind = setting.get("type", "string")
    return {kind} if isinstance(kind, str) else set(kind)


def form_of(setting: Mapping[str, Any]) -> str:
    """What a setting takes, in words that follow "it takes", from its JSON Schema."""
    if choices := setting.get("enum"):
        return f"one of {', '.join(map(str, choices))}"
    if "const" in setting:
        return repr(setting["const"])
    if alternatives := setting.get("anyOf"):
        return " or ".join(map(form_of, alternatives))
    json_types = json_types_of(setting)
    words = ["null"] if json_types == {"null"} else []
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


def repair(setting: Any) -> Any:
    """A JSON Schema in which every alternative of `anyOf` is one.

    The SDK adds the word `null` to those of `__else__` in `stream_maps`, at which validation fails
    with a traceback.
    """
    if isinstance(setting, list):
        return [repair(part) for part in setting]
    if not isinstance(setting, dict):
        return setting
    parts = {name: repair(part) for name, part in setting.items()}
    if isinstance(ways := parts.get("anyOf"), list):
        parts["anyOf"] = [way for way in ways if isinstance(way, (dict, bool))]
    return parts


def part_of(setting: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any] | None:
    """The JSON Schema of a part of a setting; None if the schema does not tell.

    Args:
        setting: JSON Schema of the whole.
        path: names and indexes that lead to the part.
    """
    part = setting
    for step in path:
        inner = next(filter(None, (_step(way, step) for way in part.get("anyOf") or [part])), None)
        if inner is None:
            return None
        part = inner
    return part


def _step(setting: Mapping[str, Any], step: str | int) -> Mapping[str, Any] | None:
    if isinstance(step, int):
        inner = setting.get("items")
    else:
        inner = setting.get("properties", {}).get(step) or setting.get("additionalProperties")
    return inner if isinstance(inner, dict) else None


def mistakes_in(config: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with settings, in the sentences of the SDK, and as narrowly as can be told.

    The sentences quote what is wrong, but nothing that is secret.

    Where a setting may have one of several forms, the SDK only says that it has none of them.

    Args:
        config: the settings.
        settings: JSON Schema of all of them.
    """
    found = jsonschema.Draft202012Validator(settings).iter_errors(config)
    sentences = []
    for mistake in (narrow for error in found for narrow in _narrowed(error)):
        place = "".join(f"[{step!r}]" for step in mistake.absolute_path)
        sentence = f"{mistake.message} in config{place}" if place else mistake.message
        sentences.append(without_secrets(sentence, config))
    return sentences


def _narrowed(error: jsonschema.ValidationError) -> Iterator[jsonschema.ValidationError]:
    """The mistakes in the only form that can be meant, if there is one."""
    forms: dict[Any, list[jsonschema.ValidationError]] = defaultdict(list)
    for inner in error.context if error.validator == "anyOf" else ():
        forms[inner.relative_schema_path[0]].append(inner)
    meant = [mistakes for mistakes in forms.values() if not any(map(_is_another_form, mistakes))]
    if len(meant) != 1:
        yield error
        return
    for inner in meant[0]:
        yield from _narrowed(inner)


def _is_another_form(mistake: jsonschema.ValidationError) -> bool:
    return not mistake.relative_path and mistake.validator in {"type", "enum", "const"}
