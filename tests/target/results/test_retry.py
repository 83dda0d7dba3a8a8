"""`--retry-rejected`: mended records are stored, and no record is lost or written twice."""

import gzip
import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import InvalidRecord

from seatable_client.errors import ConfigError, ErrorKind, InvalidValueError, SeaTableError
from target_seatable.errors import LinkTargetNotFound
from target_seatable.load_methods.batch_writer import BatchWriter
from target_seatable.results.rejected.entries import Entry, decode_message
from target_seatable.results.rejected.rejected_file import RejectedFile
from target_seatable.results.rejected.retried_file import RetriedFile
from target_seatable.target import RetryingTarget
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")

PEOPLE = schema("people", {"id": "integer", "name": "string", "age": "number"}, ["id"])
LOG = schema("log", {"n": "integer", "v": "number"})
MANY = 1_000_000


class Killed(BaseException):
    """As if the program had been killed here."""


def retry(base, *paths, **config):
    """Retries files, by default the one of the base; nothing goes to standard output."""
    out = io.StringIO()
    target = RetryingTarget(config=base.settings(**{"max_rejected_records": MANY, **config}))
    try:
        with redirect_stdout(out):
            target.retry([str(path) for path in paths or [base.rejected]])
    finally:
        assert out.getvalue() == "", "a retry writes no state"


def mend(path, change):
    """Changes the RECORD messages of a file, as people do: `change` edits one in place."""
    messages = [json.loads(line) for line in path.read_bytes().splitlines()]
    for message in messages:
        if message["type"] == "RECORD":
            change(message["record"])
    path.write_text("".join(json.dumps(message) + "\n" for message in messages), "utf-8")


def ids(base):
    """The ids of the people in the base; none where there is no table."""
    tables = [table["name"] for table in base.base.metadata()["metadata"]["tables"]]
    return [row["id"] for row in base.rows("people")] if "people" in tables else []


def set_to(**values):
    return lambda row: row.update(values)


def load(base, *messages, **config):
    return base.load(*messages, **{"max_rejected_records": MANY, **config})


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
        for words in ("record.a must be number", "record.b must be integer", "'soon' is no date"):
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


def test_a_state_waits_for_a_rejected_record_that_came_in_no_batch(base, monkeypatch):
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
        assert "stands for a value that cannot be stored" in entry["reason"]
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


def test_several_files_and_one_of_them_twice(base, tmp_path):
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for n, path in enumerate(files):
        load(base, LOG, record("log", n=n, v="x"), rejected_records_path=str(path))
        mend(path, set_to(v=1.5))
    retry(base, *files, files[0])
    assert sorted(row["n"] for row in base.rows("log")) == [0, 1]
    assert not any(path.exists() for path in files)


def test_what_others_append_meanwhile_stays(base, monkeypatch):
    load(base, PEOPLE, *[record("people", id=n, age="x") for n in range(3)])
    mend(base.rejected, lambda row: row.update(age=1) if row["id"] else None)
    settle = RetriedFile.settle

    def settle_later(self, count):
        load(base, PEOPLE, record("people", id=7, age="late"))
        settle(self, count)

    monkeypatch.setattr(RetriedFile, "settle", settle_later)
    retry(base)
    assert [entry["record"]["id"] for entry in base.rejections()] == [0, 7]
    mend(base.rejected, set_to(age=3))
    monkeypatch.undo()
    retry(base)
    assert {row["id"] for row in base.rows("people")} == {0, 1, 2, 7}


def test_a_file_that_was_edited_meanwhile_stays_as_it_is(base, monkeypatch):
    load(base, PEOPLE, *[record("people", id=n, age="x") for n in range(3)])
    mend(base.rejected, set_to(age=1))
    settle = RetriedFile.settle

    def settle_later(self, count):
        mend(base.rejected, set_to(name="edited"))
        settle(self, count)

    monkeypatch.setattr(RetriedFile, "settle", settle_later)
    with pytest.raises(SeaTableError, match="was changed while its records were loaded"):
        retry(base)
    assert len(base.rejections()) == 3


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


