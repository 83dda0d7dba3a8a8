"""View filters: which rows a view lets through."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tools.fidelity import conditions
from tools.fidelity.cases import REFUSED, Case
from tools.fidelity.columns import FILTERED, FILTERED_ROWS, LINKED, LINKED_ROWS
from tools.fidelity.displays import looked_up
from tools.fidelity.server import MOMENTS, TIME_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tools.fidelity.library import Library
    from tools.fidelity.server import Server

    Condition = tuple[str, list[dict[str, Any]]]

_TABLE, _OTHER, _DAYS, _VIEW = "Filtered", "Linked", "Days", "View"

# Days around the time of asking, in days from it.
_OFFSETS = (
    *(-800, -430, -400, -366, -365, -364, -62, -61, -60, -59, -32, -31, -30, -29, -28),
    *range(-15, 16),
    *(28, 29, 30, 31, 32, 59, 60, 61, 62, 364, 365, 366, 400, 430, 800),
)


def compare(server: Server, library: Library) -> Iterator[Case]:
    """Filter a table by columns of every type, and dates at several times."""
    if not server.filters:
        return
    rows = _make_tables(server)
    server.base.add_view(_TABLE, _VIEW)
    table = server.table(_TABLE)
    results = _results(table, rows)
    keys = {column["name"]: column["key"] for column in table["columns"]}
    asked = [
        (name, conjunction, [{**rule, "column_key": keys[rule["column"]]} for rule in rules])
        for name, conjunction, rules in conditions.column_conditions(table)
    ]
    yield from _ask(server, library, table, rows, results, asked, "")
    for moment in MOMENTS:
        yield from _dates(server, library, moment)


def _dates(server: Server, library: Library, moment: str) -> Iterator[Case]:
    """Filters by dates that depend on the time of asking."""
    server.set_clock(moment)
    now = datetime.fromisoformat(moment).astimezone(ZoneInfo(TIME_ZONE))
    name = f"{_DAYS} {moment[:10]}"
    server.base.create_table(name, [{"column_name": "Day", "column_type": "date"}])
    rows = [
        server.append(name, {"Day": (now + timedelta(days=offset)).date().isoformat()})
        for offset in _OFFSETS
    ]
    rows.append(server.append(name, {"Day": None}))
    server.base.add_view(name, _VIEW)
    table = server.table(name)
    (key,) = (column["key"] for column in table["columns"])
    asked = [
        ("date", "And", [{**rule, "column": "Day", "column_key": key}])
        for rule in conditions.date_conditions()
    ]
    yield from _ask(server, library, table, rows, {}, asked, f" on {moment}")


def _ask(
    server: Server,
    library: Library,
    table: dict[str, Any],
    rows: list[dict[str, Any]],
    results: Mapping[str, Any],
    asked: Sequence[tuple[str, str, list[dict[str, Any]]]],
    when: str,
) -> Iterator[Case]:
    order = {row["_id"]: number for number, row in enumerate(rows)}
    answers = library.ask(
        "filter",
        server.now,
        table=table,
        rows=rows,
        results=results,
        username="",
        filters=[(conjunction, rules) for _, conjunction, rules in asked],
    )["answers"]
    for (group, conjunction, rules), answer in zip(asked, answers, strict=True):
        server.base.change_view(table["name"], _VIEW, filters=rules, filter_conjunction=conjunction)
        found = server.view(table["name"], _VIEW)
        shown = [{k: v for k, v in rule.items() if k != "column_key"} for rule in rules]
        yield Case(
            check="view filters",
            server=server.name,
            group=group,
            column=" ".join(rule.get("column", "") for rule in rules),
            question=json.dumps([conjunction, *shown], ensure_ascii=False) + when,
            library=_passed(order, answer["value"]["row_ids"]) if "value" in answer else REFUSED,
            sandbox=found if isinstance(found, dict) else _passed(order, found),
        )


def _passed(order: Mapping[str, int], row_ids: Sequence[str]) -> list[int]:
    """The numbers of the rows that pass."""
    return sorted(order[row_id] for row_id in row_ids)


def _make_tables(server: Server) -> list[dict[str, Any]]:
    """Make the table and the one that it links to; the rows as they are kept."""
    server.base.create_table(_OTHER, LINKED)
    others = [server.append(_OTHER, row) for row in LINKED_ROWS]
    server.base.create_table(
        _TABLE,
        [
            {**column, "column_data": {"table": _TABLE, "other_table": _OTHER}}
            if column["column_type"] == "link"
            else column
            for column in FILTERED
        ],
    )
    kept: list[dict[str, Any]] = []
    for number, row in enumerate(FILTERED_ROWS):
        made = server.complete(_TABLE, server.append(_TABLE, row))
        linked = [other["_id"] for other in others[: number % 4]]
        server.base.link(_TABLE, "link", {made["_id"]: linked})
        kept.append({**made, "_linked": others[: number % 4]})
    return kept


def _results(table: Mapping[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What formulas and links yield, as the library expects it: each repeats cells."""
    keys = {column["name"]: column["key"] for column in table["columns"]}
    results: dict[str, dict[str, Any]] = {}
    for row in rows:
        linked = row.pop("_linked")
        found = results[row["_id"]] = {}
        for column in table["columns"]:
            kind, data = column["type"], column.get("data") or {}
            if kind == "formula":
                found[column["key"]] = row.get(keys[data["formula"].strip("{}")])
            elif kind == "link":
                found[column["key"]] = [
                    {"row_id": other["_id"], "display_value": other.get("0000")} for other in linked
                ]
            elif kind == "link-formula":
                found[column["key"]] = looked_up(column, linked)
    return results
