"""Tokens leave in one header, to one host, and are never said."""

from __future__ import annotations

import itertools
import logging
import sys
import threading
import traceback

import pytest

from seatable_client.errors import ConfigError, SeaTableError
from seatable_client.http.client import Transport
from seatable_client.http.request import Effect
from tests.client.scripted_server import BUSY, Reply

SECRET = "5f2c0d6e9ab14c7f8e3d21ab90cd34ef56a7b8c9"
READ, ONCE = Effect.READ, Effect.NON_IDEMPOTENT


def _everything_said(caught, caplog):
    said = [str(caught.value), repr(caught.value), *traceback.format_exception(caught.value)]
    said += [record.getMessage() + (record.exc_text or "") for record in caplog.records]
    return "\n".join(said)


@pytest.mark.parametrize(
    "reply",
    [
        *BUSY.values(),
        Reply(400, {"error_msg": f"bad header Token {SECRET}"}),
        Reply(400, ("x" * 280 + SECRET).encode()),
        Reply(400, {"error_msg": "x" * 280 + SECRET}),
        Reply(403, {"detail": SECRET}),
        Reply(500, SECRET.encode()),
        Reply(301, b"", {"Location": f"http://other.example/?token={SECRET}"}),
        Reply(302, b"", {"Location": f"/login/{SECRET}/?token={SECRET}"}),
    ],
)
@pytest.mark.parametrize("effect", [READ, ONCE])
def test_no_token_is_ever_said(serve, transport_to, call, caplog, reply, effect):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    transport = transport_to(serve(reply))
    transport.keep_secret(SECRET)
    with pytest.raises(SeaTableError) as caught:
        transport.send(call(effect, token=SECRET))
    said = _everything_said(caught, caplog)
    assert SECRET[:12] not in said
    assert "urllib3" in {record.name.partition(".")[0] for record in caplog.records}


@pytest.mark.parametrize("token", [f"{SECRET}\n{SECRET}", f"{SECRET}\r", f"{SECRET}é…"])
def test_a_token_that_no_header_can_carry_is_not_said_either(
    serve, transport_to, call, caplog, token
):
    server = serve(Reply())
    with pytest.raises(SeaTableError) as caught:
        transport_to(server).send(call(token=token))
    assert SECRET[:12] not in _everything_said(caught, caplog)
    assert server.requests == []


def test_a_call_does_not_show_its_token(call):
    assert SECRET not in repr(call(token=SECRET, headers={"X": SECRET}, form={"a": SECRET}))


def test_a_netrc_does_not_replace_the_token(serve, transport_to, call, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(Reply())
    transport_to(server).send(call(token=SECRET))
    transport_to(server).send(call())
    assert [request.headers.get("authorization") for request in server.requests] == [
        f"Token {SECRET}",
        None,
    ]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_token_does_not_follow_a_redirect(serve, transport_to, call, scheme):
    other = serve(Reply())
    target = other.url.replace("http:", f"{scheme}:") + "/x/"
    server = serve(Reply(307, b"", {"Location": target}))
    with pytest.raises(ConfigError, match="tokens are not sent after a redirect"):
        transport_to(server).send(call(token=SECRET))
    assert other.requests == []


def test_secrets_may_become_known_while_others_are_removed():
    transport = Transport("http://x.example")
    stop = threading.Event()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def learn():
        for number in itertools.count():
            if stop.is_set():
                return
            transport.keep_secret(f"secret-{number % 500}")
            if number % 500 == 0:
                transport._secrets = type(transport._secrets)()

    thread = threading.Thread(target=learn)
    thread.start()
    try:
        for _ in range(1500):
            transport.scrub("nothing to see")
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)
