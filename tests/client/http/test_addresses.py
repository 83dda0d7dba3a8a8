"""The host that is checked is the host that is called."""

import ipaddress
from urllib.parse import urlsplit

import pytest
import requests
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st

from seatable_client.http.address import HostRules, is_public, parse_address
from seatable_client.http.public_hosts import PublicHosts

SIGNS = st.sampled_from([*"ab1.-_~:/?#[]@!$&'()*+,;=%2E \\\t\n\r^|<>{}\"`ä", "://", "//", "%5c"])
PARTS = st.lists(SIGNS, max_size=8).map("".join)


@given(
    st.tuples(
        st.sampled_from(["http://", "https://", "HTTP://", "//", "ftp://", ""]),
        PARTS,
        st.sampled_from(["files.example", "files.example:80", "[::1]", "@inside.example", ""]),
        PARTS,
    ).map("".join)
)
@settings(max_examples=1500, deadline=None)
def test_every_parser_finds_the_host_that_was_checked(text):
    address = parse_address(text)
    if address is None:
        return
    sent = requests.Request("GET", address.origin + address.target).prepare().url or ""
    for url in (text, sent):
        assert (urlsplit(url).hostname or "") == address.host
        assert (urllib3.util.parse_url(url).host or "").strip("[]").lower() == address.host
        assert urlsplit(url).port == address.port
        assert "@" not in urlsplit(url).netloc
    assert set(text) <= {chr(code) for code in range(33, 127)}


@pytest.mark.parametrize(
    "text",
    ["http://a.example", "https://A.example:8443/x/%C3%A4?y=1&z=/?#part", "http://[::1]:80/x"],
)
def test_plain_addresses_are_taken(text):
    address = parse_address(text)
    assert address is not None
    assert address.text == text
    assert address.origin + address.target.rstrip("/") in {
        address.origin + text.partition("#")[0].partition(address.host.strip("[]"))[2],
        address.origin,
        text.partition("#")[0].lower().replace("%c3%a4", "%C3%A4"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "http://user@a.example/", "http://a.example\\@b.example/", "http://a.example:/",
        "http://a.example:0/", "http://a.example:65536/", "http://[::1/", "http://[::z]/",
        "http://a%2eexample/", "http://ä.example/", "http://a..example/", "http:///x",
        "http://a.example/x y", "http://a.example/[", "ftp://a.example/", "http://[v1.x]/",
        "http://a.example/%", "http://a.example/\n", "http:/a.example/", "data:text/plain,x",
    ],
)  # fmt: skip
def test_others_are_not(text):
    assert parse_address(text) is None


@pytest.mark.parametrize(
    ("ip", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", True), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("fe80::1", False), ("fc00::1", False), ("224.0.0.1", False),
    ],
)  # fmt: skip
def test_what_is_public(ip, public):
    assert is_public(ipaddress.ip_address(ip)) is public


@pytest.mark.parametrize(
    ("host", "hosts", "literally"),
    [
        ("a.example", ["a.example"], True), ("a.example", ["*.example"], False),
        ("127.0.0.1", ["*"], False), ("127.0.0.1", ["127.0.0.*"], True),
        ("127.0.0.evil.example", ["127.0.0.*"], False), ("a.example", ["a.example:81"], False),
    ],
)  # fmt: skip
def test_what_names_a_host_literally(host, hosts, literally):
    address = parse_address(f"http://{host}/x")
    assert address is not None
    assert HostRules(hosts).names_literally(address) is literally


def test_a_name_that_leads_to_public_and_private_addresses_is_called_at_a_public_one(monkeypatch):
    called = []
    found = [(2, 1, 6, "", (ip, 80)) for ip in ("127.0.0.1", "192.0.2.1", "8.8.8.8")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_kwargs: found)

    def connect(place, *_args, **_kwargs):
        called.append(place)
        raise OSError("no network here")

    monkeypatch.setattr("urllib3.connection.connection.create_connection", connect)
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", PublicHosts())
    with pytest.raises(requests.ConnectionError):
        session.get("http://files.example/x")
    assert called == [("8.8.8.8", 80)]
