"""Patterns of a source's schema mean what they mean to `re`, and stop."""

import re
import warnings

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord

from target_seatable.messages import patterns
from target_seatable.messages.patterns import PatternTimeout, TimedPattern
from target_seatable.messages.validation import validator_for
from tests.target.singer import record, schema, state

PIECES = st.sampled_from([
    "a", "b", ":", ".", "^", "$", r"\d", r"\w", r"\Z", "[ab]", "[^a]", "[]a]", "[^]a]",
    "[[:alpha:]]", "[a&&b]", "[a||b]", "{", "}", "{2}", "{,2}", "{1,}", "{,}", "{}",
    "{e<=1}", "{i}", "(a|b)", "(?:ab)", "*", "+", "?", "|", r"\[", r"\{", "(?i)",
    "(?=a)", "[[]", "ß", "é",
])  # fmt: skip
TEXTS = st.text("ab:AB{}[]e<=1,2 ßé\n", max_size=12)


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=6).map("".join), TEXTS)
@example("(?:ab){e<=1}", "ac")
@example("[[:alpha:]]", "x")
@example("x{,}", "")
@example("a(?i)", "A")  # an error from Python 3.11 on
@example("(?i)a", "A")
def test_a_pattern_means_what_it_means_to_python(pattern, text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = re.compile(pattern)
        except re.error:
            event("none")
            with pytest.raises(re.error):
                TimedPattern(pattern)
            return
    event("compared")
    assert TimedPattern(pattern).search(text) is (expected.search(text) is not None)


ENDLESS = r"^(?:a|ab|b|aa|bb)*[cd]$"
TEXT = "ab" * 30


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(patterns, "SECONDS", 0.02)


@given(
    st.sampled_from([
        {"pattern": ENDLESS},
        {"anyOf": [{"pattern": ENDLESS}, {"type": "integer"}]},
        {"type": "object", "patternProperties": {ENDLESS: {"type": "string"}}},
        {"type": "object", "propertyNames": {"pattern": ENDLESS}},
        {"type": "array", "items": {"pattern": ENDLESS}},
    ]),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=10)
def test_a_pattern_without_end_refuses_one_record(property_schema, exact):
    own = {"price": {"multipleOf": 0.01}} if exact else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns, "SECONDS", 0.02)
        patch.setattr(patterns, "MOST_TIMEOUTS", 1_000)  # the pattern is the same each time
        validator = validator_for(
            {"type": "object", "properties": {"v": property_schema, **own}}, "t"
        )
        for value in (TEXT, {TEXT: 5}, [TEXT]):
            try:
                validator.validate({"v": value})
            except InvalidRecord as refusal:  # noqa: PERF203
                assert "set validate_records to false" in str(refusal)  # noqa: PT017
        validator.validate({})


def test_a_pattern_of_names_without_end_is_no_schema(quick):
    with pytest.raises(InvalidJSONSchema, match="timed out"):
        validator_for(
            {
                "type": "object",
                "required": [TEXT],
                "additionalProperties": False,
                "patternProperties": {ENDLESS: {}},
            }
        )


@pytest.mark.servers("gateway")
def test_records_around_such_a_text_are_stored(base, quick):
    shape = schema("t", {"id": "integer", "v": {"type": "string", "pattern": ENDLESS}}, ["id"])
    rows = [record("t", id=1), record("t", id=2, v=TEXT), record("t", id=3)]
    base.load(shape, *rows, state({"n": 1}), max_rejected_records=1)
    assert [row["id"] for row in base.rows("t")] == [1, 3]
    (entry,) = base.rejections()
    assert "of the schema timed out after" in entry["reason"]
    assert base.states == [{"n": 1}]


@pytest.mark.servers("gateway")
def test_a_run_does_not_wait_for_text_after_text(base, caplog, quick):
    shape = schema("t", {"id": "integer", "v": {"type": "string", "pattern": ENDLESS}}, ["id"])
    rows = [record("t", id=number, v=TEXT) for number in range(100)]
    sentence = base.fails(caplog, shape, *rows, max_rejected_records=1000)
    assert sentence.startswith("Stream 't': the pattern '^(?:a|ab|b|aa|bb)*")
    assert "validate_records" in sentence


def test_the_limit_is_told_with_the_pattern(quick):
    with pytest.raises(PatternTimeout) as stopped:
        TimedPattern(ENDLESS).search(TEXT)
    assert stopped.value.pattern == ENDLESS
