"""Proxies, and certificates of an own authority: what works, and what a failure says."""

import datetime
import json
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from seatable_client.errors import ConfigError, ErrorKind, ServerUnavailable
from seatable_client.http import Effect, Links
from seatable_sandbox import Sandbox
from tests.client.network import Proxy, SocksProxy, encrypted
from tests.tap.support import config_of, make_table, parse

BIN = Path(sys.executable).parent

VARIABLES = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip

PASSWORD = "pa55word"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """No proxy and no authority of the machine that runs the tests."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def server():
    with Sandbox(profile="gateway") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def base(server):
    base = server.create_base("Own server")
    make_table(base, rows=3)
    return base


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="module")
def secure(server, authority):
    """The address of the sandbox behind https, with a certificate of the own authority."""
    with encrypted(
        urlsplit(server.url).port, context_of(authority.issue_cert("localhost"))
    ) as port:
        yield f"https://localhost:{port}"


def context_of(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def run(command, config, tmp_path, messages=b"", **variables):
    """Run a command with these variables; its exit code, output and log."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    ended = subprocess.run(
        [BIN / command, "--config", path],
        input=messages,
        capture_output=True,
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
        timeout=60,
        check=False,
    )
    log = ended.stderr.decode()
    assert "Traceback" not in log
    assert PASSWORD not in log
    return ended.returncode, ended.stdout, log


def secured(server, base, secure, **settings):
    return {**config_of(server, base), "server_url": secure, **settings}


# Certificates


@pytest.mark.parametrize("command", ["tap-seatable", "target-seatable"])
def test_an_own_authority_is_named_with_its_remedy(command, server, base, secure, tmp_path):
    schema = {"type": "SCHEMA", "stream": "t", "schema": {"properties": {"a": {}}},
              "key_properties": []}  # fmt: skip
    messages = json.dumps(schema).encode()
    code, _, log = run(command, secured(server, base, secure), tmp_path, messages)
    assert code == ErrorKind.CONFIGURATION.exit_code
    assert f"the certificate of {secure} is not accepted (" in log
    assert "set ca_bundle (or the variable REQUESTS_CA_BUNDLE) to a file with that" in log


def test_ca_bundle_is_trusted(server, base, secure, ca_file, tmp_path):
    config = secured(server, base, secure, ca_bundle=str(ca_file))
    code, output, log = run("tap-seatable", config, tmp_path)
    assert code == 0, log
    assert sum(message["type"] == "RECORD" for message in parse(output)) == 3


def test_a_folder_is_a_ca_bundle_too(secure, ca_file, transport_to, call, tmp_path):
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "own.pem").write_bytes(ca_file.read_bytes())
    subprocess.run(["openssl", "rehash", folder], check=True)
    transport = transport_to(secure, ca_bundle=str(folder))
    assert transport.send(call(path="/api2/ping/"))


@pytest.mark.parametrize(
    ("variable", "code"),
    [
        ("REQUESTS_CA_BUNDLE", 0),
        ("CURL_CA_BUNDLE", 0),
        ("SSL_CERT_FILE", ErrorKind.CONFIGURATION.exit_code),  # requests does not know it
    ],
)
def test_variables_that_name_authorities(server, base, secure, ca_file, tmp_path, variable, code):
    found, _, log = run(
        "tap-seatable", secured(server, base, secure), tmp_path, **{variable: ca_file}
    )
    assert found == code, log


def test_both_the_setting_and_the_variable_are_trusted(
    secure, ca_file, transport_to, call, monkeypatch, tmp_path
):
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert transport_to(secure, ca_bundle=str(ca_file)).send(call(path="/api2/ping/"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_file))
    assert transport_to(secure, ca_bundle=str(other)).send(call(path="/api2/ping/"))


def test_links_trust_the_same_authorities(secure, ca_file, transport_to):
    def ping(transport):
        return Links(transport).get(
            f"{secure}/api2/ping/", lambda response: response.content, purpose="look at a file"
        )

    assert ping(transport_to(secure, ca_bundle=str(ca_file)))
    with pytest.raises(ConfigError, match="is not accepted"):
        ping(transport_to(secure))


