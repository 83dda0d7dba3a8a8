"""What rows are read with: chosen, overridden, or taken to the gateway by a redirect."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from seatable_client.api.read_request import ReadRequest
from seatable_client.api.v1 import V1Api
from seatable_client.connection import connect
from seatable_client.errors import ApiNotAvailable, ConfigError
from seatable_client.metadata import Column
from seatable_sandbox import Sandbox
from tests.client.scripted_server import HTML, PAGE, Reply

SERVERS: dict[str, dict[str, Any]] = {
    "gateway": {"profile": "gateway"},
    "v1 with SQL": {"profile": "v1", "dtable_db": True},
    "SQL expected": {"profile": "v1"},
    "v1 without SQL": {"profile": "v1", "version": "2.3.0"},
    "2020": {"profile": "v1-2020"},
    "cloud 5.0": {"profile": "cloud-5.0"},
    "cloud 5.0 as v1": {"profile": "cloud-5.0", "v1_paging": False},
}
CTIME = Column("_ctime", "_ctime", "ctime")
MTIME = {"column_name": "Changed", "column_type": "mtime"}

_numbers = itertools.count()


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    with Sandbox(**SERVERS[request.param]) as sandbox:
        # Time that passes in a test stays before the time in the answers' Date headers.
        sandbox.clock.advance(-1_000_000)
        yield request.param, sandbox


@pytest.fixture
def place(server):
    kind, sandbox = server
    base = sandbox.create_base(f"Base {next(_numbers)}")
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}, MTIME])
    base.append_rows("T", [{"Name": f"row {n}"} for n in range(7)])
    sandbox.calls.clear()
    settings = {"server_url": sandbox.url, "api_token": base.api_token}
    if kind == "cloud 5.0 as v1":
        settings["api_version"] = "v1"
    return kind, sandbox, base, settings


def read(settings, **wanted):
    base = connect(settings).base
    table = base.metadata().table("T")
    rows = [row for page in base.read(ReadRequest(table, (*table.columns, CTIME), **wanted)).pages
            for row in page]  # fmt: skip
    return {row["_id"]: row.get("Name") for row in rows}


def asked(sandbox):
    """What answered with rows: endpoints, each with its API."""
    names = {"rows": "rows", "sql": "sql", "query": "sql", "filtered-rows": "filtered-rows"}
    found = []
    for call in sandbox.calls:
        parts = call.path.strip("/").split("/")
        name = next((names[part] for part in parts if part in names), None)
        if name and call.status == 200:
            found.append(f"{parts[0]} {name}")
    return set(found)


BY_SQL = {
    "gateway": "api-gateway sql",
    "v1 with SQL": "dtable-db sql",
    "cloud 5.0": "api-gateway sql",
    "cloud 5.0 as v1": "api-gateway sql",
}
BY_ROWS = {
    "gateway": "api-gateway rows",
    "cloud 5.0": "api-gateway rows",
    "cloud 5.0 as v1": "api-gateway rows",
}


@pytest.mark.parametrize("method", ["auto", "sql", "filtered-rows", "rows"])
def test_every_method_reads_the_same_rows(place, method):
    kind, sandbox, base, settings = place
    settings["read_method"] = method
    expected = {row["_id"]: row["Name"] for row in base.rows("T")}
    if method == "sql" and kind not in BY_SQL:
        with pytest.raises(ApiNotAvailable, match="this server has no such API"):
            read(settings)
    elif method == "filtered-rows" and kind in {"gateway", "cloud 5.0"}:
        with pytest.raises(ConfigError, match="read_method is filtered-rows"):
            read(settings)
    else:
        assert read(settings) == expected
        by_sql = method == "sql" or (method == "auto" and kind in BY_SQL)
        assert asked(sandbox) == {
            BY_SQL[kind] if by_sql else BY_ROWS.get(kind, "dtable-server rows")
        }


@pytest.mark.parametrize("method", ["auto", "sql", "filtered-rows", "rows"])
def test_every_method_reads_what_changed(place, method):
    kind, sandbox, base, settings = place
    if (method == "sql" and kind not in BY_SQL) or (
        method == "filtered-rows" and kind in {"gateway", "cloud 5.0"}
    ):
        return
    sandbox.clock.advance(3 * 86_400)
    since = sandbox.clock.now()
    [new] = base.append_rows("T", [{"Name": "new"}])
    sandbox.calls.clear()
    assert read({**settings, "read_method": method}, changed_since=since) == {new: "new"}
    by_sql = method == "sql" or (method == "auto" and kind in BY_SQL)
    if method != "rows" and not by_sql:
        assert asked(sandbox) == {"dtable-server filtered-rows"}
    else:
        assert "dtable-server filtered-rows" not in asked(sandbox)


def test_a_redirected_call_is_made_anew_at_the_gateway_and_never_followed():
    with Sandbox("cloud-5.0") as sandbox:
        base = sandbox.create_base("B")
        base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        base.append_rows("T", [{"Name": "a"}])
        settings = {"server_url": sandbox.url, "api_token": base.api_token, "api_version": "v1"}
        assert list(read(settings).values()) == ["a"]
        methods = [(call.method, call.status) for call in sandbox.calls if call.path[-5:] in
                   {"/sql/", f"{base.uuid[-4:]}/"}]  # fmt: skip
        assert methods == [("POST", 302), ("POST", 200), ("POST", 200), ("POST", 200)]


def test_writing_goes_on_with_v1_where_reading_is_redirected():
    with Sandbox("cloud-5.0") as sandbox:
        base = sandbox.create_base("B")
        base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        settings = {"server_url": sandbox.url, "api_token": base.api_token, "api_version": "v1"}
        found = connect({**settings, "read_method": "rows"}).base
        found.append_rows("T", [{"Name": "a"}, {"Name": "b"}])
        table = found.metadata().table("T")
        rows = [row for page in found.read(ReadRequest(table, table.columns)).pages for row in page]
        found.update_rows("T", {rows[0]["_id"]: {"Name": "c"}})
        assert isinstance(found, V1Api)
        found._updates_in_batches = False
        found.update_rows("T", {rows[1]["_id"]: {"Name": "d"}})
        assert [row["Name"] for row in base.rows("T")] == ["c", "d"]
        writes = [call.path for call in sandbox.calls if call.method in {"PUT", "POST"}]
        assert all(path.startswith("/dtable-server/") for path in writes)


@pytest.mark.parametrize("location", ["/accounts/login/", "/dtable-server/elsewhere/"])
def test_a_redirect_to_anything_else_is_an_error(serve, location):
    def answer(request):
        if "access-token" in request.path:
            grant = {"access_token": "base-token", "dtable_uuid": "u", "dtable_db": "/dtable-db/"}
            return Reply(200, grant)
        if request.path.endswith("/metadata/"):
            columns = [{"key": "0000", "name": "Name", "type": "text"}]
            views = [{"_id": "0000", "name": "All"}]
            tables = [{"_id": "0000", "name": "T", "columns": columns, "views": views}]
            return Reply(200, {"metadata": {"tables": tables}})
        return Reply(302, PAGE, {**HTML, "Location": location})

    with pytest.raises(ApiNotAvailable, match=f"redirects .* to {location}"):
        read({"server_url": serve(answer).url, "api_token": "api-token"})


def test_system_fields_that_only_columns_show_are_taken_from_these(server):
    kind, sandbox = server
    base = sandbox.create_base(f"Base {next(_numbers)}")
    kinds = ("ctime", "mtime", "creator", "last-modifier")
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    for column in kinds:
        base.add_column("T", column, column)
    base.append_rows("T", [{"Name": "a"}])
    settings = {"server_url": sandbox.url, "api_token": base.api_token, "read_method": "rows"}
    if kind == "cloud 5.0 as v1":
        settings["api_version"] = "v1"
    found = connect(settings).base
    table = found.metadata().table("T")
    [[row]] = found.read(ReadRequest(table, table.columns)).pages
    for name in ("_ctime", "_mtime", "_creator", "_last_modifier"):
        assert row[name]
