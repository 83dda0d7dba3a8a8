"""The server URL: the root of a server, in one spelling."""

from __future__ import annotations

import pytest

from seatable_client.connection import connect
from seatable_client.errors import ConfigError, ErrorKind, SeaTableError
from seatable_client.http.client import Transport
from tests.client.scripted_server import HTML, PAGE, Reply

SECRET = "5f2c0d6e9ab14c7f8e3d21ab90cd34ef56a7b8c9"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cloud.seatable.io",
        "ftp://cloud.seatable.io",
        "https://",
        "https://cloud.seatable.io/workspace/1/",
        "https://cloud.seatable.io/?a=b",
        "https://cloud.seatable.io/#x",
        f"https://user:{SECRET}@cloud.seatable.io",
        "https://[::1",
        "https://cloud.seatable.io:port",
        "https://cloud.seatable.io:99999",
        "https://cloud seatable.io",
        "https://:443",
    ],
)
def test_a_server_url_that_is_no_root_is_a_setting_error(url):
    with pytest.raises(ConfigError, match="server_url") as caught:
        Transport(url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://cloud.seatable.io", "https://cloud.seatable.io"),
        (" https://cloud.seatable.io/ ", "https://cloud.seatable.io"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("HTTPS://Cloud.SeaTable.io:443", "https://cloud.seatable.io"),
        ("http://localhost:80", "http://localhost"),
    ],
)
def test_a_root_has_one_spelling(url, root):
    assert Transport(url).root == root


@pytest.mark.parametrize("url", ["127.0.0.1:8000", " cloud.seatable.io/", "localhost:8000"])
def test_a_missing_scheme_is_named(url):
    with pytest.raises(ConfigError) as caught:
        Transport(url)
    said = f"http:// or https:// is missing before '{url.strip()}'."
    assert str(caught.value).endswith(said)


@pytest.mark.parametrize(
    "url", [SECRET, f"user:{SECRET}@127.0.0.1:8000", f"{SECRET}{SECRET}.{SECRET}.{SECRET}", ""]
)
def test_what_is_no_host_is_not_quoted(url):
    with pytest.raises(ConfigError, match=r"such as https://cloud\.seatable\.io\.$"):
        Transport(url)


ACCOUNT = {"account_token": "t", "workspace_id": 1, "base_name": "B"}
LOGIN = {"username": "u", "password": "p", "workspace_id": 1, "base_name": "B"}


@pytest.mark.parametrize("settings", [{"api_token": "t"}, ACCOUNT, LOGIN])
@pytest.mark.parametrize("status", [400, 404, 405, 410])
def test_what_opens_a_base_and_is_not_there_means_another_address(serve, settings, status):
    server = serve(Reply(status, PAGE, HTML))
    with pytest.raises(SeaTableError) as caught:
        connect({"server_url": server.url, **settings})
    assert "Check server_url: its scheme, its port, and that it is" in str(caught.value)
    assert "api_version" not in str(caught.value)
    assert caught.value.kind in {ErrorKind.CONFIGURATION, ErrorKind.SERVER}


def test_a_server_that_explains_itself_is_one(serve):
    server = serve(Reply(400, {"error_msg": "Bad request."}))
    with pytest.raises(SeaTableError) as caught:
        connect({"server_url": server.url, "api_token": "t"})
    assert "server_url" not in str(caught.value)
