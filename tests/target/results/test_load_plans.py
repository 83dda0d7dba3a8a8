"""A dry run shows its plan, and a later run applies it only to a base that has not moved."""

import json
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from seatable_sandbox import Sandbox
from target_seatable.target import RetryingTarget
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")

PEOPLE = schema("people", {"id": "integer", "name": "string", "born": "string"}, ["id"])
OTHER = schema("other", {"id": "integer"}, ["id"])


@pytest.fixture
def plan(tmp_path):
    return tmp_path / "plan.json"


def people(*ids, **values):
    return [record("people", id=key, **{"name": f"n{key}", **values}) for key in ids]


def planned(base, plan, *messages, **config):
    base.load(*messages, dry_run=True, plan_path=str(plan), **config)
    return json.loads(plan.read_text("utf-8"))


def columns_of(found, stream="people"):
    (entry,) = [entry for entry in found["streams"] if entry["stream"] == stream]
    return {column["property"]: column for column in entry["columns"]}


def everything(base):
    metadata = base.base.metadata()["metadata"]
    return metadata["version"], {
        table["name"]: (table["columns"], base.base.rows(table["name"]))
        for table in metadata["tables"]
    }


@pytest.mark.parametrize("keys", [["id"], []])
def test_a_removal_that_is_too_large_ends_the_dry_run_after_its_tables(base, plan, capsys, keys):
    stream = schema("people", {"id": "integer", "name": "string"}, keys)
    base.load(stream, *people(1, 2, 3), state({"people": 1}))
    capsys.readouterr()
    before = everything(base)
    with pytest.raises(SeaTableError, match="lacks 2 of 3 rows") as failed:
        planned(base, plan, stream, *people(1, 4), state({"people": 1}), load_method="overwrite")
    assert everything(base) == before
    assert "is stored" not in str(failed.value)
    assert "1 row to add" in capsys.readouterr().err
    assert json.loads(plan.read_text("utf-8"))["ends_with"] == str(failed.value)


def test_the_plan_of_a_new_table(base, plan, capsys):
    some = [
        record("people", id=1, name="Ada", born="1815-12-10"),
        record("people", id=2, name="", born="1912-06-23"),
        record("people", id="x", name="Bad", born="1900-01-01"),
    ]
    config = {"column_types": {"people": {"name": "text"}}, "max_rejected_records": 1}
    before = everything(base)
    found = planned(base, plan, PEOPLE, *some, **config)
    assert everything(base) == before
    assert found["format"] == "target-seatable-plan"
    assert found["version"] == 1
    assert found["ends_with"] is None
    assert found["base"]["operations"] == before[0]
    (stream,) = found["streams"]
    assert (stream["is_new"], stream["add"], stream["refuse"]) == (True, 2, 1)
    assert stream["calls"] == 2
    columns = columns_of(found)
    assert columns["id"]["why"] == "the schema says integer"
    assert columns["id"]["refused"] == 1
    assert columns["name"]["why"] == "column_types"
    assert columns["name"]["empty"] == 1
    assert sorted(columns["name"]["samples"]) == ["Ada", "Bad"]
    assert columns["born"]["type"] == "date"
    assert columns["born"]["why"] == "all first values are dates"
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    shown = capsys.readouterr()
    assert shown.out == ""
    for words in ("Stream 'people' into table 'people' (new)", "all first values are dates", "Ada",
                  "2 rows to add, 0 to change", "1 record refused", "2 calls"):  # fmt: skip
        assert words in shown.err


def test_changes_are_counted_by_column(base, plan):
    base.load(PEOPLE, *people(1, 2, 3, 4, born="1900-01-01"), state({}))
    again = [*people(1, born="1900-01-01"), *people(2, born="1901-01-01"),
             *people(3, name="new", born="1901-01-01"), *people(9, born="x")]  # fmt: skip
    found = planned(base, plan, PEOPLE, *again, state({}), load_method="overwrite",
                    max_rejected_records=1)  # fmt: skip
    columns = columns_of(found)
    assert [columns[name]["changed"] for name in ("id", "name", "born")] == [0, 1, 2]
    assert {column["why"] for column in columns.values()} == {"exists"}
    (stream,) = found["streams"]
    assert (stream["change"], stream["unchanged"], stream["refuse"]) == (2, 1, 1)


