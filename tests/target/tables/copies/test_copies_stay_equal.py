"""A copy that is kept in step: whatever happens to a base, after a quiet run the copy equals it.

Random lives of a base, as the tap's own model has them, with the target behind the tap and a second
base as the warehouse. What both bases hold is read past both connectors.
"""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from seatable_sandbox import Sandbox
from target_seatable.errors import LinkTargetNotFound
from target_seatable.target import TargetSeaTable
from tests.seeds import SOAK
from tests.tap.random_base import BaseAndWarehouse, live_through
from tests.tap.random_rules import TABLES
from tests.tap.warehouse import Warehouse

if TYPE_CHECKING:
    from typing import IO

    from seatable_sandbox import SandboxBase

EXAMPLES = 50 if SOAK else 5


class Copy(Warehouse):
    """A base that the target loads into."""

    def __init__(self, sandbox: Sandbox, base: SandboxBase, **settings: Any) -> None:
        super().__init__()
        self.base = base
        self.config = {
            "server_url": sandbox.url,
            "api_token": base.api_token,
            "rejected_records_path": "memory://rejected.jsonl",
            **settings,
        }

    def load(self, messages: list[dict[str, Any]]) -> None:
        """Load what the tap said; the state is that which the target lets through.

        A row may be linked to one that was added since the tap read its table.
        """
        lines = "".join(json.dumps(message) + "\n" for message in messages)
        out = io.StringIO()
        with contextlib.suppress(LinkTargetNotFound), contextlib.redirect_stdout(out):
            target = TargetSeaTable(config=self.config)
            target.run(cast("IO[str]", io.BytesIO(lines.encode())))
        if states := out.getvalue().splitlines():
            self.state = json.loads(states[-1])


class BaseAndCopy(BaseAndWarehouse):
    """A base and its copy, which is somewhere else."""

    sandbox_options: dict = {}  # noqa: RUF012
    loading: dict = {}  # noqa: RUF012

    @initialize()
    def start(self):
        super().start()
        sandbox = self.stack.enter_context(Sandbox(**self.sandbox_options, seed=1))
        self.copy = sandbox.create_base("Copy")
        self.warehouse = Copy(sandbox, self.copy, **self.loading)
        if not self.loading.get("add_record_metadata"):
            # Which rows are left from a first run that got lost is told by versions alone.
            self.run()

    # An existing column keeps its type. People who want it as in the source change it here, too.

    @rule(table=st.sampled_from(TABLES), new_type=st.sampled_from(["text", "number", "checkbox"]))
    def change_the_type_of_a_column(self, table, new_type):
        super().change_the_type_of_a_column(table, new_type)
        self.change_types_of_the_copy(table)

    @rule(table=st.sampled_from(TABLES))
    def add_or_remove_a_column(self, table):
        super().add_or_remove_a_column(table)
        self.change_types_of_the_copy(table)

    def change_types_of_the_copy(self, table):
        """Give the copy's column the type that its original has now, if both are there."""
        original_type, copied_type = (
            types(base, table).get("Extra") for base in (self.base, self.copy)
        )
        if original_type and copied_type and original_type != copied_type:
            self.copy.change_column_type(table, "Extra", original_type)

    @invariant()
    def equal_after_a_quiet_run(self):
        if not getattr(self, "quiet", False):
            return
        ids = {row["_id"]: row["source_id"] for table in TABLES for row in self.copy.rows(table)}
        for table in self.base.metadata()["metadata"]["tables"]:
            # A row that is marked as deleted keeps its links, and is shown through them.
            excluded = () if self.loading.get("hard_delete") else ("link", "link-formula")
            names = [
                column["name"] for column in table["columns"] if column["type"] not in excluded
            ]
            expected = cells(self.base, table["name"], names)
            assert cells(self.copy, table["name"], names, ids) == expected, table["name"]


