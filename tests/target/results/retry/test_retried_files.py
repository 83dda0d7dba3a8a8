"""Files that are retried: several, edited meanwhile, locked, broken, or none at all."""

import io
import json

import pytest

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from target_seatable.results.rejected.entries import decode_message
from target_seatable.results.rejected.rejected_file import RejectedFile
from target_seatable.results.rejected.retried_file import RetriedFile
from tests.target.results.retry.retries import (
    LOG,
    MANY,
    PEOPLE,
    command,
    ids,
    load,
    mend,
    retry,
    set_to,
)
from tests.target.singer import record, schema

pytestmark = pytest.mark.servers("gateway")


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
    confirm = RetriedFile.confirm

    def confirm_later(self, count):
        load(base, PEOPLE, record("people", id=7, age="late"))
        confirm(self, count)

    monkeypatch.setattr(RetriedFile, "confirm", confirm_later)
    retry(base)
    assert [entry["record"]["id"] for entry in base.rejections()] == [0, 7]
    mend(base.rejected, set_to(age=3))
    monkeypatch.undo()
    retry(base)
    assert {row["id"] for row in base.rows("people")} == {0, 1, 2, 7}


def test_a_file_that_was_edited_meanwhile_stays_as_it_is(base, monkeypatch):
    load(base, PEOPLE, *[record("people", id=n, age="x") for n in range(3)])
    mend(base.rejected, set_to(age=1))
    confirm = RetriedFile.confirm

    def confirm_later(self, count):
        mend(base.rejected, set_to(name="edited"))
        confirm(self, count)

    monkeypatch.setattr(RetriedFile, "confirm", confirm_later)
    with pytest.raises(SeaTableError, match="was changed while its records were loaded"):
        retry(base)
    assert len(base.rejections()) == 3


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
        ('{"type":"REC{"type":"RECORD"}\n', "is not JSON"),
        ("[1]\n", "is not a message"),
        ('{"type":"RECORD","stream":"t"}\n', "has no 'record'"),
        ('{"type":"RECORD","stream":"t","record":{},"retry":{"line":"x"}}\n', "is not JSON"),
        ('{"type":"RECORD","stream":"people","record":{},"retry":[]}\n', "is not JSON"),
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