def test_a_server_without_sql_tells_no_changed_cells(make, plan, capsys):
    with Sandbox("v1", version="2.3.0") as sandbox:
        base = make(sandbox)
        base.load(PEOPLE, *people(1))
        found = planned(base, plan, PEOPLE, *people(1, name="new"))
    assert columns_of(found)["name"]["changed"] is None
    assert "?" in capsys.readouterr().err


def test_the_samples_move_no_cursor(base, plan, capsys):
    evil = "\x1b[2Jx[red]\u202e"
    found = planned(base, plan, PEOPLE, record("people", id=1, name=evil))
    assert columns_of(found)["name"]["samples"] == [evil]
    shown = capsys.readouterr().err
    assert "\x1b[2J" not in shown
    assert "\\u001b[2Jx[red]\\u202e" in shown


WRONG = [
    (["id;name"], "a semicolon separates the columns"),
    (["\ufeffid", "name"], "byte order mark"),
    (["sep=;"], "names the delimiter"),
]


@pytest.mark.parametrize(("names", "words"), WRONG)
def test_a_header_that_was_read_wrongly_is_shown_and_fails_in_the_end(
    base, caplog, capsys, plan, names, words
):
    messages = [schema("t", dict.fromkeys(names, "string")),
                {**record("t"), "record": dict.fromkeys(names, "1")}]  # fmt: skip
    sentence = base.fails(caplog, *messages, dry_run=True, plan_path=str(plan))
    assert words in sentence
    shown = " ".join(capsys.readouterr().err.split())
    assert "Looks wrong: Stream 't': " in shown
    assert words in shown
    assert "Stream 't' into table 't' (new)" in shown
    found = json.loads(plan.read_text("utf-8"))
    assert words in found["ends_with"]
    sentence = base.fails(caplog, *messages, plan_path=str(plan))
    assert "one of a load that would fail" in sentence
    assert "t" not in everything(base)[1]


def test_a_decimal_comma_is_told_once(base, plan, caplog, capsys):
    stream = schema("t", {"Preis": "string"})
    rows = [record("t", Preis=preis) for preis in ("475,93", "1.342,8")]
    planned(base, plan, stream, *rows)
    assert "decimal comma" not in caplog.text
    assert " ".join(capsys.readouterr().err.split()).count("a decimal comma") == 1
    base.load(stream, *rows)
    assert caplog.text.count("a decimal comma") == 1


def test_what_looks_wrong(base, plan):
    wide = schema("t", {"E-Mail": "string", "email": "string", "Preis": "string",
                        "Ort": "string", "n": "string"})  # fmt: skip
    rows = [("475,93", "Ulm, 1", "1,234"), ("1.342,8", "Bonn", "2,345")]
    some = [
        {**record("t"), "record": {"Preis": preis, "Ort": ort, "n": n}} for preis, ort, n in rows
    ]
    (stream,) = planned(base, plan, wide, *some)["streams"]
    similar, comma = sorted(stream["looks_wrong"], key=lambda sentence: "alike" not in sentence)
    assert "'E-Mail', 'email' have names that are alike" in similar
    assert "'Preis' holds values such as '475,93'" in comma
    (stream,) = planned(base, plan, wide, *some, locale="de_DE")["streams"]
    assert [sentence for sentence in stream["looks_wrong"] if "values" in sentence] == []
    francs = {**record("t"), "record": {"Preis": "5,00 CHF", "Ort": "Ulm", "n": "1"}}
    (stream,) = planned(base, plan, wide, francs, locale="de_DE")["streams"]
    [sentence] = [sentence for sentence in stream["looks_wrong"] if "values" in sentence]
    assert "'5,00 CHF', which look like numbers with a decimal comma. Locale de_DE" in sentence
    assert "Set locale" not in sentence


# Applying


