"""The last line of a run's log tells programs what it has done."""

import io
import json
from contextlib import redirect_stdout

import pytest
from singer_sdk.exceptions import InvalidRecord

from seatable_sandbox import Sandbox
from target_seatable.target import TargetSeaTable
from tests.tap.support import config_of, errors_in_log, make_table, parse, run_command


@pytest.fixture(scope="module")
def server():
    with Sandbox(profile="gateway") as sandbox:
        yield sandbox


def summary_in(log):
    [line] = [line for line in log.splitlines() if "SUMMARY: " in line]
    assert line.rstrip().endswith("}")
    return json.loads(line.partition("SUMMARY: ")[2])


def test_of_the_tap(tmp_path, server):
    base = server.create_base("Read")
    ids = make_table(base, rows=3)
    config, state = tmp_path / "config.json", tmp_path / "state.json"
    config.write_text(json.dumps(config_of(server, base, tables=["Things"])), encoding="utf-8")
    server.calls.clear()
    ended = run_command(f"--config={config}")
    assert not errors_in_log(ended)
    found = summary_in(ended.log)
    assert 0 < found.pop("seconds") < 60
    found.pop("calls_left")  # what the server tells
    assert found == {
        "streams": 1, "failed": 0, "rows": 3, "deletes": 0, "calls": len(server.calls),
    }  # fmt: skip
    assert f'"http_request_count","value":{found["calls"]}' in ended.log

    states = [message["value"] for message in parse(ended.output) if message["type"] == "STATE"]
    state.write_text(json.dumps(states[-1]), encoding="utf-8")
    base.delete_rows("Things", ids[:2])
    found = summary_in(run_command(f"--config={config}", f"--state={state}").log)
    assert found["deletes"] == 2


def test_of_the_target(tmp_path, server, caplog):
    base = server.create_base("Load")
    messages = [
        {"type": "SCHEMA", "stream": "t", "key_properties": ["id"],
         "schema": {"properties": {"id": {"type": "integer"}, "n": {"type": "string"}}}},
        *({"type": "RECORD", "stream": "t", "record": {"id": key, "n": "x"}} for key in (1, 2)),
        {"type": "RECORD", "stream": "t", "record": {"id": "no number"}},
    ]  # fmt: skip
    lines = "".join(json.dumps(message) + "\n" for message in messages).encode()
    config = config_of(
        server, base, rejected_records_path=str(tmp_path / "r.jsonl"), max_rejected_records=1
    )
    expected = {"streams": 1, "failed": 0, "rows": 2, "unchanged": 0, "deletes": 0, "rejects": 1}
    caplog.set_level("INFO")
    for again in (False, True):
        caplog.clear()
        server.calls.clear()
        with redirect_stdout(io.StringIO()):
            TargetSeaTable(config=config).run(io.BytesIO(lines))
        found = summary_in("\n".join(caplog.messages))
        if again:
            expected |= {"rows": 0, "unchanged": 2}
        assert {name: found[name] for name in expected} == expected
        assert found["calls"] == len(server.calls)
    strict = {**config, "max_rejected_records": 0}
    caplog.clear()
    with redirect_stdout(io.StringIO()), pytest.raises(InvalidRecord):
        TargetSeaTable(config=strict).run(io.BytesIO(lines))
    assert summary_in("\n".join(caplog.messages))["failed"] == 1
