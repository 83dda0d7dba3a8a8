"""Uploading and downloading attachments."""

from __future__ import annotations

import requests

from seatable_sandbox import Sandbox, SandboxBase


def test_files_are_uploaded_and_downloaded(sandbox: Sandbox, base: SandboxBase, client) -> None:
    link = client.web("GET", "/api/v2.1/dtable/app-upload-link/").json()
    form = {"parent_dir": link["parent_path"], "relative_path": link["file_relative_path"]}

    def upload(content: bytes, **more: str) -> str:
        answer = requests.post(
            link["upload_link"] + "?ret-json=1",
            data={**form, **more},
            files={"file": ("a ü.txt", content)},
            timeout=5,
        )
        name: str = answer.json()[0]["name"]
        return name

    assert [upload(b"1"), upload(b"2"), upload(b"3", replace="1")] == [
        "a ü.txt",
        "a ü(1).txt",
        "a ü.txt",
    ]
    path = f"/{link['file_relative_path']}/a ü.txt"
    found = client.web("GET", "/api/v2.1/dtable/app-download-link/", params={"path": path}).json()
    assert requests.get(found["download_link"], timeout=5).content == b"3"
    missing = client.web("GET", "/api/v2.1/dtable/app-download-link/", params={"path": "/files/x"})
    assert (missing.status_code, missing.json()) == (400, {"error_msg": "path /files/x not found."})
    page = requests.get(
        f"{sandbox.url}/workspace/1/asset/{base.uuid}{path}",
        timeout=5,
        headers={"Authorization": f"Token {base.api_token}"},
    )
    assert "Log In" in page.text
    sandbox.clock.advance(24 * 3600)
    assert requests.get(found["download_link"], timeout=5).status_code == 403


def test_the_quota_of_files_is_enforced(connect) -> None:
    with Sandbox(asset_quota=10) as sandbox:
        client = connect(sandbox, sandbox.create_base("Shop"))
        link = client.web("GET", "/api/v2.1/dtable/app-upload-link/").json()
        for name, status in (("a.txt", 200), ("b.txt", 443)):
            answer = requests.post(
                link["upload_link"] + "?ret-json=1",
                data={"parent_dir": link["parent_path"], "relative_path": "files"},
                files={"file": (name, b"six...")},
                timeout=5,
            )
            assert answer.status_code == status
        assert answer.text == "Asset quota exceeded."
        path = f"/api/v2.1/dtable/app-download-link/?path=/files/{name}"
        assert client.web("GET", path).status_code == 400
