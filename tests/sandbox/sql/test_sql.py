"""The rules of SeaTable's SQL."""

from __future__ import annotations

import pytest

from seatable_sandbox import Sandbox, SandboxBase


@pytest.fixture
def shop(base: SandboxBase) -> SandboxBase:
    base.create_table(
        "Products",
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "Price", "column_type": "number"},
            {"column_name": "Since", "column_type": "date"},
            {
                "column_name": "Seen",
                "column_type": "date",
                "column_data": {"format": "YYYY-MM-DD HH:mm"},
            },
            {"column_name": "Kind", "column_type": "single-select"},
            {"column_name": "Labels", "column_type": "multiple-select"},
            {"column_name": "Good", "column_type": "checkbox"},
            {"column_name": "Two words", "column_type": "text"},
            {
                "column_name": "Place",
                "column_type": "geolocation",
                "column_data": {"geo_format": "lng_lat"},
            },
            {
                "column_name": "Double",
                "column_type": "formula",
                "column_data": {"formula": "{Price} * 2"},
            },
        ],
    )
    base.append_rows(
        "Products",
        [
            {
                "Name": "Tea",
                "Price": 3,
                "Since": "2024-01-05",
                "Seen": "2024-06-05 10:20",
                "Kind": "drink",
                "Labels": ["a", "b"],
                "Good": True,
                "Two words": "x",
            },
            {
                "Name": "Milk",
                "Price": 1.5,
                "Since": "2024-02-05",
                "Seen": "2024-06-05 23:55",
                "Kind": "drink",
                "Labels": ["b"],
                "Good": False,
            },
            {
                "Name": "Bread",
                "Price": 2,
                "Since": "2024-03-05",
                "Kind": "food",
                "Labels": ["c", "a"],
            },
            {"Name": "Nothing"},
        ],
    )
    return base


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Price = 3", "Tea"),
        ("Price > 1.5 and Price <= 3", "Tea Bread"),
        ("Price between 1.5 and 2", "Milk Bread"),
        ("Price in (3, 2)", "Tea Bread"),
        ("name = 'Tea'", "Tea"),
        ('NAME = "Tea"', "Tea"),
        ("Name like 'T%'", "Tea"),
        ("Name like 't%'", ""),
        ("Name ilike 't_A'", "Tea"),
        ("`Two words` = 'x'", "Tea"),
        ("Kind = 'drink'", "Tea Milk"),
        ("Kind in ('food', 'none')", "Bread"),
        ("Kind like 'dr%'", "Tea Milk"),
        ("Labels = 'a'", "Tea"),
        ("Labels like 'c%'", "Bread"),
        ("Labels has any of ('a', 'zzz')", "Tea Bread"),
        ("Labels has all of ('a', 'b')", "Tea"),
        ('Labels is exactly ("b")', "Milk"),
        ("Good is true", "Tea"),
        ("Good = true", "Tea"),
        ("Since > '2024-02-05'", "Bread"),
        ("Since >= '2024-02-05'", "Milk Bread"),
        ("Since = '2024-02-05 00:00'", "Milk"),
        ("Since = '2024-02-04T23:00:00Z'", "Milk"),
        ("Seen >= '2024-06-05 23:55'", "Milk"),
        ("Seen < '2024-06-05T10:00:00+00:00'", "Tea"),
        ("Double = 6", "Tea"),
        ("Double > 3 and Kind = 'food'", "Bread"),
        ("Price + 1 = 4", "Tea"),
        ("year(Since) = 2024 and month(Since) = 3", "Bread"),
        ("_locked is not null", ""),
        ("_archived = false", "Tea Milk Bread Nothing"),
        # An empty cell: every negation is true, every comparison is false.
        ("Price != 3", "Milk Bread Nothing"),
        ("Price <> 3", "Milk Bread Nothing"),
        ("Name not like 'T%'", "Milk Bread Nothing"),
        ("Two_ = 1 or `Two words` not like 'x%'", None),
        ("`Two words` not like 'x%'", "Milk Bread Nothing"),
        ("Price not in (3)", "Milk Bread Nothing"),
        ("Price not between 1.5 and 2", "Tea Nothing"),
        ("Labels has none of ('a')", "Milk Nothing"),
        ("Good is not true", "Milk Bread Nothing"),
        ("not Price = 3", "Milk Bread Nothing"),
        ("Price is null", "Nothing"),
        ("Labels is null", "Nothing"),
        ("Price is not null", "Tea Milk Bread"),
        ("Price < 100", "Tea Milk Bread"),
    ],
    ids=repr,
)
def test_conditions(where: str, names: str | None, client) -> None:
    answer = client.sql_answer(f"select Name from Products where {where}")
    if names is None:
        assert answer.status_code == 400
    else:
        found = {row["Name"] for row in answer.json()["results"]}
        assert found == set(names.split())


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select * from Nowhere", "no such table: Nowhere"),
        ("select pi from Products", "no such column: pi"),
        ("select Price p from Products where p = 3", "no such column: p"),
        ("select frobnicate(Name) from Products", "no such function: frobnicate"),
        ("select Name from Products where Place is not null", "cannot be used in a condition"),
        ("select Name from Products order by Place", "cannot be sorted"),
        ("select Name from Products a join Products b on a.Name = b.Name", "JOIN is not supported"),
        ("select Name from Products where Name in (select Name from Products)", "syntax error"),
        ("select Name from (select Name from Products)", "syntax error"),
        ("select Name from Products union select Name from Products", "only SELECT"),
        ("select case when Price > 1 then 1 else 2 end from Products", "syntax error"),
        ("select Name from Products where", "syntax error"),
        ("select Name from Products; select Name from Products", "syntax error"),
        ("select Name from Products where _mtime > 'yesterday'", "invalid time constant"),
        ("drop table Products", "only SELECT"),
        ("update Products set Price = Price + 1", "a constant is expected"),
        ("update Products set _id = 'x'", "not writable"),
        ("update Products set Place = 'x'", "not writable"),
        ("insert into Products (Name) values ('x')", "insert on non-existent base"),
        ("select Name from Products where Price = ?", "not enough parameters"),
    ],
    ids=repr,
)
def test_refusals(sql: str, message: str, client) -> None:
    answer = client.sql_answer(sql)
    assert answer.status_code == 400
    assert message in answer.json()["error_message"]


