"""Files on their way from one base to another: downloaded by the tap, uploaded by the target."""

from __future__ import annotations

import functools
import io
import json

import pytest

from seatable_client.connection import connect
from seatable_client.files.download import Files
from seatable_sandbox import Sandbox
from target_seatable.target import TargetSeaTable
from tests.tap.support import config_of, read, standard_output

PAPER, PICTURE = b"paper" * 1000, b"picture"


@pytest.fixture
def source(sandbox):
    base = sandbox.create_base("From")
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("Things", "Papers", "file")
    base.add_column("Things", "Pictures", "image")
    paper = base.store_file("/files/2024-05/größe 1.pdf", PAPER)
    picture = base.store_file("/images/2024-05/a.png", PICTURE)
    entry = {"name": "größe 1.pdf", "size": len(PAPER), "type": "file", "url": paper}
    base.append_rows("Things", [
        {"Name": "one", "Papers": [entry], "Pictures": [picture, "https://example.org/x.png"]},
        {"Name": "two", "Papers": [entry, entry]},
        {"Name": "none"},
    ])  # fmt: skip
    return base


def load(config, messages):
    with standard_output():
        lines = "".join(json.dumps(message) + "\n" for message in messages)
        TargetSeaTable(config=config).run(io.StringIO(lines))


@pytest.mark.parametrize("mode", ["download", "signed"])
def test_the_files_of_a_base_move_with_its_rows(sandbox, source, tmp_path, mode):
    folder = str(tmp_path / "files")
    tap = config_of(sandbox, source, attachments=mode, attachments_path=folder)
    with Sandbox() as other:
        copy = other.create_base("To")
        target = config_of(
            other,
            copy,
            rejected_records_path=str(tmp_path / "rejected.jsonl"),
            attachment_paths=[str(tmp_path)] if mode == "download" else [],
            attachment_hosts=["127.0.0.1"] if mode == "signed" else [],
        )
        for _ in range(2):
            other.calls.clear()
            load(target, read(tap).messages)
            uploads = [call for call in other.calls if "upload-api" in call.path]
        assert not uploads  # the second time all is there
        files = Files(connect(target).base)
        rows = {row["Name"]: row for row in copy.rows("Things")}
        assert len(rows) == len(copy.rows("Things")) == 3
        picture, foreign = rows["one"]["Pictures"]
        assert foreign == "https://example.org/x.png"
        cells = {name: row["Papers"] for name, row in rows.items()}
        assert cells["two"] == [*cells["one"], *cells["one"]]
        assert cells["none"] is None
        assert cells["one"][0]["name"] == "größe 1.pdf"
        for address, content in ((cells["one"][0]["url"], PAPER), (picture, PICTURE)):
            assert copy.uuid in address
            kept = tmp_path / "kept"
            files.download(files.path(address) or "", functools.partial(kept.open, "wb"))
            assert kept.read_bytes() == content
