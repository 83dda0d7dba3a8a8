"""The contenders, and the commands that start them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.dataset import EMPTY, FULL, SELECTED, SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[[str, Path], list[str]]

TAP, TARGET = "tap", "target"


@dataclass(frozen=True)
class Contender:
    """A program that reads or loads the dataset.

    Attributes:
        name: Its name in results.
        side: `TAP` or `TARGET`.
        command: Its command, given the server's URL and a folder for its settings.
    """

    name: str
    side: str
    command: Command


def _own_program(side: str, program: str) -> Command:
    module = f"benchmarks.contenders.{side}s"
    return lambda url, _folder: [sys.executable, "-m", module, program, url]


def _tap(*, selected: bool = False, **settings: Any) -> Command:
    def command(url: str, folder: Path) -> list[str]:
        config = _write_settings(folder, url, **settings)
        arguments = [sys.executable, "-m", "tap_seatable", "--config", str(config)]
        if selected:
            catalog = folder / "catalog.json"
            catalog.write_text(json.dumps(_select_columns(_discover(arguments))), "utf-8")
            arguments += ["--catalog", str(catalog)]
        return arguments

    return command


def _target(table: str = EMPTY, **settings: Any) -> Command:
    def command(url: str, folder: Path) -> list[str]:
        config = _write_settings(
            folder,
            url,
            table_mapping={EMPTY: table},
            row_limit=0,  # the server has no limit
            server_timezone="Etc/GMT-2",
            rejected_records_path=str(folder / "rejected.jsonl"),
            **settings,
        )
        return [sys.executable, "-m", "target_seatable", "--config", str(config)]

    return command


def _write_settings(folder: Path, url: str, **settings: Any) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({"server_url": url, "api_token": "benchmark", **settings}), "utf-8")
    return path


def _discover(tap: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        subprocess.run([*tap, "--discover"], check=True, capture_output=True).stdout
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


_MAPS = {
    SOURCE: {
        "Mail": "md5(Mail)",
        "Total": "Amount * Pieces",
        "__filter__": "Pieces > 0",
    }
}

CONTENDERS = (
    Contender("tap limit", TAP, _own_program(TAP, "limit")),
    Contender("tap-seatable", TAP, _tap(tables=[SOURCE])),
    Contender("tap-seatable, a third of the columns", TAP, _tap(tables=[SOURCE], selected=True)),
    Contender("tap-seatable, stream maps", TAP, _tap(tables=[SOURCE], stream_maps=_MAPS)),
    Contender("plain SDK tap", TAP, _own_program(TAP, "sdk")),
    Contender("seatable-api, printing rows", TAP, _own_program(TAP, "seatable-api")),
    Contender("target limit", TARGET, _own_program(TARGET, "limit")),
    Contender("target limit, validated", TARGET, _own_program(TARGET, "limit-validated")),
    Contender("target-seatable, append", TARGET, _target(load_method="append-only")),
    Contender("target-seatable, upsert, all new", TARGET, _target(load_method="upsert")),
    Contender(
        "target-seatable, upsert, all unchanged", TARGET, _target(FULL, load_method="upsert")
    ),
    Contender(
        "target-seatable, overwrite, all unchanged", TARGET, _target(FULL, load_method="overwrite")
    ),
    Contender("plain SDK target", TARGET, _own_program(TARGET, "sdk")),
    Contender("seatable-api, batch_append_rows", TARGET, _own_program(TARGET, "seatable-api")),
)
