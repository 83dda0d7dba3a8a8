"""Lines of BATCH files load as RECORD messages do, or the run ends with a sentence."""

import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.batch import Batcher
from singer_sdk.exceptions import InvalidInputLine
from singer_sdk.helpers._batch import BatchConfig

from target_seatable.messages import FastPath, FaultyRecord, MessageReader, TypedDecoder, record_of
from target_seatable.messages.batch_files import paths
from tests.target.singer import record, schema, state

SHAPE = {"id": "integer", "name": "string", "o": {"type": ["object", "null"]}}


@pytest.fixture
def batch(tmp_path):
    """Writes a file of records, or of lines, and returns its BATCH message."""
    names = iter(range(100))

    def write(*lines, packed=True, end="\n", name=None, **more):
        text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        content = "".join(line + end for line in text).encode()
        path = tmp_path / (name or f"{next(names)}.jsonl")
        path.write_bytes(gzip.compress(content) if packed else content)
        encoding = {"format": "jsonl", "compression": "gzip" if packed else "none"}
        message = {"type": "BATCH", "stream": "t", "encoding": encoding}
        return {**message, "manifest": [path.as_uri()], **more}

    return write


# The same as RECORD messages

NAMES = st.one_of(st.none(), st.text(max_size=3))
RECORDS = st.fixed_dictionaries(
    {"id": st.integers(0, 99)},
    optional={"name": NAMES, "o": st.dictionaries(NAMES.map(str), NAMES)},
)
JSON_LINES = st.one_of(
    RECORDS.map(json.dumps),
    RECORDS.map(lambda values: json.dumps(values, ensure_ascii=False, separators=(",", ":"))),
    st.sampled_from(
        [
            "",
            "  ",
            '{"id":NaN}',
            '{"id":1,"name":"\\ud800"}',
            '{"id":1,"v":' + "[" * 300 + "]" * 300 + "}",
        ]
    ),
)
BROKEN_LINES = st.sampled_from(
    [
        '{"id":1},"record":{"id":2}',
        '{"id":1}},{"id":2}',
        '{"id":1},"stream":"u"',
        '{"id":1} {"id":2}',
        '{"id":1',
        '"id"',
        "1",
        "null",
        "[]",
        '[{"id":1}]',
        '{"id":1}"',
        '{"id":NaN},"record":{"id":2}',
        '{"id":1,"v":' + "[" * 300 + "]" * 300 + '},"record":{"id":2}',
    ]
)


def take(text, *, fast):
    """What of the input arrives, and whether it is an error."""
    reader = MessageReader()
    taken: list[dict[str, Any]] = []
    if fast:
        properties: dict[str, Any] = {
            "id": {"type": "integer"},
            "name": {"type": ["string", "null"]},
        }
        decoder = TypedDecoder(
            "t", {"type": "object", "properties": properties}, frozenset(), validates=True
        )
        reader.fast_paths["t"] = FastPath(
            decoder.decode,
            lambda _records, lines: taken.extend(map(record_of, lines)),
            can_nest=True,
        )
    failed = False

    def take_one(message):
        found = message["record"]
        reason = found.reason if isinstance(found, FaultyRecord) else None
        taken.append({**found, "": (message["stream"], message.get("version"), reason)})

    try:
        reader.process_lines(io.BytesIO(text), {"RECORD": take_one})
    except InvalidInputLine:
        failed = True
    return taken, failed


def parses(line):
    try:
        return not line.strip() or isinstance(json.loads(line), dict)
    except ValueError:
        return False


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(st.one_of(JSON_LINES, JSON_LINES, JSON_LINES, BROKEN_LINES), max_size=8),
    version=st.none() | st.integers(1, 9),
    packed=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    fast=st.booleans(),
)
def test_the_lines_of_a_file_are_taken_as_the_records_of_messages(
    lines, version, packed, end, fast
):
    whole = end.join(lines).encode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a b[1]%20.jsonl"
        path.write_bytes(gzip.compress(whole) if packed else whole)
        message = {
            "type": "BATCH",
            "stream": "t",
            "encoding": {"format": "jsonl"},
            "manifest": [path.as_uri()],
            "version": version,
        }
        found, failed = take(json.dumps(message).encode(), fast=fast)
    broken = not all(map(parses, lines))
    good = lines[: list(map(parses, lines)).index(False)] if broken else lines
    tail = "" if version is None else f',"version":{version}'
    messages = [
        f'{{"type":"RECORD","stream":"t","record":{line}{tail}}}' if line.strip() else line
        for line in good
    ]
    expected, is_error = take(end.join(messages).encode(), fast=fast)
    assert failed == (broken or is_error)
    assert found == (expected[: len(found)] if broken else expected)


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("known", [False, True])  # then lines take the fast path
def test_a_stream_of_files_and_records_loads(base, batch, packed, known):
    count = 2_500
    rows = [{"id": number, "name": f"n{number}", "more": 1} for number in range(count)]
    before = [record("t", id=number, name="old") for number in range(1_200 * known)]
    base.load(
        schema("t", {"id": "integer", "name": "string"}, keys=["id"]),
        *before,
        batch(*rows[:2_000], packed=packed),
        batch(*rows[2_000:], packed=packed),
        record("t", id=7, name="last"),
        state({"n": 1}),
    )
    expected = [{"id": row["id"], "name": row["name"]} for row in rows]
    expected[7]["name"] = "last"
    assert base.rows("t") == expected
    assert base.states == [{"n": 1}]


