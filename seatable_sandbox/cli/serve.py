"""`seatable-sandbox serve`."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.console import Console
from rich.markup import escape

from seatable_sandbox.demo import DEMO_NAME, make_demo
from seatable_sandbox.engine import ACCOUNT_NAME, ACCOUNT_PASSWORD
from seatable_sandbox.profiles import PROFILES, Fault
from seatable_sandbox.sandbox import Sandbox, SandboxBase


def _check_zone(context: click.Context, option: click.Parameter, name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(
            f"there is no time zone {name!r}; use a name such as Europe/Berlin"
        ) from None
    return name


def _check_bases(
    context: click.Context, option: click.Parameter, bases: tuple[str, ...]
) -> tuple[str, ...]:
    owners: dict[str, str] = {}
    names: set[str] = set()
    for base in bases:
        name, _, token = base.partition("=")
        if not name.strip():
            raise click.BadParameter("a base needs a name: --base NAME or --base NAME=TOKEN")
        if name in names:
            raise click.BadParameter(f"{name!r} is given twice; a base has one name and one token")
        names.add(name)
        owner = owners.setdefault(token, name) if token else name
        if owner != name:
            raise click.BadParameter(
                f"the token {token!r} is given to {owner!r} and to {name!r}; a token opens one base"
            )
    return bases


def _read_faults(
    context: click.Context, option: click.Parameter, texts: tuple[str, ...]
) -> list[Fault]:
    """The faults of the command line: KIND, KIND:PATH or KIND:PATH:TIMES."""
    faults = []
    for text in texts:
        kind, _, rest = text.partition(":")
        path, times = rest, ""
        # The paths of requests have no colon, and those of groups such as (?:a|b) are no end.
        if match := re.search(r"(?<!\(\?):([^:()|\[\]]*)$", rest):
            path, times = rest[: match.start()], match[1]
        try:
            count = int(times or 1)
        except ValueError:
            raise click.BadParameter(
                f"TIMES is {times!r} in {text!r}, and must be a whole number, as in {kind}:rows/:3"
            ) from None
        try:
            faults.append(Fault(kind, path=path, times=count))
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
    return faults


def _sandbox(
    profile: str,
    time_zone: str,
    database: str,
    host: str,
    port: int,
    answers: int | None,
    latency: int,
) -> Sandbox:
    try:
        return Sandbox(
            profile, time_zone, database, host, port, answers=answers, latency=latency / 1000
        )
    except sqlite3.Error as error:
        raise click.BadParameter(
            f"{database!r} cannot be used as a database: {error}", param_hint="--database"
        ) from None


@click.command()
@click.option(
    "--demo",
    is_flag=True,
    help="Create the base Demo: a small shop, and a table with every column type.",
)
@click.option(
    "--profile",
    type=click.Choice(sorted(PROFILES)),
    default="gateway",
    show_default=True,
    help="The generation of servers to imitate.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port; 0 takes a free one.",
)
@click.option(
    "--database",
    default=":memory:",
    show_default=True,
    help="The SQLite file that stores the bases.",
)
@click.option(
    "--time-zone",
    default="UTC",
    callback=_check_zone,
    show_default=True,
    help="The server's time zone.",
)
@click.option(
    "--base",
    "bases",
    multiple=True,
    metavar="NAME[=TOKEN]",
    callback=_check_bases,
    help="Create an empty base, with this API token. May be repeated.",
)
@click.option(
    "--latency",
    type=click.IntRange(0, 600_000),
    default=0,
    show_default=True,
    metavar="MILLISECONDS",
    help="How much later each request is answered.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[:PATH[:TIMES]]",
    callback=_read_faults,
    help="Let requests fail whose path matches, such as reset_after:rows/:3. May be repeated.",
)
@click.option(
    "--answers",
    type=click.IntRange(min=0),
    metavar="SEED",
    help="Draw an answer where SeaTable's documents are silent.",
)
def serve(  # noqa: PLR0913 - one for each option
    *,
    demo: bool,
    profile: str,
    host: str,
    port: int,
    database: str,
    time_zone: str,
    bases: tuple[str, ...],
    latency: int,
    faults: list[Fault],
    answers: int | None,
) -> None:
    """Run the server until it is interrupted."""
    if demo and any(text.partition("=")[0] == DEMO_NAME for text in bases):
        raise click.BadParameter(
            f"--demo creates the base {DEMO_NAME!r}; use another name", param_hint="--base"
        )
    console = Console()
    with _sandbox(profile, time_zone, database, host, port, answers, latency) as sandbox:
        tokens: dict[str, tuple[str | None, str | None]] = {}
        created: list[SandboxBase] = []

        def fill() -> None:
            created.extend([make_demo(sandbox)] if demo else [])
            for text in bases:
                name, _, token = text.partition("=")
                base = sandbox.create_base(name, 1, *tokens.get(name, (token or None, None)))
                tokens[name] = (base.api_token, base.read_only_token)
                created.append(base)
            for fault in faults:
                sandbox.inject(replace(fault))  # a fault counts what is left of it

        sandbox.prepare(fill)
        _announce(console, sandbox, created)
        try:
            sandbox.wait()
        except KeyboardInterrupt:
            console.print("Stopped.")


def _announce(console: Console, sandbox: Sandbox, bases: list[SandboxBase]) -> None:
    console.print(f"SeaTable sandbox on [bold]{sandbox.url}[/bold] (open it in a browser to watch)")
    if not bases:
        console.print("It has no new base; --demo or --base NAME creates one.")
        return
    # Plain lines: a table would cut the tokens on a narrow terminal.
    for base in bases:
        console.print(f"\n[bold]{escape(base.name)}[/bold]")
        console.print(f"  API token            {base.api_token}", soft_wrap=True)
        console.print(f"  read-only API token  {base.read_only_token}", soft_wrap=True)
    console.print(f"\nAccount {ACCOUNT_NAME}, password {ACCOUNT_PASSWORD}", soft_wrap=True)
