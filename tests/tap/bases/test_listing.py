"""`tap-seatable bases` lists what an orchestrator runs, one base or a group at a time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_sandbox import Fault, Sandbox
from tap_seatable.catalog import has_wildcard, matches, name_of, pattern_of
from tests.tap.support import LOGIN, make_table, read

ROWS = {"Alpha": 3, "Beta": 12, "Gamma": 1, "Delta": 0}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox("gateway") as sandbox:
        for name, rows in ROWS.items():
            make_table(sandbox.create_base(name), "T", rows)
        yield sandbox


def run(sandbox, *arguments, **settings):
    given = {"server_url": sandbox.url, **settings}
    environment = {
        f"TAP_SEATABLE_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }
    program = Path(sys.executable).with_name("tap-seatable")
    ended = subprocess.run(
        [program, "bases", "--config", "ENV", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended, [json.loads(line) for line in ended.stdout.splitlines()]


def test_an_account_lists_its_bases_with_settings_that_read_each_alone(sandbox):
    ended, listed = run(sandbox, "--count-rows", **LOGIN)
    assert ended.returncode == 0, ended.stderr
    assert {base["name"]: base["rows"] for base in listed} == ROWS
    assert len({base["state_id"] for base in listed}) == len(ROWS)
    for base in listed:
        assert base["uuid"] in base["state_id"]
        config = {"server_url": sandbox.url, **LOGIN, **base["settings"]}
        rows = read(config).records(f"{base['name']}-T")
        assert len(rows) == ROWS[base["name"]]


def test_no_secret_is_printed():
    with Sandbox("gateway") as sandbox:
        base = sandbox.create_base("Alone")
        ended, listed = run(sandbox, api_token=base.api_token)
    assert [entry["name"] for entry in listed] == ["Alone"]
    assert listed[0]["settings"] is None
    assert base.api_token not in ended.stdout + ended.stderr


def test_patterns_choose(sandbox):
    _, listed = run(sandbox, "--include", "*a", "--exclude", "B*", **LOGIN)
    assert [base["name"] for base in listed] == ["Alpha", "Delta", "Gamma"]
    ended, listed = run(sandbox, "--include", "Nothing*", **LOGIN)
    assert (ended.returncode, listed) == (0, [])
    assert "the patterns leave all bases out" in ended.stderr


def test_large_bases_are_alone_and_small_ones_stay_in_their_group(sandbox):
    arguments = ("--groups", "2", "--max-rows", "5")
    _, groups = run(sandbox, *arguments, **LOGIN)
    assert groups[0]["group"] == "Beta"
    packed = [uuid for group in groups[1:] for uuid in group["uuids"]]
    assert len(packed) == len(set(packed)) == 3
    assert len(groups) <= 3
    assert sum(group["rows"] for group in groups) == sum(ROWS.values())
    make_table(sandbox.create_base("Epsilon"), "T", 2)
    _, later = run(sandbox, *arguments, **LOGIN)
    members = {group["state_id"]: set(group["uuids"]) for group in later}
    for group in groups:
        assert set(group["uuids"]) <= members[group["state_id"]]


def test_what_only_groups_need_is_refused_without_them(sandbox):
    ended, listed = run(sandbox, "--max-rows", "5", **LOGIN)
    assert (ended.returncode, listed) == (2, [])
    assert "--max-rows needs --groups" in ended.stderr


def test_a_base_that_cannot_be_opened_is_told_and_the_others_are_listed(sandbox):
    bases = [{**LOGIN, "base_name": "Gone", "workspace_id": 1}, {**LOGIN, "base_name": "Alpha"}]
    ended, listed = run(sandbox, bases=bases)
    assert [base["name"] for base in listed] == ["Alpha"]
    assert ended.returncode != 0
    assert "'Gone'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_settings_that_cannot_be_are_a_sentence(sandbox):
    ended, listed = run(sandbox)
    assert (ended.returncode, listed) == (78, [])
    assert "api_token is not set" in ended.stderr


def test_patterns_choose_bases_that_tokens_open_by_their_names(sandbox):
    with Sandbox("gateway") as place:
        tokens = [{"api_token": place.create_base(name).api_token} for name in ("Sales", "Other")]
        _, listed = run(place, "--include", "Sal*", bases=tokens)
    assert [base["name"] for base in listed] == ["Sales"]


@given(st.text(st.sampled_from("a*?[]\\!-")), st.text(st.sampled_from("a*?[]\\!-")))
def test_a_name_is_the_only_one_that_its_pattern_matches(name, other):
    pattern = pattern_of(name)
    assert matches(name, [pattern])
    assert matches(other, [pattern]) == (other == name)
    assert not has_wildcard(pattern)
    assert name_of(pattern) == name


def test_the_settings_of_a_base_open_it_alone_whatever_signs_its_name_has():
    """A name such as `Sales*` is the pattern of others, too."""
    names = ("Sales*", "Sales 2024", "Sales?", "Salesx", "[Sales]", "Sales\\*", "Sales ", " Sales",
             "Sales", "\tSales\n", "a\u2028b\x85c", "100 %2F", '"Sales"')  # fmt: skip
    with Sandbox("gateway") as place:
        ids = {name: make_table(place.create_base(name), "T", 1) for name in names}
        ended, listed = run(place, **LOGIN)
        assert ended.stdout.isascii()
        assert sorted(base["name"] for base in listed) == sorted(names)
        for base in listed:
            found = read({"server_url": place.url, **LOGIN, **base["settings"]})
            assert found.error == ""
            assert [row["_id"] for row in found.records(f"{base['name']}-T")] == ids[base["name"]]


def test_failed_bases_of_one_name_are_all_named():
    with Sandbox("gateway") as place:
        for workspace in (1, 2):
            base = place.create_base("Twin", workspace_id=workspace)
            place.inject(Fault("status", path=f"{base.uuid}/", status=403, times=99))
        ended, listed = run(place, **LOGIN)
        found = read({"server_url": place.url, **LOGIN, "bases": [{}]})
    assert listed == []
    assert "'Twin in workspace 1', 'Twin in workspace 2'" in ended.stderr
    assert found.error.startswith("2 of the bases could not be read: ")
