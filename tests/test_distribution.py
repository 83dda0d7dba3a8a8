"""What is declared, what is imported and what is locked are the same."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from target_seatable.settings import RetryCommandLine
from target_seatable.target import TargetCommand

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest brings it along there
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIPELINE = PROJECT["project"]["dependencies"]
SANDBOX = PROJECT["project"]["optional-dependencies"]["sandbox"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
BUDGET = EXTRAS["budget"]
FILES = EXTRAS["excel"] + EXTRAS["parquet"]
SHIPPED = {
    "seatable_client",
    "seatable_sandbox",
    "singer_seatable",
    "tabular_files",
    "tap_seatable",
    "target_seatable",
}
OWN = SHIPPED | {"benchmarks", "demo", "tests", "tools"}
GROUPS = [entry for group in PROJECT["dependency-groups"].values() for entry in group]
LOCKS = sorted(
    [*(ROOT / "requirements").rglob("*.txt"), ROOT / "examples/airflow/requirements.txt"]
)
# Names that mean something to one machine or one index only.
PLACE = re.compile(r"https?:|file:|@ |--(extra-)?index-url|--find-links|/home/|/root/|/opt/|/tmp/")


def names(requirements):
    """Distribution names in the spelling of the package index."""
    found = (re.match(r"[\w.-]+", entry) for entry in requirements if isinstance(entry, str))
    return {re.sub(r"[-_.]+", "-", match.group()).lower() for match in found if match}


def imported(package):
    """Top-level names that a package of ours imports to run, standard library aside."""
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        nodes = [ast.parse(path.read_text(encoding="utf-8"))]
        while nodes:
            node = nodes.pop()
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            nodes += ast.iter_child_nodes(node)
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - OWN - sys.stdlib_module_names - {"tomllib"}  # from Python 3.11 on


@pytest.mark.parametrize(
    ("package", "declared"),
    [
        ("seatable_client", PIPELINE + BUDGET),
        ("singer_seatable", PIPELINE + FILES),
        ("tabular_files", PIPELINE + FILES),
        ("tap_seatable", PIPELINE),
        ("target_seatable", PIPELINE),
        ("seatable_sandbox", PIPELINE + SANDBOX),
        ("demo", PIPELINE + SANDBOX + GROUPS),
        ("tests", PIPELINE + SANDBOX + FILES + GROUPS),
        ("tools", PIPELINE + SANDBOX + GROUPS),
    ],
)
def test_what_is_imported_is_declared(package, declared):
    # Python 3.10 knows only what a distribution lists itself.
    distributions = {"backoff": ["python-backoff"], **packages_distributions()}
    missing = {
        module
        for module in imported(package)
        if not names(distributions.get(module, [module])) & names(declared)
    }
    assert missing == set()


@pytest.mark.parametrize("package", ["tap_seatable", "target_seatable"])
def test_a_start_does_not_load_what_few_runs_need(package):
    """Verify needs SQLAlchemy, limits on calls the limiter, and dates in settings Pendulum."""
    plugin = package.removesuffix("_seatable")
    program = f"import sys, {package}.__main__, {package}.{plugin}; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    loaded = set(shown.stdout.split())
    assert f"{package}.{plugin}".encode() in loaded
    assert not {b"sqlalchemy", b"pyrate_limiter", b"pendulum"} & loaded


WHAT_READS_AND_LOADS = {
    b"tap_seatable.tap",
    b"tap_seatable.streams",
    b"target_seatable.target",
    b"target_seatable.sinks",
    b"target_seatable.results",
    b"target_seatable.messages",
    b"tabular_files",
    b"seatable_client.api",
    b"seatable_client.http",
    b"fastjsonschema",
}


@pytest.mark.parametrize("options", [["--help"], ["--version"]])
@pytest.mark.parametrize("plugin", ["tap", "target"])
def test_what_a_plugin_can_do_is_told_without_what_reads_and_loads(plugin, options):
    loaded = modules_of(plugin, options)
    assert f"{plugin}_seatable.settings".encode() in loaded
    assert not WHAT_READS_AND_LOADS & loaded


@pytest.mark.parametrize(
    ("plugin", "command"),
    [("tap", "bases"), ("tap", "verify"), ("target", "load"), ("target", "verify")],
)
def test_what_a_sub_command_can_do_is_told_without_what_reads_and_loads(plugin, command):
    assert not WHAT_READS_AND_LOADS & modules_of(plugin, [command, "--help"])


def modules_of(plugin, arguments):
    """The modules that a command has loaded when it ends."""
    program = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
        f"sys.argv = ['{plugin}-seatable', *{arguments!r}]; "
        f"from {plugin}_seatable.__main__ import main; main()"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert f"{plugin}-seatable".encode() in shown.stdout
    return set(shown.stderr.split())


def test_the_target_tells_of_itself_what_its_run_takes():
    """`--help` asks another class than a run."""
    shown, taken = RetryCommandLine.get_singer_command(), TargetCommand.get_singer_command()
    for command in (shown, taken):
        command.name = "target-seatable"
    assert [param.to_info_dict() for param in shown.params] == [
        param.to_info_dict() for param in taken.params
    ]
    assert (shown.help, shown.epilog) == (taken.help, taken.epilog)
    assert RetryCommandLine.name == TargetCommand.name
    assert RetryCommandLine.logger is TargetCommand.logger


def test_the_abandoned_backoff_is_nowhere():
    assert "backoff" not in names(PIPELINE + SANDBOX + GROUPS)
    assert "python-backoff" in names(PIPELINE)
    assert not re.search(r"^backoff==", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", ["dev", "meltano", "runtime"])
def test_nothing_beside_the_sdk_slows_its_import(name):
    """Where rfc3987-syntax is installed, each import of jsonschema compiles a grammar."""
    locked = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert not re.search(r"^rfc3987", locked, re.MULTILINE)


def test_the_lock_file_holds_what_is_declared():
    """Otherwise: make lock."""
    declared = names(PIPELINE + SANDBOX + GROUPS)
    lines = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8").splitlines()
    assert declared - names(line for line in lines if "==" in line) == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_files_name_versions_and_hashes_and_no_place(lock):
    text = lock.read_text(encoding="utf-8")
    assert not PLACE.search(text)
    assert "==" in text
    assert text.count("==") <= text.count("--hash=sha256:")


def test_there_is_one_place_for_the_version():
    version = PROJECT["project"]["version"]
    for package in SHIPPED:
        for path in (ROOT / package).rglob("*.py"):
            assert f'"{version}"' not in path.read_text(encoding="utf-8"), path
