"""Attachments: upload links, uploading, download links, downloading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Response, redirect, request

from seatable_sandbox.model import ApiError, ids
from seatable_sandbox.profiles import LOGIN_PAGE
from seatable_sandbox.routes.authorization import require_account_base, require_api_token
from seatable_sandbox.routes.endpoints import Endpoints

if TYPE_CHECKING:
    from seatable_sandbox.model import Base
    from seatable_sandbox.routes.context import ServerContext

ENDPOINTS = Endpoints()


# Uploading ---------------------------------------------------------------------------------------


@ENDPOINTS.route("/api/v2.1/dtable/app-upload-link/", "GET")
def get_upload_link(context: ServerContext) -> Any:
    _, base = require_api_token(context)
    return _upload_link(context, base)


@ENDPOINTS.route("/api/v2.1/workspace/<int:workspace_id>/dtable-asset-upload-link/", "GET")
def get_upload_link_of_account(context: ServerContext, workspace_id: int) -> Any:
    base = require_account_base(context, workspace_id, request.args.get("name", ""))
    return _upload_link(context, base)


def _upload_link(context: ServerContext, base: Base) -> dict[str, Any]:
    month = f"{context.clock.now():%Y-%m}"
    ticket = context.files.create_ticket(base, "")
    found: dict[str, Any] = {
        "upload_link": f"{context.url}/seafhttp/upload-api/{ticket}",
        "parent_path": f"/asset/{base.uuid}",
    }
    if context.profile.grant_answer != "2019":
        found["img_relative_path"] = f"images/{month}"
        found["file_relative_path"] = f"files/{month}"
    if context.profile.gateway:
        found["workspace_id"] = base.workspace_id
    return found


@ENDPOINTS.route("/seafhttp/upload-api/<ticket_name>", "POST")
def upload(context: ServerContext, ticket_name: str) -> Any:
    ticket = context.files.redeem_ticket(ticket_name)
    if ticket is None:
        raise ApiError(403, {"error": "Access token not found."})
    base = context.store.bases[ticket.base_number]
    parent = request.form.get("parent_dir", "")
    relative = request.form.get("relative_path", "").strip("/")
    is_custom = ticket.path.startswith("/custom")
    if not is_custom and parent.strip("/") != f"asset/{base.uuid}":
        raise ApiError(400, {"error": "Invalid parent dir."})
    folder = (ticket.path if is_custom else "") + ("/" + relative if relative else "")
    replace = request.form.get("replace", "0") == "1"
    stored: list[dict[str, Any]] = []
    for file in request.files.getlist("file"):
        content = file.read()
        if context.files.exceeds_quota(len(content)):
            return Response("Asset quota exceeded.", 443, content_type="text/plain")
        name = context.files.save(base, folder, file.filename or "file", content, replace=replace)
        stored.append({"name": name, "id": ids.api_token(), "size": len(content)})
    if not stored:
        raise ApiError(400, {"error": "Invalid file."})
    if request.args.get("ret-json") == "1":
        return stored
    return Response(str(stored[0]["id"]), content_type="text/plain")


# Downloading -------------------------------------------------------------------------------------


@ENDPOINTS.route("/api/v2.1/dtable/app-download-link/", "GET")
def get_download_link(context: ServerContext) -> Any:
    _, base = require_api_token(context)
    path = request.args.get("path", "")
    if not path:
        raise ApiError(400, {"error_msg": "path invalid."})
    return _download_link(context, base, "/" + path.strip("/"))


def _download_link(context: ServerContext, base: Base, path: str) -> dict[str, Any]:
    if context.files.size(base, path) is None:
        status = context.profile.missing_file_status
        raise ApiError(status, {"error_msg": f"path {path} not found."})
    name = path.rpartition("/")[2]
    ticket = context.files.create_ticket(base, path)
    return {"download_link": f"{context.url}/seafhttp/files/{ticket}/{quote(name)}"}


@ENDPOINTS.route("/seafhttp/files/<ticket_name>/<name>", "GET")
def download(context: ServerContext, ticket_name: str, name: str) -> Any:
    ticket = context.files.redeem_ticket(ticket_name)
    content = context.files.read(ticket.base_number, ticket.path) if ticket else None
    if content is None:
        raise ApiError(403, {"error": "Access token not found."})
    return Response(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


@ENDPOINTS.route("/api/v2.1/dtable/app-asset/", "DELETE")
def delete_file(context: ServerContext) -> Any:
    _, base = require_api_token(context)
    path = request.args.get("path") or request.form.get("path", "")
    if not context.files.delete(base, "/" + path.strip("/")):
        raise ApiError(404, {"error_msg": f"path {path} not found."})
    return {"success": True}


@ENDPOINTS.route("/workspace/<int:workspace_id>/asset/<uuid>/<path:path>", "GET")
def show_asset(context: ServerContext, workspace_id: int, uuid: str, path: str) -> Any:
    """Only a person who is logged in may look; a token does not help."""
    del context, workspace_id, uuid, path
    response: Any = redirect(f"/accounts/login/?next={quote(request.path)}")
    return response


@ENDPOINTS.route("/accounts/login/", "GET")
def show_login(context: ServerContext) -> Any:
    del context
    return Response(LOGIN_PAGE, content_type="text/html; charset=utf-8")


# Custom folders ----------------------------------------------------------------------------------


@ENDPOINTS.route("/api/v2.1/dtable/custom/app-upload-link/", "GET")
def get_custom_upload_link(context: ServerContext) -> Any:
    _, base = require_api_token(context)
    ticket = context.files.create_ticket(base, _read_custom_path().rstrip("/"))
    return {
        "upload_link": f"{context.url}/seafhttp/upload-api/{ticket}",
        "parent_path": f"/asset/{base.uuid}/custom",
        "relative_path": "",
    }


@ENDPOINTS.route("/api/v2.1/dtable/custom/app-download-link/", "GET")
def get_custom_download_link(context: ServerContext) -> Any:
    _, base = require_api_token(context)
    return _download_link(context, base, _read_custom_path())


@ENDPOINTS.route("/api/v2.1/dtable/custom/app-asset-dir/", "GET")
def list_custom_folder(context: ServerContext) -> Any:
    _, base = require_api_token(context)
    found = context.files.list_folder(base, _read_custom_path().rstrip("/"))
    folders = sorted({name.split("/")[0] for name, _ in found if "/" in name})
    return {
        "dir": [
            *({"type": "dir", "obj_name": name, "is_file": False} for name in folders),
            *(
                {"type": "file", "obj_name": name, "file_size": size, "is_file": True}
                for name, size in found
                if "/" not in name
            ),
        ]
    }


@ENDPOINTS.route("/api/v2.1/dtable/custom/app-asset-file/", "GET")
def get_custom_file(context: ServerContext) -> Any:
    _, base = require_api_token(context)
    name = request.args.get("name", "")
    size = context.files.size(base, f"{_read_custom_path().rstrip('/')}/{name}")
    if size is None:
        raise ApiError(404, {"error_msg": f"file {name} not found."})
    return {"file": {"name": name, "size": size, "type": "file"}}


def _read_custom_path() -> str:
    return "/custom/" + request.args.get("path", "").strip("/")
