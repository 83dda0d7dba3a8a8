"""Date-times in UTC and their offsets: together they are what the server sent."""

import io
import json
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatable_client.errors import ConfigError
from singer_seatable import date_times
from singer_seatable.date_times import join, join_record
from target_seatable.messages import MessageReader, TypedDecoder

ZONES = ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
"""Half hours and quarters of an hour, and one that puts its clocks forward by half an hour."""


def written(moment):
    """As servers write a date-time; before zones had whole minutes there is none of it."""
    offset = moment.utcoffset()
    if offset is None or offset % timedelta(minutes=1):
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.replace(second=0, microsecond=0).isoformat()


moments = st.datetimes(timezones=st.sampled_from(ZONES).map(ZoneInfo)) | st.datetimes(
    timezones=st.timezones()
)
texts = moments.map(written)
near_a_change = st.builds(
    lambda minutes, fold: written(
        (datetime(2024, 10, 27, tzinfo=timezone.utc) + timedelta(minutes=minutes))
        .astimezone(ZoneInfo("Europe/Berlin"))
        .replace(fold=fold)
    ),
    st.integers(0, 300),
    st.sampled_from([0, 1]),
)
cells = st.none() | texts | near_a_change
values = cells | st.lists(cells, max_size=4)


def split(value):
    (in_utc,), (offset,) = date_times.split([value])
    return in_utc, offset


@given(st.lists(values | st.text() | st.integers()))
def test_values_of_a_column_are_split_as_if_each_were_alone(column):
    in_utc, offsets = date_times.split(column)
    assert list(zip(in_utc, offsets, strict=True)) == list(map(split, column))


@given(values)
@example("2024-10-27T02:30:00+02:00")
@example("2024-10-27T02:30:00+01:00")
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:00-12:00")
@example("2024-06-05T10:20:00.5-00:00")
@example("2024-06-05 10:20:00+02:00")
@example("")
@example("text")
def test_a_value_comes_back_from_utc(value):
    in_utc, offset = split(value)
    assert join(in_utc, json.loads(json.dumps(offset))) == value


@given(texts)
def test_it_is_the_same_moment_in_utc(text):
    in_utc, offset = split(text)
    if offset is not None:
        assert in_utc.endswith("+00:00")
        assert datetime.fromisoformat(in_utc) == datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("value", "offset"),
    [
        ("2024-06-05T08:20:00+02:00", "+02:00"),
        ("2024-06-05T08:20:00+00:00", "nonsense"),
        ("0001-01-01T00:00:00+00:00", "-02:00"),
        (["2024-06-05T08:20:00+00:00"], ["+02:00", None]),
        (5, "+02:00"),
    ],
)
def test_what_does_not_belong_together_is_refused(value, offset):
    with pytest.raises(ValueError, match=r"."):
        join(value, offset)


WHEN = {
    "type": ["string", "null"],
    "format": "date-time",
    "x-seatable": {"key": "0000", "name": "When", "type": "date"},
}
LIST = {"type": ["array", "null"], "items": {"type": ["string", "null"], "format": "date-time"}}
PROPERTIES = {"_id": {"type": "string"}, "When": WHEN, "All": LIST}


def schema(**extension):
    body = {"type": "object", "properties": PROPERTIES, "x-seatable": {"name": "T", **extension}}
    return {"type": "SCHEMA", "stream": "T", "schema": body, "key_properties": ["_id"]}


def record(values, offsets=None):
    message = {"type": "RECORD", "stream": "T", "record": values}
    return message if offsets is None else {**message, "x-seatable": {"offsets": offsets}}


def read(*messages):
    """The records of messages as the target gets them."""
    found = []
    lines = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
    callbacks = {
        "SCHEMA": lambda _message: None,
        "RECORD": lambda message: found.append(message["record"]),
    }
    MessageReader().process_lines(io.BytesIO(lines), callbacks)
    return found


@given(st.lists(st.tuples(cells, st.none() | st.lists(cells, max_size=3)), min_size=1, max_size=6))
def test_the_target_gets_what_the_server_sent(rows):
    given_rows = [
        {"_id": str(number), "When": value, "All": values}
        for number, (value, values) in enumerate(rows)
    ]
    sent = []
    for row in given_rows:
        parts = {name: split(value) for name, value in row.items() if name != "_id"}
        offsets = {name: offset for name, (_, offset) in parts.items() if offset is not None}
        in_utc = {name: value for name, (value, _) in parts.items()}
        sent.append(record({"_id": row["_id"], **in_utc}, offsets))
    assert read(schema(date_times="utc"), *sent) == given_rows
    decoder = TypedDecoder(
        "T", schema(date_times="utc")["schema"], exact=frozenset(), validates=True
    )
    lines = b"\n".join(json.dumps(message).encode() for message in sent)
    columns, _ = decoder.column_values([message.record for message in decoder.decode(lines)])
    assert [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ] == [{name: row[name] for name in columns} for row in given_rows]


def test_messages_that_lost_their_offsets_are_refused():
    values = {"_id": "1", "When": "2024-06-05T08:20:00+00:00", "All": None}
    with pytest.raises(ConfigError, match=r"got lost between tap and target.*date_times to offset"):
        read(schema(date_times="utc"), record(values))
    with pytest.raises(ConfigError, match="got lost"):
        read(schema(date_times="utc"), record(values, {"When": "noon"}))
    assert read(schema(date_times="utc"), record({**values, "When": None}))
    assert read(schema(), record(values)) == [values]


def test_properties_that_are_gone_need_no_offset():
    values = {"_id": "1", "When": None}
    join_record(values, {"When": "+02:00", "Other": "+02:00"})
    assert values == {"_id": "1", "When": None}
