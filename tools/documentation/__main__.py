"""Generates the parts of README.md and docs/ that are derived from the code.

    python -m tools.documentation            updates the generated parts
    python -m tools.documentation --check    fails if a part is out of date

A generated part is enclosed by two comments that name it; the rest is written by hand.
"""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.documentation import (
    column_types,
    costs,
    errors,
    fidelity,
    fleet,
    loaders,
    performance,
    settings,
    sketches,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]

PARTS: Mapping[str, Callable[[], str]] = {
    "settings of the connection": settings.connection_settings,
    "settings of tap-seatable": settings.tap_settings,
    "settings of target-seatable": settings.target_settings,
    "settings of the SDK": settings.sdk_settings,
    "column types": column_types.read_and_written,
    "schemas of column types": column_types.schemas,
    "exit codes": errors.exit_codes,
    "errors": errors.errors,
    "costs of the tap": costs.tap_costs,
    "costs of the target": costs.target_costs,
    "quotas": costs.quotas,
    "sizes of sketches": sketches.sizes,
    "sizes of states": sketches.states,
    "trials of sketches": sketches.trials,
    "bars of performance": performance.bars,
    "costs of a record": performance.costs,
    "costs of forms": performance.forms,
    "waits": performance.waits,
    "conditions of the measurement": performance.conditions,
    "results of the fleet": fleet.results,
    "loaders": loaders.overview,
    "values of loaders": loaders.values,
    "deleted rows of loaders": loaders.deleted_rows,
    "structure of loaders": loaders.structure,
    "loaders without flattening": loaders.without_settings,
    "agreement with SeaTable's library": fidelity.agreement,
    "differences from SeaTable's library": fidelity.known_differences,
}
"""The functions that generate the parts, by name."""

_PART = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[^>]+?) -->\n).*?(?P<end>\n<!-- end of (?P=name) -->)",
    re.DOTALL,
)


def pages() -> list[Path]:
    """The pages that can have generated parts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def update(text: str) -> str:
    """Generate the parts of a page's text again."""
    return _PART.sub(lambda match: f"{match['begin']}{part(match['name'])}{match['end']}", text)


@functools.cache
def part(name: str) -> str:
    """Generate a part.

    Raises:
        SystemExit: There is no such part.
    """
    if name not in PARTS:
        raise SystemExit(f"unknown part {name!r}; use one of: {', '.join(PARTS)}")
    return PARTS[name]()


def find_stale() -> list[Path]:
    """The pages with a part that is out of date."""
    return [page for page in pages() if update(text := page.read_text("utf-8")) != text]


def main(arguments: list[str]) -> int:
    """Update the pages, or check them."""
    charts = performance.charts()
    if arguments == ["--check"]:
        old = [
            file
            for file, chart in charts.items()
            if not file.exists() or file.read_text("utf-8") != chart
        ]
        stale = [*find_stale(), *old]
        for page in stale:
            print(f"{page.relative_to(ROOT)} is out of date. Run `make docs`.")  # noqa: T201
        return bool(stale)
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if (new := update(text)) != text:
            page.write_text(new, encoding="utf-8")
    for file, chart in charts.items():
        file.write_text(chart, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
