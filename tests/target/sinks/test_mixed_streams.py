"""Streams as they come: good records and bad ones, deletions and states, of two streams, in turn.

Batches are small and tables known early, so that records take every way there is through the
target. What a base holds afterwards is worked out by hand from the records alone.
"""

from __future__ import annotations

import itertools
from collections import Counter
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_seatable.sinks import table_sink
from tests.seeds import SOAK
from tests.target.singer import record, schema, state

EXAMPLES = 300 if SOAK else 25

_numbers = itertools.count()

PROPERTIES = {
    "id": {"type": "integer"},
    "n": {"type": ["number", "null"]},
    "s": {"type": ["string", "null"]},
    "d": {"type": ["string", "null"], "format": "date"},
    "b": {"type": ["boolean", "null"]},
    "l": {"type": ["array", "null"], "items": {"type": "string"}},
}
GOOD = {
    "n": st.sampled_from([None, 0, 1.5, -3, 2**53]),
    "s": st.sampled_from([None, "", "a", "ä\u2028", "x" * 200]),
    "d": st.sampled_from([None, "2024-06-05", "1999-12-31"]),
    "b": st.sampled_from([None, True, False]),
    "l": st.sampled_from([None, [], ["p"], ["p", "q"]]),
}
UNLIKE_SCHEMA: list[dict] = [{"s": 5}, {"n": "five"}, {"b": "yes"}, {"l": ["p", 5]}]
UNLIKE_COLUMN: list[dict] = [{"d": "2024-13-45"}, {"n": 2**60}, {"s": "y" * 10_001}]

FIRST = {"n": 1, "s": "first", "d": "2024-01-01", "b": True, "l": ["p"]}
"""By these a column shows of which type it is to be."""

IDS = st.integers(0, 6)
RECORDS = st.one_of(
    st.tuples(st.just("good"), IDS, st.fixed_dictionaries(GOOD)),
    st.tuples(st.just("part"), IDS, st.fixed_dictionaries({}, optional=GOOD)),
    st.tuples(st.just("bad"), IDS, st.sampled_from(UNLIKE_SCHEMA + UNLIKE_COLUMN)),
    st.tuples(st.just("gone"), IDS, st.just({})),
    st.tuples(st.just("state"), IDS, st.just({})),
)
LIVES = st.lists(st.tuples(st.sampled_from("xy"), RECORDS), min_size=10, max_size=40)
MOMENT = "2024-02-29T10:20:00Z"


def shown(values):
    """The cells that a row shows; an unticked box is what an untouched one is."""
    cells = {
        name: str(value)[:10] if name == "d" else str(value)
        for name, value in values.items()
        if not (value is None or value is False or value in ("", []))
    }
    return tuple(sorted(cells.items()))


class Expected:
    """What a table holds, by hand."""

    def __init__(self, method):
        self.method = method
        self.rows = {}
        self.appended = []
        self.refused = 0

    def take(self, kind, key, values):
        if kind == "bad" or (kind == "gone" and self.method == "append-only"):
            self.refused += 1
        elif self.method == "append-only":
            self.appended.append({"id": key, **values})
        elif kind == "gone":
            self.rows.pop(key, None)
        else:
            self.rows[key] = {**self.rows.get(key, {}), "id": key, **values}

    @property
    def table(self):
        return Counter(map(shown, self.appended or self.rows.values()))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(LIVES, st.integers(1, 4), st.integers(1, 3), st.sampled_from([True, True, False]))
@pytest.mark.parametrize("method", ["append-only", "upsert", "overwrite"])
@pytest.mark.timeout(3600)
@pytest.mark.servers("gateway", "v1 with SQL")
def test_a_table_holds_what_the_good_records_said(
    seatable, make, method, lives, size, sample, validates
):
    base = make(seatable, batch_size_rows=size, max_rejected_records=999)
    names = {entry: f"{entry}{next(_numbers)}" for entry in "xy"}
    expected = {entry: Expected(method) for entry in "xy"}
    lines = [schema(name, PROPERTIES, ["id"]) for name in names.values()]
    base.load(*lines, *(record(name, id=9, **FIRST) for name in names.values()))
    if method != "overwrite":
        for expectation in expected.values():
            expectation.take("good", 9, FIRST)
    for entry, (kind, key, values) in lives:
        if kind == "state":
            lines.append(state({"at": len(lines)}))
            continue
        if method == "overwrite" and kind == "gone":  # it only marks the row, which others test
            continue
        if not validates and kind == "bad" and values in UNLIKE_SCHEMA:
            continue
        expected[entry].take(kind, key, values)
        deleted = {"_sdc_deleted_at": MOMENT} if kind == "gone" else {}
        lines.append(record(names[entry], id=key, **values, **deleted))
    lines.append(state({"at": "end"}))
    with mock.patch.object(table_sink, "SAMPLE", sample):
        base.load(
            *lines,
            load_method=method,
            hard_delete=True,
            max_delete_fraction=1,
            validate_records=validates,
        )
    for entry, name in names.items():
        assert Counter(map(shown, base.rows(name))) == expected[entry].table
    assert len(base.rejections()) == sum(expectation.refused for expectation in expected.values())
    base.rejected.unlink(missing_ok=True)
    assert base.states[-1] == {"at": "end"}
