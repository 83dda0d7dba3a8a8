"""Batches stored at once change nothing but the time that a run takes."""

import io
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatable_sandbox import Fault, Sandbox
from target_seatable.errors import RowLimitExceeded
from target_seatable.sinks.concurrency import THREAD_NAME
from target_seatable.target import TargetSeaTable
from tests.servers import WITH_GATEWAY
from tests.target.singer import record, schema, state

NUMBERS = (1, 4, 8)
STREAMS = 10
SIZES = (0, 1, 7, 30, 30, 5, 12, 3, 25, 60)


def messages(version=0, sizes=SIZES):
    """Streams of several sizes, one after the other; some of their records cannot be stored."""
    for number, size in enumerate(sizes):
        stream = f"s{number}"
        yield schema(stream, {"id": "integer", "name": "string", "at": "integer"}, ["id"])
        for row in range(size):
            name = 5 if row == number else f"{version} {row}"
            yield record(stream, id=row, name=name, at=row + version)
        yield state({"done": number})


def mixed(version=0):
    """The same records, those of all streams in turn: each fills batches beside the others."""
    schemas = [message for message in messages(version) if message["type"] == "SCHEMA"]
    records = [message for message in messages(version) if message["type"] == "RECORD"]
    records.sort(key=lambda message: (message["record"]["id"], message["stream"]))
    yield from schemas
    for number, message in enumerate(records):
        yield message
        if number % 9 == 0:
            yield state({"read": number})
    yield state({"read": len(records)})


def what_is_stored(base):
    """The rows and columns of every table, and the rejected records."""
    tables = [table["name"] for table in base.base.metadata()["metadata"]["tables"]]
    found = {
        name: (base.columns(name), sorted(base.rows(name), key=lambda row: row.get("id") or 0))
        for name in sorted(tables)
    }
    entries = [{**entry, "rejected_at": ""} for entry in base.rejections()]
    rejected = sorted(json.dumps(entry, sort_keys=True) for entry in entries)
    base.rejected.unlink(missing_ok=True)
    return found, rejected


def outcomes(make, sandbox, *runs, before=lambda: None, **config):
    """What several runs into a new base leave behind, with each number of batches at once."""
    found = []
    for number in NUMBERS:
        base = make(sandbox, concurrency=number, max_rejected_records=99, **config)
        for run in runs:
            before()
            states = base.load(*run)
            in_order = [message["value"] for message in run if message["type"] == "STATE"]
            assert states
            assert states[-1] == in_order[-1]
            places = [in_order.index(emitted) for emitted in states]
            assert places == sorted(places)
        found.append(what_is_stored(base))
    return found


def one_only(found):
    assert all(stored == found[0] for stored in found)
    return found[0]


@pytest.mark.servers("gateway", "v1 with SQL")
@pytest.mark.parametrize("load_method", ["upsert", "overwrite", "append-only"])
@pytest.mark.parametrize("order", [messages, mixed])
def test_what_is_stored_is_the_same(make, sandbox, order, load_method):
    runs = [[*order(0)], [*order(0)], [*order(1)]]
    found = outcomes(
        make, sandbox, *runs, load_method=load_method, batch_size_rows=10, max_delete_fraction=1
    )
    stored, rejected = one_only(found)
    assert len(stored) == STREAMS
    assert len(rejected) == 3 * sum(number < size for number, size in enumerate(SIZES))
    times = 3 if load_method == "append-only" else 1
    for number, size in enumerate(SIZES):
        ids = [row for row in range(size) if row != number for _ in range(times)]
        assert [row["id"] for row in stored[f"s{number}"][1]] == ids


WRITES = "/(rows|tables|batch-append-rows)/$"

FAULTS = [
    Fault("status", status=502, times=5, path="/(rows|sql|tables|query)"),
    Fault("status", status=429, retry_after=1, times=3, after=6),
    Fault("reset_after", method="POST", path=WRITES, times=3, after=2),
    Fault("cut", method="POST", path=WRITES, times=2, after=5),
    Fault("expire", after=9),
]


@pytest.mark.servers(*WITH_GATEWAY)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind} {fault.status}")
def test_what_is_stored_is_the_same_where_answers_are_lost(make, sandbox, fault, monkeypatch):
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.05, 0.1, 0.2))
    kind = {name: getattr(fault, name) for name in fault.__dataclass_fields__}
    found = outcomes(
        make,
        sandbox,
        [*messages(0)],
        [*messages(1)],
        before=lambda: (sandbox.clear_faults(), sandbox.inject(Fault(**kind))),
        batch_size_rows=10,
    )
    stored, _ = one_only(found)
    assert [row["id"] for row in stored["s9"][1]] == [n for n in range(SIZES[9]) if n != 9]


@pytest.mark.servers("gateway", "v1 with SQL")
def test_a_stream_that_fails_ends_the_run_after_the_streams_before_it(make, sandbox, caplog):
    for number in NUMBERS:
        base = make(sandbox, concurrency=number, max_rejected_records=99)
        base.load(*[message for message in messages() if message.get("stream") != "s5"])
        before = what_is_stored(base)[0]
        assert "'s5'" in base.fails(caplog, *messages(1), create_tables=False)
        assert base.states[-1] == {"done": 4}
        after = what_is_stored(base)[0]
        assert {name for name in after if after[name] != before[name]} == {"s1", "s2", "s3", "s4"}


