"""Attachments: sent once, from where settings allow, and from nowhere else."""

from __future__ import annotations

import io
import json
import os

import pytest
import requests

from seatable_client.connection import connect
from seatable_client.files.content import digest_of_address
from seatable_client.files.download import Files
from seatable_sandbox import Fault
from target_seatable.target import TargetSeaTable
from tests.client.scripted_server import Reply, closed_port, serving
from tests.target.singer import record, schema

ANY: dict = {"type": ["string", "array", "object", "null"]}
SCHEMA = schema("t", {"id": "integer", "papers": ANY, "pictures": ANY}, ["id"])
TYPES = {"column_types": {"t": {"papers": "file", "pictures": "image"}}}


pytestmark = pytest.mark.servers("gateway", "cloud 5.0", "v1 with SQL", "v1 without SQL")
"""Servers of 2020 do not tell with a token in which workspace a base is; see the last test."""


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


def line(message):
    return json.dumps(message) + "\n"


def uploads(base):
    return [call for call in base.sandbox.calls if "/upload-api/" in call.path]


def content(base, address):
    files = Files(connect(base.settings()).base)
    link = files.download_link(files.path(address) or "")
    return requests.get(link, timeout=5).content


def reasons(base):
    return [entry["reason"] for entry in base.rejections()]


# Addresses


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
    assert "is not one of the internet, and attachment_hosts does not name it" in reasons(base)[0]
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


# Paths


def test_files_of_an_allowed_folder_are_uploaded(base, folder):
    path = str(folder / "größe.pdf")
    rows = [
        record("t", id=1, papers=path, pictures=[str(folder / "a.png")]),
        record("t", id=2, papers=[{"name": "other.pdf", "path": path}]),
    ]
    base.load(SCHEMA, *rows, attachment_paths=[str(folder)])
    first, second = base.rows("t")
    assert first["papers"][0]["name"] == "größe.pdf"
    assert second["papers"] == [{**first["papers"][0], "name": "other.pdf"}]
    assert content(base, first["papers"][0]["url"]) == b"paper"
    assert content(base, first["pictures"][0]) == b"picture"


def test_by_default_no_file_of_this_machine_is_read(base, folder):
    path = str(folder / "a.png")
    paper = {"name": "a", "size": 7, "type": "file", "url": path, "path": path}
    base.load(SCHEMA, record("t", id=1, papers=[paper], pictures=path))
    base.load(SCHEMA, record("t", id=2, papers=path))
    (row,) = base.rows("t")
    assert row["pictures"] == [path]
    assert row["papers"][0]["url"] == path
    assert "is no list of files" in reasons(base)[0]
    assert not uploads(base)


def escapes(folder):
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "up").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe")
    return {
        "beside": folder.parent / "secret.txt",
        "dots": f"{folder}/../secret.txt",
        "a link": folder / "link.txt",
        "a linked folder": folder / "up" / "secret.txt",
        "a name that begins alike": f"{folder}-more/x",
        "relative": "secret.txt",
        "a system file": "/etc/passwd",
        "a NUL": f"{folder}/a\0b",
        "not there": folder / "none",
        "a pipe": folder / "pipe",
        "the folder": folder,
        "a home": "~/.ssh/id_rsa",
        "too long": "x/" * 5000,
    }


@pytest.mark.parametrize("column", ["papers", "pictures"])
@pytest.mark.parametrize("form", ["text", "object"])
def test_nothing_outside_of_the_folders_is_read(base, folder, monkeypatch, column, form):
    monkeypatch.chdir(folder.parent)
    paths = escapes(folder)
    rows = []
    for number, path in enumerate(map(str, paths.values())):
        value = path if form == "text" else {"name": "x", "path": path}
        rows.append(record("t", id=number, **{column: [value]}))
    base.load(SCHEMA, *rows, attachment_paths=[str(folder)])
    assert not uploads(base)
    assert len(base.rejections()) == len(paths)
    assert not base.base.metadata()["metadata"]["tables"] or not base.rows("t")


