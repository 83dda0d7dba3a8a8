"""Every value is stored as given, or its record is rejected."""

import contextlib
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import InvalidRecord, MissingKeyPropertiesError

from seatable_client.api.base import Base
from seatable_client.errors import InvalidValueError
from seatable_sandbox import Sandbox
from tests.servers import written_alike
from tests.target.singer import record, schema, state

DATE_TIME = {"type": ["string", "null"], "format": "date-time"}
DAY = {"type": ["string", "null"], "format": "date"}


def table(base, type_, data=None):
    """A table that people have made, with one column of this type."""
    columns = [
        {"column_name": "id", "column_type": "number"},
        {"column_name": "v", "column_type": type_, "column_data": data},
    ]
    base.base.create_table("t", columns)


@pytest.mark.parametrize(
    ("type_", "data", "value"),
    [
        ("text", None, "x" * 10_001),
        ("long-text", None, "x" * 100_001),
        ("text", None, "\N{GRINNING FACE}" * 5_001),
        ("number", None, "12abc"),
        ("number", None, "1e"),
        ("number", None, "007"),
        ("number", None, True),
        ("number", None, [1]),
        ("number", None, 2**53 + 1),
        ("date", {"format": "YYYY-MM-DD"}, "2024-02-30"),
        ("date", {"format": "YYYY-MM-DD"}, "05/06/2024"),
        ("date", {"format": "YYYY-MM-DD"}, 1717570800000),
        ("date", {"format": "YYYY-MM-DD"}, "0001-01-01"),
        ("date", {"format": "YYYY-MM-DD"}, "2024-02-29T10:00:00"),
        ("date", {"format": "YYYY-MM-DD HH:mm"}, "2024-02-29T10:00:30"),
        ("duration", {"format": "duration", "duration_format": "h:mm:ss.s"}, 90),
        ("checkbox", None, "yes"),
        ("checkbox", None, 2),
        ("rate", {"rate_max_number": 5, "rate_style_color": "", "rate_style_type": ""}, 6),
        ("single-select", None, ["a"]),
        ("multiple-select", None, "a b"),
        ("multiple-select", None, ["a", "a"]),
        ("multiple-select", None, ["a", 1.5, None]),
        ("collaborator", None, "somebody@example.com"),
        ("collaborator", None, [7]),
        ("file", None, [{"name": "a", "url": "b"}]),
        ("geolocation", {"geo_format": "lng_lat"}, "1, 2"),
    ],
    ids=lambda value: f"{str(value)[:30]} ({len(str(value))})",
)
def test_what_seatable_would_change_is_refused(base, type_, data, value):
    table(base, type_, data)
    with pytest.raises(InvalidValueError, match="Property 'v' for column 'v', which is of type"):
        base.load(
            schema("t", {"id": "integer", "v": {}}),
            record("t", id=1, v=value),
            record("t", id=2),
            state({"done": True}),
        )
    assert base.rows("t") == [{"id": 2, "v": None}]
    assert base.states == [{"done": True}]
    (entry,) = base.rejections()
    assert entry["stream"] == "t"
    assert entry["record"] == {"id": 1, "v": value}
    assert "Property 'v'" in entry["reason"]
    assert entry["error"] == "InvalidValueError"


def test_empty_text_lists_and_objects_are_stored_as_nothing(base):
    empty = {"a": "string", "b": {"type": "array"}, "c": "object", "d": "number", "e": "boolean"}
    base.load(schema("t", empty), record("t", a="", b=[], c={}, d=0, e=False))
    assert base.rows("t") == [{"a": None, "b": None, "c": None, "d": 0, "e": False}]


