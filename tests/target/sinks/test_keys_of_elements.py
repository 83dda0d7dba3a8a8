"""The key in the rows of elements is the key of their record, in whatever form it is written."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from target_seatable.sinks import table_sink
from tests.seeds import SOAK
from tests.target.singer import record, schema

pytestmark = pytest.mark.servers("gateway", "v1 without SQL")

TEXT, MOMENT = {"type": ["string", "null"]}, {"type": "string", "format": "date-time"}
TAX = {"type": "object", "properties": {"rate": TEXT}}
LINE = {"type": "object", "properties": {"sku": TEXT, "taxes": {"type": "array", "items": TAX}}}
LINES = {"type": "array", "items": LINE}
DAYS, MINUTES = {"format": "YYYY-MM-DD"}, {"format": "YYYY-MM-DD HH:mm"}
STRIPPED = {"text_formats": {"o": {"id": {"strip": True}}}}
BERLIN = {"server_timezone": "Europe/Berlin"}
CASES: dict[str, Any] = {
    "stripped": (None, TEXT, ["a", "a ", " a", "b", "1", "1 "], STRIPPED),
    "German days": (("date", DAYS), TEXT, ["20.08.2024", "2024-08-20", "08.08.2024"], {
        "locale": "de_DE"
    }),
    "days of several forms": (("date", DAYS), TEXT, ["20.08.2024", "2024-08-20", "8/30/2024"], {
        "text_formats": {"o": {"id": {"dates": ["DD.MM.YYYY", "YYYY-MM-DD", "M/D/YYYY"]}}}
    }),
    "German numbers": (("number", None), TEXT, ["1", "2", "1,5", "1.5", "1.000", "1000"], {
        "locale": "de_DE"
    }),
    "numbers": (("number", None), {}, [1, 1.0, "1", "1.0", 2, 0.5, "0.5"], {}),
    "texts": (("text", None), TEXT, ["1", "1.0", "A7"], {}),
    "moments": (
        ("date", MINUTES), TEXT,
        ["2024-08-20T10:00Z", "2024-08-20T12:00+02:00", "2024-08-20 12:00", "2024-08-20T12:00Z"],
        BERLIN,
    ),
    "declared moments": (
        None, MOMENT,
        ["2024-08-20T10:00:00Z", "2024-08-20T12:00:00+02:00", "2024-08-20T12:00:00Z"], BERLIN,
    ),
}  # fmt: skip


def described(key):
    return schema("o", {"id": key, "lines": LINES}, ["id"])


def order(key, *skus):
    lines = [{"sku": sku, "taxes": [{"rate": sku}]} for sku in skus]
    return record("o", id=key, lines=lines)


def elements(base):
    """By the id of a row of `o`, what its elements and theirs hold."""
    found: dict[str, tuple[list, list]] = {row["_id"]: ([], []) for row in base.base.rows("o")}
    mine = {}
    names = {table["name"] for table in base.base.metadata()["metadata"]["tables"]}
    for row in base.base.rows("o__lines") if "o__lines" in names else ():
        (parent,) = row["o"]
        mine[row["_id"]] = parent["row_id"]
        found[parent["row_id"]][0].append(row["sku"])
    for row in base.base.rows("o__lines__taxes") if "o__lines__taxes" in names else ():
        (line,) = row["lines"]
        found[mine[line["row_id"]]][1].append(row["rate"])
    return {key: (sorted(lines), sorted(taxes)) for key, (lines, taxes) in found.items()}


@settings(max_examples=100 if SOAK else 25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), case=st.sampled_from(sorted(CASES)), together=st.booleans())
def test_elements_follow_their_record_in_whatever_form_its_key_is(
    make, seatable, data, case, together
):
    column, declared, values, config = CASES[case]
    config = {"nested": "table", "hard_delete": True, "max_rejected_records": 99, **config}
    config["load_method"] = data.draw(st.sampled_from(["upsert", "overwrite"]))
    base, plain = make(seatable), make(seatable)
    for target in (base, plain):
        if column is not None:
            target.base.create_table("o", [{"column_name": "n", "column_type": "text"}])
            target.base.add_column("o", "id", *column)
    skus = st.lists(st.sampled_from("xyz"), max_size=3)
    given_orders = data.draw(
        st.lists(st.tuples(st.sampled_from(values), skus), min_size=1, max_size=5)
    )
    if config["load_method"] == "overwrite":
        together = True
    orders = [order(key, *skus) for key, skus in given_orders]
    # The same records without arrays of objects tell which row each of them is.
    simple = schema("o", {"id": declared, "last": TEXT}, ["id"])
    last = [record("o", id=key, last=json.dumps(skus)) for key, skus in given_orders]
    if together:
        base.load(described(declared), *orders, **config)
        plain.load(simple, *last, **config)
    else:
        for sent, without in zip(orders, last, strict=True):
            base.load(described(declared), sent, **config)
            plain.load(simple, without, **config)
    wanted = sorted(sorted(json.loads(row["last"])) for row in plain.base.rows("o"))
    found = elements(base).values()
    assert sorted(lines for lines, _ in found) == wanted
    assert sorted(taxes for _, taxes in found) == wanted


@pytest.mark.parametrize("load_method", ["upsert", "overwrite"])
@pytest.mark.parametrize(
    ("column", "earlier", "later", "config"),
    [
        (None, "a ", "a", STRIPPED),
        (("date", DAYS), "20.08.2024", "2024-08-20", {"locale": "de_DE"}),
        (("date", MINUTES), "2024-08-20T10:00Z", "2024-08-20T12:00+02:00", BERLIN),
    ],
    ids=["spaces", "days", "moments"],
)
def test_a_key_in_two_forms_has_one_set_of_elements(
    make, seatable, column, earlier, later, config, load_method
):
    base = make(seatable, nested="table", hard_delete=True, load_method=load_method, **config)
    if column is not None:
        base.base.create_table("o", [{"column_name": "n", "column_type": "text"}])
        base.base.add_column("o", "id", *column)
    base.load(described(TEXT), order(earlier, "x", "y"), order(later, "x"))
    assert list(elements(base).values()) == [(["x"], ["x"])]


def test_a_key_that_means_empty_leaves_other_rows_alone(make, seatable):
    base = make(seatable, nested="table", hard_delete=True, max_rejected_records=9, **STRIPPED)
    base.load(described(TEXT), order("a", "x"))
    base.base.append_rows("o__lines", [{"lines_position": 7, "sku": "by hand"}])
    base.load(described(TEXT), order(" "))
    assert sorted(row["sku"] for row in base.rows("o__lines")) == ["by hand", "x"]


def test_the_column_of_a_copied_key_is_as_that_of_the_key(make, seatable, monkeypatch):
    monkeypatch.setattr(table_sink, "SAMPLE", 3)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 3)
    base = make(seatable, nested="table", batch_size_rows=1)
    many = ["x"] * 10  # more than a batch, before the record with the text comes
    base.load(described(TEXT), order("1", *many), order("2"), order("A7", "y"))
    assert base.columns("o")["id"] == base.columns("o__lines")["o_id"] == "text"
    assert base.columns("o__lines__taxes")["o_id"] == "text"
    assert sorted(row["o_id"] for row in base.rows("o__lines")) == ["1"] * 10 + ["A7"]


def test_the_table_of_the_record_is_made_first(make, seatable, monkeypatch):
    monkeypatch.setattr(table_sink, "SAMPLE", 3)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 3)
    base = make(seatable, nested="table", batch_size_rows=1)
    base.base.create_table("o", [{"column_name": "id", "column_type": "text"}])
    base.load(described(TEXT), order("1", *["x"] * 30))
    base.load(described(TEXT), order("A7", "y"))
    assert sorted(row["o_id"] for row in base.rows("o__lines")) == ["1"] * 30 + ["A7"]


def test_the_numbers_of_a_text_key_stay_texts(make, seatable):
    base = make(seatable, nested="table")
    base.base.create_table("o", [{"column_name": "id", "column_type": "text"}])
    base.load(described(TEXT), order("1", "x"))
    base.load(described(TEXT), order("A7", "y"))
    assert sorted(row["o_id"] for row in base.rows("o__lines")) == ["1", "A7"]


def test_settings_for_a_copied_key_count(make, seatable):
    lines = {"o_id": {"strip": False}, "*": {"strip": True}}
    formats = {**STRIPPED["text_formats"], "o__lines": lines}
    base = make(seatable, nested="table", text_formats=formats)
    base.config["column_types"] = {"o__lines": {"o_id": "long-text"}}
    base.load(described(TEXT), order("a ", "x "))
    assert base.columns("o__lines")["o_id"] == "long-text"
    assert [(row["o_id"], row["sku"]) for row in base.rows("o__lines")] == [("a ", "x")]


def test_a_dry_run_shows_the_copied_key(make, seatable, tmp_path):
    base = make(seatable, nested="table")
    path = tmp_path / "plan.json"
    base.load(described(TEXT), order("a", "x"), dry_run=True, plan_path=str(path))
    streams = {stream["stream"]: stream for stream in json.loads(path.read_text())["streams"]}
    columns = {column["column"]: column for column in streams["o__lines"]["columns"]}
    copied, link = columns["o_id"], columns["o"]
    assert (copied["property"], copied["why"]) == ("o_id", "as the key that it repeats")
    assert copied["samples"] == ["a"]
    assert link["property"] is None
    assert not link.get("samples")


SAME_KEYS: dict[str, Any] = {
    "numbers": ({"type": "number"}, [1, 1.0], {}),
    "spaces": (TEXT, ["x", "x "], {"text_formats": {"o__lines": {"sku": {"strip": True}}}}),
    "days": (TEXT, ["2024-08-20", "20.08.2024"], {
        "column_types": {"o__lines": {"sku": "date"}},
        "text_formats": {"o__lines": {"sku": {"dates": ["DD.MM.YYYY"]}}},
    }),
}  # fmt: skip


@pytest.mark.parametrize("method", ["upsert", "overwrite"])
@pytest.mark.parametrize("name", SAME_KEYS)
def test_two_elements_that_their_column_reads_as_one_key_are_not_one_row(base, name, method):
    declared, (first, second), config = SAME_KEYS[name]
    line = {"type": "object", "properties": {"sku": declared, "n": {"type": "integer"}}}
    stream = schema("o", {"id": "integer", "lines": {"type": "array", "items": line}}, ["id"])
    config = {"nested": "table", "key_properties": {"o__lines": ["sku"]}, **config}
    config = {**config, "load_method": method, "max_rejected_records": 9, "batch_size_rows": 1}
    given = [
        record("o", id=1, lines=[{"sku": first, "n": 1}, {"sku": second, "n": 2}]),
        record("o", id=2, lines=[{"sku": first, "n": 3}]),
        record("o", id=2, lines=[{"sku": second, "n": 4}]),
    ]
    base.load(stream, *given, **config)
    assert sorted((row["o_id"], row["n"]) for row in base.rows("o__lines")) == [(1, 1), (2, 4)]
    [rejected] = base.rejections()
    assert rejected["record"]["n"] == 2
    assert "have the same key in its columns" in rejected["reason"]


def test_the_elements_of_elements_that_are_read_as_one_key_are_told_apart(base):
    config = {"nested": "table", "key_properties": {"o__lines": ["sku"]}}
    strip = {"text_formats": {"o__lines": {"sku": {"strip": True}}}, "max_rejected_records": 9}
    base.load(described({"type": "integer"}), order(1, "x", "x "), **config, **strip)
    assert [row["rate"] for row in base.rows("o__lines__taxes")] == ["x"]
    assert [entry["record"].get("rate") for entry in base.rejections()].count("x ") == 1
