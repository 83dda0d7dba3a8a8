"""The state machine under worse conditions: wrong clocks, no log, other settings in every run."""

from __future__ import annotations

import os
from unittest import mock

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from seatable_client.api.base import Base
from seatable_client.errors import ServerUnavailable
from tests.tap.support import read
from tests.tap.test_model import COLUMNS, INDEXES, TABLES, VALUES, BaseAndWarehouse, live_through

EXAMPLES = 600 if os.environ.get("SEATABLE_SOAK") else 8

LOGS = {
    "none": lambda _entries: [],
    "late": lambda entries: entries[1:],
    "with a gap": lambda entries: entries[:2] + entries[3:],
    "of other numbers": lambda entries: [{**one, "op_id": one["op_id"] - 1} for one in entries],
}
SETTINGS = (
    {"full_compare_interval": 0},
    {"page_size": 1},
    {"page_size": 1000},
    {"lookback_seconds": 3600},
    {"sketch_capacity": 100},
)


class WorseConditions(BaseAndWarehouse):
    """What else may happen to a base, its server and its runs."""

    archives = True

    @rule(seconds=st.sampled_from([0.5, 5, 3600, 86_400]))
    def the_clock_goes_back(self, seconds):
        self.sandbox.clock.advance(-seconds)

    @rule(table=st.sampled_from(TABLES), indexes=INDEXES, change=VALUES)
    def an_edit_after_the_clock_went_back(self, table, indexes, change):
        self.run()
        self.sandbox.clock.advance(-3600)
        self.edit(table, indexes, change)
        self.run()

    @rule(log=st.sampled_from(sorted(LOGS)))
    def run_with_another_log(self, log):
        real, change = Base.operations, LOGS[log]
        with mock.patch.object(Base, "operations", lambda base, page: change(real(base, page))):
            self.run()

    @rule()
    def run_with_a_broken_log(self):
        with mock.patch.object(Base, "operations", side_effect=ServerUnavailable("no log")):
            self.run()

    @rule(change=st.sampled_from(SETTINGS))
    def run_with_other_settings(self, change):
        result = read({**self.config, **change}, state=self.warehouse.state)
        assert not result.error
        self.warehouse.load(result.messages)
        self.quiet = True

    @rule(table=st.sampled_from(TABLES), kind=st.sampled_from(["number", "long-text"]))
    def a_column_takes_another_type_and_its_old_one_again(self, table, kind):
        """Its cells lose what the other type does not hold, and nothing else shows it."""
        self.base.change_column_type(table, "Name", kind)
        self.base.change_column_type(table, "Name", "text")
        self.quiet = False

    @rule()
    def a_table_is_made_anew(self):
        """Of the same name: its rows are others."""
        columns = [{"column_name": n, "column_type": t, "column_data": d} for n, t, d in COLUMNS]
        self.base.delete_table("Notes")
        self.base.create_table("Notes", columns)
        self.base.append_rows("Notes", [{"Name": "fresh"}])
        self.deleted["Notes"].clear()
        self.quiet = False


class VersionsUnderWorseConditions(WorseConditions):
    """The same, with deletions told by versions."""

    settings: dict = {"deletes": "versions"}  # noqa: RUF012


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("machine", [WorseConditions, VersionsUnderWorseConditions])
def test_after_a_quiet_run_the_warehouse_equals_the_base(machine):
    live_through(machine, examples=EXAMPLES)
