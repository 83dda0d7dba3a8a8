"""One of several bases cannot be opened or read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.errors import ErrorKind, SeaTableError
from seatable_sandbox import Fault, Sandbox
from tap_seatable.bases import RunFailures, failures
from tests.tap.support import LOGIN, discover, make_table, paths_called, read

if TYPE_CHECKING:
    import logging


def test_a_base_that_cannot_be_opened_fails_alone(config, sandbox, bases):
    settings = {**config, **LOGIN, "bases": [
        {"workspace_id": 2, "base_name": "Gone"},
        {"workspace_id": 2, "base_name": "Stock"},
        {"api_token": "0" * 40},
        {"base_name": "Nothing*"},
    ]}  # fmt: skip
    run = read(settings)
    assert run.error == (
        "3 of the bases could not be read: 'Gone', 'bases[2]', 'Nothing*'. The others are complete."
    )
    assert len(run.records("Stock-U")) == 5
    assert run.log_lines("Base 'Gone' cannot be read", "dtable Gone not found")
    assert run.log_lines("Base 'bases[2]' cannot be read", "Check api_token")
    assert run.log_lines("Base 'Nothing*' cannot be read", "The account sees no such base")
    assert "0" * 40 not in "\n".join(run.log)


@pytest.mark.parametrize(
    "settings",
    [
        {"tables": ["U"]},
        {"tables": ["In the other base"], "exclude_tables": ["T*"]},
        {"tables": ["U"], "where": {"U": "Amount > 0", "In the other base": "Amount > 0"}},
        {"tables": ["U"], "views": [{"table": "In the other base", "view": "V"}]},
        {"tables": ["U"], "side_streams": ["_api_tokens"]},
    ],
)
def test_the_others_go_on_whatever_tables_the_settings_name(config, bases, settings):
    """What they name may be in the base that could not be opened."""
    entries = [{"api_token": bases[2, "Stock"].api_token}, {"api_token": "0" * 40}]
    run = read({**config, "bases": entries, **settings})
    assert run.error == "1 of the bases could not be read: 'bases[1]'. The others are complete."
    assert run.streams == (["Stock-U"] if "U" in settings["tables"] else [])


def test_the_state_of_a_base_that_cannot_be_opened_stays(config, bases):
    entries = [{"api_token": bases[key].api_token} for key in bases if key[0] == 1]
    first = read({**config, "bases": entries})
    second = read({**config, "bases": [*entries[:2], {"api_token": "0" * 40}]}, state=first.state)
    assert second.state["bookmarks"]["Sales_west-U"] == first.state["bookmarks"]["Sales_west-U"]
    third = read({**config, "bases": entries}, state=second.state)
    assert third.messages_of("RECORD") == []


def test_a_catalog_with_streams_of_a_base_that_cannot_be_opened(config, bases):
    entries = [{"api_token": bases[1, "Sales old"].api_token}]
    other = {"api_token": bases[2, "Stock"].api_token}
    catalog = discover({**config, "bases": [*entries, other], "tables": ["U"]})
    wrong = {"api_token": "0" * 40}
    run = read({**config, "bases": [*entries, wrong], "tables": ["U"]}, catalog=catalog)
    assert "1 of the bases could not be read: 'bases[1]'. 1 of the streams was not read: " in (
        run.error
    )
    assert run.log_lines("'Stock-U' was not read", "no base that could be read has such a table")
    assert len(run.records("Sales old-U")) == len(bases[1, "Sales old"].rows("U"))


def test_discovery_gives_no_catalog_without_one_of_the_bases(tap_in_process, config, bases):
    entries = [{"api_token": bases[2, "Stock"].api_token}, {"api_token": "0" * 40}]
    ended = tap_in_process({**config, "bases": entries}, "--discover")
    assert ended.code == ErrorKind.CREDENTIALS.exit_code
    assert ended.output == b""
    assert (
        "1 of the bases could not be read: 'bases[1]'. No catalog is made without them."
    ) in ended.log


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("kind", ["status", "html"])
def test_a_base_that_fails_in_the_middle_is_given_up_and_the_others_finish(
    config, sandbox, bases, kind
):
    keys = [(1, "Sales north"), (1, "Sales old"), (2, "Stock")]
    uuid = bases[1, "Sales old"].uuid
    sandbox.inject(Fault(kind, path=f"{uuid}/", after=2, times=1000, status=500))
    run = read({**config, "bases": [{"api_token": bases[key].api_token} for key in keys]})
    assert run.error == (
        "2 of the streams were not read: 'Sales old-T_1', 'Sales old-U'. The others are complete."
    )
    assert run.log_lines("'Sales old-U' was not read", "Base 'Sales old' was given up before")
    assert len(run.records("Stock-U")) == 5
    assert len(run.records("Sales north-U")) == 11


@pytest.mark.parametrize("told_by", ["state", "catalog"])
def test_a_base_keeps_its_name_when_another_of_that_name_cannot_be_opened(config, bases, told_by):
    """By another name its streams would be new ones, read whole into another schema."""
    namesakes = [bases[workspace, "Sales north"] for workspace in (1, 2)]
    entries = [{"api_token": base.api_token} for base in namesakes]
    first = read({**config, "bases": entries})
    catalog = discover({**config, "bases": entries})
    broken = [entries[0], {"api_token": "f" * 40}]
    known = {"state": first.state} if told_by == "state" else {"catalog": catalog}
    run = read({**config, "bases": broken}, **known)
    prefix = f"Sales north_{namesakes[0].uuid[:8]}"
    assert run.error.startswith("1 of the bases could not be read: 'bases[1]'.")
    assert sorted(run.streams) == [f"{prefix}-T_1", f"{prefix}-U"]
    if told_by == "state":
        assert run.messages_of("RECORD") == []
        assert set(run.state["bookmarks"]) == set(first.state["bookmarks"])


def test_a_refused_login_is_not_tried_for_every_base(config, sandbox):
    entries = [{"workspace_id": 1, "base_name": name} for name in ("Sales old", "Sales-west")]
    run = read({**config, **LOGIN, "password": "wrong-one", "bases": entries})
    assert run.error.startswith("2 of the bases could not be read: 'Sales old', 'Sales-west'.")
    assert len(paths_called(sandbox, "/auth-token/")) == 1


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("change", ["remove the column", "rename the option"])
def test_a_condition_that_does_not_fit_one_base_fails_its_stream_alone(concurrency, change):
    with Sandbox() as place:
        bases = [place.create_base(name) for name in ("A", "B", "C")]
        for base in bases:
            make_table(base, "U", 1)
            make_table(base, "T", 2)
            base.add_column("T", "Kind", "single-select", {"options": [{"name": "a"}]})
            base.append_rows("T", [{"Kind": "a"}])
        config = {
            "server_url": place.url,
            "bases": [{"api_token": base.api_token} for base in bases],
            "where": {"T": "Kind = 'a'"},
            "concurrency": concurrency,
        }
        first = read(config)
        if change == "remove the column":
            bases[1].delete_column("T", "Kind")
        else:
            bases[1].rename_option("T", "Kind", "a", "b")
        for base in bases:
            base.append_rows("U", [{"Name": "new"}])
        second = read(config, state=first.state)
        third = read(config | {"where": {"T": "Knd = 'a'"}})
    assert second.error == "1 of the streams was not read: 'B-T'. The others are complete."
    assert {message["stream"] for message in second.messages_of("RECORD")} == {"A-U", "B-U", "C-U"}
    assert not [row for row in second.records("B-T") if row["_deleted_at"]]
    assert second.state["bookmarks"]["B-T"] == first.state["bookmarks"]["B-T"]
    assert "'T' of base 'A' the condition" in third.error
    assert third.messages == []


@given(stream=st.text(), reason=st.text(), names_it=st.booleans())
def test_the_reason_follows_the_name_of_the_stream_once(stream, reason, names_it):
    error = SeaTableError(f"Stream {stream!r}: {reason}" if names_it else reason)
    records: list[logging.LogRecord] = []
    with mock.patch.object(failures.log, "handle", records.append):
        RunFailures().record_stream_failure(stream, error)
    start = f"Stream {stream!r} was not read: "
    expected = reason if names_it else reason.removeprefix(f"Stream {stream!r}: ")
    assert [record.getMessage() for record in records] == [start + expected]