def test_limits_are_silent() -> None:
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


def test_paging_by_id_meets_every_row_once(shop: SandboxBase, client) -> None:
    shop.append_rows("Products", [{"Name": str(n)} for n in range(95)])
    last, seen = "", []
    while page := client.values(
        f"select _id from Products where `_id` > '{last}' order by `_id` limit 10"
    ):
        seen += page
        last = page[-1]
    assert seen == sorted(row["_id"] for row in shop.rows("Products"))


def test_paging_by_id_walks_the_primary_key(sandbox: Sandbox, shop: SandboxBase) -> None:
    store = sandbox._context.engine.store
    base = store.base_by_uuid(shop.uuid)
    assert base is not None
    plans: list[str] = []

    class Watched:
        def execute(self, sql, parameters=()):
            if sql.startswith("SELECT t0"):
                plans.extend(row[3] for row in original("EXPLAIN QUERY PLAN " + sql, parameters))
            return original(sql, parameters)

    from seatable_sandbox.engine.engine import Actor  # noqa: PLC0415
    from seatable_sandbox.sql import execute  # noqa: PLC0415

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
    assert client.values("select max(_mtime) from Products") == [newest]


def test_the_question_that_clients_ask_first(sandbox: Sandbox, shop: SandboxBase, client) -> None:
    (row,) = client.sql(
        "select max(now()) as `server_now`, count(_id) as `row_count`,"
        " max(_mtime) as `max_mtime` from products"
    )
    assert row["row_count"] == 4
    assert row["max_mtime"] == shop.rows("Products")[0]["_mtime"]
    assert row["server_now"].endswith("+01:00") or row["server_now"].endswith("+02:00")
    sandbox.clock.advance(3600)
    (later,) = client.sql("select max(now()) as `server_now` from Products")
    assert later["server_now"] > row["server_now"]


def test_changed_since(sandbox: Sandbox, shop: SandboxBase, client) -> None:
    ids = [row["_id"] for row in shop.rows("Products")]
    sandbox.clock.advance(10)
    bookmark = sandbox.clock.now()
    shop.update_rows("Products", {ids[1]: {"Price": 1.5}})
    for text in (bookmark.isoformat(), bookmark.isoformat().replace("+00:00", "Z")):
        assert client.values(f"select _id from Products where _mtime >= '{text}'") == [ids[1]]


def test_whole_rows(shop: SandboxBase, client) -> None:
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


def test_without_convert_keys(shop: SandboxBase, client) -> None:
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


def test_a_join_without_the_word(shop: SandboxBase, client) -> None:
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


def test_writing(shop: SandboxBase, client) -> None:
    answer = client.sql_answer(
        "update Products set Price = -1, Labels = ('a', 'new'), Good = true,"
        " Since = '2025-01-01' where Name = 'Milk'"
    )
    assert answer.json() == {
        "success": True,
        "error_message": "",
        "metadata": None,
        "results": None,
    }
    milk = next(row for row in shop.rows("Products") if row["Name"] == "Milk")
    assert (milk["Price"], milk["Labels"], milk["Good"]) == (-1, ["a", "new"], True)
    assert client.sql_answer("delete from Products where Price < ?", parameters=[0]).ok
    assert len(shop.rows("Products")) == 3
    assert client.sql_answer("delete from Products").ok
    assert shop.rows("Products") == []


def test_a_reader_may_not_write_by_sql(sandbox: Sandbox, shop: SandboxBase, connect) -> None:
    reader = connect(sandbox, shop, shop.read_only_token)
    assert reader.values("select count(*) from Products") == [4]
    assert reader.sql_answer("delete from Products").status_code == 403
    assert len(shop.rows("Products")) == 4


def test_names_that_differ_in_case_are_one_to_sql(base: SandboxBase, client) -> None:
    base.create_table(
        "T",
        [
            {"column_name": "Name", "column_type": "text"},
            {"column_name": "name", "column_type": "text"},
        ],
    )
    base.append_rows("T", [{"Name": "first", "name": "second"}])
    assert client.values("select name from t") == ["first"]
    assert base.rows("T")[0]["name"] == "second"


def test_big_data_is_there_unless_left_out(shop: SandboxBase, client) -> None:
    ids = [row["_id"] for row in shop.rows("Products")]
    shop.archive_rows("Products", ids[:1])
    assert client.values("select count(*) from Products") == [4]
    assert client.values("select count(*) from Products", server_only=True) == [3]
    assert client.values("select Name from Products where _archived = true") == ["Tea"]


def test_formula_errors_count_as_empty(base: SandboxBase, client) -> None:
    base.create_table(
        "T",
        [
            {"column_name": "D", "column_type": "date"},
            {"column_name": "Y", "column_type": "formula", "column_data": {"formula": "year({D})"}},
        ],
    )
    base.append_rows("T", [{"D": "2024-01-01"}, {"D": ""}])
    assert client.sql("select Y from T where Y is null") == [{"Y": "#VALUE!"}]
    assert client.sql("select Y from T where Y = 2024") == [{"Y": 2024}]


def test_aggregates_of_times_may_be_cut_to_seconds(connect) -> None:
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
