"""Copies each base of an account into a base of the same name, one run after the other.

    python move_bases.py --states FOLDER [--include PATTERN] [--exclude PATTERN]

The settings of both sides come from environment variables (`TAP_SEATABLE_…`, `TARGET_SEATABLE_…`).
A base that is missing on the other side is created. The folder keeps the last state of each base,
so that the next call brings only what has changed. A base that fails does not stop the others.
The last lines of the log say what was not copied, once for all bases that lack it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TAP, TARGET = "tap-seatable", "target-seatable"
LEFT_OUT = ("not copied", "was skipped", "stay on their server", "does not take the format")
"""How the target's log says that something of the source is missing in the copy."""

log = logging.getLogger("move_bases")


def list_bases(patterns: Sequence[str]) -> tuple[list[dict[str, Any]], bool]:
    """The bases to copy, and whether all could be opened."""
    command = [TAP, "bases", "--config", "ENV", *patterns]
    listed = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    return [json.loads(line) for line in listed.stdout.splitlines()], listed.returncode == 0


def show(lines: IO[bytes], note: Callable[[str], None]) -> None:
    """Pass a log on as it is, and note what it says to be missing."""
    for line in lines:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        text = line.decode(errors="replace").strip().split(" | ", 3)[-1].strip()
        if any(words in text.replace("Not", "not") for words in LEFT_OUT):
            note(text)


def copy_base(
    base: Mapping[str, Any], target_name: str, states: Path, note: Callable[[str], None]
) -> bool:
    """Copy one base, and keep its last state; returns whether all of it arrived.

    Args:
        base: as `tap-seatable bases` lists it.
        target_name: the base to copy it into.
        states: the folder of the states.
        note: takes what the copy lacks, a sentence each.
    """
    state = states / f"{base['state_id']}.json"
    source = {**os.environ, "TAP_SEATABLE_BASES": json.dumps(base["settings"]["bases"])}
    target = {
        **os.environ,
        "TARGET_SEATABLE_BASE_NAME": target_name,
        "TARGET_SEATABLE_CREATE_BASE": "true",
    }
    since = ["--state", str(state)] if state.exists() else []
    with (
        subprocess.Popen(
            [TAP, "--config", "ENV", *since], env=source, stdout=subprocess.PIPE
        ) as tap,
        subprocess.Popen(
            [TARGET, "--config", "ENV"],
            env=target,
            stdin=tap.stdout,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as loader,
    ):
        log_reader = threading.Thread(target=show, args=(loader.stderr, note))
        log_reader.start()
        if tap.stdout is not None:
            tap.stdout.close()  # the tap ends if the target does
        for line in loader.stdout or ():
            part = state.with_suffix(".part")
            part.write_bytes(line)
            part.replace(state)
        log_reader.join()
    return tap.returncode == 0 and loader.returncode == 0


def main() -> int:
    """Copy all bases; 1 if one of them was not copied whole."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--states", type=Path, required=True, help="folder of the states")
    parser.add_argument("--include", action="append", default=[], help="names of bases to copy")
    parser.add_argument("--exclude", action="append", default=[], help="names to leave out")
    parser.add_argument(
        "--rename", action="append", default=[], metavar="OLD=NEW", help="a base's new name"
    )
    given = parser.parse_args()
    given.states.mkdir(parents=True, exist_ok=True)
    patterns = [f"--include={name}" for name in given.include]
    patterns += [f"--exclude={name}" for name in given.exclude]
    renamed = dict(name.split("=", 1) for name in given.rename)
    bases, is_complete = list_bases(patterns)
    names = [renamed.get(base["name"], base["name"]) for base in bases]
    if double := {name for name in names if names.count(name) > 1}:
        log.error("Several bases would go into one: %s. Rename them with --rename.", sorted(double))
        return 1
    failed: list[str] = []
    left_out: dict[str, list[str]] = defaultdict(list)
    for base, name in zip(bases, names, strict=True):
        log.info("Copying base %r into base %r.", base["name"], name)

        def note(text: str, base_name: str = base["name"]) -> None:
            left_out[text].append(base_name)

        if base["settings"] is None or not copy_base(base, name, given.states, note):
            failed.append(base["name"])
    for text, base_names in left_out.items():
        log.warning("%s: %s", ", ".join(dict.fromkeys(base_names)), text)
    if failed:
        log.error("Not copied whole: %s. Run again; the others are kept.", failed)
    return 1 if failed or not is_complete else 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    sys.exit(main())
