"""What of a table is read: all of its rows, those that meet a condition, or those in a view.

A row that is edited can leave such bounds, or enter them, and its `_mtime` shows neither to whoever
reads only what is inside. So a table with bounds is compared whenever anything happened in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pendulum

from seatable_client.api import select
from seatable_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from seatable_client.metadata import Table, View

_FIXED = frozenset({None, "", "exact_date"})
"""What filters of a view compare days with that do not move with time."""


@dataclass(frozen=True)
class RowFilter:
    """Which rows of a table a stream holds.

    Attributes:
        table: the table.
        where: a condition in SQL; empty for all rows.
        view: the view that shows them; None for the table itself.
    """

    table: Table
    where: str = ""
    view: View | None = None

    @property
    def narrow(self) -> bool:
        """Whether there can be rows outside."""
        return bool(self.where or self.view)

    @property
    def definition(self) -> list[Any]:
        """What makes these bounds what they are, for comparing them with those of the last run."""
        if self.view is None:
            return [self.where] if self.where else []
        view = self.view
        return [view.id, view.type, view.filter_conjunction, view.filters, view.groups]

    def moved(self, then: datetime, now: datetime, zone: Callable[[], tzinfo]) -> str:
        """Why time alone may have changed since then which rows are inside; empty if it cannot.

        Args:
            then: when the rows were compared.
            now: the server's clock.
            zone: tells the server's zone, in which its days begin.
        """
        expressions = self._expressions()
        daily = any(rule.get("filter_term_modifier") not in _FIXED for rule in self._filters)
        if any(select.calls_function(one, {"now"}) for one in expressions):
            return "what is read of it depends on the time"
        if daily or any(select.calls_function(one, {"today"}) for one in expressions):
            day, last = (moment.astimezone(zone()).date() for moment in (now, then))
            return "what is read of it depends on the day" if day != last else ""
        return ""

    def _expressions(self) -> list[str]:
        """What decides which rows are inside, and the formulas that it leads to by their names."""
        filtered = {rule.get("column_key") for rule in self._filters}
        names = [column.name for column in self.table.columns if column.key in filtered]
        found = [one for one in (self.where, *names) if one]
        formulas = {
            column.name: str(column.data["formula"])
            for column in self.table.columns
            if column.data.get("formula")
        }
        for expression in found:  # which grows by each formula that is named in it
            named = [name for name in formulas if _mentions(expression, name)]
            found.extend(map(formulas.pop, named))
        return found

    @property
    def _filters(self) -> list[Mapping[str, Any]]:
        return [rule for rule in (self.view.filters if self.view else ()) if isinstance(rule, dict)]


def parse_start_date(value: str | None) -> datetime | None:
    """The setting `start_date` as a moment; without an offset it is in UTC.

    Raises:
        ConfigError: it is no date.
    """
    if not value:
        return None
    try:
        parsed = pendulum.parse(value, exact=True)
    except ValueError:
        parsed = None
    # Pendulum takes "now", too, which would be another moment with each run.
    if isinstance(parsed, pendulum.DateTime) and value[0].isdecimal():
        return datetime.fromtimestamp(parsed.timestamp(), timezone.utc)
    if isinstance(parsed, pendulum.Date) and value[0].isdecimal():
        return datetime(parsed.year, parsed.month, parsed.day, tzinfo=timezone.utc)
    raise ConfigError(f"start_date {value!r} is no date; use a form such as 2024-01-01T00:00:00Z.")


def conditions(setting: Mapping[str, str] | None) -> dict[str, str]:
    """The conditions of the setting `where`, by table name.

    Raises:
        ConfigError: one cannot be a condition.
    """
    found = {table: condition.strip() for table, condition in (setting or {}).items()}
    for table, condition in found.items():
        try:
            select.check_condition(condition)
        except ValueError as error:  # noqa: PERF203
            raise ConfigError(
                f"The setting where gives table {table!r} the condition {condition!r}, but {error}."
            ) from None
    return {table: condition for table, condition in found.items() if condition}


def _mentions(expression: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", expression, re.IGNORECASE))
