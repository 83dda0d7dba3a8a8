"""The setting date_times: the same moments with the server's offset or in UTC."""

from __future__ import annotations

import io
import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.column_types import Reading, codec
from seatable_client.errors import ConfigError
from seatable_client.metadata import Column
from seatable_sandbox import Sandbox
from target_seatable.target import TargetSeaTable
from tests.tap.support import config_of, read
from tests.tap.zoo import add_zoo

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
COLUMN = Column("0000", "When", "date", {"format": "YYYY-MM-DD HH:mm"})


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
        given, in_utc = read(config), read({**config, "date_times": "utc"})
    pairs = list(zip(given.records("Zoo"), in_utc.records("Zoo"), strict=True))
    assert any(moment[19:] not in {"+00:00", ""} for one, _ in pairs for moment in moments(one))
    for one, other in pairs:
        found = [list(moments(record)) for record in (one, other)]
        assert [datetime.fromisoformat(moment) for moment in found[0]] == [
            datetime.fromisoformat(moment) for moment in found[1]
        ]
        assert {moment[-6:] for moment in found[1]} <= {"+00:00"}
        plain = [
            {name: value for name, value in record.items() if not list(moments(value))}
            for record in (one, other)
        ]
        assert plain[0] == plain[1]


@given(st.lists(st.none() | st.datetimes(timezones=st.timezones()), max_size=5))
def test_a_whole_column_reads_as_its_cells_do(values):
    cells = [value and value.replace(second=0, microsecond=0).isoformat()[:25] for value in values]
    reading = Reading(in_utc=True)
    read_one = codec.reader(COLUMN, reading)
    found = list(codec.cells_reader(COLUMN, reading)(cells))
    assert found == [None if cell is None else read_one(cell) for cell in cells]
    for cell, one in zip(cells, found, strict=True):
        if one is not None and one != cell:
            assert datetime.fromisoformat(one) == datetime.fromisoformat(cell or "")
            assert datetime.fromisoformat(one).tzinfo == timezone.utc


def test_another_setting_sends_all_rows_again(base, exact):
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.append_rows("T", [{"Name": "x"}, {"Name": "y"}])
    state = read(exact).state
    run = read({**exact, "date_times": "utc"}, state=state)
    assert len(run.records("T")) == 2
    assert read({**exact, "date_times": "utc"}, state=run.state).records("T") == []
    assert len(read(exact, state=run.state).records("T")) == 2


@pytest.mark.only_on("gateway")
def test_a_copy_of_moments_without_the_servers_clock_is_refused(sandbox, base, config):
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("T", "When", "date", {"format": "YYYY-MM-DD HH:mm"})
    base.append_rows("T", [{"Name": "x", "When": "2024-06-05 10:20"}])
    run = read({**config, "date_times": "utc"})
    copy = sandbox.create_base("Copy")
    target = TargetSeaTable(config=config_of(sandbox, copy))
    lines = "".join(json.dumps(message) + "\n" for message in run.messages)
    with pytest.raises(ConfigError, match=r"'When' comes in UTC.*Set date_times to offset"):
        target.run(io.BytesIO(lines.encode()))
