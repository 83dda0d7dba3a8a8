"""The command `seatable-sandbox`."""

from __future__ import annotations

import click

from seatable_sandbox.cli.serve import serve


@click.group()
def main() -> None:
    """A local server that answers like SeaTable."""


main.add_command(serve)
