"""A state machine: a base that people edit at random, between runs of the tap and during them.

Whatever happens to the base, after a quiet run the warehouse equals it. Rules edit the base, break
runs off and change the structure. Flags switch further rules on.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from typing import ClassVar
from unittest import mock

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from seatable_client.errors import RequestRejected
from seatable_sandbox import Sandbox
from tap_seatable.sync import table_sync
from tests.seeds import draw_seed
from tests.tap.random_rules import (
    INDEXES,
    TABLES,
    VALUES,
    AdverseRules,
    OddServerRules,
    PoorRules,
    SelectionRules,
    column_definitions,
)
from tests.tap.support import config_of, discover, form_of, longest_list, read
from tests.tap.warehouse import Warehouse, asks_for, before_reading, comparable


class BaseAndWarehouse(
    AdverseRules, OddServerRules, PoorRules, SelectionRules, RuleBasedStateMachine
):
    """Random life of a base, and runs of the tap now and then.

    Attributes:
        server: what the sandbox is like.
        settings: of the tap.
        views: filters of a view "Few" by the table that has it, as `view_filter` takes them.
        streams: by stream, the table and which of its rows the stream holds.
        bare_links: whether the server sends links as row ids.
        has_log: whether the server names each deleted row.
        archives: whether rows move to big data storage.
        adverse: whether clocks go back, the log is wrong or broken, settings change in single runs,
            types of columns change back and forth, and a table is made anew.
        changes_selection: whether the columns, conditions, views and maps change from run to run.
            The oracle is then a first run with the same settings.
        forms: how each stream's rows were remembered, and how after the next run.
        caps_pages: whether the server caps the pages of each table at another number of rows and
            miscounts rows, and whether both change.
    """

    server: ClassVar[dict] = {}
    settings: ClassVar[dict] = {}
    views: ClassVar[dict] = {}
    streams: ClassVar[dict] = {table: (table, lambda _row: True) for table in TABLES}
    forms: ClassVar[set[tuple]] = set()
    bare_links = False
    has_log = True
    archives = False
    adverse = False
    changes_selection = False
    caps_pages = False

    @initialize()
    def start(self):
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(mock.patch.object(table_sync, "CURSOR_ROWS", 4))
        self.stack.enter_context(longest_list(rows=12))
        self.caps: dict[str, int] = {}
        self.count_errors: dict[str, int] = {}
        odd = {"sql_max_rows_of": self.caps, "sql_count_error_of": self.count_errors}
        server = {**self.server, **(odd if self.caps_pages else {})}
        # The same life has the same ids again, and with them the same rows.
        sandbox = self.stack.enter_context(Sandbox(**server, seed=0))
        self.sandbox = sandbox
        self.base = sandbox.create_base("Base")
        for table in TABLES:
            self.base.create_table(table, column_definitions())
        self.base.add_column("Tasks", "Owner", "link", {"table": "Tasks", "other_table": "People"})
        names = {"formula": "lookup", "link_column": "Owner", "level1_linked_column": "Name"}
        self.base.add_column("Tasks", "Owner names", "link-formula", names)
        for table, view_filter in self.views.items():
            self.base.add_view(table, "Few", filters=self.view_filter(table, *view_filter))
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
        self.deselected: dict[str, set[str]] = {}
        self.quiet = False

    def teardown(self):
        if hasattr(self, "stack"):
            self.stack.close()

    def ids(self, table, indexes, *, archived=False):
        """Some rows; what is done to those in big data storage is found late, as documented."""
        rows = [row for row in self.base.rows(table) if bool(row.get("_archived")) == archived]
        ids = sorted(row["_id"] for row in rows)
        return list(dict.fromkeys(ids[index % len(ids)] for index in indexes)) if ids else []

    def columns(self, table):
        tables = {entry["name"]: entry for entry in self.base.metadata()["metadata"]["tables"]}
        return {column["name"]: column for column in tables[table]["columns"]}

    def view_filter(self, table, column, predicate, term):
        key = self.columns(table)[column]["key"]
        return [{"column_key": key, "filter_predicate": predicate, "filter_term": term}]

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

    @rule(table=st.sampled_from(TABLES), indexes=INDEXES, change=VALUES)
    def grow_and_shrink(self, table, indexes, change):
        """From a list of rows to sketches and back, with an edit in between."""
        self.append_many(table, 17)
        self.edit(table, indexes, change)
        self.run()
        self.delete_more_than_the_sketch_shows(table)
        self.run()

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
        """Rename it, unless a condition names it: the run would end and ask for another one."""
        known = {option["name"] for option in self.columns(table)["Choice"]["data"]["options"]}
        condition = self.config.get("where", {}).get(table, "")
        if names[0] in known and names[1] not in known and f"'{names[0]}'" not in condition:
            self.base.rename_option(table, "Choice", *names)
        self.quiet = False

    @rule(table=st.sampled_from(TABLES))
    def add_or_remove_a_column(self, table):
        if "Extra" in self.columns(table):
            self.base.delete_column(table, "Extra")
        else:
            self.base.add_column(table, "Extra", "text")
            ids = self.ids(table, range(5))[:3]
            for row, cell in zip(ids, ("some", "7", "true")[: len(ids)], strict=True):
                self.base.update_rows(table, {row: {"Extra": cell}})
        self.quiet = False

    @rule(table=st.sampled_from(TABLES), new_type=st.sampled_from(["text", "number", "checkbox"]))
    def change_the_type_of_a_column(self, table, new_type):
        """No row gets another `_mtime`, and cells that the new type does not take are emptied."""
        if "Extra" in self.columns(table):
            self.base.change_column_type(table, "Extra", new_type)
        self.quiet = False

    @rule(seconds=st.sampled_from([0.5, 5, 3600]))
    def time_passes(self, seconds):
        self.sandbox.clock.advance(seconds)

    @precondition(lambda self: self.archives)
    @rule(table=st.sampled_from(TABLES), indexes=INDEXES, back=st.booleans())
    def archive(self, table, indexes, back):
        """Move rows to big data, or back; they are rows of the table in either place."""
        if ids := self.ids(table, indexes, archived=back):
            (self.base.unarchive_rows if back else self.base.archive_rows)(table, ids)
        self.quiet = False

    # What the tap does

    def read(self):
        """Run the tap with the state that the loader kept."""
        return read(self.config, catalog=self.catalog(), state=self.warehouse.state)

    def catalog(self):
        """The catalog as it is selected now; none where all of it always is."""
        if not self.changes_selection:
            return None
        catalog = discover(self.config)
        for entry in catalog["streams"]:
            deselected = self.deselected.get(entry["tap_stream_id"], set())
            for item in entry["metadata"]:
                item["metadata"]["selected"] = deselected.isdisjoint(item["breadcrumb"])
        return catalog

    @rule()
    def run(self):
        self.load(self.read())

    def load(self, result):
        """Rows that a server counts and does not send are a failure, and no change of the base."""
        is_complete = not result.error
        assert is_complete or max(self.count_errors.values(), default=0) > 0
        states = [message["value"] for message in result.messages_of("STATE")]
        assert all(state != former for former, state in itertools.pairwise(states))
        for stream in self.streams:
            forms = [form_of(state, stream) for state in (self.warehouse.state, result.state)]
            self.forms.add(tuple(forms))
        self.warehouse.load(result.messages)
        self.quiet = is_complete

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
        self.warehouse.load([message for message in messages if message["type"] != "STATE"])
        self.base.delete_rows(table, sorted({new[index % count] for index in gone}))
        self.run()

    @rule(call=st.integers(1, 6), table=st.sampled_from(TABLES), indexes=INDEXES, change=VALUES)
    def run_while_people_work(self, call, table, indexes, change):
        """Between two calls of the run, rows are edited, deleted and added.

        A run of fewer calls is over before: how many it takes depends on what its tables read at
        once, and the life of the base may not.
        """
        calls = itertools.count(1)

        def work(_parameters):
            if next(calls) == call:
                self.edit(table, indexes, change)
                self.delete(table, indexes[:1])
                self.append(table, [change])
                self.link(indexes, indexes)

        with before_reading(work):
            result = self.read()
        for _ in range(call):
            work({})
        self.warehouse.load(result.messages)
        self.quiet = False

    @rule(table=st.sampled_from(TABLES))
    def run_in_which_a_table_fails(self, table):
        def fail(parameters):
            if asks_for(table, parameters):
                raise RequestRejected("no", status=400, server_message="no")

        with before_reading(fail):
            result = self.read()
        self.warehouse.load(result.messages)
        self.quiet = False

    @invariant()
    def equal_after_a_quiet_run(self):
        if not getattr(self, "quiet", False):
            return
        if self.changes_selection:
            self.equals_a_first_run()
        else:
            self.equals_the_base()
        json.dumps(self.warehouse.state)

    def equals_the_base(self):
        for stream, (table, holds) in self.streams.items():
            expected = {row["_id"]: row for row in self.base.rows(table) if holds(row)}
            held = self.warehouse.rows(stream)
            assert held.keys() == expected.keys()
            for key, record in held.items():
                row, bare = expected[key], self.bare_links
                assert comparable(record, row, bare_links=bare) == comparable(
                    row, row, bare_links=bare
                ), stream

    def equals_a_first_run(self):
        fresh = Warehouse()
        odd = [dict(self.caps), dict(self.count_errors)]
        self.caps.clear()
        self.count_errors.clear()
        fresh.load(read(self.config, catalog=self.catalog()).messages)
        self.caps.update(odd[0])
        self.count_errors.update(odd[1])
        views = [f"{view['table']}_{view['view']}" for view in self.config.get("views", ())]
        for stream in (*TABLES, *views):
            assert self.warehouse.rows(stream) == fresh.rows(stream), stream


def live_through(machine: type[RuleBasedStateMachine], *, examples: int) -> None:
    """Run so many random lives of a base, of twenty steps each.

    Each test has a seed of its own (see `tests.seeds`), which alone decides: examples that are
    kept would go from one machine to all others, whose code has the same digest for Hypothesis.
    """
    run_state_machine_as_test(
        seed(draw_seed())(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
