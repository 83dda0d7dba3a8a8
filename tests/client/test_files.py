"""Files of a base: tokens to the server, links to nobody else, and what arrives is complete."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import itertools
import logging
import re
import traceback

import pytest

from seatable_client.auth.account import Account, AccountBase
from seatable_client.auth.credentials import ApiToken
from seatable_client.connection import Server, connect
from seatable_client.errors import (
    ConfigError,
    NotFound,
    PermissionDenied,
    QuotaExhausted,
    RequestRejected,
    SeaTableError,
    ServerUnavailable,
)
from seatable_client.files.content import Content, digest_in, stored_name
from seatable_client.files.download import Files, is_asset
from seatable_client.files.upload import Uploads
from seatable_sandbox import Fault, Sandbox
from tests.client.scripted import Reply, closed_port

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)


@pytest.fixture(scope="module")
def shared():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared):
    shared.calls.clear()
    yield shared
    shared.clear_faults()


@pytest.fixture
def base(sandbox):
    return sandbox.create_base(f"Größe & {next(_numbers)}")


def connected(sandbox, base, token=None):
    config = {"server_url": sandbox.url, "api_token": token or base.api_token}
    return connect(config).base


@pytest.fixture
def files(sandbox, base):
    return Files(connected(sandbox, base))


@pytest.fixture
def uploads(files):
    return Uploads(files._base)


class Target:
    """What a download is written to, opened anew for each try."""

    def __init__(self):
        self.opened = 0
        self.content = b""

    def __call__(self):
        self.opened += 1
        target, keep = io.BytesIO(), self

        class Kept(contextlib.AbstractContextManager):
            write = target.write

            def __exit__(self, *_failure):
                keep.content = target.getvalue()

        return Kept()


def content(data):
    return Content.of(io.BytesIO(data))


def downloaded(files, address):
    target = Target()
    size = files.download(files.path(address), target)
    assert size == len(target.content)
    return target.content


# Which file


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("{server}/workspace/7/asset/{uuid}/files/2020-01/x.pdf", "/files/2020-01/x.pdf"),
        ("/workspace/7/asset/{uuid}/images/a%20b%C3%A4.png", "/images/a bä.png"),
        ("/asset/{uuid}/files/x", "/files/x"),
        ("https://old.name/workspace/7/asset/{plain}/files/x?dl=1", "/files/x"),
        ("{server}/workspace/7/asset/{other}/files/x", None),
        ("custom-asset://{uuid}.png", None),
        ("https://example.org/x.pdf", None),
        ("/workspace/7/asset/{uuid}/files/../../x", None),
        ("/workspace/7/asset/{uuid}/files/%2e%2e/x", None),
        ("/workspace/7/asset/{uuid}/files//x", None),
        ("/workspace/7/asset/{uuid}/files/a%5Cb", None),
        ("/workspace/7/asset/{uuid}/files/a%00b", None),
        ("http://[nonsense/workspace/7/asset/{uuid}/files/x", None),
        ("", None),
    ],
)
def test_an_address_means_a_path_of_this_base_or_none(sandbox, base, files, form, path):
    address = form.format(
        server=sandbox.url,
        uuid=base.uuid,
        plain=base.uuid.replace("-", "").upper(),
        other="0" * 32,
    )
    assert files.path(address) == path


def test_assets_of_any_base_are_known_to_be_behind_a_login(base):
    assert is_asset("https://example.org/workspace/7/asset/" + "0" * 32 + "/files/x")
    assert not is_asset("https://example.org/files/x")
    assert not is_asset("http://[nonsense")


# Downloading


def test_a_file_is_downloaded(sandbox, base, files):
    data = bytes(range(256)) * 3000
    address = base.store_file("/files/2024-05/größe 100%.bin", data)
    assert downloaded(files, address) == data
    assert [call.path.split("/")[-2] for call in sandbox.calls[1:2]] == ["app-download-link"]


def test_a_read_only_token_downloads(sandbox, base):
    address = base.store_file("/files/a.txt", b"text")
    assert downloaded(Files(connected(sandbox, base, base.read_only_token)), address) == b"text"


@pytest.mark.parametrize("kind", ["cut", "reset_before", "reset_after", "html"])
@pytest.mark.parametrize("path", ["app-download-link"])
def test_asking_for_a_link_is_tried_again(sandbox, base, files, kind, path):
    address = base.store_file("/files/a.txt", b"text")
    sandbox.inject(Fault(kind, path=path))
    assert downloaded(files, address) == b"text"


@pytest.mark.parametrize("kind", ["cut", "reset_before", "reset_after", "status"])
def test_a_download_that_breaks_off_begins_again(sandbox, base, files, kind):
    data = b"0123456789" * 100_000
    address = base.store_file("/files/a.bin", data)
    sandbox.inject(Fault(kind, path="/seafhttp/files/", times=3))
    target = Target()
    assert files.download(files.path(address), target) == len(data)
    assert target.content == data


def test_a_download_that_never_comes_to_its_end_is_an_error(sandbox, base, files):
    address = base.store_file("/files/a.bin", b"0123456789" * 1000)
    sandbox.inject(Fault("cut", path="/seafhttp/files/", times=100))
    with pytest.raises(ServerUnavailable, match="broke off"):
        downloaded(files, address)


def test_a_link_that_has_ended_is_replaced_once(sandbox, base, files):
    address = base.store_file("/files/a.txt", b"text")
    sandbox.inject(Fault("status", path="/seafhttp/files/", status=403))
    assert downloaded(files, address) == b"text"
    sandbox.inject(Fault("status", path="/seafhttp/files/", status=403, times=2))
    with pytest.raises(RequestRejected):
        downloaded(files, address)


@pytest.mark.parametrize("status", [400, 404])
def test_a_missing_file_is_not_found(sandbox, base, files, status):
    if status != 404:
        body = {"error_msg": "path /files/none not found."}
        sandbox.inject(Fault("status", path="download-link", status=status, body=body))
    with pytest.raises(NotFound, match="not found"):
        files.download("/files/none", Target())


def test_a_revoked_token_is_said(sandbox, base, files):
    sandbox.revoke(base.api_token)
    with pytest.raises(PermissionDenied):
        files.download_link("/files/none")


# Uploading


@pytest.mark.parametrize("image", [False, True])
def test_a_file_is_uploaded(base, files, uploads, image):
    data = b"0123456789" * 100_000
    address = uploads.store('grö"ße 100%?.PDF', content(data), image=image)
    kind = "images" if image else "files"
    assert re.search(rf"/workspace/\d+/asset/{base.uuid}/{kind}/\d{{4}}-\d\d/", address)
    assert digest_in(address) == hashlib.blake2b(data, digest_size=16).hexdigest()
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
    assert digest_in(address)  # as it is in no name that the server has changed
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


# Other hosts


def test_no_token_goes_to_a_link_or_a_foreign_host(serve, sandbox, base, files, uploads):
    other = serve(Reply(200, b"data"))
    seen = serve(
        lambda request: (
            Reply(302, b"", {"Location": f"{other.url}/there?x=1"})
            if request.path == "/here"
            else Reply(200, b"data", {"Content-Type": "text/plain"})
        )
    )
    target = Target()
    files.fetch(f"{seen.url}/here", target, may_follow=lambda _address: True, most=10)
    assert target.content == b"data"
    assert [request.path for request in other.requests] == ["/there"]
    body = {"download_link": f"{seen.url}/seafhttp/files/abc/x"}
    sandbox.inject(Fault("status", path="download-link", status=200, body=body))
    files.download("/files/x", target)
    place = {"upload_link": f"{seen.url}/up", "parent_path": f"/asset/{base.uuid}"}
    seen.answer = lambda _request: Reply(200, [{"name": "x", "size": 4}])
    fault = Fault("status", path="upload-link", status=200, body={**place, "workspace_id": 7})
    sandbox.inject(fault)
    uploads.store("x", content(b"data"), image=False)
    assert seen.requests[-1].method == "POST"
    assert base.api_token.encode() not in seen.requests[-1].body
    for request in [*seen.requests, *other.requests]:
        assert "authorization" not in request.headers
        assert "cookie" not in request.headers
        assert base.api_token not in str(request.headers)


def test_a_redirect_is_followed_only_where_it_may_lead(serve, files):
    other = serve(Reply(200, b"data"))
    seen = serve(Reply(302, b"", {"Location": f"{other.url}/there"}))
    with pytest.raises(RequestRejected, match="not allowed"):
        files.fetch(f"{seen.url}/x", Target(), may_follow=lambda _address: False, most=10)
    assert not other.requests
    loop = serve(Reply(302, b"", {"Location": "/x"}))
    with pytest.raises(RequestRejected, match="too many"):
        files.fetch(f"{loop.url}/x", Target(), may_follow=lambda _address: True, most=10)


def test_files_arrive_as_they_are_stored(serve, files):
    """A file that is compressed by itself is not unpacked on its way."""
    packed = gzip.compress(b"text")
    seen = serve(Reply(200, packed, {"Content-Type": "application/gzip"}))
    target = Target()
    files.fetch(f"{seen.url}/x.gz", target, may_follow=lambda _address: True, most=1000)
    assert target.content == packed
    assert seen.requests[0].headers["accept-encoding"] == "identity"


def test_what_is_too_large_is_not_downloaded_whole(serve, files):
    seen = serve(Reply(200, b"x" * 1000))
    target = Target()
    with pytest.raises(RequestRejected, match="larger than the 999 bytes"):
        files.fetch(f"{seen.url}/x", target, may_follow=lambda _address: True, most=999)
    assert files.fetch(f"{seen.url}/x", target, may_follow=lambda _a: True, most=1000) == 1000


@pytest.mark.parametrize(
    "address", ["ftp://example.org/x", "file:///etc/passwd", "http://a:b@host/x", "http://[x", ""]
)
def test_what_is_no_address_is_refused(files, address):
    with pytest.raises(SeaTableError):
        files.fetch(address, Target(), may_follow=lambda _address: True, most=10)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, {"error": "no /secret/abcdefghijklmnopqrstuvwxyz?signature=hidden"}),
        Reply(403, b"abcdefghijklmnopqrstuvwxyz"),
        Reply(400, b"abcdefghijklmnopqrstuvwxyz"),
        Reply(503, b"abcdefghijklmnopqrstuvwxyz"),
        Reply(ends="reset"),
        Reply(200, b"data", ends="cut"),
        Reply(302, b"", {"Location": "gopher://x/abcdefghijklmnopqrstuvwxyz"}),
        Reply(302, b"", {"Location": "http://[abcdefghijklmnopqrstuvwxyz"}),
        Reply(301, b"", {"Location": "/secret/abcdefghijklmnopqrstuvwxyz?signature=hidden"}),
        Reply(200, b"0123456789ab"),
    ],
)
def test_a_link_is_never_said(serve, files, caplog, reply):
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    link = f"{serve(reply).url}/secret/abcdefghijklmnopqrstuvwxyz?signature=hidden"
    with pytest.raises(SeaTableError) as caught:
        files.fetch(link, Target(), may_follow=lambda _address: True, most=10)
    said = [repr(caught.value), *traceback.format_exception(caught.value)]
    said += [record.getMessage() + (record.exc_text or "") for record in caplog.records]
    assert not re.search(r"abcdefgh|signature", "\n".join(said))


def test_a_link_to_nobody_is_never_said(files):
    link = f"http://127.0.0.1:{closed_port()}/secret/abcdefghijklmnopqrstuvwxyz?signature=hidden"
    with pytest.raises(ServerUnavailable) as caught:
        files.fetch(link, Target(), may_follow=lambda _address: True, most=10)
    said = "".join(traceback.format_exception(caught.value))
    assert not re.search(r"abcdefgh|signature", said)


def test_a_link_of_the_server_is_never_said(sandbox, base, files, uploads, caplog):
    caplog.set_level(logging.DEBUG)
    address = base.store_file("/files/a.txt", b"text")
    link = files.download_link(files.path(address) or "")
    secret = link.split("/")[-2]
    assert downloaded(files, address) == b"text"
    uploads.store("a", content(b"x"), image=False)
    assert "/seafhttp/" not in caplog.text
    assert secret not in caplog.text
    kept = uploads._place.link
    assert kept not in files._base.transport.scrub(f"see {kept}") + repr(uploads._place)


def test_links_do_not_pile_up(sandbox, base, files):
    address = base.store_file("/files/a.txt", b"text")
    before = len(files._base.transport._secrets)
    for _ in range(5):
        downloaded(files, address)
    assert len(files._base.transport._secrets) == before
    assert all(len(host._secrets) == 0 for host in files._links._hosts.values())


# Names


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
    assert digest_in(f"https://x/workspace/1/asset/u/files/{made}") == digest
    assert len(made.encode()) < 255


@pytest.mark.parametrize("name", ["plain.pdf", "a-b.pdf", "x-0123.pdf", "-", ""])
def test_other_names_hold_no_digest(name):
    assert digest_in(f"https://x/files/{name}") is None
