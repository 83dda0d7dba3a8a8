"""Creating the base to load into: once, in the workspace that was named, or not at all."""

import threading
from dataclasses import replace

import pytest

from seatable_sandbox import Fault, Sandbox
from target_seatable.tables import StreamTables
from tests.target.singer import record, schema, state

PEOPLE = [schema("people", {"id": "integer"}, ["id"]), record("people", id=1), state({"n": 1})]
GROUP, FOREIGN = 7, 8


@pytest.fixture(scope="module", params=["gateway", "v1", "v1-2020", "cloud-5.0"])
def server(request):
    with Sandbox(request.param) as sandbox:
        sandbox.add_group(GROUP)
        sandbox.add_group(FOREIGN, administrates=False)
        yield sandbox


@pytest.fixture
def wanted(server, make, request):
    """How to load into a base that is not there yet."""
    server.clear_faults()
    base = make(
        server,
        account_token=server.account_token,
        workspace_id=1,
        base_name=f"New {request.node.name}",
        create_base=True,
    )
    base.config["api_token"] = ""
    return base


def names(server, workspace_id=1):
    return [base.name for base in server.bases() if base.workspace_id == workspace_id]


def created(base, workspace_id=1):
    """The base that was created; it is the only one of its name."""
    name = base.config["base_name"]
    assert names(base.sandbox, workspace_id).count(name) == 1
    base.base = base.sandbox.create_base(name, workspace_id)
    return base


@pytest.mark.parametrize("workspace_id", [1, GROUP])
def test_a_base_is_created_once_in_the_workspace_that_was_named(wanted, workspace_id):
    for _ in range(2):
        assert wanted.load(*PEOPLE, workspace_id=workspace_id) == [{"n": 1}]
        assert created(wanted, workspace_id).rows("people") == [{"id": 1}]
    assert "dtables" not in wanted.calls


