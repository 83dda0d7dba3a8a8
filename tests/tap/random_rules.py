"""Rules of the state machine that flags switch on: see `random_base.BaseAndWarehouse`."""

from __future__ import annotations

import itertools
from typing import Any
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from seatable_client.api.base import Base
from seatable_client.errors import QuotaExhausted, ServerUnavailable
from tests.tap.support import read
from tests.tap.warehouse import before_reading

COLUMNS = (
    ("Name", "text", None),
    ("Amount", "number", None),
    ("Done", "checkbox", None),
    ("Choice", "single-select", {"options": [{"name": "a"}, {"name": "b"}]}),
    ("Double", "formula", {"formula": "{Amount} * 2"}),
)
TABLES = ("Tasks", "People", "Notes")
"""Tasks link to People; Notes stand alone."""
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "Name": st.text("xyzäß", max_size=3),
        "Amount": st.integers(-5, 5) | st.none(),
        "Done": st.booleans(),
        "Choice": st.sampled_from(["a", "b"]),
    },
)
INDEXES = st.lists(st.integers(0, 10_000), min_size=1, max_size=4)

LOGS = {
    "none": lambda _entries: [],
    "late": lambda entries: entries[1:],
    "with a gap": lambda entries: entries[:2] + entries[3:],
    "of other numbers": lambda entries: [
        {**entry, "op_id": entry["op_id"] - 1} for entry in entries
    ],
}
"""What the operations log may answer, given its true entries."""

OTHER_SETTINGS = (
    {"full_compare_interval": 0},
    {"page_size": 1},
    {"page_size": 1000},
    {"lookback_seconds": 3600},
    {"sketch_capacity": 100},
)

SELECTABLE = ("Name", "Amount", "Done", "Choice", "Double", "Owner", "Owner names")
MAPS: tuple[dict, ...] = (
    {},
    {"Twice": "(Name or '') * 2"},
    {"Name": "Name.upper() if Name else None"},
    {"Amount": None},
)

is_adverse = precondition(lambda machine: machine.adverse)
changes_selection = precondition(lambda machine: machine.changes_selection)
caps_pages = precondition(lambda machine: machine.caps_pages)


class _Parts:
    """What the rules use of the state machine."""

    sandbox: Any
    base: Any
    config: Any
    warehouse: Any
    deleted: Any
    deselected: Any
    caps: Any
    count_errors: Any
    run: Any
    catalog: Any
    load: Any
    edit: Any
    view_filter: Any
    quiet: bool


def column_definitions():
    """The columns as the sandbox takes them."""
    return [
        {"column_name": name, "column_type": column_type, "column_data": data}
        for name, column_type, data in COLUMNS
    ]


class AdverseRules(_Parts):
    """Wrong clocks, no log or a wrong one, other settings in single runs, a table made anew."""

    @is_adverse
    @rule(seconds=st.sampled_from([0.5, 5, 3600, 86_400]))
    def the_clock_goes_back(self, seconds):
        self.sandbox.clock.advance(-seconds)

    @is_adverse
    @rule(table=st.sampled_from(TABLES), indexes=INDEXES, change=VALUES)
    def an_edit_after_the_clock_went_back(self, table, indexes, change):
        self.run()
        self.sandbox.clock.advance(-3600)
        self.edit(table, indexes, change)
        self.run()

    @is_adverse
    @rule(log=st.sampled_from(sorted(LOGS)))
    def run_with_another_log(self, log):
        operations, change = Base.operations, LOGS[log]
        with mock.patch.object(
            Base, "operations", lambda base, page: change(operations(base, page))
        ):
            self.run()

    @is_adverse
    @rule()
    def run_with_a_broken_log(self):
        with mock.patch.object(Base, "operations", side_effect=ServerUnavailable("no log")):
            self.run()

    @is_adverse
    @rule(change=st.sampled_from(OTHER_SETTINGS))
    def run_with_other_settings(self, change):
        self.load(read({**self.config, **change}, state=self.warehouse.state))

    @is_adverse
    @rule(table=st.sampled_from(TABLES), other_type=st.sampled_from(["number", "long-text"]))
    def a_column_takes_another_type_and_its_old_one_again(self, table, other_type):
        """Its cells lose what the other type does not hold, and nothing else shows it."""
        self.base.change_column_type(table, "Name", other_type)
        self.base.change_column_type(table, "Name", "text")
        self.quiet = False

    @is_adverse
    @rule()
    def a_table_is_made_anew(self):
        """Of the same name: its rows are others."""
        self.base.delete_table("Notes")
        self.base.create_table("Notes", column_definitions())
        self.base.append_rows("Notes", [{"Name": "fresh"}])
        self.deleted["Notes"].clear()
        self.quiet = False


