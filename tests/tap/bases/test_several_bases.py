"""Several bases in one run: which ones, and what their streams are called."""

from __future__ import annotations

import json

import pytest

from seatable_client.errors import ErrorKind
from seatable_sandbox import Fault, Sandbox
from tests.tap.support import LOGIN, config_of, discover, make_table, paths_called, read


def test_a_list_of_tokens(config, bases):
    tokens = [bases[1, "Sales north"].api_token, bases[2, "Stock"].read_only_token]
    run = read({**config, "bases": [{"api_token": token} for token in tokens]})
    assert run.error == ""
    assert sorted(run.streams) == ["Sales north-T_1", "Sales north-U", "Stock-T_1", "Stock-U"]
    assert len(run.records("Stock-U")) == 5
    assert sorted(run.ids("Sales north-T_1")) == [
        row["_id"] for row in bases[1, "Sales north"].rows("T-1")
    ]


def test_a_list_of_one_has_the_long_names_too(config, bases):
    run = read({**config, "bases": [{"api_token": bases[2, "Stock"].api_token}]})
    assert sorted(run.streams) == ["Stock-T_1", "Stock-U"]


def test_a_base_alone_has_the_short_names(config, sandbox):
    place = {"workspace_id": 2, "base_name": "Stock"}
    for credential in (LOGIN, {"account_token": sandbox.account_token}):
        run = read({**config, **credential, **place})
        assert run.error == ""
        assert sorted(run.streams) == ["T_1", "U"]
        # An empty list is none, as Meltano writes settings that are not set.
        assert sorted(read({**config, **credential, **place, "bases": []}).streams) == run.streams


def test_entries_inherit_credentials_from_the_settings_around_them(config, sandbox, bases):
    run = read({
        **config, **LOGIN, "workspace_id": 2, "tables": ["U"],
        "bases": [
            {"base_name": "Stock"},
            {"workspace_id": 1, "base_name": "Sales-west"},
            {"api_token": bases[1, "Sales old"].api_token},
            {"account_token": sandbox.account_token, "base_name": "Sales north"},
        ],
    })  # fmt: skip
    assert run.error == ""
    assert sorted(run.streams) == ["Sales north-U", "Sales old-U", "Sales_west-U", "Stock-U"]
    assert len(run.records("Sales north-U")) == 11
    assert len(paths_called(sandbox, "/auth-token/")) == 1
    assert paths_called(sandbox, "/workspaces/") == []


@pytest.mark.parametrize("place", ["around", "in the entry"])
def test_two_factor_authentication(place):
    """The code goes with the login, wherever that stands, and is used once for all bases."""
    login = {**LOGIN, "otp": "123456"}
    with Sandbox(otp="123456") as sandbox:
        for name in ("A", "B"):
            make_table(sandbox.create_base(name), "T", 1)
        entry = {"base_name": "*"}
        config: dict = {"server_url": sandbox.url}
        if place == "around":
            config |= {**login, "bases": [entry]}
        else:
            config |= {"bases": [{**login, **entry}]}
        run = read(config)
        assert len(paths_called(sandbox, "/auth-token/")) == 1
    assert run.error == ""
    assert sorted(run.streams) == ["A-T", "B-T"]


@pytest.mark.parametrize(
    ("entry", "streams"),
    [
        ({}, {"Sales old", "Sales_west", "Stock", "Sales north_{0}", "Sales north_{1}"}),
        ({"workspace_id": 1}, {"Sales north", "Sales old", "Sales_west"}),
        ({"workspace_id": 1, "base_name": "Sales*", "exclude": ["*old", "*north"]}, {"Sales_west"}),
        ({"base_name": "S?ock"}, {"Stock"}),
        ({"base_name": "Sales north"}, {"Sales north_{0}", "Sales north_{1}"}),
        ({"exclude": ["Sales*"]}, {"Stock"}),
        ({"workspace_id": 2, "base_name": "Stock", "exclude": ["Sales*"]}, {"Stock"}),
    ],
)
def test_patterns_over_what_the_account_sees(config, sandbox, bases, entry, streams):
    """Names that two bases share have the beginning of their ids; starred bases come once."""
    ids = [bases[workspace, "Sales north"].uuid[:8] for workspace in (1, 2)]
    wanted = {f"{name.format(*ids)}-U" for name in streams}
    catalog = discover(
        {**config, "account_token": sandbox.account_token, "tables": ["U"], "bases": [entry]}
    )
    assert {entry["tap_stream_id"] for entry in catalog["streams"]} == wanted
    assert len(paths_called(sandbox, "/workspaces/")) == 1


