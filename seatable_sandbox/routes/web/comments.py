"""dtable-web: comments on rows, with a base token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from seatable_sandbox.engine import comments
from seatable_sandbox.model import ApiError
from seatable_sandbox.routes.authorization import require_base_token
from seatable_sandbox.routes.endpoints import Endpoints
from seatable_sandbox.routes.helpers import query_number, read_form
from seatable_sandbox.routes.shared import read_comment, read_row_id

if TYPE_CHECKING:
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()

_BASE = "/api/v2.1/dtables/<uuid>"
_PAGE_SIZE = 25


@ENDPOINTS.route(f"{_BASE}/comments/", "GET")
def list_comments(context: ServerContext, uuid: str) -> Any:
    base = require_base_token(context, uuid).base
    found = comments.list_comments(context.engine, base, read_row_id(request.args))
    size = query_number("per_page", _PAGE_SIZE, 1)
    start = (query_number("page", 1, 1) - 1) * size
    return {"comment_list": found[start : start + size], "count": len(found)}


@ENDPOINTS.route(f"{_BASE}/comments/", "POST")
def add_comment(context: ServerContext, uuid: str) -> Any:
    grant = require_base_token(context, uuid)
    sent = read_form()
    row_id = read_row_id(sent)
    if not sent.get("table_id"):
        raise ApiError(400, {"error_msg": "table_id invalid."})
    comments.add_comment(context.engine, grant.base, row_id, grant.actor.user, read_comment(sent))
    return {"success": True}


@ENDPOINTS.route(f"{_BASE}/comments/<int:comment_id>/", "PUT")
def resolve_comment(context: ServerContext, uuid: str, comment_id: int) -> Any:
    base = require_base_token(context, uuid).base
    sent = request.get_json(silent=True)  # elsewhere, `options` is a list
    options = sent.get("options") if isinstance(sent, dict) else None
    resolved = options.get("resolved") if isinstance(options, dict) else False
    _require_comment(context, uuid, comment_id)
    is_resolved = str(resolved).lower() in ("true", "1")
    comments.resolve_comment(context.engine, base, comment_id, resolved=is_resolved)
    return {"success": True}


@ENDPOINTS.route(f"{_BASE}/comments/<int:comment_id>/", "DELETE")
def delete_comment(context: ServerContext, uuid: str, comment_id: int) -> Any:
    base = require_base_token(context, uuid).base
    _require_comment(context, uuid, comment_id)
    comments.delete_comment(context.engine, base, comment_id)
    return {"success": True}


def _require_comment(context: ServerContext, uuid: str, comment_id: int) -> None:
    base = context.store.base_by_uuid(uuid)
    if base is None or comments.find_comment(context.engine, base, comment_id) is None:
        raise ApiError(404, {"error_msg": "Comment not found."})


@ENDPOINTS.route(f"{_BASE}/comments-count/", "GET")
def count_comments(context: ServerContext, uuid: str) -> Any:
    base = require_base_token(context, uuid).base
    return {"count": len(comments.list_comments(context.engine, base, read_row_id(request.args)))}


@ENDPOINTS.route(f"{_BASE}/rows-comments-num/", "GET")
def count_by_row(context: ServerContext, uuid: str) -> Any:
    base = require_base_token(context, uuid).base
    return {"rows_comments_num": comments.count_by_row(context.engine, base)}
