"""Reading requests and building responses, in the forms that all endpoints share."""

from __future__ import annotations

from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Response, request

from seatable_sandbox.model import ApiError

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from seatable_sandbox.routes.context import ServerContext

NOT_FOUND_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>SeaTable</title></head>
<body><div id="main"><h2>Page not found</h2><p>Sorry, but the requested page could not be found.</p>
</div></body></html>
"""


# Responses ---------------------------------------------------------------------------------------


FROM_V1 = "from_v1"
"""The parameter that redirects of v1 add for the gateway. What SeaTable calls it is not known."""

_GATEWAY = "/api-gateway/"
_TEXTS = (
    *("anchor_column", "anchor_row_id", "app_name", "column", "column_name", "column_type"),
    *("link_column", "link_column_key", "link_column_name", "link_id", "name", "new_column_name"),
    *("new_column_type", "new_name", "new_table_name", "op_type", "other_table_id"),
    *("other_table_name", "other_table_row_id", "owner", "password", "permission", "row_id"),
    *("row_insert_position", "sql", "table_id", "table_name", "table_row_id", "target_column"),
    *("username", "view_name", "where"),
)
_LISTS = (
    *("columns", "hidden_columns", "option_names", "options", "other_rows_ids", "parameters"),
    *("row_ids", "rows"),
)
_OBJECT_LISTS = ("filters", "groupbys", "sorts", "updates")
_OBJECTS = ("column_data", "other_rows_ids_map", "row")
_FIELD_TYPES: dict[str, type] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(_LISTS, list),
    **dict.fromkeys(_OBJECTS, dict),
}
"""What the fields of bodies hold, if they are there and not null."""
_LARGEST_NUMBER = 2**31 - 1


def json_response(document: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, content_type="application/json")


def not_found_page() -> Response:
    return Response(NOT_FOUND_PAGE, 404, content_type="text/html; charset=utf-8")


def unknown_path(context: ServerContext, error: HTTPException) -> Response | HTTPException:
    """The answer to a path (404) or method (405) that no endpoint has."""
    if context.profile.plain_unknown_paths and request.path.startswith(_GATEWAY):
        return Response("404 page not found", 404, content_type="text/plain; charset=utf-8")
    return not_found_page() if error.code == HTTPStatus.NOT_FOUND else error


def error_response(error: ApiError, gateway_key: str = "error_message") -> Response:
    """The answer to a refused request; `gateway_key` is the key of the gateway's messages."""
    if isinstance(error.body, str):
        content_type = error.content_type or "text/plain; charset=utf-8"
        return Response(error.body, error.status, error.headers, content_type=content_type)
    if error.body is None:
        response = Response(b"", error.status, error.headers)
        response.headers.remove("Content-Type")
        return response
    body = dict(error.body)
    if request.path.startswith(_GATEWAY):
        # The same refusals as of dtable-server, under the gateway's own key.
        for key in {"error_msg", "error_message"} & body.keys() - {gateway_key}:
            body[gateway_key] = body.pop(key)
    response = json_response(body, error.status)
    response.headers.extend(error.headers)
    return response


def redirect_to_gateway(context: ServerContext, path: str) -> Response | None:
    """The redirect by which SeaTable Cloud 5.0 answers v1 reads; None on other servers.

    A POST becomes a GET on the way.
    """
    if not context.profile.redirects_v1_reads:
        return None
    query = "&".join(filter(None, [request.query_string.decode(), f"{FROM_V1}=true"]))
    location = f"{context.url}{path}?{query}"
    return Response(b"", 302, {"Location": location}, content_type="text/html")


def redirect_to_slash(context: ServerContext) -> Response | None:
    """The redirect of a gateway's path that lacks its last slash, where the profile has it."""
    if not context.profile.redirects_missing_slash or not request.path.startswith(_GATEWAY):
        return None
    if request.path.endswith("/"):
        return None
    query = request.query_string.decode()
    location = request.path + "/" + (f"?{query}" if query else "")
    return Response(b"", 301 if request.method == "GET" else 307, {"Location": location})


def format_web_time(milliseconds: int) -> str:
    """A time as the web API writes it: without a fraction of the second."""
    return datetime.fromtimestamp(milliseconds // 1000, timezone.utc).isoformat()


# Requests ----------------------------------------------------------------------------------------


def read_body() -> dict[str, Any]:
    """The JSON object in the body of a request, also of a GET; without a body, an empty one."""
    data = request.get_data()
    if not data:
        return {}
    try:
        document = msgspec.json.decode(data)
    except msgspec.DecodeError:
        raise ApiError(400, {"error_msg": "request body is not valid JSON"}) from None
    if not isinstance(document, dict):
        raise ApiError(400, {"error_msg": "params invalid"})
    for name, value in document.items():
        if value is not None and not _is_expected(name, value):
            raise ApiError(400, {"error_msg": f"{name} invalid"})
    return document


def _is_expected(name: str, value: Any) -> bool:
    """Whether a field of a body has the type that the server reads."""
    if name in _OBJECT_LISTS:
        return isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return isinstance(value, _FIELD_TYPES.get(name, object))


def read_form() -> dict[str, Any]:
    """The fields of a web API request: a form, or JSON."""
    if request.mimetype == "application/json":
        return read_body()
    return dict(request.form.items())


def read_list(sent: dict[str, Any], name: str, refusal: dict[str, Any]) -> list[Any]:
    """A list of a request's body.

    Raises:
        ApiError: It is missing, empty or no list; `refusal` is the body of the 400.
    """
    found = sent.get(name)
    if not isinstance(found, list) or not found:
        raise ApiError(400, refusal)
    return found


def query_number(name: str, default: int, minimum: int = 0) -> int:
    """A number of the query; the default if it is missing, no number or below the minimum."""
    try:
        value = int(request.args.get(name, default))
    except ValueError:
        return default
    return value if minimum <= value <= _LARGEST_NUMBER else default


def refuse_invalid_number(name: str, minimum: int) -> None:
    """Check a number of the query.

    Raises:
        ApiError: 400 if it is there and no number, or below the minimum.
    """
    text = request.args.get(name)
    if text is not None and query_number(name, minimum - 1, minimum) < minimum:
        raise ApiError(400, {"error_msg": f"{name} invalid"})


def query_flag(name: str, default: bool = False) -> bool:
    return request.args.get(name, str(default)).lower() == "true"