def test_a_plan_is_applied(base, plan, caplog):
    base.load(OTHER, record("other", id=1))
    caplog.set_level("INFO")
    messages = [PEOPLE, *people(1, 2), OTHER, record("other", id=2), state({"n": 1})]
    found = planned(base, plan, *messages)
    base.load(*messages, plan_path=str(plan))
    assert [row["id"] for row in base.rows("people")] == [1, 2]
    assert base.states == [{"n": 1}]
    assert "not that of the plan" not in caplog.text
    assert [stream["add"] for stream in found["streams"]] == [2, 1]
    sentence = base.fails(caplog, *messages, plan_path=str(plan))
    assert "has moved since the plan was made" in sentence


def test_what_moved_is_told_and_nothing_is_written(base, plan, caplog):
    base.load(PEOPLE, *people(1), OTHER, record("other", id=1))
    planned(base, plan, PEOPLE, *people(1, 2))
    base.base.append_rows("other", [{"id": 5}])
    before = everything(base)
    sentence = base.fails(caplog, PEOPLE, *people(1, 2), state({}), plan_path=str(plan))
    assert f"its counter of operations was {before[0] - 1} and is {before[0]}" in sentence
    assert "in table 'other'" in sentence
    assert "'people'" not in sentence
    assert base.exit_code == ErrorKind.DATA.exit_code
    assert everything(base) == before
    assert base.states == []
    assert base.writes == []


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_is_written_after_any_move(make, seatable, tmp_path, data):
    """Whatever somebody does between the plan and its run, and only then."""
    base, plan = make(seatable), tmp_path / "plan.json"
    base.load(PEOPLE, *people(1, 2))
    messages = [PEOPLE, *people(2, 3, name="new")]
    planned(base, plan, *messages)
    moves = {
        "append": lambda: base.base.append_rows("people", [{"id": 3}]),
        "delete": lambda: base.base.delete_rows(
            "people", [row["_id"] for row in base.base.rows("people")][:1]
        ),
        "load": lambda: base.load(OTHER, record("other", id=1)),
        "none": lambda: None,
    }
    names = data.draw(st.lists(st.sampled_from(sorted(moves)), max_size=3))
    for name in names:
        moves[name]()
    before = everything(base)
    if {*names} <= {"none"}:
        base.load(*messages, plan_path=str(plan))
        assert [row["id"] for row in base.rows("people")] == [1, 2, 3]
        return
    with pytest.raises(Exception, match="has moved since the plan was made"):
        base.load(*messages, plan_path=str(plan))
    assert everything(base) == before


def test_secrets_and_the_run_as_such_may_be_others(base, plan):
    planned(base, plan, PEOPLE, *people(1), api_token=base.base.read_only_token)
    base.load(PEOPLE, *people(1), plan_path=str(plan), concurrency=1, max_rejected_records=3)
    assert len(base.rows("people")) == 1
    assert base.base.read_only_token not in plan.read_text("utf-8")
    assert base.base.api_token not in plan.read_text("utf-8")


