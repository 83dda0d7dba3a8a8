"""Random streams, overwrites and deletions with random faults end as without them."""

import time
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.errors import SeaTableError
from seatable_sandbox import Fault
from tests.seeds import SOAK
from tests.target.load_methods.exactly_once.faults import (
    HANGS,
    KEYED,
    KEYLESS,
    TIMEOUT,
    WRITES,
    again,
    apply_late_writes,
)
from tests.target.singer import record, state

KINDS = [
    "reset_before",
    "reset_after",
    "hang_before",
    "hang_after",
    "cut",
    "delayed_apply",
    "html",
    "expire",
    "status",
]
FAULTS = st.builds(
    Fault,
    kind=st.sampled_from(KINDS),
    path=st.sampled_from([WRITES, "/sql/$", "/tables/$", "/metadata/$"]),
    status=st.sampled_from([429, 500, 502, 503, 504]),
    after=st.integers(0, 5),
    retry_after=st.just(0),
    seconds=st.just(0.02),
).map(lambda fault: again(fault, seconds=HANGS) if SOAK and "hang" in fault.kind else fault)


@settings(max_examples=1000 if SOAK else 80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(FAULTS, max_size=4),
    ids=st.lists(st.integers(0, 30), max_size=60),
    known=st.sets(st.integers(0, 30)),
    keyed=st.booleans(),
    size=st.integers(1, 25),
)
def test_random_streams_by_random_faults(seatable, make, faults, ids, known, keyed, size):
    base = make(seatable)
    name = f"t{time.monotonic_ns()}"  # a table for each example
    shape = {**(KEYED if keyed else KEYLESS), "stream": name}
    first = [record(name, id=key, v="old") for key in sorted(known)]
    base.load(shape, *first, state({"n": 0}))
    for fault in faults:
        seatable.inject(fault)
    new = [record(name, id=key, v=str(position)) for position, key in enumerate(ids)]
    try:
        base.load(shape, *new, state({"n": 1}), batch_size_rows=size, request_timeout=TIMEOUT)
    except SeaTableError:
        assert base.states in ([], [{"n": 1}])
        if keyed:  # run again from the last state: from the start
            seatable.clear_faults()
            base.load(shape, *new, state({"n": 1}), batch_size_rows=size, request_timeout=TIMEOUT)
        else:
            return
    finally:
        seatable.clear_faults()
    stored = [(row["id"], row["v"]) for row in base.rows(name)]
    if keyed:
        latest = {
            **dict.fromkeys(known, "old"),
            **{key: str(position) for position, key in enumerate(ids)},
        }
        assert sorted(stored) == sorted(latest.items())
    else:
        expected = [(key, "old") for key in known] + [
            (key, str(position)) for position, key in enumerate(ids)
        ]
        assert Counter(stored) == Counter(expected)


@settings(max_examples=600 if SOAK else 40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(FAULTS, max_size=4),
    before=st.lists(st.integers(0, 20), max_size=30),
    after=st.lists(st.integers(0, 20), max_size=40),
    keyed=st.booleans(),
    size=st.integers(1, 25),
)
def test_random_overwrites_by_random_faults(seatable, make, faults, before, after, keyed, size):
    """The table equals the stream, after a second run at the latest."""
    base = make(seatable)
    name = f"t{time.monotonic_ns()}"
    shape = {**(KEYED if keyed else KEYLESS), "stream": name}
    once = dict.fromkeys if keyed else list
    base.load(shape, *[record(name, id=key, v="old") for key in once(before)], state({"n": 0}))
    stream = [record(name, id=key, v=str(key % 3)) for key in once(after)]
    options = {"load_method": "overwrite", "batch_size_rows": size, "max_delete_fraction": 1}
    for fault in faults:
        seatable.inject(fault)
    try:
        base.load(shape, *stream, state({"n": 1}), request_timeout=TIMEOUT, **options)
    except SeaTableError:
        assert base.states in ([], [{"n": 1}])
        seatable.clear_faults()
        apply_late_writes()  # before anybody runs it again
        base.load(shape, *stream, state({"n": 1}), request_timeout=TIMEOUT, **options)
    finally:
        seatable.clear_faults()
    stored = Counter((row["id"], row["v"]) for row in base.rows(name))
    assert stored == Counter((key, str(key % 3)) for key in once(after))


@settings(max_examples=600 if SOAK else 40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(FAULTS, max_size=4),
    life=st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=40),
    hard=st.booleans(),
    size=st.integers(1, 9),
)
def test_random_deletions_by_random_faults(seatable, make, faults, life, hard, size):
    """Each record, or tombstone, is the last word on its row, after a second run at the latest."""
    base = make(seatable)
    name = f"t{time.monotonic_ns()}"
    shape = {**KEYED, "stream": name}
    moment = "2024-02-29T10:20:00Z"
    base.load(shape, *[record(name, id=key, v="old") for key in range(5)], state({"n": 0}))
    stream = [
        record(name, id=key, v=str(position))
        if lives
        else record(name, id=key, v=None, _sdc_deleted_at=moment)
        for position, (key, lives) in enumerate(life)
    ]
    options = {"hard_delete": hard, "batch_size_rows": size, "request_timeout": TIMEOUT}
    for fault in faults:
        seatable.inject(fault)
    try:
        base.load(shape, *stream, state({"n": 1}), **options)
    except SeaTableError:
        seatable.clear_faults()
        apply_late_writes()
        base.load(shape, *stream, state({"n": 1}), **options)
    finally:
        seatable.clear_faults()
    expected = dict.fromkeys(range(5), ("old", False))
    for position, (key, lives) in enumerate(life):
        if lives:
            expected[key] = (str(position), False)
        elif hard:
            expected.pop(key, None)
        elif key in expected:
            expected[key] = (expected[key][0], True)
    stored = [
        (row["id"], (row["v"], bool(row.get("_sdc_deleted_at")))) for row in base.base.rows(name)
    ]
    assert sorted(stored) == sorted(expected.items())
