"""Direction of imports, size of rooms, and names of files.

The contracts stand in pyproject.toml under [tool.importlinter]. Each of them is broken on purpose,
in a tree that has the packages' modules and none of their imports. The linter must then report it
by name. A contract that is added there is covered here without an edit.
"""

import ast
import functools
import importlib
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.source_files import CONTRACTS, FOLDERS, PACKAGES, ROOT, module_of, source_files

MAX_LINES = 400
MAX_ENTRIES = 12


FILE_OF = {module_of(file): file for file in source_files()}


class Breach(NamedTuple):
    """An import that a contract forbids, and how the linter reports it."""

    importer: str
    imported: str
    reported: str


def matching(expressions):
    """The modules that import-linter's expressions mean; names outside the packages stay."""
    found = []
    for expression in expressions:
        pattern = re.escape(expression).replace(r"\*\*", ".+").replace(r"\*", r"[^.]+")
        modules = [module for module in FILE_OF if re.fullmatch(pattern, module)]
        found += modules or [expression]
    return found


def is_within(module, packages):
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def ignored_imports(contract):
    """The imports that a contract ignores: importer and imported; `**` means any importer."""
    for expression in contract.get("ignore_imports", []):
        importer, imported = expression.split(" -> ")
        yield importer, imported


def breaches_of_layers(contract):
    """Each layer imports the one above it; modules that are independent import each other."""
    for container in matching(contract["containers"]) if "containers" in contract else [""]:
        layers = []
        for layer in contract["layers"]:
            tails = [tail.strip(" ()") for tail in re.split(r"[|:]", layer)]
            names = [f"{container}.{tail}".lstrip(".") for tail in tails]
            layers.append([name for name in names if name in FILE_OF])
            if "|" in layer:
                for importer, imported in itertools.combinations(layers[-1], 2):
                    yield Breach(
                        importer, imported, f"{importer} is not allowed to import {imported}"
                    )
        for upper, lower in itertools.pairwise(layers):
            for importer, imported in itertools.product(lower, upper):
                yield Breach(importer, imported, f"{importer} is not allowed to import {imported}")


def breaches_of_forbidden(contract):
    """Each source imports each module that is forbidden to it."""
    sources, forbidden = matching(contract["source_modules"]), contract["forbidden_modules"]
    for importer, imported in itertools.product(sources, matching(forbidden)):
        if not is_within(importer, [imported]) and not is_within(imported, [importer]):
            yield Breach(importer, imported, f"{importer} -> {imported}")


def breaches_of_acyclic_siblings(contract):
    """Two modules of each package import each other."""
    skipped = matching(contract.get("skip_descendants", []))
    for ancestor in matching(contract["ancestors"]):
        packages = [
            module
            for module, file in FILE_OF.items()
            if file.name == "__init__.py"
            and is_within(module, [ancestor])
            and not is_within(module, skipped)
        ]
        for package in packages:
            children = [module for module in FILE_OF if module.rpartition(".")[0] == package]
            for importer, imported in itertools.permutations(children[:2], 2):
                yield Breach(importer, imported, f"No cycles are allowed in {package}.")


def breaches_of_protected(contract):
    """A module that is not among the allowed importers imports each protected one."""
    allowed = matching(contract["allowed_importers"])
    exceptions = {imported for _, imported in ignored_imports(contract)}
    for protected in matching(contract["protected_modules"]):
        if protected in exceptions:
            continue
        outsider = next(
            module
            for module in FILE_OF
            if not is_within(module, [*allowed, protected]) and not is_within(protected, [module])
        )
        yield Breach(outsider, protected, f"{outsider} -> {protected}")


BREACHES = {
    "layers": breaches_of_layers,
    "forbidden": breaches_of_forbidden,
    "acyclic_siblings": breaches_of_acyclic_siblings,
    "protected": breaches_of_protected,
}


@pytest.fixture
def tree(tmp_path):
    """The packages' modules, empty but for imports that a contract ignores."""
    for file in FILE_OF.values():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    for contract in CONTRACTS:
        for importer, imported in ignored_imports(contract):
            package = imported.partition(".")[0]
            add_import(tmp_path, package if importer == "**" else importer, imported)
    return tmp_path


