"""A column type that is added to the registry, and nowhere else, is right everywhere."""

from __future__ import annotations

import contextlib
import io
import json
from decimal import Decimal
from typing import IO, cast

import pytest
from jsonschema import Draft202012Validator

from seatable_client.api.gateway import Gateway
from seatable_client.column_types import codec, comparison, registry
from seatable_client.column_types.column_type import ColumnType, TextForm
from seatable_client.column_types.factories import (
    NUMBER,
    STRING,
    array_of,
    compare_by,
    for_column_name,
    same_for_all,
    schema_of,
)
from seatable_client.column_types.readers import Reading, list_of, text
from seatable_client.column_types.writers import urls
from seatable_client.errors import InvalidValueError
from seatable_client.metadata import Column, NewColumn
from seatable_sandbox import Sandbox
from seatable_sandbox.columns import types as sandbox_types
from tap_seatable.catalog.attachment_policy import AttachmentPolicy
from tap_seatable.tap import TapSeaTable
from target_seatable.rows import ColumnReader, PropertyFormats
from target_seatable.schema import StreamSchema, column_types
from target_seatable.settings import parse_config
from target_seatable.target import TargetSeaTable


def read_weight(column, reading):
    def read(cell):
        if cell in (None, ""):
            return None
        try:
            return float(str(cell).removesuffix(" kg"))
        except ValueError:
            reading.leave_out(column)
            return None

    return read


def write_weight(value):
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise InvalidValueError(f"{value!r} is no weight")
    return f"{float(value):.3f} kg"


def compare_weight(cell):
    return None if cell in (None, "") else f"{float(cell.removesuffix(' kg')):.3f} kg"


WEIGHT = ColumnType(
    "weight",
    "kilograms",
    schema_of(NUMBER),
    for_column_name(read_weight),
    same_for_all(write_weight),
    "kilograms as a number",
    comparable=compare_by(compare_weight),
    can_be_key=True,
    found_by_sql=True,
    default_data={"unit": "kg"},
    is_separable=True,
    text_form=TextForm.NUMBER,
)
"""Cells are texts such as `1.500 kg`, values are numbers, so nothing is right by accident."""

DRAWINGS = ColumnType(
    "drawings",
    "a list of addresses",
    schema_of(array_of(STRING)),
    same_for_all(list_of(text)),
    same_for_all(urls),
    comparable=compare_by(comparison.items),
    holds_files=True,
    holds_addresses_only=True,
)

LABELS = ColumnType(
    "labels",
    "a list of names",
    schema_of(array_of(STRING)),
    same_for_all(list_of(text)),
    same_for_all(urls),
    is_selection=True,
)

REVIEWED = ColumnType(
    "reviewed",
    "date and time",
    schema_of(STRING),
    same_for_all(text),
    once_per_table=True,
    filled_by_server=True,
)

RELATION = ColumnType(
    "relation",
    "a list of ids",
    schema_of(array_of(STRING)),
    same_for_all(list_of(text)),
    is_link=True,
    is_connection=True,
)


@pytest.fixture(autouse=True)
def new_types(monkeypatch):
    for entry in (WEIGHT, DRAWINGS, LABELS, REVIEWED, RELATION):
        monkeypatch.setitem(registry.TYPES, entry.name, entry)
    # The server has the types, too: it stores what it gets, and its SQL compares weights as texts.
    plain_text = sandbox_types.TYPES["email"]
    monkeypatch.setitem(sandbox_types.TYPES, "weight", plain_text)
    monkeypatch.setitem(sandbox_types.TYPES, "reviewed", plain_text)
    monkeypatch.setitem(sandbox_types.TYPES, "drawings", sandbox_types.TYPES["image"])


@pytest.fixture
def sandbox():
    with Sandbox() as started:
        yield started


@pytest.fixture
def base(sandbox):
    return sandbox.create_base("Parcels")


def settings(sandbox, base, **more):
    return {"server_url": sandbox.url, "api_token": base.api_token, **more}


def run_tap(sandbox, base):
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(output):
        TapSeaTable(config=settings(sandbox, base)).sync_all()
    return [json.loads(line) for line in output.buffer.getvalue().splitlines()]


def run_target(sandbox, base, messages, **more):
    sandbox.calls.clear()
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    with contextlib.redirect_stdout(io.StringIO()):
        target = TargetSeaTable(config=settings(sandbox, base, **more))
        target.run(cast("IO[str]", io.BytesIO(lines.encode())))


def parcels(*weights, key=()):
    properties = {"weight": {"type": ["number", "null"]}, "to": {"type": ["string", "null"]}}
    yield {
        "type": "SCHEMA",
        "stream": "parcels",
        "schema": {"type": "object", "properties": properties},
        "key_properties": list(key),
    }
    for weight, destination in weights:
        yield {
            "type": "RECORD",
            "stream": "parcels",
            "record": {"weight": weight, "to": destination},
        }


AS_WEIGHT = {"column_types": {"parcels": {"weight": "weight"}}}


def test_it_is_discovered_and_read(sandbox, base):
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("T", "Weight", "weight")
    base.append_rows("T", [{"Name": "a", "Weight": "1.500 kg"}, {"Name": "b"}])
    messages = run_tap(sandbox, base)
    (schema,) = [m["schema"] for m in messages if m["type"] == "SCHEMA"]
    assert schema["properties"]["Weight"]["type"] == ["number", "null"]
    assert schema["properties"]["Weight"]["x-seatable"]["type"] == "weight"
    records = [m["record"] for m in messages if m["type"] == "RECORD"]
    assert {r["Name"]: r["Weight"] for r in records} == {"a": 1.5, "b": None}
    for found in records:
        Draft202012Validator(schema).validate(found)


