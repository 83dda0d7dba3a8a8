"""`meltano add --from-ref` takes the definitions of hub/: what it adds runs, with its settings."""

import pytest
import yaml

from demo.meltano import ROOT, Project

PLUGINS = {
    "tap-seatable": ("extractor", ROOT / "hub" / "extractors" / "tap-seatable.yml"),
    "target-seatable": ("loader", ROOT / "hub" / "loaders" / "target-seatable.yml"),
}


@pytest.fixture
def added(tmp_path):
    """A project without plugins, to which Meltano adds both."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "meltano.yml").write_text(
        "version: 1\nproject_id: from-ref\ndefault_environment: dev\nenvironments: [name: dev]\n",
        encoding="utf-8",
    )
    project = Project(tmp_path / "meltano", root=root)
    for name, (kind, definition) in PLUGINS.items():
        project.call(
            "add", "--no-install", "--plugin-type", kind, name, "--from-ref", str(definition)
        )
    return project


def test_what_is_added_is_what_the_definitions_say(added):
    kept = yaml.safe_load((added.root / "meltano.yml").read_text(encoding="utf-8"))["plugins"]
    for name, (kind, definition) in PLUGINS.items():
        wanted = yaml.safe_load(definition.read_text(encoding="utf-8"))
        (entry,) = kept[f"{kind}s"]
        assert entry["name"] == name
        assert entry["variant"] == wanted["variant"]
        assert entry["pip_url"] == wanted["pip_url"]
        for part in ("namespace", "executable", "capabilities", "supported_python_versions"):
            assert entry[part] == wanted[part], part
        assert facts_of(entry) == facts_of(wanted)


def facts_of(definition):
    """What Meltano acts on, of each setting. (It writes `off` as YAML 1.2 does, without quotes.)"""
    return {
        setting["name"]: (setting.get("kind"), setting.get("sensitive"), setting.get("label"))
        for setting in definition["settings"]
    }


def test_what_is_added_copies_a_base(added, sandbox, base):
    """With the settings that meltano.yml and the environment give it."""
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.append_rows("Things", [{"Name": "Köln"}, {"Name": "Bonn"}])
    copy = sandbox.create_base("Copy")
    added.call("config", "set", "tap-seatable", "server_url", sandbox.url)
    added.call("config", "set", "target-seatable", "server_url", sandbox.url)
    added.call(  # the checkout's own programs, in place of those on PyPI
        "run",
        "--no-install",
        "tap-seatable",
        "target-seatable",
        tap_seatable_api_token=base.read_only_token,
        target_seatable_api_token=copy.api_token,
        target_seatable_table_mapping={"Things": "Places"},
    )
    assert sorted(row["Name"] for row in copy.rows("Places")) == ["Bonn", "Köln"]


def test_secrets_are_masked(added):
    shown = added.call("config", "print", "tap-seatable", tap_seatable_api_token="a" * 40).output
    assert "a" * 40 not in shown
