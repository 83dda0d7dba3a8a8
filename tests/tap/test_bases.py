"""Several bases in one run: which ones, what their streams are called, and when one fails."""

from __future__ import annotations

import json

import pytest

from seatable_sandbox import Fault, Sandbox
from tests.tap.support import discover, make_table, read

LOGIN = {"username": "demo@example.com", "password": "demo"}


@pytest.fixture(scope="module")
def place():
    """A server with some bases in two workspaces."""
    with Sandbox() as sandbox:
        bases = {
            (workspace, name): sandbox.create_base(name, workspace_id=workspace)
            for workspace, name in [
                (1, "Sales north"),
                (1, "Sales old"),
                (1, "Sales-west"),
                (2, "Sales north"),
                (2, "Stock"),
            ]
        }
        bases[1, "Sales north"].star()
        for (workspace, name), base in bases.items():
            make_table(base, "T-1", workspace)
            make_table(base, "U", len(name))
        yield sandbox, bases


@pytest.fixture
def sandbox(place):
    place[0].calls.clear()
    yield place[0]
    place[0].clear_faults()


@pytest.fixture
def bases(place):
    return place[1]


@pytest.fixture
def config(sandbox):
    return {"server_url": sandbox.url}


def paths(sandbox, end):
    return [call.path for call in sandbox.calls if call.path.endswith(end)]


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


def test_entries_take_what_they_do_not_say_from_the_settings_around_them(config, sandbox, bases):
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
    assert len(paths(sandbox, "/auth-token/")) == 1
    assert paths(sandbox, "/workspaces/") == []


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
        assert len(paths(sandbox, "/auth-token/")) == 1
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
    assert {one["tap_stream_id"] for one in catalog["streams"]} == wanted
    assert len(paths(sandbox, "/workspaces/")) == 1


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
    table = next(one for one in base.metadata()["metadata"]["tables"] if one["name"] == "U")
    assert run.streams == [f"{base.uuid.replace('-', '')}-{table['_id']}"]


def test_a_run_with_nothing_new_costs_two_calls_per_base(config, sandbox, bases):
    settings = {**config, "account_token": sandbox.account_token,
                "bases": [{"workspace_id": 1}]}  # fmt: skip
    first = read(settings)
    sandbox.calls.clear()
    second = read(settings, state=first.state)
    assert second.of("RECORD") == []
    for (workspace, name), base in bases.items():
        own = [path for path in paths(sandbox, "/")
               if base.uuid in path or f"/{workspace}/dtable/{name}/" in path]  # fmt: skip
        assert len(own) == (2 if workspace == 1 else 0)
    others = ["/api-gateway/api/v2/ping/", "/api/v2.1/workspaces/", "/server-info/"]
    assert sorted(path for path in paths(sandbox, "/") if path in others) == others
    assert len(sandbox.calls) == 3 * 2 + len(others)


def test_costs_are_told_per_base(tap_in_process, config, sandbox):
    settings = {**config, **LOGIN, "bases": [{"workspace_id": 2}], "tables": ["U"]}
    ended = tap_in_process(settings)
    assert ended.code == 0
    for name in ("Sales north", "Stock"):
        assert f"Base '{name}': 5 API calls (access-token 1, metadata 1, sql 3) for" in ended.log
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
    assert {message["stream"] for message in second.of("RECORD")} == {"Sales old-U"}


def test_a_state_remembers_the_base(config, bases):
    """A base whose name another one has now is read whole."""
    entry = {"api_token": bases[1, "Sales north"].api_token}
    first = read({**config, "bases": [entry], "tables": ["U"]})
    entry = {"api_token": bases[2, "Sales north"].api_token}
    second = read({**config, "bases": [entry], "tables": ["U"]}, state=first.state)
    assert len(second.records("Sales north-U")) == len(bases[2, "Sales north"].rows("U"))
    assert second.said("the state is of another base")