def test_a_base_that_is_named_twice_is_read_once(config, sandbox, bases):
    run = read({
        **config, **LOGIN, "tables": ["U"],
        "bases": [
            {"api_token": bases[2, "Stock"].api_token},
            {"workspace_id": 2, "base_name": "Stock"},
            {"workspace_id": 2, "base_name": "St*"},
        ],
    })  # fmt: skip
    assert run.streams == ["Stock-U"]
    assert len(run.records("Stock-U")) == 5


def test_with_naming_by_id_no_name_shows(config, bases):
    base = bases[1, "Sales-west"]
    token = base.api_token
    run = read({**config, "naming": "id", "tables": ["U"], "bases": [{"api_token": token}]})
    table = next(entry for entry in base.metadata()["metadata"]["tables"] if entry["name"] == "U")
    assert run.streams == [f"{base.uuid.replace('-', '')}-{table['_id']}"]


def test_a_run_with_nothing_new_costs_two_calls_per_base(config, sandbox, bases):
    settings = {**config, "account_token": sandbox.account_token,
                "bases": [{"workspace_id": 1}]}  # fmt: skip
    first = read(settings)
    sandbox.calls.clear()
    second = read(settings, state=first.state)
    assert second.messages_of("RECORD") == []
    for (workspace, name), base in bases.items():
        own = [path for path in paths_called(sandbox, "/")
               if base.uuid in path or f"/{workspace}/dtable/{name}/" in path]  # fmt: skip
        assert len(own) == (2 if workspace == 1 else 0)
    others = ["/api-gateway/api/v2/ping/", "/api/v2.1/workspaces/", "/server-info/"]
    assert sorted(path for path in paths_called(sandbox, "/") if path in others) == others
    assert len(sandbox.calls) == 3 * 2 + len(others)


def test_calls_are_reported_per_base(tap_in_process, config, sandbox):
    settings = {**config, **LOGIN, "bases": [{"workspace_id": 2}], "tables": ["U"]}
    ended = tap_in_process(settings)
    assert ended.code == 0
    for name in ("Sales north", "Stock"):
        calls = "5 API calls (access-token 1, metadata 1, operations 1, sql 2)"
        assert f"Base '{name}': {calls} for" in ended.log
    assert f"Server {sandbox.url}: auth-token 1, ping 1, server-info 1, workspaces 1." in ended.log


def test_changes_are_found_per_base(config, sandbox, bases):
    settings = {**config, "account_token": sandbox.account_token, "lookback_seconds": 0,
                "bases": [{"workspace_id": 1}]}  # fmt: skip
    sandbox.clock.advance(10)
    bases[1, "Sales old"].append_rows("U", [{"Name": "latest before"}])
    first = read(settings)
    sandbox.clock.advance(10)
    [row_id] = bases[1, "Sales old"].append_rows("U", [{"Name": "new"}])
    second = read(settings, state=first.state)
    assert row_id in second.ids("Sales old-U")
    assert {message["stream"] for message in second.messages_of("RECORD")} == {"Sales old-U"}


