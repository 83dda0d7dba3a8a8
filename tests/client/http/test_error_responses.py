"""Refusals: which exception a status and a body stand for, and what it says."""

from __future__ import annotations

import pytest
import requests

from seatable_client.errors import (
    ApiNotAvailable,
    ConfigError,
    NotFound,
    Redirected,
    RequestRejected,
)
from seatable_client.http.client import TokenRejected, Transport
from seatable_client.http.request import Call, Effect
from tests.client.scripted_server import HTML, PAGE, Reply


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(401, {"detail": "Invalid token"}), TokenRejected),
        (Reply(403, {"error_message": "invalid token"}), TokenRejected),
        (Reply(404, {"error_msg": "table not found"}), NotFound),
        (Reply(404, {"error_message": "row _id not exits"}), NotFound),
        (Reply(404, PAGE, HTML), ApiNotAvailable),
        (Reply(404, PAGE, {"Content-Type": "application/octet-stream"}), ApiNotAvailable),
        (Reply(404, b"404 page not found", {"Content-Type": "text/plain"}), ApiNotAvailable),
        (Reply(404, b"", {}), ApiNotAvailable),
        (Reply(405, {"detail": "Method not allowed."}), ApiNotAvailable),
        (Reply(400, {"error_message": "no such table: x"}), RequestRejected),
        (Reply(413, {"error_msg": "less than 5000 rows"}), RequestRejected),
        (Reply(443, b"Asset quota exceeded."), RequestRejected),
        (Reply(302, b"", {"Location": "/api-gateway/api/v2/x/"}), Redirected),
        (Reply(302, b"", {"Location": "/accounts/login/?next=/x/"}), Redirected),
        (Reply(304, b"", {}), Redirected),
        (Reply(301, b"", {"Location": "https://127.0.0.1/x/"}), ConfigError),
        (Reply(307, b"", {"Location": "http://other.example/x/"}), ConfigError),
        (Reply(302, b"", {"Location": "http://[x/"}), ConfigError),
    ],
)
@pytest.mark.parametrize("effect", list(Effect))
def test_a_refusal_is_classified_and_not_repeated(serve, transport_to, call, reply, error, effect):
    server = serve(reply)
    with pytest.raises(error, match="Could not read table 'T' of base 'B'") as caught:
        transport_to(server).send(call(effect))
    assert type(caught.value) is error
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"  "])
def test_a_server_that_says_nothing_is_not_quoted(serve, transport_to, call, body):
    server = serve(Reply(403, body))
    with pytest.raises(TokenRejected, match=r"the server gave no reason \(HTTP 403\)"):
        transport_to(server).send(call())


def test_a_missing_generation_is_said_to_be_that(serve, transport_to, call):
    server = serve(Reply(404, PAGE, HTML))
    with pytest.raises(ApiNotAvailable, match=r"this server has no such API .*api_version"):
        transport_to(server).send(call())


def test_a_redirect_to_the_same_host_with_its_port_spelled_out_is_the_same_host():
    transport = Transport("https://Cloud.SeaTable.example")
    for location in (
        "https://cloud.seatable.example:443/api-gateway/",
        "https://cloud.seatable.example/api-gateway/",
        "//cloud.seatable.example/api-gateway/",
    ):
        response = requests.Response()
        response.status_code = 302
        response.headers["Location"] = location
        call = Call("GET", "/x/", "read", "x")
        assert isinstance(transport._redirected(call, response), ApiNotAvailable), location


@pytest.mark.parametrize(
    "words",
    [
        {"error_msg": "the words"},
        {"error_message": "the words"},
        {"error_type": "x", "error_message": "the words"},
        {"detail": "the words"},
        {"error": "the words"},
        {"non_field_errors": ["the words"]},
        ["the words"],
        "the words",
    ],
)
def test_the_servers_words_are_found_in_every_kind_of_body(serve, transport_to, call, words):
    with pytest.raises(RequestRejected) as caught:
        transport_to(serve(Reply(400, words))).send(call())
    assert caught.value.server_message == "the words"
