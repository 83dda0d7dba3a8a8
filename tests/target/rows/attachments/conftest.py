"""A base with columns of files, a folder and a host that have some, and no pauses."""

from __future__ import annotations

import pytest

from tests.client.scripted_server import Reply, serving
from tests.target.rows.attachments.uploads import TYPES


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Retries without their pauses."""
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)


@pytest.fixture
def base(sandbox, make):
    return make(sandbox, **TYPES, max_rejected_records=100)


@pytest.fixture
def folder(tmp_path):
    """A folder that may be read, beside one that may not."""
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (allowed / "größe.pdf").write_bytes(b"paper")
    (allowed / "a.png").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return allowed


@pytest.fixture
def host():
    """A host of files: each path has its own content."""

    def answer(request):
        if request.path.startswith("/missing"):
            return Reply(404, b"nothing here")
        return Reply(200, f"content of {request.path}".encode(), {"Content-Type": "text/plain"})

    with serving(answer) as server:
        yield server
