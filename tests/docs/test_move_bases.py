"""examples/move: several bases into bases of the same names, and what has changed since."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seatable_sandbox import Sandbox
from tools.documentation.__main__ import ROOT

SCRIPT = ROOT / "examples" / "move" / "move_bases.py"


@pytest.fixture
def servers():
    """Two bases whose tables have the same names, and a server to move them to."""
    with Sandbox() as here, Sandbox() as there:
        for name, orders in (("Shop", 3), ("Sales", 2)):
            base = here.create_base(name)
            for table in ("Customers", "Orders"):
                base.create_table(table, [{"column_name": "Name", "column_type": "text"}])
            base.add_column(
                "Orders", "Customer", "link", {"table": "Orders", "other_table": "Customers"}
            )
            [customer] = base.append_rows("Customers", [{"Name": f"customer of {name}"}])
            ids = base.append_rows("Orders", [{"Name": f"{name} {n}"} for n in range(orders)])
            base.link("Orders", "Customer", {ids[0]: [customer]})
        yield here, there


def move(folder, here, there, *arguments):
    environment = {
        **{name: value for name, value in os.environ.items() if "SEATABLE" not in name},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "TAP_SEATABLE_SERVER_URL": here.url,
        "TAP_SEATABLE_ACCOUNT_TOKEN": here.account_token,
        "TARGET_SEATABLE_SERVER_URL": there.url,
        "TARGET_SEATABLE_ACCOUNT_TOKEN": there.account_token,
        "TARGET_SEATABLE_WORKSPACE_ID": "1",
        "TARGET_SEATABLE_HARD_DELETE": "true",
    }
    return subprocess.run(
        [sys.executable, SCRIPT, "--states", folder / "states", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def orders(base):
    """The names of orders, with the names of their customers."""
    return {
        row["Name"]: [link["display_value"] for link in row["Customer"] or ()]
        for row in base.rows("Orders")
    }


def test_each_base_goes_into_a_base_of_its_name_and_is_kept_in_step(tmp_path, servers):
    here, there = servers
    ended = move(tmp_path, here, there)
    assert ended.returncode == 0, ended.stderr
    for name in ("Shop", "Sales"):
        assert orders(there.create_base(name)) == orders(here.create_base(name))
    assert {base.name for base in there.bases()} == {"Shop", "Sales"}
    base = here.create_base("Sales")
    [row, other] = base.rows("Orders")
    base.delete_rows("Orders", [other["_id"]])
    base.update_rows("Orders", {row["_id"]: {"Name": "renamed"}})
    there.calls.clear()
    ended = move(tmp_path, here, there)
    assert ended.returncode == 0, ended.stderr
    assert list(orders(there.create_base("Sales"))) == ["renamed"]
    assert len(orders(there.create_base("Shop"))) == 3
    assert not any(
        call.base_name == "Shop" and call.method in {"PUT", "DELETE"} for call in there.calls
    )


def test_a_base_that_fails_stops_no_other_and_keeps_its_state(tmp_path, servers):
    here, there = servers
    assert move(tmp_path, here, there).returncode == 0
    kept = {path.name: path.read_text() for path in (tmp_path / "states").iterdir()}
    assert all(json.loads(state)["bookmarks"] for state in kept.values())
    assert len(kept) == 2
    sales = there.create_base("Sales")
    sales.create_table("orders", [{"column_name": "Name", "column_type": "text"}])
    sales.rename_table("Orders", "ORDERS")
    for name in ("Shop", "Sales"):
        here.create_base(name).append_rows("Orders", [{"Name": "new"}])
    ended = move(tmp_path, here, there)
    assert ended.returncode == 1
    assert "Not copied whole: ['Sales']" in ended.stderr
    assert "new" in orders(there.create_base("Shop"))


def test_the_last_lines_say_what_was_not_copied_and_of_which_bases(tmp_path, servers):
    here, there = servers
    button = {"button_type": "open_url", "button_name": "", "button_color": "#FFFCB5"}
    here.create_base("Shop").add_column("Orders", "Go", "button", button)
    ended = move(tmp_path, here, there)
    assert ended.returncode == 0, ended.stderr
    last = [line for line in ended.stderr.splitlines() if line.startswith("WARNING move_bases: ")]
    assert ended.stderr.splitlines()[-len(last) :] == last
    assert any("Shop: Stream" in line and "buttons are not copied: 'Go'" in line for line in last)
    [never] = [line for line in last if "as the API does not offer it" in line]
    assert "Sales, Shop: " in never or "Shop, Sales: " in never
    assert "WARNING move_bases" not in move(tmp_path, here, there).stderr


def test_bases_can_be_chosen_and_renamed(tmp_path, servers):
    here, there = servers
    ended = move(tmp_path, here, there, "--include", "S*s", "--rename", "Sales=Sales of today")
    assert ended.returncode == 0, ended.stderr
    assert [base.name for base in there.bases()] == ["Sales of today"]
    ended = move(tmp_path, here, there, "--rename", "Sales=Shop")
    assert ended.returncode == 1
    assert "Several bases would go into one: ['Shop']" in ended.stderr
