"""The command `seatable-sandbox`."""

from __future__ import annotations

import click

from seatable_sandbox.cli.rows import reset, row
from seatable_sandbox.cli.serve import serve


@click.group()
def main() -> None:
    """A local server that answers like SeaTable."""


for _command in (serve, row, reset):
    main.add_command(_command)
