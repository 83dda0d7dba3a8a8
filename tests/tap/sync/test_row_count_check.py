"""Rows that are there and that a server passes over: a failure, never silence."""

from __future__ import annotations

import contextlib
import itertools
from unittest import mock

import pytest

from seatable_client.api.gateway import Gateway
from seatable_client.api.v1 import V1SqlApi
from seatable_client.errors import RequestRejected
from tap_seatable.sync import table_sync
from tests.servers import WITH_SQL
from tests.tap.support import make_table, memory_of, read

PAGED = {"page_size": 10, "concurrency": 1}


pytestmark = pytest.mark.only_on(*WITH_SQL)
"""Lists of rows come without a number that they could be compared with."""


@contextlib.contextmanager
def answers_as(change):
    """Let the answer to a SELECT be what `change` makes of it, given the statement, too."""
    real = {client: client.query for client in (Gateway, V1SqlApi)}

    def changed(client):
        return lambda base, statement, purpose: change(
            real[client](base, statement, purpose), statement
        )

    with contextlib.ExitStack() as stack:
        for client in real:
            stack.enter_context(mock.patch.object(client, "query", changed(client)))
        yield


@contextlib.contextmanager
def pages_as(change):
    """Let the n-th page of rows be what `change` makes of it; 1 is the first."""
    numbers = itertools.count(1)
    with answers_as(
        lambda rows, statement: change(rows, next(numbers)) if "ORDER BY" in statement else rows
    ):
        yield


def without_the_middle(rows, number):
    """A server that orders ids in another way than it compares them passes some over."""
    return [*rows[:3], *rows[5:]] if number == 2 else rows


def ended_early(rows, number):
    return [] if number == 3 else rows


def test_links_are_not_published_as_all_where_rows_were_passed_over(base, config):
    make_table(base, "People", rows=3)
    ids = make_table(base, "Tasks", rows=45)
    base.add_column("Tasks", "Owners", "link", {"table": "Tasks", "other_table": "People"})
    others = [row["_id"] for row in base.rows("People")]
    base.link("Tasks", "Owners", dict.fromkeys(ids, others[:1]))
    settings = {**config, **PAGED}
    before = read(settings)
    with pages_as(lambda rows, _number: [*rows[:3], *rows[5:]] if len(rows) > 5 else rows):
        run = read({**settings, "side_streams": ["_links"]}, state=before.state)
    assert "'_links'" in run.error
    assert not run.messages_of("ACTIVATE_VERSION", "_links")


@pytest.mark.parametrize("change", [without_the_middle, ended_early])
def test_rows_that_a_first_read_passes_over(base, config, change):
    make_table(base, "T", 45)
    make_table(base, "U", 3)
    config = {**config, **PAGED}
    with pages_as(change):
        run = read(config)
    assert run.error == "1 of the streams was not read: 'T'. The others are complete."
    assert run.log_lines("Stream 'T' was not read", "counts 45", "not read completely")
    assert run.messages_of("ACTIVATE_VERSION", "T") == []
    assert run.bookmark("T") is None
    assert len(run.records("U")) == 3
    again = read(config, state=run.state)
    assert again.error == ""
    assert len(again.ids("T")) == 45


@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
@pytest.mark.parametrize("change", [without_the_middle, ended_early])
def test_rows_that_a_comparison_passes_over_are_not_deleted_ones(base, config, change, deletes):
    make_table(base, "T", 45)
    config = {**config, **PAGED, "deletes": deletes, "full_compare_interval": 0}
    first = read(config)
    with pages_as(change):
        run = read(config, state=first.state)
    assert "'T'" in run.error
    assert run.records("T") == []
    assert run.messages_of("ACTIVATE_VERSION") == []
    assert run.state["bookmarks"]["T"] == first.state["bookmarks"]["T"]
    again = read(config, state=run.state)
    assert again.error == ""
    assert again.records("T") == []