def test_a_dry_run_changes_neither_base_nor_file(base):
    load(base, PEOPLE, record("people", id=1), record("people", id=2, age="x"))
    mend(base.rejected, set_to(age=1))
    before = base.rejected.read_bytes()
    retry(base, dry_run=True)
    assert base.rejected.read_bytes() == before
    assert len(base.rows("people")) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"stream":"t","record":{"id":1},"reason":"x"}\n', "earlier version"),
        ('{"type":"RECORD","stream":"t","record":{}}\n', "no SCHEMA of stream 't'"),
        ('{"type":"STATE","value":{}}\n', "is a STATE message"),
        ('{"type":"REC{"type":"RECORD"}\n', "is no JSON"),
        ("[1]\n", "is no message"),
        ('{"type":"RECORD","stream":"t"}\n', "has no 'record'"),
        ('{"type":"RECORD","stream":"t","record":{},"retry":{"line":"x"}}\n', "is no JSON"),
        ('{"type":"RECORD","stream":"people","record":{},"retry":[]}\n', "is no JSON"),
    ],
)
def test_a_file_that_is_none_is_a_sentence_and_nothing_is_loaded(base, text, words):
    load(base, PEOPLE, record("people", id=1, age="x"))
    mend(base.rejected, set_to(age=1))
    with base.rejected.open("a") as file:
        file.write(text)
    before = base.rejected.read_bytes()
    with pytest.raises(SeaTableError, match=f"Line 3 of .*{words}.*Nothing was loaded"):
        retry(base)
    assert base.rejected.read_bytes() == before
    assert ids(base) == []


def test_files_that_cannot_be_retried(base, tmp_path):
    with pytest.raises(ConfigError, match="There is no file"):
        retry(base, tmp_path / "none.jsonl")
    with pytest.raises(ConfigError, match="Copy it to this machine") as caught:
        retry(base, "s3://user:secret@host/file.jsonl?token=secret")
    assert "secret" not in str(caught.value)
    loop = tmp_path / "loop.jsonl"
    loop.symlink_to(loop)
    with pytest.raises(ConfigError, match=r"cannot be found|There is no file"):
        retry(base, loop)
    base.rejected.write_bytes(b"")
    file = RetriedFile(str(base.rejected), 0)
    with pytest.raises(ConfigError, match="Another retry"):
        retry(base)
    file.close()


def test_a_file_that_cannot_be_replaced_is_not_loaded(base, tmp_path):
    """What would stay in it would be stored again by the next retry, twice without a key."""
    load(base, LOG, record("log", n=1, v="x"))
    mend(base.rejected, set_to(v=1))
    # Its locks have names that the file system takes, and its replacement has a longer one.
    path = base.rejected.rename(tmp_path / ("r" * 246))
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(SeaTableError, match=r"cannot be locked or replaced.*Nothing was loade"):
            retry(base, path)
    assert path.read_bytes() == before
    assert "log" not in {table["name"] for table in base.base.metadata()["metadata"]["tables"]}
    retry(base, path, dry_run=True)  # which replaces nothing


@pytest.mark.parametrize("lock", ["retry", "lock"])
def test_a_lock_that_cannot_be_made_is_not_another_retry(base, tmp_path, lock):
    load(base, LOG, record("log", n=1, v="x"))
    mend(base.rejected, set_to(v=1))
    blocked = base.rejected.with_name(f".{base.rejected.name}.{lock}")
    blocked.unlink(missing_ok=True)
    blocked.mkdir()
    ended = command(base, tmp_path, "--retry-rejected", str(base.rejected))
    assert ended.returncode == ErrorKind.SYSTEM.exit_code
    assert "cannot be locked or replaced" in ended.stderr
    assert "Another retry" not in ended.stderr
    assert ids(base) == []
    assert len(base.rejections()) == 1


