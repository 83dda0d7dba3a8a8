"""The tap writes pages; what the SDK's own way writes, record by record, is the measure."""

from __future__ import annotations

import hashlib
import json
from unittest import mock

import pytest
from singer_sdk import Stream

from tap_seatable import tap as tap_module
from tap_seatable.streams.table import TableStream
from tests.tap.support import config_of, discover, entry_of, make_table, metadata_of, read


class SlowStream(TableStream):
    """A stream that goes through the SDK's loop, and through its idea of a state."""

    _sync_records = Stream._sync_records
    _increment_stream_state = Stream._increment_stream_state


def slowly(config, **given):
    """A run by the SDK's own means."""
    with mock.patch.object(tap_module, "TableStream", SlowStream):
        return read(config, **given)


def emitted(run):
    """The records of a run by stream, in the order in which they came."""
    found: dict[str, list] = {}
    for message in run.messages_of("RECORD"):
        found.setdefault(message["stream"], []).append(message["record"])
    return found


def schemas(run):
    return {message["stream"]: (message["schema"], message["key_properties"])
            for message in run.messages_of("SCHEMA")}  # fmt: skip


def metrics(run, kind):
    """Metrics of a kind: tags that matter, and values."""
    metric_lines = [json.loads(line.partition("METRIC: ")[2]) for line in run.log_lines("METRIC: ")]
    return [
        (metric["tags"]["stream"], metric["value"])
        for metric in metric_lines
        if metric["metric"] == kind
    ]


MAPS = {
    "nothing": {},
    "computed": {"Zoo": {"Loud": "Text.upper() if Text else None", "Twice": "Number"}},
    "filter": {"Zoo": {"__filter__": "Number is not None"}},
    "alias": {"Zoo": {"__alias__": "animals"}},
    "hashed key": {"Zoo": {"_id": "md5(_id)"}},
    "other key": {"Zoo": {"key": "md5(_id)", "__key_properties__": ["key"]}},
    "removed property": {"Zoo": {"Text": None, "Papers": None}},
    "removed stream": {"Zoo": None},
    "some properties only": {"Zoo": {"_id": "_id", "Text": "Text", "__else__": None}},
    "two of one": {"Zoo": {}, "copy": {"__source__": "Zoo", "Text": None}},
    "by pattern": {"*": {"Where": "__stream_name__"}},
}


@pytest.mark.parametrize("maps", MAPS.values(), ids=MAPS)
@pytest.mark.parametrize("flat", [0, 1, 3], ids=["", "flat", "very flat"])
def test_stream_maps_and_flattening(zoo_config, maps, flat):
    config = dict(zoo_config)
    if maps:
        config["stream_maps"] = maps
    if flat:
        config.update(flattening_enabled=True, flattening_max_depth=flat)
    fast, slow = read(config), slowly(config)
    assert emitted(slow)
    assert emitted(fast) == emitted(slow)
    assert schemas(fast) == schemas(slow)


def test_short_names_when_flattening(zoo_config):
    config = {**zoo_config, "flattening_enabled": True, "flattening_max_depth": 2,
              "flattening_separator": "/", "flattening_max_key_length": 30}  # fmt: skip
    assert emitted(read(config)) == emitted(slowly(config))


def deselect_part(catalog, choice):
    """Deselect something of a catalog."""
    if choice == "stream":
        metadata_of(catalog, "Zoo")["selected"] = False
    elif choice == "columns":
        for name in ("Text", "Papers", "Friends", "_ctime"):
            metadata_of(catalog, "Zoo", "properties", name)["selected"] = False
    elif choice == "key":
        metadata_of(catalog, "Zoo", "properties", "_id")["selected"] = False
        metadata_of(catalog, "Zoo", "properties", "_mtime")["selected"] = False
    elif choice == "all but one":
        for item in entry_of(catalog, "Zoo")["metadata"]:
            if item["breadcrumb"] and item["breadcrumb"][1] != "Number":
                item["metadata"]["selected"] = False
    return catalog


@pytest.mark.parametrize("choice", ["nothing", "stream", "columns", "key", "all but one"])
def test_selection(zoo_config, choice):
    catalog = deselect_part(discover(zoo_config), choice)
    fast, slow = read(zoo_config, catalog=catalog), slowly(zoo_config, catalog=catalog)
    assert emitted(fast) == emitted(slow)
    assert schemas(fast) == schemas(slow)


def test_selection_and_maps_together(zoo_config):
    catalog = deselect_part(discover(zoo_config), "columns")
    config = {**zoo_config, "stream_maps": {"Zoo": {"Half": "Number / 2 if Number else 0"}}}
    fast, slow = read(config, catalog=catalog), slowly(config, catalog=catalog)
    assert emitted(fast) == emitted(slow)