def add_import(tree, importer, imported):
    """For type checking only: whatever reports such an import reports any other as well."""
    with (tree / FILE_OF[importer]).open("a") as file:
        file.write(f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {imported}\n")


def lint_imports(folder):
    """Check the packages in `folder` against the project's contracts."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--config", ROOT / "pyproject.toml", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_packages_keep_every_contract():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_tree_without_imports_keeps_every_contract(tree):
    result = lint_imports(tree)
    assert result.returncode == 0, result.stdout + result.stderr
    for contract in CONTRACTS:
        assert f"{contract['name']} KEPT" in result.stdout


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["name"])
def test_a_contract_that_is_violated_is_reported_as_broken(tree, contract):
    breaches = list(BREACHES[contract["type"]](contract))
    assert breaches
    for breach in breaches:
        add_import(tree, breach.importer, breach.imported)
    result = lint_imports(tree)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract['name']} BROKEN" in result.stdout
    details = result.stdout.partition("Broken contracts\n")[2]
    for breach in breaches:
        assert breach.reported in details


@functools.cache
def imports_of(file):
    """The modules and names that a source file imports, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
            found.add(str(node.module))
    return found


ROOMS = [module for module, file in FILE_OF.items() if file.name == "__init__.py" and "." in module]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_entered_by_its_face(room):
    """Each module of a room is protected, or an exception that is imported from outside."""
    (contract,) = (one for one in CONTRACTS if one["name"] == f"Face of {room}")
    assert contract["protected_modules"] == [f"{room}.*"]
    assert contract["allowed_importers"] == [room]
    imported_from_outside = {
        imported
        for module, file in FILE_OF.items()
        if not is_within(module, [room])
        for imported in imports_of(file)
    }
    for importer, imported in ignored_imports(contract):
        assert importer == "**"
        assert imported.rpartition(".")[0] == room
        assert imported in imported_from_outside


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_in_which_order_its_rooms_stand(package):
    """Each room and module of a package stands in the layers of the package, and nothing else."""
    (contract,) = (
        one for one in CONTRACTS if one["type"] == "layers" and one.get("containers") == [package]
    )
    named = [name.strip(" ()") for layer in contract["layers"] for name in layer.split("|")]
    assert sorted(named) == sorted(
        module.rpartition(".")[2] for module in FILE_OF if module.rpartition(".")[0] == package
    )


@pytest.mark.parametrize("package", ["seatable_client", "singer_seatable"])
def test_a_package_without_exports_names_its_rooms(package):
    """Its docstring names each room and module, and for a member the face that has it."""
    names = re.findall(r"`([a-z][a-z_]*(?:\.\w+)?)`", str(importlib.import_module(package).__doc__))
    own = {module.rpartition(".")[2] for module in FILE_OF if module.rpartition(".")[0] == package}
    assert own <= set(names)
    for room, _, member in (name.partition(".") for name in names):
        assert room in own
        assert not member or hasattr(importlib.import_module(f"{package}.{room}"), member)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_source_file_is_too_long_to_be_read_at_once(folder):
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in (ROOT / folder).rglob("*.py")
    }
    assert lengths
    assert not {file: length for file, length in lengths.items() if length >= MAX_LINES}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_holds_more_modules_than_a_reader_can_choose_from(package):
    counts = {}
    for folder in {file.parent for file in source_files() if file.parts[0] == package}:
        files = [file for file in (ROOT / folder).glob("*.py") if not file.stem.startswith("__")]
        rooms = [file.parent for file in (ROOT / folder).glob("*/__init__.py")]
        counts[str(folder)] = len(files) + len(rooms)
    assert not {folder: count for folder, count in counts.items() if count > MAX_ENTRIES}


FORMER_NAMES = {
    "seatable_client": "answers call linked links",
    "singer_seatable": "garbage",
    "tap_seatable": """
        ahead bounds changes emitted gaps gone memory refreshing restructured scope singer sketch
        troubles
    """,
    "target_seatable": """
        completeness courier delivery dialects elements forms garbage gone ledger lenient loading
        making opening outcome packing partners rehearsal rejects room settling shape structure
        wanted ways
    """,
    "seatable_sandbox": "columns_of_tables documents door surface",
}
"""Names that do not tell what a file holds, by package. No file may have one of them again."""


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_has_a_name_that_does_not_tell_what_it_holds(package):
    names = {file.stem for file in source_files() if file.parts[0] == package}
    assert not names & set(FORMER_NAMES.get(package, "").split())