@pytest.mark.parametrize(
    ("certificate", "advice"),
    [
        (("elsewhere.example", None), "Set server_url to a name that the certificate has."),
        (("localhost", -1), "Have it renewed, or check the clock of this machine."),
    ],
)
def test_what_another_authority_would_not_mend(
    server, authority, ca_file, transport_to, call, certificate, advice
):
    name, days = certificate
    ends = days and datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    issued = authority.issue_cert(name, not_after=ends)
    with encrypted(urlsplit(server.url).port, context_of(issued)) as port:
        transport = transport_to(f"https://localhost:{port}", ca_bundle=str(ca_file))
        with pytest.raises(ConfigError, match=re.escape(advice)) as raised:
            transport.send(call())
    assert "ca_bundle" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file"), ("no certificate", "holds no certificate in PEM")],
)
def test_a_ca_bundle_that_is_none(server, base, secure, tmp_path, content, reason):
    path = tmp_path / "none.pem"
    if content:
        path.write_text(content)
    config = secured(server, base, secure, ca_bundle=str(path))
    code, _, log = run("tap-seatable", config, tmp_path)
    assert code == ErrorKind.CONFIGURATION.exit_code
    assert f"ca_bundle '{path}' {reason}" in log


def test_a_variable_that_names_no_file(server, base, secure, tmp_path):
    config = secured(server, base, secure)
    code, _, log = run("tap-seatable", config, tmp_path, REQUESTS_CA_BUNDLE=tmp_path / "no.pem")
    assert code == ErrorKind.CONFIGURATION.exit_code
    assert "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names a file that does not exist" in log


# Proxies


def through(port, user=f"me:{PASSWORD}@"):
    return f"http://{user}127.0.0.1:{port}"


def test_a_run_goes_through_a_proxy(server, base, secure, ca_file, tmp_path):
    proxy = Proxy(user=f"me:{PASSWORD}")
    config = secured(server, base, secure, ca_bundle=str(ca_file))
    with proxy.running() as port:
        code, output, log = run("tap-seatable", config, tmp_path, HTTPS_PROXY=through(port))
    assert code == 0, log
    assert len(parse(output)) > 3
    assert proxy.asked
    assert all(line.startswith("CONNECT localhost:") for line in proxy.asked)


def test_a_host_in_no_proxy_is_called_at_once(secure, ca_file, transport_to, call, monkeypatch):
    proxy = Proxy()
    with proxy.running() as port:
        monkeypatch.setenv("HTTPS_PROXY", through(port))
        monkeypatch.setenv("NO_PROXY", "localhost")
        assert transport_to(secure, ca_bundle=str(ca_file)).send(call(path="/api2/ping/"))
    assert not proxy.asked


@pytest.mark.parametrize("is_secure", [True, False])
def test_a_proxy_that_wants_another_password(server, base, secure, ca_file, tmp_path, is_secure):
    address = secure if is_secure else server.url
    variable = "HTTPS_PROXY" if is_secure else "HTTP_PROXY"
    config = secured(server, base, address, ca_bundle=str(ca_file))
    with Proxy(user="me:another").running() as port:
        code, _, log = run("tap-seatable", config, tmp_path, **{variable: through(port)})
    assert code == ErrorKind.CONFIGURATION.exit_code
    assert (
        f"the proxy http://***@127.0.0.1:{port} ({variable}) does not accept the user and password"
    ) in log
    assert f"check {variable}, or name the host of the server in NO_PROXY" in log


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("127.0.0.1:9", "Connection refused"),
        ("no-such-proxy.invalid:3128", "(Name or service not known|name resolution|No address)"),
    ],
)
def test_a_proxy_that_is_not_there(secure, transport_to, call, monkeypatch, variable, host, reason):
    monkeypatch.setenv(variable, f"http://me:{PASSWORD}@{host}")
    with pytest.raises(ServerUnavailable) as raised:
        transport_to(secure).send(call(Effect.NON_IDEMPOTENT))  # not ambiguous: nothing was sent
    message = str(raised.value)
    assert re.search(
        rf"no connection to the proxy http://\*\*\*@{re.escape(host)} \({variable}\) \(.*{reason}",
        message,
    )
    assert (
        f"check {variable}, or name the host of the server in NO_PROXY, then run again" in message
    )
    assert PASSWORD not in message