def test_a_hashed_key_is_what_it_should_be(zoo_config):
    config = {**zoo_config, "stream_maps": {"Others": {"_id": "md5(_id)"}}}
    plain = [record["_id"] for record in read(zoo_config).records("Others")]
    hashed = [record["_id"] for record in read(config).records("Others")]
    assert hashed == [hashlib.md5(key.encode(), usedforsecurity=False).hexdigest() for key in plain]


def test_metrics(zoo_config):
    fast, slow = read(zoo_config), slowly(zoo_config)
    assert metrics(fast, "record_count") == metrics(slow, "record_count")
    assert [stream for stream, _ in metrics(fast, "sync_duration")] == [
        stream for stream, _ in metrics(slow, "sync_duration")
    ]
    assert all(seconds > 0 for _, seconds in metrics(fast, "sync_duration"))


def test_the_bookmark_is_the_sdks_to_the_second(base, config, sandbox):
    ids = make_table(base, "T", 30)
    sandbox.clock.advance(60)
    base.update_rows("T", {ids[3]: {"Amount": 1}})
    sandbox.clock.advance(60)
    slow = slowly(config)
    assert read(config).bookmark("T") == slow.bookmark("T")[:19] + ".000+00:00"


def test_a_record_says_when_it_was_extracted(base, config):
    make_table(base, "T", 3)
    for message in read(config).messages_of("RECORD", "T"):
        assert message["time_extracted"].endswith(("+00:00", "Z"))


# What only this tap writes goes the same way


@pytest.fixture
def things(base, config):
    """A table and a way to run the tap, delete a row and run it again with some stream maps."""
    ids = make_table(base, "T", 6)

    def read_after_delete(maps, **settings):
        wanted = {**config, "stream_maps": maps, **settings}
        first = read(wanted)
        base.delete_rows("T", ids[:1])
        return ids[0], first, read(wanted, state=first.state)

    return read_after_delete


def tombstones(run):
    return [
        message["record"]
        for message in run.messages_of("RECORD")
        if message["record"].get("_sdc_deleted_at")
    ]


@pytest.mark.parametrize(
    "maps",
    [
        {"T": {"_id": "md5(_id)"}},
        {"T": {"_id": "md5(_id)", "Shout": "Name.upper()"}},
        {"T": {"_id": "md5(_id)", "__filter__": "Amount >= 0"}},
        {"T": {"_id": "md5(_id)", "__filter__": "Name[0] == 'r'", "Sum": "Amount + 1"}},
    ],
)
def test_a_tombstone_has_the_key_that_the_row_had(things, maps):
    """A map that fails on nulls must not let the key out as it is."""
    row_id, first, second = things(maps)
    known = {record["_id"] for record in first.records("T")}
    [tombstone] = tombstones(second)
    assert tombstone["_id"] in known
    assert tombstone["_id"] != row_id
    assert tombstone["_deleted_at"]


def test_a_tombstone_under_another_name_and_key(things):
    maps = {"T": {"key": "md5(_id)", "__key_properties__": ["key"], "__alias__": "U"}}
    _, first, second = things(maps)
    [tombstone] = tombstones(second)
    assert tombstone["key"] in {record["key"] for record in first.records("U")}
    assert second.records("T") == []


@pytest.mark.parametrize(
    "key",
    [
        "str(Name)",
        "f'{_id} {Name}'",
        "int(Amount or 0)",
        "'named' if Name else 'unnamed'",
        "md5(Name)",
    ],
)
def test_a_key_that_a_deleted_row_does_not_tell_is_not_made_up(things, key):
    """Of nulls a map makes the key of no row, or of one that lives."""
    _, first, second = things({"T": {"key": key, "__key_properties__": ["key"]}})
    assert len(first.records("T")) == 6
    assert second.messages_of("RECORD") == []
    assert second.log_lines("1 deleted rows are not passed on", "'T'", "makes the key of")


def test_a_removed_stream_has_no_tombstones(things):
    _, first, second = things({"T": None})
    assert first.messages_of("RECORD") == second.messages_of("RECORD") == []


def test_a_map_that_drops_the_mark_of_deletion_gets_no_tombstones_and_a_warning(things):
    """A loader would write nulls over a row and take it for alive."""
    _, first, second = things({"T": {"_id": "_id", "Name": "Name", "__else__": None}})
    assert len(first.records("T")) == 6
    assert second.messages_of("RECORD") == []
    assert second.log_lines("1 deleted rows are not passed on", "'T'", "_deleted_at")


def test_a_map_that_keeps_the_mark_gets_them(things):
    kept = {name: name for name in ("_id", "Name", "_deleted_at")}
    maps = {"T": {**kept, "__else__": None}}
    row_id, _, second = things(maps)
    [tombstone] = tombstones(second)
    assert (tombstone["_id"], tombstone["Name"]) == (row_id, None)
    assert tombstone["_deleted_at"]


def test_the_same_from_another_sandbox(zoo_sandbox, zoo):
    """A page size below the table's size changes nothing."""
    small = config_of(zoo_sandbox, zoo, page_size=1)
    assert emitted(read(small)) == emitted(slowly(small))
