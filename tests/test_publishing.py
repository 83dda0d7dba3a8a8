"""What is published holds what a user needs, and says of itself what is true."""

import email
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from tap_seatable.tap import TapSeaTable
from target_seatable.target import TargetSeaTable

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "seatable_client",
    "seatable_sandbox",
    "singer_seatable",
    "tabular_files",
    "tap_seatable",
    "target_seatable",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    [path] = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_the_packages_and_nothing_else(wheel):
    names = set(wheel.namelist())
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == set(PACKAGES)
    for package in PACKAGES:
        files = (ROOT / package).rglob("*")
        wanted = {
            path.relative_to(ROOT).as_posix()
            for path in files
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert wanted <= names
        assert f"{package}/py.typed" in names


def test_the_metadata_says_where_things_are(wheel):
    [name] = [name for name in wheel.namelist() if name.endswith("METADATA")]
    metadata = email.message_from_bytes(wheel.read(name))
    urls = metadata.get_all("Project-URL") or ()
    assert {url.partition(", ")[0] for url in urls} == {
        "Changelog",
        "Documentation",
        "Homepage",
        "Issues",
        "Source",
    }
    assert metadata["License-Expression"] == "Apache-2.0"
    assert set(metadata.get_all("Provides-Extra") or ()) == {
        "budget",
        "excel",
        "parquet",
        "sandbox",
    }
    assert metadata["Author"]


def test_the_source_distribution_can_be_tested(built):
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "meltano.yml", "tests/test_publishing.py", "requirements/dev.txt"} <= names


@pytest.mark.parametrize(
    ("file", "plugin"),
    [
        ("hub/extractors/tap-seatable.yml", TapSeaTable),
        ("hub/loaders/target-seatable.yml", TargetSeaTable),
    ],
)
def test_the_definitions_for_the_hub_are_up_to_date(file, plugin):
    command = [sys.executable, "-m", "tools.hub_definitions", "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0, "run: make settings"
    definition = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))
    plugin.append_builtin_config(plugin.config_jsonschema)
    schema = plugin.config_jsonschema["properties"]
    assert {setting["name"] for setting in definition["settings"]} == set(schema)
    secret = {name for name, setting in schema.items() if setting.get("secret")}
    assert {
        setting["name"] for setting in definition["settings"] if setting.get("sensitive")
    } == secret


def test_the_example_of_an_environment_names_settings():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    names = {match[1] for line in lines if (match := re.match(r"(?:# )?([A-Z_]+)=", line))}
    known = {
        f"{plugin.name}_{setting}".replace("-", "_").upper()
        for plugin in (TapSeaTable, TargetSeaTable)
        for setting in plugin.config_jsonschema["properties"]
    }
    assert names
    assert names <= known


def test_the_image_runs_as_a_user_without_rights():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (\d+)$", text, re.MULTILINE) == ["10001"]
    assert text.rindex("USER") > text.rindex("COPY")
    assert "--require-hashes" in text


def test_every_action_is_pinned_by_its_hash():
    for file in (ROOT / ".github" / "workflows").glob("*.yml"):
        for action in re.findall(r"uses: (\S+)", file.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action), (file.name, action)


def test_the_list_of_components_has_all_that_is_installed_with_its_licence(tmp_path):
    """`make sbom`, which a release runs: nothing but what users install, at the locked versions."""
    made = tmp_path / "sbom.cdx.json"
    command = ["make", "--silent", "sbom", f"SBOM={made}", f"SBOM_ENVIRONMENT={tmp_path / 'venv'}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    found = json.loads(made.read_text(encoding="utf-8"))
    assert found["metadata"]["component"]["name"] == "singer-seatable"
    components = {component["name"]: component for component in found["components"]}
    locked = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    # A distribution may be locked at several versions, for one Python each.
    pins = set(re.findall(r"^([\w.-]+)==([\w.+]+)", locked, re.MULTILINE))
    assert {"singer-sdk", "requests", "openpyxl", "pyarrow"} <= set(components)
    for name, component in components.items():
        assert (re.sub(r"[-_.]+", "-", name).lower(), component["version"]) in pins, name
        assert component.get("licenses"), name


def test_an_audit_covers_what_users_and_developers_install():
    """The hook, the weekly workflow and `make audit` are one thing."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    workflow = (ROOT / ".github" / "workflows" / "security.yml").read_text(encoding="utf-8")
    assert "entry: make --silent audit" in hooks
    assert "- run: make audit" in workflow
    command = ["make", "--dry-run", "audit"]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in ("runtime", "dev", "meltano", "sbom"):
        assert f"requirements/{name}.txt" in shown
    assert "--strict --require-hashes" in shown
