"""No record is lost or written twice, whenever a retry is killed."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_seatable.load_methods.batch_writer import BatchWriter
from target_seatable.results.rejected.retried_file import RetriedFile
from tests.target.results.retry.retries import LOG, ids, load, mend, retry, set_to
from tests.target.singer import record, schema

pytestmark = pytest.mark.servers("gateway")


class Killed(BaseException):
    """As if the program had been killed here."""


CHANGES: dict[str, dict[str, Any]] = {
    "schema": {"age": "x"},
    "column": {"day": "soon"},
    "key": {"id": None},
    "nan": {"age": float("nan")},
}
FAULTS = st.sampled_from(["none", "schema", "column", "key", "nan"])


def broken(n, fault):
    """A record with a fault of a kind, as a line."""
    values: dict[str, Any] = {"id": n, "name": f"n{n}", "age": n, "day": "2024-01-01"}
    values |= CHANGES.get(fault, {})
    return json.dumps({"type": "RECORD", "stream": "people", "record": values}) + "\n"


def mended(row, whole):
    """A record as people mend it, by its name, where `whole` says that they do."""
    n = int(row["name"][1:])
    if n in whole:
        row.update(id=n, age=n, day="2024-01-01")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_record_is_lost_or_doubled_whenever_a_retry_is_killed(make, seatable, data):
    """Of records with a key: after kills and repeats the base has all that was ever mended."""
    base = make(seatable)
    base.rejected.unlink(missing_ok=True)
    days = schema("people", {"id": "integer", "name": "string", "age": "number", "day": "string"},
                  ["id"])  # fmt: skip
    config = {"column_types": {"people": {"day": "date"}}, "batch_size_rows": 3}
    faults = dict(enumerate(data.draw(st.lists(FAULTS, min_size=1, max_size=12))))
    load(base, days, *[broken(n, fault) for n, fault in faults.items()], **config)
    bad = {n for n, fault in faults.items() if fault != "none"}
    assert {int(entry["record"]["name"][1:]) for entry in base.rejections()} == bad
    done: set[int] = set()
    for _ in range(3):
        whole = data.draw(st.sets(st.sampled_from(sorted(bad)))) if bad else set()
        if base.rejected.exists():
            mend(base.rejected, lambda row, whole=whole: mended(row, whole))
            moment, before = data.draw(st.integers(0, 4)), data.draw(st.booleans())
            was_killed = killed_retry(base, moment, config, before=before)
        else:
            was_killed = False
        stored = ids(base)
        assert len(stored) == len(set(stored))
        left = {int(entry["record"]["name"][1:]) for entry in base.rejections()}
        assert {*stored} | left == {*faults}, "a record was lost"
        if not was_killed:
            assert left == bad - done - whole
        done |= whole


def killed_retry(base, moment, config, *, before):
    """A retry that ends at a write or at a change of the file; returns whether it did."""
    left = iter(range(moment))
    patch = pytest.MonkeyPatch()

    def ending(function):
        def end(*args, **kwargs):
            is_last = next(left, None) is None
            if is_last and before:
                raise Killed
            result = function(*args, **kwargs)
            if is_last:
                raise Killed
            return result

        return end

    patch.setattr(RetriedFile, "_replace", ending(RetriedFile._replace))
    patch.setattr(BatchWriter, "_post", ending(BatchWriter._post))
    try:
        retry(base, **config)
    except Killed:
        return True
    finally:
        patch.undo()
    return False


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("moment", range(7))
def test_without_a_key_a_kill_repeats_one_batch_at_most(base, moment, before, monkeypatch):
    rows, batch = 30, 5
    monkeypatch.setattr("target_seatable.sinks.table_sink.SAMPLE", batch)
    monkeypatch.setattr("target_seatable.target.retry._RECORDS_PER_STATE", 1)
    load(base, LOG, *[record("log", n=n, v="x") for n in range(rows)])
    mend(base.rejected, set_to(v=1))
    was_killed = killed_retry(base, moment, {"batch_size_rows": batch}, before=before)
    if base.rejected.exists():
        retry(base)
    stored = [row["n"] for row in base.rows("log")]
    assert set(stored) == set(range(rows)), "a record was lost"
    assert len(stored) <= rows + (batch if was_killed else 0)
    assert base.rejections() == []
