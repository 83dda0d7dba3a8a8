"""Each content is sent once, if its size, the space and the server allow it."""

from __future__ import annotations

import io
import json

import pytest

from seatable_client.files.content import digest_of_address
from seatable_sandbox import Fault
from target_seatable.target import TargetSeaTable
from tests.target.rows.attachments.uploads import SCHEMA, TYPES, content, reasons, uploads
from tests.target.singer import record

pytestmark = pytest.mark.servers("gateway", "cloud 5.0", "v1 with SQL", "v1 without SQL")
"""Servers of 2020 do not tell with a token in which workspace a base is; see the last test."""


def line(message):
    return json.dumps(message) + "\n"


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
    assert "does not show the number of the base's workspace" in sentence
    config = {
        **base.settings(attachment_paths=[str(folder)]),
        "account_token": base.sandbox.account_token,
        "workspace_id": base.base.workspace_id,
        "base_name": base.base.name,
    }
    del config["api_token"]
    TargetSeaTable(config=config).run(io.StringIO("".join(map(line, messages))))
    assert len(uploads(base)) == 1
