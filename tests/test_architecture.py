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
    "tabular_files",
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


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("tap_seatable", "target_seatable"),
        ("target_seatable", "tap_seatable"),
        ("seatable_client", "tap_seatable"),
        ("seatable_client", "target_seatable"),
        ("seatable_client", "singer_sdk"),
        ("seatable_sandbox", "seatable_client"),
        ("seatable_sandbox", "singer_sdk"),
        ("tap_seatable", "seatable_sandbox"),
        ("target_seatable", "seatable_sandbox"),
        ("seatable_client", "seatable_sandbox"),
    ],
)
def test_a_broken_contract_is_found(tmp_path, importer, imported):
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    assert lint_imports(tmp_path).returncode == 0
    (tmp_path / importer / "deep.py").write_text(f"import {imported}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert f"{importer}.deep -> {imported}" in result.stdout
