"""What SeaTable checks of its SQL: tables and columns in any script, and how results are called.

A result of a function has its name in capitals and the rest as it was written.
"""

from __future__ import annotations

from typing import Any

import pytest

from seatable_sandbox import Sandbox
from tests.sandbox.support import Client

CASES: list[tuple[str, list[dict[str, Any]]]] = [
    ("select 名称, sum(数量) from 库存 group by 名称 order by 名称", [
        {"名称": "木", "SUM(数量)": 12},
        {"名称": "铁", "SUM(数量)": 5},
    ]),
    ("select 颜色, min(数量) from 库存 where 颜色 is not null group by 颜色", [
        {"颜色": ["红"], "MIN(数量)": 4},
        {"颜色": ["蓝"], "MIN(数量)": 4},
    ]),
    ("select distinct 颜色 from 库存 where 颜色 is not null", [
        {"颜色": ["红", "蓝"]},
        {"颜色": ["蓝"]},
    ]),
    ("select add(`数量`, 25), mod(`数量`,3), power(`数量`,2) from 库存 where 数量 = 8", [
        {"ADD(`数量`, 25)": 33, "MOD(`数量`,3)": 2, "POWER(`数量`,2)": 64},
    ]),
    ("select greater(`数量`, 5), lessthaneq(`数量`,5), unequal(`数量`,5) from 库存 where 数量=5", [
        {"GREATER(`数量`, 5)": False, "LESSTHANEQ(`数量`,5)": True, "UNEQUAL(`数量`,5)": False},
    ]),
    ("select exact(`名称`,'木'), rept(`名称`, 2), left(`名称`,1) from 库存 where 数量 = 4", [
        {"EXACT(`名称`,'木')": True, "REPT(`名称`, 2)": "木木", "LEFT(`名称`,1)": "木"},
    ]),
    ("select quarter(`日期`), isodate(`日期`), isomonth(`日期`) from 库存 where 数量 = 4", [
        {"QUARTER(`日期`)": 3, "ISODATE(`日期`)": "2021-09-26", "ISOMONTH(`日期`)": "2021-09"},
    ]),
    ("select dateAdd(`日期`, 2, 'days'), eomonth(`日期`, 3) from 库存 where 数量 = 4", [
        {
            "DATEADD(`日期`, 2, 'days')": "2021-09-28T00:00:00+08:00",
            "EOMONTH(`日期`, 3)": "2021-12-31T00:00:00+08:00",
        },
    ]),
    ("select datedif('2021-01-01', `日期`, 'D'), year(`日期`) from 库存 where 数量 = 4", [
        {"DATEDIF('2021-01-01', `日期`, 'D')": 268, "YEAR(`日期`)": 2021},
    ]),
    ("select ceiling(-3.33), even(-3.33), floor(-3.33), odd(-3.33) from 库存 where 数量 = 4", [
        {"CEILING(-3.33)": -3, "EVEN(-3.33)": -2, "FLOOR(-3.33)": -4, "ODD(-3.33)": -3},
    ]),
    ("select sqrt(`数量`), sqrt(-100), int(-3.33), roundup(-3.33) from 库存 where 数量 = 4", [
        {"SQRT(`数量`)": 2, "SQRT(-100)": None, "INT(-3.33)": -4, "ROUNDUP(-3.33)": -4},
    ]),
    ("select if(`数量` > 5, 1, -1), ifs(`数量`>5, 2, `数量` < 1, 3) from 库存 where 数量 = 4", [
        {"IF(`数量` > 5, 1, -1)": -1, "IFS(`数量`>5, 2, `数量` < 1, 3)": None},
    ]),
    ("select switch(`数量`, 4,'low', 8,'high', 'none') from 库存 order by 数量", [
        {"SWITCH(`数量`, 4,'low', 8,'high', 'none')": "low"},
        {"SWITCH(`数量`, 4,'low', 8,'high', 'none')": "none"},
        {"SWITCH(`数量`, 4,'low', 8,'high', 'none')": "high"},
    ]),
    ("select counta(`名称`, `颜色`), countblank(`名称`, `颜色`) from 库存 where 数量 = 5", [
        {"COUNTA(`名称`, `颜色`)": 1, "COUNTBLANK(`名称`, `颜色`)": 1},
    ]),
    ("select 名称 from 库存 where 日期 between '2021-09-01' and '2021-09-30'", [{"名称": "木"}]),
    ("select 名称 from 库存 where 名称 like '%木' and 数量 < 8", [{"名称": "木"}]),
]  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Any:
    with Sandbox(time_zone="Asia/Shanghai") as sandbox:
        base = sandbox.create_base("Base")
        columns = {"名称": "text", "数量": "number", "颜色": "multiple-select", "日期": "date"}
        base.create_table(
            "库存",
            [{"column_name": name, "column_type": kind} for name, kind in columns.items()],
        )
        base.append_rows(
            "库存",
            [
                {"名称": "木", "数量": 4, "颜色": ["红", "蓝"], "日期": "2021-09-26"},
                {"名称": "木", "数量": 8, "颜色": ["蓝"], "日期": "2021-03-02"},
                {"名称": "铁", "数量": 5},
            ],
        )
        yield Client(sandbox, base)


@pytest.mark.parametrize(("sql", "expected"), CASES)
def test_a_result_has_its_name_and_value(
    client: Client, sql: str, expected: list[dict[str, Any]]
) -> None:
    found = client.sql(sql)
    shown = [{name: value for name, value in row.items() if name != "_id"} for row in found]
    if "order by" not in sql:
        shown.sort(key=repr)
        expected = sorted(expected, key=repr)
    assert shown == expected
