"""Rows that people entered stay: those that `protected_rows` names."""

import pytest

from seatable_client.errors import ConfigError
from tests.target.load_methods.overwrite.people import DONE, PEOPLE, ids, people

DRAWN_TOO = True


def test_rows_that_people_entered_survive(base, stream):
    base.load(stream, *people(1, 2), DONE)
    options = {"options": [{"name": "hand"}, {"name": "other"}]}
    base.base.add_column("people", "by", "single-select", options)
    base.base.append_rows("people", [{"id": 7, "by": "hand"}, {"id": 8, "by": "other"}, {"id": 9}])
    keep = {"people": {"by": ["hand"]}}
    base.load(stream, *people(1), DONE, protected_rows=keep)
    assert ids(base) == [1, 7]
    base.base.append_rows("people", [{"name": "no key"}])
    base.load(stream, *people(1), DONE, protected_rows={"people": {"id": [None]}})
    assert sorted(row["name"] for row in base.rows("people")) == ["no key", "x"]
    with pytest.raises(ConfigError, match="names column 'nope'"):
        base.load(stream, *people(1), DONE, protected_rows={"people": {"nope": [1]}})


KEPT = [
    {"n": ["7"]},
    {"n": [7.0]},
    {"c": ["true"]},
    {"m": [["hand"]]},
    {"d": ["2024-06-05"]},
    {"v": ["hand"], "n": [1, 7]},
    {"v": [""], "n": [None]},
]


@pytest.fixture
def with_hand(base):
    """A table with a row that people entered, of several types."""
    options = {"options": [{"name": "hand"}]}
    types = {"v": "text", "n": "number", "c": "checkbox", "m": "multiple-select", "d": "date"}
    for name, type_ in (("id", "number"), ("name", "text")):
        types = {name: type_, **types}
    base.base.create_table(
        "people",
        [
            {
                "column_name": name,
                "column_type": type_,
                "column_data": options if name == "m" else None,
            }
            for name, type_ in types.items()
        ],
    )
    hand = {"v": "hand", "n": 7, "c": True, "m": ["hand"], "d": "2024-06-05"}
    base.base.append_rows("people", [{"id": 7, **hand}, {"id": 8}])
    return base


@pytest.mark.parametrize("keep", KEPT, ids=str)
def test_values_that_keep_rows_are_read_as_those_of_records(with_hand, stream, keep):
    with_hand.load(stream, *people(1), DONE, protected_rows={"people": keep}, max_delete_fraction=1)
    assert ids(with_hand) == ([1, 8] if None in keep.get("n", ()) else [1, 7])


@pytest.mark.parametrize("keep", [{"n": ["seven"]}, {"c": [5]}, {"m": ["hand"]}, {"m": [5]}])
def test_protected_values_that_no_cell_can_hold_are_an_error(with_hand, caplog, stream, keep):
    keep = {"people": keep}
    sentence = with_hand.fails(caplog, stream, *people(1), DONE, protected_rows=keep)
    assert "protected_rows, column" in sentence
    assert ids(with_hand) == [7, 8]


def test_rows_to_keep_are_named_by_the_table(with_hand, caplog, stream):
    given = {"table_mapping": {"staff": "people"}, "protected_rows": {"people": {"n": [7]}}}
    staff = [{**message, "stream": "staff"} for message in (stream, *people(1))]
    assert "come from stream 'staff'" in with_hand.fails(caplog, *staff, DONE, **given)
    assert ids(with_hand) == [7, 8]


def test_rows_of_the_stream_that_are_kept_are_not_doubled(with_hand, stream):
    keep = {"people": {"v": [None, "hand"]}}
    for _ in range(3):
        with_hand.load(stream, *people(1, 1), DONE, protected_rows=keep)
    of_stream = [1] if stream is PEOPLE else [1, 1]
    assert ids(with_hand) == [*of_stream, 7, 8]