def test_integers_in_lists_are_stored_as_integers_however_they_are_written(base):
    """Also on the fast path, which the records behind the first batch take."""
    listed = {"type": ["array", "null"], "items": {"type": "integer"}}
    count = 300
    lines = [
        f'{{"type": "RECORD", "stream": "t", "record": {{"id": {n}, "v": [7.0, 1e3, 5]}}}}\n'
        for n in range(count)
    ]
    table(base, "text")
    base.load(schema("t", {"id": "integer", "v": listed}, ["id"]), *lines, batch_size_rows=10)
    assert {row["v"] for row in base.rows("t")} == {"[7,1000,5]"}


def test_a_record_that_does_not_fit_its_schema_is_rejected(base):
    with pytest.raises(InvalidRecord, match=r"record\.id must be integer"):
        base.load(schema("t", {"id": {"type": "integer"}}), record("t", id="x"), record("t", id=2))
    assert base.rows("t") == [{"id": 2}]
    assert base.rejections()[0]["error"] == "InvalidRecord"


def test_validation_can_be_switched_off(base):
    base.load(schema("t", {"id": {"type": "integer"}}), record("t", id="7"), validate_records=False)
    assert base.rows("t") == [{"id": 7}]


def test_formats_and_defaults_of_a_schema_are_not_the_validators_business(base):
    properties = {"id": "integer", "v": {"type": "string", "format": "ipv4", "default": "x"}}
    base.load(schema("t", properties), record("t", id=1, v="no address"), record("t", id=2))
    assert [row["v"] for row in base.rows("t")] == ["no address", None]


def test_decimals_are_checked_and_stored_digit_by_digit(base):
    properties = {"id": "integer", "v": {"type": "number", "multipleOf": 0.01, "maximum": 10.5}}
    with pytest.raises(InvalidRecord):
        base.load(
            schema("t", properties),
            record("t", id=1, v=1.1),
            record("t", id=2, v=10.5),
            record("t", id=3, v=0.001),
            record("t", id=4, v=10.51),
        )
    assert [row["v"] for row in base.rows("t")] == [1.1, 10.5]


def test_a_run_may_be_allowed_some_rejected_records(base):
    messages = [schema("t", {"id": {"type": "integer"}}), record("t", id="x"), record("t", id=2)]
    base.load(*messages, max_rejected_records=1)
    with pytest.raises(InvalidRecord):
        base.load(*messages, messages[1], max_rejected_records=1)
    assert len(base.rejections()) == 3


@pytest.mark.servers("gateway")  # no server has to do with it, and the memory is one
def test_rejected_records_can_go_to_any_file_system(base):
    import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415

    base.load(
        schema("t", {"id": {"type": "integer"}}),
        record("t", id="x", price=1.10),
        max_rejected_records=1,
        rejected_records_path="memory://rejected.jsonl",
    )
    with fsspec.open("memory://rejected.jsonl") as file:
        shape, entry = map(json.loads, file)
    assert shape["type"] == "SCHEMA"
    assert entry["record"] == {"id": "x", "price": 1.1}


def test_a_property_that_the_schema_does_not_have_is_skipped_with_a_warning(base, caplog):
    base.load(schema("t", {"id": "integer"}), *[record("t", id=1, more=2)] * 3)
    assert base.rows("t") == [{"id": 1}] * 3
    assert caplog.text.count("'more'") == 1


