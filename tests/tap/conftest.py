"""Sandboxes that the tap's tests read from."""

from __future__ import annotations

import functools
import itertools
import json
import logging
import signal
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from seatable_client import connection
from seatable_client.api import gateway
from seatable_client.http import client
from seatable_sandbox import Sandbox
from tap_seatable.tap import TapSeaTable
from tests.servers import SERVERS, kind_of, kinds_for, settings_of
from tests.tap.support import (
    Ended,
    calls_for_rows,
    config_of,
    logged,
    make_table,
    read,
    run_command,
)
from tests.tap.zoo import add_zoo, link_zoo

if TYPE_CHECKING:
    from collections.abc import Iterable

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _signals_as_before():
    """A tap installs signal handlers; the tests' own stay in place."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(kind) for kind in kinds]
    yield
    for kind, handler in zip(kinds, before, strict=True):
        signal.signal(kind, handler)


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "only_on(servers): the kinds of servers on which a test has a point"
    )


def pytest_generate_tests(metafunc):
    """Runs every test on every kind of server, or on those that its marker `only_on` names.

    What looks at the SQL that is sent runs on gateways.
    """
    if "shared_sandbox" not in metafunc.fixturenames:
        return
    kinds: Iterable[str] = SERVERS
    if "statements" in metafunc.fixturenames:
        kinds = ("gateway",)
    elif marker := metafunc.definition.get_closest_marker("only_on"):
        kinds = marker.args
    kinds = kinds_for(metafunc.definition.nodeid, metafunc.module, kinds)
    metafunc.parametrize("shared_sandbox", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def shared_sandbox(request):
    with Sandbox(**settings_of(request.param)) as sandbox:
        yield sandbox


@pytest.fixture
def kind(request, shared_sandbox):
    """Which kind of server it is."""
    del shared_sandbox
    return kind_of(request.node.callspec.params["shared_sandbox"])


@pytest.fixture
def sandbox(shared_sandbox):
    """A server; each test makes bases of its own in it."""
    shared_sandbox.calls.clear()
    yield shared_sandbox
    shared_sandbox.clear_faults()


@pytest.fixture
def base(sandbox):
    """An empty base."""
    return sandbox.create_base(f"Base {next(_numbers)}")


@pytest.fixture
def config(sandbox, base):
    return config_of(sandbox, base)


@pytest.fixture
def exact(config):
    """A configuration that repeats nothing on purpose."""
    return {**config, "lookback_seconds": 0}


@pytest.fixture
def later(sandbox):
    """Let ten seconds pass on the server."""
    return functools.partial(sandbox.clock.advance, 10)


@pytest.fixture(params=SERVERS)
def clock(request):
    """A sandbox whose clock may go anywhere, a base in it and a configuration."""
    with Sandbox(**SERVERS[request.param]) as sandbox:
        base = sandbox.create_base("Clock")
        yield sandbox.clock, base, config_of(sandbox, base)


@pytest.fixture
def calls_per_table(sandbox):
    """How many calls for rows a first read of a small table takes on this kind of server."""
    base = sandbox.create_base(f"Calls per table {next(_numbers)}")
    make_table(base, "One", 1)
    sandbox.calls.clear()
    read(config_of(sandbox, base))
    return calls_for_rows(sandbox)


@pytest.fixture(scope="session")
def zoo_sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def zoo(zoo_sandbox):
    """A base with every column type; tests only read it."""
    base = zoo_sandbox.create_base("Zoo base")
    add_zoo(base)
    link_zoo(config_of(zoo_sandbox, base), base)
    return base


@pytest.fixture
def zoo_config(zoo_sandbox, zoo):
    return config_of(zoo_sandbox, zoo)


@pytest.fixture
def quick_retries(monkeypatch):
    """As many tries as ever, but without the waiting between them."""
    quick = functools.partial(client.Transport, first_wait=0.001)
    monkeypatch.setattr(connection, "Transport", quick)


@pytest.fixture
def statements(monkeypatch):
    """The SELECTs that gateways were sent, in their order."""
    sent: list[str] = []
    query = gateway.Gateway.query

    def noted(self, statement, purpose):
        sent.append(statement)
        return query(self, statement, purpose)

    monkeypatch.setattr(gateway.Gateway, "query", noted)
    return sent


@pytest.fixture
def tap(tmp_path):
    """Runs the tap's command with a configuration; checks what holds whatever happens."""

    def run(config, *arguments, program="", env=None):
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        ended = run_command("--config", str(path), *arguments, program=program, env=env)
        assert "Traceback" not in ended.log, ended.log
        token = config.get("api_token")
        if token:
            assert token not in ended.log
            assert token.encode() not in ended.output
        return ended

    return run


@pytest.fixture
def tap_in_process(tmp_path):
    """Runs the tap's command inside this process, which is quicker than a new one."""

    def run(config, *arguments):
        path = tmp_path / "config.json"
        path.write_text(json.dumps(config))
        root = logging.getLogger()
        before = list(root.handlers), root.level
        with logged() as lines:
            result = CliRunner().invoke(TapSeaTable.cli, ["--config", str(path), *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        root.handlers[:], level = before
        root.setLevel(level)
        log = "\n".join([*lines, result.stderr])
        assert "Traceback" not in log
        if config.get("api_token"):
            assert config["api_token"] not in log
        return Ended(result.exit_code, result.stdout_bytes, log)

    return run
