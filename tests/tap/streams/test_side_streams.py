"""Side streams: what there is in a base besides rows, for those who ask for it."""

from __future__ import annotations

import json

import msgspec
import pytest

from seatable_client.api.base import Base
from seatable_client.errors import PermissionDenied
from seatable_client.rows import decode_comments
from seatable_sandbox import Fault, Sandbox
from tap_seatable.streams.side_records import SIDE_TABLES
from tests.servers import WITH_SQL
from tests.tap.support import config_of, discover, entry_of, make_table, metadata_of, read

ALL = [*SIDE_TABLES]
WITHOUT_ACCOUNT = [name for name in ALL if name != "_api_tokens"]


def account_config(sandbox, base, **settings):
    return {
        "server_url": sandbox.url,
        "account_token": sandbox.account_token,
        "workspace_id": base.workspace_id,
        "base_name": base.name,
        **settings,
    }


@pytest.fixture
def linked(base):
    """Things that link to Others; the ids of both."""
    ids = make_table(base, rows=3)
    others = make_table(base, "Others", rows=60)
    base.add_column("Things", "Kind", "single-select", {"options": [{"name": "a"}]})
    base.add_column("Things", "Other", "link", {"table": "Things", "other_table": "Others"})
    base.link("Things", "Other", {ids[0]: others, ids[1]: others[:2]})
    base.comment(ids[0], "Is this right?")
    base.comment(others[1], "Yes.")
    return ids, others


def test_side_streams_are_off_by_default(base, config, linked):
    assert {entry["tap_stream_id"] for entry in discover(config)["streams"]} == {"Things", "Others"}


def test_side_streams_are_read_whole_under_a_version(base, config, linked):
    run = read({**config, "side_streams": WITHOUT_ACCOUNT})
    assert not run.error
    for stream in WITHOUT_ACCOUNT:
        records, [activated] = (
            run.messages_of("RECORD", stream),
            run.messages_of("ACTIVATE_VERSION", stream),
        )
        assert records
        assert {record["version"] for record in records} == {activated["version"]}
        keys = run.messages_of("SCHEMA", stream)[0]["key_properties"]
        assert len({tuple(record["record"][key] for key in keys) for record in records}) == len(
            records
        )
        own_messages = [message for message in run.messages if message.get("stream") == stream]
        assert own_messages[-1]["type"] == "ACTIVATE_VERSION"


def test_the_records_of_side_streams(kind, base, config, linked):
    run = read({**config, "side_streams": WITHOUT_ACCOUNT})
    [about] = run.records("_bases")
    assert about["base_id"] == base.uuid
    assert about["name"] == (base.name if kind != "2020" else about["base_id"])
    assert [record["name"] for record in run.records("_tables")] == ["Things", "Others"]
    columns = {(record["table_name"], record["name"]): record for record in run.records("_columns")}
    assert columns["Things", "Kind"]["options"][0]["name"] == "a"
    assert columns["Things", "Amount"]["type"] == "number"
    assert columns["Things", "Amount"]["options"] is None
    assert {record["user_id"] for record in run.records("_collaborators")}


def test_links_hold_every_link_as_both_tables_see_it(base, config, linked):
    ids, others = linked
    own_table, other_table = (table["_id"] for table in base.metadata()["metadata"]["tables"])
    records = read({**config, "side_streams": ["_links"]}).records("_links")
    links = [record for record in records if record["table_id"] == own_table]
    pairs = {(link["row_id"], link["other_row_id"]) for link in links}
    assert pairs == {(ids[0], other) for other in others} | {
        (ids[1], other) for other in others[:2]
    }
    assert {link["other_table_id"] for link in links} == {other_table}
    positions = sorted(link["position"] for link in links if link["row_id"] == ids[0])
    assert positions == list(range(60))
    back = {(record["other_row_id"], record["row_id"]) for record in records if record not in links}
    assert back == pairs


@pytest.mark.only_on(*WITH_SQL)  # a condition takes SQL
def test_links_are_those_of_selected_tables_and_their_conditions(base, config, linked):
    ids, _ = linked
    settings = {"side_streams": ["_links"], "tables": ["Things"], "where": {"Things": "Amount > 0"}}
    records = read({**config, **settings}).records("_links")
    assert {record["row_id"] for record in records} == {ids[1]}
    assert {record["table_name"] for record in records} == {"Things"}


def test_links_of_old_servers_are_row_ids():
    with Sandbox(profile="v1-2020") as sandbox:
        base = sandbox.create_base("Base")
        [row_id] = make_table(base, rows=1)
        [other_id] = make_table(base, "Others", rows=1)
        base.add_column("Things", "Other", "link", {"table": "Things", "other_table": "Others"})
        base.link("Things", "Other", {row_id: [other_id]})
        run = read(config_of(sandbox, base, side_streams=["_links"], tables=["Things"]))
    assert [(record["row_id"], record["other_row_id"]) for record in run.records("_links")] == [
        (row_id, other_id)
    ]


