"""Attachments: links and stored files in the records, and neither in what is remembered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import fsspec  # type: ignore[import-untyped]
import jsonschema
import pytest
import requests
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]

from seatable_sandbox import Fault, Sandbox
from tests.client.scripted_server import Reply, serving
from tests.tap.support import config_of, discover, entry_of, make_table, read, run_command

DATA = {"/files/2024-05/größe.pdf": b"paper" * 1000, "/images/2024-05/a.png": b"picture"}


@pytest.fixture
def shop(base):
    """A table with two files, one picture, and addresses of other kinds."""
    addresses = {path: base.store_file(path, data) for path, data in DATA.items()}
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("Things", "Papers", "file")
    base.add_column("Things", "Pictures", "image")
    paper, picture = addresses.values()
    base.append_rows("Things", [
        {"Name": "own", "Papers": [file(paper, 5000)], "Pictures": [picture]},
        {"Name": "foreign", "Papers": [file("https://example.org/x.pdf", 7)],
         "Pictures": ["custom-asset://0123.png"]},
        {"Name": "nothing"},
    ])  # fmt: skip
    return base


def file(url, size, name="paper.pdf"):
    return {"name": name, "size": size, "type": "file", "url": url}


def cell_of(run, name, column):
    (record,) = (record for record in run.records("Things") if record["Name"] == name)
    return record[column]


def asked(sandbox, word):
    return [call for call in sandbox.calls if word in call.path]


@pytest.fixture
def download(config, tmp_path):
    folder = tmp_path / "files"
    return {**config, "attachments": "download", "attachments_path": str(folder)}, folder


def stored(folder):
    return {path for path in folder.rglob("*") if path.is_file()}


def test_by_default_nothing_is_done(sandbox, shop, config):
    run = read(config)
    assert cell_of(run, "own", "Pictures") == [shop.rows("Things")[0]["Pictures"][0]]
    assert cell_of(run, "own", "Papers")[0].keys() == {"name", "size", "type", "url"}
    assert not asked(sandbox, "link")


def test_signed_files_come_with_a_link_that_needs_no_token(shop, config):
    run = read({**config, "attachments": "signed"})
    assert not run.error
    (paper,) = cell_of(run, "own", "Papers")
    (picture,) = cell_of(run, "own", "Pictures")
    assert requests.get(paper["download_url"], timeout=5).content == b"paper" * 1000
    assert requests.get(picture["download_url"], timeout=5).content == b"picture"
    assert paper["size"] == 5000
    assert cell_of(run, "foreign", "Papers")[0]["download_url"] == "https://example.org/x.pdf"
    assert cell_of(run, "foreign", "Pictures") == [
        {"url": "custom-asset://0123.png", "download_url": None}
    ]
    assert cell_of(run, "nothing", "Papers") is None
    for record in run.records("Things"):
        jsonschema.validate(record, run.schema("Things"))
    secret = paper["download_url"].split("/")[-2]
    assert not run.log_lines(secret)
    assert secret not in str(run.state)


@pytest.mark.parametrize("mode", ["signed", "download"])
def test_added_links_and_paths_are_no_change(sandbox, shop, download, mode):
    config = {**download[0], "attachments": mode, "full_compare_interval": 0}
    first = read(config)
    assert len(first.records("Things")) == 3
    sandbox.calls.clear()
    second = read(config, state=first.state)
    assert not second.records("Things")
    assert not asked(sandbox, "link")
    shop.update_rows("Things", {shop.rows("Things")[0]["_id"]: {"Name": "renamed"}})
    third = read(config, state=second.state)
    assert [record["Name"] for record in third.records("Things")] == ["renamed"]
    assert cell_of(third, "renamed", "Papers")[0].keys() >= {"url", "name"}


def test_another_mode_emits_all_rows_again_where_there_are_files(base, shop, download):
    make_table(base, "Plain", rows=2)
    config, folder = download
    state = read({**config, "attachments": "as_is"}).state
    for settings in (
        {"attachments": "signed"},
        {"attachments": "download"},
        {"attachments": "download", "attachments_path": str(folder) + "2"},
    ):
        run = read({**config, **settings}, state=state)
        assert len(run.records("Things")) == 3
        assert not run.records("Plain")
        assert not read({**config, **settings}, state=run.state).records("Things")
        state = run.state


def test_the_catalog_shows_the_mode(shop, config):
    def items(name, **settings):
        catalog = discover({**config, **settings})
        return entry_of(catalog, "Things")["schema"]["properties"][name]["items"]

    assert items("Pictures") == {"type": "string"}
    assert items("Pictures", attachments="signed")["properties"].keys() == {"url", "download_url"}
    added = {"name", "size", "type", "url", "path"}
    settings = {"attachments": "download", "attachments_path": "x"}
    assert items("Papers", **settings)["properties"].keys() == added


def test_files_are_stored_once(sandbox, shop, download):
    config, folder = download
    run = read(config)
    assert not run.error
    (paper,), (picture,) = cell_of(run, "own", "Papers"), cell_of(run, "own", "Pictures")
    assert paper["path"] == f"{folder}/{shop.uuid}/files/2024-05/größe.pdf"
    assert Path(paper["path"]).read_bytes() == b"paper" * 1000
    assert {str(path) for path in stored(folder)} == {paper["path"], picture["path"]}
    assert cell_of(run, "foreign", "Papers")[0]["path"] is None
    for record in run.records("Things"):
        jsonschema.validate(record, run.schema("Things"))
    sandbox.calls.clear()
    again = read(config)  # a full read, as if the state were lost
    assert again.records("Things") == run.records("Things")
    assert not asked(sandbox, "link")


def test_a_file_of_the_wrong_size_is_fetched_again(shop, download):
    config, folder = download
    path = folder / shop.uuid / "files" / "2024-05" / "größe.pdf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half")
    read(config)
    assert path.read_bytes() == b"paper" * 1000


def test_any_file_system_will_do(shop, config):
    run = read({**config, "attachments": "download", "attachments_path": "memory://attached/"})
    (paper,) = cell_of(run, "own", "Papers")
    assert paper["path"] == f"memory://attached/{shop.uuid}/files/2024-05/größe.pdf"
    with fsspec.open(paper["path"]) as opened:
        assert opened.read() == b"paper" * 1000


class WithPassword(MemoryFileSystem):  # type: ignore[misc]
    """A file system whose URLs hold a password, and which quotes it when it fails."""

    protocol = "locked"
    given: ClassVar[list[str]] = []

    @classmethod
    def _strip_protocol(cls, path):
        if "://" not in path:
            return super()._strip_protocol(path)
        return "/" + path.rpartition("@")[2].partition("/")[2]

    @staticmethod
    def _get_kwargs_from_urls(path):
        WithPassword.given.append(path)
        if "broken" in path:
            raise RuntimeError(f"no login as me with pass@wo/rd at {path}")
        return {}


@pytest.mark.only_on("gateway")
@pytest.mark.parametrize("place", ["files", "broken"])
def test_a_password_reaches_no_record_and_no_log(shop, config, place):
    fsspec.register_implementation("locked", WithPassword, clobber=True)
    path = f"locked://me:pass@wo/rd@h.example/{place}"
    run = read({**config, "attachments": "download", "attachments_path": path})
    assert WithPassword.given
    assert "wo/rd" not in json.dumps([run.messages, run.log_lines("")]) + run.error
    if place == "files":
        assert not run.error
        (paper,) = cell_of(run, "own", "Papers")
        assert paper["path"].startswith(f"locked://***@h.example/files/{shop.uuid}/")
    else:
        assert f"attachments_path 'locked://***@h.example/{place}' cannot be used" in run.error


@pytest.mark.parametrize("place", ["memory://brackets/", ""])
def test_a_name_that_looks_like_a_pattern_is_a_name(base, config, tmp_path, place):
    names = ("scan[1].pdf", "scan1.pdf", "scan?.pdf", "scan*.pdf")
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("Things", "Papers", "file")
    for name in names:
        address = base.store_file(f"/files/{name}", name.encode())
        base.append_rows("Things", [{"Name": name, "Papers": [file(address, len(name), name)]}])
    folder = place or str(tmp_path / "files")
    run = read({**config, "attachments": "download", "attachments_path": folder})
    assert not run.error
    for name in names:
        (paper,) = cell_of(run, name, "Papers")
        system, path = fsspec.core.url_to_fs(paper["path"])
        assert system.cat_file(path) == name.encode()


@pytest.mark.parametrize("kind", ["cut", "reset_before", "status", "hang_before"])
@pytest.mark.parametrize("path", ["download-link", "/seafhttp/files/"])
@pytest.mark.usefixtures("quick_retries")
def test_a_download_that_fails_for_a_while_is_complete(sandbox, shop, download, kind, path):
    config, folder = download
    sandbox.inject(Fault(kind, path=path, times=3, seconds=0.01))
    run = read(config)
    assert not run.error
    assert sorted(map(len, (file.read_bytes() for file in stored(folder)))) == [7, 5000]


@pytest.mark.usefixtures("quick_retries")
def test_a_download_that_keeps_failing_fails_its_table_and_the_next_run_continues(
    sandbox, shop, download
):
    config, folder = download
    make_table(shop, "Plain", rows=2)
    sandbox.inject(Fault("cut", path="/seafhttp/files/", times=100, after=1))
    run = read(config)
    assert run.log_lines("'Things' was not read", "Could not download the file", "broke off")
    assert "1 of the streams" in run.error
    assert not run.records("Things")
    assert len(run.records("Plain")) == 2
    assert not run.bookmark("Things")
    sandbox.clear_faults()
    sandbox.calls.clear()
    again = read(config, state=run.state)
    assert len(again.records("Things")) == 3
    assert len(asked(sandbox, "download-link")) == 1
    assert len(stored(folder)) == 2


@pytest.mark.parametrize("mode", ["signed", "download"])
def test_a_missing_file_is_a_warning_and_the_run_goes_on(sandbox, shop, download, mode):
    config, _ = download
    address = shop.rows("Things")[0]["Papers"][0]["url"]
    missing = file(address.replace("gr", "kl"), 7)
    shop.append_rows("Things", [{"Name": "gone", "Papers": [missing, missing]}])
    run = read({**config, "attachments": mode})
    assert not run.error
    added = "path" if mode == "download" else "download_url"
    assert [paper[added] for paper in cell_of(run, "gone", "Papers")] == [None, None]
    assert cell_of(run, "own", "Papers")[0][added]
    assert run.log_lines("'Things'", "2 files of column 'Papers'", added, "not found")


def test_a_wrong_size_in_a_cell_is_a_warning(shop, download):
    config, folder = download
    address = shop.store_file("/files/new.txt", b"four")
    shop.append_rows("Things", [{"Name": "liar", "Papers": [file(address, 400)]}])
    run = read(config)
    assert run.log_lines("1 file of column 'Papers'", "another size")
    (paper,) = cell_of(run, "liar", "Papers")
    assert paper["path"].endswith("/files/new.txt")
    assert (folder / shop.uuid / "files" / "new.txt").read_bytes() == b"four"


def test_a_download_that_is_too_short_is_made_again(sandbox, base, download):
    """As behind a proxy that does not tell the length, so that nobody sees it break off."""
    config, folder = download
    address = base.store_file("/files/a.txt", b"paper")
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("Things", "Papers", "file")
    base.append_rows("Things", [{"Name": "own", "Papers": [file(address, 5)]}])
    with serving([Reply(200, b"pa"), Reply(200, b"paper")]) as proxy:
        body = {"download_link": f"{proxy.url}/x"}
        fault = Fault("status", path="download-link", status=200, body=body, times=2)
        sandbox.inject(fault)
        run = read(config)
    assert not run.log_lines("another size")
    assert (folder / base.uuid / "files" / "a.txt").read_bytes() == b"paper"


@pytest.mark.parametrize("way", ["../../../../etc/x", "%2e%2e/%2e%2e/x", "a%00b", "..%5Cx"])
def test_no_address_leads_out_of_the_folder(sandbox, shop, download, way):
    config, folder = download
    address = f"{sandbox.url}/workspace/1/asset/{shop.uuid}/files/{way}"
    shop.append_rows("Things", [{"Name": "evil", "Papers": [file(address, 1)]}])
    run = read(config)
    assert cell_of(run, "evil", "Papers")[0]["path"] is None
    assert len(stored(folder.parent)) == 2


def test_files_that_are_not_selected_are_not_fetched(sandbox, shop, download):
    catalog = discover(download[0])
    for entry in entry_of(catalog, "Things")["metadata"]:
        if entry["breadcrumb"][-1:] in (["Papers"], ["Pictures"]):
            entry["metadata"]["selected"] = False
    run = read(download[0], catalog=catalog)
    assert len(run.records("Things")) == 3
    assert not asked(sandbox, "link")


def test_a_folder_is_needed(shop, config):
    assert "attachments_path" in read({**config, "attachments": "download"}).error


def test_a_folder_that_cannot_be_written_is_an_error(shop, config, tmp_path):
    (tmp_path / "taken").write_text("a file")
    settings = {"attachments": "download", "attachments_path": str(tmp_path / "taken" / "x")}
    run = read({**config, **settings})
    assert run.log_lines("'Things' was not read", "attachments_path")
    assert run.error


@pytest.mark.parametrize("path", ["nonsense://x", "s3-of-nobody://x"])
def test_a_folder_of_an_unknown_file_system_is_an_error(shop, config, path):
    run = read({**config, "attachments": "download", "attachments_path": path})
    assert f"attachments_path {path!r} cannot be used" in run.error
    assert run.messages == []


def test_downloads_with_an_account_are_refused(sandbox, shop, base):
    config = {
        "server_url": sandbox.url,
        "account_token": sandbox.account_token,
        "workspace_id": base.workspace_id,
        "base_name": base.name,
    }
    assert len(read(config).records("Things")) == 3
    run = read({**config, "attachments": "signed"})
    assert "cannot be downloaded with an account" in run.error
    assert run.messages == []


@pytest.mark.parametrize("profile", ["v1", "v1-2020", "cloud-5.0"])
def test_older_servers_give_links_too(profile, tmp_path):
    with Sandbox(profile) as sandbox:
        base = sandbox.create_base("Old")
        address = base.store_file("/files/a.txt", b"text")
        base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
        base.add_column("Things", "Papers", "file")
        base.append_rows("Things", [{"Name": "own", "Papers": [file(address, 4)]}])
        config = config_of(sandbox, base)
        run = read({**config, "attachments": "download", "attachments_path": str(tmp_path)})
        assert Path(cell_of(run, "own", "Papers")[0]["path"]).read_bytes() == b"text"


def test_after_a_kill_no_file_is_fetched_twice_and_none_is_half(sandbox, base, tmp_path):
    base.create_table("Things", [{"column_name": "Name", "column_type": "text"}])
    base.add_column("Things", "Pictures", "image")  # whose cells tell no sizes
    sizes = {f"/images/{number}.bin": number * 1000 for number in range(1, 21)}
    for path, size in sizes.items():
        address = base.store_file(path, b"x" * size)
        base.append_rows("Things", [{"Name": path, "Pictures": [address]}])
    program = (
        "import os\nfrom seatable_client.files import download\n"
        "plain, count = download.receive_into, []\n"
        "def dying(*args):\n"
        "    count.append(1)\n"
        "    receive = plain(*args)\n"
        "    def last(response):\n"
        "        next(response.iter_content(100)); open_target = args[0]\n"
        "        target = open_target(); target.write(b'half'); target.flush(); os._exit(9)\n"
        "    return last if len(count) == 8 else receive\n"
        "download.receive_into = dying\n"
    )
    env = {
        "TAP_SEATABLE_SERVER_URL": sandbox.url,
        "TAP_SEATABLE_API_TOKEN": base.api_token,
        "TAP_SEATABLE_ATTACHMENTS": "download",
        "TAP_SEATABLE_ATTACHMENTS_PATH": str(tmp_path / "files"),
    }
    killed = run_command("--config", "ENV", program=program, env=env)
    assert killed.code == 9
    assert b'"RECORD"' not in killed.output
    sandbox.calls.clear()
    ended = run_command("--config", "ENV", env=env)
    assert ended.code == 0, ended.log
    assert len(asked(sandbox, "download-link")) == 20 - 7
    found = {path.name: path.stat().st_size for path in stored(tmp_path / "files")}
    assert found == {path.rpartition("/")[2]: size for path, size in sizes.items()}
