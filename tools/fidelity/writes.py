"""Written values, and rows on read: what is kept of a value, and what v1 then answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.fidelity.cases import CRASHED, REFUSED, Case, blank_to_none
from tools.fidelity.columns import WRITABLE
from tools.fidelity.server import V1, Server
from tools.fidelity.values import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.fidelity.library import Library

_TABLE = "Values"
_SHOWN = 200
_TYPES = {column["column_name"]: str(column["column_type"]) for column in WRITABLE}


def compare(server: Server, library: Library) -> Iterator[Case]:
    """Write each value with both, then read the rows that the sandbox holds with both."""
    server.base.create_table(_TABLE, WRITABLE)
    before = server.table(_TABLE)
    values = [(name, value) for name, kind in _TYPES.items() for value in written(kind)]
    values = values[:: server.every]
    now = server.now
    kept = [server.append(_TABLE, {name: value}) for name, value in values]
    after = server.table(_TABLE)
    answers = library.ask("write", now, table=before, values=values)
    keys = {column["name"]: column["key"] for column in after["columns"]}
    ours, theirs = _Options(after), _Options(answers["table"])
    for (name, value), row, answer in zip(values, kept, answers["answers"], strict=True):
        yield Case(
            check="written values",
            server=server.name,
            group=_TYPES[name],
            column=name,
            question=_shorten(value),
            library=theirs.name(name, answer.get("value", {}).get(keys[name]))
            if "value" in answer
            else REFUSED,
            sandbox=row if row in (REFUSED, CRASHED) else ours.name(name, row.get(keys[name])),
        )
    if isinstance(server, V1):
        rows = [(name, row) for (name, _), row in zip(values, kept, strict=True)]
        rows = [(name, row) for name, row in rows if "_id" in row]
        yield from _reads(server, library, after, rows)


def _reads(
    server: Server, library: Library, table: dict[str, Any], rows: list[tuple[str, dict[str, Any]]]
) -> Iterator[Case]:
    keys = {column["name"]: column["key"] for column in table["columns"]}
    kept = [row for _, row in rows]
    answers = library.ask("read", server.now, table=table, rows=kept)["answers"]
    shown = {row["_id"]: row for row in server.rows(_TABLE)}
    for (name, row), answer in zip(rows, answers, strict=True):
        yield Case(
            check="rows on read",
            server=server.name,
            group=_TYPES[name],
            column=name,
            question=_shorten(row.get(keys[name])),
            library=_cells(answer["value"]) if "value" in answer else REFUSED,
            sandbox=_cells(shown[row["_id"]]),
        )


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row holds; formulas have a check of their own."""
    return {
        name: value
        for name, value in row.items()
        if name in _TYPES and _TYPES[name] != "formula" and blank_to_none(value) is not None
    }


class _Options:
    """Cells with the names of options in place of their ids, which are random."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._names = {
            column["name"]: {
                option["id"]: option["name"]
                for option in (column.get("data") or {}).get("options") or ()
            }
            for column in table["columns"]
            if column["type"] in ("single-select", "multiple-select")
        }

    def name(self, column: str, cell: Any) -> Any:
        """A cell in the form in which it is compared."""
        names = self._names.get(column)
        if names is not None and isinstance(cell, list):
            return [{"option": names.get(option)} for option in cell] or None
        if names is not None and isinstance(cell, str):
            return {"option": names.get(cell)}
        return blank_to_none(cell)


def _shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:40]}… ({len(text)} characters)"
