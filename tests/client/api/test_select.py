"""SELECTs: quoting, and paging that meets every row once whatever server and writers do."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import ValidationError

from seatable_client.api import select
from seatable_client.errors import ConfigError, RequestRejected, ServerUnavailable
from seatable_client.metadata import SYSTEM_COLUMNS, Column, Table
from seatable_client.rows import decode_rows

IDS = st.text(
    alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    min_size=1,
    max_size=3,
)
STATEMENT = re.compile(
    r"SELECT `_id`, `_mtime` FROM `T`(?: WHERE (?:\(`x` = 1\) AND )?"
    r"(?:\(`_id` > '(?P<after>[^']*)'\)|\(`x` = 1\)))? ORDER BY `_id` LIMIT (?P<limit>\d+)"
)


class Rows:
    """A table that answers the statements of `sql.pages`, and changes between them."""

    def __init__(self, ids, cap, changes=()):
        self.ids = set(ids)
        self.cap = cap
        self.changes = list(changes)
        self.statements = []

    def query(self, statement):
        self.statements.append(statement)
        match = STATEMENT.fullmatch(statement)
        assert match, statement
        found = sorted(row_id for row_id in self.ids if row_id > (match["after"] or ""))
        page = found[: min(int(match["limit"]), self.cap)]
        if self.changes:
            added, removed = self.changes.pop(0)
            self.ids = (self.ids | added) - removed
        return [{"_id": row_id} for row_id in page]

    def read(self, **options):
        pages = select.read_pages(self.query, "T", "`_id`, `_mtime`", **options)
        return [row["_id"] for page in pages for row in page]


@settings(max_examples=300)
@given(
    ids=st.sets(IDS, max_size=40),
    cap=st.integers(1, 12),
    page_size=st.integers(1, 12),
    changes=st.lists(st.tuples(st.sets(IDS, max_size=6), st.sets(IDS, max_size=6)), max_size=20),
    where=st.sampled_from([None, "`x` = 1"]),
)
def test_rows_that_are_there_throughout_are_met_once(ids, cap, page_size, changes, where):
    rows = Rows(ids, cap, changes)
    met = rows.read(page_size=page_size, where=where)
    assert len(met) == len(set(met))
    throughout = ids - {row_id for _, removed in changes for row_id in removed}
    assert throughout <= set(met)
    assert met == sorted(met)


@settings(max_examples=100)
@given(ids=st.sets(IDS, min_size=1, max_size=40), cap=st.integers(1, 12), data=st.data())
def test_a_page_known_to_be_short_saves_the_empty_one_and_loses_nothing(ids, cap, data):
    full_page = data.draw(st.integers(0, cap))
    page_size = data.draw(st.integers(1, 20))
    rows = Rows(ids, cap)
    assert rows.read(page_size=page_size, full_page=full_page) == sorted(ids)
    full = min(cap, page_size)
    assert len(rows.statements) in {
        -(-len(ids) // full),
        len(ids) // full + 1,
        len(ids) // full + 2,
    }


@settings(max_examples=200)
@given(
    ids=st.sets(IDS, max_size=40),
    cap=st.integers(1, 12),
    page_size=st.integers(1, 12),
    full_page=st.integers(0, 12),
    changes=st.lists(st.tuples(st.sets(IDS, max_size=6), st.sets(IDS, max_size=6)), max_size=20),
)
def test_a_count_ends_a_read_only_where_every_row_has_been_met(
    ids, cap, page_size, full_page, changes
):
    rows = Rows(ids, cap, changes)
    counts = []

    def count():
        counts.append(len(rows.ids))
        return counts[-1]

    met = rows.read(page_size=page_size, full_page=min(full_page, cap), count=count)
    assert len(met) == len(set(met))
    throughout = ids - {row_id for _, removed in changes for row_id in removed}
    if not changes:
        assert met == sorted(ids)
        assert len(rows.statements) + len(counts) <= len(ids) // min(cap, page_size) + 3
    assert throughout <= set(met) or (counts and counts[-1] <= len(met))


@given(ids=st.sets(IDS, min_size=1, max_size=40), cap=st.integers(1, 12))
def test_nothing_is_asked_for_behind_as_many_rows_as_can_match(ids, cap):
    rows = Rows(ids, cap)
    pages = select.read_pages(rows.query, "T", "`_id`, `_mtime`")
    met = [row["_id"] for page in select.take_rows(pages, len(ids)) for row in page]
    assert met == sorted(ids)
    assert len(rows.statements) == -(-len(ids) // cap)
    gone = Rows(ids, cap)  # one of the rows asked for does not exist: it is looked for to the end
    pages = select.read_pages(gone.query, "T", "`_id`, `_mtime`")
    assert sum(map(len, select.take_rows(pages, len(ids) + 1))) == len(ids)


@given(ids=st.sets(IDS, max_size=40), after=IDS)
def test_a_read_continues_after_a_row(ids, after):
    assert Rows(ids, 7).read(page_size=5, after=after) == sorted(o for o in ids if o > after)


@pytest.mark.parametrize(
    "pages",
    [
        [["a", "b"], ["a", "b"]],
        [["a", "b"], ["b", "c"]],
        [["a", "b", "c"], ["b", "d"]],
        [["a", "b", "a"]],
        [["a"], ["a"]],
    ],
    ids=str,
)
def test_a_server_that_repeats_rows_is_an_error(pages):
    answers = iter(pages)
    with pytest.raises(ServerUnavailable, match="'T' does not advance"):
        list(
            select.read_pages(lambda _: [{"_id": row_id} for row_id in next(answers)], "T", "`_id`")
        )


def test_a_resumed_read_whose_last_row_comes_again_is_an_error():
    with pytest.raises(ServerUnavailable, match="does not advance"):
        list(select.read_pages(lambda _: [{"_id": "a"}], "T", "`_id`", after="a"))


@given(limit=st.integers(1, 30), ids=st.sets(IDS, max_size=30))
def test_a_page_of_too_many_cells_is_asked_for_by_halves(limit, ids):
    rows = Rows(ids, 10_000)

    def query(statement):
        if int(statement.rsplit(" ", 1)[1]) > limit:
            words = "Number of cells returned exceeds the limit of 1 million"
            raise RequestRejected(words, status=400, server_message=words)
        return rows.query(statement)

    pages = list(select.read_pages(query, "T", "`_id`, `_mtime`", page_size=1000))
    assert [row["_id"] for page in pages for row in page] == sorted(ids)
    assert all(len(page) <= limit for page in pages)


@pytest.mark.parametrize("words", ["syntax error", "Number of cells returned exceeds"])
def test_another_refusal_and_one_of_a_single_row_are_not_repeated(words):
    asked = []

    def query(statement):
        asked.append(statement)
        raise RequestRejected(words, status=400, server_message=words)

    with pytest.raises(RequestRejected):
        list(select.read_pages(query, "T", "`_id`", page_size=4))
    assert len(asked) == (1 if words == "syntax error" else 3)


# -- building -------------------------------------------------------------------------------------


def table(*names: str) -> Table:
    return Table("0000", "T", tuple(Column(f"k{n}", name, "text") for n, name in enumerate(names)))


def test_columns_are_named_in_backticks():
    own = table("Name", "my col", "select", "ä€")
    assert select.column_list(own, own.columns) == (
        "`_id`, `_mtime`, `Name`, `my col`, `select`, `ä€`"
    )
    assert select.column_list(own, (*SYSTEM_COLUMNS, *own.columns[:1])) == (
        "`_id`, `_mtime`, `_ctime`, `_creator`, `_last_modifier`, `Name`"
    )


@pytest.mark.parametrize("twin", ["NAME", "name", "nAmE"])
def test_twins_in_case_are_selected_whole(twin):
    own = table("Name", "Other", twin)
    assert select.column_list(own, own.columns[:1]) == "*"


def test_a_column_with_a_backtick_is_selected_whole_only_when_wanted():
    own = table("Name", "a`b")
    assert select.column_list(own, own.columns) == "*"
    assert select.column_list(own, own.columns[:1]) == "`_id`, `_mtime`, `Name`"


def test_a_table_with_a_backtick_cannot_be_asked_for():
    with pytest.raises(ConfigError, match="backtick"):
        select.quote_name("a`b")


@given(st.text("'\"\\`a") | st.text())
def test_a_text_constant_cannot_be_left(value):
    constant = select.quote_text(value)
    assert constant[0] == constant[-1] == "'"
    assert constant[1:-1].replace("''", "") == value.replace("'", "")
    assert constant[1:-1].replace("''", "'") == value


@given(st.datetimes(timezones=st.integers(-12, 14).map(lambda h: timezone(timedelta(hours=h)))))
def test_a_time_constant_is_never_later_than_the_moment(moment):
    constant = datetime.fromisoformat(select.quote_moment(moment)[1:-1])
    assert timedelta(0) <= moment - constant < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("newest", "horizon"),
    [
        ("2024-06-05T10:20:30.4+02:00", "2024-06-05T08:20:30.400000+00:00"),
        ("2024-06-05T10:20:30+02:00", "2024-06-05T08:20:30.999000+00:00"),
        ("2024-06-05T08:20:30Z", "2024-06-05T08:20:30.999000+00:00"),
    ],
)
def test_an_aggregate_without_a_fraction_stands_for_the_whole_second(newest, horizon):
    assert select.Extent(1, newest, None, None).horizon == datetime.fromisoformat(horizon)


@pytest.mark.parametrize(
    ("row", "extent"),
    [
        ({"row_count": 0}, select.Extent(0, None, None, None)),
        ({"row_count": "7", "max_mtime": None}, select.Extent(7, None, None, None)),
        (
            {"row_count": 1, "max_mtime": "2024-06-05T08:20:30Z", "new": []},
            select.Extent(1, "2024-06-05T08:20:30Z", None, None),
        ),
    ],
)
def test_an_aggregate_is_one_row(row, extent):
    def query(statement):
        return decode_rows(json.dumps({"results": [row]}).encode(), "count", statement).rows

    assert select.query_extent(query, "T", None) == extent
    assert select.query_count(query, "T", None) == extent.rows


@pytest.mark.parametrize(
    "answer",
    [
        {"results": []},
        {"results": None},
        {"results": [None]},
        {"results": [{}]},
        {"results": [{"row_count": None}]},
        {"results": [{"row_count": -1}]},
        {"results": [{"row_count": 1.5}]},
        {"results": [{"row_count": True}]},
        {"results": [{"row_count": 1}, {"row_count": 1}]},
        {"results": [{"row_count": 1, "max_mtime": "yesterday"}]},
        {"success": False, "results": [{"row_count": 1}]},
    ],
)
def test_an_answer_that_is_no_count_is_not_a_count_of_nothing(answer):
    def query(statement):
        return decode_rows(json.dumps(answer).encode(), "count", statement).rows

    with pytest.raises(ValidationError):
        select.query_extent(query, "T", None)
