"""Run `meltano run` in a folder of its own, with the exit code of the plugin that failed.

    python meltano_run.py tap-seatable-without-catalog target-postgres-by-base
    python meltano_run.py --listed LINE tap-seatable-without-catalog target-postgres-by-base

LINE is one that `tap-seatable bases` prints: the run has its settings and its state id.

Two Meltano runs of one tap in one project folder overwrite each other's catalog, and both fail. So
each run gets a copy of `meltano.yml` and shares only the installed plugins. Meltano itself ends
with 1 whatever failed; its log has the plugins' exit codes, which tell Airflow when to come back.

Environment variables, beside the settings of the plugins:

    FLEET_PROJECT   the folder with meltano.yml
    FLEET_PLUGINS   the folder with the installed plugins; default: `.meltano` of the project
    FLEET_MELTANO   the program; default: meltano
    FLEET_STATE_ID  what tells this run's state from those of other bases
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLUGIN_FOLDERS = ("extractors", "loaders", "mappers", "utilities")


def make_project(folder: Path) -> None:
    """Make a project folder that shares only the installed plugins with others."""
    project = Path(os.environ["FLEET_PROJECT"])
    installed = Path(os.environ.get("FLEET_PLUGINS") or project / ".meltano")
    shutil.copy(project / "meltano.yml", folder)
    (folder / ".meltano").mkdir()
    for name in PLUGIN_FOLDERS:
        if (installed / name).is_dir():
            (folder / ".meltano" / name).symlink_to(installed / name)


def environment_of(listed: dict) -> dict[str, str]:
    """The environment for a run of what a line of `tap-seatable bases` names."""
    settings = (listed["settings"] or {}).items()
    variables = {f"TAP_SEATABLE_{name.upper()}": json.dumps(value) for name, value in settings}
    return {"FLEET_STATE_ID": listed["state_id"], **variables}


def run(blocks: list[str]) -> int:
    """Run Meltano and show its log; returns 0, or the exit code of the plugin that failed."""
    with tempfile.TemporaryDirectory(prefix="meltano-") as name:
        folder = Path(name)
        make_project(folder)
        command = [os.environ.get("FLEET_MELTANO") or "meltano", "--log-format", "json"]
        command += ["run", "--no-install", "--state-id-suffix", os.environ["FLEET_STATE_ID"]]
        environment = {
            name: os.environ[name] for name in os.environ if name != "MELTANO_SYS_DIR_ROOT"
        }
        environment["MELTANO_PROJECT_ROOT"] = name
        codes: list[int] = []
        with subprocess.Popen(
            [*command, *blocks], cwd=folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            for line in process.stdout or ():
                codes += show(line)
    if process.returncode == 0:
        return 0
    # A plugin that only lost its partner ends with 1.
    return next((code for code in codes if code not in (0, 1)), 1)


def show(line: str) -> list[int]:
    """Print a line of Meltano's log; returns the exit codes of plugins in it."""
    try:
        entry = json.loads(line)
        event = str(entry["event"])
    except (ValueError, TypeError, KeyError):
        print(line, end="", flush=True)
        return []
    codes = entry.get("exit_codes")
    found = (
        [code for code in codes.values() if isinstance(code, int)]
        if isinstance(codes, dict)
        else []
    )
    if discovery := re.match(
        r"Cannot start plugin .*? returned (\d+) with stderr:", event, re.DOTALL
    ):
        found.append(int(discovery[1]))
        event = event[: discovery.end()].rpartition(" with stderr")[0]
    print(f"{entry.get('level', ''):<8} {entry.get('name') or 'meltano'}: {event}", flush=True)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--listed", metavar="LINE", help="a line that tap-seatable bases printed")
    parser.add_argument("blocks", nargs="+", help="what meltano run takes")
    given = parser.parse_args()
    if given.listed:
        os.environ.update(environment_of(json.loads(given.listed)))
    sys.exit(run(given.blocks))
