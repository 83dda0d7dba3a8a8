"""The commands, run with a file or with variables, and how they end."""

import subprocess
import sys
from pathlib import Path

from seatable_client.errors import ErrorKind

BIN = Path(sys.executable).parent
CONFIGURATION = ErrorKind.CONFIGURATION.exit_code
COMMANDS = ["tap-seatable", "target-seatable"]


def ended(command: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / command, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def with_file(folder: Path, option: str, content: str) -> tuple[list[str], Path]:
    """The tap's command with a file given by an option, and the file."""
    config, path = folder / "config.json", folder / "given.json"
    config.write_text("{}")
    path.write_text(content)
    return ["tap-seatable", "--config", str(config), option, str(path)], path


def run(command: str, *arguments: str) -> tuple[int, str]:
    process = ended(command, *arguments)
    assert "Traceback" not in process.stderr
    assert process.stdout == ""
    return process.returncode, process.stderr.strip().splitlines()[-1]