BAD = [
    (None, "There is no plan to apply"),
    ("", "is no plan, or was damaged"),
    ("id,name\n1,Ada\n", "is no plan, or was damaged"),
    ('{"format": "target-seatable-plan", "version": 2}', "has version 2"),
    ('{"format": "target-seatable-plan", "version": 1}', "was damaged"),
    ("[1]", "is no plan, or was damaged"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_a_plan_that_is_none(base, plan, caplog, text, words):
    if text is not None:
        plan.write_text(text)
    sentence = base.fails(caplog, PEOPLE, *people(1), plan_path=str(plan))
    assert words in sentence
    assert "Nothing was written" in sentence
    assert base.exit_code == ErrorKind.CONFIGURATION.exit_code
    assert "people" not in everything(base)[1]


def test_a_plan_that_was_cut_off_is_told(base, plan, caplog):
    planned(base, plan, PEOPLE, *people(1))
    plan.write_text(plan.read_text("utf-8")[:-20], "utf-8")
    assert "damaged" in base.fails(caplog, PEOPLE, *people(1), plan_path=str(plan))


def test_a_plan_of_another_base_or_of_other_settings(base, make, sandbox, plan, caplog):
    other = make(sandbox)
    planned(other, plan, PEOPLE, *people(1))
    sentence = base.fails(caplog, PEOPLE, *people(1), plan_path=str(plan))
    assert f"one of base {other.base.name!r}" in sentence
    sentence = other.fails(caplog, PEOPLE, *people(1), plan_path=str(plan), locale="de_DE",
                           hard_delete=True)  # fmt: skip
    assert "made with other settings: hard_delete, locale." in sentence
    assert other.exit_code == ErrorKind.CONFIGURATION.exit_code
    assert "people" not in everything(other)[1]


ONE_MORE = schema("people", {"id": "integer", "name": "string", "born": "string",
                             "more": "string"}, ["id"])  # fmt: skip
DATED = schema("people", {"id": "integer", "name": "string", "born": "integer"}, ["id"])
OTHERS = [
    ([OTHER, record("other", id=1)], "stream 'other' is not in the plan"),
    ([ONE_MORE, *people(1)], "stream 'people' has properties that are not in it: 'more'"),
    ([DATED, *people(1)], "column 'born' of table 'people' would be made as number"),
    ([{**PEOPLE, "key_properties": ["name"]}, *people(1)], "stream 'people' has another key"),
]


@pytest.mark.parametrize(("messages", "words"), OTHERS)
def test_an_input_that_was_not_planned(base, plan, caplog, messages, words):
    planned(base, plan, PEOPLE, *people(1))
    before = everything(base)
    sentence = base.fails(caplog, *messages, state({}), plan_path=str(plan))
    assert words in sentence
    assert base.exit_code == ErrorKind.DATA.exit_code
    assert everything(base) == before
    assert base.states == []


def test_other_rows_than_planned_are_told(base, plan, caplog):
    base.load(PEOPLE, *people(1))
    planned(base, plan, PEOPLE, *people(1, 2))
    base.load(PEOPLE, *people(1, 2, 3), plan_path=str(plan))
    assert (
        "the plan has 1 row added, 0 changed and 0 removed, and the load has 2 rows added, 0 "
        "changed and 0 removed." in caplog.text
    )


def test_a_planned_stream_that_brings_nothing_is_told(base, plan, caplog):
    messages = [PEOPLE, *people(1), OTHER, record("other", id=1)]
    planned(base, plan, *messages)
    base.load(*messages[:2], plan_path=str(plan))
    assert (
        "Stream 'other': the plan has 1 row added, 0 changed and 0 removed, and the load has 0 rows"
        in caplog.text
    )
    assert "Stream 'people': the plan has" not in caplog.text


def test_an_empty_input_is_not_that_of_the_plan(base, plan, caplog):
    assert "There is no plan to apply" in base.fails(caplog, plan_path=str(plan))
    planned(base, plan, PEOPLE, *people(1, 2))
    base.load(plan_path=str(plan))
    assert "'people': the plan has 2 rows added, 0 changed and 0 removed, and" in caplog.text
    assert base.base.metadata()["metadata"]["tables"] == []


def test_other_rows_removed_than_planned_are_told(base, plan, caplog):
    base.load(PEOPLE, *people(1, 2, 3))
    gone = [record("people", id=key, _sdc_deleted_at="2024-01-01T00:00:00Z") for key in (1, 2)]
    planned(base, plan, PEOPLE, *gone, hard_delete=True)
    base.load(PEOPLE, *gone[:1], hard_delete=True, plan_path=str(plan))
    assert "0 changed and 2 removed, and the load has 0 rows added, 0 changed and 1 removed" in (
        caplog.text
    )


def test_no_more_rows_are_removed_than_planned(base, plan, caplog):
    base.load(PEOPLE, *people(*range(10)), state({}))
    config = {"load_method": "overwrite", "plan_path": str(plan)}
    base.load(PEOPLE, *people(*range(9)), state({}), dry_run=True, **config)
    sentence = base.fails(caplog, PEOPLE, *people(*range(8)), state({}), **config)
    assert "2 rows would be removed, and the plan has 1" in sentence
    assert len(base.rows("people")) == 10
    base.load(PEOPLE, *people(*range(9)), state({}), **config)
    assert len(base.rows("people")) == 9


def test_a_plan_without_records_of_a_stream(base, plan):
    texts = schema("texts", {"a": "string"})
    planned(base, plan, PEOPLE, *people(1), texts)
    base.load(PEOPLE, *people(1), texts, plan_path=str(plan))
    assert len(base.rows("people")) == 1


@pytest.mark.parametrize("method", ["upsert", "append-only"])
def test_tombstones_links_and_arrays_are_part_of_a_plan(base, plan, method):
    parts = {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}}
    trips = schema("trips", {"id": "integer", "parts": parts}, ["id"])
    if method == "upsert":
        base.load(PEOPLE, *people(1))
    messages = [PEOPLE, *people(2)]
    if method == "upsert":
        messages += [
            record("people", id=1, _sdc_deleted_at="2024-01-01T00:00:00Z"),
            trips, record("trips", id=1, parts=[{"n": 1}, {"n": 2}]),
        ]  # fmt: skip
    config = {"nested": "table", "load_method": method} if method == "upsert" else {
        "load_method": method}  # fmt: skip
    planned(base, plan, *messages, state({}), **config)
    base.load(*messages, state({}), plan_path=str(plan), **config)
    assert 2 in [row["id"] for row in base.rows("people")]
    if method == "upsert":
        assert len(base.rows("trips__parts")) == 2


# The file


def test_a_dry_run_overwrites_nothing_but_plans(base, plan, caplog, tmp_path):
    plan.write_text("id;name\n1;Ada\n")
    sentence = base.fails(caplog, PEOPLE, *people(1), dry_run=True, plan_path=str(plan))
    assert "is no plan of this program" in sentence
    assert plan.read_text() == "id;name\n1;Ada\n"
    missing = tmp_path / "none" / "plan.json"
    sentence = base.fails(caplog, PEOPLE, *people(1), dry_run=True, plan_path=str(missing))
    assert "there is no folder" in sentence
    sentence = base.fails(caplog, PEOPLE, dry_run=True, plan_path="s3://bucket/plan.json")
    assert "takes a path on this machine" in sentence


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("path", ["~nobody-of-that-name/plan.json", "circle/plan.json", "a\0b"])
def test_a_path_that_leads_nowhere_is_told(base, tmp_path, monkeypatch, caplog, path, dry_run):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "circle").symlink_to("circle")
    sentence = base.fails(caplog, PEOPLE, *people(1), dry_run=dry_run, plan_path=path)
    assert "plan" in sentence
    assert base.exit_code == ErrorKind.CONFIGURATION.exit_code
    assert "people" not in everything(base)[1]


