"""The transport: what is sent again, what is not, and what becomes of each kind of answer."""

from __future__ import annotations

import json
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from seatable_client.errors import (
    AmbiguousWriteError,
    ConfigError,
    NotFound,
    RequestRejected,
    ServerUnavailable,
)
from seatable_client.http.client import MAX_TRIES, Transport
from seatable_client.http.request import Call, Effect
from seatable_client.http.response import answer_of
from tests.client.scripted_server import BUSY, PAGE, Reply, closed_port, serving

READ, REPEATABLE, ONCE = Effect.READ, Effect.REPEATABLE, Effect.NON_IDEMPOTENT


@pytest.mark.parametrize("failure", BUSY.values(), ids=BUSY)
@pytest.mark.parametrize("effect", [READ, REPEATABLE])
def test_what_may_be_repeated_is_repeated(serve, transport_to, call, failure, effect):
    server = serve(failure, failure, Reply(body={"ok": 1}))
    assert transport_to(server).send(call(effect)) == {"ok": 1}
    assert len(server.requests) == 3


@pytest.mark.parametrize("failure", BUSY.values(), ids=BUSY)
def test_what_must_happen_once_is_sent_once_and_its_outcome_is_unknown(
    serve, transport_to, call, failure
):
    server = serve(failure)
    with pytest.raises(AmbiguousWriteError, match="Whether SeaTable has applied it is not known"):
        transport_to(server).send(call(ONCE, method="POST", json={"rows": []}))
    assert len(server.requests) == 1


@pytest.mark.parametrize("failure", BUSY.values(), ids=BUSY)
@pytest.mark.parametrize("effect", [READ, REPEATABLE])
def test_a_server_that_stays_away_is_given_up_after_a_fixed_number_of_requests(
    serve, transport_to, call, failure, effect
):
    server = serve(failure)
    with pytest.raises(ServerUnavailable, match=f"Tried {MAX_TRIES} times") as caught:
        transport_to(server).send(call(effect))
    assert not isinstance(caught.value, AmbiguousWriteError)
    assert len(server.requests) == MAX_TRIES


@pytest.mark.parametrize(
    ("effect", "sent"), [(READ, MAX_TRIES), (REPEATABLE, MAX_TRIES), (ONCE, 1)]
)
def test_a_time_out(serve, transport_to, call, effect, sent):
    server = serve(Reply(ends="hang"))
    error = AmbiguousWriteError if effect is ONCE else ServerUnavailable
    with pytest.raises(error, match=r"no answer within 0\.05 s"):
        transport_to(server, timeout=0.05).send(call(effect))
    assert len(server.requests) == sent


def test_a_time_out_in_the_middle_of_an_answer(serve, transport_to, call):
    server = serve(Reply(200, b'{"results": [', {"Content-Length": "100"}), Reply(body={"ok": 1}))
    assert transport_to(server, timeout=0.05).send(call(READ)) == {"ok": 1}
    with pytest.raises(AmbiguousWriteError, match=r"the answer stopped for more than 0\.05 s"):
        transport_to(
            serve(Reply(200, b'{"results": [', {"Content-Length": "100"})), timeout=0.05
        ).send(call(ONCE, method="POST"))


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Padding": "x" * 100}, {"Transfer-Encoding": "chunked", "Content-Length": "0"}],
    ids=["body", "headers", "chunks"],
)
@pytest.mark.parametrize(("effect", "sent"), [(READ, MAX_TRIES), (ONCE, 1)])
def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(
    serve, transport_to, call, headers, effect, sent
):
    server = serve(Reply(200, {"rows": list(range(1_000))}, headers, pause=0.01))
    error = AmbiguousWriteError if effect is ONCE else ServerUnavailable
    began = time.monotonic()
    with pytest.raises(error, match="less than 1,000 bytes a second"):
        transport_to(server, timeout=0.3).send(call(effect))
    assert len(server.requests) == sent
    assert time.monotonic() - began < 3 * sent


@given(st.integers(1, 300_000), st.booleans())
@settings(max_examples=20)
def test_an_answer_of_any_size_is_read_whole_on_one_connection(size, chunked):
    body = json.dumps({"text": "x" * size}).encode()
    headers = {}
    if chunked:
        headers = {"Transfer-Encoding": "chunked", "Content-Length": ""}
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    with serving([Reply(200, body, headers)]) as server:
        transport = Transport(server.url, first_wait=0.0, timeout=5.0)
        for _ in range(3):
            call = Call("GET", "/x/", purpose="read", endpoint="x")
            assert transport.send(call) == {"text": "x" * size}
        assert {request.connection for request in server.requests} == {1}