@pytest.mark.parametrize("persists", [False, True])
def test_rows_that_a_resumed_read_passes_over(base, config, monkeypatch, persists):
    """It reads from the start at once; otherwise a run would continue behind the gap."""
    make_table(base, "T", 45)
    monkeypatch.setattr(table_sync, "CURSOR_ROWS", 10)
    config = {**config, **PAGED}

    def refuse(rows, number):
        if number == 4:  # the first was full, so that the rows were counted and read again
            raise RequestRejected("Could not read.", status=400, server_message="no")
        return rows

    with pages_as(refuse):
        first = read(config)
    assert memory_of(first.state)["cursor"]

    def change(rows, number):
        return without_the_middle(rows, 2 if persists and len(rows) > 5 else number)

    with pages_as(change):
        run = read(config, state=first.state)
    assert run.log_lines("continues after row")
    assert run.log_lines("counts more rows before the cursor")
    if persists:
        assert run.log_lines("Stream 'T' was not read", "counts 45")
        assert run.state["bookmarks"]["T"]["seatable"] is None
        run = read(config, state=run.state)
    assert run.error == ""
    [activated] = run.messages_of("ACTIVATE_VERSION", "T")
    complete = [
        message["record"]["_id"]
        for message in run.messages_of("RECORD", "T")
        if message["version"] == activated["version"]
    ]
    sent = {message["record"]["_id"] for message in first.messages_of("RECORD", "T")}
    is_continued = activated["version"] == first.messages_of("RECORD", "T")[0]["version"]
    assert is_continued == (not persists)
    assert len(complete) == len(set(complete))
    assert len({*complete, *(sent if is_continued else ())}) == 45


@pytest.mark.parametrize(
    "settings", [{}, {"start_date": "2000-01-01"}, {"where": {"T": "Amount < 1000"}}]
)
def test_rows_that_are_deleted_during_a_read_are_no_gap(base, config, settings, sandbox):
    ids = sorted(make_table(base, "T", 45))

    def delete(rows, number):
        if number == 1:
            sandbox.clock.advance(1)
            base.delete_rows("T", ids[20:30])
            base.update_rows("T", {ids[2]: {"Amount": 7}})
            base.append_rows("T", [{"Amount": 100} for _ in range(20)])
        return rows

    with pages_as(delete):
        run = read({**config, **PAGED, **settings})
    assert run.error == ""
    assert set(ids) - set(ids[20:30]) <= set(run.ids("T"))


def test_a_row_that_is_edited_into_a_condition_during_a_read_is_no_gap(base, config, sandbox):
    """It is behind the reader, and comes with the next run."""
    ids = sorted(make_table(base, "T", 45))
    base.update_rows("T", {ids[0]: {"Amount": 1000}})

    def edit(rows, number):
        if number == 2:
            sandbox.clock.advance(1)
            base.update_rows("T", {ids[0]: {"Amount": 0}, ids[40]: {"Amount": 1000}})
        return rows

    config = {**config, **PAGED, "where": {"T": "Amount < 1000"}}
    with pages_as(edit):
        run = read(config)
    assert run.error == ""
    assert ids[0] not in run.ids("T")
    again = read(config, state=run.state)
    assert ids[0] in again.ids("T")


def refuse_to_count(purpose):
    def refuse(rows, statement):
        if "COUNT" in statement and purpose in statement:
            raise RequestRejected("Could not count.", status=400, server_message="no")
        return rows

    return refuse


def test_a_server_that_refuses_to_count_so_counts_all_rows(base, config):
    make_table(base, "T", 45)
    with answers_as(refuse_to_count("`_ctime` <=")), pages_as(without_the_middle):
        run = read({**config, **PAGED})
    assert run.log_lines("all rows are counted")
    assert run.log_lines("Stream 'T' was not read", "counts 45")


def test_rows_that_are_deleted_are_no_gap_where_all_rows_are_counted(base, config):
    ids = sorted(make_table(base, "T", 45))

    def delete(rows, number):
        if number == 1:
            base.delete_rows("T", ids[20:30])
        return rows

    with answers_as(refuse_to_count("`_ctime` <=")), pages_as(delete):
        run = read({**config, **PAGED})
    assert run.error == ""
    assert len(run.ids("T")) == 35


def test_nothing_is_taken_for_deleted_where_no_count_is_answered(base, config):
    make_table(base, "T", 45)
    first = read({**config, **PAGED, "full_compare_interval": 0})

    def refuse(rows, statement):
        if "`_ctime` <=" in statement or (len(seen) > 0 and "COUNT" in statement):
            raise RequestRejected("Could not count.", status=400, server_message="no")
        if "COUNT" in statement:
            seen.append(statement)
        return rows

    seen: list[str] = []
    with answers_as(refuse), pages_as(without_the_middle):
        run = read({**config, **PAGED, "full_compare_interval": 0}, state=first.state)
    assert run.error
    assert run.records("T") == []