def test_a_state_remembers_the_base(config, bases):
    """A base whose name another one has now is read whole."""
    entry = {"api_token": bases[1, "Sales north"].api_token}
    first = read({**config, "bases": [entry], "tables": ["U"]})
    entry = {"api_token": bases[2, "Sales north"].api_token}
    second = read({**config, "bases": [entry], "tables": ["U"]}, state=first.state)
    assert len(second.records("Sales north-U")) == len(bases[2, "Sales north"].rows("U"))
    assert second.log_lines("the state is of another base")


# Settings


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"bases": [{}]}, "bases[0]: api_token is not set"),
        ({"bases": [{"api_token": "a", "base_name": "B"}]}, "bases[0]: base_name goes with"),
        ({"bases": [{"api_token": "a", "exclude": ["B"]}]}, "bases[0]: exclude goes with"),
        ({"bases": [{"api_token": "a", "account_token": "b"}]}, "bases[0]: api_token and account"),
        ({"api_token": "0a1b", "bases": [{"base_name": "B"}]}, "bases[0]: base_name goes"),
        ({"bases": [{"tokken": "a"}]}, "tokken"),
    ],
)
def test_invalid_entries_are_refused(tap_in_process, config, settings, sentence):
    ended = tap_in_process({**config, **settings})
    assert ended.code == ErrorKind.CONFIGURATION.exit_code
    assert sentence in ended.log


def test_a_table_has_to_be_in_one_of_the_bases(config, bases):
    make_table(bases[2, "Stock"], "Only here", 1)
    entries = [{"api_token": bases[key].api_token} for key in ((2, "Stock"), (1, "Sales old"))]
    assert read({**config, "bases": entries, "tables": ["Only*"]}).streams == ["Stock-Only here"]
    run = read({**config, "bases": entries, "tables": ["Nowhere"]})
    assert "'Nowhere', but none of the bases has such a table" in run.error


@pytest.mark.parametrize(
    "settings",
    [
        {"bases": ["t0psecret-token"]},
        {"bases": [{"api_token": ["t0psecret-token"]}]},
        {"bases": [{"password": {"a": "t0psecret-token"}}]},
        {"account_token": ["t0psecret-token"]},
        {"account_token": 987123654987},
        {"bases": "t0psecret-token"},
    ],
    ids=json.dumps,
)
def test_settings_of_the_wrong_type_are_refused_without_quoting_secrets(
    tap_in_process, config, settings
):
    ended = tap_in_process({**config, **settings})
    assert ended.code != 0
    assert "t0psecret-token" not in ended.log
    assert "987123654987" not in ended.log


# --test


def test_test_reports_each_base(tap_in_process):
    with Sandbox(requests_per_minute=200) as sandbox:
        bases = [sandbox.create_base(name) for name in ("A", "B")]
        for base in bases:
            make_table(base, "T", 1)
        make_table(bases[1], "U", 1)
        refusal = {"error_message": "no"}
        sandbox.inject(
            Fault("status", path=f"{bases[1].uuid}/sql/", status=400, times=1, body=refusal)
        )
        tokens = [bases[0].read_only_token, bases[1].api_token, "0" * 40]
        settings = {"server_url": sandbox.url, "bases": [{"api_token": token} for token in tokens]}
        ended = tap_in_process(settings, "--test")
    assert ended.code == ErrorKind.CREDENTIALS.exit_code
    assert ("Base 'A' is reachable through the API gateway with permission r. 1 of 1 tables can be "
            "read. 197 calls are left") in ended.log  # fmt: skip
    assert ("Base 'B' is reachable through the API gateway with permission rw. 1 of 2 tables can "
            "be read. 197 calls are left") in ended.log  # fmt: skip
    assert "Base 'bases[2]' cannot be read" in ended.log
    assert "Check api_token" in ended.log


def test_test_reports_a_server_without_a_visible_limit(tap_in_process):
    with Sandbox("v1") as sandbox:  # a gateway always shows its limit
        base = sandbox.create_base("Stock")
        make_table(base, rows=1)
        ended = tap_in_process(config_of(sandbox, base), "--test")
    assert ended.code == 0
    assert "The server does not say how many calls are left." in ended.log