@pytest.mark.parametrize("status", [201, 202, 203, 204, 206, 207])
@pytest.mark.parametrize("effect", list(Effect))
def test_another_success_than_the_documented_one_is_no_answer(
    serve, transport_to, call, status, effect
):
    body = b"" if status == 204 else {"results": []}
    server = serve(Reply(status, body))
    error = AmbiguousWriteError if effect is ONCE else ServerUnavailable
    with pytest.raises(error, match=f"unexpected HTTP status {status}"):
        transport_to(server).send(call(effect))
    assert len(server.requests) == (1 if effect is ONCE else MAX_TRIES)
    documented = call(effect, statuses=frozenset({200, status}), decode=bytes)
    assert isinstance(transport_to(server).send(documented), bytes)


class _Shape(msgspec.Struct):
    results: list[int]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "missing required field `results`"),
        ({"results": None}, "got `null`"),
        ({"results": [None]}, "got `null`"),
        ({"success": False}, "missing required field"),
        ({"error_msg": "try later"}, "the server said 'try later'"),
        ({"error_message": "token s3cret"}, r"the server said 'token \*\*\*'"),
        ({"detail": ["a", "b"]}, "the server said 'a b'"),
        ([], "got `array`"),
        (None, "got `null`"),
    ],
)
@pytest.mark.parametrize("effect", list(Effect))
def test_a_success_that_lacks_what_was_asked_is_no_answer(
    serve, transport_to, call, body, said, effect
):
    odd, decode = Reply(body=body), answer_of(_Shape)
    transport = transport_to(serve(odd))
    transport.keep_secret("s3cret")
    error = AmbiguousWriteError if effect is ONCE else ServerUnavailable
    with pytest.raises(error, match=f"does not have SeaTable's format .HTTP 200: .*{said}"):
        transport.send(call(effect, decode=decode))
    if effect is not ONCE:
        server = serve(odd, odd, Reply(body={"results": [1], "new": None}))
        assert transport_to(server).send(call(effect, decode=decode)).results == [1]
        assert len(server.requests) == 3


@pytest.mark.parametrize("body", [PAGE, b"Internal Server Error\n", b'{"error_msg": "boom"}'])
def test_500_is_retried_for_reads_only(serve, transport_to, call, body):
    failing = Reply(500, body, {"Content-Type": "text/plain"})
    server = serve(failing, Reply(body=[]))
    assert transport_to(server).send(call(READ)) == []
    for effect in (REPEATABLE, ONCE):
        server = serve(failing)
        with pytest.raises(RequestRejected) as caught:
            transport_to(server).send(call(effect))
        assert caught.value.status == 500
        assert len(server.requests) == 1