def test_a_column_of_it_is_made_with_its_data_and_written(sandbox, base):
    run_target(sandbox, base, parcels((1.5, "here"), (None, "there")), **AS_WEIGHT)
    tables = base.metadata()["metadata"]["tables"]
    (column,) = [
        column for table in tables for column in table["columns"] if column["name"] == "weight"
    ]
    assert column["type"] == "weight"
    assert column["data"] == {"unit": "kg"}
    stored = {row["to"]: row.get("weight") for row in base.rows("parcels")}
    assert stored == {"here": "1.500 kg", "there": None}


def test_it_tells_rows_apart_and_sql_finds_them(sandbox, base, monkeypatch):
    statements = []
    query = Gateway.query

    def note(gateway, statement, purpose):
        statements.append(statement)
        return query(gateway, statement, purpose)

    monkeypatch.setattr(Gateway, "query", note)
    run_target(sandbox, base, parcels((1.5, "a"), (2, "b"), key=["weight"]), **AS_WEIGHT)
    run_target(sandbox, base, parcels((1.5, "c"), (3, "d"), key=["weight"]), **AS_WEIGHT)
    assert {row["weight"]: row["to"] for row in base.rows("parcels")} == {
        "1.500 kg": "c",
        "2.000 kg": "b",
        "3.000 kg": "d",
    }
    assert any("`weight` IN ('" in statement for statement in statements)


def test_a_cell_in_another_spelling_counts_as_unchanged(sandbox, base):
    run_target(sandbox, base, parcels((1.5, "a"), key=["to"]), **AS_WEIGHT)
    (row,) = base.rows("parcels")
    base.update_rows("parcels", {row["_id"]: {"weight": "1.5 kg"}})
    run_target(sandbox, base, parcels((1.5, "a"), key=["to"]), **AS_WEIGHT, skip_unchanged=True)
    assert not [call for call in sandbox.calls if call.method == "PUT"]
    run_target(sandbox, base, parcels((1.25, "a"), key=["to"]), **AS_WEIGHT, skip_unchanged=True)
    assert [row["weight"] for row in base.rows("parcels")] == ["1.250 kg"]


def test_a_formula_yields_it():
    data = {"result_type": "array", "array_type": "weight"}
    formula = Column("f", "Weights", "link-formula", data)
    assert codec.schema(formula)["items"] == {"type": "number"}
    assert codec.reader(formula, Reading())("1.500 kg, 2.000 kg") == [1.5, 2.0]


def test_its_files_are_handled_as_the_settings_say():
    column = Column("d", "Drawings", "drawings")
    download = AttachmentPolicy("download", "/somewhere")
    assert download.applies_to(column)
    assert "path" in download.schema(column)["items"]["properties"]


def test_its_files_are_uploaded_as_their_addresses_alone(base, sandbox, tmp_path):
    (tmp_path / "plan.png").write_bytes(b"lines")
    base.create_table("plans", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("plans", "drawing", "drawings")
    properties = {"Name": {"type": "string"}, "drawing": {"type": ["array", "null"]}}
    message = {
        "type": "SCHEMA",
        "stream": "plans",
        "schema": {"type": "object", "properties": properties},
        "key_properties": [],
    }
    drawing = [{"path": str(tmp_path / "plan.png")}]
    record = {"type": "RECORD", "stream": "plans", "record": {"Name": "a", "drawing": drawing}}
    run_target(sandbox, base, [message, record], attachment_paths=[str(tmp_path)])
    ((address,),) = [row["drawing"] for row in base.rows("plans")]
    assert "/images/" in address


def test_texts_for_it_are_read_as_people_write_them():
    formats = PropertyFormats(parse_config({"locale": "de_DE"}))
    texts_mean = formats.for_property("parcels", "weight")
    assert texts_mean is not None
    assert ColumnReader(texts_mean, Column("w", "Weight", "weight")).read("1.234,5") == "1234.5"


def test_a_copy_links_rows_by_it():
    declared = {"type": "relation", "data": {"link_id": "L"}}
    schema = {
        "properties": {"Other": {"type": ["array", "null"], "x-seatable": declared}},
        "x-seatable": {"id": "T000", "name": "T"},
    }
    assert StreamSchema("T", schema).links == {"Other": {"link_id": "L"}}


def test_its_options_are_made_with_the_column():
    made = column_types.with_options(NewColumn("labels", "labels"), [["new", "old"]])
    assert [option["name"] for option in (made.data or {})["options"]] == ["new", "old"]


def test_a_copy_has_the_server_fill_it_once_per_table(sandbox, base):
    annotation = {"type": "reviewed", "key": "R000", "data": None}
    schema = {"type": ["string", "null"], "x-seatable": annotation}
    assert column_types.filled_column("Reviewed", schema) == NewColumn("Reviewed", "reviewed")
    base.create_table("copies", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("copies", "Seen", "reviewed")
    properties = {"Name": {"type": ["string", "null"]}, "Reviewed": schema}
    message = {
        "type": "SCHEMA",
        "stream": "copies",
        "schema": {"type": "object", "properties": properties},
        "key_properties": [],
    }
    record = {"type": "RECORD", "stream": "copies", "record": {"Name": "a", "Reviewed": "now"}}
    run_target(sandbox, base, [message, record])
    tables = base.metadata()["metadata"]["tables"]
    names = next([c["name"] for c in t["columns"]] for t in tables if t["name"] == "copies")
    assert names == ["Name", "Seen"]
