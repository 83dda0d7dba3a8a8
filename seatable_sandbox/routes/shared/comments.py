"""Comments on rows. Until 6.2 they could only be read here."""

from __future__ import annotations

from typing import Any

from flask import request

from seatable_sandbox.engine import comments
from seatable_sandbox.model import ApiError
from seatable_sandbox.routes.endpoints import BaseCall, BaseEndpoints
from seatable_sandbox.routes.helpers import query_number, read_body

ENDPOINTS = BaseEndpoints()


def read_row_id(sent: Any) -> str:
    """The row of a query or body.

    Raises:
        ApiError: 400 if it names none.
    """
    row_id = sent.get("row_id")
    if not isinstance(row_id, str) or not row_id:
        raise ApiError(400, {"error_msg": "row_id invalid."})
    return row_id


def read_comment(sent: dict[str, Any]) -> str:
    """The comment of a body.

    Raises:
        ApiError: 400 if there is none.
    """
    comment = sent.get("comment")
    if not isinstance(comment, str) or not comment:
        raise ApiError(400, {"error_msg": "comment invalid."})
    return comment


@ENDPOINTS.route("/comments/", "GET")
def list_comments(call: BaseCall) -> Any:
    return comments.list_comments(call.engine, call.base, read_row_id(request.args))


@ENDPOINTS.route("/comments/", "POST", needs="writes_comments")
def add_comment(call: BaseCall) -> Any:
    table = call.table(request.args)
    row_id, comment = read_row_id(request.args), read_comment(read_body())
    del table  # it must exist; the row is not looked for
    comments.add_comment(call.engine, call.base, row_id, call.actor.user, comment)
    return {"success": True}


@ENDPOINTS.route("/comments/<int:comment_id>/", "GET")
def get_comment(call: BaseCall, comment_id: int) -> Any:
    return require_comment(call, comment_id)


@ENDPOINTS.route("/comments/<int:comment_id>/", "DELETE")
def delete_comment(call: BaseCall, comment_id: int) -> Any:
    require_comment(call, comment_id)
    comments.delete_comment(call.engine, call.base, comment_id)
    return {"success": True}


def require_comment(call: BaseCall, comment_id: int) -> dict[str, Any]:
    """A comment of the base.

    Raises:
        ApiError: 404 if there is none.
    """
    found = comments.find_comment(call.engine, call.base, comment_id)
    if found is None:
        raise ApiError(404, {"error_msg": "Comment not found."})
    return found


@ENDPOINTS.route("/comments-count/", "GET")
def count_comments(call: BaseCall) -> Any:
    return {"count": len(comments.list_comments(call.engine, call.base, read_row_id(request.args)))}


@ENDPOINTS.route("/comments-within-days/", "GET")
def list_recent_comments(call: BaseCall) -> Any:
    days = query_number("days", 0, 1)
    if not days:
        raise ApiError(400, {"error_msg": "days invalid."})
    return {"comments": comments.list_recent_comments(call.engine, call.base, days)}
