"""The contenders, and the commands that start them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.material import FORMS, SELECTED, USUAL, source_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.material import Form

TAP, TARGET = "tap", "target"

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    """What a contender has to do.

    Attributes:
        url: The URL of the server.
        folder: A folder for its settings.
        form: The form of the tables.
        tables: The number of tables of a base, or of streams.
        bases: The number of bases.
    """

    url: str
    folder: Path
    form: Form = FORMS[USUAL]
    tables: int = 1
    bases: int = 1


@dataclass(frozen=True)
class Contender:
    """A program that reads or loads tables.

    Attributes:
        name: Its name in results.
        side: `TAP` or `TARGET`.
        command: Its command for a job.
        is_slow: Whether a record costs so much that few of them suffice.
        is_elsewhere: Whether it belongs to another checkout, and starts outside of this one.
    """

    name: str
    side: str
    command: Callable[[Job], list[str]]
    is_slow: bool = False
    is_elsewhere: bool = False


# -- other programs -----------------------------------------------------------------------------


def _own_tap(name: str, program: str, *, is_slow: bool = False) -> Contender:
    def command(job: Job) -> list[str]:
        module = "benchmarks.contenders.taps"
        arguments = [program, job.url, job.form.name, str(job.tables), str(job.bases)]
        return [sys.executable, "-m", module, *arguments]

    return Contender(name, TAP, command, is_slow)


def _own_target(name: str, program: str, *, is_slow: bool = False) -> Contender:
    def command(job: Job) -> list[str]:
        module = "benchmarks.contenders.targets"
        return [sys.executable, "-m", module, program, job.url, job.form.empty]

    return Contender(name, TARGET, command, is_slow)


# -- this project, and other builds of it ---------------------------------------------------------


def _tap_settings(job: Job, **settings: Any) -> list[str]:
    access: dict[str, Any] = {"server_url": job.url}
    if job.bases == 1:
        access["api_token"] = "benchmark-0"  # noqa: S105  (opens the base of the replay server)
    else:
        access["bases"] = [{"api_token": f"benchmark-{base}"} for base in range(job.bases)]
    tables = source_tables(job.form, job.tables)
    return ["--config", _write(job.folder, {**access, "tables": tables, **settings})]


def _tap(name: str, *, selected: bool = False, **settings: Any) -> Contender:
    def command(job: Job) -> list[str]:
        arguments = [sys.executable, "-m", "tap_seatable", *_tap_settings(job, **settings)]
        if selected:
            catalog = job.folder / "catalog.json"
            catalog.write_text(json.dumps(_select_columns(_discover(arguments))), "utf-8")
            arguments += ["--catalog", str(catalog)]
        return arguments

    return Contender(name, TAP, command)


def _target(name: str, *, stored: bool = False, **settings: Any) -> Contender:
    def command(job: Job) -> list[str]:
        more: dict[str, Any] = {}
        if job.tables == 1:
            table = job.form.full if stored else job.form.empty
            more["table_mapping"] = {job.form.source: table}
        offset = job.form.stamps.offset
        if offset % 60 == 0:
            more["server_timezone"] = f"Etc/GMT{-offset // 60:+}" if offset else "UTC"
        else:
            more["server_timezone"] = "Asia/Kolkata"
        return [sys.executable, "-m", "target_seatable", *_target_settings(job, **more, **settings)]

    return Contender(name, TARGET, command)


def _target_settings(job: Job, **settings: Any) -> list[str]:
    rejected = str(job.folder / "rejected.jsonl")
    config = {
        "server_url": job.url,
        "api_token": "benchmark-0",
        "row_limit": 0,  # the server has no limit
        "rejected_records_path": rejected,
        **settings,
    }
    return ["--config", _write(job.folder, config)]


def older_builds(python: str) -> tuple[Contender, Contender]:
    """The tap and the target of another checkout, whose environment has this Python."""
    return (
        Contender(
            OLD_TAP,
            TAP,
            lambda job: [python, "-m", "tap_seatable", *_tap_settings(job)],
            is_elsewhere=True,
        ),
        Contender(
            OLD_TARGET,
            TARGET,
            lambda job: [python, "-m", "target_seatable", *_target_settings(job)],
            is_elsewhere=True,
        ),
    )


def _write(folder: Path, settings: dict[str, Any]) -> str:
    path = folder / "config.json"
    path.write_text(json.dumps(settings), "utf-8")
    return str(path)


def _discover(tap: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        subprocess.run([*tap, "--discover"], check=True, capture_output=True, cwd=ROOT).stdout
    )
    return found


def _select_columns(catalog: dict[str, Any]) -> dict[str, Any]:
    """Select a third of the columns in a catalog."""
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"]:
                entry["metadata"]["selected"] = entry["breadcrumb"][-1] in SELECTED
            else:
                entry["metadata"]["selected"] = True
    return catalog


def _idle_tap(job: Job) -> list[str]:
    """The tap with the state of a run before; nothing has happened since."""
    arguments = [sys.executable, "-m", "tap_seatable", *_tap_settings(job)]
    output = job.folder / "output"
    with output.open("wb") as lines:
        subprocess.run(arguments, check=True, stdout=lines, stderr=subprocess.PIPE, cwd=ROOT)
    with output.open("rb") as lines:  # line by line, because contenders inherit this memory
        states = [line for line in lines if line.startswith(b'{"type":"STATE"')]
    state = job.folder / "state.json"
    state.write_text(json.dumps(json.loads(states[-1])["value"]), "utf-8")
    return [*arguments, "--state", str(state)]


def _program(name: str, *arguments: str) -> Contender:
    """A program that needs no server."""
    return Contender(name, TAP, lambda _job: [sys.executable, *arguments])


_MAPS = {
    FORMS[USUAL].source: {
        "Mail": "md5(Mail)",
        "Total": "Amount * Pieces",
        "__filter__": "Pieces > 0",
    }
}

OLD_TAP, OLD_TARGET = "tap-seatable, older build", "target-seatable, older build"

TAP_LIMIT = _own_tap("tap limit", "limit")
TAP_SEATABLE = _tap("tap-seatable")
TAP_SELECTED = _tap("tap-seatable, a third of the columns", selected=True)
TAP_MAPS = _tap("tap-seatable, stream maps", stream_maps=_MAPS)
TAP_SDK = _own_tap("plain SDK tap", "sdk", is_slow=True)
TAP_CLIENT = _own_tap("seatable-api, printing rows", "seatable-api")

TARGET_LIMIT = _own_target("target limit", "limit")
TARGET_VALIDATED = _own_target("target limit, validated", "limit-validated")
APPEND = _target("target-seatable, append", load_method="append-only")
UPSERT_NEW = _target("target-seatable, upsert, all new", load_method="upsert")
UPSERT_SAME = _target("target-seatable, upsert, all unchanged", stored=True, load_method="upsert")
OVERWRITE = _target(
    "target-seatable, overwrite, all unchanged", stored=True, load_method="overwrite"
)
TARGET_SDK = _own_target("plain SDK target", "sdk", is_slow=True)
TARGET_CLIENT = _own_target("seatable-api, batch_append_rows", "seatable-api")

CONTENDERS = (
    TAP_LIMIT, TAP_SEATABLE, TAP_SELECTED, TAP_MAPS, TAP_SDK, TAP_CLIENT,
    TARGET_LIMIT, TARGET_VALIDATED, APPEND, UPSERT_NEW, UPSERT_SAME, OVERWRITE,
    TARGET_SDK, TARGET_CLIENT,
)  # fmt: skip
"""Those that read or load one table of the usual form."""

CONCURRENCY = (1, 4, 8)
TAPS_AT_ONCE = {
    number: _tap(f"tap-seatable, concurrency {number}", concurrency=number)
    for number in CONCURRENCY
}
TARGETS_AT_ONCE = {
    number: _target(f"target-seatable, concurrency {number}", concurrency=number)
    for number in CONCURRENCY
}
"""By how much they do at once."""

IMPORT_SDK = _program("import singer_sdk", "-c", "import singer_sdk")
HELP = tuple(
    _program(f"{name}-seatable --help", "-m", f"{name}_seatable", "--help")
    for name in (TAP, TARGET)
)
VERSION = tuple(
    _program(f"{name}-seatable --version", "-m", f"{name}_seatable", "--version")
    for name in (TAP, TARGET)
)
IDLE = Contender("tap-seatable, nothing has changed", TAP, _idle_tap)


def named(contenders: Sequence[Contender], word: str) -> list[Contender]:
    """The contenders with a word in their names."""
    return [contender for contender in contenders if word in contender.name]
