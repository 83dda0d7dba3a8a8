"""Attachments: upload links, uploading, download links, downloading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request

from seatable_sandbox.model import ids
from seatable_sandbox.model.errors import ApiError
from seatable_sandbox.profiles.faults import LOGIN_PAGE
from seatable_sandbox.routes.helpers import answer, api_token_call, require_account

if TYPE_CHECKING:
    from seatable_sandbox.http.server import Server
    from seatable_sandbox.model.model import Base


def asset_url(server: Server, base: Base, path: str) -> str:
    """How cells refer to a stored file; the path is below the base's folder."""
    return f"{server.url}/workspace/{base.workspace_id}/asset/{base.uuid}{quote(path)}"


def blueprint(server: Server) -> Blueprint:
    """The endpoints."""
    routes = Blueprint("files", __name__)
    files, store = server.files, server.engine.store

    def upload_answer(base: Base) -> dict[str, Any]:
        month = f"{server.clock.now():%Y-%m}"
        found: dict[str, Any] = {
            "upload_link": f"{server.url}/seafhttp/upload-api/{files.ticket(base, '')}",
            "parent_path": f"/asset/{base.uuid}",
        }
        if server.profile.grant_answer != "2019":
            found["img_relative_path"] = f"images/{month}"
            found["file_relative_path"] = f"files/{month}"
        if server.profile.gateway:
            found["workspace_id"] = base.workspace_id
        return found

    @routes.get("/api/v2.1/dtable/app-upload-link/")
    def upload_link() -> Response:
        with store.lock:
            _, base = api_token_call(server)
            return answer(upload_answer(base))

    @routes.get("/api/v2.1/workspace/<int:workspace_id>/dtable-asset-upload-link/")
    def account_upload_link(workspace_id: int) -> Response:
        require_account(server)
        name = request.args.get("name", "")
        base = store.base_named(workspace_id, name)
        if base is None:
            raise ApiError(404, {"error_msg": f"dtable {name} not found."})
        return answer(upload_answer(base))

    @routes.post("/seafhttp/upload-api/<name>")
    def upload(name: str) -> Response:
        ticket = files.redeem(name)
        if ticket is None:
            raise ApiError(403, {"error": "Access token not found."})
        base = store.bases[ticket.base_number]
        parent = request.form.get("parent_dir", "")
        relative = request.form.get("relative_path", "").strip("/")
        custom = ticket.path.startswith("/custom")
        if not custom and parent.strip("/") != f"asset/{base.uuid}":
            raise ApiError(400, {"error": "Invalid parent dir."})
        folder = (ticket.path if custom else "") + ("/" + relative if relative else "")
        replace = request.form.get("replace", "0") == "1"
        made: list[dict[str, Any]] = []
        with store.transaction():
            for sent in request.files.getlist("file"):
                content = sent.read()
                if files.is_full(len(content)):
                    return Response("Asset quota exceeded.", 443, content_type="text/plain")
                kept = files.save(base, folder, sent.filename or "file", content, replace=replace)
                made.append({"name": kept, "id": ids.api_token(), "size": len(content)})
        if not made:
            raise ApiError(400, {"error": "Invalid file."})
        if request.args.get("ret-json") == "1":
            return answer(made)
        return Response(str(made[0]["id"]), content_type="text/plain")

    def link_to(base: Base, path: str) -> Response:
        if files.size(base, path) is None:
            raise ApiError(404, {"error_msg": f"path {path} not found."})
        name = path.rpartition("/")[2]
        ticket = files.ticket(base, path)
        return answer({"download_link": f"{server.url}/seafhttp/files/{ticket}/{quote(name)}"})

    @routes.get("/api/v2.1/dtable/app-download-link/")
    def download_link() -> Response:
        with store.lock:
            _, base = api_token_call(server)
            path = request.args.get("path", "")
            if not path:
                raise ApiError(400, {"error_msg": "path invalid."})
            return link_to(base, "/" + path.strip("/"))

    @routes.delete("/api/v2.1/dtable/app-asset/")
    def delete_asset() -> Response:
        with store.transaction():
            _, base = api_token_call(server)
            path = request.args.get("path") or request.form.get("path", "")
            if not files.delete(base, "/" + path.strip("/")):
                raise ApiError(404, {"error_msg": f"path {path} not found."})
            return answer({"success": True})

    @routes.get("/seafhttp/files/<ticket_name>/<name>")
    def download(ticket_name: str, name: str) -> Response:
        ticket = files.redeem(ticket_name)
        with store.lock:
            content = files.content(ticket.base_number, ticket.path) if ticket else None
        if content is None:
            raise ApiError(403, {"error": "Access token not found."})
        return Response(
            content,
            content_type="application/octet-stream",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
        )

    @routes.get("/workspace/<int:workspace_id>/asset/<uuid>/<path:path>")
    def asset(workspace_id: int, uuid: str, path: str) -> Any:
        # Only a person who is logged in may look; a token does not help.
        return redirect(f"/accounts/login/?next={quote(request.path)}")

    @routes.get("/accounts/login/")
    def login() -> Response:
        return Response(LOGIN_PAGE, content_type="text/html; charset=utf-8")

    # Custom folders -----------------------------------------------------------------------------

    def custom_path() -> str:
        return "/custom/" + request.args.get("path", "").strip("/")

    @routes.get("/api/v2.1/dtable/custom/app-upload-link/")
    def custom_upload_link() -> Response:
        with store.lock:
            _, base = api_token_call(server)
            ticket = files.ticket(base, custom_path().rstrip("/"))
            return answer(
                {
                    "upload_link": f"{server.url}/seafhttp/upload-api/{ticket}",
                    "parent_path": f"/asset/{base.uuid}/custom",
                    "relative_path": "",
                }
            )

    @routes.get("/api/v2.1/dtable/custom/app-download-link/")
    def custom_download_link() -> Response:
        with store.lock:
            _, base = api_token_call(server)
            return link_to(base, custom_path())

    @routes.get("/api/v2.1/dtable/custom/app-asset-dir/")
    def custom_folder() -> Response:
        with store.lock:
            _, base = api_token_call(server)
            found = files.names_in(base, custom_path().rstrip("/"))
        folders = sorted({name.split("/")[0] for name, _ in found if "/" in name})
        plain = [
            {"type": "file", "obj_name": name, "file_size": size, "is_file": True}
            for name, size in found
            if "/" not in name
        ]
        return answer(
            {"dir": [*({"type": "dir", "obj_name": f, "is_file": False} for f in folders), *plain]}
        )

    @routes.get("/api/v2.1/dtable/custom/app-asset-file/")
    def custom_file() -> Response:
        with store.lock:
            _, base = api_token_call(server)
            name = request.args.get("name", "")
            size = files.size(base, f"{custom_path().rstrip('/')}/{name}")
        if size is None:
            raise ApiError(404, {"error_msg": f"file {name} not found."})
        return answer({"file": {"name": name, "size": size, "type": "file"}})

    return routes
