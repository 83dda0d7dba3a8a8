"""A dry run shows its plan: what a load would add, change and refuse, and what looks wrong."""

import json
import stat

import pytest

from seatable_client.errors import SeaTableError
from seatable_sandbox import Sandbox
from tests.target.results.plans import PEOPLE, everything, people, planned
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")


def columns_of(found, stream="people"):
    (entry,) = [entry for entry in found["streams"] if entry["stream"] == stream]
    return {column["property"]: column for column in entry["columns"]}


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
    assert "planned load would fail" in sentence
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
    similar, comma = sorted(stream["looks_wrong"], key=lambda sentence: "similar" not in sentence)
    assert "'E-Mail', 'email' have similar names" in similar
    assert "'Preis' holds values such as '475,93'" in comma
    (stream,) = planned(base, plan, wide, *some, locale="de_DE")["streams"]
    assert [sentence for sentence in stream["looks_wrong"] if "values" in sentence] == []
    francs = {**record("t"), "record": {"Preis": "5,00 CHF", "Ort": "Ulm", "n": "1"}}
    (stream,) = planned(base, plan, wide, francs, locale="de_DE")["streams"]
    [sentence] = [sentence for sentence in stream["looks_wrong"] if "values" in sentence]
    assert "'5,00 CHF', which look like numbers with a decimal comma. Locale de_DE" in sentence
    assert "Set locale" not in sentence