def test_addresses_of_assets_are_no_paths(base, folder):
    address = f"/workspace/1/asset/{base.base.uuid}/images/a.png"
    pictures = [address, "custom-asset://x.png", "https://example.org/x"]
    base.load(SCHEMA, record("t", id=1, pictures=pictures), attachment_paths=[str(folder)])
    assert base.rows("t")[0]["pictures"] == pictures


def test_a_folder_that_is_none_is_a_mistake(base, folder, caplog):
    sentence = base.fails(caplog, SCHEMA, attachment_paths=[str(folder / "a.png")])
    assert "attachment_paths names" in sentence


def test_a_folder_may_be_made_after_the_target_has_started(base, folder):
    later = folder / "later"
    target = base.target(attachment_paths=[str(later)])
    _ = target.context
    later.mkdir()
    (folder / "a.png").rename(later / "a.png")
    rows = [SCHEMA, record("t", id=1, pictures=str(later / "a.png"))]
    target.listen(io.StringIO("".join(json.dumps(message) + "\n" for message in rows)))
    assert len(base.rows("t")[0]["pictures"]) == 1


# Once


def test_the_same_content_is_sent_once(base, folder, host):
    (folder / "copy.png").write_bytes(b"picture")
    rows = [
        record("t", id=1, pictures=[str(folder / "a.png"), str(folder / "copy.png")]),
        record("t", id=2, pictures=str(folder / "a.png")),
        record("t", id=3, pictures=[f"{host.url}/same", f"{host.url}/same"]),
    ]
    base.load(SCHEMA, *rows, attachment_paths=[str(folder)], attachment_hosts=["127.0.0.1"])
    assert len(uploads(base)) == 2
    assert len(host.requests) == 1


def test_the_next_run_sends_only_what_is_new_and_changes_nothing(base, folder):
    rows = [
        record("t", id=1, papers=str(folder / "größe.pdf"), pictures=str(folder / "a.png")),
        record("t", id=2, pictures=[str(folder / "a.png")]),
    ]
    base.load(SCHEMA, *rows, attachment_paths=[str(folder)])
    before = base.base.rows("t")
    base.load(SCHEMA, *rows, attachment_paths=[str(folder)])
    assert not uploads(base)
    assert base.base.rows("t") == before
    (folder / "a.png").write_bytes(b"another")
    base.load(SCHEMA, *rows, attachment_paths=[str(folder)])
    assert len(uploads(base)) == 1
    assert content(base, base.rows("t")[1]["pictures"][0]) == b"another"


def test_a_digest_in_the_address_of_another_base_is_no_upload(base, folder):
    base.load(SCHEMA, record("t", id=1, pictures=str(folder / "a.png")), attachment_paths=[
        str(folder)
    ])  # fmt: skip
    (address,) = base.rows("t")[0]["pictures"]
    forged = f"https://evil.example/images/x-{digest_of_address(address)}.png"
    base.base.update_rows("t", {base.base.rows("t")[0]["_id"]: {"pictures": [forged]}})
    base.load(SCHEMA, record("t", id=1, pictures=str(folder / "a.png")), attachment_paths=[
        str(folder)
    ])  # fmt: skip
    assert len(uploads(base)) == 1
    assert base.rows("t")[0]["pictures"][0] != forged


# Sizes, quotas, trouble


@pytest.mark.parametrize("given", ["address", "path"])
def test_what_is_too_large_is_rejected(base, folder, host, given):
    (folder / "large").write_bytes(b"x" * 1000)
    address = f"{host.url}/{'x' * 100}"
    rows = [
        record("t", id=1, pictures=address if given == "address" else str(folder / "large")),
        record("t", id=2, pictures=f"{host.url}/small"),
    ]
    settings = {"attachment_hosts": ["127.0.0.1"], "attachment_paths": [str(folder)]}
    base.load(SCHEMA, *rows, max_attachment_bytes=50, **settings)
    assert [row["id"] for row in base.rows("t")] == [2]
    assert "50" in reasons(base)[0]


def test_another_size_than_the_record_says_is_rejected(base, folder):
    paper = {"name": "x", "size": 6, "path": str(folder / "größe.pdf")}
    base.load(SCHEMA, record("t", id=1, papers=[paper]), attachment_paths=[str(folder)])
    assert "has 5 bytes, and the record says 6" in reasons(base)[0]


