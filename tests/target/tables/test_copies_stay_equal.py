"""A copy that is kept in step: whatever happens to a base, after a quiet run the copy equals it.

Random lives of a base, as the tap's own model has them, with the target behind the tap and a second
base as the warehouse. What both bases hold is read past both connectors.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis.stateful import initialize, invariant

from seatable_sandbox import Sandbox
from target_seatable.errors import LinkTargetNotFound
from target_seatable.target import TargetSeaTable
from tests.tap.random_base import BaseAndWarehouse, live_through
from tests.tap.random_rules import TABLES
from tests.tap.warehouse import Warehouse

if TYPE_CHECKING:
    from typing import IO

    from seatable_sandbox import SandboxBase

EXAMPLES = 100 if os.environ.get("SEATABLE_SOAK") else 5


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

    there: dict = {}  # noqa: RUF012
    loading: dict = {}  # noqa: RUF012

    @initialize()
    def start(self):
        super().start()
        sandbox = self.stack.enter_context(Sandbox(**self.there))
        self.copy = sandbox.create_base("Copy")
        self.warehouse = Copy(sandbox, self.copy, **self.loading)
        if not self.loading.get("add_record_metadata"):
            # Which rows are left from a first run that got lost is told by versions alone.
            self.run()

    @invariant()
    def equal_after_a_quiet_run(self):
        if not getattr(self, "quiet", False):
            return
        ids = {row["_id"]: row["source_id"] for table in TABLES for row in self.copy.rows(table)}
        for table in self.base.metadata()["metadata"]["tables"]:
            # A row that is marked as deleted keeps its links, and is shown through them.
            but = () if self.loading.get("hard_delete") else ("link", "link-formula")
            names = [one["name"] for one in table["columns"] if one["type"] not in but]
            expected = cells(self.base, table["name"], names)
            assert cells(self.copy, table["name"], names, ids) == expected, table["name"]


def cells(base, table, names, ids=None):
    """The rows of a table by the ids that they have in the original; links in no order."""
    found = {}
    for row in base.rows(table):
        if row.get("_sdc_deleted_at"):
            continue
        shown = {name: row.get(name) or None for name in names}
        for name, cell in shown.items():
            if isinstance(cell, list):
                linked = [one["row_id"] if isinstance(one, dict) else one for one in cell]
                shown[name] = sorted(ids.get(one, one) if ids else one for one in linked)
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
@pytest.mark.parametrize("there", SERVERS)
@pytest.mark.parametrize("loading", LOADING)
def test_after_a_quiet_run_the_copy_equals_the_base(there, loading):
    class Machine(BaseAndCopy):
        pass

    Machine.there, Machine.loading = SERVERS[there], LOADING[loading]
    live_through(Machine, examples=EXAMPLES)
