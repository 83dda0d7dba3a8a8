"""The metric `record_count`: each record once, with either series of the SDK."""

import json
import logging

import pytest
from singer_sdk.exceptions import InvalidRecord

from tests.target.singer import record, schema


def counts(caplog):
    """The sums of the metric's lines, by stream."""
    found: dict[str, int] = {}
    for message in caplog.messages:
        _, is_metric, text = message.partition("METRIC: ")
        if is_metric and (metric := json.loads(text))["metric"] == "record_count":
            stream = metric["tags"]["stream"]
            found[stream] = found.get(stream, 0) + metric["value"]
    return found


@pytest.fixture(autouse=True)
def _metrics(caplog):
    caplog.set_level(logging.INFO, "singer_sdk.metrics")


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("batch", [2, 1000])
def test_each_record_counts_once(base, caplog, batch):
    said = [schema(name, {"id": "integer"}, ["id"]) for name in ("a", "b")]
    records = [record(name, id=number) for number in range(5) for name in ("a", "a", "b")]
    base.load(*said, *records, batch_size_rows=batch)
    assert counts(caplog) == {"a": 10, "b": 5}
    assert len(base.rows("a")) == 5


@pytest.mark.servers("gateway")
def test_a_schema_that_is_sent_again_loses_no_count(base, caplog):
    messages = []
    for turn in range(3):
        properties = {"id": "integer", **{f"column_{number}": "string" for number in range(turn)}}
        messages.append(schema("t", properties, ["id"]))
        messages += [record("t", id=5 * turn + number) for number in range(5)]
    base.load(*messages)
    assert counts(caplog) == {"t": 15}


@pytest.mark.servers("gateway")
def test_refused_records_count_as_read(base, caplog):
    said = schema("t", {"id": {"type": "integer"}}, ["id"])
    with pytest.raises(InvalidRecord):
        base.load(said, record("t", id=1), record("t", id="no"), record("t", id=2))
    assert counts(caplog) == {"t": 3}
