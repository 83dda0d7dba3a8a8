"""`--retry-rejected`: mended records are stored, and the rest stays in the file."""

import gzip
import io
import json
from typing import Any

import pytest

from seatable_client.errors import InvalidValueError
from target_seatable.results.rejected.rejected_file import RejectedFile
from tests.target.results.retry.retries import PEOPLE, ids, load, mend, retry, set_to
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")


def test_what_is_mended_is_stored_and_the_rest_stays(base):
    bad = [record("people", id=n, name="x", age="old") for n in (2, 3)]
    load(base, PEOPLE, record("people", id=1, age=1), *bad, state({"n": 1}))
    assert [entry["record"] for entry in base.rejections()] == [
        message["record"] for message in bad
    ]
    before = base.rejections()
    retry(base)
    assert [entry["record"] for entry in base.rejections()] == [
        message["record"] for message in bad
    ]
    assert [entry["reasons"] for entry in base.rejections()] == [
        entry["reasons"] for entry in before
    ]
    mend(base.rejected, lambda row: row.update(age=row["id"] * 10) if row["id"] == 3 else None)
    retry(base)
    assert [row["id"] for row in base.rows("people")] == [1, 3]
    assert [entry["record"]["id"] for entry in base.rejections()] == [2]
    mend(base.rejected, set_to(age=5))
    retry(base)
    assert {row["id"]: row["age"] for row in base.rows("people")} == {1: 1, 3: 30, 2: 5}
    assert not base.rejected.exists()


def test_all_reasons_of_a_record_are_told(base):
    wide = schema("t", {"id": "integer", "a": "number", "b": "integer", "d": "string"}, ["id"])
    load(base, wide, record("t", id=1, d="2024-01-01"), column_types={"t": {"d": "date"}})
    bad = {"id": 2, "a": "x", "b": 1.5, "d": "soon"}
    for many in (1, 1_100):  # before the table is known, and on the fast path
        good = [record("t", id=9, d="2024-01-01")] * many
        load(base, wide, *good, record("t", **bad), column_types={"t": {"d": "date"}})
        entry = base.rejections()[-1]
        assert len(entry["reasons"]) == 3
        for words in (
            "record.a must be number",
            "record.b must be integer",
            "'soon' is not a date",
        ):
            assert any(words in reason for reason in entry["reasons"])


def test_reasons_are_logged_by_kind(base, caplog):
    caplog.set_level("INFO")
    bad = [record("people", id=n, age=f"{n},5") for n in range(300)]
    load(base, PEOPLE, record("people", id=-1), *bad, record("people", id=None))
    logged = [entry.getMessage() for entry in caplog.records]
    assert sum("Rejected" in line for line in logged) == 2
    (line,) = [line for line in logged if "300 records rejected" in line]
    assert "it is '0,5'" in line


def test_settings_mend_records_too(base):
    prices = schema("p", {"id": "string", "price": "string"}, ["id"])
    load(base, prices, record("p", id="1", price="5"), column_types={"p": {"price": "number"}})
    load(base, prices, record("p", id="2", price="475,93"))
    assert len(base.rejections()) == 1
    retry(base, locale="de_DE")
    assert [row["price"] for row in base.rows("p")] == [5, 475.93]
    assert base.rejections() == []


def test_a_state_waits_for_a_record_whose_line_cannot_be_stored(base, monkeypatch):
    written: list[Any] = []
    monkeypatch.setattr(RejectedFile, "write", lambda _self, entries: written.append(len(entries)))
    line = '{"type": "RECORD", "stream": "people", "record": {"id": NaN}}\n'
    target = base.target(max_rejected_records=1)
    monkeypatch.setattr(target, "_write_state_message", lambda _state: written.append("state"))
    target._states._emit = target._write_state_message
    lines = json.dumps(PEOPLE) + "\n" + line + json.dumps(state({"n": 1})) + "\n"
    target.run(io.BytesIO(lines.encode()))
    assert written == [1, "state"]


@pytest.mark.parametrize("value", ["NaN", "-Infinity", '{"x": [NaN]}', "1" * 5000, '"\\ud83d"'])
def test_a_text_that_stands_for_what_no_json_is_is_never_stored(base, value):
    any_value = schema("t", {"id": "integer", "v": {}}, ["id"])
    line = f'{{"type": "RECORD", "stream": "t", "record": {{"id": 2, "v": {value}}}}}\n'
    load(base, any_value, record("t", id=1, v="x"), line)
    for _ in range(2):
        retry(base)
        (entry,) = base.rejections()
        assert "replaces a value that cannot be stored" in entry["reason"]
        assert [row["id"] for row in base.rows("t")] == [1]
    mend(base.rejected, set_to(v="mended"))
    retry(base)
    assert base.rows("t") == [{"id": 1, "v": "x"}, {"id": 2, "v": "mended"}]


def test_overwrite_and_state_have_no_part_in_a_retry(base, monkeypatch):
    # A STATE behind the last record says that a stream is complete.
    monkeypatch.setattr("target_seatable.target.retry._RECORDS_PER_STATE", 1)
    config = {"load_method": "overwrite", "max_delete_fraction": 1}
    good = [record("people", id=n, age=n) for n in range(5)]
    bad = [record("people", id=n, age="x") for n in range(5, 105)]
    load(base, PEOPLE, *good, *bad, state({}), **config)
    mend(base.rejected, set_to(age=9))
    retry(base, **config, stream_settings={"p*": {"load_method": "overwrite"}})
    assert len(base.rows("people")) == 105


