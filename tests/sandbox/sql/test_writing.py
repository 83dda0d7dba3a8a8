"""UPDATE and DELETE."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatable_sandbox import Sandbox, SandboxBase


def test_rows_are_written(shop: SandboxBase, client) -> None:
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
