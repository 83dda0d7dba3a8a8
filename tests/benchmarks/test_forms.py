"""The material is what servers send, and every contender makes the same of it."""

import json
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from benchmarks.contenders.registry import ROOT
from benchmarks.material import FORMS, USUAL, source_tables
from benchmarks.material.dataset import describe_tables, gateway_rows, row_ids
from benchmarks.material.stamps import Stamps
from benchmarks.measure import start_server, write_dataset

ROWS = 60
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,3}))?(Z|[+-]\d\d:\d\d)")


def fraction_of(stamp):
    match = _STAMP.fullmatch(stamp)
    assert match, f"{stamp} is no time stamp"
    return match[1] or ""


def rows_of(form):
    return [row for row, _ in gateway_rows(FORMS[form], row_ids(400))]


@pytest.mark.parametrize(
    ("stamps", "second", "millisecond", "written"),
    [
        (Stamps(), 23, 456, "2025-09-15T10:57:23.456+02:00"),
        (Stamps(), 23, 400, "2025-09-15T10:57:23.4+02:00"),
        (Stamps(), 23, 0, "2025-09-15T10:57:23+02:00"),
        (Stamps(digits=0), 23, 456, "2025-09-15T10:57:23+02:00"),
        (Stamps(digits=None), 21, 456, "2025-09-15T10:57:21.4+02:00"),
        (Stamps(digits=None), 22, 406, "2025-09-15T10:57:22.4+02:00"),
        (Stamps(offset=0), 23, 45, "2025-09-15T10:57:23.045Z"),
        (Stamps(offset=330), 20, 120, "2025-09-15T10:57:20.12+05:30"),
    ],
)
def test_zeros_are_trimmed_and_utc_is_a_letter(stamps, second, millisecond, written):
    time = datetime(2025, 9, 15, 10, 57, second, millisecond * 1000, tzinfo=stamps.zone)
    assert stamps.write(time) == written


@pytest.mark.parametrize("form", FORMS)
def test_every_time_is_written_as_servers_do(form):
    offsets, fractions = set(), set()
    for row in rows_of(form):
        for name in ("_ctime", "_mtime", *FORMS[form].names("time", "day")):
            if row[name]:
                fractions.add(fraction_of(row[name]))
                offsets.add(_STAMP.sub(r"\2", row[name]))
    assert len(offsets) == 1
    assert not any(fraction.endswith("0") for fraction in fractions)


def test_the_forms_differ_in_what_they_are_for():
    digits = {len(fraction_of(row["_mtime"])) for row in rows_of("0 to 3 digits")}
    assert digits == {0, 1, 2, 3}
    assert not any("." in row["_mtime"] for row in rows_of("whole seconds"))
    assert len({row["_mtime"] for row in rows_of("stamps of batches")}) == 1
    cells = [cell for row in rows_of("empty cells") for cell in row.values()]
    assert 0.3 < cells.count(None) / len(cells) < 0.7
    assert all(len(row["Buyers"]) == 2 for row in rows_of("links with two names"))
    assert [len(FORMS[form].columns) for form in (USUAL, "3 columns", "60 columns")] == [12, 3, 60]
    formats = {column.data["format"] for column in FORMS["all date formats"].columns if column.data}
    assert len(formats) == 8


@pytest.mark.parametrize("form", FORMS)
def test_tables_have_names_and_keys_that_seatable_allows(form):
    for table in describe_tables(FORMS[form], copies=2):
        names = [column["name"] for column in table["columns"]]
        keys = [column["key"] for column in table["columns"]]
        assert len(set(names)) == len(names)
        assert len(set(keys)) == len(keys)
        assert not any(re.search(r"[.{}`]", name) for name in [table["name"], *names])


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    cache = tmp_path_factory.mktemp("datasets")
    folders = [write_dataset(form, ROWS, cache) for form in FORMS.values()]
    with start_server(folders, 0.0) as url:
        yield url


def records(command):
    """The records that a program prints, by stream and id; its times as points in time."""
    output = subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout
    messages = [json.loads(line) for line in output.splitlines()]
    found: dict[str, dict[str, Any]] = {}
    for message in messages:
        if message["type"] == "RECORD":
            values = {name: as_time(value) for name, value in message["record"].items()}
            found.setdefault(message["stream"], {})[values["_id"]] = values
    return found


def as_time(value):
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\dT", value):
        return value
    assert value.endswith("+00:00"), f"{value} is not in UTC"
    return datetime.fromisoformat(value)


def test_the_tap_and_its_limit_print_the_same_records(url, tmp_path):
    config = tmp_path / "config.json"
    tables = [form.source for form in FORMS.values()]
    config.write_text(json.dumps({"server_url": url, "api_token": "benchmark-0", "tables": tables}))
    tap = records([sys.executable, "-m", "tap_seatable", "--config", str(config)])
    assert len(tap) == len(FORMS)
    for form in FORMS.values():
        limit = records(
            [sys.executable, "-m", "benchmarks.contenders.taps", "limit", url, form.name, "1", "1"]
        )
        expected = limit[form.source]
        stream = tap[form.source]
        assert len(expected) == ROWS
        for row_id, record in stream.items():
            known = {name: value for name, value in record.items() if name in expected[row_id]}
            assert known == expected[row_id]


def test_several_tables_have_names_of_their_own():
    assert source_tables(FORMS[USUAL], 2) == ["Orders 1", "Orders 2"]
    assert source_tables(FORMS[USUAL]) == ["Orders"]


def test_targets_get_minutes_with_the_zeros_of_other_sources():
    time = datetime(2025, 9, 15, 10, 57, tzinfo=timezone(timedelta(hours=2)))
    assert Stamps().write_for_targets(time) == "2025-09-15T10:57:00.000+02:00"
    assert Stamps(digits=None).write_for_targets(time) == "2025-09-15T10:57:00.0+02:00"