# More than a column holds


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (DATE_TIME, "2024-02-29T10:20:30"),
        (DATE_TIME, "2024-02-29T10:20:00.5"),
        (DATE_TIME, "0001-01-01T00:00:00"),
        ("integer", 2**53 + 1),
        ("number", "0.12345678901234567891"),
        ("string", "x" * 10_001),
        ({"type": "array", "items": {"type": "string"}}, ["a", "a"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_column_that_the_first_rows_would_not_fit_is_made_as_text(base, caplog, declared, value):
    given = f'{{"type":"RECORD","stream":"t","record":{{"v":{json.dumps(value)}}}}}\n'
    if declared == "number":
        given = given.replace(f'"{value}"', str(value))
    base.load(schema("t", {"id": "integer", "v": declared}), given)
    (row,) = base.rows("t")
    assert row["v"] == (
        json.dumps(value).replace(" ", "") if isinstance(value, list) else str(value)
    )
    assert base.columns("t")["v"] in {"text", "long-text"}
    assert "is made as" in caplog.text


@pytest.mark.parametrize("first", [[], [record("t", id=1, v=None)]], ids=["no record", "no value"])
def test_a_date_time_without_values_becomes_text_that_takes_any_value(base, caplog, first):
    moment = "2024-02-29T10:20:30.5+01:00"
    base.load(schema("t", {"id": "integer", "v": DATE_TIME}), *first)
    base.load(schema("t", {"id": "integer", "v": DATE_TIME}), record("t", id=2, v=moment))
    assert [row["v"] for row in base.rows("t") if row["id"] == 2] == [moment]
    assert "'v' is made as text instead of date, because no record has a value yet" in caplog.text


def test_a_date_time_without_values_becomes_a_date_column_that_can_store_any_later_value(base):
    message = schema("t", {"id": "integer", "v": DATE_TIME})
    base.load(message, server_timezone="Etc/UTC", on_precision_loss="truncate")
    assert base.columns("t")["v"] == "date"


@pytest.mark.parametrize(
    ("declared", "value"), [(DATE_TIME, "2024-02-29T10:20:30"), ("integer", 2**60)]
)
def test_it_can_be_refused_instead(base, declared, value):
    with pytest.raises(InvalidValueError):
        base.load(
            schema("t", {"id": "integer", "v": declared}),
            record("t", id=1, v=value),
            record("t", id=2),
            on_precision_loss="refuse",
        )
    assert [row["id"] for row in base.rows("t")] == [2]
    assert base.columns("t")["v"] in {"date", "number"}


def test_seconds_can_be_cut_off_instead(base):
    base.load(
        schema("t", {"v": DATE_TIME}),
        record("t", v="2024-02-29T10:20:30"),
        on_precision_loss="truncate",
    )
    [row] = base.rows("t")
    assert written_alike(row["v"]) == "2024-02-29T10:20:00+00:00"


@pytest.mark.parametrize(("type_", "limit"), [("text", 10_000), ("long-text", 100_000)])
def test_texts_can_be_cut_off_instead(base, caplog, type_, limit):
    table(base, type_)
    base.load(
        schema("t", {"id": "integer", "v": {}}),
        record("t", id=1, v="x" * (limit + 1)),
        record("t", id=2, v="\N{GRINNING FACE}" * limit),
        record("t", id=3, v="x" + "\N{GRINNING FACE}" * limit),
        record("t", id=4, v="x" * limit),
        on_text_overflow="truncate",
    )
    half = limit // 2
    assert [row["v"] for row in base.rows("t")] == [
        "x" * limit,
        "\N{GRINNING FACE}" * half,
        "x" + "\N{GRINNING FACE}" * (half - 1),
        "x" * limit,
    ]
    assert caplog.text.count("that column 'v' holds are cut") == 1


@pytest.mark.parametrize(
    ("type_", "data", "key"),
    [
        ("text", None, "x" * 10_001),
        ("long-text", None, "x" * 100_001),
        ("date", {"format": "YYYY-MM-DD HH:mm"}, "2024-02-29T10:20:30"),
    ],
)
def test_of_a_key_nothing_is_cut_off(base, type_, data, key):
    table(base, type_, data)
    keyed = schema("t", {"id": "integer", "v": {}}, ["v"])
    cuts = {"on_text_overflow": "truncate", "on_precision_loss": "truncate"}
    with pytest.raises(InvalidValueError):
        base.load(keyed, record("t", id=1, v=key[:-1]), record("t", id=2, v=key), **cuts)
    assert [entry["record"]["id"] for entry in base.rejections()][-1] == 2


# People


def test_people_are_found_by_id_address_or_name(base, monkeypatch, caplog):
    users = [
        {"email": "1@auth.local", "contact_email": "Ann@example.com", "name": "Ann"},
        {"email": "2@auth.local", "contact_email": "bob@example.com", "name": "Bob"},
        {"email": "3@auth.local", "contact_email": "", "name": "Bob"},
    ]
    monkeypatch.setattr(Base, "related_users", lambda _self: users)
    table(base, "collaborator")
    with pytest.raises(InvalidValueError, match="'Bob' is several users of the base"):
        base.load(
            schema("t", {"id": "integer", "v": {}}),
            record("t", id=1, v=["1@auth.local", "bob@example.com"]),
            record("t", id=2, v="ann@EXAMPLE.com"),
            record("t", id=3, v=["ann"]),
            record("t", id=4, v=["Bob"]),
            record("t", id=5, v=["9@auth.local"]),
        )
    assert [row["v"] for row in base.rows("t")] == [
        ["1@auth.local", "2@auth.local"],
        ["1@auth.local"],
        ["1@auth.local"],
        ["9@auth.local"],
    ]
    assert "The user 9@auth.local is not known in this base" in caplog.text


def test_people_cost_one_call(base):
    table(base, "collaborator")
    given = [record("t", id=n, v=[f"{n}@auth.local"]) for n in range(3)]
    base.load(schema("t", {"id": "integer", "v": {}}), *given)
    assert base.calls.count("related-users") == 1


# Every text


NAUGHTY = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from("'\"\\`%_;-\0\t\n\r\u200b\u202e\ufeff é日\U0001f600"), max_size=12),
    st.sampled_from(["NULL", "null", "undefined", "true", "1e5", "-0", "00", "[]", "{}", "=1+1"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(NAUGHTY, min_size=1, max_size=25, unique=True))
def test_every_text_comes_back_unchanged_or_is_refused(seatable, make, texts):
    base = make(seatable, infer_types=False)
    name = f"t{time.monotonic_ns()}"
    shape = schema(
        name, {"key": "string", "long": {"type": "string", "maxLength": 90_000}}, ["key"]
    )
    given = [record(name, key=text, long=f"[{text}]") for text in texts]
    for _ in range(2):
        with contextlib.suppress(InvalidValueError, MissingKeyPropertiesError):
            base.load(shape, *given)
        refused = {entry["record"]["key"] for entry in base.rejections()}
        stored = [(row["key"], row["long"]) for row in base.rows(name)]
        expected = [(text, f"[{text}]") for text in texts if text not in refused]
        assert sorted(stored) == sorted(expected)
    assert base.writes == []


# Time zones


def test_a_date_time_with_an_offset_goes_to_the_servers_wall_clock(make):
    with Sandbox(time_zone="Europe/Berlin") as berlin:
        base = make(berlin, server_timezone="Europe/Berlin")
        base.load(
            schema("t", {"v": DATE_TIME}),
            record("t", v="2024-01-15T10:00:00Z"),
            record("t", v="2024-07-15T10:00:00Z"),
            record("t", v="2024-07-15T10:00:00"),
        )
        assert [row["v"] for row in base.rows("t")] == [
            "2024-01-15T11:00:00+01:00",
            "2024-07-15T12:00:00+02:00",
            "2024-07-15T10:00:00+02:00",
        ]


def test_a_day_is_never_shifted(make):
    with Sandbox(time_zone="America/Lima") as lima:
        base = make(lima)
        base.load(schema("t", {"v": DAY}), record("t", v="2024-01-01"))
        assert base.rows("t")[0]["v"][:10] == "2024-01-01"


def test_durations_of_a_copy_keep_fractions_that_are_shown_in_the_original(base):
    data = {"format": "duration", "duration_format": "h:mm:ss.s"}
    declared = {"type": ["number", "null"], "x-seatable": {"type": "duration", "data": data}}
    base.load(schema("t", {"v": declared}), record("t", v=90.25))
    assert [row["v"] for row in base.rows("t")] == [90.25]
