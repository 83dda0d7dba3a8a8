"""Results of `make fidelity`: figures and known differences."""

from __future__ import annotations

from tools.documentation.tables import table
from tools.fidelity import differences
from tools.fidelity.server import SERVERS

_VERSIONS = {server.name: server.version for server in SERVERS}


def agreement() -> str:
    """How many cases each check has, and how many of them agree."""
    known = differences.load()
    rows = []
    for check, counts in known.cases.items():
        for server, cases in counts.items():
            different = sum(
                difference.counts.get(server, 0)
                for difference in known.differences
                if difference.check == check
            )
            rows.append((check, server, _VERSIONS[server], f"{cases:,}", f"{cases - different:,}"))
    return table(("check", "server", "dtable-utils", "cases", "equal"), rows)


def known_differences() -> str:
    """Each known difference with its reason."""
    return table(
        ("check", "where", "cases", "why it stays"),
        (
            (
                difference.check,
                difference.where,
                ", ".join(f"{count} ({server})" for server, count in difference.counts.items()),
                difference.reason,
            )
            for difference in differences.load().differences
        ),
    )
