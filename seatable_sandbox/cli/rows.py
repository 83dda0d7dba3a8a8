"""`seatable-sandbox row` and `reset`: they act on a sandbox that runs in another terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seatable_sandbox.cli.running import RunningSandbox

if TYPE_CHECKING:
    from collections.abc import Callable

_URL = click.option(
    "--url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="The address that serve has printed.",
)
_BASE = click.option("--base", "base_name", help="The base, where the sandbox has several.")


@click.group()
def row() -> None:
    """Add, change and delete rows of a running sandbox.

    Each command uses SeaTable's API, as any client does. VALUE is read by the type of its column:
    34 is a number in a number column, a,b are two options, and nothing empties the cell.
    """


def _command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command for rows, with the options that all of them have."""

    def add(function: Callable[..., None]) -> click.Command:
        return row.command(name)(_URL(_BASE(function)))

    return add


@_command("add")
@click.argument("table")
@click.argument("cells", nargs=-1, required=True, metavar="COLUMN=VALUE...")
def add_row(url: str, base_name: str | None, table: str, cells: tuple[str, ...]) -> None:
    """Add a row to TABLE, and print its id."""
    base = RunningSandbox(url).open_base(base_name)
    row_id = base.add_row(table, base.parse_cells(table, cells))
    click.echo(row_id or "Added. This generation of servers does not tell the row's id.")


@_command("set")
@click.argument("table")
@click.argument("row_name", metavar="ROW")
@click.argument("cells", nargs=-1, required=True, metavar="COLUMN=VALUE...")
def set_cells(
    url: str, base_name: str | None, table: str, row_name: str, cells: tuple[str, ...]
) -> None:
    """Change cells of a ROW of TABLE: its id, or the text of its first column."""
    base = RunningSandbox(url).open_base(base_name)
    changes = base.parse_cells(table, cells)
    row_id = base.find_row(table, row_name)
    base.set_cells(table, row_id, changes)
    click.echo(f"Changed {', '.join(changes)} of row {row_id}.")


@_command("delete")
@click.argument("table")
@click.argument("row_name", metavar="ROW")
def delete_row(url: str, base_name: str | None, table: str, row_name: str) -> None:
    """Delete a ROW of TABLE: its id, or the text of its first column."""
    base = RunningSandbox(url).open_base(base_name)
    row_id = base.find_row(table, row_name)
    base.delete_row(table, row_id)
    click.echo(f"Deleted row {row_id}.")


@click.command()
@_URL
def reset(url: str) -> None:
    """Delete all bases of a running sandbox, and create anew those that serve was told to create.

    They have the same tokens as before. The log of calls is empty.
    """
    names = RunningSandbox(url).reset()
    click.echo(f"The sandbox at {url} has started anew. Bases: {', '.join(names) or 'none'}.")
