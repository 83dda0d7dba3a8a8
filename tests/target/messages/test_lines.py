"""A line is a message, however messages and line breaks lie in the input."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import InvalidInputLine

from target_seatable.messages import FastPath, MessageReader, TypedDecoder, record_of
from tests.target.singer import record, schema, state

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}

GAPS = st.sampled_from(["", " ", "\t", "\n", "\r\n", "\n\n", "\n \n", ",", ",\n"])
"""What lies between two messages; a gap without a line break puts them on one line."""

SPACES = st.sampled_from(["", " ", "\n", "\r\n"])
"""What lies between two tokens of a message that is not written in one go."""


@st.composite
def inputs(draw):
    text = ""
    for number in range(draw(st.integers(1, 9))):
        tokens = ["{", '"type":"RECORD",', '"stream":"t",', '"record":', "{", f'"id":{number}']
        tokens += ["}", "}"]
        place = draw(st.integers(0, 6 * len(tokens)))
        text += "".join(tokens[:place]) + (draw(SPACES) if tokens[place:] else "")
        text += "".join(tokens[place:])
        text += draw(GAPS)
    return text.encode()


def read(text):
    """The ids that arrive, each as its record has it and as its line has it."""
    reader = MessageReader()
    decoder = TypedDecoder("t", SCHEMA, frozenset(), validates=True)
    taken: list[tuple[str, Any]] = []

    def take(records, lines):
        assert len(records) == len(lines)
        taken.extend(
            (bytes(got.p0).decode(), line) for got, line in zip(records, lines, strict=True)
        )

    reader.fast_paths["t"] = FastPath(decoder.decode, take)
    failed = False
    try:
        reader.process_lines(
            io.BytesIO(text),
            {"RECORD": lambda message: taken.append((str(message["record"]["id"]), message))},
        )
    except InvalidInputLine:
        failed = True
    return [
        (int(number), record_of(line)["id"] if isinstance(line, bytes) else line["record"]["id"])
        for number, line in taken
    ], failed


@settings(max_examples=400, deadline=None)
@given(text=inputs())
def test_a_record_arrives_with_its_own_line_or_the_run_ends_before_it(text):
    expected, fails = [], False
    for line in text.split(b"\n"):
        if not line.strip():
            continue
        try:
            number = json.loads(line)["record"]["id"]
        except (ValueError, KeyError, TypeError):
            fails = True
            break
        expected.append((number, number))
    assert read(text) == (expected, fails)


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("blank", ["", "\n"], ids=["", "beside a blank line"])
def test_two_messages_on_a_line_end_the_run_behind_the_first_batch_too(base, caplog, blank):
    lines = [json.dumps(record("t", id=number)) for number in range(1_000)]
    first = "".join(line + "\n" for line in lines) + json.dumps(state({"n": 1})) + "\n"
    joined = (
        json.dumps(record("t", id=999))
        + "\n"
        + blank
        + json.dumps(record("t", id=1_000))
        + json.dumps(record("t", id=1_001))
        + "\n"
    )
    last = "".join(json.dumps(record("t", id=number)) + "\n" for number in (1_002, 1_003))
    sentence = base.fails(caplog, schema("t", {"id": "integer"}), first + joined + last)
    assert "it is not JSON" in sentence
    assert f"Line {1_004 + bool(blank):,} of the input" in sentence
    assert base.states == [{"n": 1}]
