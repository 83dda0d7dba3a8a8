"""A cell names a file of the base, and a download brings it completely."""

from __future__ import annotations

import pytest

from seatable_client.errors import (
    NotFound,
    PermissionDenied,
    RequestRejected,
    ServerUnavailable,
)
from seatable_client.files.download import Files, is_asset
from seatable_sandbox import Fault
from tests.client.files.support import Target, connected, downloaded


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
