"""SELECT: limits, paging, aggregates, whole rows, joins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from seatable_sandbox import Sandbox, SandboxBase
from seatable_sandbox.engine.engine import Actor
from seatable_sandbox.sql import execute


def to_the_second(time: str) -> str:
    """A time as aggregates show it: without the fraction of the second."""
    moment = datetime.fromisoformat(time.partition(".")[0] if "." in time else time[:19])
    return moment.isoformat() + time[-6:]


def test_limits_are_applied_silently() -> None:
    with Sandbox(sql_max_rows=250) as sandbox:
        base = sandbox.create_base("B")
        base.create_table("T", [{"column_name": "N", "column_type": "number"}])
        base.append_rows("T", [{"N": n} for n in range(300)])
        from_store = sorted(row["_id"] for row in base.rows("T"))
        url = f"{sandbox.url}/api/v2.1/dtable/app-access-token/"
        import requests  # noqa: PLC0415

        token = requests.get(
            url, headers={"Authorization": f"Token {base.api_token}"}, timeout=5
        ).json()

        def ids(text: str) -> list[str]:
            answer = requests.post(
                f"{sandbox.url}/api-gateway/api/v2/dtables/{base.uuid}/sql/",
                headers={"Authorization": f"Bearer {token['access_token']}"},
                json={"sql": f"select _id from T order by _id{text}"},
                timeout=5,
            )
            return [row["_id"] for row in answer.json()["results"]]

        assert ids("") == from_store[:100]
        assert ids(" limit 1000") == from_store[:250]
        assert ids(" limit 5 offset 3") == from_store[3:8]
        assert ids(" limit 3, 5") == from_store[3:8]


def test_paging_by_id_reads_every_row_once(shop: SandboxBase, client) -> None:
    shop.append_rows("Products", [{"Name": str(n)} for n in range(95)])
    last, seen = "", []
    while page := client.values(
        f"select _id from Products where `_id` > '{last}' order by `_id` limit 10"
    ):
        seen += page
        last = page[-1]
    assert seen == sorted(row["_id"] for row in shop.rows("Products"))


def test_paging_by_id_uses_the_primary_key(sandbox: Sandbox, shop: SandboxBase) -> None:
    store = sandbox._context.engine.store
    base = store.base_by_uuid(shop.uuid)
    assert base is not None
    plans: list[str] = []

    class Watched:
        def execute(self, sql, parameters=()):
            if sql.startswith("SELECT t0"):
                plans.extend(row[3] for row in original("EXPLAIN QUERY PLAN " + sql, parameters))
            return original(sql, parameters)

    original = store.execute
    store.execute = Watched().execute  # type: ignore[method-assign]
    execute.run(
        sandbox._context.engine,
        base,
        "select * from Products where _id > 'x' order by _id limit 10000",
        Actor("x"),
        convert_keys=True,
    )
    assert plans == ["SEARCH t0 USING PRIMARY KEY (_id>?)"]


def test_aggregates(shop: SandboxBase, client) -> None:
    assert client.sql(
        "select Kind, sum(Price), COUNT(_id), avg(Price) a from Products"
        " where Kind is not null group by Kind order by Kind"
    ) == [
        {"Kind": "drink", "SUM(Price)": 4.5, "COUNT(_id)": 2, "a": 2.25},
        {"Kind": "food", "SUM(Price)": 2, "COUNT(_id)": 1, "a": 2},
    ]
    assert client.sql("select Kind k, count(*) n from Products group by Kind having n > 1") == [
        {"k": "drink", "n": 2}
    ]
    assert client.values("select max(Since) from Products") == ["2024-03-05T00:00:00+01:00"]
    assert client.values("select distinct Kind from Products order by Kind") == [
        None,
        "drink",
        "food",
    ]
    assert client.values("select max(Double) from Products") == [6]
    newest = max(row["_mtime"] for row in shop.rows("Products"))
    assert client.values("select max(_mtime) from Products") == [to_the_second(newest)]


def test_count_and_newest_time_come_in_one_statement(
    sandbox: Sandbox, shop: SandboxBase, client
) -> None:
    (row,) = client.sql(
        "select max(now()) as `server_now`, count(_id) as `row_count`,"
        " max(_mtime) as `max_mtime` from products"
    )
    assert row["row_count"] == 4
    assert row["max_mtime"] == to_the_second(shop.rows("Products")[0]["_mtime"])
    assert row["server_now"].endswith("+01:00") or row["server_now"].endswith("+02:00")
    sandbox.clock.advance(3600)
    (later,) = client.sql("select max(now()) as `server_now` from Products")
    assert later["server_now"] > row["server_now"]


def test_rows_are_selected_by_mtime(sandbox: Sandbox, shop: SandboxBase, client) -> None:
    ids = [row["_id"] for row in shop.rows("Products")]
    sandbox.clock.advance(10)
    bookmark = sandbox.clock.now()
    shop.update_rows("Products", {ids[1]: {"Price": 1.5}})
    for text in (bookmark.isoformat(), bookmark.isoformat().replace("+00:00", "Z")):
        assert client.values(f"select _id from Products where _mtime >= '{text}'") == [ids[1]]


def test_select_star_has_all_columns(shop: SandboxBase, client) -> None:
    answer = client.sql_answer("select * from Products order by Price desc limit 1").json()
    (row,) = answer["results"]
    stored = next(row for row in shop.rows("Products") if row["Name"] == "Tea")
    assert row == stored
    assert {
        "_id",
        "_ctime",
        "_mtime",
        "_creator",
        "_last_modifier",
        "_locked",
        "_locked_by",
        "_archived",
    } <= row.keys()
    assert row["Since"] == "2024-01-05T00:00:00+01:00"
    assert row["Seen"] == "2024-06-05T10:20:00+02:00"
    assert row["Double"] == 6
    assert (answer["success"], answer["is_join_stmt"]) == (True, False)
    assert [item["name"] for item in answer["metadata"]][:2] == ["Name", "Price"]


def test_without_convert_keys_rows_have_keys_and_ids(shop: SandboxBase, client) -> None:
    columns = {c["name"]: c for c in shop.metadata()["metadata"]["tables"][0]["columns"]}
    answer = client.sql_answer(
        "select Name, Kind, Labels from Products where Name = 'Tea'", convert_keys=False
    ).json()
    options = {o["name"]: o["id"] for o in columns["Labels"]["data"]["options"]}
    kinds = {o["name"]: o["id"] for o in columns["Kind"]["data"]["options"]}
    assert answer["results"] == [
        {
            "0000": "Tea",
            columns["Kind"]["key"]: kinds["drink"],
            columns["Labels"]["key"]: [options["a"], options["b"]],
        }
    ]


def test_a_join_needs_no_keyword(shop: SandboxBase, client) -> None:
    shop.create_table(
        "Prices",
        [
            {"column_name": "Product", "column_type": "text"},
            {"column_name": "Paid", "column_type": "number"},
        ],
    )
    shop.append_rows("Prices", [{"Product": "Tea", "Paid": 2.5}, {"Product": "None", "Paid": 1}])
    answer = client.sql_answer(
        "select Products.Name, Prices.Paid from Products, Prices"
        " where Products.Name = Prices.Product"
    ).json()
    assert answer["is_join_stmt"] is True
    assert [list(row.values()) for row in answer["results"]] == [["Tea", 2.5]]


def test_big_data_is_included_by_default(shop: SandboxBase, client) -> None:
    ids = [row["_id"] for row in shop.rows("Products")]
    shop.archive_rows("Products", ids[:1])
    assert client.values("select count(*) from Products") == [4]
    assert client.values("select count(*) from Products", server_only=True) == [3]
    assert client.values("select Name from Products where _archived = true") == ["Tea"]


def test_aggregates_of_times_can_omit_fractions(connect) -> None:
    with Sandbox(sql_aggregates_by_second=True) as sandbox:
        base = sandbox.create_base("B")
        base.create_table("T")
        sandbox.clock.advance(1.5 - sandbox.clock.timestamp() % 1)
        (row_id,) = base.append_rows("T", [{"Name": "a"}])
        client = connect(sandbox, base)
        [row] = client.sql("SELECT `_mtime` FROM `T`")
        [newest] = client.values("SELECT MAX(`_mtime`) FROM `T`")
        assert "." in row["_mtime"]
        assert newest == row["_mtime"].partition(".")[0] + "+00:00"
        assert client.values(f"SELECT `_id` FROM `T` WHERE `_mtime` > '{newest}'") == [row_id]


def test_lists_are_grouped_by_their_elements(base: SandboxBase, client) -> None:
    base.create_table("L", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("L", "Many", "multiple-select")
    base.append_rows("L", [{"Many": ["x", "y"]}, {"Many": ["x"]}, {"Many": ["y"]}, {"Name": "a"}])
    rows = client.sql("SELECT Many, COUNT(*) AS n FROM L GROUP BY Many")
    counts = {tuple(row["Many"] or ()): row["n"] for row in rows}
    assert counts == {(): 1, ("x",): 2, ("y",): 2}
    assert len(rows) == len(counts)


@pytest.mark.parametrize(
    ("sql", "parameters", "message"),
    [
        ("SELECT Name FROM Products WHERE Price = ?", [1, 2], "too many parameters"),
        ("SELECT Name FROM Products WHERE Price = ? AND Price = ?", [1], "not enough parameters"),
        ("SELECT Name FROM Products WHERE Price = ?", "Tea", "parameters invalid"),
        ("DELETE FROM Products WHERE Price = ?", [1, 2], "too many parameters"),
    ],
)
def test_parameters_have_to_fit_the_statement(
    shop: SandboxBase, client, sql: str, parameters: Any, message: str
) -> None:
    answer = client.sql_answer(sql, parameters=parameters)
    assert (answer.status_code, answer.json()) == (400, {"error_message": message})


@pytest.mark.parametrize("condition", ["", " WHERE A.Name = 'x'", " WHERE A.Name <> B.Name"])
def test_a_join_without_a_condition_that_joins_is_refused(
    base: SandboxBase, client, condition: str
) -> None:
    for name in ("A", "B"):
        base.create_table(name, [{"column_name": "Name", "column_type": "text"}])
    answer = client.sql_answer(f"SELECT A.Name FROM A, B{condition}")
    assert (answer.status_code, "must be joined" in answer.text) == (400, True)
    assert client.sql("SELECT A.Name FROM A, B WHERE A.Name = B.Name") == []


def test_an_answer_of_too_many_cells_is_refused(connect) -> None:
    with Sandbox(max_cells=10) as sandbox:
        base = sandbox.create_base("Base")
        base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
        base.append_rows("T", [{"Name": str(number)} for number in range(6)])
        client = connect(sandbox, base)
        assert len(client.sql("SELECT Name FROM T")) == 6
        answer = client.sql_answer("SELECT * FROM T")
    message = "Number of cells returned exceeds the limit of 1 million"
    assert (answer.status_code, answer.json()) == (400, {"error_message": message})


@pytest.mark.parametrize("call", ["SUBSTR(Name, 1, 1)", "CONCAT(Name, 'x')", "LENGTH(Name)"])
def test_functions_of_mysql_are_refused(shop: SandboxBase, client, call: str) -> None:
    answer = client.sql_answer(f"SELECT {call} FROM Products")
    assert (answer.status_code, "no such function" in answer.text) == (400, True)


@pytest.mark.parametrize("call", ["MID(Name, 1, 2)", "CONCATENATE(Name, 'x')", "LEN(Name)"])
def test_functions_of_seatable_are_known(shop: SandboxBase, client, call: str) -> None:
    assert client.sql_answer(f"SELECT {call} FROM Products").status_code == 200


def test_a_table_is_not_joined_with_itself(shop: SandboxBase, client) -> None:
    answer = client.sql_answer("SELECT a.Name FROM Products a, Products b WHERE a.Name = b.Name")
    assert (answer.status_code, "another one" in answer.text) == (400, True)


def test_a_table_may_have_a_limit_of_its_own_and_wrong_counts() -> None:
    caps, errors = {"T": 3}, {"T": -2}
    with Sandbox(sql_max_rows_of=caps, sql_count_error_of=errors) as sandbox:
        door = sandbox.create_base("B")
        for name in ("T", "U"):
            door.create_table(name, [{"column_name": "N", "column_type": "number"}])
            door.append_rows(name, [{"N": n} for n in range(5)])
        engine = sandbox._context.engine
        base = engine.store.base_by_uuid(door.uuid)
        assert base is not None

        def answer(sql: str) -> Any:
            return execute.run(engine, base, sql, Actor("x"), convert_keys=True)["results"]

        sizes = [len(answer(f"select _id from {name} limit 10")) for name in "TU"]
        counts = [answer(f"select count(_id) n from {name}")[0]["n"] for name in "TU"]
        assert (sizes, counts) == ([3, 5], [3, 5])
        caps["T"], errors["T"] = 4, -9
        assert len(answer("select _id from T limit 10")) == 4
        assert answer("select count(_id) n from T")[0]["n"] == 0
