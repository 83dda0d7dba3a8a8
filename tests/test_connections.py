"""A run that has ended keeps no connection, also where no garbage has been collected since."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import socket
from urllib.parse import urlsplit

import pytest
from singer_sdk.exceptions import InvalidRecord

from seatable_client.errors import SeaTableError
from seatable_sandbox import Sandbox
from tap_seatable.tap import TapSeaTable
from target_seatable.target import TargetSeaTable


@pytest.fixture
def sandbox():
    with Sandbox() as started:
        yield started


@pytest.fixture(autouse=True)
def no_garbage_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def connections_to(sandbox) -> int:
    """How many connections to a sandbox this process holds open."""
    server = ("127.0.0.1", urlsplit(sandbox.url).port)
    count = 0
    for found in gc.get_objects():
        if isinstance(found, socket.socket):
            with contextlib.suppress(OSError):
                count += found.getpeername() == server
    return count


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_tap_closes_its_connections(sandbox, is_allowed):
    base = sandbox.create_base("Shop")
    for name in ("people", "places"):
        base.create_table(name, [{"column_name": "name", "column_type": "text"}])
        base.append_rows(name, [{"name": "x"}] * 5)
    # Nobody waits for the threads of a run that fails, so there are none then.
    concurrency = 4 if is_allowed else 1
    tap = TapSeaTable(
        config={
            "server_url": sandbox.url,
            "api_token": base.api_token,
            "concurrency": concurrency,
        }
    )
    assert len(tap.streams) == 2
    assert connections_to(sandbox)
    if not is_allowed:
        sandbox.revoke(base.api_token)
        sandbox.expire_tokens()
    expected = contextlib.nullcontext() if is_allowed else pytest.raises(SeaTableError)
    with expected, contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        tap.sync_all()
    assert connections_to(sandbox) == 0


@pytest.mark.parametrize("name", ["x", 5])
def test_a_target_closes_its_connections(sandbox, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # for the file of rejected records
    base = sandbox.create_base("Shop")
    schema = {"properties": {"name": {"type": "string"}}}
    messages = [
        {"type": "SCHEMA", "stream": "people", "schema": schema, "key_properties": []},
        {"type": "RECORD", "stream": "people", "record": {"name": name}},
    ]
    target = TargetSeaTable(config={"server_url": sandbox.url, "api_token": base.api_token})
    lines = io.StringIO("".join(json.dumps(message) + "\n" for message in messages))
    expected = contextlib.nullcontext() if name == "x" else pytest.raises(InvalidRecord)
    with expected, contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        target.run(lines)
    assert connections_to(sandbox) == 0