class PoorRules(_Parts):
    """A quota of calls ends in the middle of a run."""

    @rule(calls=st.integers(0, 9))
    def run_that_has_too_few_calls(self, calls):
        left = itertools.count(calls, -1)

        def pay(_parameters):
            if next(left) <= 0:
                raise QuotaExhausted("no calls are left")

        with before_reading(pay):
            result = read(self.config, catalog=self.catalog(), state=self.warehouse.state)
        self.warehouse.load(result.messages)
        self.quiet = False


class OddServerRules(_Parts):
    """The server caps pages, table by table, and counts rows wrongly; both change."""

    @caps_pages
    @rule(table=st.sampled_from(TABLES), rows=st.integers(1, 12) | st.none())
    def cap_the_pages_of_a_table(self, table, rows):
        """Often at the number of rows that it has, so that a page looks like all of them."""
        self.caps[table] = rows if rows is not None else max(len(self.base.rows(table)), 1)

    @caps_pages
    @rule(table=st.sampled_from(TABLES))
    def cap_no_pages_of_a_table(self, table):
        self.caps.pop(table, None)

    @caps_pages
    @rule(table=st.sampled_from(TABLES), error=st.integers(-8, 2))
    def count_the_rows_of_a_table_wrongly(self, table, error):
        self.count_errors[table] = error

    @caps_pages
    @rule()
    def count_rows_rightly(self):
        self.count_errors.clear()


class SelectionRules(_Parts):
    """The columns, conditions, view filters and maps change from run to run."""

    def read_by_maps(self, table):
        """The columns that the maps of a table read."""
        rules = self.config.get("stream_maps", {}).get(table, {})
        return {name for name in SELECTABLE for rule in rules.values() if rule and name in rule}

    @changes_selection
    @rule(table=st.sampled_from(TABLES), names=st.sets(st.sampled_from(SELECTABLE)))
    def select_other_columns(self, table, names):
        """But for those that a map reads: the run would end and name the map."""
        self.deselected[table] = names - self.read_by_maps(table)
        self.quiet = False

    @changes_selection
    @rule(
        table=st.sampled_from(TABLES),
        condition=st.sampled_from(["", "Amount > 0", "Name LIKE '%x%'", "Done = true"]),
    )
    def set_another_condition(self, table, condition):
        where = {**self.config.get("where", {}), table: condition}
        self.config["where"] = {name: text for name, text in where.items() if text}
        self.quiet = False

    @changes_selection
    @rule(is_read=st.booleans())
    def read_the_view_or_not(self, is_read):
        self.config["views"] = [{"table": "Notes", "view": "Few"}] if is_read else []
        self.quiet = False

    @changes_selection
    @rule(term=st.sampled_from(["v", "w", "x"]))
    def change_the_filter_of_the_view(self, term):
        view_filter = self.view_filter("Notes", "Name", "contains", term)
        self.base.change_view("Notes", "Few", filters=view_filter)
        self.quiet = False

    @changes_selection
    @rule(table=st.sampled_from(TABLES), rules=st.sampled_from(MAPS), flat=st.booleans())
    def set_another_map(self, table, rules, flat):
        maps = {**self.config.get("stream_maps", {}), table: rules}
        self.config["stream_maps"] = {name: found for name, found in maps.items() if found}
        self.deselected[table] = self.deselected.get(table, set()) - self.read_by_maps(table)
        self.config |= {"flattening_enabled": flat, "flattening_max_depth": 1}
        self.quiet = False
