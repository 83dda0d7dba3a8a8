"""The results as drawings."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLORS = {
    "this project": "#2f6f4f",
    "a limit": "#d9a441",
    "an older build": "#8fb8a3",
    "other programs": "#b8bdc4",
}


def find_limit(contender: str) -> str:
    """The limit of a contender's side."""
    is_tap = contender.startswith("tap") or contender.endswith((" tap", "printing rows"))
    return "tap limit" if is_tap else "target limit"


def draw_costs(costs: Mapping[str, float]) -> str:
    """CPU per record as multiples of the limit, one panel per side, as SVG."""
    panels = []
    for limit in ("tap limit", "target limit"):
        if not costs.get(limit):
            continue
        lengths = {
            name: round(cost / costs[limit], 1)
            for name, cost in costs.items()
            if find_limit(name) == limit
        }
        panels.append(_panel(f"{limit} = 1", lengths))
    return _draw("CPU per record: less is better", panels)


def draw_waits(waits: Sequence[Mapping[str, Any]]) -> str:
    """Seconds from start to end with the longest delay, one panel per scenario, as SVG."""
    panels = [
        _panel(scenario, {wait["contender"]: round(wait["wall"][-1][1], 1) for wait in group})
        for scenario, group in groupby(waits, key=lambda wait: wait["scenario"])
    ]
    delay = max((wait["wall"][-1][0] for wait in waits), default=0)
    title = f"Seconds from start to end, {delay * 1000:g} ms added to each call: less is better"
    return _draw(title, panels)


def _draw(title: str, panels: list[dict[str, Any]]) -> str:
    # Imported here, because contenders inherit the memory of this process when they start.
    import vl_convert  # noqa: PLC0415

    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "config": {"view": {"stroke": None}, "font": "sans-serif"},
        "title": {"text": title, "anchor": "start"},
        "vconcat": panels,
    }
    return f"{vl_convert.vegalite_to_svg(chart)}\n"


def _panel(title: str, lengths: Mapping[str, float]) -> dict[str, Any]:
    values = [
        {"contender": name, "length": length, "whose": _owner(name)}
        for name, length in lengths.items()
    ]
    shown = {"field": "length", "type": "quantitative"}
    names = {
        "field": "contender",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 320, "ticks": False, "domain": False},
    }
    present = {value["whose"] for value in values}
    colors = {owner: color for owner, color in _COLORS.items() if owner in present}
    return {
        "title": {"text": title, "anchor": "start", "fontWeight": "normal"},
        "width": 460,
        "data": {"values": values},
        "encoding": {"y": names, "x": {**shown, "axis": None}},
        "layer": [
            {
                "mark": "bar",
                "encoding": {
                    "color": {
                        "field": "whose",
                        "type": "nominal",
                        "legend": {"title": None, "orient": "bottom"},
                        "scale": {"domain": list(colors), "range": list(colors.values())},
                    }
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {**shown, "format": ".1f"}},
            },
        ],
    }


def _owner(contender: str) -> str:
    if contender.endswith("older build"):
        return "an older build"
    if "-seatable" in contender:
        return "this project"
    return "a limit" if "limit" in contender else "other programs"
