"""The target between a list of messages and a base of the sandbox."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from seatable_sandbox import Sandbox, SandboxBase
from target_seatable.target import TargetSeaTable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def gateway():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(gateway):
    gateway.clear_faults()
    gateway.calls.clear()
    return gateway


@dataclass
class Loaded:
    """A base of its own, and how to load something into it."""

    sandbox: Sandbox
    base: SandboxBase
    rejected: Path
    config: dict = field(default_factory=dict)
    states: list = field(default_factory=list)

    def load(self, *messages, **config):
        """Run the target; returns the states that it wrote."""
        lines = _lines(messages)
        self.sandbox.calls.clear()
        out = io.StringIO()
        try:
            with redirect_stdout(out):
                target = self.target(**config)
                target.run(io.StringIO(lines))
        finally:
            self.states = [json.loads(line) for line in out.getvalue().splitlines()]
        return self.states

    def target(self, **config):
        return TargetSeaTable(config=self.settings(**config))

    def settings(self, **config):
        return {
            "server_url": self.sandbox.url,
            "api_token": self.base.api_token,
            "rejected_records_path": str(self.rejected),
            **self.config,
            **config,
        }

    def rows(self, table):
        """The table's rows without what SeaTable adds, in the order in which they were added."""
        return [
            {name: cell for name, cell in row.items() if not name.startswith("_")}
            for row in self.base.rows(table)
        ]

    def columns(self, table):
        """Types by name."""
        return {column["name"]: column["type"] for column in self.table(table)["columns"]}

    def table(self, name):
        tables = self.base.metadata()["metadata"]["tables"]
        return next(table for table in tables if table["name"] == name)

    def fails(self, caplog, *messages, **config):
        """Run the target's command; returns the sentence with which it ends."""
        lines = _lines(messages)
        given = SimpleNamespace(config=self.settings(**config), parse_env=False)
        out = io.StringIO()
        caplog.clear()
        with redirect_stdout(out), pytest.raises(SystemExit) as ended:
            TargetSeaTable.invoke(config=given, file_input=io.StringIO(lines))
        self.states = [json.loads(line) for line in out.getvalue().splitlines()]
        assert ended.value.code == 1
        errors = [entry for entry in caplog.records if entry.levelname == "ERROR"]
        assert errors
        assert not errors[-1].exc_info
        assert "Traceback" not in caplog.text
        assert self.base.api_token not in caplog.text
        return errors[-1].getMessage()

    def letters(self):
        """What is in the dead-letter file."""
        if not self.rejected.exists():
            return []
        return [json.loads(line) for line in self.rejected.read_text("utf-8").splitlines()]

    @property
    def calls(self):
        """Endpoints called in the last run, in order, without the token's."""
        paths = [call.path for call in self.sandbox.calls]
        return [path.rstrip("/").rpartition("/")[2] for path in paths if "app-access" not in path]


@pytest.fixture
def make(tmp_path, request):
    """Makes a base in a sandbox."""

    def make_base(sandbox, **config):
        base = sandbox.create_base(f"{request.node.name}-{id(tmp_path)}")
        return Loaded(sandbox, base, tmp_path / "rejected.jsonl", config)

    return make_base


@pytest.fixture
def base(sandbox, make):
    return make(sandbox)


def _lines(messages):
    return "".join(
        message if isinstance(message, str) else json.dumps(message) + "\n" for message in messages
    )
