"""A file is uploaded once, completely, and under a readable name."""

from __future__ import annotations

import hashlib
import re

import pytest

from seatable_client.auth.account import Account, AccountBase
from seatable_client.auth.credentials import ApiToken
from seatable_client.connection import Server
from seatable_client.errors import (
    ConfigError,
    QuotaExhausted,
    RequestRejected,
    ServerUnavailable,
)
from seatable_client.files.content import digest_of_address, stored_name
from seatable_client.files.download import Files
from seatable_client.files.upload import Uploads
from seatable_sandbox import Fault, Sandbox
from tests.client.files.support import connected, content, downloaded


@pytest.mark.parametrize("image", [False, True])
def test_a_file_is_uploaded(base, files, uploads, image):
    data = b"0123456789" * 100_000
    address = uploads.store('grö"ße 100%?.PDF', content(data), image=image)
    kind = "images" if image else "files"
    assert re.search(rf"/workspace/\d+/asset/{base.uuid}/{kind}/\d{{4}}-\d\d/", address)
    assert digest_of_address(address) == hashlib.blake2b(data, digest_size=16).hexdigest()
    assert address.isascii()
    assert downloaded(files, address) == data


def test_an_empty_file_is_uploaded(files, uploads):
    assert downloaded(files, uploads.store("a", content(b""), image=False)) == b""


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "cut", "status", "html"])
def test_an_upload_whose_answer_is_lost_is_repeated_and_stored_once(
    sandbox, base, files, uploads, kind
):
    sandbox.inject(Fault(kind, path="/seafhttp/upload-api/", times=2))
    address = uploads.store("a.txt", content(b"text"), image=False)
    assert digest_of_address(address)  # as it is in no name that the server has changed
    assert downloaded(files, address) == b"text"


def test_one_link_serves_many_uploads_until_it_ends(sandbox, uploads):
    def links():
        return [call for call in sandbox.calls if "upload-link" in call.path]

    for number in range(3):
        uploads.store("a.txt", content(b"%d" % number), image=False)
    assert len(links()) == 1
    sandbox.inject(Fault("status", path="upload-api", status=403))
    uploads.store("a.txt", content(b"more"), image=False)
    assert len(links()) == 2


def test_the_space_for_files_is_used_up(sandbox, uploads):
    sandbox.inject(Fault("status", path="upload-api", status=443, body="Asset quota exceeded."))
    with pytest.raises(QuotaExhausted, match=r"used up .*Asset quota exceeded"):
        uploads.store("a.txt", content(b"text"), image=False)


def test_a_file_that_is_too_large_for_the_server_is_refused(sandbox, uploads):
    sandbox.inject(Fault("status", path="upload-api", status=442, body="File size is too large."))
    with pytest.raises(RequestRejected, match="too large"):
        uploads.store("a.txt", content(b"text"), image=False)


def test_less_stored_than_sent_is_an_error(sandbox, uploads):
    body = [{"name": "a.txt", "id": "x", "size": 3}]
    sandbox.inject(Fault("status", path="upload-api", status=200, body=body, times=9))
    with pytest.raises(ServerUnavailable, match="4 bytes were sent and 3 stored"):
        uploads.store("a.txt", content(b"text"), image=False)


def test_servers_of_2020_do_not_tell_the_workspace():
    with Sandbox("v1-2020") as old:
        base = old.create_base("Old")
        with pytest.raises(ConfigError, match="account_token"):
            Uploads(connected(old, base)).store("a.txt", content(b"text"), image=False)


@pytest.mark.parametrize("profile", ["gateway", "v1", "v1-2020"])
def test_an_account_uploads_and_cannot_download(profile):
    with Sandbox(profile) as sandbox:
        base = sandbox.create_base("A base")
        server = Server({"server_url": sandbox.url})
        account = AccountBase(Account(sandbox.account_token), base.workspace_id, base.name)
        files = Files(server.open(account).base)
        address = Uploads(files._base).store("a.txt", content(b"text"), image=False)
        assert re.search(r"/files/\d{4}-\d\d/a-", address)
        with pytest.raises(ConfigError, match="cannot be downloaded with an account"):
            files.download_link(files.path(address) or "")
        with_token = Files(server.open(ApiToken(base.api_token)).base)
        assert downloaded(with_token, address) == b"text"


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("report.pdf", "report-D.pdf"),
        ("a/b\\c:d.txt", "a_b_c_d-D.txt"),
        ("no suffix", "no suffix-D"),
        (".hidden", "hidden-D"),
        ("", "file-D"),
        ("../../etc/passwd", "_.._etc_passwd-D"),
        ("ä" * 300 + ".png", "ä" * 90 + "-D.png"),
        ("x.tar.gz", "x.tar-D.gz"),
    ],
)
def test_stored_names_are_readable_and_safe(name, stored):
    digest = "0123456789abcdef" * 2
    made = stored_name(name, digest)
    assert made == stored.replace("D", digest)
    assert digest_of_address(f"https://x/workspace/1/asset/u/files/{made}") == digest
    assert len(made.encode()) < 255


@pytest.mark.parametrize("name", ["plain.pdf", "a-b.pdf", "x-0123.pdf", "-", ""])
def test_other_names_hold_no_digest(name):
    assert digest_of_address(f"https://x/files/{name}") is None