def test_a_file_without_records_is_removed(base):
    load(base, LOG, record("log", n=1, v="x"))
    lines = base.rejected.read_bytes().splitlines(keepends=True)
    for text in (lines[0], lines[0] * 2, b"\n", b""):
        base.rejected.write_bytes(text)
        retry(base, dry_run=True)
        assert base.rejected.read_bytes() == text
        retry(base)
        assert not base.rejected.exists()


def test_a_record_is_decoded_once_before_it_is_loaded(base, monkeypatch):
    load(base, PEOPLE, *[record("people", id=n, age="x") for n in range(50)])
    mend(base.rejected, set_to(age=1))
    decoded: list[bytes] = []

    def decode(line):
        decoded.append(line)
        return decode_message(line)

    for module in ("results.rejected.retried_file", "results.rejected.entries", "target.retry"):
        monkeypatch.setattr(f"target_seatable.{module}.decode_message", decode)
    retry(base)
    assert len(ids(base)) == 50
    assert len(decoded) == 51  # with the SCHEMA, when the file is checked


def test_a_line_that_was_broken_off_costs_no_other(base):
    base.rejected.write_bytes(b'{"type":"RECORD","stre')
    load(base, PEOPLE, record("people", id=1, age="x"))
    lines = base.rejected.read_bytes().splitlines()
    assert [json.loads(line)["type"] for line in lines[1:]] == ["SCHEMA", "RECORD"]
    base.rejected.write_bytes(b"\xef\xbb\xbf" + b"\r\n\r\n".join(lines[1:]))  # as editors do
    mend_bytes = base.rejected.read_bytes().replace(b'"age": "x"', b'"age": 4')
    base.rejected.write_bytes(mend_bytes)
    retry(base)
    assert ids(base) == [1]
    assert not base.rejected.exists()


def test_two_programs_append_to_one_file(base):
    """Each record stands behind its own schema, whichever program wrote last."""
    old = schema("t", {"id": "integer", "v": "integer"}, ["id"])
    new = schema("t", {"id": "integer", "v": "integer", "w": "string"}, ["id"])
    files = [RejectedFile(str(base.rejected)), RejectedFile(str(base.rejected))]
    targets = []
    for given_schema, file in zip((old, new), files, strict=True):
        target = base.target(max_rejected_records=MANY)
        target._report.rejected.destination = file
        targets.append((target, given_schema))
    for n in range(3):
        for target, given_schema in targets:
            bad = record("t", id=n, v="x", w="w")
            lines = "".join(json.dumps(message) + "\n" for message in (given_schema, bad))
            target._process_lines = None
            target.message_reader.process_lines(
                io.BytesIO(lines.encode()),
                {
                    "SCHEMA": target._process_schema_message,
                    "RECORD": target._process_record_message,
                },
            )
            target.drain_all()
            target._worker.wait()
    known = {}
    columns = []
    for line in base.rejected.read_bytes().splitlines():
        message = json.loads(line)
        if message["type"] == "SCHEMA":
            known = message["schema"]["properties"]
        else:
            columns.append(len(known))
    assert columns == [2, 3] * 3


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


ORDERS = schema("orders", {"no": "integer", "customer": {}})


@pytest.fixture
def linked(base):
    for name in ("orders", "customers"):
        column = "no" if name == "orders" else "id"
        base.base.create_table(name, [{"column_name": column, "column_type": "number"}])
    base.base.add_column(
        "orders", "customer", "link", {"table": "orders", "other_table": "customers"}
    )
    return base


def test_a_link_is_written_later_and_its_row_is_not_added_again(linked):
    config = {"links": {"orders.customer": "id"}}
    load(linked, ORDERS, record("orders", no=1, customer=[7]), **config)
    retry(linked, **config)
    (entry,) = linked.rejections()
    assert entry["error"] == LinkTargetNotFound.__name__
    linked.base.append_rows("customers", [{"id": 7}])
    retry(linked, **config)
    (row,) = linked.base.rows("orders")
    assert len(row["customer"]) == 1
    assert linked.rejections() == []