def test_api_tokens_are_listed_without_the_tokens(sandbox, base, linked, tap_in_process):
    run = read(account_config(sandbox, base, side_streams=ALL))
    assert {record["permission"] for record in run.records("_api_tokens")} == {"r", "rw"}
    assert all(record["app_name"] for record in run.records("_api_tokens"))
    assert all(record["generated_at"].endswith("+00:00") for record in run.records("_api_tokens"))
    ended = tap_in_process(account_config(sandbox, base, side_streams=ALL))
    for secret in (base.api_token, base.read_only_token, sandbox.account_token):
        assert secret not in json.dumps([run.messages, run.log])
        assert secret not in ended.output.decode() + ended.log
    assert ended.code == 0


def test_comments_are_read_in_one_call_with_author_and_time(sandbox, base, config, linked):
    ids, others = linked
    settings = {"tables": ["Things"], "side_streams": ["_comments"]}
    sandbox.calls.clear()
    run = read({**config, **settings})
    assert not run.error
    first, second = run.records("_comments")
    assert (first["row_id"], first["comment"]) == (ids[0], "Is this right?")
    assert (second["row_id"], second["comment"]) == (others[1], "Yes.")
    assert first["comment_id"] != second["comment_id"]
    assert first["author"].endswith("@auth.local")
    assert first["created_at"].endswith("+00:00")
    assert first["resolved"] is False
    assert sum("/comments" in call.path for call in sandbox.calls) == 1


@pytest.mark.parametrize(
    "answer", ["{}", '{"comments": null}', '{"comments": [{"comment": "x"}]}', "[]"]
)
def test_an_answer_without_comments_is_no_empty_list(answer):
    with pytest.raises(msgspec.ValidationError):
        decode_comments(answer.encode())


@pytest.mark.parametrize("resolved", [0, 1, False, True, "0", "1"], ids=repr)
def test_servers_tell_in_many_ways_that_a_comment_is_resolved(
    sandbox, base, config, linked, resolved
):
    comment = {"id": 7, "row_id": "r", "comment": "x", "resolved": resolved}
    body = {"comments": [comment]}
    sandbox.inject(Fault("status", path="comments-within", status=200, body=body))
    [record] = read({**config, "side_streams": ["_comments"]}).records("_comments")
    assert record["resolved"] is bool(int(resolved))
    assert record["created_at"] is record["author"] is None


def test_an_invalid_time_of_an_api_token_is_null(sandbox, base, linked):
    token = {"app_name": "x", "permission": "r", "generated_at": "long ago", "last_access": None}
    sandbox.inject(Fault("status", path="api-tokens", status=200, body={"api_tokens": [token]}))
    run = read(account_config(sandbox, base, side_streams=["_api_tokens"]))
    assert run.error == ""
    [token] = run.records("_api_tokens")
    assert token["app_name"] == "x"
    assert token["generated_at"] is token["last_access"] is None


def test_api_tokens_take_an_account(base, config, linked):
    assert "_api_tokens, which needs an account" in read({**config, "side_streams": ALL}).error


def test_each_of_several_bases_has_its_own(kind, sandbox, base, linked):
    other = sandbox.create_base(f"{base.name} too")
    make_table(other, "T", rows=1)
    bases = [{"api_token": base.api_token}, {"api_token": other.api_token}]
    run = read({"server_url": sandbox.url, "bases": bases, "side_streams": ["_tables"]})
    # The oldest servers do not tell the name of a base that a token opens.
    prefix, other_prefix = (own.uuid if kind == "2020" else own.name for own in (base, other))
    assert [record["name"] for record in run.records(f"{prefix}-_tables")] == ["Things", "Others"]
    assert [record["name"] for record in run.records(f"{other_prefix}-_tables")] == ["T"]


def test_a_table_keeps_its_name(base, config):
    make_table(base, "_tables", rows=1)
    run = read({**config, "side_streams": ["_tables"]})
    assert len(run.ids("_tables")) == 1
    assert [record["name"] for record in run.records("__tables")] == ["_tables"]


def test_selection_and_state(base, config, linked):
    config["side_streams"] = ["_tables", "_columns"]
    catalog = discover(config)
    metadata_of(catalog, "_columns")["selected"] = False
    metadata_of(catalog, "_tables", "properties", "position")["selected"] = False
    assert entry_of(catalog, "_tables")["replication_method"] == "FULL_TABLE"
    first = read(config, catalog=catalog)
    assert not first.messages_of("RECORD", "_columns")
    assert {"name"} <= first.records("_tables")[0].keys()
    assert "position" not in first.records("_tables")[0]
    again = read(config, catalog=catalog, state=first.state)
    assert [record["name"] for record in again.records("_tables")] == ["Things", "Others"]


def test_a_side_stream_fails_alone(base, config, linked, sandbox, monkeypatch):
    def refuse(_base):
        raise PermissionDenied("You may not see the users.")

    monkeypatch.setattr(Base, "related_users", refuse)
    run = read({**config, "side_streams": WITHOUT_ACCOUNT})
    assert "'_collaborators'" in run.error
    assert run.records("_links")
    assert not run.messages_of("ACTIVATE_VERSION", "_collaborators")


def test_trying_out_emits_a_record_and_activates_nothing(base, config, linked, tap_in_process):
    ended = tap_in_process({**config, "side_streams": WITHOUT_ACCOUNT}, "--test=all")
    assert ended.code == 0, ended.log
    kinds = [json.loads(line)["type"] for line in ended.output.splitlines() if line[:1] == b"{"]
    assert "ACTIVATE_VERSION" not in kinds
