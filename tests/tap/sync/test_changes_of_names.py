"""Names in a condition that are changed while its rows are read."""

from __future__ import annotations

import pytest

from seatable_client.api import Base
from tests.servers import WITH_SQL
from tests.tap.support import discover, make_table, read

pytestmark = pytest.mark.only_on(*WITH_SQL)


@pytest.fixture
def filtered(base, config):
    """Two of four rows have the option that the condition names."""
    ids = make_table(base, rows=4)
    base.add_column("Things", "Kind", "single-select", {"options": [{"name": "a"}, {"name": "b"}]})
    base.update_rows("Things", {row_id: {"Kind": "a"} for row_id in ids[:2]})
    config |= {"where": {"Things": "Kind = 'a'"}, "lookback_seconds": 0}
    return ids


def rename_behind_the_metadata(base, monkeypatch, new_name="A new name"):
    """Rename the option as soon as a run has read which ones there are."""
    read_metadata = Base.metadata
    renamed: list[bool] = []

    def then_rename(client):
        found = read_metadata(client)
        if not renamed:
            base.rename_option("Things", "Kind", "a", new_name)
            renamed.append(True)
        return found

    monkeypatch.setattr(Base, "metadata", then_rename)


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("deletes", ["tombstones", "versions"])
@pytest.mark.parametrize("is_state_known", [True, False])
def test_an_option_that_is_renamed_in_mid_run_deletes_no_row(
    base, config, filtered, monkeypatch, deletes, concurrency, is_state_known
):
    config |= {"deletes": deletes, "concurrency": concurrency}
    catalog = discover(config)
    first = read(config, catalog=catalog)
    state = first.state
    if not is_state_known:
        state["bookmarks"]["Things"]["seatable"] = "damaged"
    base.append_rows("Things", [{"Name": "more"}])
    with monkeypatch.context() as patch:
        rename_behind_the_metadata(base, patch)
        second = read(config, catalog=catalog, state=state)
    assert "'Things'" in second.error
    assert second.log_lines("option", "while its rows were read")
    assert not second.records("Things")
    assert not second.messages_of("ACTIVATE_VERSION")
    third = read(config, catalog=catalog, state=second.state)
    assert third.error == ""
    assert {row["_id"] for row in third.records("Things") if not row["_deleted_at"]} == {
        *filtered[:2]
    }
    assert not [row for row in third.records("Things") if row["_deleted_at"]]


@pytest.mark.parametrize("constant", ["a", "A"])
@pytest.mark.parametrize("new_name", ["A", "other"])
def test_an_option_in_another_case_is_looked_for_as_well(
    base, config, filtered, monkeypatch, constant, new_name
):
    config |= {"where": {"Things": f"Kind = '{constant}'"}}
    first = read(config)
    assert {row["_id"] for row in first.records("Things")} == {*filtered[:2]}
    base.append_rows("Things", [{"Name": "more"}])
    with monkeypatch.context() as patch:
        rename_behind_the_metadata(base, patch, new_name)
        second = read(config, state=first.state)
    assert "'Things'" in second.error
    assert not second.records("Things")
