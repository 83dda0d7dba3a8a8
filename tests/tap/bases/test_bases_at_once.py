"""Bases that are prepared and read at once: what goes out is the same, and so are the calls."""

from __future__ import annotations

import pytest

from seatable_sandbox import Fault, Sandbox
from tests.tap.support import make_table, paths_called, read
from tests.tap.sync.test_concurrency import one_only, what_goes_out

BASES = 6
SIZES = (3, 0, 25, 12)
LATENCY = 0.5


@pytest.fixture(scope="module")
def place():
    """A server with some bases, whose tables have several sizes."""
    with Sandbox() as sandbox:
        bases = [sandbox.create_base(f"Base {number}") for number in range(BASES)]
        for base in bases:
            for number, rows in enumerate(SIZES):
                make_table(base, f"T{number}", rows)
        sandbox.clock.advance(5)
        yield sandbox, bases


@pytest.fixture
def config(sandbox, bases):
    tokens = [{"api_token": base.api_token} for base in bases]
    return {"server_url": sandbox.url, "bases": tokens, "page_size": 10}


def runs(config, sandbox, state=None, prepare=lambda: None):
    """The same run at each number of bases and tables at once."""
    for number in (1, 4, 8):
        sandbox.clear_faults()
        sandbox.calls.clear()
        prepare()
        yield read({**config, "concurrency": number}, state=state)


def test_records_states_and_calls_do_not_depend_on_how_many_are_read_at_once(
    config, sandbox, bases
):
    def outcome(run):
        assert run.error == ""
        return what_goes_out(run), tuple(sorted(paths_called(sandbox, "/")))

    first, _ = one_only([outcome(run) for run in runs(config, sandbox)])
    assert '"Base 5-T2"' in first
    state = read(config).state
    bases[1].append_rows("T3", [{"Name": "new"}])
    bases[4].delete_rows("T2", [bases[4].rows("T2")[0]["_id"]])
    sandbox.clock.advance(5)
    later, _ = one_only([outcome(run) for run in runs(config, sandbox, state)])
    assert '"new"' in later


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize(
    ("path", "fault", "sentence"),
    [
        ("/metadata/", {"status": 503}, "2 of the bases could not be read: 'Base 1', 'Base 4'."),
        (
            "/operations/",
            {"status": 429, "retry_after": 9_999},
            (
                "8 of the streams were not read: 'Base 1-T0', 'Base 1-T1', 'Base 1-T2', "
                "'Base 1-T3', 'Base 4-T0', 'Base 4-T1', 'Base 4-T2', 'Base 4-T3'."
            ),
        ),
    ],
)
def test_bases_that_cannot_be_prepared_fail_alone_and_in_order(
    config, sandbox, bases, path, fault, sentence
):
    state = read(config).state
    for base in bases:
        base.append_rows("T0", [{"Name": "one more"}])
    sandbox.clock.advance(5)

    def fail():
        for number in (4, 1):
            sandbox.inject(Fault("status", path=f"{bases[number].uuid}{path}", times=99, **fault))

    found = []
    for run in runs(config, sandbox, state, prepare=fail):
        assert sentence in run.error
        assert len(run.records("Base 5-T0")) >= SIZES[0] + 1
        found.append(what_goes_out(run))
    one_only(found)


def test_what_prepares_a_base_is_asked_of_several_at_once():
    with Sandbox("gateway", latency=LATENCY) as sandbox:
        bases = [sandbox.create_base(f"Base {number}") for number in range(5)]
        for base in bases:
            make_table(base, "T", 3)
        tokens = [{"api_token": base.api_token} for base in bases]
        sandbox.calls.clear()
        run = read({"server_url": sandbox.url, "bases": tokens, "concurrency": 5})
        assert run.error == ""
        for path in ("/metadata/", "/operations/"):
            received = [call.received for call in sandbox.calls if path in call.path]
            assert len(received) == 5
            # One after the other, the last would come 4 * LATENCY behind the first.
            assert max(received) - min(received) < 2 * LATENCY


def test_no_more_are_under_way_than_the_setting_says():
    """Two tables of two bases each; and the table that the run has come to before its turn."""
    with Sandbox("gateway", latency=LATENCY / 3) as sandbox:
        bases = [sandbox.create_base(f"Base {number}") for number in range(4)]
        for base in bases:
            for number in range(3):
                make_table(base, f"T{number}", 3)
        tokens = [{"api_token": base.api_token} for base in bases]
        sandbox.calls.clear()
        assert read({"server_url": sandbox.url, "bases": tokens, "concurrency": 2}).error == ""
        received = sorted(
            (call.received, call.base_name) for call in sandbox.calls if "/sql/" in call.path
        )
    assert len(received) == 2 * 4 * 3
    for moment, base_name in received:
        under_way = [name for begun, name in received if moment - LATENCY / 3 < begun <= moment]
        assert len(under_way) <= 2 * 2 + 1
        assert under_way.count(base_name) <= 2 + 1
