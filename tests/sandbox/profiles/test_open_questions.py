"""Answers that are drawn where public material is silent."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from seatable_sandbox import Sandbox
from seatable_sandbox.profiles import Profile, make_profile
from seatable_sandbox.profiles.open_questions import EVERYWHERE, ON_GATEWAYS
from tests.servers import DRAWN, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTIONS = {**EVERYWHERE, **ON_GATEWAYS}


def test_a_seed_gives_the_same_answers_again() -> None:
    assert make_profile("gateway", 7) == make_profile("gateway", 7)
    assert len({make_profile("gateway", seed) for seed in range(50)}) > 40


def test_each_answer_is_drawn_by_some_seed() -> None:
    profiles = [make_profile("gateway", seed) for seed in range(50)]
    for name, answers in QUESTIONS.items():
        assert {getattr(profile, name) for profile in profiles} == set(answers)


def test_the_servers_of_the_suites_have_all_answers() -> None:
    profiles = [make_profile("gateway", **settings_of(kind)) for kind in DRAWN]
    for name, answers in QUESTIONS.items():
        assert {getattr(profile, name) for profile in profiles} == set(answers)


def test_each_profile_has_one_of_the_answers() -> None:
    known = {field.name for field in fields(Profile)}
    assert known >= QUESTIONS.keys()
    for name, answers in ON_GATEWAYS.items():
        assert getattr(make_profile("gateway"), name) in answers


def test_fields_that_are_given_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATABLE_SANDBOX_ANSWERS", "3")
    drawn = make_profile("gateway")
    assert drawn == make_profile("gateway", 3)
    for suffix in ("Z", "+00:00"):
        assert make_profile("gateway", utc_suffix=suffix).utc_suffix == suffix
    assert not make_profile("v1").lists_rows_by_id
    monkeypatch.setenv("SEATABLE_SANDBOX_ANSWERS", "x")
    with pytest.raises(ValueError, match="must be a whole number"):
        make_profile("gateway")


def _status(method: str, path: str, body: Any = None) -> Callable[[Any], Any]:
    return lambda client: client.gateway(method, path, json=body).status_code


def _content_type(method: str, path: str) -> Callable[[Any], Any]:
    return lambda client: client.gateway(method, path).headers["Content-Type"].partition(";")[0]


def _refusal(client: Any) -> set[str]:
    return set(client.gateway("GET", "/rows/?table_name=Nope").json())


def _first(sql: str) -> Callable[[Any], Any]:
    return lambda client: client.values(sql)[0]


_CASES: list[tuple[dict[str, Any], Callable[[Any], Any], Any]] = [
    (
        {"accepts_empty_lists": False},
        _status("POST", "/rows/", {"table_name": "T", "rows": []}),
        400,
    ),
    (
        {"accepts_empty_lists": True},
        _status("POST", "/rows/", {"table_name": "T", "rows": []}),
        200,
    ),
    ({"refuses_invalid_paging": False}, _status("GET", "/rows/?table_name=T&limit=b"), 200),
    ({"refuses_invalid_paging": True}, _status("GET", "/rows/?table_name=T&limit=b"), 400),
    ({"refuses_invalid_paging": True}, _status("GET", "/rows/?table_name=T&start=-1"), 400),
    ({"refuses_invalid_paging": True}, _status("GET", "/rows/?table_name=T&limit=1"), 200),
    ({"redirects_missing_slash": False}, _status("GET", "/metadata"), 200),
    ({"redirects_missing_slash": True}, _status("GET", "/metadata"), 301),
    ({"redirects_missing_slash": True}, _status("POST", "/sql"), 307),
    ({"plain_unknown_paths": False}, _status("GET", "/nothing/"), 404),
    ({"plain_unknown_paths": False}, _content_type("GET", "/nothing/"), "text/html"),
    ({"plain_unknown_paths": False}, _status("PATCH", "/rows/"), 405),
    ({"plain_unknown_paths": True}, _content_type("GET", "/nothing/"), "text/plain"),
    ({"plain_unknown_paths": True}, _status("PATCH", "/rows/"), 404),
    ({"unknown_table_status": 404}, _status("GET", "/rows/?table_name=Nope"), 404),
    ({"unknown_table_status": 400}, _status("GET", "/rows/?table_name=Nope"), 400),
    ({"gateway_error_key": "error_msg"}, _refusal, {"error_msg"}),
    ({"gateway_error_key": "error_message"}, _refusal, {"error_message"}),
    ({"sql_find_misses_with_null": False}, _first("SELECT find('z', Name) FROM T"), 0),
    ({"sql_find_misses_with_null": True}, _first("SELECT find('z', Name) FROM T"), None),
    ({"sql_find_misses_with_null": True}, _first("SELECT find('a', Name) FROM T"), 1),
    *(
        (
            {"sql_aggregates_keep_type": keeps},
            lambda client: client.sql_answer("SELECT MAX(_mtime) FROM T").json()["metadata"][0][
                "type"
            ],
            column_type,
        )
        for keeps, column_type in ((False, "date"), (True, "mtime"))
    ),
]


@pytest.mark.parametrize(("overrides", "ask", "answer"), _CASES)
def test_an_answer_is_what_the_server_gives(
    overrides: dict[str, Any], ask: Callable[[Any], Any], answer: Any, connect
) -> None:
    with Sandbox(**overrides) as sandbox:
        base = sandbox.create_base("Base")
        base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        base.append_rows("T", [{"Name": "a"}])
        assert ask(connect(sandbox, base)) == answer


def test_rows_are_listed_in_either_order(connect) -> None:
    for by_id in (False, True):
        with Sandbox(lists_rows_by_id=by_id) as sandbox:
            base = sandbox.create_base("Base")
            base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
            ids = base.append_rows("T", [{"Name": str(number)} for number in range(20)])
            rows = connect(sandbox, base).gateway("GET", "/rows/?table_name=T").json()["rows"]
            assert [row["_id"] for row in rows] == (sorted(ids) if by_id else ids)
