"""The state machine where what is wanted changes from run to run: columns, rows, a view, maps.

What a warehouse holds after a quiet run must equal what a first run with the same wishes brings.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.tap.support import discover, read
from tests.tap.test_model import TABLES, BaseAndWarehouse, Warehouse, live_through

EXAMPLES = 300 if os.environ.get("SEATABLE_SOAK") else 15

VIEW = "Notes_Few"
SOME_COLUMNS = ("Name", "Amount", "Done", "Choice", "Double", "Owner", "Owner names")
MAPS: tuple[dict, ...] = (
    {},
    {"Twice": "(Name or '') * 2"},
    {"Name": "Name.upper() if Name else None"},
    {"Amount": None},
)


class ChangingWishes(BaseAndWarehouse):
    """Whoever runs the tap changes their mind."""

    @initialize()
    def start(self):
        super().start()
        self.base.add_view("Notes", "Few", filters=self.names_with("v"))
        self.left_out: dict[str, set[str]] = {}

    def names_with(self, term):
        """A view's filter."""
        tables = self.base.metadata()["metadata"]["tables"]
        (notes,) = (one for one in tables if one["name"] == "Notes")
        (key,) = (one["key"] for one in notes["columns"] if one["name"] == "Name")
        return [{"column_key": key, "filter_predicate": "contains", "filter_term": term}]

    def catalog(self):
        catalog = discover(self.config)
        for entry in catalog["streams"]:
            left_out = self.left_out.get(entry["tap_stream_id"], set())
            for item in entry["metadata"]:
                item["metadata"]["selected"] = left_out.isdisjoint(item["breadcrumb"])
        return catalog

    @rule(table=st.sampled_from(TABLES), names=st.sets(st.sampled_from(SOME_COLUMNS)))
    def other_columns(self, table, names):
        self.left_out[table] = names
        self.quiet = False

    @rule(
        table=st.sampled_from(TABLES),
        condition=st.sampled_from(["", "Amount > 0", "Name LIKE '%x%'", "Done = true"]),
    )
    def another_condition(self, table, condition):
        where = {**self.config.get("where", {}), table: condition}
        self.config["where"] = {name: one for name, one in where.items() if one}
        self.quiet = False

    @rule(wanted=st.booleans())
    def a_view(self, wanted):
        self.config["views"] = [{"table": "Notes", "view": "Few"}] if wanted else []
        self.quiet = False

    @rule(term=st.sampled_from(["v", "w", "x"]))
    def another_filter_of_the_view(self, term):
        self.base.change_view("Notes", "Few", filters=self.names_with(term))
        self.quiet = False

    @rule(table=st.sampled_from(TABLES), wanted=st.sampled_from(MAPS), flat=st.booleans())
    def another_map(self, table, wanted, flat):
        maps = {**self.config.get("stream_maps", {}), table: wanted}
        self.config["stream_maps"] = {name: one for name, one in maps.items() if one}
        self.config |= {"flattening_enabled": flat, "flattening_max_depth": 1}
        self.quiet = False

    def read(self):
        return read(self.config, catalog=self.catalog(), state=self.warehouse.state)

    @invariant()
    def equal_after_a_quiet_run(self):
        if not getattr(self, "quiet", False):
            return
        fresh = Warehouse()
        fresh.load(read(self.config, catalog=self.catalog()).messages)
        streams = [*TABLES, *([VIEW] if self.config.get("views") else [])]
        for stream in streams:
            assert self.warehouse.rows(stream) == fresh.rows(stream), stream


@pytest.mark.timeout(3600)
def test_after_a_quiet_run_the_warehouse_has_what_is_wanted_now():
    live_through(ChangingWishes, examples=EXAMPLES)