@pytest.mark.parametrize(
    "fault",
    [
        Fault("reset_before"),
        Fault("reset_after"),
        Fault("hang_after", seconds=2.0),
        Fault("hang_before", seconds=2.0),
        Fault("delayed_apply", seconds=0.5),
        Fault("cut"),
        Fault("html"),
        Fault("status", status=502),
        Fault("status", status=504, times=2),
        Fault("status", status=429, retry_after=1),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_lost_answer_makes_no_second_base(wanted, fault, request):
    # Servers of 2020 first refuse the workspace: what they take is the second request.
    passed = 1 if request.node.callspec.params["server"] == "v1-2020" else 0
    wanted.sandbox.inject(replace(fault, path="/dtables/$", method="POST", after=passed))
    assert wanted.load(*PEOPLE, request_timeout=1) == [{"n": 1}]
    assert created(wanted).rows("people") == [{"id": 1}]


def test_runs_at_the_same_time_create_one_base(wanted):
    targets = [wanted.target() for _ in range(4)]
    start = threading.Barrier(len(targets))
    opened = []

    def run(target):
        start.wait()
        opened.append(target.context.tables.base.name)

    threads = [threading.Thread(target=run, args=[target]) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    created(wanted)
    assert len(opened) == len(targets)


def test_a_base_that_another_run_creates_in_between_is_taken(wanted):
    wanted.load(*PEOPLE)
    wanted.sandbox.inject(
        Fault("status", path="/access-token/", status=404, body={"error_msg": "dtable not found."})
    )
    wanted.load(*PEOPLE)
    assert "dtables" in wanted.calls
    assert created(wanted).rows("people") == [{"id": 1}]


def test_a_base_that_is_missing_is_not_created_without_being_asked_for(wanted, caplog):
    before = names(wanted.sandbox)
    sentence = wanted.fails(caplog, *PEOPLE, create_base=False)
    assert "Check workspace_id and base_name" in sentence
    assert names(wanted.sandbox) == before


def test_a_member_who_may_not_create_bases_learns_who_may(wanted, caplog):
    sentence = wanted.fails(caplog, *PEOPLE, workspace_id=FOREIGN)
    assert f"create base {wanted.config['base_name']!r} in workspace {FOREIGN}" in sentence
    assert "an administrator of the group" in sentence
    assert names(wanted.sandbox, FOREIGN) == []


def test_a_workspace_that_does_not_exist(wanted, caplog):
    sentence = wanted.fails(caplog, *PEOPLE, workspace_id=99)
    assert "Check workspace_id" in sentence


def test_a_name_that_no_base_can_have(wanted, caplog):
    sentence = wanted.fails(caplog, *PEOPLE, base_name="a/b")
    assert "a/b" in sentence


def test_an_api_token_belongs_to_a_base_that_exists(wanted, caplog):
    wanted.config = {"create_base": True}
    sentence = wanted.fails(caplog, *PEOPLE)
    assert "create_base is set with api_token" in sentence


def test_a_dry_run_says_what_it_would_create(wanted, caplog):
    caplog.set_level("INFO")
    before = names(wanted.sandbox)
    assert wanted.load(*PEOPLE, dry_run=True, server_timezone="Europe/Berlin") == []
    assert names(wanted.sandbox) == before
    assert {call.method for call in wanted.sandbox.calls} == {"GET"}
    assert f"Would create base {wanted.config['base_name']!r} in workspace 1." in caplog.text
    assert "Would create table 'people'" in caplog.text
    assert "in a real run 1 row added" in caplog.text


def table_names(base):
    return [table["name"] for table in base.base.metadata()["metadata"]["tables"]]


def test_the_empty_table_of_a_new_base_is_removed(wanted):
    wanted.load(*PEOPLE)
    assert table_names(created(wanted)) == ["people"]
    wanted.load(*PEOPLE)
    assert created(wanted).rows("people") == [{"id": 1}]


@pytest.mark.parametrize("name", ["Table1", "table1"])
def test_the_empty_table_of_a_new_base_is_used(wanted, name):
    wanted.load(*PEOPLE, table_mapping={"people": name})
    assert table_names(created(wanted)) == ["Table1"]
    assert [row["id"] for row in wanted.rows("Table1") if row.get("id")] == [1]


def test_a_base_that_gets_no_table_keeps_its_own(wanted):
    wanted.load(schema("people", {"name": "string"}))  # without rows, its types are unknown
    assert table_names(created(wanted)) == ["Table1"]


def test_a_first_table_that_is_used_meanwhile_stays(wanted, monkeypatch):
    opened = StreamTables.remove_initial_table

    def use_and_remove(tables):
        base = created(wanted).base
        base.update_rows("Table1", {base.rows("Table1")[0]["_id"]: {"Name": "mine"}})
        opened(tables)

    monkeypatch.setattr(StreamTables, "remove_initial_table", use_and_remove)
    wanted.load(*PEOPLE)
    assert table_names(created(wanted)) == ["Table1", "people"]


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "status"])
def test_a_lost_answer_to_the_removal_loses_nothing(wanted, monkeypatch, fault):
    monkeypatch.setattr("target_seatable.tables.confirm.polling.PAUSES", (0.01, 0.02, 0.04))
    wanted.sandbox.inject(Fault(fault, "/tables/$", "DELETE", status=502))
    assert wanted.load(*PEOPLE) == [{"n": 1}]
    assert table_names(created(wanted)) == ["people"]
    assert wanted.rows("people") == [{"id": 1}]


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"hard_delete": True}, "hard_delete"),
        ({"base_name": "Another new one"}, "base_name"),
        ({"workspace_id": GROUP}, "workspace_id"),
    ],
)
def test_a_plan_that_was_made_with_other_settings_creates_no_base(
    wanted, tmp_path, caplog, changed, setting
):
    plan = str(tmp_path / "plan.json")
    wanted.load(*PEOPLE, dry_run=True, plan_path=plan)
    before = sorted((base.name, base.workspace_id) for base in wanted.sandbox.bases())
    sentence = wanted.fails(caplog, *PEOPLE, plan_path=plan, **changed)
    assert f"made with other settings: {setting}. Nothing was written" in sentence
    after = sorted((base.name, base.workspace_id) for base in wanted.sandbox.bases())
    assert after == before
    wanted.load(*PEOPLE, plan_path=plan)
    assert created(wanted).rows("people") == [{"id": 1}]
