"""Displayed values: what v1 answers for formulas of every format and lookups of every type."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any

from tools.fidelity.cases import REFUSED, Case, blank_to_none
from tools.fidelity.columns import DATE_FORMATS, WRITABLE
from tools.fidelity.server import V1, Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.fidelity.library import Library

_FORMULAS, _LOOKUPS, _SOURCE = "Formulas", "Lookups", "Source"

_NUMBERS = (
    *(0, 1, -1, 5, 10, 999, 1000, -1234, 1_234_567, 2**53, 10**15, 1e21, 1.5e300),
    *(0.5, -0.5, 1.5, 2.5, 0.05, 0.005, 1.005, 99.999, 99.995, 1234.5, -1234567.891, 8330.845),
    *(1 / 3, 2 / 3, 0.1, 1e-5, 1e-6, 1e-7, -1e-9, 1.23456789012e-5, 123456789.123456789),
)
_SEPARATORS = (("dot", "no"), ("dot", "comma"), ("comma", "dot"), ("comma", "space"))
_CURRENCY = {"format": "custom_currency", "currency_symbol": "kr"}
_NUMBER_FORMATS: tuple[dict[str, Any], ...] = (
    {},
    *(
        {"format": shape, "decimal": decimal, "thousands": thousands, **precision}
        for shape, (decimal, thousands), precision in product(
            ("number", "percent", "yuan", "dollar", "euro"),
            _SEPARATORS,
            (
                {},
                {"enable_precision": True, "precision": 0},
                {"enable_precision": True, "precision": 2},
            ),
        )
    ),
    _CURRENCY,
    {**_CURRENCY, "currency_symbol_position": "after", "enable_precision": True, "precision": 3},
    *(
        {"format": "duration", "duration_format": shape}
        for shape in ("h:mm", "h:mm:ss", "h:mm:ss.s")
    ),
    {"format": "unknown"},
)
_DATES = ("2024-06-05", "2024-12-31", "0999-01-01", "9999-12-31", "2024-03-31")
_MINUTES = ("2024-06-05 10:20", "2024-06-05 00:00", "2024-03-31 02:30", "1999-01-01 23:59")
_TEXTS = ("Tea", "a,b", "5", "#VALUE!", "0")


def compare(server: Server, library: Library) -> Iterator[Case]:
    """Formulas that repeat a cell, and lookups of cells; only v1 displays them."""
    if isinstance(server, V1):
        yield from _compare_formulas(server, library)
        yield from _compare_lookups(server, library)


def _compare_formulas(server: Server, library: Library) -> Iterator[Case]:
    inputs: dict[str, tuple[dict[str, Any], Sequence[Any], Sequence[dict[str, Any]]]] = {
        "number": ({"column_type": "number"}, _NUMBERS, _NUMBER_FORMATS),
        "day": ({"column_type": "date"}, _DATES, [{"format": shape} for shape in DATE_FORMATS]),
        "minute": (
            {"column_type": "date", "column_data": {"format": "YYYY-MM-DD HH:mm"}},
            _MINUTES,
            [{"format": shape} for shape in DATE_FORMATS],
        ),
        "text": ({"column_type": "text"}, _TEXTS, [{}]),
        "check": ({"column_type": "checkbox"}, (True, False), [{}]),
    }
    server.base.create_table(
        _FORMULAS, [{"column_name": name, **column} for name, (column, _, _) in inputs.items()]
    )
    shapes: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, (_, _, formats) in inputs.items():
        for number, data in enumerate(formats):
            column = f"{name} {number}"
            server.base.add_column(_FORMULAS, column, "formula", {"formula": f"{{{name}}}", **data})
            shapes[column] = (name, data)
    rows = [
        (name, server.append(_FORMULAS, {name: value}))
        for name, (_, values, _) in inputs.items()
        for value in values
    ]
    table = server.table(_FORMULAS)
    keys = {column["name"]: column["key"] for column in table["columns"]}
    results = {
        row["_id"]: {keys[name]: row.get(keys[source]) for name, (source, _) in shapes.items()}
        for _, row in rows
    }
    answers = library.ask(
        "read", server.now, table=table, rows=[row for _, row in rows], results=results
    )["answers"]
    shown = {row["_id"]: row for row in server.rows(_FORMULAS)}
    for (written_to, row), answer in zip(rows, answers, strict=True):
        theirs = answer.get("value")
        for column, (name, data) in shapes.items():
            if name == written_to:
                yield Case(
                    check="displayed values",
                    server=server.name,
                    group=f"formula, {name}",
                    column=column,
                    question=json.dumps([row[keys[name]], data], ensure_ascii=False),
                    library=REFUSED if theirs is None else blank_to_none(theirs.get(column)),
                    sandbox=blank_to_none(shown[row["_id"]].get(column)),
                )


_LOOKED_UP: dict[str, tuple[Any, ...]] = {
    "text": ("Tea", "a,b"),
    "long-text": ("**Tea**", "x"),
    "number": (1234.5, 0, -0.005),
    "checkbox": (True, False),
    "rate": (3, 5),
    "duration": (5430, 0, -90, 59.5),
    "date": ("2024-06-05", "2024-12-31"),
    "single-select": ("one", "3"),
    "multiple-select": (["one"], ["3", "one"]),
    "collaborator": (["a@auth.local"], ["b@auth.local"]),
    "email": ("a@example.com", "b@example.com"),
    "url": ("https://x.y", "https://z.z"),
    "image": (["https://x.y/a.png"], ["https://x.y/b.png"]),
    "file": ([{"name": "a", "size": 1, "type": "file", "url": "https://x.y/a"}],),
    "geolocation": (
        {"lng": 8.23, "lat": 50},
        {"province": "P", "city": "C", "district": "D", "detail": "x"},
        {"country_region": "Germany"},
        {"address": "A", "title": "T"},
    ),
    "digital-sign": ({"username": "u", "sign_image_url": "https://x.y/s.png", "sign_time": "t"},),
    "department-single-select": (3, 4),
    "auto-number": (),
}


def _compare_lookups(server: Server, library: Library) -> Iterator[Case]:
    """Each column of a table looked up from another, one row and several at once."""
    sources = [column for column in WRITABLE if column["column_type"] in _LOOKED_UP]
    server.base.create_table(_SOURCE, sources)
    server.base.create_table(
        _LOOKUPS,
        [
            {"column_name": "Name", "column_type": "text"},
            {
                "column_name": "link",
                "column_type": "link",
                "column_data": {"table": _LOOKUPS, "other_table": _SOURCE},
            },
            *(
                {
                    "column_name": column["column_name"],
                    "column_type": "link-formula",
                    "column_data": {
                        "formula": "lookup",
                        "link_column": "link",
                        "level1_linked_column": column["column_name"],
                    },
                }
                for column in sources
            ),
        ],
    )
    most = max(map(len, _LOOKED_UP.values()))
    others = [
        server.append(
            _SOURCE,
            {
                column["column_name"]: values[number]
                for column in sources
                if len(values := _LOOKED_UP[column["column_type"]]) > number
            },
        )
        for number in range(most)
    ]
    rows = [server.append(_LOOKUPS, {"Name": "x"}) for _ in range(most + 1)]
    linked = [[other] for other in others] + [others]
    server.base.link(
        _LOOKUPS,
        "link",
        {
            row["_id"]: [other["_id"] for other in chosen]
            for row, chosen in zip(rows, linked, strict=True)
        },
    )
    table = server.table(_LOOKUPS)
    lookups = [column for column in table["columns"] if column["type"] == "link-formula"]
    results = {
        row["_id"]: {column["key"]: looked_up(column, chosen) for column in lookups}
        for row, chosen in zip(rows, linked, strict=True)
    }
    answers = library.ask("read", server.now, table=table, rows=rows, results=results)["answers"]
    shown = {row["_id"]: row for row in server.rows(_LOOKUPS)}
    for row, answer in zip(rows, answers, strict=True):
        for column in lookups:
            name = column["name"]
            yield Case(
                check="displayed values",
                server=server.name,
                group=f"lookup, {column['data']['array_type']}",
                column=name,
                question=json.dumps(results[row["_id"]][column["key"]], ensure_ascii=False),
                library=blank_to_none(answer["value"].get(name)) if "value" in answer else REFUSED,
                sandbox=blank_to_none(shown[row["_id"]].get(name)),
            )


def looked_up(column: dict[str, Any], linked: list[dict[str, Any]]) -> list[Any]:
    """The cells that a lookup finds; lists are put together into one."""
    key, kind = column["data"]["level1_linked_table_column_key"], column["data"]["array_type"]
    cells = [row[key] for row in linked if row.get(key) is not None]
    if kind in ("multiple-select", "image", "file", "collaborator"):
        return [item for cell in cells for item in cell]
    return cells