def test_the_servers_own_limit_of_size_rejects_the_record(base, folder):
    fault = Fault("status", path="upload-api", status=442, body="File size is too large.")
    base.sandbox.inject(fault)
    rows = [
        record("t", id=1, pictures=str(folder / "a.png")),
        record("t", id=2, pictures=str(folder / "größe.pdf")),
    ]
    base.load(SCHEMA, *rows, attachment_paths=[str(folder)])
    assert [row["id"] for row in base.rows("t")] == [2]
    assert "too large" in reasons(base)[0]


def test_space_that_is_used_up_ends_the_run(base, folder, caplog):
    body = "Asset quota exceeded."
    base.sandbox.inject(Fault("status", path="upload-api", status=443, body=body, times=9))
    rows = [record("t", id=1, pictures=str(folder / "a.png"))]
    sentence = base.fails(caplog, SCHEMA, *rows, attachment_paths=[str(folder)])
    assert "space for files is used up" in sentence
    assert not base.states


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "cut", "status", "html"])
@pytest.mark.parametrize("path", ["upload-link", "upload-api"])
def test_an_upload_survives_a_bad_moment(base, folder, kind, path):
    base.sandbox.inject(Fault(kind, path=path, times=2))
    rows = record("t", id=1, pictures=str(folder / "a.png"))
    base.load(SCHEMA, rows, attachment_paths=[str(folder)])
    assert content(base, base.rows("t")[0]["pictures"][0]) == b"picture"
    assert not base.rejections()


def test_a_server_that_takes_no_upload_ends_the_run(base, folder, caplog):
    base.sandbox.inject(Fault("status", path="upload-api", times=100))
    rows = record("t", id=1, pictures=str(folder / "a.png"))
    sentence = base.fails(caplog, SCHEMA, rows, attachment_paths=[str(folder)])
    assert "Could not upload the file 'a.png" in sentence
    assert not base.rejections()


def test_a_dry_run_uploads_nothing(base, folder, host):
    rows = record("t", id=1, papers=str(folder / "a.png"), pictures=f"{host.url}/a")
    settings = {"attachment_hosts": ["127.0.0.1"], "attachment_paths": [str(folder)]}
    base.load(SCHEMA, rows, dry_run=True, **settings)
    assert not uploads(base)
    assert not host.requests
    assert not base.rejections()


def test_what_the_tap_downloads_can_be_loaded(base, folder, make, sandbox):
    """As when a base moves to another server: download there, upload here."""
    base.load(
        SCHEMA,
        record("t", id=1, papers=str(folder / "größe.pdf"), pictures=str(folder / "a.png")),
        attachment_paths=[str(folder)],
    )
    (row,) = base.rows("t")
    paper = {**row["papers"][0], "path": str(folder / "größe.pdf")}
    picture = {"url": row["pictures"][0], "path": str(folder / "a.png")}
    other = make(sandbox, **TYPES)
    other.base = sandbox.create_base(f"{base.base.name} copy")
    other.load(
        SCHEMA,
        record("t", id=1, papers=[paper], pictures=[picture]),
        attachment_paths=[str(folder)],
    )
    (copy,) = other.rows("t")
    assert other.base.uuid in copy["papers"][0]["url"]
    assert content(other, copy["papers"][0]["url"]) == b"paper"
    assert content(other, copy["pictures"][0]) == b"picture"


@pytest.mark.servers("2020")
def test_the_oldest_servers_take_an_account_to_upload(base, folder, caplog):
    messages = [SCHEMA, record("t", id=1, pictures=str(folder / "a.png"))]
    sentence = base.fails(caplog, *messages, attachment_paths=[str(folder)])
    assert "does not tell the number of the base's workspace" in sentence
    config = {
        **base.settings(attachment_paths=[str(folder)]),
        "account_token": base.sandbox.account_token,
        "workspace_id": base.base.workspace_id,
        "base_name": base.base.name,
    }
    del config["api_token"]
    TargetSeaTable(config=config).run(io.StringIO("".join(map(line, messages))))
    assert len(uploads(base)) == 1
