"""The setting date_times: the same moments with the server's offset or in UTC."""

from __future__ import annotations

import io
import json
from datetime import datetime

import pytest

from seatable_client.errors import ConfigError
from seatable_sandbox import Sandbox
from target_seatable.target import TargetSeaTable
from tests.tap.support import config_of, read, standard_output
from tests.tap.zoo import add_zoo

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")


def moments(value):
    """Every date-time in a record, however deep."""
    if isinstance(value, str) and len(value) > 10 and value[10:11] == "T":
        yield value
    elif isinstance(value, (dict, list)):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from moments(inside)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("profile", ["gateway", "v1"])
def test_in_utc_the_moments_are_the_same(zone, profile):
    with Sandbox(profile=profile, time_zone=zone) as sandbox:
        base = sandbox.create_base("Located")
        add_zoo(base)
        config = {**config_of(sandbox, base), "server_timezone": zone}
        given, in_utc = read({**config, "date_times": "offset"}), read(config)
    pairs = list(zip(given.records("Zoo"), in_utc.records("Zoo"), strict=True))
    assert any(
        moment[19:] not in {"+00:00", ""}
        for local_record, _ in pairs
        for moment in moments(local_record)
    )
    for local_record, utc_record in pairs:
        found = [list(moments(record)) for record in (local_record, utc_record)]
        assert [datetime.fromisoformat(moment) for moment in found[0]] == [
            datetime.fromisoformat(moment) for moment in found[1]
        ]
        assert {moment[-6:] for moment in found[1]} <= {"+00:00"}
        plain = [
            {name: value for name, value in record.items() if not list(moments(value))}
            for record in (local_record, utc_record)
        ]
        assert plain[0] == plain[1]


def test_another_setting_sends_all_rows_again(base, exact):
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.append_rows("T", [{"Name": "x"}, {"Name": "y"}])
    state = read(exact).state
    run = read({**exact, "date_times": "offset"}, state=state)
    assert len(run.records("T")) == 2
    assert read({**exact, "date_times": "offset"}, state=run.state).records("T") == []
    assert len(read(exact, state=run.state).records("T")) == 2


def hours(*days):
    """Every half hour of some days, as a date column holds it."""
    return [
        f"{day} {hour:02}:{minute}" for day in days for hour in range(24) for minute in ("00", "30")
    ]


@pytest.mark.parametrize("maps", [{}, {"T": {"Extra": "Name"}}])
@pytest.mark.parametrize("setting", ["utc", "offset"])
@pytest.mark.parametrize(
    ("zone", "copy_zone", "days"),
    [
        ("Europe/Berlin", "America/New_York", ("2024-10-27", "2024-06-05")),
        ("Australia/Lord_Howe", "Asia/Kathmandu", ("2024-04-07", "2024-12-05")),
        ("Asia/Kolkata", "Europe/Berlin", ("2024-06-05", "1960-02-29")),
        ("UTC", "UTC", ("2024-06-05",)),
    ],
)
def test_a_copy_shows_what_the_clock_showed(zone, copy_zone, days, setting, maps):
    """Also in an hour that the clock of the source shows twice, by the normal and the fast path."""
    with Sandbox(time_zone=zone) as sandbox, Sandbox(time_zone=copy_zone) as other:
        base, copy = sandbox.create_base("Base"), other.create_base("Copy")
        base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        base.add_column("T", "When", "date", {"format": "YYYY-MM-DD HH:mm"})
        base.append_rows("T", [{"Name": text, "When": text} for text in hours(*days)])
        config = config_of(sandbox, base, date_times=setting, stream_maps=maps)
        run = read(config)
        lines = "".join(json.dumps(message) + "\n" for message in run.messages)
        config = config_of(other, copy, batch_size_rows=10)
        with standard_output():
            TargetSeaTable(config=config).run(io.BytesIO(lines.encode()))
        shown = {row["Name"]: row["When"][:16].replace("T", " ") for row in copy.rows("T")}
        assert shown == {text: text for text in hours(*days)}


@pytest.mark.only_on("gateway")
def test_a_copy_without_the_offsets_is_refused(sandbox, base, config):
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("T", "When", "date", {"format": "YYYY-MM-DD HH:mm"})
    base.append_rows("T", [{"Name": "x", "When": "2024-06-05 10:20"}])
    messages = [
        {key: value for key, value in message.items() if key != "x-seatable"}
        for message in read(config).messages
    ]
    copy = sandbox.create_base("Copy")
    target = TargetSeaTable(config=config_of(sandbox, copy))
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    with pytest.raises(ConfigError, match="got lost between tap and target"):
        target.run(io.BytesIO(lines.encode()))
