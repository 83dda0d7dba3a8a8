"""The columns of a copied base look like those of their source: widths, frozen columns, colours."""

import pytest

from seatable_sandbox import Fault, Sandbox
from seatable_sandbox.demo.parts import column
from tests.target.tables.copies.copied_bases import columns, messages

pytestmark = pytest.mark.servers("gateway", "v1 with SQL")

STATES = [
    {"id": "100001", "name": "open", "color": "#FF8000", "textColor": "#FFFFFF"},
    {"id": "100002", "name": "done", "color": "#4ECCCB", "textColor": "#202428"},
]
RATE = {"rate_max_number": 5, "rate_style_color": "#EB00B1", "rate_style_type": "dtable-icon-like"}


@pytest.fixture
def origin():
    """A table that people have drawn, of columns of every way in which a copy makes them."""
    with Sandbox() as other:
        base = other.create_base("Origin")
        base.create_table(
            "Tasks",
            [
                column("Name", "text"),
                column("No", "number"),
                column("State", "single-select", options=STATES),
                column("Stars", "rate", **RATE),
                column("Twice", "formula", formula="{No} * 2"),
                column("Made", "ctime"),
                column(
                    "Go", "button", button_type="open_url", button_name="", button_color="#FFFCB5"
                ),
            ],
        )
        base.create_table("People", [column("Name", "text")])
        base.add_column("Tasks", "Who", "link", {"table": "Tasks", "other_table": "People"})
        base.append_rows("Tasks", [{"Name": "a", "No": 1, "State": "done", "Stars": 3}])
        yield other, base


def looks(base, table):
    return {
        column["name"]: (column["width"], column.get("frozen", False))
        for column in columns(base, table)
        if column["name"] not in ("Go", "source_id")
    }


def drawn(sandbox):
    """The calls that change how a column looks; the other end of the link has its name already."""
    return [call for call in sandbox.calls if call.method == "PUT" and "/columns/" in call.path]


def draw(base):
    for name, width in {"Name": 320, "Twice": 60, "Made": 140, "Who": 250, "Go": 90}.items():
        base.change_column_looks("Tasks", name, width=width)
    base.change_column_looks("Tasks", "Name", frozen=True)
    base.change_column_looks("People", "Tasks", width=111)


def test_columns_look_the_same_and_cost_a_call_each(make, sandbox, origin, caplog):
    other, base = origin
    draw(base)
    copy = make(sandbox)
    copy.load(*messages(other, base))
    assert looks(copy.base, "Tasks") == looks(base, "Tasks")
    assert looks(copy.base, "People") == looks(base, "People")
    assert looks(copy.base, "Tasks")["Name"] == (320, True)
    assert len(drawn(sandbox)) == 6
    assert "not copied: Could" not in caplog.text


def test_a_second_copy_leaves_alone_what_people_have_drawn_since(make, sandbox, origin):
    other, base = origin
    draw(base)
    copy = make(sandbox)
    copy.load(*messages(other, base))
    copy.base.change_column_looks("Tasks", "Name", width=77)
    before = looks(copy.base, "Tasks")
    base.change_column_looks("Tasks", "No", width=500)
    copy.load(*messages(other, base))
    assert copy.writes == []
    assert looks(copy.base, "Tasks") == before


def test_columns_that_nobody_has_drawn_cost_nothing(make, sandbox, origin):
    copy = make(sandbox)
    copy.load(*messages(*origin))
    assert drawn(sandbox) == []


def test_colours_of_options_and_of_ratings_come_with_the_columns(make, sandbox, origin):
    other, base = origin
    copy = make(sandbox)
    copy.load(*messages(other, base))
    made = {column["name"]: column.get("data") for column in columns(copy.base, "Tasks")}
    shown = ("name", "color", "textColor")
    assert [{word: option[word] for word in shown} for option in made["State"]["options"]] == [
        {word: option[word] for word in shown} for option in STATES
    ]
    assert {word: made["Stars"][word] for word in RATE} == RATE


def test_a_server_that_refuses_widths_is_asked_once(make, sandbox, origin, caplog):
    other, base = origin
    draw(base)
    base.add_view("Tasks", "Mine")
    copy = make(sandbox)
    sandbox.inject(Fault("status", status=400, path="/columns/", method="PUT", times=99))
    copy.load(*messages(other, base))
    assert len(drawn(sandbox)) == 1
    assert "Widths of columns that are not copied: " in caplog.text
    assert len(copy.base.rows("Tasks")) == 1
    assert copy.states
    assert len(copy.table("Tasks")["views"]) == 2
