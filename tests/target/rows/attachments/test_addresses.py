"""Attachments come from the hosts that settings allow, and from no other."""

from __future__ import annotations

import pytest

from tests.client.scripted_server import Reply, closed_port, serving
from tests.target.rows.attachments.uploads import SCHEMA, content, reasons, uploads
from tests.target.singer import record

pytestmark = pytest.mark.servers("gateway", "cloud 5.0", "v1 with SQL", "v1 without SQL")
"""Servers of 2020 tell no workspace of a base with a token: see the last of test_uploads.py."""


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.*", "127.0.0.1:{port}"])
def test_what_an_allowed_host_has_is_uploaded(base, host, allowed):
    address = f"{host.url}/here/gr%C3%B6%C3%9Fe.pdf?x=1"
    hosts = [allowed.format(port=host.url.rpartition(":")[2])]
    base.load(SCHEMA, record("t", id=1, papers=[address], pictures=address), attachment_hosts=hosts)
    (row,) = base.rows("t")
    (paper,), (picture,) = row["papers"], row["pictures"]
    assert paper.keys() == {"name", "size", "type", "url"}
    assert (paper["name"], paper["size"], paper["type"]) == ("größe.pdf", 36, "file")
    expected = b"content of /here/gr%C3%B6%C3%9Fe.pdf"
    assert content(base, paper["url"]) == content(base, picture) == expected
    assert "/files/" in paper["url"]
    assert "/images/" in picture
    assert not base.rejections()


def test_by_default_addresses_are_stored_as_given(base, host):
    address = f"{host.url}/a.png"
    paper = {"name": "a", "size": 3, "type": "file", "url": address}
    base.load(SCHEMA, record("t", id=1, papers=[paper], pictures=[address]))
    assert base.rows("t") == [{"id": 1, "papers": [paper], "pictures": [address]}]
    assert not host.requests
    assert not uploads(base)


@pytest.mark.servers("gateway")
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_wildcards_do_not_lead_into_the_own_network(base, host, name):
    address = f"{host.url}/a".replace("127.0.0.1", name)
    row = record("t", id=1, pictures=address)
    base.load(SCHEMA, row, attachment_hosts=["*", "local*", "?27.0.0.1.nip.example"])
    assert not host.requests
    assert "is not a public one, and attachment_hosts does not name it" in reasons(base)[0]
    base.load(SCHEMA, row, attachment_hosts=["*", name])
    assert len(host.requests) == 1


@pytest.mark.servers("gateway")
@pytest.mark.parametrize(
    "odd",
    ["\\@files.example/a", " /a", "/a b", "/ä", "/a|b", "/a%zz", "\t/a"],
)
def test_what_parsers_may_read_differently_is_stored_as_given(base, host, odd):
    address = f"{host.url}{odd}"
    base.load(SCHEMA, record("t", id=1, pictures=address), attachment_hosts=["127.0.0.1", "*"])
    assert not host.requests
    assert [row["pictures"] for row in base.rows("t")] in ([[address]], [])


@pytest.mark.parametrize("hosts", [["example.org"], ["*.127.0.0.1"], ["127.0.0.1:1"]])
def test_other_hosts_are_not_asked(base, host, hosts):
    base.load(SCHEMA, record("t", id=1, pictures=f"{host.url}/a"), attachment_hosts=hosts)
    assert base.rows("t")[0]["pictures"] == [f"{host.url}/a"]
    assert not host.requests


def test_no_token_goes_to_a_host_or_into_a_rejected_record(base, host, caplog):
    good, missing = f"{host.url}/a", f"{host.url}/missing"
    records = [record("t", id=1, pictures=good), record("t", id=2, pictures=missing)]
    base.load(SCHEMA, *records, attachment_hosts=["127.0.0.1"])
    assert len(host.requests) == 2
    for request in host.requests:
        assert "authorization" not in request.headers
        assert base.base.api_token not in str(request)
    assert base.base.api_token not in base.rejected.read_text() + caplog.text


def test_a_file_that_cannot_be_downloaded_is_a_rejected_record(base, host):
    gone = f"http://127.0.0.1:{closed_port()}/x"
    records = [
        record("t", id=number, pictures=address)
        for number, address in enumerate(
            [f"{host.url}/a", f"{host.url}/missing", gone, gone, f"{host.url}/b"]
        )
    ]
    base.load(SCHEMA, *records, attachment_hosts=["127.0.0.1"])
    assert [row["id"] for row in base.rows("t")] == [0, 4]
    assert [entry["record"]["id"] for entry in base.rejections()] == [1, 2, 3]
    assert "nothing here" in reasons(base)[0]
    assert "not asked again" in reasons(base)[2]


@pytest.mark.parametrize("ends", ["reset", "drop", "cut"])
def test_a_download_that_breaks_off_is_tried_again(base, ends):
    replies = [Reply(200, b"0123456789", ends=ends), Reply(200, b"0123456789")]
    with serving(replies) as host:
        address = f"{host.url}/a"
        base.load(SCHEMA, record("t", id=1, pictures=address), attachment_hosts=["127.0.0.1"])
    assert content(base, base.rows("t")[0]["pictures"][0]) == b"0123456789"


def test_a_redirect_leads_to_allowed_hosts_only(base):
    with serving([Reply(200, b"inside")]) as inside:
        target = inside.url.replace("127.0.0.1", "localhost")
        with serving([Reply(302, b"", {"Location": f"{target}/x"})]) as host:
            address = f"{host.url}/a"
            base.load(SCHEMA, record("t", id=1, pictures=address), attachment_hosts=["127.0.0.1"])
        assert not inside.requests
    assert "not allowed" in reasons(base)[0]


def test_files_behind_a_login_are_not_fetched(base, sandbox):
    address = f"{sandbox.url}/workspace/1/asset/{'0' * 32}/images/a.png"
    base.load(SCHEMA, record("t", id=1, pictures=address), attachment_hosts=["127.0.0.1"])
    assert base.rows("t")[0]["pictures"] == [address]
    assert not uploads(base)


def test_the_link_of_a_signed_file_is_followed(base, host):
    login = "https://other.example/workspace/1/asset/" + "0" * 32
    paper = {"name": "p.pdf", "size": 13, "type": "file", "url": f"{login}/files/p.pdf"}
    paper["download_url"] = f"{host.url}/p"
    picture = {"url": f"{login}/images/i.png", "download_url": f"{host.url}/i"}
    rows = record("t", id=1, papers=[paper], pictures=[picture])
    base.load(SCHEMA, rows, attachment_hosts=["127.0.0.1"])
    (row,) = base.rows("t")
    assert content(base, row["papers"][0]["url"]) == b"content of /p"
    assert content(base, row["pictures"][0]) == b"content of /i"


def test_without_a_setting_what_the_tap_added_is_left_out(base):
    paper = {"name": "p.pdf", "size": 7, "type": "file", "url": "https://x.example/p"}
    added = {"download_url": "https://x.example/signed", "path": "/etc/passwd"}
    picture = {"url": "https://x.example/i", "path": None}
    rows = record("t", id=1, papers=[{**paper, **added}], pictures=[picture])
    base.load(SCHEMA, rows)
    assert base.rows("t") == [{"id": 1, "papers": [paper], "pictures": ["https://x.example/i"]}]
