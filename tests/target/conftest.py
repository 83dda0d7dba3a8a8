"""The target between a list of messages and a base of the sandbox."""

from __future__ import annotations

import io
import itertools
import json
import re
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, cast

import pytest

from seatable_client.errors import ErrorKind
from seatable_sandbox import Sandbox, SandboxBase
from target_seatable.target import TargetSeaTable
from tests.rejected_records import rejected_records
from tests.servers import SERVERS, kind_of, kinds_for, settings_of

if TYPE_CHECKING:
    from pathlib import Path


_numbers = itertools.count()


def pytest_generate_tests(metafunc):
    """Runs every test on every kind of server, or on those that its marker `servers` names."""
    if "seatable" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("servers")
        kinds = (marker and marker.args) or tuple(SERVERS)
        kinds = kinds_for(metafunc.definition.nodeid, metafunc.module, kinds)
        metafunc.parametrize("seatable", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def seatable(request):
    """A server of one of the kinds."""
    with Sandbox(**settings_of(request.param)) as sandbox:
        yield sandbox


@pytest.fixture
def kind(request, seatable):
    """Which kind of server it is."""
    del seatable
    return kind_of(request.node.callspec.params["seatable"])


@pytest.fixture
def sandbox(seatable):
    seatable.calls.clear()
    yield seatable
    seatable.clear_faults()


@dataclass
class Loaded:
    """A base of its own, and how to load something into it."""

    sandbox: Sandbox
    base: SandboxBase
    rejected: Path
    config: dict = field(default_factory=dict)
    states: list = field(default_factory=list)
    exit_code: int | str | None = None

    def load(self, *messages, **config):
        """Run the target; returns the states that it wrote."""
        lines = _lines(messages)
        self.sandbox.calls.clear()
        out = io.StringIO()
        try:
            with redirect_stdout(out):
                target = self.target(**config)
                target.run(io.BytesIO(lines.encode()))
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
            TargetSeaTable.invoke(
                config=given, file_input=cast("IO[str]", io.BytesIO(lines.encode()))
            )
        self.states = [json.loads(line) for line in out.getvalue().splitlines()]
        self.exit_code = ended.value.code
        assert self.exit_code in {kind.exit_code for kind in ErrorKind} - {ErrorKind.BUG.exit_code}
        errors = [entry for entry in caplog.records if entry.levelname == "ERROR"]
        assert errors
        assert not errors[-1].exc_info
        assert "Traceback" not in caplog.text
        assert self.base.api_token not in caplog.text
        return errors[-1].getMessage()

    def rejections(self):
        """The RECORD messages of the file of rejected records, with all reasons as `reason`."""
        return rejected_records(self.rejected)

    @property
    def writes(self):
        """Endpoints called in the last run to change something."""
        return [
            end
            for call in self.sandbox.calls
            if call.method != "GET" and "/query/" not in call.path
            if (end := call.path.rstrip("/").rpartition("/")[2]) != "sql"
        ]

    @property
    def appends(self):
        """How many calls of the last run appended rows."""
        return sum(
            re.search("/(rows|batch-append-rows)/$", call.path) is not None
            for call in self.sandbox.calls
            if call.method == "POST"
        )

    @property
    def calls(self):
        """Endpoints called in the last run, in order, without the token's."""
        paths = [call.path for call in self.sandbox.calls]
        return [path.rstrip("/").rpartition("/")[2] for path in paths if "app-access" not in path]


@pytest.fixture
def make(tmp_path, request):
    """Makes a base in a sandbox, another one with each call."""

    def make_base(sandbox, **config):
        base = sandbox.create_base(f"{request.node.name} {next(_numbers)}")
        return Loaded(sandbox, base, tmp_path / "rejected.jsonl", config)

    return make_base


@pytest.fixture
def base(sandbox, make):
    return make(sandbox)


def _lines(messages):
    return "".join(
        message if isinstance(message, str) else json.dumps(message) + "\n" for message in messages
    )
