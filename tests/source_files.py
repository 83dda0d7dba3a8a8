"""The source files of the project, for tests that read them."""

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

ROOT = Path(__file__).parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]
PACKAGES: list[str] = SETTINGS["root_packages"]
CONTRACTS: list[dict[str, Any]] = SETTINGS["contracts"]
FOLDERS = [*PACKAGES, "benchmarks", "demo", "tests", "tools"]
"""All folders with code."""


def source_files():
    """The packages' source files, relative to the root."""
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in files)


def module_of(file):
    """The name that a source file is imported by."""
    parts = file.parent.parts if file.name == "__init__.py" else file.with_suffix("").parts
    return ".".join(parts)
