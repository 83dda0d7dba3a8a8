"""A file that is no Singer messages: the sentence says what it looks like, and what loads it."""

import contextlib
import gzip
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import InvalidInputLine

from target_seatable.messages import MessageReader
from tests.target.singer import record, schema, state

LOADS = "target-seatable load loads such files"
CATALOG = {"streams": [{"tap_stream_id": "T", "schema": {}, "metadata": []}]}
STATE = {"bookmarks": {"T": {"replication_key_value": None}}}
SETTINGS = {"server_url": "https://seatable.example", "api_token": "secret-token"}


def workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


INPUTS = {
    "workbook": (workbook(), f"an Excel workbook or another archive. {LOADS}"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 9, "Save a workbook as .xlsx"),
    "gzip": (gzip.compress(b"id,name\n1,x\n"), "a compressed file. Unpack it first"),
    "parquet": (b"PAR1\x15\x04\x15", f"a Parquet file. {LOADS}"),
    "sqlite": (b"SQLite format 3\x00\x10\x00", f"an SQLite database. {LOADS}"),
    "csv": (b"id;secret-token\n1;x\n", f"a CSV table. {LOADS}"),
    "csv with a mark": ("\ufeffid;größe\n1;x\n".encode(), f"a CSV table. {LOADS}"),
    "csv in UTF-16": (
        "id,name\n1,x\n".encode("utf-16"),
        f"a text in UTF-16. Singer messages are in UTF-8. {LOADS}",
    ),
    "yaml": (b"api_token: secret-token\nserver_url: x\n", "YAML. Write it as JSON"),
    "list": (b'[\n  {"id": 1}\n]\n', "a JSON list. Singer messages are objects, one in each line"),
    "catalog": (json.dumps(CATALOG).encode(), "a catalog. The tap takes it with --catalog"),
    "state": (json.dumps(STATE).encode(), "a state. The tap takes it with --state"),
    "settings": (json.dumps(SETTINGS).encode(), "settings. Give them with --config"),
}  # fmt: skip
for name, value in (("catalog", CATALOG), ("state", STATE), ("settings", SETTINGS)):
    INPUTS[f"{name} over lines"] = json.dumps(value, indent=2).encode(), INPUTS[name][1]
INPUTS["long catalog"] = (
    json.dumps({"streams": CATALOG["streams"] * 5_000}, indent=2).encode(), INPUTS["catalog"][1],
)  # fmt: skip


def read(content):
    taken: list[Any] = []
    kinds = ("SCHEMA", "RECORD", "STATE")
    MessageReader().process_lines(io.BytesIO(content), dict.fromkeys(kinds, taken.append))
    return taken


@pytest.mark.parametrize("name", INPUTS)
def test_it_is_recognised(name):
    content, expected = INPUTS[name]
    with pytest.raises(InvalidInputLine) as error:
        read(content)
    assert "holds no Singer messages, but what looks like" in str(error.value)
    assert expected in str(error.value)
    assert "secret-token" not in str(error.value)


@settings(max_examples=200)
@given(st.binary(max_size=60), st.sampled_from([b"", b"\n", b"{", b"[", b'{"type":']))
def test_any_bytes_are_messages_or_end_in_a_sentence(content, start):
    with contextlib.suppress(InvalidInputLine):
        assert all(isinstance(message, dict) for message in read(start + content))


def test_rows_of_other_files_behind_a_message_are_no_file_of_their_own():
    messages = json.dumps(state({"n": 1})).encode() + b"\nid,name\n1,x\n"
    with pytest.raises(InvalidInputLine, match=r"^Line 2 of the input: it is not JSON"):
        read(messages)


def test_a_byte_order_mark_before_the_first_message_is_left_out():
    messages = [schema("t", {"id": "integer"}), record("t", id=1)]
    content = "\ufeff" + "".join(json.dumps(message) + "\n" for message in messages)
    assert [message["type"] for message in read(content.encode())] == ["SCHEMA", "RECORD"]
