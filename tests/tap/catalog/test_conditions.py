"""Options and columns in a condition, whatever their case and wherever they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.metadata import Column, Table
from tap_seatable.catalog.catalog_memory import KnownColumn, KnownStream
from tap_seatable.catalog.condition import read_condition

NOW = ("Open", "it's done", 'say "x"', "a,b")
"""The names of the options, by place."""

COLUMNS = {"Kind": "single-select", "Tags": "multiple-select", "Name": "text"}


def known_with(names):
    """What a catalog knows where the options had these names."""
    options = {name: str(place) for place, name in enumerate(names)}
    return KnownStream("T", {}, {
        name: KnownColumn(str(place), name, kind, options if kind != "text" else {})
        for place, (name, kind) in enumerate(COLUMNS.items())
    })  # fmt: skip


def make_table():
    options = [{"id": str(place), "name": name} for place, name in enumerate(NOW)]
    return Table("0001", "T", tuple(
        Column(str(place), name, kind, {"options": options} if kind != "text" else {})
        for place, (name, kind) in enumerate(COLUMNS.items())
    ))  # fmt: skip


def quote(text, mark="'"):
    return mark + text.replace(mark, mark * 2) + mark


def recased(draw, name):
    return "".join(draw(st.sampled_from([sign.lower(), sign.upper()])) for sign in name)


@st.composite
def constants(draw):
    """A constant in any case and quotes, and what it must become."""
    name = draw(st.sampled_from(NOW))
    given = recased(draw, name)
    text = quote(given, draw(st.sampled_from("'\"")))
    return text, quote(name) if given != name else text


@st.composite
def terms(draw):
    """A part of a condition, and what it must become."""
    column = draw(st.sampled_from(["Kind", "`Kind`", "kind", "( Kind )"]))
    listed = [draw(constants()) for _ in range(draw(st.integers(1, 3)))]
    first, exact = listed[0]
    lists = [", ".join(item[place] for item in listed) for place in (0, 1)]
    sign = draw(st.sampled_from(["=", " = ", " != ", "<>"]))
    word = draw(st.sampled_from(["in", "NOT IN", "not  in"]))
    among = draw(st.sampled_from(["has any of", "HAS NONE OF", "is exactly"]))
    hidden = draw(st.sampled_from(["lower(Kind)", "concat(Kind, 'x')", "upper( `Kind` )", "Name"]))
    return draw(
        st.sampled_from(
            [
                (f"{column}{sign}{first}", f"{column}{sign}{exact}"),
                (f"{first}{sign}Kind", f"{exact}{sign}Kind"),
                tuple(f"{column} {word} ({item})" for item in lists),
                tuple(f"Tags {among} ({item})" for item in lists),
                (f"{hidden}{sign}{first}",) * 2,
                tuple(f"if(Kind{sign}{item}, 'OPEN', {first}) = 'OPEN'" for item in (first, exact)),
            ]
        )
    )


@given(
    st.lists(
        st.tuples(terms(), st.sampled_from([" and ", " OR ", " and not "])), min_size=1, max_size=3
    ),
    st.booleans(),
    st.booleans(),
)
def test_a_constant_gets_the_letters_of_its_option_and_nothing_else_changes(
    parts, is_grouped, has_catalog
):
    texts = ["", ""]
    for place in (0, 1):
        for term, word in parts:
            part = f"({term[place]})" if is_grouped else term[place]
            texts[place] += part + word
        texts[place] += "Name is null"
    known = known_with(name.swapcase() for name in NOW) if has_catalog else None
    found = read_condition(texts[0], make_table(), known)
    assert found.text == texts[1]
    assert not found.unknown_options


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'former' = Kind", "'Open' = Kind"),
        ("Kind in ('FORMER', 'b')", "Kind in ('Open', 'b')"),
        ("not (Kind = 'former')", "not (Kind = 'Open')"),
        ("lower(Kind) = 'former'", "lower(Kind) = 'former'"),
        ("Name = 'former' and 'former' <> Name", "Name = 'former' and 'former' <> Name"),
    ],
)
def test_a_renamed_option_is_found_on_either_side(text, expected):
    known = known_with(["former", *NOW[1:]])
    assert read_condition(text, make_table(), known).text == expected


def test_a_constant_that_is_like_two_options_is_neither():
    table = make_table()
    column = table.columns[0]
    options = [{"id": "1", "name": "open"}, {"id": "2", "name": "OPEN"}]
    table = Table(
        "0001", "T", (Column(column.key, column.name, column.type, {"options": options}),)
    )
    found = read_condition("Kind = 'Open' or Kind = 'open' or Kind = 'OPEN'", table, None)
    assert found.unknown_options == (("Kind", "Open"),)
    assert not found.renamed