def types(base, table):
    """The types of a table's columns by name; none where the base does not have the table."""
    tables = {entry["name"]: entry for entry in base.metadata()["metadata"]["tables"]}
    columns = tables[table]["columns"] if table in tables else ()
    return {column["name"]: column["type"] for column in columns}


def cells(base, table, names, ids=None):
    """The rows of a table by the ids that they have in the original; links in no order."""
    found = {}
    for row in base.rows(table):
        if row.get("_sdc_deleted_at"):
            continue
        shown = {name: row.get(name) or None for name in names}
        for name, cell in shown.items():
            if isinstance(cell, list):
                linked = [item["row_id"] if isinstance(item, dict) else item for item in cell]
                shown[name] = sorted(
                    ids.get(row_id, row_id) if ids else row_id for row_id in linked
                )
        key = ids[row["_id"]] if ids else row["_id"]
        assert key not in found, f"row {key} twice"
        found[key] = shown
    return found


SERVERS: dict[str, dict[str, Any]] = {
    "gateway": {},
    "v1 with SQL": {"profile": "v1", "dtable_db": True},
    "2020": {"profile": "v1-2020"},
}


LOADING: dict[str, dict[str, Any]] = {
    "tombstones": {"hard_delete": True},
    "versions": {"hard_delete": True, "add_record_metadata": True},
    "marks": {"add_record_metadata": True},
}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("loading", LOADING)
def test_after_a_quiet_run_the_copy_equals_the_base(server, loading):
    class Machine(BaseAndCopy):
        pass

    Machine.sandbox_options, Machine.loading = SERVERS[server], LOADING[loading]
    live_through(Machine, examples=EXAMPLES)


@pytest.fixture(params=SERVERS)
def copied(request):
    """A base and its copy on each kind of server, after the first run."""
    pair = BaseAndCopy()
    pair.sandbox_options, pair.loading = SERVERS[request.param], LOADING["tombstones"]
    pair.start()
    yield pair
    pair.teardown()


def extra_cells(base):
    """What the column that changes its type holds, rows without it left out."""
    return [row["Extra"] for row in base.rows("People") if row.get("Extra") is not None]


def test_a_life_in_which_a_column_changes_its_type(copied):
    """The life that once differed: the copy had the text '7' where its base had the number."""
    copied.add_or_remove_a_column("People")
    copied.run_whose_states_are_lost("People", count=3, gone=[1])
    copied.rename_option("Tasks", ("a", "c"))
    copied.change_the_type_of_a_column("People", "number")
    copied.delete_more_than_the_sketch_shows("Tasks")
    copied.run()
    assert extra_cells(copied.copy) == extra_cells(copied.base) == [7]
    copied.equal_after_a_quiet_run()
    copied.add_or_remove_a_column("People")
    copied.run()
    copied.add_or_remove_a_column("People")
    copied.run()
    assert sorted(extra_cells(copied.copy)) == ["7", "some", "true"]
    copied.equal_after_a_quiet_run()


def test_a_column_of_the_copy_keeps_its_type_and_a_warning_says_so(copied, caplog):
    copied.add_or_remove_a_column("People")
    copied.run()
    assert "keep their type" not in caplog.text
    copied.base.change_column_type("People", "Extra", "number")
    copied.run()
    assert extra_cells(copied.base) == [7]
    assert extra_cells(copied.copy) == ["7"]
    assert types(copied.copy, "People")["Extra"] == "text"
    warning = (
        "Stream 'People': column 'Extra' of table 'People' is of type text, and its original of "
        "type number. Existing columns keep their type, so the values are stored as text."
    )
    assert caplog.text.count(warning) == 1
    assert "keep their type" not in caplog.text.replace(warning, "")


def test_column_types_says_that_a_type_is_known_to_differ(copied, caplog):
    copied.warehouse.config["column_types"] = {"People": {"Extra": "text"}}
    copied.add_or_remove_a_column("People")
    copied.run()
    copied.base.change_column_type("People", "Extra", "number")
    copied.run()
    assert extra_cells(copied.copy) == ["7"]
    assert "keep their type" not in caplog.text
