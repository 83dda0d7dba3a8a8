"""Mistakes that people make, and the sentence that each of them ends in."""

import io
import json

import pytest
from singer_sdk.exceptions import InvalidInputLine, InvalidRecord

from seatable_sandbox import Fault
from tests.target.singer import record, schema, state

DAY = {"type": ["string", "null"], "format": "date"}
MAIL = {"type": ["string", "null"], "format": "email"}

ROWS = [schema("t", {"id": "integer", "name": "string"}, ["id"]), record("t", id=1, name="one")]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Retries without their pauses."""
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)


def test_the_token_is_missing(base, caplog):
    assert "api_token is not set" in base.fails(caplog, *ROWS, api_token="")


def test_the_url_is_wrong(base, caplog):
    sentence = base.fails(caplog, *ROWS, server_url="http://127.0.0.1:9")
    assert "Could not open the base" in sentence
    assert "http://127.0.0.1:9" in sentence


def test_the_url_has_a_path(base, caplog):
    sentence = base.fails(caplog, *ROWS, server_url=f"{base.sandbox.url}/dtable")
    assert "must be the root of the server" in sentence


@pytest.mark.parametrize("token", ["0" * 40, "nonsense"])
def test_the_token_is_wrong(base, caplog, token):
    assert "Check api_token" in base.fails(caplog, *ROWS, api_token=token)


def test_the_token_was_revoked(base, caplog):
    base.sandbox.revoke(base.base.api_token)
    assert "Check api_token" in base.fails(caplog, *ROWS)


def test_the_token_may_only_read(base, caplog):
    sentence = base.fails(caplog, *ROWS, api_token=base.base.read_only_token)
    assert "only permits reading" in sentence
    assert base.base.metadata()["metadata"]["tables"] == []


def test_the_server_keeps_answering_html(base, caplog):
    base.sandbox.inject(Fault("html", times=100))
    assert "an HTML page" in base.fails(caplog, *ROWS)


def test_a_schema_has_no_properties(base, caplog):
    sentence = base.fails(caplog, schema("t", {}), record("t", id=1))
    assert "Stream 't' has a schema without properties" in sentence


def test_a_schema_has_nothing(base, caplog):
    message = {"type": "SCHEMA", "stream": "t", "schema": {"type": "object"}}
    assert "schema whose 'properties'" in base.fails(caplog, message)


def test_a_schema_is_none(base, caplog):
    broken = schema("t", {"id": {"type": "integral"}})
    assert "is not a valid JSON Schema" in base.fails(caplog, broken, record("t", id=1))


def test_a_schema_is_to_be_fetched(base, caplog):
    foreign = schema("t", {"id": {"$ref": "http://127.0.0.1:9/schema.json"}})
    assert "references to other documents are not fetched" in base.fails(
        caplog, foreign, record("t", id=1)
    )


@pytest.mark.parametrize(
    ("property_schema", "value"),
    [
        ({"type": ["null", "array"], "items": {"$ref": "#/definitions/many"}}, [1, [2]]),
        ({"type": "number", "multipleOf": 1e-38, "maximum": 1e62, "exclusiveMaximum": True}, 1.25),
        ({"type": "string", "format": None, "maxLength": None, "enum": None}, "x"),
        ({"type": None}, "x"),
        ({"type": "any"}, "x"),
        ({"type": ["any", "null"]}, "x"),
        ({"type": "string", "required": True}, "x"),
        (None, "x"),
    ],
)
def test_a_schema_is_written_in_an_older_draft(base, property_schema, value):
    many = {"type": ["integer", "array"], "items": {"$ref": "#/definitions/many"}}
    odd = schema(
        "t", {"id": "integer", "v": property_schema}, definitions={"many": many}, required=None
    )
    base.load(odd, record("t", id=1, v=value))
    assert len(base.rows("t")) == 1
    assert base.rejections() == []


def test_a_record_comes_before_its_schema(base, caplog):
    sentence = base.fails(caplog, record("t", id=1), *ROWS)
    assert "a record of stream 't' came before a SCHEMA of it" in sentence
    assert base.base.metadata()["metadata"]["tables"] == []


@pytest.mark.parametrize("keyless", [{"name": "x"}, {"id": None, "name": "x"}])
def test_a_record_has_no_key(base, caplog, keyless):
    sentence = base.fails(caplog, *ROWS, record("t", **keyless), state({"done": 1}))
    assert sentence == "The record has no 'id', which is part of its key."
    assert base.rows("t") == [{"id": 1, "name": "one"}]
    assert [entry["record"] for entry in base.rejections()] == [keyless]
    assert base.states == [{"done": 1}]


def test_the_key_is_no_property(base, caplog):
    sentence = base.fails(caplog, *ROWS, key_properties={"t": ["uid"]})
    assert "key_properties names 'uid', which stream 't' does not have" in sentence
    assert all(table["name"] != "t" for table in base.base.metadata()["metadata"]["tables"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json\n", "is not JSON"),
        ('{"type": "RECORD", "stream": "t", "record": {"id": 1, "na\n', "is not JSON"),
        ('{"type": "STATE", "value": NaN}\n', "Property 'value' is NaN"),
        ("[1, 2]\n", "is not a message"),
        ('{"stream": "t"}\n', "has no 'type'"),
        ('{"type": "RECORD", "stream": "t"}\n', "has no 'record'"),
        ('{"type": "PARTY"}\n', "not a Singer message"),
        ('{"type": []}\n', "not a Singer message"),
        ('{"type": "RECORD", "stream": "t", "record": null}\n', "'record' that is not an object"),
        ('{"type": "RECORD", "stream": "t", "record": [1]}\n', "'record' that is not an object"),
        ('{"type": "RECORD", "stream": null, "record": {}}\n', "'stream' that is not a text"),
        ('{"type": "SCHEMA", "stream": "t", "schema": []}\n', "'schema' that is not an object"),
        ('{"type": "SCHEMA", "stream": "t", "schema": {}}\n', "schema whose 'properties'"),
        (
            '{"type":"SCHEMA","stream":"t","schema":{"properties":{}},"key_properties":5}\n',
            "not a list of names",
        ),
        ('{"type": "STATE"}\n', "has no 'value'"),
        ('{"type": "ACTIVATE_VERSION", "stream": "t", "version": "1"}\n', "not a whole number"),
        (
            '{"type": "RECORD", "stream": "t", "record": ' + "[" * 5000 + "]" * 5000 + "}\n",
            "nested too deeply",
        ),
        ('{"type": "BATCH", "stream": "t"}\n', "has no 'encoding'"),
        ('{"type": "RECORD", "stream": "u", "record": {}}\n', "'u'"),
    ],
)
@pytest.mark.parametrize("known", [False, True])  # then lines take the fast path
def test_a_line_is_no_message(base, caplog, line, said, known):
    many = [*ROWS, *ROWS[1:] * 1_200] if known else ROWS
    sentence = base.fails(caplog, *many, line, *ROWS)
    assert said in sentence
    assert f"Line {len(many) + 1:,} of the input: " in sentence


FAULTY = [
    ('{"id": 2, "name": NaN}', "Property 'name' is NaN", {"id": 2, "name": "NaN"}),
    ('{"id": 2, "x": [{"y": -Infinity}]}', "'x.y' is -Inf", {"id": 2, "x": [{"y": "-Infinity"}]}),
    ('{"id": 2, "name": "a\\ud83d"}', "'name' has an unpaired", {"id": 2, "name": "a\\ud83d"}),
    ('{"id": 2, "\\ude00": 0.10}', "unpaired surrogate", {"id": 2, "\\ude00": 0.1}),
]


@pytest.mark.parametrize(("given", "reason", "kept"), FAULTY)
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("validates", [False, True])
def test_a_record_holds_what_is_no_json(base, given, reason, kept, known, validates):
    """It is rejected alone, whatever column it was for, and can be read in the file."""
    line = f'{{"type": "RECORD", "stream": "t", "record": {given}}}\n'
    before = ROWS[1:] * (1_200 if known else 1)
    after = record("t", id=3, name="three")
    base.load(ROWS[0], *before, line, after, max_rejected_records=1, validate_records=validates)
    assert base.rows("t") == [{"id": 1, "name": "one"}, {"id": 3, "name": "three"}]
    (entry,) = base.rejections()
    assert reason in entry["reason"]
    assert entry["record"] == kept


@pytest.mark.parametrize("method", ["append-only", "upsert", "overwrite"])
@pytest.mark.parametrize(
    "last", [{"id": 2, "mail": 5}, {"id": 2, "_deleted_at": "2024-06-05T10:20:00Z"}]
)
def test_a_batch_in_which_there_is_nothing_to_store(base, method, last):
    numbers = schema("t", {"id": "integer", "n": "number", "day": DAY, "mail": MAIL}, ["id"])
    enough = 5_000  # then the table is known, and one batch is over
    base.load(
        numbers,
        *(record("t", id=1, n=1.5, day="2024-06-05", mail="a@b.org") for _ in range(enough)),
        record("t", **last),
        state({"n": 1}),
        load_method=method,
        max_rejected_records=1,
    )
    assert len(base.rows("t")) == (enough if method == "append-only" else 1)
    assert base.states == [{"n": 1}]


@pytest.mark.parametrize("index", [0, 1, 1_500])
def test_a_line_is_no_utf_8(base, caplog, index):
    lines = [json.dumps(message) + "\n" for message in (ROWS[0], *ROWS[1:] * 2_000)]
    lines[index] = lines[index].replace('"', '"\udce4', 1)
    target_input = "".join(lines).encode("utf-8", "surrogateescape")
    with pytest.raises(InvalidInputLine, match=f"Line {index + 1:,} of the input: it is not UTF-8"):
        base.target().run(io.BytesIO(target_input))
    assert "Traceback" not in caplog.text


def test_maps_make_one_stream_of_two(base, caplog):
    maps = {"t": {"__alias__": "one"}, "u": {"__alias__": "one"}}
    given = [*ROWS, schema("u", {"id": "integer", "x": "string"}, ["id"]), record("u", id=1, x="x")]
    sentence = base.fails(caplog, *given, stream_maps=maps)
    assert "turn the streams 't' and 'u' into one stream 'one'" in sentence


@pytest.mark.parametrize("pattern", ["^\\p{L}+$", "(?<n>x)"])
def test_a_pattern_that_python_does_not_know(base, caplog, pattern):
    shape = schema("t", {"id": "integer", "name": {"type": "string", "pattern": pattern}}, ["id"])
    sentence = base.fails(caplog, shape, *ROWS[1:])
    assert "which cannot be checked here" in sentence
    base.load(shape, *ROWS[1:], validate_records=False)
    assert base.rows("t") == [{"id": 1, "name": "one"}]


@pytest.mark.parametrize(
    "choice",
    [
        {"type": "single-select", "data": {"options": ["a"]}},
        {"type": "rate", "data": {"rate_max_number": "ten"}},
        {"type": "duration", "data": {"duration_format": "h:mm:ss.s"}},
    ],
)
def test_column_types_gives_data_that_cannot_be(base, caplog, choice):
    sentence = base.fails(caplog, *ROWS, column_types={"t": {"name": choice}})
    assert "column_types gives column 'name'" in sentence
    assert not any(table["name"] == "t" for table in base.base.metadata()["metadata"]["tables"])


@pytest.mark.parametrize("word", ["pass-word", "p@ss-word/x", "p?ss-word#", "a:b-word%40"])
def test_the_file_of_rejected_records_is_where_a_password_is_needed(base, caplog, word):
    path = f"ftp://me:{word}@127.0.0.1:9/x.jsonl"
    bad = record("t", id=1, name=5)
    sentence = base.fails(caplog, ROWS[0], bad, rejected_records_path=path)
    assert "ftp://***@127.0.0.1:9/x.jsonl" in sentence
    assert "-word" not in caplog.text


@pytest.mark.parametrize("value", [None, "x", 5, []])
def test_a_state_may_be_anything(base, value):
    base.load(*ROWS, state(value))
    assert base.states == ([value] if value is not None else [])


def test_a_schema_of_anything_or_nothing_can_be_written_shortly(base):
    shape = schema("t", {"id": True, "never": False})
    base.load(shape, record("t", id="x"))
    assert base.rows("t")[0]["id"] == "x"
    with pytest.raises(InvalidRecord):
        base.load(shape, record("t", id="y", never=1))


def test_the_row_of_such_a_record_is_not_taken_for_a_missing_one(base):
    base.load(*ROWS, record("t", id=2, name="two"))
    line = '{"type": "RECORD", "stream": "t", "record": {"id": 2, "name": NaN}}\n'
    base.load(*ROWS, line, state({}), load_method="overwrite", max_rejected_records=1)
    assert base.rows("t") == [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]


def test_two_properties_would_become_one_column(base, caplog):
    sentence = base.fails(caplog, schema("t", {"a.b": "string", "A_B": "string"}), record("t"))
    assert "would both become column 'A_B'" in sentence


def test_two_streams_would_become_one_table(base, caplog):
    schemas = [schema(name, {"id": "integer"}) for name in ("a.b", "a_b")]
    sentence = base.fails(caplog, *schemas, record("a.b", id=1), record("a_b", id=2))
    assert "would both go into table 'a_b'" in sentence


def test_a_table_is_missing_and_may_not_be_made(base, caplog):
    sentence = base.fails(caplog, *ROWS, create_tables=False)
    assert "the base has no table 't', and create_tables is off" in sentence


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"name": "txt"}, "gives column 'name' the type 'txt'"),
        ({"name": "formula"}, "gives column 'name' the type 'formula'"),
        ({"nmae": "text"}, "names 'nmae', which stream 't' does not have"),
    ],
)
def test_column_types_are_wrong(base, caplog, choice, said):
    assert said in base.fails(caplog, *ROWS, column_types={"t": choice})


def test_rejected_records_have_no_place(base, caplog, tmp_path):
    (tmp_path / "a-file").touch()
    path = str(tmp_path / "a-file" / "rejected.jsonl")
    sentence = base.fails(
        caplog, *ROWS, record("t", id="x"), state({"done": 1}), rejected_records_path=path
    )
    assert "cannot be written to rejected_records_path" in sentence
    assert base.states == []


def test_links_name_no_property(base, caplog):
    assert "links names 't'; it takes a stream, a dot" in base.fails(
        caplog, *ROWS, links={"t": "id"}
    )


def test_an_expression_of_a_map_fails_for_one_record(base):
    maps = {"t": {"half": "float(10 / id)"}}
    records = [record("t", id=number, name="x") for number in (1, 0, 2)]
    base.load(ROWS[0], *records, state({"n": 1}), stream_maps=maps, max_rejected_records=1)
    assert [(row["id"], row["half"]) for row in base.rows("t")] == [(1, 10), (2, 5)]
    (entry,) = base.rejections()
    assert entry["record"] == {"id": 0, "name": "x"}
    assert entry["reason"].startswith("stream_maps cannot be applied: division by zero. Correct ")


def test_an_expression_of_a_map_is_none(base, caplog):
    maps = {"t": {"half": "float("}}
    assert "Failed to parse expression" in base.fails(caplog, *ROWS, stream_maps=maps)


def test_a_table_is_mapped_to_a_name_that_none_can_have(base, caplog):
    sentence = base.fails(caplog, *ROWS, table_mapping={"t": "a.b"})
    assert "sends stream 't' to table 'a.b'. Names of tables cannot have" in sentence


TWO = schema("t", {"a": "integer", "b": "string", "name": "string"}, keys=["a", "b"])


@pytest.mark.parametrize(
    ("bad", "description"),
    [
        ({"a": 7, "b": "x y", "name": 5}, "the record with a 7, b \"x y\" of stream 't'"),
        ({"a": 7, "b": "ä" * 300, "name": 5}, 'the record with a 7, b "äää'),
        ({"name": 5}, "a record of stream 't'"),
    ],
)
def test_a_rejected_record_is_named_by_its_key(base, caplog, bad, description):
    base.fails(caplog, TWO, record("t", a=1, b="x", name="fits"), record("t", **bad))
    (line,) = (message for message in caplog.messages if message.startswith("Rejected "))
    assert line.startswith(f"Rejected {description}")
    assert len(line) < 500
