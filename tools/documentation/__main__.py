"""Writes into README.md and docs/ what can be derived from the code.

    python -m tools.documentation            renews the generated parts
    python -m tools.documentation --check    exits with an error where one of them is out of date

A generated part stands between two comments that name it; the rest is written by hand.
"""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.documentation import column_types, costs, errors, performance, settings, sketches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]

PARTS: Mapping[str, Callable[[], str]] = {
    "settings of the connection": settings.of_the_connection,
    "settings of tap-seatable": settings.of_the_tap,
    "settings of target-seatable": settings.of_the_target,
    "settings of the SDK": settings.of_the_sdk,
    "column types": column_types.read_and_written,
    "schemas of column types": column_types.schemas,
    "exit codes": errors.exit_codes,
    "errors": errors.errors,
    "costs of the tap": costs.of_the_tap,
    "costs of the target": costs.of_the_target,
    "quotas": costs.quotas,
    "sizes of sketches": sketches.sizes,
    "sizes of states": sketches.states,
    "trials of sketches": sketches.trials,
    "bars of performance": performance.bars,
    "costs of a record": performance.costs,
    "conditions of the measurement": performance.conditions,
}
"""What makes each part, by its name."""

_PART = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[^>]+?) -->\n).*?(?P<end>\n<!-- end of (?P=name) -->)",
    re.DOTALL,
)


def pages() -> list[Path]:
    """The pages that may have generated parts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def renewed(text: str) -> str:
    """A page's text with its generated parts made anew."""
    return _PART.sub(lambda found: f"{found['begin']}{part(found['name'])}{found['end']}", text)


@functools.cache
def part(name: str) -> str:
    """One part."""
    if name not in PARTS:
        raise SystemExit(f"nothing makes the part {name!r}; there are: {', '.join(PARTS)}")
    return PARTS[name]()


def stale() -> list[Path]:
    """The pages with a part that is out of date."""
    return [page for page in pages() if renewed(text := page.read_text("utf-8")) != text]


def main(arguments: list[str]) -> int:
    """Renews the pages, or checks them."""
    if arguments == ["--check"]:
        old = stale()
        for page in old:
            print(f"{page.relative_to(ROOT)} is out of date: make docs")  # noqa: T201
        return bool(old)
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if (new := renewed(text)) != text:
            page.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
