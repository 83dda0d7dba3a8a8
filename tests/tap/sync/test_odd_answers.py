"""A success that lacks what was asked: the rows as they are, or a failure, and never fewer rows."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_sandbox import Fault
from tap_seatable.state.bookmark import reset_bookmark
from tests.odd_answers import BODIES, READS, faults
from tests.servers import WITH_SQL, others
from tests.tap.support import READS_ROWS, config_of, make_table, read

DELETED = "_sdc_deleted_at"

_numbers = itertools.count()


def alive(runs):
    """The ids of the rows in a warehouse that has taken the messages of these runs."""
    rows: dict[str, int] = {}
    for run in runs:
        for message in run.messages:
            if message["type"] == "RECORD" and message["stream"] == "T":
                record = message["record"]
                if record.get(DELETED):
                    rows.pop(record["_id"], None)
                else:
                    rows[record["_id"]] = message.get("version", 0)
            elif message["type"] == "ACTIVATE_VERSION" and message["stream"] == "T":
                rows = {row_id: version for row_id, version in rows.items()
                        if version >= message["version"]}  # fmt: skip
    return set(rows)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(faults(READS, ["answer"], [None]), min_size=1, max_size=2),
    state=st.booleans(),
    deletes=st.sampled_from(["tombstones", "versions"]),
    interval=st.sampled_from([0, 86_400]),
)
def test_no_odd_answer_is_taken_for_a_table_without_rows(
    sandbox, quick_retries, faults, state, deletes, interval
):
    base = sandbox.create_base(f"Odd {next(_numbers)}")
    ids = make_table(base, "T", 12)
    config = config_of(sandbox, base, deletes=deletes, full_compare_interval=interval, page_size=5)
    runs = [read(config)] if state else []
    if state:
        base.delete_rows("T", ids[:2])
        ids = ids[2:] + base.append_rows("T", [{"Name": "new", "Amount": 1}])
        sandbox.clock.advance(10)
    before = runs[0].state if runs else None
    for fault in faults:
        sandbox.inject(fault)
    try:
        run = read(config, state=before)
    finally:
        sandbox.clear_faults()
    runs.append(run)
    if run.error:
        runs.append(read(config, state=run.state or before))
        assert runs[-1].error == ""
    else:
        assert run.state
    assert alive(runs) == set(ids)


@pytest.mark.parametrize("body", BODIES[::4], ids=repr)
def test_an_odd_answer_that_persists_ends_with_a_sentence(sandbox, base, tap_in_process, config,
                                                         quick_retries, body):  # fmt: skip
    make_table(base, "T", 3)
    sandbox.inject(Fault("answer", path=READS_ROWS, status=200, body=body, times=999))
    ended = tap_in_process(config)
    assert ended.code != 0
    assert "does not have SeaTable's format" in ended.log
    assert not any(json.loads(line)["type"] == "ACTIVATE_VERSION"
                   for line in ended.output.splitlines())  # fmt: skip


NO_ROWS, NO_COUNT = b'{"results": []}', b'{"results": [{"row_count": 0}]}'


@pytest.mark.only_on(*WITH_SQL)
@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
@pytest.mark.parametrize(("page_size", "body"), [(1000, NO_ROWS), (10, NO_COUNT)])
def test_a_table_is_not_empty_because_one_answer_says_so(
    sandbox, base, config, deletes, page_size, body
):
    ids = make_table(base, "T", 30)
    settings = {
        **config, "deletes": deletes, "full_compare_interval": 0, "page_size": page_size
    }  # fmt: skip
    first = read(settings)
    sandbox.inject(Fault("answer", path="/(sql|query)/", status=200, body=body))
    run = read(settings, state=first.state)
    assert run.messages_of("ACTIVATE_VERSION") == []
    assert run.records("T") == []
    assert alive([first, run, read(settings, state=run.state)]) == set(ids)


@pytest.mark.only_on(*WITH_SQL)
def test_a_new_version_of_a_known_table_is_not_empty_because_one_answer_says_so(
    sandbox, base, config
):
    ids = make_table(base, "T", 30)
    first = read(config)
    state = first.state
    state["bookmarks"]["T"] = reset_bookmark(state["bookmarks"]["T"])
    sandbox.inject(Fault("answer", path="/(sql|query)/", status=200, body=NO_ROWS))
    run = read(config, state=state)
    assert run.log_lines("Stream 'T' was not read", "counts 30 a moment later")
    assert run.messages_of("ACTIVATE_VERSION") == []
    assert alive([first, run, read(config, state=run.state)]) == set(ids)


@pytest.mark.only_on(*others(WITH_SQL))
def test_a_table_is_not_empty_because_one_list_says_so(sandbox, base, config):
    ids = make_table(base, "T", 30)
    settings = {**config, "full_compare_interval": 0}
    first = read(settings)
    sandbox.inject(Fault("answer", path="/rows/$", status=200, body=b'{"rows": []}'))
    run = read(settings, state=first.state)
    assert run.log_lines("Stream 'T' was not read", "counts 30 a moment later")
    assert alive([first, run, read(settings, state=run.state)]) == set(ids)


@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
@pytest.mark.parametrize("left", [0, 1, 10])
def test_most_rows_of_a_table_may_be_deleted(base, config, deletes, left):
    ids = make_table(base, "T", 30)
    settings = {**config, "deletes": deletes, "full_compare_interval": 0}
    first = read(settings)
    base.delete_rows("T", ids[left:])
    run = read(settings, state=first.state)
    assert run.error == ""
    assert alive([first, run]) == set(ids[:left])
