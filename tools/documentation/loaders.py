"""Results of loaders with the tap's messages, from the JSON file that `make loaders` writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.documentation.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_RESULTS = Path(__file__).parents[2] / "docs" / "loaders.json"
_SHOWN = 3
"""How many columns are named."""

_LIVES = "stays as if it lived"
_MODES = ("tombstones", "tombstones_only", "versions")
_KINDS = {
    "day": "day",
    "date-time": "date-time",
    "date-time, offset": "with `date_times: offset`",
    "number": "number",
    "checkbox": "checkbox",
    "list": "list",
    "objects": "object",
    "line break": "line break",
}
_EMPTY = ("empty number", "empty list", "empty object")


def overview() -> str:
    """Each loader with what to install, the settings to use, and whether its rows are right."""
    rows = []
    for loader in _all_results():
        row = (_name(loader), f"`{_short(loader['requirement'])}`", _settings(loader))
        if not _loads(loader):
            errors = dict.fromkeys(found["error"] for found in loader["deletes"].values())
            rows.append((*row, f"**loads nothing: `{'`, `'.join(errors)}`**", "-"))
            continue
        found = loader["deletes"][_recommended(loader)]
        doubles = "yes, the newest line of an `_id` counts" if found["doubles"] else "no"
        rows.append((*row, _rows(found["rows"]), doubles))
    head = ("loader", "install", "settings", "rows after three runs", "appends")
    return table(head, rows)


def values() -> str:
    """A cell of each kind as each loader stores it."""
    head = ("loader", *_KINDS.values(), "empty number, list, object")
    return table(head, (
        (
            _name(loader),
            *(loader["values"][kind] for kind in _KINDS),
            ", ".join(dict.fromkeys(loader["values"][kind] for kind in _EMPTY)),
        )
        for loader in _results()
    ))  # fmt: skip


def deleted_rows() -> str:
    """The value of `deletes` to take for each loader, and what a deleted row becomes."""
    rows = []
    for loader in _results():
        mode = _recommended(loader)
        found = loader["deletes"][mode]
        rows.append((
            _name(loader),
            _take(loader),
            found["deleted"],
            found["restored"],
            _removal(loader),
            _ending(loader["deletes"]["versions"]),
        ))  # fmt: skip
    head = ("loader", "take", "a deleted row", "a restored row", "removed with", "with `versions`")
    return table(head, rows)


def structure() -> str:
    """What becomes of new and renamed columns and of long names."""
    rows = []
    for loader in _results():
        columns = loader["deletes"][_recommended(loader)]["columns"]
        old = "stays beside the new one" if columns["Newsletter"] else "is gone"
        new = "is added" if columns["Since"] and columns["Subscribed"] else "is missing"
        rows.append((_name(loader), new, old, loader["long names"]))
    head = ("loader", "a new column", "the old name of a renamed one", "names over 63 bytes")
    return table(head, rows)


def without_settings() -> str:
    """What the loaders that need settings of the tap do without them."""
    rows = [
        (_name(loader), f"ends with an error: `{found['error']}`" if "error" in found
         else f"list: {found['list']}; object: {found['objects']}")
        for loader in _results()
        if (found := loader.get("without the tap's settings"))
    ]  # fmt: skip
    return table(("loader", "without flattening"), rows)


def _results() -> Iterable[Any]:
    """The loaders that load."""
    return filter(_loads, _all_results())


def _loads(loader: Mapping[str, Any]) -> bool:
    return any(found["rows"] for found in loader["deletes"].values())


def _short(requirement: str) -> str:
    return re.sub(r"(@[0-9a-f]{7})[0-9a-f]{33}", r"\1", requirement)


def _all_results() -> Iterable[Any]:
    found: Mapping[str, Any] = json.loads(_RESULTS.read_text("utf-8"))
    return found.values()


def _name(loader: Mapping[str, Any]) -> str:
    versions = dict(loader["versions"])
    own = f"{loader['package']} {versions.pop(loader['package'])}"
    return ", ".join([own, *(f"{name} {version}" for name, version in versions.items())])


def _settings(loader: Mapping[str, Any]) -> str:
    parts = [f"`{name}: {json.dumps(value)}`" for name, value in loader["settings"].items()]
    parts += [f"`{name}: {json.dumps(value)}` in the tap" for name, value in loader["tap"].items()]
    return ", ".join(parts) or "the defaults"


def _recommended(loader: Mapping[str, Any]) -> str:
    """The first mode with which the loader runs and no deleted row looks as if it lived."""
    runs = {mode: found for mode in _MODES if (found := loader["deletes"].get(mode))}
    return next(mode for mode, found in runs.items() if found.get("deleted") not in {None, _LIVES})


def _take(loader: Mapping[str, Any]) -> str:
    mode = _recommended(loader)
    if any("missing" in run for run in loader["deletes"][mode]["rows"]):
        return "**none: it loses rows**"
    return f"`{mode}`, with `--full-refresh`" if loader["replaces"] else f"`{mode}`"


def _rows(runs: list[Mapping[str, Any]]) -> str:
    found = [_difference(run) for run in runs]
    if len(set(found)) == 1:
        return f"**{found[0]}**" if found[0] else "right"
    parts = [f"run {number}: {text or 'right'}" for number, text in enumerate(found, 1)]
    return f"**{'; '.join(parts)}**"


def _difference(run: Mapping[str, Any]) -> str:
    columns = list(run.get("columns", ()))
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    parts = [
        f"{run['missing']} rows missing" if "missing" in run else "",
        f"{run['unexpected']} rows that are gone" if "unexpected" in run else "",
        f"other values in {', '.join(columns[:_SHOWN])}{more}" if columns else "",
        f"without {', '.join(run['absent'])}" if "absent" in run else "",
    ]
    return ", ".join(filter(None, parts))


def _ending(found: Mapping[str, Any]) -> str:
    if "error" in found:
        return f"the run fails: `{found['error']}`"
    ended: str = found["deleted"]
    return f"**{ended}**" if ended == _LIVES else ended


def _removal(loader: Mapping[str, Any]) -> str:
    settings = [
        f"`{name}: {json.dumps(value)}`"
        for name, value in loader.get("hard_delete_settings", {}).items()
    ]
    for mode, found in loader.get("hard_delete", {}).items():
        if found.get("deleted") == "is removed":
            return ", ".join([f"`deletes: {mode}`", *settings])
    return "each full refresh" if loader["replaces"] else "-"