def test_a_dry_run_that_fails_leaves_no_plan(base, plan, caplog):
    planned(base, plan, PEOPLE, *people(1))
    base.fails(caplog, PEOPLE, *people(1), "no message\n", dry_run=True, plan_path=str(plan))
    assert not plan.exists()


def test_too_many_rejected_records_are_the_end_of_a_plan(base, plan, caplog):
    bad = record("people", id="x")
    base.fails(caplog, PEOPLE, *people(1), bad, dry_run=True, plan_path=str(plan))
    assert json.loads(plan.read_text("utf-8"))["ends_with"]
    sentence = base.fails(caplog, PEOPLE, *people(1), bad, plan_path=str(plan))
    assert "one of a load that would fail" in sentence
    assert "people" not in everything(base)[1]


def test_a_server_without_a_counter_applies_no_plan(make, plan, caplog):
    with Sandbox("v1", version="2.3.0", v1_metadata_version=False) as sandbox:
        base = make(sandbox)
        base.load(PEOPLE, *people(1))
        found = planned(base, plan, PEOPLE, *people(2))
        assert found["base"]["operations"] is None
        assert "The plan cannot be applied" in caplog.text
        sentence = base.fails(caplog, PEOPLE, *people(2), plan_path=str(plan))
        assert "does not count the operations" in sentence
        assert len(base.rows("people")) == 1


def test_a_retry_has_no_plan(base, plan):
    with pytest.raises(ConfigError, match="plan_path is set"):
        RetryingTarget(config=base.settings(plan_path=str(plan)))
