"""Whatever happens to a base, after a quiet run the warehouse equals it.

A state machine edits a base at random, between runs and during them, breaks runs off and changes
the structure. The warehouse is what a loader would hold that acts on tombstones and on
ACTIVATE_VERSION; the oracle is the base itself.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from seatable_client.api.base import Base
from seatable_client.api.v1 import LIST_ROWS
from seatable_client.errors import RequestRejected
from seatable_sandbox import Sandbox
from tap_seatable.sync import table_sync
from tests.tap.support import config_of, read

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


@dataclass
class Warehouse:
    """What a loader holds: per table the rows by key, each with the version it came with."""

    tables: dict[str, dict[str, tuple[int, dict]]] = field(default_factory=dict)
    state: dict = field(default_factory=dict)

    def load(self, messages):
        for message in messages:
            rows = self.tables.setdefault(message.get("stream", ""), {})
            if message["type"] == "RECORD":
                record = message["record"]
                if record["_deleted_at"]:
                    rows.pop(record["_id"], None)
                else:
                    rows[record["_id"]] = (message["version"], record)
            elif message["type"] == "ACTIVATE_VERSION":
                for key in [key for key, (v, _) in rows.items() if v != message["version"]]:
                    del rows[key]
            elif message["type"] == "STATE":
                self.state = message["value"]

    def rows(self, table):
        return {key: record for key, (_, record) in self.tables.get(table, {}).items()}


class BaseAndWarehouse(RuleBasedStateMachine):
    """Random life of a base, and runs of the tap now and then."""

    server: dict = {}  # noqa: RUF012
    settings: dict = {}  # noqa: RUF012
    bare_links = False
    has_log = True
    archives = False

    @initialize()
    def start(self):
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(mock.patch.object(table_sync, "CURSOR_ROWS", 4))
        sandbox = self.stack.enter_context(Sandbox(**self.server))
        self.sandbox = sandbox
        self.base = sandbox.create_base("Base")
        for table in TABLES:
            self.base.create_table(
                table,
                [{"column_name": n, "column_type": t, "column_data": d} for n, t, d in COLUMNS],
            )
        self.base.add_column("Tasks", "Owner", "link", {"table": "Tasks", "other_table": "People"})
        names = {"formula": "lookup", "link_column": "Owner", "level1_linked_column": "Name"}
        self.base.add_column("Tasks", "Owner names", "link-formula", names)
        self.config = {
            **config_of(sandbox, self.base),
            "page_size": 3,
            "lookback_seconds": 0,
            "sketch_capacity": 16,
            **self.settings,
        }
        for table in TABLES:
            self.base.append_rows(table, [{"Name": name} for name in "vwxyz"])
        self.warehouse = Warehouse()
        self.deleted: dict[str, list] = {table: [] for table in TABLES}
        self.quiet = False
        self.extra = 0

    def teardown(self):
        if hasattr(self, "stack"):
            self.stack.close()

    def ids(self, table, indexes, *, archived=False):
        """Some rows; what is done to those in big data storage is found late, as documented."""
        rows = [row for row in self.base.rows(table) if bool(row.get("_archived")) == archived]
        ids = sorted(row["_id"] for row in rows)
        return list(dict.fromkeys(ids[index % len(ids)] for index in indexes)) if ids else []

    def columns(self, table):
        tables = {one["name"]: one for one in self.base.metadata()["metadata"]["tables"]}
        return {column["name"]: column for column in tables[table]["columns"]}

    # What people do

    @rule(table=st.sampled_from(TABLES), rows=st.lists(VALUES, min_size=1, max_size=6))
    def append(self, table, rows):
        self.base.append_rows(table, [{"Name": "new", **row} for row in rows])
        self.quiet = False

    @rule(table=st.sampled_from(TABLES), count=st.integers(17, 60))
    def append_many(self, table, count):
        self.base.append_rows(table, [{"Name": f"n{number}"} for number in range(count)])
        self.quiet = False

    @rule(table=st.sampled_from(TABLES), indexes=INDEXES, change=VALUES)
    def edit(self, table, indexes, change):
        if ids := self.ids(table, indexes):
            self.base.update_rows(table, dict.fromkeys(ids, change))
        self.quiet = False

    @rule(table=st.sampled_from(TABLES), indexes=INDEXES)
    def delete(self, table, indexes):
        if ids := self.ids(table, indexes):
            self.base.delete_rows(table, ids)
            self.deleted[table].append(ids)
        self.quiet = False

    @rule(table=st.sampled_from(TABLES))
    def delete_more_than_the_sketch_shows(self, table):
        if len(ids := self.ids(table, range(40))) > 1:
            self.base.delete_rows(table, ids[1:])
            self.deleted[table].append(ids[1:])
        self.quiet = False

    @precondition(lambda self: any(self.deleted.values()))
    @rule(data=st.data())
    def restore(self, data):
        table = data.draw(st.sampled_from([t for t in TABLES if self.deleted[t]]))
        self.base.restore_rows(table, self.deleted[table].pop())
        self.quiet = False

    @precondition(lambda self: any(self.deleted.values()))
    @rule(data=st.data())
    def delete_and_restore_that_net_to_zero(self, data):
        table = data.draw(st.sampled_from([t for t in TABLES if self.deleted[t]]))
        restored = self.deleted[table].pop()
        present = self.ids(table, range(10_000))[: len(restored)]
        if len(present) == len(restored):
            self.base.delete_rows(table, present)
            self.deleted[table].append(present)
        self.base.restore_rows(table, restored)
        self.quiet = False

    @rule(tasks=INDEXES, people=INDEXES)
    def link(self, tasks, people):
        rows, others = self.ids("Tasks", tasks), self.ids("People", people)
        if rows:
            self.base.link("Tasks", "Owner", dict.fromkeys(rows, others))
        self.quiet = False

    @rule(indexes=INDEXES, name=st.text("pqr", min_size=1, max_size=3))
    def edit_what_another_table_shows(self, indexes, name):
        """A run between the link and the edit, so that only the link leads to the other table."""
        self.link(indexes, indexes)
        self.run()
        if people := self.ids("People", indexes):
            self.base.update_rows("People", {row: {"Name": name} for row in people})
        self.run()

    @rule(table=st.sampled_from(TABLES), indexes=INDEXES)
    def restore_after_a_run(self, table, indexes):
        """A run between the deletion and its undoing, so that no deletion is in the news."""
        self.delete(table, indexes)
        self.sandbox.clock.advance(5)
        self.append(table, [{"Name": "later than what comes back"}])
        self.run()
        if self.deleted[table]:
            self.base.restore_rows(table, self.deleted[table].pop())
        self.run()

    @rule(table=st.sampled_from(TABLES), names=st.sampled_from([("a", "c"), ("c", "a")]))
    def rename_option(self, table, names):
        known = {option["name"] for option in self.columns(table)["Choice"]["data"]["options"]}
        if names[0] in known and names[1] not in known:
            self.base.rename_option(table, "Choice", *names)
        self.quiet = False

    @rule(table=st.sampled_from(TABLES))
    def add_or_remove_a_column(self, table):
        if "Extra" in self.columns(table):
            self.base.delete_column(table, "Extra")
        else:
            self.base.add_column(table, "Extra", "text")
            for row, cell in zip(self.ids(table, range(5)), ("some", "7", "true"), strict=False):
                self.base.update_rows(table, {row: {"Extra": cell}})
        self.quiet = False

    @rule(table=st.sampled_from(TABLES), new_type=st.sampled_from(["text", "number", "checkbox"]))
    def change_the_type_of_a_column(self, table, new_type):
        """No row gets another `_mtime`, and cells that the new type does not take are emptied."""
        if "Extra" in self.columns(table):
            self.base.change_column_type(table, "Extra", new_type)
        self.quiet = False

    @precondition(lambda self: self.archives)
    @rule(table=st.sampled_from(TABLES), indexes=INDEXES, back=st.booleans())
    def archive(self, table, indexes, back):
        """Move rows to big data, or back; they are rows of the table in either place."""
        if ids := self.ids(table, indexes, archived=back):
            (self.base.unarchive_rows if back else self.base.archive_rows)(table, ids)
        self.quiet = False

    @rule(seconds=st.sampled_from([0.5, 5, 3600]))
    def time_passes(self, seconds):
        self.sandbox.clock.advance(seconds)

    # What the tap does

    def read(self):
        """Run the tap with the state that the loader kept."""
        return read(self.config, state=self.warehouse.state)

    @rule()
    def run(self):
        result = self.read()
        assert not result.error
        self.warehouse.load(result.messages)
        self.quiet = True

    @rule(part=st.floats(0, 1))
    def run_that_is_killed(self, part):
        messages = self.read().messages
        self.warehouse.load(messages[: int(len(messages) * part)])
        self.quiet = False

    @precondition(lambda self: self.has_log)
    @rule(table=st.sampled_from(TABLES), count=st.integers(1, 20), gone=INDEXES)
    def run_whose_states_are_lost(self, table, count, gone):
        """The loader stored all records and no state; of those rows some are deleted then."""
        new = self.base.append_rows(table, [{"Name": f"n{number}"} for number in range(count)])
        messages = self.read().messages
        self.warehouse.load([one for one in messages if one["type"] != "STATE"])
        self.base.delete_rows(table, sorted({new[index % count] for index in gone}))
        self.run()

    @rule(at=st.integers(1, 6), table=st.sampled_from(TABLES), indexes=INDEXES, change=VALUES)
    def run_while_people_work(self, at, table, indexes, change):
        """Between two calls of the run, rows are edited, deleted and added."""
        calls = 0

        def interrupt(_asked):
            nonlocal calls
            calls += 1
            if calls == at:
                self.edit(table, indexes, change)
                self.delete(table, indexes[:1])
                self.append(table, [change])
                self.link(indexes, indexes)

        with before_reading(interrupt):
            result = self.read()
        self.warehouse.load(result.messages)
        self.quiet = False

    @rule(table=st.sampled_from(TABLES))
    def run_in_which_a_table_fails(self, table):
        def fail(asked):
            if asks_for(table, asked):
                raise RequestRejected("no", status=400, server_message="no")

        with before_reading(fail):
            result = self.read()
        self.warehouse.load(result.messages)
        self.quiet = False

    @invariant()
    def equal_after_a_quiet_run(self):
        if not getattr(self, "quiet", False):
            return
        for table in TABLES:
            expected = {row["_id"]: row for row in self.base.rows(table)}
            held = self.warehouse.rows(table)
            assert held.keys() == expected.keys()
            for key, record in held.items():
                row = expected[key]
                bare = self.bare_links
                assert comparable(record, row, bare_links=bare) == comparable(
                    row, row, bare_links=bare
                ), table
        json.dumps(self.warehouse.state)


READS = {("POST", "sql/"), ("GET", "rows/"), ("GET", LIST_ROWS), ("GET", "filtered-rows/")}


@contextlib.contextmanager
def before_reading(act):
    """Do something before every call of a run that reads rows; it is told what is asked."""
    call = Base._call

    def noticed(base, method, endpoint, purpose, **details):
        if (method, endpoint) in READS:
            act({**(details.get("params") or {}), **(details.get("json") or {})})
        return call(base, method, endpoint, purpose, **details)

    with mock.patch.object(Base, "_call", noticed):
        yield


def asks_for(table, asked):
    """Whether a call reads rows of this table."""
    return asked.get("table_name") == table or f"`{table}`" in asked.get("sql", "")


def comparable(values, names, *, bare_links=False):
    """The cells that a record and a row show alike; empty ones are null in records.

    Old servers do not tell of which type a formula is, so it is text. Those without SQL send links
    as row ids (`bare_links`), and a lookup of text as one text.
    """
    cells: dict[str, Any] = {
        name: value or None if isinstance(value, (str, list)) else value
        for name, value in values.items()
        if not name.startswith("_") and name in names
    }
    if cells["Double"] is not None:
        cells["Double"] = float(cells["Double"])
    for name in ("Owner", "Tasks"):
        if bare_links and cells.get(name):
            cells[name] = [link["row_id"] for link in cells[name]]
    if cells.get("Owner names"):
        cells["Owner names"] = ", ".join(cells["Owner names"])
    return cells


BARE_LINKS = {"v1 without SQL", "v1 with pages", "2020"}
SERVERS: dict[str, tuple[dict, dict]] = {
    "gateway": ({}, {}),
    "gateway by rows": ({}, {"read_method": "rows"}),
    "v1 with SQL": ({"profile": "v1", "dtable_db": True}, {}),
    "v1 without SQL": ({"profile": "v1", "version": "2.3.0"}, {}),
    "v1 with pages": ({"profile": "v1", "version": "2.3.0", "v1_paging": True}, {}),
    "2020": ({"profile": "v1-2020"}, {}),
    "cloud 5.0 as v1": ({"profile": "cloud-5.0"}, {"api_version": "v1"}),
}
"""What the server is like, and the tap's settings."""


def live_through(machine: type[RuleBasedStateMachine], *, examples: int) -> None:
    """Run so many random lives of a base, of twenty steps each."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("server", SERVERS)
def test_after_a_quiet_run_the_warehouse_equals_the_base(server):
    class Machine(BaseAndWarehouse):
        pass

    Machine.server, Machine.settings = SERVERS[server]
    Machine.bare_links = server in BARE_LINKS
    # The list of deleted rows, which stands in for a log there, leaves out young ones.
    Machine.has_log = server != "2020"
    Machine.archives = server in {"gateway", "gateway by rows", "v1 with SQL"}
    live_through(Machine, examples=40 if server == "gateway" else 10)
