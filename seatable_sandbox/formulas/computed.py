"""Links, lookups and formulas: values that are worked out when they are read.

Nothing is kept between two answers, so a change in one row shows at once in all rows that look at
it, while their `_mtime` stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.columns.dates import wall_clock
from seatable_sandbox.columns.types import javascript_string, type_of
from seatable_sandbox.engine.links import linked_rows
from seatable_sandbox.formulas.formula import Evaluation, FormulaError, parse
from seatable_sandbox.model.model import Base, Column, Table, other_table_id
from seatable_sandbox.model.store import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine.engine import Engine

__all__ = ["Computer", "FormulaError"]


class Computer:
    """Works out columns of one base for one answer.

    Values are typed for further calculation: dates are datetimes, selects are option names. Within
    one answer nothing is worked out twice.
    """

    def __init__(self, engine: Engine, base: Base, most_links: int | None = None) -> None:
        self.engine = engine
        self.base = base
        self._most_links = most_links or engine.profile.max_links_per_cell
        self._now = datetime.fromtimestamp(engine.clock.timestamp(), engine.zone).replace(
            tzinfo=None, microsecond=0
        )
        self._known: dict[tuple[str, str], dict[str, Any]] = {}
        self._running: set[tuple[str, str]] = set()

    def values(self, table: Table, column: Column, row_ids: Sequence[str]) -> dict[str, Any]:
        """Values of one column by row id, for at least these rows."""
        place = (table.id, column.key)
        known = self._known.setdefault(place, {})
        missing = [row_id for row_id in dict.fromkeys(row_ids) if row_id not in known]
        if not missing:
            return known
        if place in self._running:
            # A formula that depends on itself.
            known.update(dict.fromkeys(missing, FormulaError("#ERROR!")))
            return known
        self._running.add(place)
        try:
            known.update(self._work_out(table, column, missing))
        finally:
            self._running.discard(place)
        return known

    def _work_out(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
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
                f"SELECT _id, {quoted(column.physical)} FROM {quoted(table.physical)}"
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
            return wall_clock(stored)
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

    def _others(
        self, table: Table, column: Column, row_ids: list[str]
    ) -> tuple[Table | None, dict[str, list[str]]]:
        other = self.base.table_with_id(other_table_id(table, column))
        if other is None:
            return None, {}
        return other, linked_rows(self.engine, self.base, table, column, row_ids)

    def _links(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        other, links = self._others(table, column, row_ids)
        result: dict[str, Any] = dict.fromkeys(row_ids)
        if other is None:
            return result
        most = self._most_links
        shown = other.column_keyed(column.setting("display_column_key")) or other.columns[0]
        wanted = [one for ids in links.values() for one in ids[:most]]
        displays = self.values(other, shown, wanted)
        for row_id, linked in links.items():
            result[row_id] = [
                {"row_id": one, "display_value": displays.get(one)} for one in linked[:most]
            ] or None
        return result

    def _link_formula(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        result: dict[str, Any] = dict.fromkeys(row_ids)
        link = table.column_keyed(column.setting("link_column_key"))
        if link is None or link.type != "link":
            return dict.fromkeys(row_ids, FormulaError("#REF!"))
        other, links = self._others(table, link, row_ids)
        formula = column.setting("formula")
        if formula == "count_links":
            return {row_id: len(links.get(row_id, ())) for row_id in row_ids}
        if other is None:
            return result
        key = column.setting("column_key_in_linked_record") or column.setting(
            "level1_linked_table_column_key"
        )
        target = other.column_keyed(key)
        if target is None:
            return dict.fromkeys(row_ids, FormulaError("#REF!"))
        everyone = [one for linked in links.values() for one in linked]
        values = self.values(other, target, everyone)
        compared: dict[str, Any] = {}
        if formula in ("findmax", "findmin"):
            by = other.column_keyed(column.setting("column_key_for_comparison"))
            compared = self.values(other, by, everyone) if by else {}
        for row_id, linked in links.items():
            present = [one for one in linked if values.get(one) is not None]
            if formula == "lookup":
                result[row_id] = [values[one] for one in present] or None
            elif formula == "rollup":
                method = str(column.setting("summary_method") or "sum")
                result[row_id] = _rolled_up(method, [values[one] for one in present])
            else:
                result[row_id] = _extreme(formula == "findmax", linked, compared, values)
        return result

    # Formulas -----------------------------------------------------------------------------------

    def _formula(self, table: Table, column: Column, row_ids: list[str]) -> dict[str, Any]:
        formula = parse(str(column.setting("formula") or ""))
        if isinstance(formula, FormulaError):
            return dict.fromkeys(row_ids, formula)
        evaluation = Evaluation(formula, self._now)
        inputs: dict[str, dict[str, Any]] = {}
        for name in formula.columns:
            operand = table.column_named(name)
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
    """A cell inside a formula: a linked row counts as what it displays."""
    if isinstance(value, list):
        return [
            item["display_value"] if isinstance(item, dict) and "display_value" in item else item
            for item in value
        ]
    return value


def _extreme(
    largest: bool, linked: Sequence[str], compared: dict[str, Any], values: dict[str, Any]
) -> list[Any] | None:
    comparable = [one for one in linked if compared.get(one) is not None]
    if not comparable:
        return None
    choose = max if largest else min
    found = values.get(choose(comparable, key=lambda one: compared[one]))
    return None if found is None else [found]


def _rolled_up(method: str, values: list[Any]) -> Any:
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
        # Fifteen significant digits, so that 1.2500000000000002 does not show.
        return float(f"{average:.15g}")
    return max(numbers) if method == "max" else min(numbers)
