"""Attachments come from the folders that settings allow, and from no other."""

from __future__ import annotations

import io
import json
import os

import pytest

from tests.target.rows.attachments.uploads import SCHEMA, content, reasons, uploads
from tests.target.singer import record

pytestmark = pytest.mark.servers("gateway", "cloud 5.0", "v1 with SQL", "v1 without SQL")
"""Servers of 2020 tell no workspace of a base with a token: see the last of test_uploads.py."""


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
    assert "is not a list of files" in reasons(base)[0]
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