# One base that cannot be read


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
    assert run.said("Base 'Gone' cannot be read", "dtable Gone not found")
    assert run.said("Base 'bases[2]' cannot be read", "Check api_token")
    assert run.said("Base 'Nothing*' cannot be read", "The account sees no such base")
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
    assert third.of("RECORD") == []


def test_a_catalog_with_streams_of_a_base_that_cannot_be_opened(config, bases):
    entries = [{"api_token": bases[1, "Sales old"].api_token}]
    other = {"api_token": bases[2, "Stock"].api_token}
    catalog = discover({**config, "bases": [*entries, other], "tables": ["U"]})
    wrong = {"api_token": "0" * 40}
    run = read({**config, "bases": [*entries, wrong], "tables": ["U"]}, catalog=catalog)
    assert "1 of the bases could not be read: 'bases[1]'. 1 of the streams was not read: " in (
        run.error
    )
    assert run.said("'Stock-U' was not read", "no base that could be read has such a table")
    assert len(run.records("Sales old-U")) == len(bases[1, "Sales old"].rows("U"))


def test_discovery_gives_no_catalog_without_one_of_the_bases(tap_in_process, config, bases):
    entries = [{"api_token": bases[2, "Stock"].api_token}, {"api_token": "0" * 40}]
    ended = tap_in_process({**config, "bases": entries}, "--discover")
    assert ended.code == 1
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
    assert run.said("'Sales old-U' was not read", "Base 'Sales old' was given up before")
    assert len(run.records("Stock-U")) == 5
    assert len(run.records("Sales north-U")) == 11


@pytest.mark.parametrize("told_by", ["state", "catalog"])
def test_a_base_keeps_its_name_when_another_of_that_name_cannot_be_opened(config, bases, told_by):
    """By another name its streams would be new ones, read whole into another schema."""
    two = [bases[workspace, "Sales north"] for workspace in (1, 2)]
    entries = [{"api_token": base.api_token} for base in two]
    first = read({**config, "bases": entries})
    catalog = discover({**config, "bases": entries})
    broken = [entries[0], {"api_token": "f" * 40}]
    known = {"state": first.state} if told_by == "state" else {"catalog": catalog}
    run = read({**config, "bases": broken}, **known)
    prefix = f"Sales north_{two[0].uuid[:8]}"
    assert run.error.startswith("1 of the bases could not be read: 'bases[1]'.")
    assert sorted(run.streams) == [f"{prefix}-T_1", f"{prefix}-U"]
    if told_by == "state":
        assert run.of("RECORD") == []
        assert set(run.state["bookmarks"]) == set(first.state["bookmarks"])


def test_a_refused_login_is_not_tried_for_every_base(config, sandbox):
    entries = [{"workspace_id": 1, "base_name": name} for name in ("Sales old", "Sales-west")]
    run = read({**config, **LOGIN, "password": "wrong-one", "bases": entries})
    assert run.error.startswith("2 of the bases could not be read: 'Sales old', 'Sales-west'.")
    assert len(paths(sandbox, "/auth-token/")) == 1


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
def test_entries_that_cannot_be_right(tap_in_process, config, settings, sentence):
    ended = tap_in_process({**config, **settings})
    assert ended.code == 1
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


def test_test_tells_of_each_base(tap_in_process):
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
        settings = {"server_url": sandbox.url, "bases": [{"api_token": one} for one in tokens]}
        ended = tap_in_process(settings, "--test")
    assert ended.code == 1
    assert ("Base 'A' is reachable through the API gateway with permission r. 1 of 1 tables can be "
            "read. 197 calls are left") in ended.log  # fmt: skip
    assert ("Base 'B' is reachable through the API gateway with permission rw. 1 of 2 tables can "
            "be read. 197 calls are left") in ended.log  # fmt: skip
    assert "Base 'bases[2]' cannot be read" in ended.log
    assert "Check api_token" in ended.log


def test_test_says_where_a_server_does_not_tell_the_limit(tap_in_process, config, bases):
    ended = tap_in_process({**config, "api_token": bases[2, "Stock"].api_token}, "--test")
    assert ended.code == 0
    assert "How many calls are left, the server does not tell." in ended.log
