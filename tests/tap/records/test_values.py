"""Every value of every column type, against what the base holds and what SCHEMA promises."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from seatable_api import Base as OfficialBase

from seatable_sandbox import Sandbox
from seatable_sandbox.columns import types
from tests.servers import WITH_GATEWAY, written_alike
from tests.tap.support import config_of, make_table, read
from tests.tap.zoo import CASES, ROWS, add_zoo, link_zoo

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")

EMPTY: tuple[object, ...] = (None, "", [], {})


@pytest.fixture(scope="module", params=ZONES)
def located(request):
    """A server in some zone: its base, the tap's configuration and what one run brought."""
    with Sandbox(time_zone=request.param) as sandbox:
        base = sandbox.create_base("Located")
        add_zoo(base)
        config = {**config_of(sandbox, base), "date_times": "offset"}
        link_zoo(config, base)
        yield base, config, read(config)


def expected(case, cell):
    """What a record holds for a cell as the gateway shows it, written down independently."""
    if case.is_day and isinstance(cell, list):
        return [day.split("T")[0] for day in cell]
    if case.type in {"ctime", "mtime"}:
        moment = datetime.fromisoformat(re.sub(r"\.(\d+)", lambda m: f".{m[1]:0<6}", cell))
        return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+00:00"
    if cell in EMPTY or (isinstance(cell, str) and re.fullmatch(r"#[A-Z/0]+!", cell)):
        return None
    if case.is_day or (case.type == "date" and "HH:mm" not in case.data["format"]):
        return cell.split("T")[0]
    if isinstance(cell, list):
        return [expected(case, item) for item in cell]
    return written_alike(cell)


def by_the_sandbox(base, config):
    del config
    return base.rows("Zoo")


def by_the_official_client(base, config):
    del base
    client = OfficialBase(config["api_token"], config["server_url"])
    client.auth()
    return client.query("SELECT * FROM Zoo LIMIT 100")


@pytest.mark.parametrize("seen", [by_the_sandbox, by_the_official_client])
def test_every_value_is_what_the_base_holds(located, seen):
    base, config, run = located
    records = {record["_id"]: record for record in run.records("Zoo")}
    rows = seen(base, config)
    assert len(records) == len(rows) == len(ROWS)
    for row in rows:
        record = records[row["_id"]]
        for case in CASES:
            if case.is_offered:
                assert record[case.name] == expected(case, row[case.name]), case.name
            else:
                assert case.name not in record
        assert record["_creator"] == row["_creator"]
        assert record["_last_modifier"] == row["_last_modifier"]
        assert record["_ctime"] == record["Made at"]
        assert record["_mtime"] == record["Changed at"]


def test_what_was_written_is_what_is_read(located):
    """Types whose values go in and come out in the same form."""
    base, _, run = located
    given = dict(ROWS[0])
    record = next(r for r in run.records("Zoo") if r["_id"] == base.rows("Zoo")[0]["_id"])
    for name in ("Moment", "US moment"):
        wall = given.pop(name)
        assert record[name].startswith(wall.replace(" ", "T"))
    for name, value in given.items():
        assert record[name] == value, name


def test_values_keep_their_types(located):
    """1 is not true, and 12.5 no text: Python's own equality would not notice."""
    base, _, run = located
    record = next(r for r in run.records("Zoo") if r["_id"] == base.rows("Zoo")[0]["_id"])
    assert record["Check"] is True
    assert record["Positive"] is True
    assert [type(record[name]) for name in ("Number", "Percent", "Department", "Friend count")] == [
        float,
        float,
        int,
        int,
    ]


def test_every_record_keeps_to_its_schema(located):
    _, _, run = located
    checker = FormatChecker()
    for stream in ("Zoo", "Others"):
        schema = run.schema(stream)
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema, format_checker=checker)
        for record in run.records(stream):
            validator.validate(record)
            assert set(record) == set(schema["properties"])
    assert not checker.conforms("2024-06-05 10:20", "date-time"), "the checker checks nothing"
    assert not checker.conforms("2024-6-5", "date"), "the checker checks nothing"


def test_a_date_is_the_same_day_in_every_zone(located):
    base, _, run = located
    record = next(r for r in run.records("Zoo") if r["_id"] == base.rows("Zoo")[0]["_id"])
    assert record["Day"] == "2024-06-05"
    assert record["German day"] == "2024-12-31"
    assert record["Next day"] == "2024-06-06"
    assert record["Friend dates"] == ["2024-01-01", "2024-01-02", "2024-01-03"]