def test_a_proxy_without_a_scheme_keeps_its_password(secure, transport_to, call, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"me:{PASSWORD}@127.0.0.1:9")
    with pytest.raises(ConfigError) as raised:
        transport_to(secure).send(call())
    assert "the proxy http://***@127.0.0.1:9 (HTTPS_PROXY)" in str(raised.value)
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize(
    ("refusal", "error", "tries"),
    [
        ("403 Forbidden", ConfigError, 1),
        ("502 Bad Gateway", ServerUnavailable, 6),
    ],
)
def test_a_proxy_that_does_not_connect(
    secure, transport_to, call, monkeypatch, refusal, error, tries
):
    proxy = Proxy(refusal=refusal)
    with proxy.running() as port:
        monkeypatch.setenv("HTTPS_PROXY", through(port))
        with pytest.raises(error) as raised:
            transport_to(secure).send(call())
    message = f"the proxy http://***@127.0.0.1:{port} (HTTPS_PROXY) does not connect to {secure} "
    assert f"{message}(HTTP {refusal})" in str(raised.value)
    assert len(proxy.asked) == tries


def test_a_proxy_that_speaks_no_https(secure, transport_to, call, monkeypatch):
    with Proxy().running() as port:
        monkeypatch.setenv("HTTPS_PROXY", f"https://me:{PASSWORD}@127.0.0.1:{port}")
        with pytest.raises(ConfigError, match="does not answer with https") as raised:
            transport_to(secure).send(call())
    assert "may begin with http://" in str(raised.value)
    assert PASSWORD not in str(raised.value)


def test_a_run_goes_through_a_socks_proxy(secure, ca_file, transport_to, call, monkeypatch):
    proxy = SocksProxy()
    with proxy.running() as port:
        monkeypatch.setenv("HTTPS_PROXY", f"socks5h://127.0.0.1:{port}")
        assert transport_to(secure, ca_bundle=str(ca_file)).send(call(path="/api2/ping/"))
    assert proxy.asked == ["localhost"]


def test_a_socks_proxy_that_is_not_there(secure, transport_to, call, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"socks5://me:{PASSWORD}@127.0.0.1:9")
    with pytest.raises(ServerUnavailable) as raised:
        transport_to(secure).send(call())
    assert "no connection to the proxy socks5://***@127.0.0.1:9 (HTTPS_PROXY) (" in str(
        raised.value
    )


def test_a_socks_proxy_takes_another_package(tmp_path):
    path = tmp_path / "config.json"
    settings = {"server_url": "https://seatable.example", "api_token": "a" * 40}
    path.write_text(json.dumps(settings), encoding="utf-8")
    program = (
        "import sys; sys.modules['socks'] = None; sys.argv[0] = 'tap-seatable'; "
        "from tap_seatable.__main__ import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "--config", path],
        capture_output=True,
        env={**os.environ, "HTTPS_PROXY": f"socks5://me:{PASSWORD}@127.0.0.1:9"},
        timeout=60,
        check=False,
    )
    log = ended.stderr.decode()
    assert ended.returncode == ErrorKind.CONFIGURATION.exit_code, log
    assert "proxy socks5://***@127.0.0.1:9 (HTTPS_PROXY) is a SOCKS proxy, which needs the" in log
    assert PASSWORD not in log


@pytest.mark.parametrize("proxy", [f"http://me:{PASSWORD}@[bad", f"http://me:{PASSWORD}@:port/x"])
def test_a_proxy_that_is_no_address(secure, transport_to, call, monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as raised:
        transport_to(secure).send(call())
    assert PASSWORD not in str(raised.value)
