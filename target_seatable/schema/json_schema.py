"""JSON Schema: references, alternatives, types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Schema = Mapping[str, Any]


_MAX_DEPTH = 20


def alternatives(schema: Schema, root: Schema, depth: int = 0) -> Iterator[tuple[str, Schema]]:
    """What a value can be besides null: pairs of a JSON type and its schema.

    The type is empty where the schema names none.
    """
    if depth > _MAX_DEPTH:  # a schema that refers to itself
        yield "", {}
        return
    schema = _resolve(schema, root)
    for keyword in ("anyOf", "oneOf"):
        if options := schema.get(keyword):
            around = {key: value for key, value in schema.items() if key != keyword}
            for option in options:
                if isinstance(option, dict):
                    yield from alternatives({**around, **option}, root, depth + 1)
            return
    types = schema.get("type")
    names = [types] if isinstance(types, str) else types or _types_of_values(schema)
    for name in names:
        if name != "null":
            yield name, schema


def _resolve(schema: Schema, root: Schema) -> Schema:
    """The schema with what it refers to and what `allOf` adds."""
    for _ in range(_MAX_DEPTH):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_follow(reference, root), **beside}
    merged = dict(schema)
    for part in merged.pop("allOf", None) or ():
        if isinstance(part, dict):
            merged.update(_resolve(part, root))
    return merged


def _follow(reference: str, root: Schema) -> Schema:
    """What a reference within the document points to; empty for any other reference."""
    target: Any = root
    for part in reference.removeprefix("#").split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        target = target.get(step) if isinstance(target, dict) else None
    return target if isinstance(target, dict) and reference.startswith("#") else {}


def _types_of_values(schema: Schema) -> list[str]:
    """The types of a schema without `type`: by its values, or by its properties or items."""
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if values:
        return sorted({_json_type(value) for value in values})
    if "properties" in schema:
        return ["object"]
    return ["array"] if "items" in schema else [""]


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for type_, name in ((str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, type_):
            return name
    return "number"
