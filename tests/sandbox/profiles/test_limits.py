"""Limits of calls, of requests and of a base."""

from __future__ import annotations

import pytest

from seatable_sandbox import Sandbox, SandboxBase
from tests.sandbox.support import TABLE


def test_a_request_has_a_limit_of_rows(table: SandboxBase, client) -> None:
    answer = client.append(*["a"] * 1001)
    assert answer.json()["error_type"] == "batch_append_rows_exceeds_limit"
    updates = [{"row_id": "x", "row": {}}] * 1001
    answer = client.gateway("PUT", "/rows/", json={"table_name": "T", "updates": updates})
    assert answer.json()["error_type"] == "batch_update_rows_exceeds_limit"
    answer = client.gateway("DELETE", "/rows/", json={"table_name": "T", "row_ids": ["x"] * 10001})
    assert answer.json()["error_type"] == "batch_delete_rows_exceeds_limit"
    assert table.rows("T") == []


def test_a_base_has_limits_of_rows_tables_columns_and_cells(connect) -> None:
    with Sandbox(max_rows_per_base=3, max_tables=2, max_columns=2, max_cells=25) as sandbox:
        base = sandbox.create_base("B")
        base.create_table("T", TABLE)
        client = connect(sandbox, base)
        assert client.append("a", "b").status_code == 200
        assert client.append("c", "d").json() == {
            "error_type": "exceed_rows_limit",
            "error_message": "Exceed the rows limit",
        }
        assert client.append("c").status_code == 200
        too_many = client.gateway("GET", "/rows/?table_name=T")
        assert "1 million" in too_many.json()["error_message"]
        column = client.gateway(
            "POST", "/columns/", json={"table_name": "T", "column_name": "X", "column_type": "text"}
        )
        assert column.json()["error_type"] == "exceed_columns_limit"
        base.create_table("U", TABLE)
        refused = client.gateway("POST", "/tables/", json={"table_name": "V", "columns": TABLE})
        assert refused.json()["error_type"] == "exceed_tables_limit"


def test_the_rate_limit_is_refused_without_a_body(connect) -> None:
    with Sandbox(requests_per_minute=3) as sandbox:
        base = sandbox.create_base("B")
        client = connect(sandbox, base)
        sandbox.clock.advance(60 - sandbox.clock.timestamp() % 60 + 1)
        remaining = [
            client.gateway("GET", "/metadata/").headers["x-ratelimit-remaining"] for _ in range(3)
        ]
        assert remaining == ["2", "1", "0"]
        refused = client.gateway("GET", "/metadata/")
        assert (refused.status_code, refused.content) == (429, b"")
        wait = int(refused.headers["x-ratelimit-reset"]) - sandbox.clock.timestamp()
        assert 0 < wait <= 60
        other = connect(sandbox, sandbox.create_base("Other"))
        assert other.gateway("GET", "/metadata/").status_code == 200
        sandbox.clock.advance(wait)
        assert client.gateway("GET", "/metadata/").status_code == 200


def test_headers_show_the_limit_per_day_before_that_per_minute(connect) -> None:
    with Sandbox(requests_per_minute=2, requests_per_day=5) as sandbox:
        client = connect(sandbox, sandbox.create_base("B"))
        sandbox.clock.advance(86_400 - sandbox.clock.timestamp() % 86_400 + 1)
        sandbox.expire_tokens()
        client = connect(sandbox, sandbox.create_base("B"))
        answers = [client.gateway("GET", "/metadata/") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["x-ratelimit-remaining"] == "2"
        wait = int(answers[2].headers["x-ratelimit-reset"]) - sandbox.clock.timestamp()
        assert wait > 80_000
        sandbox.clock.advance(60)
        answers = [client.gateway("GET", "/metadata/") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["x-ratelimit-remaining"] == "0"


def test_web_endpoints_tell_when_to_try_again(connect) -> None:
    with Sandbox(web_requests_per_minute=1) as sandbox:
        sandbox.clock.advance(60 - sandbox.clock.timestamp() % 60 + 1)
        client = connect(sandbox, sandbox.create_base("B"))
        refused = client.web("GET", "/api/v2.1/dtable/app-access-token/")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] in refused.json()["detail"]


def test_the_monthly_quota_resets_in_the_next_month(connect) -> None:
    with Sandbox(monthly_quota=1) as sandbox:
        client = connect(sandbox, sandbox.create_base("B"))
        assert client.gateway("GET", "/metadata/").status_code == 200
        refused = client.gateway("GET", "/metadata/")
        assert (refused.status_code, refused.content) == (429, b"")
        assert int(refused.headers["x-ratelimit-reset"]) > sandbox.clock.timestamp()
        sandbox.clock.advance(
            int(refused.headers["x-ratelimit-reset"]) - sandbox.clock.timestamp() + 1
        )
        sandbox.expire_tokens()
        assert (
            connect(sandbox, sandbox.create_base("B")).gateway("GET", "/metadata/").status_code
            == 200
        )


def test_an_unknown_profile_or_feature_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown feature or limit: sql_max"):
        Sandbox(sql_max=3)
    with pytest.raises(ValueError, match="unknown profile 'v9'"):
        Sandbox(profile="v9")


def test_big_data_storage_takes_so_many_rows_a_second_and_a_minute(connect) -> None:
    with Sandbox(big_data_rows_per_second=3, big_data_rows_per_minute=5) as sandbox:
        base = sandbox.create_base("B")
        base.create_table("T", TABLE)
        base.enable_big_data()
        client = connect(sandbox, base)
        sandbox.clock.advance(60 - sandbox.clock.timestamp() % 60)

        def add(count: int) -> int:
            sent = {"table_name": "T", "rows": [{"Name": "a"}] * count}
            return int(client.gateway("POST", "/add-archived-rows/", json=sent).status_code)

        assert [add(2), add(2)] == [200, 429]
        sandbox.clock.advance(2)
        assert [add(3), add(1)] == [200, 429]
        sandbox.clock.advance(2)
        assert add(1) == 429  # of the minute
        sandbox.clock.advance(60)
        assert add(1) == 200
        assert len(base.rows("T")) == 6