@pytest.mark.servers("gateway")
def test_linked_tables_are_stored_one_after_the_other(make, sandbox):
    """As are all batches of one table: one alone is on its way at each moment."""
    base = make(sandbox, concurrency=8, batch_size_rows=2)
    base.base.create_table("a", [{"column_name": "id", "column_type": "number"}])
    base.base.create_table("b", [{"column_name": "id", "column_type": "number"}])
    base.base.add_column("a", "other", "link", {"table": "a", "other_table": "b"})
    most = watch(base)
    run = [schema(name, {"id": "integer"}, ["id"]) for name in "ab"]
    for number in range(9):
        run += [record(name, id=number) for name in "ab"]
    base.load(*run)
    assert most() == 1
    assert [row["id"] for row in base.rows("b")] == list(range(9))


@pytest.mark.servers("gateway")
@pytest.mark.parametrize(("number", "least", "most_at_once"), [(1, 1, 1), (3, 2, 3), (8, 4, 8)])
def test_so_many_tables_are_stored_at_once(make, sandbox, number, least, most_at_once):
    base = make(sandbox, concurrency=number)
    most = watch(base)
    base.load(
        *[message for message in messages() if message["type"] != "STATE"], max_rejected_records=99
    )
    assert least <= most() <= most_at_once


def watch(base):
    """Counts the appends that are on their way; returns what tells the most at one moment."""
    lock, under_way, most = threading.Lock(), [0], [0]
    make_target = base.target

    def target(**config):
        made = make_target(**config)
        seatable = made.context.tables.base
        append = seatable.append_rows

        def slow_append(*args):
            with lock:
                under_way[0] += 1
                most[0] = max(most[0], under_way[0])
            time.sleep(0.05)
            try:
                return append(*args)
            finally:
                with lock:
                    under_way[0] -= 1

        seatable.append_rows = slow_append
        return made

    base.target = target
    return lambda: most[0]


@settings(max_examples=15, deadline=None)
@given(
    limit=st.integers(1_000, 1_060),
    sizes=st.lists(st.integers(11, 40), min_size=2, max_size=6),  # one percent is not counted
    number=st.sampled_from([2, 4, 8]),
)
def test_the_row_limit_holds_for_all_batches_together(limit, sizes, number):
    """No more rows are stored than the base takes, and all of them if it takes them."""
    with Sandbox() as sandbox:
        base = sandbox.create_base("Limit")
        base.create_table("full", [{"column_name": "id", "column_type": "number"}])
        base.append_rows("full", [{"id": row} for row in range(1_000)])
        target = TargetSeaTable(
            config={
                "server_url": sandbox.url,
                "api_token": base.api_token,
                "row_limit": limit,
                "concurrency": number,
                "load_method": "append-only",
                "validate_records": False,
                "column_types": TEXT_NAMES,
                "rejected_records_path": "/dev/null",
            }
        )
        seatable = target.context.tables.base
        append = seatable.append_rows

        def slow_append(*args):
            time.sleep(0.01)  # so that the batches are on their way together
            return append(*args)

        seatable.append_rows = slow_append  # type: ignore[method-assign]
        lines = "".join(json.dumps(message) + "\n" for message in messages(sizes=sizes))
        refused = False
        try:
            target.run(io.BytesIO(lines.encode()))
        except RowLimitExceeded:
            refused = True
        assert refused is (1_000 + sum(sizes) > limit)
        tables = [table["name"] for table in base.metadata()["metadata"]["tables"]]
        stored = sum(len(base.rows(name)) for name in tables)
        assert stored <= limit
        assert refused or stored == 1_000 + sum(sizes)


TEXT_NAMES = {f"s{number}": {"name": "long-text"} for number in range(STREAMS)}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_second_signal_ends_all_threads_at_once(tmp_path, number):
    """A server that does not answer is not waited for, however many calls are on their way."""
    with Sandbox() as sandbox:
        base = sandbox.create_base("Signals")
        sandbox.inject(Fault("hang_before", method="POST", seconds=15, times=99))
        access = {"server_url": sandbox.url, "api_token": base.api_token, "concurrency": number}
        config = tmp_path / "config.json"
        config.write_text(json.dumps(access))
        program = Path(sys.executable).with_name("target-seatable")
        run = subprocess.Popen(
            [program, "--config", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
        )
        assert run.stdin
        run.stdin.write("".join(json.dumps(message) + "\n" for message in messages()).encode())
        run.stdin.close()
        began = time.monotonic()
        while not any(call.method == "POST" for call in sandbox.calls):
            assert time.monotonic() - began < 60
            time.sleep(0.05)
        for _ in range(2):
            run.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        signalled = time.monotonic()
        assert run.wait(timeout=20) == 128 + signal.SIGTERM
        assert time.monotonic() - signalled < 10
        assert run.stdout
        with run.stdout as states:
            # The first stream has no records: its STATE promises nothing that is not stored.
            assert states.read() in {b"", b'{"done":0}\n'}


@pytest.mark.servers("gateway")
def test_no_thread_is_left_of_a_run(make, sandbox):
    before = {*threading.enumerate()}
    make(sandbox, concurrency=8).load(*messages(), max_rejected_records=99)
    left = {thread for thread in {*threading.enumerate()} - before if thread.name == THREAD_NAME}
    for thread in left:
        thread.join(5)
    assert not any(thread.is_alive() for thread in left)
