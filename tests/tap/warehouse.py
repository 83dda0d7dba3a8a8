"""What a loader holds after some runs, and what a base holds, for comparison."""

from __future__ import annotations

import contextlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from seatable_client.api.base import Base
from seatable_client.api.v1 import LIST_ROWS
from tests.tap.support import read

READS = {("POST", "sql/"), ("GET", "rows/"), ("GET", LIST_ROWS), ("GET", "filtered-rows/")}
"""Methods and endpoints of calls that read rows."""


@dataclass
class Warehouse:
    """What a loader holds: for each table the rows by key, with the version they came with.

    The loader acts on tombstones and on ACTIVATE_VERSION.
    """

    tables: dict[str, dict[str, tuple[int, dict]]] = field(default_factory=dict)
    state: dict = field(default_factory=dict)

    def load(self, messages):
        for message in messages:
            rows = self.tables.setdefault(message.get("stream", ""), {})
            if message["type"] == "RECORD":
                record = message["record"]
                if record["_deleted_at"]:
                    rows.pop(record["_id"], None)
                else:
                    rows[record["_id"]] = (message["version"], record)
            elif message["type"] == "ACTIVATE_VERSION":
                for key in [key for key, (v, _) in rows.items() if v != message["version"]]:
                    del rows[key]
            elif message["type"] == "STATE":
                self.state = message["value"]

    def rows(self, table):
        return {key: record for key, (_, record) in self.tables.get(table, {}).items()}


@contextlib.contextmanager
def before_reading(act):
    """Do something before every call of a run that reads rows; it gets the call's parameters."""
    call = Base._call

    def call_after_act(base, method, endpoint, purpose, **details):
        if (method, endpoint) in READS:
            act({**(details.get("params") or {}), **(details.get("json") or {})})
        return call(base, method, endpoint, purpose, **details)

    with mock.patch.object(Base, "_call", call_after_act):
        yield


def asks_for(table, parameters):
    """Whether a call reads rows of this table."""
    return parameters.get("table_name") == table or f"`{table}`" in parameters.get("sql", "")


def comparable(values, names, *, bare_links=False):
    """The cells that a record and a row show alike; empty ones are null in records.

    Old servers do not send the types of formulas, so these are text. Those without SQL send links
    as row ids (`bare_links`), and a lookup of text as one text.
    """
    cells: dict[str, Any] = {
        name: value or None if isinstance(value, (str, list)) else value
        for name, value in values.items()
        if not name.startswith("_") and name in names
    }
    if cells["Double"] is not None:
        cells["Double"] = float(cells["Double"])
    for name in ("Owner", "Tasks"):
        if bare_links and cells.get(name):
            cells[name] = [link["row_id"] for link in cells[name]]
    if cells.get("Owner names"):
        cells["Owner names"] = ", ".join(cells["Owner names"])
    return cells


@contextlib.contextmanager
def before_call(number, act):
    """Do something just before a run's n-th call for rows, counted from 1."""
    calls = itertools.count(1)
    with before_reading(lambda _parameters: act() if next(calls) == number else None):
        yield


@contextlib.contextmanager
def with_log(change):
    """Let the operations log answer what `change` makes of its entries."""
    operations = Base.operations
    with mock.patch.object(Base, "operations", lambda base, page: change(operations(base, page))):
        yield


def without_row_ids(entries):
    """A log whose operations do not say which rows they are about."""
    keys = ("row_ids", "row_id", "row_data", "row_datas")
    for entry in entries:
        operation = json.loads(entry["operation"])
        kept = {key: value for key, value in operation.items() if key not in keys}
        entry["operation"] = json.dumps(kept)
    return entries


def run_into(config, warehouse, **settings):
    """Run the tap from the warehouse's state, into the warehouse."""
    result = read({**config, **settings}, state=warehouse.state)
    assert result.error == ""
    warehouse.load(result.messages)
    return result


def assert_amounts_equal(base, warehouse, *tables):
    """Compare the rows of a base and of a warehouse, of table T if none is named."""
    for table in tables or ("T",):
        expected = {row["_id"]: row.get("Amount") for row in base.rows(table)}
        held = {key: row.get("Amount") for key, row in warehouse.rows(table).items()}
        assert held == expected, table


def outcome_in_log(run, stream="T"):
    """The line in which a run says what it did with a stream."""
    (line,) = [
        line
        for line in run.log_lines(f"Stream {stream!r}: ")
        if line.partition(": ")[2].startswith(("skipped", "incremental", "full"))
    ]
    return line
