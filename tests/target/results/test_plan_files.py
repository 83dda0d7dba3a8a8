"""Where a plan is kept, and when there is none."""

import json

import pytest

from seatable_client.errors import ConfigError, ErrorKind
from seatable_sandbox import Sandbox
from target_seatable.target import RetryingTarget
from tests.target.results.plans import PEOPLE, everything, people, planned
from tests.target.singer import record

pytestmark = pytest.mark.servers("gateway")


def test_a_dry_run_overwrites_nothing_but_plans(base, plan, caplog, tmp_path):
    plan.write_text("id;name\n1;Ada\n")
    sentence = base.fails(caplog, PEOPLE, *people(1), dry_run=True, plan_path=str(plan))
    assert "is not a plan of this program" in sentence
    assert plan.read_text() == "id;name\n1;Ada\n"
    missing = tmp_path / "none" / "plan.json"
    sentence = base.fails(caplog, PEOPLE, *people(1), dry_run=True, plan_path=str(missing))
    assert "there is no folder" in sentence
    sentence = base.fails(caplog, PEOPLE, dry_run=True, plan_path="s3://bucket/plan.json")
    assert "takes a path on this machine" in sentence


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("path", ["~nobody-of-that-name/plan.json", "circle/plan.json", "a\0b"])
def test_a_path_that_leads_nowhere_is_told(base, tmp_path, monkeypatch, caplog, path, dry_run):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "circle").symlink_to("circle")
    sentence = base.fails(caplog, PEOPLE, *people(1), dry_run=dry_run, plan_path=path)
    assert "plan" in sentence
    assert base.exit_code == ErrorKind.CONFIGURATION.exit_code
    assert "people" not in everything(base)[1]


def test_a_dry_run_that_fails_leaves_no_plan(base, plan, caplog):
    planned(base, plan, PEOPLE, *people(1))
    base.fails(caplog, PEOPLE, *people(1), "no message\n", dry_run=True, plan_path=str(plan))
    assert not plan.exists()


def test_too_many_rejected_records_are_the_end_of_a_plan(base, plan, caplog):
    bad = record("people", id="x")
    base.fails(caplog, PEOPLE, *people(1), bad, dry_run=True, plan_path=str(plan))
    assert json.loads(plan.read_text("utf-8"))["ends_with"]
    sentence = base.fails(caplog, PEOPLE, *people(1), bad, plan_path=str(plan))
    assert "planned load would fail" in sentence
    assert "people" not in everything(base)[1]


def test_a_server_without_a_counter_applies_no_plan(make, plan, caplog):
    with Sandbox("v1", version="2.3.0", v1_metadata_version=False) as sandbox:
        base = make(sandbox)
        base.load(PEOPLE, *people(1))
        found = planned(base, plan, PEOPLE, *people(2))
        assert found["base"]["operations"] is None
        assert "The plan cannot be applied" in caplog.text
        sentence = base.fails(caplog, PEOPLE, *people(2), plan_path=str(plan))
        assert "does not count the operations" in sentence
        assert len(base.rows("people")) == 1


def test_a_retry_has_no_plan(base, plan):
    with pytest.raises(ConfigError, match="plan_path is set"):
        RetryingTarget(config=base.settings(plan_path=str(plan)))
