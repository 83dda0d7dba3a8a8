"""The list of differences between the sandbox and SeaTable's own library."""

from __future__ import annotations

from tools.fidelity.cases import CRASHED, REFUSED, Case, blank_to_none
from tools.fidelity.columns import WRITABLE
from tools.fidelity.differences import Difference, Known, Verdict, load
from tools.fidelity.values import written


def case(column="rate", question="true", library=True, sandbox=1, server="v1"):
    return Case("written values", server, "rate", column, question, library, sandbox)


def difference(**changes):
    known = {
        "check": "written values",
        "where": "rate: true",
        "reason": "",
        "groups": ["rate"],
        "question": "^true$",
        "counts": {"v1": 1},
    }
    return Difference(**{**known, **changes})


def test_true_is_not_1_and_a_refusal_is_no_crash():
    assert not case().is_equal
    assert case(library=1, sandbox=1.0).is_equal
    assert not case(library=[True], sandbox=[1]).is_equal
    assert not case(library=REFUSED, sandbox=CRASHED).is_equal
    empty: tuple[object, ...] = ("", [], {}, None)
    assert all(blank_to_none(blank) is None for blank in empty)
    assert blank_to_none(0) == 0
    assert blank_to_none(False) is False


def test_a_difference_that_is_not_listed_is_found():
    found = [case(), case(question="false"), case(server="gateway"), case(column="rate 2")]
    verdict = Verdict(Known({}, [difference(columns="rate")]), found)
    assert verdict.unlisted == found[1:]
    assert verdict.renewed.differences == [difference(columns="rate")]
    assert verdict.renewed.cases == {"written values": {"v1": 3, "gateway": 1}}


def test_a_listed_difference_without_a_case_is_dropped_and_counts_are_renewed():
    listed = [difference(counts={"v1": 5}), difference(question="never")]
    verdict = Verdict(Known({}, listed), [case(), case()])
    assert verdict.renewed.differences == [difference(counts={"v1": 2})]


def test_the_list_gives_a_reason_for_each_difference():
    known = load()
    assert all(entry.reason and entry.where for entry in known.differences)
    assert {entry.check for entry in known.differences} <= known.cases.keys()


def test_the_same_values_are_written_in_every_run():
    for kind in {column["column_type"] for column in WRITABLE}:
        assert list(written(kind)) == list(written(kind))