def test_a_record_that_is_mended_may_lack_a_link_then(linked):
    config = {"links": {"orders.customer": "id"}, "key_properties": {"orders": ["no"]}}
    load(linked, ORDERS, record("orders", no="x", customer=[7]), **config)
    mend(linked.rejected, set_to(no=1))
    retry(linked, **config)
    (entry,) = linked.rejections()
    assert entry["record"] == {"customer": [7]}
    linked.base.append_rows("customers", [{"id": 7}])
    retry(linked, **config)
    (row,) = linked.base.rows("orders")
    assert len(row["customer"]) == 1


LINKS = {"links": {"orders.customer": "id"}}


@pytest.mark.parametrize("values", [{}, {"no": 1, "customer": [7]}])
def test_a_link_that_is_edited_into_a_record_is_rejected(linked, values):
    load(linked, ORDERS, record("orders", no=1, customer=[7]), **LINKS)
    mend(linked.rejected, lambda row: (row.clear(), row.update(values)))
    linked.base.append_rows("customers", [{"id": 7}])
    retry(linked, **LINKS)
    (entry,) = linked.rejections()
    assert entry["record"] == values
    mend(linked.rejected, lambda row: (row.clear(), row.update(customer=[7])))
    retry(linked, **LINKS)
    assert linked.rejections() == []
    (row,) = linked.base.rows("orders")
    assert len(row["customer"]) == 1


def test_a_link_of_a_row_that_is_not_in_the_base_stays(linked):
    """A deleted row, or the wrong base."""
    load(linked, ORDERS, record("orders", no=1, customer=[7]), **LINKS)
    linked.base.append_rows("customers", [{"id": 7}])
    linked.base.delete_rows("orders", [row["_id"] for row in linked.base.rows("orders")])
    for _ in range(2):
        retry(linked, **LINKS)
        (entry,) = linked.rejections()
        assert entry["record"] == {"customer": [7]}


def test_what_only_a_retry_rejects_is_kept_wherever_it_comes_from(linked, tmp_path):
    """A link not found and an element, of a second file, when the first one is long gone."""
    config = {**LINKS, "key_properties": {"orders": ["no"]}, "nested": "table"}
    texts = [record("log", n=n, v="x") for n in range(1200)]
    parts = {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}}
    trips = schema("trips", {"id": "integer", "parts": parts}, ["id"])
    load(linked, LOG, texts[0], **config)
    first = linked.rejected.rename(tmp_path / "first.jsonl")
    bad = [record("orders", no="x", customer=[7]), record("trips", id="x", parts=[{"n": "y"}])]
    load(linked, LOG, *texts[1:], ORDERS, bad[0], trips, bad[1], **config)
    for path in (first, linked.rejected):
        mend(path, lambda row: row.update({name: 1 for name in ("v", "no", "id") if name in row}))
    retry(linked, first, linked.rejected, **config)
    assert len(linked.rows("log")) == 1200
    assert not first.exists()
    kept = [entry["record"] for entry in linked.rejections()]
    assert {"customer": [7]} in kept
    assert [entry["n"] for entry in kept if "n" in entry] == ["y"]
    assert len(kept) == 2


def test_an_element_of_an_array_is_linked_to_its_record(base):
    orders = schema("orders", {
        "id": "integer",
        "lines": {"type": "array", "items": {"type": "object", "properties": {
            "sku": {"type": "string"}, "n": {"type": ["integer", "null"]}}}},
    }, ["id"])  # fmt: skip
    order = record("orders", id=1, lines=[{"sku": "a", "n": 1}, {"sku": "b", "n": "x"}])
    load(base, orders, order, nested="table")
    assert [row["sku"] for row in base.rows("orders__lines")] == ["a"]
    mend(base.rejected, set_to(n=2))
    with pytest.raises(ConfigError, match="stream_maps and nested"):
        retry(base)
    retry(base, nested="table")
    rows = base.base.rows("orders__lines")
    assert [row["sku"] for row in rows] == ["a", "b"]
    assert [len(row["orders"]) for row in rows] == [1, 1]
    assert base.rejections() == []


