"""Records that Python cannot take apart: they are set aside alone, on every version of it."""

import pytest

from target_seatable.messages.nesting import MAX_DEPTH, is_too_deep, replace_deep
from tests.target.singer import record, schema, state

SHAPE = schema("t", {"id": "integer", "n": "number", "v": {}, "o": {"type": "object"}})
DEEP = "[" * 10_000 + "]" * 10_000
DEEP_OBJECT = '{"a":' * 10_000 + "1" + "}" * 10_000
FULL = 1_100
"""Records after which the table is known, and lines take the fast path."""


@pytest.mark.servers("gateway")
@pytest.mark.parametrize(("known", "validates"), [(False, True), (True, False), (True, True)])
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (f'"n":{"1" * 5000}', "Property 'n' is a number of 5,000 characters"),
        (f'"v":{"1" * 5000}', "Property 'v' is a number of 5,000 characters"),
        (f'"o":{{"x":[{"1" * 5000}]}}', "Property 'o.x' is a number of 5,000 characters"),
        ('"n":1e99999999999999999999', "Property 'n' is 1e99999999999999999999"),
        ('"v":1e99999999999999999999', "Property 'v' is 1e99999999999999999999"),
        (f'"v":{DEEP}', "Property 'v' is nested too deeply, over more than 200 levels"),
        (f'"n":1,"o":{DEEP_OBJECT}', "Property 'o' is nested too deeply, over more than 200"),
        (f'"n":{"1" * 4000}', "more digits than a number column holds"),
        (f'"n":{"1" * 4000}.5', "more digits than a number column holds"),
    ],
    ids=lambda value: f"{value[:12]} ({len(value)})",
)
def test_a_record_is_set_aside_alone(base, given, reason, known, validates):
    before = [record("t", id=1, n=1.5, v="x", o={"a": [1]})] * (FULL if known else 1)
    lines = [f'{{"type":"RECORD","stream":"t","record":{{"id":2,{given}}}}}\n', record("t", id=3)]
    base.load(SHAPE, *before, *lines, state({"n": 1}), max_rejected_records=1,
              validate_records=validates, column_types={"t": {"n": "number"}})  # fmt: skip
    assert [row["id"] for row in base.rows("t")] == [1] * len(before) + [3]
    (entry,) = base.rejections()
    assert reason in entry["reason"]
    assert entry["record"]["id"] == 2
    assert base.states == [{"n": 1}]


@pytest.mark.servers("gateway")
def test_a_message_of_another_type_that_is_too_deep_is_a_sentence(base, caplog):
    line = f'{{"type":"STATE","value":{DEEP}}}\n'
    sentence = base.fails(caplog, SHAPE, record("t", id=1), line)
    assert sentence.startswith("Line 3 of the input: ")
    assert "'value' is nested too deeply" in sentence


def test_depth_is_told_from_width_and_from_texts():
    wide = b'{"a":[' + b"[1]," * 5_000 + b"[1]]}"
    text = b'{"a":"' + b"[" * 5_000 + rb"\"{" + b'"}'
    fits = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    for line in (wide, text, fits):
        assert not is_too_deep(line)
    assert is_too_deep(b"[" + fits + b"]")
    assert is_too_deep(b'["' + b"]" * 500 + b'",' + fits + b"]")
    replaced, names = replace_deep(b'{"x":{"y":"z","p":' + fits + b"}}")
    assert names == ["p"]
    assert not is_too_deep(replaced)


@pytest.mark.servers("gateway")
def test_a_wide_record_is_stored(base):
    many = [{"x": number} for number in range(300)]
    base.load(SHAPE, record("t", id=1, v=many), *[record("t", id=2, v=many)] * 1_005)
    assert len(base.rows("t")) == 1_006
