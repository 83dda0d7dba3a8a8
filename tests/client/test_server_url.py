"""The server URL: the root of a server, in one spelling."""

from __future__ import annotations

import pytest

from seatable_client.errors import (
    SettingError,
)
from seatable_client.transport import Transport

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
    with pytest.raises(SettingError, match="server_url") as caught:
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