def test_records_of_one_key_are_kept_one_by_one(base):
    load(base, PEOPLE, record("people", id=1, name="a", age=1))
    base.base.lock_rows("people", [row["_id"] for row in base.base.rows("people")])
    load(base, PEOPLE, record("people", id=1, name="b"), record("people", id=1, age=2))
    assert [entry["record"] for entry in base.rejections()] == [
        {"id": 1, "name": "b"},
        {"id": 1, "age": 2},
    ]


# Kills

CHANGES: dict[str, dict[str, Any]] = {
    "schema": {"age": "x"},
    "column": {"day": "soon"},
    "key": {"id": None},
    "nan": {"age": float("nan")},
}
FAULTS = st.sampled_from(["none", "schema", "column", "key", "nan"])


def broken(n, fault):
    """A record with a fault of a kind, as a line."""
    values: dict[str, Any] = {"id": n, "name": f"n{n}", "age": n, "day": "2024-01-01"}
    values |= CHANGES.get(fault, {})
    return json.dumps({"type": "RECORD", "stream": "people", "record": values}) + "\n"


def mended(row, whole):
    """A record as people mend it, by its name, where `whole` says that they do."""
    n = int(row["name"][1:])
    if n in whole:
        row.update(id=n, age=n, day="2024-01-01")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_record_is_lost_or_doubled_whenever_a_retry_is_killed(make, seatable, data):
    """Of records with a key: after kills and repeats the base has all that was ever mended."""
    base = make(seatable)
    base.rejected.unlink(missing_ok=True)
    days = schema("people", {"id": "integer", "name": "string", "age": "number", "day": "string"},
                  ["id"])  # fmt: skip
    config = {"column_types": {"people": {"day": "date"}}, "batch_size_rows": 3}
    faults = dict(enumerate(data.draw(st.lists(FAULTS, min_size=1, max_size=12))))
    load(base, days, *[broken(n, fault) for n, fault in faults.items()], **config)
    bad = {n for n, fault in faults.items() if fault != "none"}
    assert {int(entry["record"]["name"][1:]) for entry in base.rejections()} == bad
    done: set[int] = set()
    for _ in range(3):
        whole = data.draw(st.sets(st.sampled_from(sorted(bad)))) if bad else set()
        if base.rejected.exists():
            mend(base.rejected, lambda row, whole=whole: mended(row, whole))
            moment, before = data.draw(st.integers(0, 4)), data.draw(st.booleans())
            was_killed = killed_retry(base, moment, config, before=before)
        else:
            was_killed = False
        stored = ids(base)
        assert len(stored) == len(set(stored))
        left = {int(entry["record"]["name"][1:]) for entry in base.rejections()}
        assert {*stored} | left == {*faults}, "a record was lost"
        if not was_killed:
            assert left == bad - done - whole
        done |= whole


def killed_retry(base, moment, config, *, before):
    """A retry that ends at a write or at a change of the file; returns whether it did."""
    left = iter(range(moment))
    patch = pytest.MonkeyPatch()

    def ending(function):
        def end(*args, **kwargs):
            is_last = next(left, None) is None
            if is_last and before:
                raise Killed
            result = function(*args, **kwargs)
            if is_last:
                raise Killed
            return result

        return end

    patch.setattr(RetriedFile, "_replace", ending(RetriedFile._replace))
    patch.setattr(BatchWriter, "_post", ending(BatchWriter._post))
    try:
        retry(base, **config)
    except Killed:
        return True
    finally:
        patch.undo()
    return False


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("moment", range(7))
def test_without_a_key_a_kill_repeats_one_batch_at_most(base, moment, before, monkeypatch):
    rows, batch = 30, 5
    monkeypatch.setattr("target_seatable.sinks.table_sink.SAMPLE", batch)
    monkeypatch.setattr("target_seatable.target.retry._RECORDS_PER_STATE", 1)
    load(base, LOG, *[record("log", n=n, v="x") for n in range(rows)])
    mend(base.rejected, set_to(v=1))
    was_killed = killed_retry(base, moment, {"batch_size_rows": batch}, before=before)
    if base.rejected.exists():
        retry(base)
    stored = [row["n"] for row in base.rows("log")]
    assert set(stored) == set(range(rows)), "a record was lost"
    assert len(stored) <= rows + (batch if was_killed else 0)
    assert base.rejections() == []


