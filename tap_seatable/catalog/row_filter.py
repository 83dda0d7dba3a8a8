"""The filter of a table's rows: all, those of a condition, of a view or since a date.

An edit can take a row out of a condition or a view, or bring one in, and `_mtime` shows neither to
a read of the remaining rows. So a filtered table is compared whenever anything happened in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatable_client.api import calls_function
from seatable_client.column_types import type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from seatable_client.metadata import Table, View

_FIXED_TERMS = frozenset({None, "", "exact_date"})
"""What filters of a view compare days with that does not move with time."""


@dataclass(frozen=True)
class RowFilter:
    """Which rows of a table a stream holds.

    Attributes:
        table: the table.
        where: a condition in SQL; empty for all rows.
        setting: the condition as the setting has it, with names that may have changed since.
        named: keys of the columns and ids of the options that these names mean.
        view: the view that shows them; None for the table itself.
        start_date: only rows changed since then; None for all rows.
        formulas: of all tables of the base; a lookup or a link may show what they result in.
    """

    table: Table
    where: str = ""
    setting: str = ""
    named: Sequence[str] = ()
    view: View | None = None
    start_date: datetime | None = None
    formulas: Sequence[str] = ()

    @property
    def can_drop_rows(self) -> bool:
        """Whether an edit can take a row out of what is read, or bring one in."""
        return bool(self.where or self.view)

    @property
    def definition(self) -> list[Any]:
        """What the condition and the view consist of, for a comparison with the last run's.

        The same names mean other columns and options as soon as discovery is run again.
        """
        if self.view is None:
            return [self.setting or self.where, *self.named] if self.where else []
        view = self.view
        return [view.id, view.type, view.filter_conjunction, view.filters, view.groups]

    def stale_reason(self, then: datetime, now: datetime, zone: Callable[[], tzinfo]) -> str:
        """Why time alone may have moved rows in or out since then; empty if it cannot.

        Args:
            then: when the rows were compared.
            now: the server's clock.
            zone: returns the server's zone, in which its days begin.
        """
        expressions = self._expressions()
        by_day = any(rule.get("filter_term_modifier") not in _FIXED_TERMS for rule in self._rules)
        if any(calls_function(expression, {"now"}) for expression in expressions):
            return "its filter depends on the time"
        if by_day or any(calls_function(expression, {"today"}) for expression in expressions):
            today, that_day = (moment.astimezone(zone()).date() for moment in (now, then))
            return "its filter depends on the day" if today != that_day else ""
        return ""

    def _expressions(self) -> list[str]:
        """The condition, the names of filtered columns, and all formulas that these refer to.

        Through a link they may refer to any formula of the base.
        """
        filtered = {rule.get("column_key") for rule in self._rules}
        names = [column.name for column in self.table.columns if column.key in filtered]
        expressions = [text for text in (self.where, *names) if text]
        formulas = {
            column.name: str(column.data["formula"])
            for column in self.table.columns
            if column.data.get("formula")
        }
        for expression in expressions:  # which grows by each formula that is named in it
            mentioned = [name for name in formulas if _mentions(expression, name)]
            expressions.extend(map(formulas.pop, mentioned))
        links = [column.name for column in self.table.columns if type_of(column).is_connection]
        if any(_mentions(expression, name) for name in links for expression in expressions):
            expressions.extend(self.formulas)
        return expressions

    @property
    def _rules(self) -> list[Mapping[str, Any]]:
        return [rule for rule in (self.view.filters if self.view else ()) if isinstance(rule, dict)]


def _mentions(expression: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", expression, re.IGNORECASE))