@pytest.mark.servers("gateway")
def test_records_of_files_are_mapped_checked_and_rejected(base, batch):
    base.load(
        schema("t", {"id": "integer", "name": "string"}, keys=["id"]),
        batch({"id": 1, "name": "a"}, {"id": "x", "name": "b"}, {"id": 3, "name": "c"}),
        state({"n": 1}),
        stream_maps={"t": {"id": "id", "upper": "name.upper()", "__else__": None}},
        max_rejected_records=1,
    )
    assert base.rows("t") == [{"id": 1, "upper": "A"}, {"id": 3, "upper": "C"}]
    (entry,) = base.rejections()
    assert entry["record"]["id"] == "x"


@pytest.mark.servers("gateway")
def test_tombstones_and_versions_of_files_delete_rows(base, batch):
    shape = schema("t", {"id": "integer", "name": "string"}, keys=["id"])
    options = {"add_record_metadata": True, "hard_delete": True, "max_delete_fraction": 1}

    def ids(*messages):
        base.load(shape, *messages, state({}), **options)
        return [row["id"] for row in base.rows("t")]

    def activate(version):
        return {"type": "ACTIVATE_VERSION", "stream": "t", "version": version}

    rows = [{"id": number, "name": "a"} for number in (1, 2, 3)]
    assert ids(batch(*rows, version=1), activate(1)) == [1, 2, 3]
    gone = {"id": 2, "name": None, "_sdc_deleted_at": "2026-01-01T00:00:00Z"}
    assert ids(batch(gone, version=1)) == [1, 3]
    assert ids(batch(rows[0], version=2), activate(2)) == [1]
    # Taps of the SDK write no version into the message. Its rows are not taken for old ones.
    assert ids(batch(*rows[:2]), activate(3)) == [1, 2]


@pytest.mark.servers("gateway")
def test_files_of_the_sdk_load_though_they_are_packed_against_their_message(base, tmp_path):
    folder = tmp_path / "a folder"
    config = BatchConfig.from_dict(
        {"encoding": {"format": "jsonl", "compression": "none"}, "storage": {"root": str(folder)}}
    )
    batches = Batcher(tap_name="tap", stream_name="t", batch_config=config).get_batches(
        iter([{"id": 1}, {"id": 2}])
    )
    messages: list[dict[str, Any]] = [
        {"type": "BATCH", "stream": "t", "encoding": {"format": "jsonl"}, "manifest": manifest}
        for manifest in batches
    ]
    assert "%20" in messages[0]["manifest"][0]
    base.load(schema("t", {"id": "integer"}), *messages, state({}))
    assert base.rows("t") == [{"id": 1}, {"id": 2}]


# Refused

SHAPE_OF_T = schema("t", {"id": "integer"}, keys=["id"])


@pytest.mark.servers("gateway")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"encoding": {"format": "parquet"}}, "format 'parquet'"),
        ({"encoding": {"format": "jsonl", "compression": "zstd"}}, "with compression 'zstd'"),
        ({"encoding": {}}, "format None"),
        ({"manifest": ["s3://bucket/t.jsonl?key=secret"]}, "at s3://…, and"),
        ({"manifest": ["file://elsewhere/t.jsonl"]}, "takes files of this machine"),
        ({"manifest": [5]}, "at 5, and"),
        ({"manifest": ["/does/not/exist.jsonl"]}, "cannot be read: No such file"),
        ({"manifest": ["/tmp"]}, "cannot be read: Is a directory"),
        ({"manifest": {}}, "'manifest' that is not a list"),
        ({"encoding": "jsonl"}, "'encoding' that is not an object"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_taken_end_the_run(base, batch, caplog, change, said):
    message = {**batch({"id": 1}), **change}
    sentence = base.fails(caplog, SHAPE_OF_T, state({"n": 1}), message, state({"n": 2}))
    assert sentence.startswith("Line 3 of the input: ")
    assert said in sentence
    assert "secret" not in sentence
    assert base.states == [{"n": 1}]


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("kept", [1, 10, 40, -1, -8, -9])
def test_a_file_that_was_not_finished_ends_the_run(base, batch, caplog, kept):
    message = batch(*({"id": number} for number in range(50)))
    path = paths(message)[0]
    path.write_bytes(path.read_bytes()[:kept])
    sentence = base.fails(caplog, SHAPE_OF_T, message, state({"n": 2}))
    assert ("cannot be unpacked" if kept != 1 else "is not a JSON object") in sentence
    assert base.states == []


@pytest.mark.servers("gateway")
def test_a_damaged_line_is_named(base, batch, caplog):
    lines = [{"id": number} for number in range(1_500)]
    message = batch(*lines, '{"id":1},"record":{"id":2}', packed=False)
    sentence = base.fails(caplog, SHAPE_OF_T, message, state({"n": 2}))
    assert "Line 2 of the input: Line 1,501 of " in sentence
    assert "it is not a JSON object" in sentence
    assert base.states == []