@pytest.mark.only_on(*WITH_GATEWAY)  # others do not tell the types of formulas
def test_a_formula_of_unknown_date_format_keeps_its_time_of_day(base, config):
    base.create_table("T", [
        {"column_name": "At", "column_type": "date", "column_data": {"format": "YYYY-MM-DD HH:mm"}},
    ])  # fmt: skip
    base.add_column("T", "Later", "formula", {"formula": "dateAdd({At}, 90, 'minutes')"})
    base.append_rows("T", [{"At": "2024-06-05 10:20"}])
    run = read(config)
    assert run.schema("T")["properties"]["Later"]["format"] == "date-time"
    assert run.records("T")[0]["Later"] == "2024-06-05T11:50:00+00:00"


@pytest.mark.parametrize(
    ("zone", "summer", "winter"),
    [
        ("UTC", "+00:00", "+00:00"),
        ("Europe/Berlin", "+02:00", "+01:00"),
        ("America/New_York", "-04:00", "-05:00"),
        ("Asia/Kolkata", "+05:30", "+05:30"),
    ],
)
def test_a_moment_carries_the_offset_of_its_own_day(zone, summer, winter):
    with Sandbox(time_zone=zone) as sandbox:
        base = sandbox.create_base("Moments")
        base.create_table("T", [{"column_name": "At", "column_type": "date",
                                 "column_data": {"format": "YYYY-MM-DD HH:mm"}}])  # fmt: skip
        base.append_rows("T", [{"At": "2024-07-01 00:05"}, {"At": "2024-01-01 23:55"}])
        config = config_of(sandbox, base, date_times="offset")
        found = {record["At"] for record in read(config).records("T")}
    assert found == {f"2024-07-01T00:05:00{summer}", f"2024-01-01T23:55:00{winter}"}


def test_times_of_change_are_in_utc_with_milliseconds(located):
    _, _, run = located
    for record in run.records("Zoo"):
        for name in ("_ctime", "_mtime", "Made at", "Changed at"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", record[name])
        age = datetime.now(timezone.utc) - datetime.fromisoformat(record["_mtime"])
        assert timedelta(0) <= age < timedelta(minutes=5)


def test_an_empty_row_is_null_throughout(located):
    base, _, run = located
    record = next(r for r in run.records("Zoo") if r["_id"] == base.rows("Zoo")[2]["_id"])
    for case in CASES:
        if case.is_offered and not case.filled_when_empty:
            assert record[case.name] is None, case.name


def test_formula_errors_are_null_with_one_warning_per_column(located):
    base, _, run = located
    shown = [row["Ratio"] for row in base.rows("Zoo")]
    assert shown.count("#DIV/0!") + shown.count("#VALUE!") == 2
    assert [record["Ratio"] for record in run.records("Zoo")].count(None) == 2
    (line,) = run.log_lines("column 'Ratio'")
    assert "2 values of column 'Ratio' could not be read (formula error or unexpected" in line
    assert len(run.log_lines("values of column 'Double'")) == 0


def test_numbers_survive_as_they_are(base, config):
    numbers = [0.1, -0.0001, 1e15, 123456789.123, 9007199254740991, -9007199254740991, 0, 1]
    make_table(base, "T")
    base.append_rows("T", [{"Amount": number} for number in numbers])
    assert sorted(record["Amount"] for record in read(config).records("T")) == sorted(numbers)


def test_text_survives_as_it_is(base, config):
    texts = ["  spaces  ", "tab\there", "line\r\nbreak", "back\\slash", "'quotes\"", "\u2028",
             "\u0000x", "Ω≈ç√", "\U0001f469\u200d\U0001f467", "null", "#hash",
             "x" * 10_000]  # fmt: skip
    make_table(base, "T")
    base.append_rows("T", [{"Name": text} for text in texts])
    assert sorted(record["Name"] for record in read(config).records("T")) == sorted(texts)


def test_a_renamed_option_is_read_under_its_new_name(base, config):
    base.create_table("T", [{"column_name": "Color", "column_type": "single-select",
                             "column_data": {"options": [{"name": "red"}]}}])  # fmt: skip
    base.append_rows("T", [{"Color": "red"}])
    base.rename_option("T", "Color", "red", "crimson")
    assert [record["Color"] for record in read(config).records("T")] == ["crimson"]


def test_a_column_of_a_type_from_the_future_is_text_with_one_warning(base, config, monkeypatch):
    """SeaTable adds types; the gateway sends whatever JSON they hold."""
    future = types.ColumnType(types.TYPES["geolocation"].coerce, "opaque")
    monkeypatch.setitem(types.TYPES, "hologram", future)
    make_table(base, "T")
    base.add_column("T", "Beam", "hologram")
    base.append_rows("T", [{"Name": "a", "Beam": {"x": 1}}, {"Name": "b"}])
    run = read(config)
    beams = {record["Name"]: record["Beam"] for record in run.records("T")}
    assert beams["b"] is None
    assert json.loads(beams["a"]) == {"x": 1}
    assert run.schema("T")["properties"]["Beam"]["type"] == ["string", "null"]
    assert len(run.log_lines("Table 'T'", "'Beam'", "'hologram'")) == 1
    assert run.error == ""
