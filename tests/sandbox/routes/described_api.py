"""The sandbox's endpoints as an OpenAPI document, made from what they are registered as.

What an endpoint reads of a request is found in its code: the names that it and what it calls have
as constants, as far as the vocabulary knows them.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

from seatable_sandbox.columns import TYPES
from seatable_sandbox.routes.endpoints import BaseCall, BatchLimit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from seatable_sandbox import SandboxBase

ODD: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**30, -1e308, "", " ", "x", "\u0000", "É\u2028", "9" * 5000),
    *([], {}, [None], [[]], [{}], [True, 1, 1.0, "1"], {"": None}, {"x": [{}]}, "0001-01-01 00:00"),
]
"""What no endpoint expects."""
ODD_TEXTS = ["0", "-1", "1.5", "9" * 30, "9" * 5000, "", "\u0663", "\u2028"]
CELLS: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**30, "", "x", "1:30", "50%", "1,5", "-", "9" * 400),
    *("2024-06-05", "2024-06-05 10:20", "0001-01-01 00:00", "9999-12-31", "10:20", "June 5, 2024"),
    *([], ["x"], [None], [[]], [1, True], {}, {"lng": 8, "lat": "x"}, {"text": 1}, "8,50"),
    *([{"name": "a", "size": None, "url": "u", "type": "file"}], ["", None, "a", "a"]),
]
"""What may be written into a cell."""
_FLAG = {"enum": [True, False]}
_COUNT = {"enum": [1, 2, 5]}
_CELL = {"enum": CELLS}
TABLE, OTHER_TABLE = "Every type", "Products"
"""The table that requests name, and the one at the other end of its link."""
SQL = [
    "SELECT * FROM `Every type`",
    "SELECT Name, COUNT(*) FROM Products GROUP BY Category HAVING COUNT(*) > 1 ORDER BY Name",
    "SELECT MAX(_mtime), SUM(Price) FROM Products WHERE Price > ? AND Name LIKE ?",
    "UPDATE Products SET Price = ?, Labels = ('new'), Category = NULL WHERE Name = 'Teapot'",
    "DELETE FROM Customers WHERE Email IS NOT NULL LIMIT 1",
    "INSERT INTO Products (Name, Price) VALUES ('x', ?)",
    "SELECT a.Name FROM Products AS a, Orders AS b WHERE a.Name = b.Note",
    "SELECT",
    "DROP TABLE Products",
]


def _choice(*values: Any) -> dict[str, Any]:
    return {"enum": list(values)}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    odd = [] if name in ("table_id", "table_name") else ODD_TEXTS
    return {"enum": [*schema.get("enum", ()), *odd]}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    """A list of such items; or one that has something odd in it, too."""
    known = {"type": "array", "items": items, "minItems": 1, "maxItems": 3}
    return {"anyOf": [known, {**known, "items": {"anyOf": [items, {"enum": ODD}]}}]}


def _map(names: list[str], values: dict[str, Any]) -> dict[str, Any]:
    properties = dict.fromkeys(names, values)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """An object with these properties; or some of them; or with one of them odd."""
    shape = {"type": "object", "properties": properties, "additionalProperties": False}
    odd = [
        {**shape, "properties": {**properties, name: {"enum": ODD}}}
        for name in properties
        if name not in ("table_id", "table_name")
    ]
    every = [{**whole, "required": list(properties)} for whole in (shape, *odd)]
    return {"anyOf": [shape, *every]}


def _part(properties: dict[str, Any]) -> dict[str, Any]:
    """An object inside of a field, with some of these properties, of which any may be odd."""
    loose = {
        name: {"enum": [*schema["enum"], *ODD]} if "enum" in schema else schema
        for name, schema in properties.items()
    }
    shape = {"type": "object", "properties": loose, "additionalProperties": False}
    return {"anyOf": [shape, {**shape, "properties": properties, "required": list(properties)}]}


class Vocabulary:
    """What requests say: a schema for each name of a query, form or body, and of each path."""

    def __init__(self, base: SandboxBase, tickets: list[str]) -> None:
        tables = {table["name"]: table for table in base.metadata()["metadata"]["tables"]}
        columns = tables[TABLE]["columns"]
        names = [column["name"] for column in columns]
        row_ids = [row["_id"] for row in base.rows(TABLE)]
        (link_id,) = (c["data"]["link_id"] for c in columns if c["type"] == "link")
        self._table = _choice(TABLE, OTHER_TABLE)
        self._row_id = _choice(*row_ids)
        self._other_id = _choice(*(row["_id"] for row in base.rows(OTHER_TABLE)))
        self._other_ids = _list(self._other_id)
        self._column = _choice(*names)
        self._row = _map(names, _CELL)
        self._row_ids = _list(self._row_id)
        self._filters = _list(
            _part(
                {
                    "column_key": self._column,
                    "column_name": self._column,
                    "filter_predicate": _choice(
                        *("is", "is_within", "contains", "has_any_of", "equal", "is_empty"),
                        *("is_exactly", "include_me", "is_any_of", "is_before", "greater"),
                    ),
                    "filter_term": _choice("", "1", 2, True, None, ["0"], "2024-01-01"),
                    "filter_term_modifier": _choice("today", "the_past_week", "exact_date"),
                }
            )
        )
        self._data = _part(
            {
                "format": _choice("YYYY-MM-DD", "DD.MM.YYYY HH:mm", "number", "euro"),
                "options": _list(_part({"name": _choice("a"), "id": _choice("1")})),
                "formula": _choice("{Number} * 2", "lookup", "rollup", "findmax", "upper("),
                "table": self._table,
                "other_table": self._table,
                "link_column": _choice("Link"),
                "level1_linked_column": self._column,
                "summary_column": self._column,
                "summary_method": _choice("sum", "average", "concatenate"),
                "searched_column": self._column,
                "comparison_column": self._column,
                "duration_format": _choice("h:mm", "h:mm:ss"),
                "geo_format": _choice("lng_lat", "country_region"),
                "default_value": _CELL,
                "enable_fill_default_value": _FLAG,
                "digits": _COUNT,
                "prefix_type": _choice("string", "date"),
                "prefix": _choice("P-"),
                "max_used_auto_number": _COUNT,
                "button_type": _choice("open_url"),
                "button_name": _choice("x"),
                "button_color": _choice("#FFFCB5"),
            }
        )
        column = _part(
            {
                "column_name": _choice("New", "Newer"),
                "column_type": _choice(*TYPES),
                "column_data": self._data,
            }
        )
        uuid = base.uuid
        #: The schema of each field.
        self.fields: dict[str, dict[str, Any]] = {
            "anchor_column": self._column,
            "anchor_row_id": self._row_id,
            "app_name": _choice("sandbox", "other"),
            "apply_default": _FLAG,
            "column": self._column,
            "column_data": self._data,
            "column_name": _choice("New"),
            "column_type": _choice(*TYPES),
            "columns": _list(column),
            "comment": _choice("Good", "\u00e9", "a\nb"),
            "convert": _FLAG,
            "convert_keys": _FLAG,
            "convert_link_id": _FLAG,
            "days": _COUNT,
            "direction": _choice("asc", "desc"),
            "exp": _choice("3d", "5h", "", "d", "٣d", "9" * 400 + "d"),
            "filter_conjunction": _choice("And", "Or"),
            "filters": self._filters,
            "from_v1": _FLAG,
            "frozen": _FLAG,
            "groupbys": _list(_part({"column_key": self._column})),
            "grouping": _FLAG,
            "hidden_columns": _list(self._column),
            "is_duplicate_records": _FLAG,
            "limit": _COUNT,
            "link_column": _choice("Link"),
            "link_column_key": _choice("Link"),
            "link_column_name": _choice("Link"),
            "link_id": _choice(link_id),
            "name": _choice(base.name, "New base", "New view"),
            "new_column_name": _choice("New"),
            "new_column_type": _choice(*TYPES),
            "new_column_width": _COUNT,
            "new_name": _choice("New base"),
            "new_table_name": _choice("New table"),
            "op_type": _choice(
                *("rename_column", "modify_column_type", "resize_column"),
                *("freeze_column", "move_column"),
            ),
            "option_names": _list(_choice("one", "red")),
            "options": _list(_part({"name": _choice("a", "one"), "id": _choice("1", "2")})),
            "order_by": self._column,
            "other_rows_ids": self._other_ids,
            "other_rows_ids_map": _map(row_ids, self._other_ids),
            "other_table_id": _choice("", tables[OTHER_TABLE]["_id"]),
            "other_table_name": _choice(OTHER_TABLE),
            "other_table_row_id": self._other_id,
            "owner": _choice("42@seafile_group", ""),
            "page": _COUNT,
            "parameters": _list(_choice(1, "x", None)),
            "parent_dir": _choice(f"/asset/{uuid}"),
            "password": _choice("demo"),
            "path": _choice("/files/2024-05/note.txt"),
            "per_page": _COUNT,
            "permission": _choice("r", "rw"),
            "relative_path": _choice("files/2024-05"),
            "replace": _choice("0", "1"),
            "ret-json": _choice("1"),
            "return_options": _FLAG,
            "row": self._row,
            "row_id": self._row_id,
            "row_ids": self._row_ids,
            "row_insert_position": _choice("insert_above", "insert_below"),
            "rows": _list(
                {
                    "anyOf": [
                        self._row,
                        _part({"row_id": self._row_id, "offset": _COUNT, "limit": _COUNT}),
                    ]
                }
            ),
            "secret": _choice("s3cret", "é", ""),
            "server_only": _FLAG,
            "sorts": _list(_part({"column_key": self._column, "sort_type": _choice("up", "down")})),
            "sql": _choice(*SQL),
            "start": _COUNT,
            "table_id": _choice("", tables[TABLE]["_id"]),
            "table_name": _choice(TABLE),
            "table_row_id": self._row_id,
            "target_column": self._column,
            "is_locked": _FLAG,
            "row_height": _choice("default"),
            "cascade_settings": _choice({"one": ["one"]}, {"one": 1}, {"x": [{}]}),
            "child_column": self._column,
            "parent_column": self._column,
            "colorbys": _choice({}),
            "type": _choice("table"),
            "updates": _list(_part({"row_id": self._row_id, "row": self._row})),
            "url": _choice("http://127.0.0.1:9/", "http://[", "x", "é"),
            "username": _choice("demo@example.com"),
            "view_id": _choice("0000", ""),
            "view_name": _choice("Default View", ""),
            "where": _choice("Number > 3", "Text = 'x' OR Name IS NULL", "1 ="),
            "workspace_id": _choice(1, "1", 7),
        }
        #: The schema of each variable of a path.
        self.path: dict[str, dict[str, Any]] = {
            "uuid": {"enum": [uuid]},
            "workspace_id": {"enum": [1, 7]},
            "name": {"enum": [base.name, "x"]},
            "app_name": {"enum": ["sandbox", "x"]},
            "row_id": {"anyOf": [{"enum": row_ids}, {"type": "string", "pattern": "^[^/]{1,9}$"}]},
            "view_name": {"enum": ["Default View", "x"]},
            "comment_id": {"enum": [1, 2]},
            "webhook_id": {"enum": [1, 2]},
            "ticket_name": {"enum": [*tickets, "x"]},
            "path": {"enum": ["files/2024-05/note.txt", "note.txt"]},
        }


def endpoint_name(rule: Any) -> str:
    """The methods and the path of a rule, as endpoints are called."""
    return f"{' '.join(sorted(rule.methods - {'HEAD', 'OPTIONS'}))} {rule.rule}"


def list_endpoints(app: Flask) -> list[str]:
    """The names of the endpoints of an application, but for the page that shows its bases."""
    names = (endpoint_name(rule) for rule in app.url_map.iter_rules())
    return sorted(name for name in names if "/sandbox/" not in name and name != "GET /")


def describe(app: Flask, vocabulary: Vocabulary, endpoint: str) -> dict[str, Any]:
    """The OpenAPI document of one endpoint."""
    (rule,) = (rule for rule in app.url_map.iter_rules() if endpoint_name(rule) == endpoint)
    code = Code(_handler(app.view_functions[rule.endpoint]))
    names = code.texts | ({"table_id", "table_name"} if "find_table" in code.names else set())
    fields = {name: vocabulary.fields[name] for name in sorted(names & vocabulary.fields.keys())}
    method = endpoint.partition(" ")[0]
    parameters: list[dict[str, Any]] = [
        {"in": "path", "name": name, "required": True, "schema": vocabulary.path[name]}
        for name in sorted(rule.arguments)
    ]
    if "args" in code.names:
        parameters += [
            {"in": "query", "name": name, "schema": _query(name, schema)}
            for name, schema in fields.items()
        ]
    operation: dict[str, Any] = {"parameters": parameters, "responses": {"default": {}}}
    if "getlist" in code.names:
        form = {**fields, "file": {"type": "string", "format": "binary"}}
        body = {"type": "object", "properties": form, "required": ["file"]}
        operation["requestBody"] = {"content": {"multipart/form-data": {"schema": body}}}
    elif "get_data" in code.names:
        content = {"application/json": {"schema": _object(fields)}}
        operation["requestBody"] = {"required": True, "content": content}
    path = "".join(f"{{{part}}}" if is_name else part for part, is_name in _parts(rule.rule))
    return {
        "openapi": "3.1.0",
        "info": {"title": "SeaTable sandbox", "version": "1"},
        "paths": {path: {method.lower(): operation}},
    }


def _parts(path: str) -> Iterator[tuple[str, bool]]:
    """The parts of a Flask path, and whether each is the name of a variable."""
    for index, piece in enumerate(path.replace(">", "<").split("<")):
        yield (piece.rpartition(":")[2], True) if index % 2 else (piece, False)


def _handler(view: Any) -> Any:
    """The handler that a registered view calls."""
    for cell in view.__closure__:
        content = cell.cell_contents
        if isinstance(content, types.FunctionType):
            return content
        if hasattr(content, "handler"):
            return content.handler
    raise AssertionError(view)


class Code:
    """What stands in the code of an endpoint, and of what it calls of requests and views.

    Attributes:
        names: The names of functions, methods and attributes.
        texts: The constants.
    """

    def __init__(self, handler: types.FunctionType) -> None:
        self.names: set[str] = set()
        self.texts: set[str] = set()
        self._read: set[Any] = set()
        self._add(handler)

    def _add(self, found: Any) -> None:
        if isinstance(found, str):
            self.texts.add(found)
        elif isinstance(found, tuple):
            for item in found:
                self._add(item)
        elif isinstance(found, BatchLimit):
            self.texts.add(found.field)
        elif isinstance(found, types.CodeType):
            self.names.update(found.co_names)
            for constant in found.co_consts:
                self._add(constant)
        elif isinstance(found, types.FunctionType):
            self._add_function(found)

    def _add_function(self, function: types.FunctionType) -> None:
        rooms = ("seatable_sandbox.routes", "seatable_sandbox.operations.views")
        if function in self._read or not function.__module__.startswith(rooms):
            return
        self._read.add(function)
        self._add(function.__code__)
        names = self._names_of(function.__code__)
        used = [function.__globals__.get(name, getattr(BaseCall, name, None)) for name in names]
        for module in [found for found in used if isinstance(found, types.ModuleType)]:
            used += [getattr(module, name, None) for name in names]
        for found in used:
            self._add(found)

    def _names_of(self, code: types.CodeType) -> list[str]:
        inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
        return [*code.co_names, *(name for part in inner for name in self._names_of(part))]
