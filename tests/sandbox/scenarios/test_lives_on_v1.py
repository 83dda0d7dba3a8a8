"""What SeaTable checks of dtable-server v1: the life of a table, view, column, row and link.

Each life is a list of calls. An answer must have what its call expects; names in braces stand for
what earlier calls answered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.support import Client, OldServer

Step = tuple[str, str, dict[str, Any], dict[str, Any]]
"""The method, the path, the body, and what the answer has; a text in braces keeps the value."""

DONE = {"success": True}
TEXT, NUMBER = "text", "number"

LIVES: dict[str, list[Step]] = {
    "a table": [
        ("POST", "/tables/", {"table_name": "Shelf"}, {"_id": "{table}", "name": "Shelf"}),
        ("PUT", "/tables/", {"table_name": "Shelf", "new_table_name": "Rack"}, DONE),
        (
            "POST",
            "/tables/duplicate-table/",
            {"table_name": "T", "is_duplicate_records": True},
            {"name": "{copy}"},
        ),
        ("GET", "/rows/?table_name={copy}", {}, {"rows.0.Name": "first"}),
        ("DELETE", "/tables/", {"table_name": "{copy}"}, DONE),
        ("DELETE", "/tables/", {"table_name": "Rack"}, DONE),
        ("GET", "/metadata/", {}, {"metadata.tables.0.name": "T"}),
    ],
    "a view": [
        ("POST", "/views/?table_name=T", {"name": "Short"}, {"_id": "{view}", "name": "Short"}),
        ("GET", "/views/Short/?table_name=T", {}, {"_id": "{view}", "filters": []}),
        (
            "PUT",
            "/views/Short/?table_name=T",
            {
                "name": "Seconds",
                "filters": [
                    {"column_key": "0000", "filter_predicate": "contains", "filter_term": "second"}
                ],
                "filter_conjunction": "And",
                "sorts": [{"column_key": "0000", "sort_type": "down"}],
            },
            {"_id": "{view}", "name": "Seconds", "filter_conjunction": "And"},
        ),
        ("GET", "/rows/?table_name=T&view_name=Seconds", {}, {"rows.0.Name": "second"}),
        ("GET", "/views/?table_name=T", {}, {"views.1.name": "Seconds"}),
        ("DELETE", "/views/Seconds/?table_name=T", {}, DONE),
    ],
    "a column": [
        (
            "POST",
            "/columns/",
            {"table_name": "T", "column_name": "Size", "column_type": NUMBER},
            {"name": "Size", "type": NUMBER, "key": "{column}"},
        ),
        (
            "PUT",
            "/columns/",
            {
                "op_type": "rename_column",
                "table_name": "T",
                "column": "Size",
                "new_column_name": "Volume",
            },
            {"key": "{column}", "name": "Volume"},
        ),
        ("GET", "/columns/?table_name=T", {}, {"columns.6.key": "{column}"}),
        ("DELETE", "/columns/", {"table_name": "T", "column": "Volume"}, DONE),
        (
            "POST",
            "/batch-append-columns/",
            {
                "table_name": "T",
                "columns": [
                    {"column_name": "One", "column_type": TEXT},
                    {"column_name": "Two", "column_type": NUMBER},
                ],
            },
            {"columns.0.name": "One", "columns.1.type": NUMBER},
        ),
        ("DELETE", "/columns/", {"table_name": "T", "column": "One"}, DONE),
    ],
    "options": [
        (
            "POST",
            "/column-options/",
            {
                "table_name": "T",
                "column": "Kind",
                "options": [
                    {"name": "wood", "color": "#FF8000", "textColor": "#DDDDDD"},
                    {"name": "iron", "color": "#123456", "textColor": "#FFFFFF"},
                ],
            },
            DONE,
        ),
        (
            "GET",
            "/columns/?table_name=T",
            {},
            {"columns.3.data.options.0.id": "{wood}", "columns.3.data.options.1.name": "iron"},
        ),
        (
            "PUT",
            "/column-options/",
            {
                "table_name": "T",
                "column": "Kind",
                "options": [{"id": "{wood}", "name": "oak"}],
                "return_options": True,
            },
            {"options.0.name": "oak"},
        ),
        (
            "DELETE",
            "/column-options/",
            {"table_name": "T", "column": "Kind", "option_names": ["oak"]},
            DONE,
        ),
        ("GET", "/columns/?table_name=T", {}, {"columns.3.data.options.0.name": "iron"}),
    ],
    "a row": [
        ("POST", "/rows/", {"table_name": "T", "row": {"Name": "new"}}, {"_id": "{row}"}),
        (
            "PUT",
            "/rows/",
            {"table_name": "T", "row_id": "{row}", "row": {"Name": "newer"}},
            DONE,
        ),
        ("GET", "/rows/{row}/?table_name=T", {}, {"Name": "newer"}),
        ("PUT", "/lock-rows/", {"table_name": "T", "row_ids": ["{row}"]}, DONE),
        ("PUT", "/unlock-rows/", {"table_name": "T", "row_ids": ["{row}"]}, DONE),
        ("DELETE", "/rows/", {"table_name": "T", "row_id": "{row}"}, {"deleted_rows": 1}),
    ],
    "many rows": [
        (
            "POST",
            "/batch-append-rows/",
            {"table_name": "T", "rows": [{"Name": "a"}, {"Name": "b"}]},
            {
                "inserted_row_count": 2,
                "row_ids.0._id": "{a}",
                "row_ids.1._id": "{b}",
            },
        ),
        (
            "PUT",
            "/batch-update-rows/",
            {
                "table_name": "T",
                "updates": [
                    {"row_id": "{a}", "row": {"N": 1}},
                    {"row_id": "{b}", "row": {"N": 2}},
                ],
            },
            DONE,
        ),
        ("GET", "/rows/?table_name=T", {}, {"rows.2.N": 1, "rows.3.N": 2}),
        (
            "DELETE",
            "/batch-delete-rows/",
            {"table_name": "T", "row_ids": ["{a}", "{b}"]},
            {"deleted_rows": 2},
        ),
    ],
    "links": [
        ("POST", "/tables/", {"table_name": "Bins"}, {"name": "Bins"}),
        (
            "POST",
            "/columns/",
            {
                "table_name": "T",
                "column_name": "Bin",
                "column_type": "link",
                "column_data": {"table": "T", "other_table": "Bins"},
            },
            {"data.link_id": "{link}"},
        ),
        ("POST", "/rows/", {"table_name": "Bins", "row": {"Name": "left"}}, {"_id": "{bin}"}),
        ("GET", "/rows/?table_name=T", {}, {"rows.0._id": "{first}", "rows.1._id": "{second}"}),
        (
            "PUT",
            "/links/",
            {
                "table_name": "T",
                "other_table_name": "Bins",
                "link_id": "{link}",
                "row_id": "{first}",
                "other_rows_ids": ["{bin}"],
            },
            DONE,
        ),
        ("GET", "/rows/{first}/?table_name=T", {}, {"Bin.0": "{bin}"}),
        (
            "PUT",
            "/batch-update-links/",
            {
                "table_name": "T",
                "other_table_name": "Bins",
                "link_id": "{link}",
                "row_id_list": ["{first}", "{second}"],
                "other_rows_ids_map": {"{first}": [], "{second}": ["{bin}"]},
            },
            DONE,
        ),
        ("GET", "/rows/{second}/?table_name=T", {}, {"Bin.0": "{bin}"}),
    ],
}


def look_up(answer: Any, path: str) -> Any:
    for name in path.split("."):
        answer = answer[int(name)] if isinstance(answer, list) else (answer or {}).get(name)
    return answer


class Life:
    """The calls of one life."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, str] = {}

    def _fill(self, text: str) -> str:
        for name, value in self._known.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def take(self, step: Step) -> None:
        method, path, body, expected = step
        sent = json.loads(self._fill(json.dumps(body))) or None
        answer = self._client.v1(method, self._fill(path), json=sent)
        assert answer.status_code == 200, (step, answer.text)
        for place, value in expected.items():
            found = look_up(answer.json(), place)
            if isinstance(value, str) and value.startswith("{"):
                assert found == self._known.setdefault(value[1:-1], found), (step, place)
                assert found, (step, place)
            else:
                assert found == value, (step, place, answer.text)


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("profile", ["v1", "cloud-5.0"])
def test_a_life_on_dtable_server(start: Any, profile: str, life: str) -> None:
    server: OldServer = start(
        profile, redirects_v1_reads=False, delete_counts=True, batch_append_returns_ids=True
    )
    server.base.append_rows("T", [{"Name": "first"}, {"Name": "second"}])
    calls = Life(server.client)
    for step in LIVES[life]:
        calls.take(step)
