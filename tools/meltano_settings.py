"""Write the capabilities and settings of this project's plugins into meltano.yml.

    python tools/meltano_settings.py           renews the file
    python tools/meltano_settings.py --check   exits with an error if it is out of date

The parts of the file stand between comments that name the plugin; the rest of the file is written
by hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = Path(__file__).parent.parent / "meltano.yml"
PLUGINS = {
    "tap-seatable": ("capabilities", "settings"),
    # Its capabilities are written by hand, with the reason.
    "tap-tabular-files": ("settings",),
    "target-seatable": ("capabilities", "settings"),
}
"""What of each plugin's definition is generated."""

_BEGIN = "      # Generated from `{plugin} --about` by `make settings`.\n"
_END = "      # End of the part from `{plugin} --about`.\n"
_KINDS = {
    "array": "array",
    "boolean": "boolean",
    "integer": "integer",
    # Meltano cannot pass a setting of kind `decimal` on: "Object of type Decimal is not JSON
    # serializable". The plugins read numerals.
    "number": "string",
    # Of an object, Meltano drops names with a dot. The plugins read the JSON.
    "object": "string",
    "string": "string",
}


class _Indented(yaml.SafeDumper):
    """Puts the items of a list below its key, where PyYAML puts them on the same level."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, indentless=False)


def about(plugin: str) -> dict[str, Any]:
    """Return the description that an installed plugin prints."""
    program = Path(sys.executable).with_name(plugin)
    result = subprocess.run(
        [program, "--about", "--format", "json"], capture_output=True, text=True, check=True
    )
    description: dict[str, Any] = json.loads(result.stdout)
    return description


def setting(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Translate one setting from JSON Schema to Meltano's terms."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = _KINDS[next(type_ for type_ in types if type_ != "null")]
    if "enum" in schema:
        kind = "options"
    elif schema.get("format") in {"date", "date-time"}:
        kind = "date_iso8601"
    described: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "label": schema["title"],
        "description": schema["description"],
    }
    if schema.get("secret"):
        described["sensitive"] = True
    if "enum" in schema:
        described["options"] = [{"label": value, "value": value} for value in schema["enum"]]
    if "default" in schema:
        described["value"] = schema["default"]
    return described


def block(description: dict[str, Any], parts: Sequence[str]) -> str:
    """The lines of meltano.yml for one plugin."""
    properties = description["settings"]["properties"]
    content = {
        "capabilities": sorted(description["capabilities"]),
        "settings": [setting(name, schema) for name, schema in properties.items()],
    }
    content = {part: content[part] for part in parts}
    text = yaml.dump(content, Dumper=_Indented, sort_keys=False, width=88, allow_unicode=True)
    return "".join(f"      {line}" for line in text.splitlines(keepends=True))


def renewed(text: str) -> str:
    """The file's text with the generated parts renewed."""
    for plugin, parts in PLUGINS.items():
        begin, end = _BEGIN.format(plugin=plugin), _END.format(plugin=plugin)
        before, found_begin, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            raise SystemExit(f"{FILE.name} has no place for {plugin}: the two comments are missing")
        text = f"{before}{begin}{block(about(plugin), parts)}{end}{after}"
    return text


def main(arguments: list[str]) -> int:
    """Renew the file, or check it."""
    old = FILE.read_text(encoding="utf-8")
    new = renewed(old)
    if arguments == ["--check"]:
        return 0 if new == old else 1
    FILE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
