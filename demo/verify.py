"""Runs `tap-seatable verify` and `target-seatable verify`, which compare a base with its copy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from demo.meltano import MeltanoFailed

_DIFFERENT = 1


def verify(plugin: str, *arguments: str, **settings: Any) -> list[dict[str, Any]]:
    """What the command finds of each table.

    Args:
        plugin: `tap` or `target`.
        arguments: of the command.
        settings: of the plugin.

    Raises:
        MeltanoFailed: The command could not compare the tables.
    """
    variables = {
        f"{plugin}_seatable_{name}".upper(): value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }
    command = Path(sys.executable).with_name(f"{plugin}-seatable")
    result = subprocess.run(
        [command, "verify", "--json", *arguments],
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode not in {0, _DIFFERENT}:
        raise MeltanoFailed(f"`{plugin}-seatable verify` failed:\n{result.stderr}")
    return [json.loads(line) for line in result.stdout.splitlines()]
