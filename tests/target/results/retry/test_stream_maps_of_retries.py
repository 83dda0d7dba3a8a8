"""A record goes again only the way of the stream map that rejected it, and those left out stay."""

import pytest
from singer_sdk.exceptions import InvalidRecord

from seatable_client.errors import ConfigError
from tests.target.results.retry.retries import LOG, PEOPLE, ids, load, mend, retry, set_to
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")


def test_a_way_that_has_stored_a_record_does_not_store_it_again(base):
    """Two stream maps, one of which refuses: without a key the other would add it twice."""
    config = {
        "stream_maps": {
            "log": {"__alias__": "one"},
            "two": {"__source__": "log", "v": "float(v)"},
        },
    }
    texts = schema("log", {"n": "integer", "v": "string"})
    load(base, texts, record("log", n=1, v="1"), record("log", n=2, v="x"), **config)
    assert [row["n"] for row in base.rows("one")] == [1, 2]
    assert [entry["retry"] for entry in base.rejections()] == [{"sink": "two"}]
    mend(base.rejected, set_to(v="2"))
    retry(base, **config)
    assert [row["n"] for row in base.rows("one")] == [1, 2]
    assert [row["n"] for row in base.rows("two")] == [1, 2]
    assert base.rejections() == []


def test_each_way_that_rejects_a_record_keeps_it(base):
    load(base, LOG, record("log", n=1, v="x"))
    config = {"stream_maps": {"log": {"__alias__": "one"}, "two": {"__source__": "log"}}}
    retry(base, **config)
    assert [entry["retry"] for entry in base.rejections()] == [{"sink": "one"}, {"sink": "two"}]
    retry(base, **config)
    assert len(base.rejections()) == 2
    mend(base.rejected, set_to(v=2))
    retry(base, **config)
    assert [base.rows(name) for name in ("one", "two")] == [[{"n": 1, "v": 2}]] * 2
    assert base.rejections() == []


def test_a_record_does_not_take_the_way_that_is_left(base):
    """Without its stream map, the other way would store it a second time."""
    maps = {"log": {"__alias__": "one"}, "two": {"__source__": "log", "v": "float(v)"}}
    texts = schema("log", {"n": "integer", "v": "string"})
    load(base, texts, record("log", n=1, v="x"), stream_maps=maps)
    mend(base.rejected, set_to(v="2"))
    del maps["two"]
    with pytest.raises(ConfigError, match="stream_maps and nested"):
        retry(base, stream_maps=maps)
    assert [row["n"] for row in base.rows("one")] == [1]
    assert len(base.rejections()) == 1


def test_records_of_a_stream_that_a_map_leaves_out_stay(base):
    load(base, PEOPLE, record("people", id=1, age="old"), state({"n": 1}))
    kept = base.rejected.read_bytes()
    with pytest.raises(ConfigError, match="with these settings no such stream comes"):
        retry(base, stream_maps={"people": None})
    assert base.rejected.read_bytes() == kept


FILTERED = {"stream_maps": {"people": {"__filter__": "id == 1"}}}


def test_records_that_a_filter_leaves_out_stay_and_are_counted(base, caplog):
    caplog.set_level("INFO")
    bad = [record("people", id=n, age="old") for n in (1, 2, 3)]
    load(base, PEOPLE, *bad, state({"n": 1}))
    mend(base.rejected, lambda row: None if row["id"] == 1 else row.update(age=5))
    kept = base.rejections()[1:]
    caplog.clear()
    with pytest.raises(InvalidRecord):
        retry(base, **FILTERED, max_rejected_records=0)
    *_, error, left_out = [entry.getMessage() for entry in caplog.records if entry.levelno > 20]
    assert "all others that no filter left out are stored" in error
    assert "left out 2 records. They stay in the file." in left_out
    assert "remove them from the file" in left_out
    assert any("2 skipped, 1 rejected" in entry.getMessage() for entry in caplog.records)
    assert base.rejections()[1:] == kept
    mend(base.rejected, set_to(age=5))
    caplog.clear()
    retry(base, **FILTERED)
    assert ids(base) == [1]
    assert [entry["record"]["id"] for entry in base.rejections()] == [2, 3]
    assert "left out 2 records. They stay in the file." in caplog.text
    retry(base)
    assert sorted(ids(base)) == [1, 2, 3]
    assert base.rejections() == []


def test_a_filter_of_one_way_counts_where_no_other_way_stores_the_record(base):
    load(base, LOG, *[record("log", n=n, v="x") for n in (1, 2)])
    mend(base.rejected, set_to(v=1))
    first_map = {"__alias__": "one", "__filter__": "n < 0"}
    maps = {"log": first_map, "two": {"__source__": "log", "__filter__": "n == 1"}}
    retry(base, stream_maps=maps)
    assert base.rows("two") == [{"n": 1, "v": 1}]
    assert [entry["record"]["n"] for entry in base.rejections()] == [2]


def test_a_way_that_now_comes_from_another_stream_takes_no_record(base):
    maps = {"log": {"__alias__": "one"}, "two": {"__source__": "log", "v": "float(v)"}}
    texts = schema("log", {"n": "integer", "v": "string"})
    other = schema("other", {"n": "integer", "v": "number"})
    bad = [texts, record("log", n=1, v="x"), other, record("other", n=2, v="x")]
    load(base, *bad, stream_maps=maps)
    lines = base.rejected.read_text("utf-8").splitlines(keepends=True)
    base.rejected.write_text("".join(lines[2:] + lines[:2]), "utf-8")
    mend(base.rejected, set_to(v="2"))
    with pytest.raises(ConfigError, match="'two' was rejected, and with these settings no such"):
        retry(base, stream_maps={"other": {"__alias__": "two"}})
    assert any(entry["record"]["n"] == 1 for entry in base.rejections())
