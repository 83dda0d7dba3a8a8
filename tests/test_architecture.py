"""The direction of imports. The contracts stand in pyproject.toml under [tool.importlinter]."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "seatable_client",
    "seatable_sandbox",
    "singer_seatable",
    "tap_seatable",
    "target_seatable",
)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Checks the packages found in `folder` against the project's contracts."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--config", ROOT / "pyproject.toml", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_contract_is_kept():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def empty_packages(tmp_path):
    """The packages with all their modules, and nothing in any."""
    for package in PACKAGES:
        for module in (ROOT / package).rglob("*.py"):
            copy = tmp_path / module.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.touch()
    assert lint_imports(tmp_path).returncode == 0
    return tmp_path


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("tap_seatable", "target_seatable"),
        ("target_seatable", "tap_seatable"),
        ("singer_seatable", "tap_seatable"),
        ("seatable_client", "singer_seatable"),
        ("seatable_client", "tap_seatable"),
        ("seatable_client", "target_seatable"),
        ("seatable_client", "singer_sdk"),
        ("seatable_sandbox", "seatable_client"),
        ("seatable_sandbox", "singer_sdk"),
        ("tap_seatable", "seatable_sandbox"),
        ("target_seatable", "seatable_sandbox"),
        ("seatable_client", "seatable_sandbox"),
        # The rooms of the client, each beside one that it may not know.
        ("seatable_client.files", "seatable_client.connection"),
        ("seatable_client.api", "seatable_client.connection"),
        ("seatable_client.rows", "seatable_client.api"),
        ("seatable_client.column_types", "seatable_client.rows"),
        ("seatable_client.column_types", "seatable_client.auth"),
        ("seatable_client.http", "seatable_client.auth"),
        ("seatable_client.http", "seatable_client.metadata"),
    ],
)
def test_a_broken_contract_is_found(empty_packages, importer, imported):
    folder = empty_packages / importer.replace(".", "/")
    (folder / "deep.py").write_text(f"import {imported}\n")
    result = lint_imports(empty_packages)
    assert result.returncode == 1
    assert f"{importer}.deep -> {imported}" in result.stdout


@pytest.mark.parametrize("package", ["seatable_client.http", "singer_seatable"])
def test_a_circle_for_type_checking_is_found(empty_packages, package):
    folder = empty_packages / package.replace(".", "/")
    checking = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
    (folder / "one.py").write_text(f"import {package}.other\n")
    (folder / "other.py").write_text(f"{checking}import {package}.one\n")
    result = lint_imports(empty_packages)
    assert result.returncode == 1
    assert f"No cycles are allowed in {package}." in result.stdout
