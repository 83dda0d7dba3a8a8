"""Links are followed without a token, and are kept out of errors and logs."""

from __future__ import annotations

import gzip
import logging
import re
import subprocess
import sys
import traceback

import pytest

from seatable_client.errors import (
    RequestRejected,
    SeaTableError,
    ServerUnavailable,
)
from seatable_client.http import HostRules
from seatable_sandbox import Fault
from tests.client.files.support import Target, content, downloaded
from tests.client.scripted_server import Reply, closed_port

EVERY_HOST = HostRules(["127.0.0.1", "localhost", "*"])


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
    files.fetch(f"{seen.url}/here", target, rules=EVERY_HOST, max_bytes=10)
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
    host_and_port = seen.url.removeprefix("http://")
    with pytest.raises(RequestRejected, match="not allowed"):
        files.fetch(f"{seen.url}/x", Target(), rules=HostRules([host_and_port]), max_bytes=10)
    assert not other.requests
    loop = serve(Reply(302, b"", {"Location": "/x"}))
    with pytest.raises(RequestRejected, match="too many"):
        files.fetch(f"{loop.url}/x", Target(), rules=EVERY_HOST, max_bytes=10)


def test_files_arrive_as_they_are_stored(serve, files):
    """A file that is compressed by itself is not unpacked on its way."""
    packed = gzip.compress(b"text")
    seen = serve(Reply(200, packed, {"Content-Type": "application/gzip"}))
    target = Target()
    files.fetch(f"{seen.url}/x.gz", target, rules=EVERY_HOST, max_bytes=1000)
    assert target.content == packed
    assert seen.requests[0].headers["accept-encoding"] == "identity"


def test_what_is_too_large_is_not_downloaded_whole(serve, files):
    seen = serve(Reply(200, b"x" * 1000))
    target = Target()
    with pytest.raises(RequestRejected, match="larger than the 999 bytes"):
        files.fetch(f"{seen.url}/x", target, rules=EVERY_HOST, max_bytes=999)
    assert files.fetch(f"{seen.url}/x", target, rules=EVERY_HOST, max_bytes=1000) == 1000


@pytest.mark.parametrize(
    "address", ["ftp://example.org/x", "file:///etc/passwd", "http://a:b@host/x", "http://[x", ""]
)
def test_what_is_no_address_is_refused(files, address):
    with pytest.raises(SeaTableError):
        files.fetch(address, Target(), rules=EVERY_HOST, max_bytes=10)


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
        files.fetch(link, Target(), rules=EVERY_HOST, max_bytes=10)
    said = [repr(caught.value), *traceback.format_exception(caught.value)]
    said += [record.getMessage() + (record.exc_text or "") for record in caplog.records]
    assert not re.search(r"abcdefgh|signature", "\n".join(said))


def test_a_link_to_nobody_is_never_said(files):
    link = f"http://127.0.0.1:{closed_port()}/secret/abcdefghijklmnopqrstuvwxyz?signature=hidden"
    with pytest.raises(ServerUnavailable) as caught:
        files.fetch(link, Target(), rules=EVERY_HOST, max_bytes=10)
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


def test_loggers_change_when_links_are_used_and_not_by_an_import():
    program = (
        "import logging, sys\n"
        "from seatable_client.http import client, presigned\n"
        "names = ('urllib3.connectionpool', 'urllib3.util.retry')\n"
        "loggers = [logging.getLogger(name) for name in names]\n"
        "assert not any(logger.filters for logger in loggers)\n"
        "transport = client.Transport('http://localhost')\n"
        "presigned.Links(transport), presigned.Links(transport)\n"
        "assert [len(logger.filters) for logger in loggers] == [1, 1]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
