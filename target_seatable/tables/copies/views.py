"""Views of copied tables, how their columns look, and the list of what no copy has.

A view refers to columns by their keys and to options by their ids, which are others in the copy.
Both are made when everything else is stored: a failure costs a view and nothing more. They are
made in tables that this run has made, and in those whose only view is as the server has made it:
the run that made such a table did not come to its views.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from seatable_client.errors import AmbiguousWriteError, NotFound, SeaTableError
from target_seatable.tables.copies.column_looks import CopiedLooks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatable_client.metadata import Column, Table
    from target_seatable.schema import StreamSchema
    from target_seatable.tables.copies.columns import CopiedColumns
    from target_seatable.tables.stream_tables import StreamTables

    Given = Mapping[str, Any]

log = logging.getLogger(__name__)

NEVER_COPIED = (
    "comments, colours of rows and cells, the height of rows, the manual order of rows, locks, "
    "automations, forms, apps, scripts, permissions and sharing, snapshots and the history"
)
"""What no copy has: the API does not create it, or a row at a time and under another name."""


class _CannotCopyError(Exception):
    """The copy does not have what a view refers to."""


class CopiedViews:
    """The views of the tables that this run copies.

    Args:
        tables: the tables of the streams.
        copied: the streams that are tables of another base.
    """

    def __init__(self, tables: StreamTables, copied: CopiedColumns) -> None:
        self._tables = tables
        self._copied = copied
        self._looks = CopiedLooks(tables)
        self._left_out: list[str] = []
        self._is_refused = False

    def make(self) -> None:
        """Make the views, set the widths, and log once what the copy does not have."""
        made = 0
        for stream in self._copied.streams:
            table = self._tables.table(stream)
            views = stream.source.get("views") or []
            if table is None or self._tables.dry_run:
                continue
            is_new = self._tables.has_made(table)
            if is_new:
                made += 1
            elif self._is_refused or not _is_untouched(views, table):
                continue
            self._looks.set(stream, table)
            for view in _in_order(views, table):
                self._make_view(
                    stream, table, view, is_first=view is views[0], tells_reasons=is_new
                )
        if self._left_out:
            log.warning("Views that are not copied: %s.", "; ".join(self._left_out))
        if self._looks.refusal:
            log.warning("Widths of columns that are not copied: %s.", self._looks.refusal)
        if made:
            log.info(
                "Not copied, as the API does not offer it: %s. See the page 'Move a base'.",
                NEVER_COPIED,
            )

    def _make_view(
        self,
        stream: StreamSchema,
        table: Table,
        view: Given,
        *,
        is_first: bool,
        tells_reasons: bool,
    ) -> None:
        """Make one view; the first is the one that the server has made with the table."""
        name = str(view.get("name"))
        base = self._tables.base
        former = table.views[0].name if is_first and table.views else None
        has_added = False
        try:
            settings = _Reference(stream, table).settings(view)
            if former is None:
                base.add_view(table.name, name)
                has_added = True
            elif former != name:
                settings = {"name": name, **settings}
            if settings:
                base.change_view(table.name, former or name, settings)
        except _CannotCopyError as reason:
            if tells_reasons:  # else the run that made the table has logged them
                self._leave_out(table, name, str(reason))
        except SeaTableError as reason:
            self._is_refused = True
            text = str(reason).rstrip(".")
            has_added |= former is None and isinstance(reason, AmbiguousWriteError)
            if has_added and not self._remove_view(table, name):
                text += ". The copy has a view of this name, which shows all rows: delete it"
            self._leave_out(table, name, text)

    def _leave_out(self, table: Table, name: str, reason: str) -> None:
        self._left_out.append(f"{name!r} of table {table.name!r}, because {reason}")

    def _remove_view(self, table: Table, name: str) -> bool:
        """Remove a view that did not get its settings, and would show what it should not."""
        try:
            self._tables.base.delete_view(table.name, name)
        except NotFound:
            return True
        except SeaTableError:
            return False
        return True


def _in_order(views: Sequence[Given], table: Table) -> Sequence[Given]:
    """Views with the first one last: as long as it is not changed, a later run begins anew.

    Unless another one is to have the name that the server has given to the first.
    """
    first, *others = views or (None,)
    if first is None:
        return ()
    taken = {view.name for view in table.views}
    if any(view.get("name") in taken for view in others):
        return views
    return [*others, first]


def _is_untouched(views: Sequence[Given], table: Table) -> bool:
    """Whether a table has nothing but the view that the server has made, and should have more."""
    if not views or len(table.views) != 1:
        return False
    (own,) = table.views
    return not (own.restricts or own.sorts or own.groups)


class _Reference:
    """What the keys and ids of a table in the source are in its copy.

    Args:
        stream: the table in the source.
        table: the copy.
    """

    def __init__(self, stream: StreamSchema, table: Table) -> None:
        self._stream = stream
        self._table = table

    def settings(self, view: Given) -> dict[str, Any]:
        """The settings of a view in the terms of the copy.

        Raises:
            _CannotCopyError: it would show other rows, or in another order, or to other people.
        """
        if view.get("is_private"):
            raise _CannotCopyError("it is a person's own")
        if view.get("type"):
            raise _CannotCopyError(f"it is of type {view['type']}")
        made: dict[str, Any] = {}
        if view.get("filters"):
            made["filters"] = [self._filter(rule) for rule in view["filters"]]
            made["filter_conjunction"] = view.get("filter_conjunction") or "And"
        for name in ("sorts", "groupbys"):
            if view.get(name):
                made[name] = [self._rule(rule) for rule in view[name]]
        hidden = [self._column(key) for key in view.get("hidden_columns") or ()]
        if keys := [column.key for column in hidden if column is not None]:
            made["hidden_columns"] = keys
        return made

    def _rule(self, rule: Given) -> dict[str, Any]:
        key = rule.get("column_key")
        column = self._column(key)
        if column is None:
            raise _CannotCopyError(f"it uses a column that is not copied ({self._name_of(key)})")
        return {**rule, "column_key": column.key}

    def _filter(self, rule: Given) -> dict[str, Any]:
        made, term = self._rule(rule), rule.get("filter_term")
        column = self._column(rule.get("column_key"))
        source = self._source(rule.get("column_key"))
        options = {
            str(option.get("id")): option.get("name") for option in _options_of(source.get("data"))
        }
        if options and column is not None:
            ids = {option.get("name"): option.get("id") for option in _options_of(column.data)}

            def in_copy(option: Any) -> Any:
                if option not in options:
                    return option  # a name, which old servers take, or nothing
                if (made_id := ids.get(options[option])) is None:
                    raise _CannotCopyError(f"option {options[option]!r} is not copied")
                return made_id

            made["filter_term"] = _map_term(term, in_copy)
        return made

    def _source(self, key: Any) -> Given:
        """A column of the source."""
        prop = self._stream.property_by_key(key) if key else None
        return self._stream.seatable_column(prop) if prop else {}

    def _name_of(self, key: Any) -> str:
        return repr(str(self._source(key).get("name") or key))

    def _column(self, key: Any) -> Column | None:
        """The column of the copy for a key of the source; None if it has none."""
        prop = self._stream.property_by_key(key) if key else None
        return self._table.by_name.get(self._stream.column_name(prop)) if prop else None


def _options_of(data: Given | None) -> Sequence[Given]:
    """The options of a select column, or of the column that a lookup shows."""
    own = data or {}
    return own.get("options") or (own.get("array_data") or {}).get("options") or ()


def _map_term(term: Any, in_copy: Callable[[Any], Any]) -> Any:
    """What a filter compares with: one option, or several."""
    options: Sequence[Any] = term if isinstance(term, list) else [term]
    made = [in_copy(option) if isinstance(option, str) else option for option in options]
    return made if isinstance(term, list) else made[0]
