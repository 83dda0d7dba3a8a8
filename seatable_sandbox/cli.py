"""The command `seatable-sandbox`."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from .demo import make_demo
from .door import Sandbox, SandboxBase
from .profiles import PROFILES


@click.group()
def main() -> None:
    """A local server that answers like SeaTable."""


@main.command()
@click.option("--demo", is_flag=True, help="Make a base with every column type to look around in.")
@click.option(
    "--profile",
    type=click.Choice(sorted(PROFILES)),
    default="gateway",
    show_default=True,
    help="The generation of servers to be.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port; 0 takes a free one.")
@click.option(
    "--database",
    default=":memory:",
    show_default=True,
    help="An SQLite file in which the bases are kept.",
)
@click.option("--time-zone", default="UTC", show_default=True, help="The server's time zone.")
@click.option(
    "--base",
    "bases",
    multiple=True,
    metavar="NAME[=TOKEN]",
    help="Make an empty base, with this API token. May be repeated.",
)
def serve(
    *,
    demo: bool,
    profile: str,
    host: str,
    port: int,
    database: str,
    time_zone: str,
    bases: tuple[str, ...],
) -> None:
    """Run the server until it is interrupted."""
    console = Console()
    with Sandbox(profile, time_zone, database, host, port) as sandbox:
        made = [make_demo(sandbox)] if demo else []
        for text in bases:
            name, _, token = text.partition("=")
            made.append(sandbox.create_base(name, api_token=token or None))
        _announce(console, sandbox, made)
        try:
            sandbox.wait()
        except KeyboardInterrupt:
            console.print("Stopped.")


def _announce(console: Console, sandbox: Sandbox, bases: list[SandboxBase]) -> None:
    console.print(f"SeaTable sandbox on [bold]{sandbox.url}[/bold] (open it in a browser to watch)")
    if not bases:
        console.print("It has no new base; --demo or --base NAME makes one.")
        return
    table = Table("Base", "API token", "Read-only API token")
    for base in bases:
        table.add_row(base.name, base.api_token, base.read_only_token)
    console.print(table)
    console.print(f"Account token: {sandbox.account_token}")


if __name__ == "__main__":
    main()
