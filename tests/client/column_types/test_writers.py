"""A value is written as a cell that is stored as it was meant, or it is refused."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from seatable_client.column_types import codec
from seatable_client.column_types.date_writers import Writing
from seatable_client.column_types.readers import Reading
from seatable_client.column_types.registry import TYPES
from seatable_client.column_types.writers import length
from seatable_client.errors import InvalidValueError
from tests.client.column_types.stored_cells import (
    BERLIN,
    ZONES,
    StoredCells,
    column,
    write,
)
from tests.client.column_types.value_strategies import (
    ANYTHING,
    MOMENTS,
    SPELLED,
    UNDATED,
    VALUES,
    WRITABLE,
)


def meant(kind: str, value, read):
    """What should have been read, given what was meant by the value."""
    if kind in {"number", "rate", "duration", "department-single-select"}:
        # Of seventeen digits the double shows fewer, which are the same double.
        return float(str(value)) == float(str(read))
    if kind == "checkbox":
        return read is (value.lower() == "true" if isinstance(value, str) else value == 1)
    if isinstance(value, (date, datetime)):
        return read == value.isoformat()
    if isinstance(value, str):  # objects are taken from their JSON text, too
        return read in (value or None, [value]) or read == json.loads(value)
    if kind in {"text", "email", "url", "long-text"} and not isinstance(value, Decimal):
        return json.loads(read) == json.loads(json.dumps(value, default=float))
    if isinstance(value, list) and kind != "file":
        value = [item if isinstance(item, str) else str(item) for item in value]
    if isinstance(value, dict):
        value, read = digits(value), digits(read)
    return read in (value or None, str(value))


def digits(value):
    """A value with every number as the digits that JSON spells it with: 0.33 is Decimal("0.33")."""
    spelled = msgspec.json.Encoder(decimal_format="number").encode(value)
    return json.loads(spelled, parse_float=Decimal, parse_int=Decimal)


def test_a_number_that_is_none_is_no_text_either():
    for kind in ("text", "long-text", "email"):
        for value in (math.inf, [math.nan], {"a": [None, -math.inf]}):
            with pytest.raises(InvalidValueError, match="cannot be represented in JSON"):
                write(kind, value)
        assert write(kind, [None]) == "[null]"


@settings(max_examples=600)
@given(kind=st.sampled_from(UNDATED), data=st.data())
def test_a_value_is_stored_as_it_is_or_refused(kind, data):
    value = data.draw(st.one_of(VALUES.get(kind, ANYTHING), ANYTHING, MOMENTS))
    try:
        sent = write(kind, value)
    except InvalidValueError as error:
        event(f"{kind}: {str(error)[:9]}…")
        return
    typed_column = column(kind)
    stored = StoredCells(timezone.utc).keep(typed_column, sent)
    read = codec.reader(typed_column, Reading())(stored)
    Draft202012Validator(codec.schema(typed_column)).validate(read)
    assert meant(kind, value, read), (sent, stored, read)


def _as_moment(value) -> datetime:
    """What a value means, by a parser of our own."""
    if isinstance(value, str):
        value = re.sub(r"[zZ]$", "+00:00", value)
        value = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", value)
        value = re.sub(r"(T\d\d:\d\d[+-]\d\d)$", r"\1:00", value)
        return datetime.fromisoformat(value)
    return value if isinstance(value, datetime) else datetime.combine(value, time())


@settings(max_examples=600)
@given(
    st.one_of(MOMENTS, SPELLED),
    st.sampled_from(ZONES),
    st.sampled_from(["YYYY-MM-DD HH:mm", "DD.MM.YYYY HH:mm"]),
)
@example("2024-10-27T00:30:00Z", BERLIN, "YYYY-MM-DD HH:mm")
@example("2024-10-27T01:30:00Z", BERLIN, "YYYY-MM-DD HH:mm")
@example("2024-03-31T02:30", BERLIN, "YYYY-MM-DD HH:mm")
def test_a_date_time_is_the_same_moment_for_every_server_or_refused(value, zone, shown_as):
    date_column = column("date", format=shown_as)
    try:
        sent = write("date", value, writing=Writing(zone=zone), **date_column.data)
    except InvalidValueError:
        return
    moment = _as_moment(value)
    for fold in (0, 1):
        read = codec.reader(date_column, Reading())(StoredCells(zone, fold).keep(date_column, sent))
        stored = datetime.fromisoformat(re.sub(r"([+-]\d\d:\d\d):\d\d$", r"\1", read))
        if moment.tzinfo is None:
            assert stored.replace(tzinfo=None) == moment
        else:
            assert abs(stored - moment) < timedelta(minutes=1)
            if stored.utcoffset() == zone.utcoffset(stored.replace(tzinfo=None)):
                assert stored == moment


@settings(max_examples=300)
@given(st.one_of(MOMENTS, SPELLED), st.sampled_from(ZONES))
def test_a_day_is_the_same_day_or_refused(value, zone):
    date_column = column("date", format="M/D/YYYY")
    try:
        sent = write("date", value, writing=Writing(zone=zone), **date_column.data)
    except InvalidValueError:
        return
    read = codec.reader(date_column, Reading())(StoredCells(zone).keep(date_column, sent))
    moment = _as_moment(value)
    assert read == moment.date().isoformat()
    assert moment.time() == time()


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("2024-06-05T10:20:00Z", "2024-06-05 12:20"),
        ("2024-06-05T23:20:00Z", "2024-06-06 01:20"),
        ("2024-06-05T10:20:00+05:30", "2024-06-05 06:50"),
        ("2024-06-05T10:20:00+0530", "2024-06-05 06:50"),
        ("2024-06-05T10:20+05", "2024-06-05 07:20"),
        ("2024-06-05T10:20", "2024-06-05 10:20"),
        ("2024-06-05 10:20:00.000000", "2024-06-05 10:20"),
        ("2024-06-05", "2024-06-05 00:00"),
        (date(2024, 6, 5), "2024-06-05 00:00"),
        (datetime(2024, 1, 5, 10, 20, tzinfo=timezone.utc), "2024-01-05 11:20"),
        ("2024-10-27T02:30", "2024-10-27 02:30"),
    ],
)
def test_date_times_as_they_are_sent(value, sent):
    writing = Writing(zone=BERLIN)
    assert write("date", value, writing=writing, format="YYYY-MM-DD HH:mm") == sent


@pytest.mark.parametrize(
    ("value", "because"),
    [
        ("2024-06-05T10:20:30Z", "has seconds"),
        ("2024-06-05T10:20:00.0000001Z", "has seconds"),
        ("2024-03-31T02:30", "clock skips"),
        ("2024-10-27T00:30:00Z", "clock repeats"),
        ("2024-10-27T01:30:00Z", "clock repeats"),
        ("9999-12-31T23:59:00Z", "date in the server's time zone"),
        ("0999-06-05T10:20", "does not store the year 999"),
        ("05/06/2024", "is not a date such as"),
        ("1717575630000", "is not a date such as"),
        (20240605, "is not a date such as"),
        (True, "is not a date such as"),
    ],
)
def test_date_times_that_are_refused(value, because):
    with pytest.raises(InvalidValueError, match=because):
        write("date", value, writing=Writing(zone=BERLIN), format="YYYY-MM-DD HH:mm")


def test_an_offset_needs_a_known_zone_and_a_wall_clock_does_not():
    writing = Writing(zone=None)
    with pytest.raises(InvalidValueError, match="server_timezone"):
        write("date", "2024-06-05T10:20:00Z", writing=writing, format="YYYY-MM-DD HH:mm")
    sent = write("date", "2024-03-31T02:30", writing=writing, format="YYYY-MM-DD HH:mm")
    assert sent == "2024-03-31 02:30"


def test_seconds_are_cut_where_that_is_asked_for():
    writing = Writing(zone=BERLIN, cut_seconds=True)
    sent = write("date", "2024-06-05T10:20:59.9Z", writing=writing, format="YYYY-MM-DD HH:mm")
    assert sent == "2024-06-05 12:20"


def test_a_date_time_in_a_day_column_keeps_its_own_day():
    writing = Writing(zone=BERLIN)
    assert write("date", "2024-06-05T00:00:00-11:00", writing=writing) == "2024-06-05"
    with pytest.raises(InvalidValueError, match="time of day"):
        write("date", "2024-06-05T23:20:30Z", writing=writing)


@pytest.mark.parametrize(("kind", "limit"), [("text", 10_000), ("long-text", 100_000)])
def test_text_is_measured_in_utf_16_units(kind, limit):
    assert write(kind, "a" * limit) == "a" * limit
    assert write(kind, "😀" * (limit // 2)) == "😀" * (limit // 2)
    for too_long in ("a" * (limit + 1), "😀" * (limit // 2) + "a", "é" * (limit + 1)):
        with pytest.raises(InvalidValueError, match=f"SeaTable keeps {limit:,}"):
            write(kind, too_long)
    assert length("a😀é") == 4


@pytest.mark.parametrize("kind", ["email", "url"])
def test_addresses_are_not_cut(kind):
    assert write(kind, "x" * 10_001) == "x" * 10_001


@pytest.mark.parametrize("blank", [" ", "\n\t ", "\ufeff", " \ufeff\u3000"])
def test_white_space_is_kept_as_long_text(blank):
    sent = write("long-text", blank)
    assert StoredCells(timezone.utc).keep(column("long-text"), sent) == blank


@pytest.mark.parametrize("kind", [kind for kind in WRITABLE if kind != "checkbox"])
def test_half_a_character_is_refused_before_it_breaks_a_request(kind):
    half = "\ud83d"
    for value in (half, [half], [{"name": half, "size": 1, "type": "file", "url": "u"}], {half: 1}):
        with pytest.raises(InvalidValueError):
            write(kind, value)


def test_nul_is_a_character_like_any_other():
    assert write("text", "a\x00b") == "a\x00b"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (5, 5),
        ("-12.50", -12.5),
        ("0", 0),
        (Decimal("0.1"), 0.1),
        (Decimal("1E+3"), 1000),
        (2**53, 2**53),
        (10**22, 1e22),
        (1e300, 1e300),
    ],
)
def test_numbers_as_they_are_sent(value, sent):
    assert write("number", value) == sent


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, "", " 5", "1e", "12abc", "007", "5%", "1,234.5", "٣", "9" * 5000, "NaN"),
        *(2**53 + 1, Decimal("0.1234567890123456789"), Decimal("NaN"), Decimal("sNaN")),
        *(
            Decimal("1E+400"),
            Decimal("1E-400"),
            math.nan,
            math.inf,
            [1],
            {"a": 1},
            date(2024, 1, 1),
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_number_is_refused(value):
    for kind in ("number", "rate", "duration", "department-single-select"):
        with pytest.raises(InvalidValueError):
            write(kind, value)


@pytest.mark.parametrize("shown_as", ["h:mm:ss.s", "h:mm:ss.ss", "h:mm:ss.sss"])
def test_a_duration_is_refused_where_the_server_would_empty_the_cell(shown_as):
    assert write("duration", 90.25, duration_format="h:mm") == 90.25
    with pytest.raises(InvalidValueError, match=f"shows durations as {shown_as}"):
        write("duration", 90.25, duration_format=shown_as)


def test_a_rating_keeps_to_the_columns_maximum():
    assert write("rate", 7, rate_max_number=10) == 7
    assert write("rate", Decimal("5.0")) == 5
    for value, data in ((11, {"rate_max_number": 10}), (6, {}), (0, {}), (2.5, {})):
        with pytest.raises(InvalidValueError, match="not a rating from 1 to"):
            write("rate", value, writing=None, **data)


@pytest.mark.parametrize("value", [5, {"a": 1}, None, "x", [5], [None], [{"a": 1}]])
@pytest.mark.parametrize("kind", ["file", "collaborator", "image"])
def test_what_is_no_list_of_the_right_things_is_refused(kind, value):
    if kind == "image" and value == "x":
        assert write(kind, value) == ["x"]
        return
    with pytest.raises(InvalidValueError):
        write(kind, value)


def test_a_file_is_what_seatable_keeps_of_it():
    file = {"name": "a", "size": 1, "type": "file", "url": "u"}
    assert write("file", [file]) == [file]
    for other in (
        {**file, "note": "x"},
        {"name": "a"},
        *({**file, part: empty} for part in ("name", "type", "url") for empty in ("", None)),
        {**file, "size": "x"},
    ):
        with pytest.raises(InvalidValueError):
            write("file", [other])


def test_a_file_of_unknown_size_is_written_with_size_0_as_seatable_drops_it_otherwise():
    file = {"name": "a", "size": None, "type": "file", "url": "u"}
    assert write("file", [file]) == [{**file, "size": 0}]
    assert write("file", [{**file, "size": 0}]) == [{**file, "size": 0}]


def test_numbers_within_objects_stay_numbers():
    place = {"lng": Decimal("8.23"), "lat": Decimal(50)}
    assert json.loads(msgspec.json.encode(write("geolocation", place))) == {"lng": 8.23, "lat": 50}
    assert write("geolocation", '{"lng": 8.23, "lat": 50}') == {"lng": 8.23, "lat": 50}
    assert write("text", {"price": Decimal("1.50"), "id": 2**70}) == (
        '{"price":1.50,"id":1180591620717411303424}'
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, Decimal("NaN"), [Decimal("NaN")], object()])
def test_what_no_text_can_say_is_refused(value):
    with pytest.raises(InvalidValueError):
        write("text", value)


def test_computed_columns_are_not_written():
    assert {name for name, entry in TYPES.items() if not entry.writer} == {
        *("link", "formula", "link-formula", "creator", "last-modifier", "ctime", "mtime"),
        *("auto-number", "button"),
    }
    assert codec.writer(column("something-new"), Writing()) is None
