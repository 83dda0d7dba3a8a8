"""Writes the definitions of both plugins for Meltano Hub and for `meltano add --from-ref`.

    python -m tools.hub_definitions           renews hub/
    python -m tools.hub_definitions --check   exits with an error where a file is out of date

The settings come from the plugins themselves, as in meltano.yml.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from tools.meltano_settings import about, setting

FOLDER = Path(__file__).parent.parent / "hub"
PLUGINS = ("tap-seatable", "target-seatable")
REPOSITORY = "https://github.com/singer-seatable/singer-seatable"

_OF_THE_TAP = {
    "description": "Relational no-code database",
    "next_steps": "Set `api_token`, or `account_token` with `workspace_id` and `base_name`.",
}
_OF_THE_TARGET = {
    "description": "Relational no-code database",
    "next_steps": "Set `api_token` of a token that may write.",
}


def definition(plugin: str) -> dict[str, Any]:
    """What the Hub wants to know of a plugin."""
    description = about(plugin)
    settings = [
        setting(name, schema) for name, schema in description["settings"]["properties"].items()
    ]
    return {
        "name": plugin,
        "namespace": plugin.replace("-", "_"),
        "variant": "singer-seatable",
        "label": "SeaTable",
        **(_OF_THE_TAP if plugin.startswith("tap") else _OF_THE_TARGET),
        "docs": "https://singer-seatable.github.io/singer-seatable/",
        "domain_url": "https://seatable.com",
        "repo": REPOSITORY,
        "pip_url": "singer-seatable",
        "executable": plugin,
        "logo_url": f"/assets/logos/{_folder(plugin)}/seatable.png",
        "maintenance_status": "active",
        "quality": "silver",
        "keywords": ["meltano_sdk"],
        "supported_python_versions": ["3.10", "3.11", "3.12", "3.13"],
        "capabilities": sorted(description["capabilities"]),
        "settings": settings,
    }


def _folder(plugin: str) -> str:
    return "extractors" if plugin.startswith("tap") else "loaders"


def path(plugin: str) -> Path:
    """Where the definition of a plugin lies."""
    return FOLDER / _folder(plugin) / f"{plugin}.yml"


def main(arguments: list[str]) -> int:
    """Renews the files, or checks them."""
    stale = 0
    for plugin in PLUGINS:
        text = yaml.safe_dump(definition(plugin), sort_keys=False, width=88, allow_unicode=True)
        file = path(plugin)
        if arguments == ["--check"]:
            stale |= not file.exists() or file.read_text("utf-8") != text
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
