"""Links, lookups and formulas: values that are computed when they are read.

Nothing is cached between two answers, so a change of a row shows at once in all rows that use it,
whose `_mtime` does not change.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns import javascript_string, parse_stored_date, type_of
from seatable_sandbox.engine import find_linked_rows
from seatable_sandbox.formulas.formula import Evaluation, FormulaError, parse
from seatable_sandbox.model import Base, Column, Table, other_table_id, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Engine

__all__ = ["Computer", "FormulaError"]


class Computer:
    """Computes columns of a base for one answer, each cell once.

    Values are typed for further computation: dates are datetimes, selects are option names.
    """

    def __init__(self, engine: Engine, base: Base, max_links: int | None = None) -> None:
        self.engine = engine
        self.base = base
        self._max_links = max_links or engine.profile.max_links_per_cell
        self._now = datetime.fromtimestamp(engine.clock.timestamp(), engine.zone).replace(
            tzinfo=None, microsecond=0
        )
        self._cache: dict[tuple[str, str], dict[str, Any]] = {}
        self._running: set[tuple[str, str]] = set()

    def values(self, table: Table, column: Column, row_ids: Sequence[str]) -> dict[str, Any]:
        """The values of a column by row id, for at least these rows."""
        place = (table.id, column.key)
        cells = self._cache.setdefault(place, {})
        missing = [row_id for row_id in dict.fromkeys(row_ids) if row_id not in cells]
        if not missing:
            return cells
        if place in self._running:
            # The formula depends on itself.
            cells.update(dict.fromkeys(missing, FormulaError("#ERROR!")))
            return cells
        self._running.add(place)
        try:
            cells.update(self._compute(table, column, missing))
        finally:
            self._running.discard(place)
        return cells

    def _compute(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        if column.type == "link":
            return self._links(table, column, row_ids)
        if column.type == "link-formula":
            return self._link_formula(table, column, row_ids)
        if column.type == "formula":
            return self._formula(table, column, row_ids)
        return self._stored(table, column, row_ids)

    def _stored(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        found = dict(
            self.engine.store.execute(
                f"SELECT _id, {quote(column.physical)} FROM {quote(table.physical)}"
                " WHERE _id IN (SELECT value FROM json_each(?))",
                (msgspec.json.encode(row_ids).decode(),),
            )
        )
        kind = type_of(column).kind
        names = {option["id"]: option["name"] for option in column.options}
        result: dict[str, Any] = dict.fromkeys(row_ids)
        for row_id, stored in found.items():
            if stored is not None:
                result[row_id] = self._typed(kind, names, stored)
        return result

    def _typed(self, kind: str, names: dict[Any, Any], stored: Any) -> Any:
        if kind == "date":
            return parse_stored_date(stored)
        if kind == "time":
            return datetime.fromtimestamp(stored / 1000, self.engine.zone)
        if kind == "bool":
            return bool(stored)
        if kind == "select":
            return names.get(stored)
        if kind == "multi":
            return [names[key] for key in msgspec.json.decode(stored) if key in names] or None
        if kind in ("list", "opaque"):
            return msgspec.json.decode(stored)
        return stored

    # Links --------------------------------------------------------------------------------------

    def _find_links(
        self, table: Table, column: Column, row_ids: list[str]
    ) -> tuple[Table | None, dict[str, list[str]]]:
        """The table at the other end, if it still exists, and ids of its rows by row id."""
        other = self.base.table_by_id(other_table_id(table, column))
        if other is None:
            return None, {}
        return other, find_linked_rows(self.engine, self.base, table, column, row_ids)

    def _links(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        other, links = self._find_links(table, column, row_ids)
        result: dict[str, Any] = dict.fromkeys(row_ids)
        if other is None:
            return result
        display = other.column_by_key(column.setting("display_column_key")) or other.columns[0]
        limit = self._max_links
        shown = {row_id: linked_ids[:limit] for row_id, linked_ids in links.items()}
        values = self.values(other, display, [key for ids in shown.values() for key in ids])
        for row_id, linked_ids in shown.items():
            result[row_id] = [
                {"row_id": linked_id, "display_value": values.get(linked_id)}
                for linked_id in linked_ids
            ] or None
        return result

    def _link_formula(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        result: dict[str, Any] = dict.fromkeys(row_ids)
        link = table.column_by_key(column.setting("link_column_key"))
        if link is None or link.type != "link":
            return dict.fromkeys(row_ids, FormulaError("#REF!"))
        other, links = self._find_links(table, link, row_ids)
        formula = column.setting("formula")
        if formula == "count_links":
            return {row_id: len(links.get(row_id, ())) for row_id in row_ids}
        if other is None:
            return result
        key = column.setting("column_key_in_linked_record") or column.setting(
            "level1_linked_table_column_key"
        )
        target = other.column_by_key(key)
        if target is None:
            return dict.fromkeys(row_ids, FormulaError("#REF!"))
        all_linked = [linked_id for linked_ids in links.values() for linked_id in linked_ids]
        values = self.values(other, target, all_linked)
        compared: dict[str, Any] = {}
        if formula in ("findmax", "findmin"):
            comparison = other.column_by_key(column.setting("column_key_for_comparison"))
            compared = self.values(other, comparison, all_linked) if comparison else {}
        for row_id, linked_ids in links.items():
            present = [
                values[linked_id] for linked_id in linked_ids if values.get(linked_id) is not None
            ]
            if formula == "lookup":
                result[row_id] = present or None
            elif formula == "rollup":
                method = str(column.setting("summary_method") or "sum")
                result[row_id] = _roll_up(method, present)
            else:
                result[row_id] = _find_extreme(formula == "findmax", linked_ids, compared, values)
        return result

    # Formulas -----------------------------------------------------------------------------------

    def _formula(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        formula = parse(str(column.setting("formula") or ""))
        if isinstance(formula, FormulaError):
            return dict.fromkeys(row_ids, formula)
        evaluation = Evaluation(formula, self._now)
        inputs: dict[str, dict[str, Any]] = {}
        for name in formula.columns:
            operand = table.column_by_name(name)
            if operand is not None:
                inputs[name] = {
                    row_id: _operand(value)
                    for row_id, value in self.values(table, operand, row_ids).items()
                }
        return {
            row_id: evaluation.value({name: cells.get(row_id) for name, cells in inputs.items()})
            for row_id in row_ids
        }


def _operand(value: Any) -> Any:
    """A cell as an operand of a formula, in which a linked row is what it displays."""
    if isinstance(value, list):
        return [
            item["display_value"] if isinstance(item, dict) and "display_value" in item else item
            for item in value
        ]
    return value


def _find_extreme(
    largest: bool, linked_ids: Sequence[str], compared: dict[str, Any], values: dict[str, Any]
) -> list[Any] | None:
    comparable = [linked_id for linked_id in linked_ids if compared.get(linked_id) is not None]
    if not comparable:
        return None
    choose = max if largest else min
    found = values.get(choose(comparable, key=compared.__getitem__))
    return None if found is None else [found]


def _roll_up(method: str, values: list[Any]) -> Any:
    if method == "concatenate":
        return " ".join(javascript_string(value) for value in values) or None
    numbers = [value for value in values if isinstance(value, (int, float))]
    if method in ("counta", "count", "countall"):
        return len(values)
    if method == "sum":
        return sum(numbers)
    if not numbers:
        return None
    if method == "average":
        average = sum(numbers) / len(numbers)
        # Fifteen significant digits: 1.2500000000000002 becomes 1.25.
        return float(f"{average:.15g}")
    return max(numbers) if method == "max" else min(numbers)