def test_each_record_goes_under_the_schema_that_it_came_with(base):
    first = schema("t", {"id": "integer", "v": "integer"}, ["id"])
    second = schema("t", {"id": "integer", "w": "integer"}, ["id"])
    load(base, first, record("t", id=1, v="a"), second, record("t", id=2, w="b"),
         first, record("t", id=3, v="c"))  # fmt: skip
    mend(base.rejected, lambda row: row.update({name: 7 for name in ("v", "w") if name in row}))
    retry(base)
    stored = {row["id"]: (row.get("v"), row.get("w")) for row in base.rows("t")}
    assert stored == {1: (7, None), 2: (None, 7), 3: (7, None)}
    assert base.rejections() == []


def test_a_number_beyond_all_doubles_keeps_no_other_record_back(base):
    load(base, PEOPLE, record("people", id=0, age=1))
    huge = '{"type":"RECORD","stream":"people","record":{"id":1,"age":1e400}}\n'
    load(base, PEOPLE, huge, record("people", id=2, age="old"))
    assert len(base.rejections()) == 2
    text = base.rejected.read_text("utf-8")
    base.rejected.write_text(text.replace('"old"', "3"), "utf-8")
    retry(base)
    assert ids(base) == [0, 2]
    assert '"age":1e400' in base.rejected.read_text("utf-8")


def test_offsets_beside_a_record_count(base):
    dates = schema("t", {
        "id": "integer", "n": "number",
        "d": {"type": ["string", "null"], "format": "date-time",
              "x-seatable": {"type": "date", "data": {"format": "YYYY-MM-DD HH:mm"}}},
    }, ["id"])  # fmt: skip
    dates["schema"]["x-seatable"] = {"date_times": "utc", "name": "t"}
    moment = {"x-seatable": {"offsets": {"d": "+02:00"}}}

    def row(n, value):
        return {**record("t", id=n, n=value, d="2024-06-05T08:20:00+00:00"), **moment}

    load(base, dates, row(1, 1), row(2, "x"))
    mend(base.rejected, set_to(n=5))
    retry(base)
    first, second = base.rows("t")
    assert first["d"] == second["d"]
    assert "10:20" in first["d"]


def test_records_of_batch_files_are_records(base, tmp_path):
    path = tmp_path / "batch.gz"
    path.write_bytes(gzip.compress(b'{"id": 1, "age": 1}\n{"id": 2, "age": "x"}\n'))
    batch = {"type": "BATCH", "stream": "people", "manifest": [str(path)],
             "encoding": {"format": "jsonl", "compression": "gzip"}}  # fmt: skip
    load(base, PEOPLE, batch)
    path.unlink()
    mend(base.rejected, set_to(age=2))
    retry(base)
    assert [row["id"] for row in base.rows("people")] == [1, 2]


def test_a_deletion_is_retried(base):
    load(base, PEOPLE, record("people", id=1), record("people", id=2))
    gone = record("people", id=1, _sdc_deleted_at="2024-01-01T00:00:00Z")
    load(base, PEOPLE, gone, load_method="append-only")
    assert base.rejections()[0]["record"] == gone["record"]
    retry(base, hard_delete=True)
    assert [row["id"] for row in base.rows("people")] == [2]
    assert base.rejections() == []


def test_records_of_one_key_are_kept_one_by_one(base):
    load(base, PEOPLE, record("people", id=1, name="a", age=1))
    base.base.lock_rows("people", [row["_id"] for row in base.base.rows("people")])
    load(base, PEOPLE, record("people", id=1, name="b"), record("people", id=1, age=2))
    assert [entry["record"] for entry in base.rejections()] == [
        {"id": 1, "name": "b"},
        {"id": 1, "age": 2},
    ]


def test_records_of_one_key_stay_in_their_order_whatever_rejects_them(base):
    """A retry loads the file in its order, so that the last record of a key wins."""
    locked = [record("people", id=n, name="z", age=1) for n in (1, 2)]
    load(base, PEOPLE, *locked, state(1))
    base.base.lock_rows("people", [row["_id"] for row in base.base.rows("people")])
    lines = [
        record("people", id=1, name="a"),  # refused when it is stored
        record("people", id=1, name="b", age="old"),  # by the schema
        '{"type": "RECORD", "stream": "people", "record": {"id": 1, "name": "c", "age": NaN}}\n',
        record("people", id=1, name="d"),
        record("people", id=2, name="e", age="old"),
        record("people", id=2, name="f"),
        record("people", id=2, name="g", age="old"),
    ]
    load(base, PEOPLE, *lines, state(2))
    names = [entry["record"]["name"] for entry in base.rejections()]
    assert names == ["a", "b", "c", "d", "e", "f", "g"]


def test_too_many_that_are_rejected_again_end_with_an_error(base):
    load(base, PEOPLE, record("people", id=1), record("people", id=2, age="x"))
    with pytest.raises((InvalidValueError, Exception), match=r"record\.age must be number"):
        retry(base, max_rejected_records=0)
    assert len(base.rejections()) == 1