@pytest.mark.parametrize("effect", list(Effect))
def test_nothing_listens_so_nothing_was_sent(transport_to, call, effect):
    transport = transport_to(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(ServerUnavailable, match="no connection to") as caught:
        transport.send(call(effect))
    assert not isinstance(caught.value, AmbiguousWriteError)
    assert sum(transport.calls.values()) == MAX_TRIES


def test_an_unknown_host_is_no_unknown_outcome(transport_to, call):
    with pytest.raises(ServerUnavailable) as caught:
        transport_to("http://no-such-host.invalid").send(call(ONCE))
    assert not isinstance(caught.value, AmbiguousWriteError)


@pytest.mark.parametrize("ends", ["drop", "reset"])
def test_a_kept_alive_connection_that_ends_under_a_write_leaves_its_outcome_unknown(
    serve, transport_to, call, ends
):
    server = serve(Reply(), Reply(ends=ends), Reply())
    transport = transport_to(server)
    transport.send(call())
    with pytest.raises(AmbiguousWriteError):
        transport.send(call(ONCE, method="POST", json={}))
    assert [request.connection for request in server.requests] == [1, 1]


def test_a_connection_that_the_server_closed_between_calls_is_replaced(serve, transport_to, call):
    server = serve(Reply(ends="close"))
    transport = transport_to(server)
    for _ in range(3):
        transport.send(call(ONCE, method="POST", json={}))
        assert server.closed.acquire(timeout=10)
    assert [request.connection for request in server.requests] == [1, 2, 3]


def test_connections_are_reused(serve, transport_to, call, fake_time):
    server = serve(Reply(404, {"error_msg": "no"}), Reply(500, b"x"), Reply(429), Reply())
    transport = transport_to(server)
    with pytest.raises(NotFound):
        transport.send(call())
    for _ in range(5):
        transport.send(call())
    assert {request.connection for request in server.requests} == {1}
    assert fake_time.slept


def test_closing_ends_the_connections_of_all_threads(serve, transport_to, call):
    server, barrier = serve(Reply()), threading.Barrier(2)
    transport = transport_to(server)

    def send(_number):
        barrier.wait(timeout=10)  # so that no thread sends twice
        transport.sibling().send(call())

    with ThreadPoolExecutor(2) as threads:
        for _ in range(2):
            list(threads.map(send, range(2)))
        assert {request.connection for request in server.requests} == {1, 2}
        transport.close()
        list(threads.map(send, range(2)))
    assert {request.connection for request in server.requests} == {1, 2, 3, 4}


def test_https_to_a_port_that_speaks_http_is_a_setting(serve, transport_to, call):
    url = serve(Reply()).url.replace("http:", "https:")
    with pytest.raises(ConfigError, match="does not answer with https"):
        transport_to(url).send(call(ONCE))


class Failing(requests.adapters.BaseAdapter):
    """An adapter that fails the way a test says."""

    def __init__(self, error):
        super().__init__()
        self.error = error
        self.sent = 0

    def send(self, *_args, **_keywords):
        self.sent += 1
        raise self.error

    def close(self):
        pass


def _caused(error, cause):
    error.__cause__ = cause
    return error


def test_a_tls_connection_that_breaks_under_a_write_leaves_its_outcome_unknown(transport_to, call):
    transport = transport_to("https://seatable.example")
    ended = _caused(requests.exceptions.SSLError(), ssl.SSLEOFError(8, "EOF occurred"))
    adapter = Failing(ended)
    transport._sessions.own.mount("https://", adapter)
    with pytest.raises(AmbiguousWriteError):
        transport.send(call(ONCE))
    assert adapter.sent == 1


def test_a_certificate_that_is_not_accepted_is_a_setting(transport_to, call):
    transport = transport_to("https://seatable.example")
    refused = ssl.SSLCertVerificationError(1, "self-signed certificate")
    adapter = Failing(_caused(requests.exceptions.SSLError(), refused))
    transport._sessions.own.mount("https://", adapter)
    with pytest.raises(ConfigError, match=r"certificate of https://seatable\.example is not acc"):
        transport.send(call(ONCE))
    assert adapter.sent == 1


# -- decoding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "decoded"),
    [
        (rb'{"a": "cut here \ud83d"}', {"a": "cut here \ufffd"}),
        (rb'{"a": "\udc00 and \ud83d\ude00"}', {"a": "\ufffd and 😀"}),
        (rb'{"\ud800": [1, "\\ud800"]}', {"\ufffd": [1, "\\ud800"]}),
        (b"12345678901234567890123", 12345678901234567890123),
    ],
)
def test_half_a_character_does_not_make_a_page_unreadable(serve, transport_to, call, body, decoded):
    """SeaTable cuts text at UTF-16 units, in the middle of an emoji if need be."""
    server = serve(Reply(body=body))
    assert transport_to(server).send(call()) == decoded
    assert len(server.requests) == 1


# -- accounting -----------------------------------------------------------------------------------


def test_every_request_is_counted_by_endpoint_under_threads(serve, transport_to, call):
    def answer(request):
        tries = sum(earlier.path == request.path for earlier in list(server.requests))
        busy = tries == 1 and request.path.endswith("5/")
        return Reply(503) if busy else Reply(body=request.path)

    server = serve(answer)
    transport = transport_to(server)
    calls = [call(path=f"/x/{n}/", endpoint=f"e{n % 2}") for n in range(120)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(transport.send, calls))
    assert sum(transport.calls.values()) == len(server.requests) == 120 + 12
    assert set(transport.calls) == {"e0", "e1"}
    assert len({request.connection for request in server.requests}) <= 8


def test_a_request_as_it_arrives(serve, transport_to, call):
    server = serve(Reply())
    transport_to(server).send(
        call(
            method="PUT",
            path="/a/b/",
            token="t",
            params={"page": 2, "name": "ä & ?"},
            json={"x": ["ä", 1.5, None]},
        )
    )
    (request,) = server.requests
    assert (request.method, request.path) == ("PUT", "/a/b/")
    assert request.query == {"page": ["2"], "name": ["ä & ?"]}
    assert request.json == {"x": ["ä", 1.5, None]}
    assert request.headers["authorization"] == "Token t"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("singer-seatable/")