def test_too_many_that_are_rejected_again_end_with_an_error(base):
    load(base, PEOPLE, record("people", id=1), record("people", id=2, age="x"))
    with pytest.raises((InvalidValueError, Exception), match=r"record\.age must be number"):
        retry(base, max_rejected_records=0)
    assert len(base.rejections()) == 1


def command(base, tmp_path, *options, text=""):
    """Runs the command itself; returns how it ended."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(base.settings()))
    return subprocess.run(
        [sys.executable, "-m", "target_seatable", "--config", str(config), *options],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_retries_files(base, tmp_path):
    load(base, PEOPLE, record("people", id=1), *[record("people", id=n, age="x") for n in (2, 3)])
    mend(base.rejected, lambda row: row.update(age=1) if row["id"] == 2 else None)
    ended = command(base, tmp_path, "--retry-rejected", str(base.rejected))
    assert ended.returncode == ErrorKind.DATA.exit_code
    assert ended.stdout == ""
    assert "Retrying 2 records" in ended.stderr
    assert "load it with --retry-rejected" in ended.stderr
    assert sorted(ids(base)) == [1, 2]
    mend(base.rejected, set_to(age=1))
    options = ["--retry-rejected", str(base.rejected)]
    assert command(base, tmp_path, *options, "--input", str(base.rejected)).returncode == 78
    assert command(base, tmp_path, *options).returncode == 0
    assert sorted(ids(base)) == [1, 2, 3]
    assert command(base, tmp_path, *options).returncode == ErrorKind.CONFIGURATION.exit_code


def test_the_file_of_rejected_records_is_input_as_any_other(base, tmp_path):
    """Each line is a Singer message, whoever reads it."""
    load(base, PEOPLE, record("people", id=1, age="x"))
    mend(base.rejected, set_to(age=1))
    ended = command(base, tmp_path, text=base.rejected.read_text("utf-8"))
    assert ended.returncode == 0
    assert ids(base) == [1]


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
    one = {"__alias__": "one", "__filter__": "n < 0"}
    maps = {"log": one, "two": {"__source__": "log", "__filter__": "n == 1"}}
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


PARTS: dict[str, Any] = {
    "type": "array",
    "items": {"properties": {name: {"type": "number"} for name in ("sku", "n")}},
}
BOXES = schema("o", {"id": "string", "v": {}, "lines": PARTS}, ["id"])
BOXED = {
    "nested": "table",
    "key_properties": {"o__lines": ["sku"]},
    "column_types": {"o": {"v": "number"}},
}


def test_an_object_of_a_record_that_is_rejected_again_keeps_one_line(base):
    box = record("o", id="A", v="bad", lines=[{"n": 1.5}])
    load(base, BOXES, record("o", id="B", v=1, lines=[]), box, **BOXED)
    before = [entry["record"] for entry in base.rejections()]
    assert len(before) == 2
    for _ in range(3):
        retry(base, **BOXED)
        assert [entry["record"] for entry in base.rejections()] == before
    mend(base.rejected, lambda row: row.update(v=1) if "v" in row else None)
    retry(base, **BOXED)
    assert [entry["record"] for entry in base.rejections()] == before[1:]


def test_of_several_equal_objects_none_is_lost(base):
    """Each line stands for one of them."""
    box = record("o", id="A", v="bad", lines=[{"n": 1.5}])
    load(base, BOXES, record("o", id="B", v=1, lines=[]), box, **BOXED)
    lines = base.rejected.read_bytes().splitlines()
    whole, part = Entry({}, lines[1]), Entry({}, lines[3])
    file = RetriedFile(str(base.rejected), 0)
    assert [file.holds(entry) for entry in (whole, part, part)] == [False, True, False]
    file.close()
