"""Base tokens: read whatever their age, renewed before they end, replaced once when refused."""

from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatable_client.auth import credentials as auth_module
from seatable_client.auth.access_token import BaseAccess, _claims, decode_access
from seatable_client.auth.credentials import ApiToken, BaseAuth
from seatable_client.errors import AuthenticationError, PermissionDenied, ServerUnavailable
from seatable_client.http.client import Transport
from seatable_client.http.request import Call
from tests.client.scripted_server import HTML, PAGE, Reply

ACCESS = "/api/v2.1/dtable/app-access-token/"


def jwt(**claims) -> str:
    parts = [{"typ": "JWT", "alg": "HS256"}, claims]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*coded, b"c2lnbmF0dXJl"]).decode()


def http_date(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")


class TokenServer:
    """Issues numbered base tokens and accepts those that it has not been told to refuse."""

    def __init__(self, serve, *, lifetime: float | None = 3 * 86_400, now: float | None = None):
        self.issued: list[str] = []
        self.refused: set[str] = set()
        self.refuses_all_writes = False
        self.permission = "rw"
        self.revoked = False
        self.lifetime = lifetime
        self.now = now
        self.server = serve(self.answer)
        self.url = self.server.url

    def answer(self, request) -> Reply:
        headers = {"Date": http_date(self.now)} if self.now is not None else {}
        given = request.headers.get("authorization", "").removeprefix("Token ")
        if request.path == ACCESS:
            if self.revoked or given != "api-token":
                return Reply(403, {"error_msg": "Permission denied."}, headers)
            claims = {"permission": self.permission, "n": len(self.issued)}
            if self.lifetime is not None:
                claims["exp"] = (self.now if self.now is not None else time.time()) + self.lifetime
            self.issued.append(jwt(**claims))
            return Reply(200, {"access_token": self.issued[-1], "dtable_uuid": "u"}, headers)
        if given in self.refused or (self.refuses_all_writes and request.method != "GET"):
            return Reply(403, {"error_message": "invalid token"}, headers)
        return Reply(200, {"ok": self.issued.index(given)}, headers)


@pytest.fixture
def open_base(transport_to):
    def make(server) -> BaseAuth:
        return BaseAuth(ApiToken("api-token"), transport_to(server))

    return make


def read(auth: BaseAuth, method: str = "GET"):
    return auth.send(
        lambda access: auth._transport.send(
            Call(method, "/x/", "read table 'T'", "x", token=access.token)
        )
    )["ok"]


@pytest.fixture
def passing_time(monkeypatch):
    """A clock of this process that a test moves."""
    clock = SimpleNamespace(now=50.0)
    monkeypatch.setattr(auth_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.mark.parametrize("skew", [0, -10 * 365 * 86_400, 10 * 365 * 86_400])
def test_a_token_is_renewed_before_it_ends_by_the_servers_clock(
    serve, open_base, passing_time, skew
):
    server = TokenServer(serve, lifetime=1000, now=time.time() + skew)
    auth = open_base(server)
    for moment, token in [(0, 0), (699, 0), (701, 1), (1399, 1), (1402, 2)]:
        passing_time.now = 50.0 + moment
        assert read(auth) == token, moment


def test_a_short_token_is_not_renewed_with_every_call(serve, open_base, passing_time):
    server = TokenServer(serve, lifetime=60)
    auth = open_base(server)
    for moment, token in [(0, 0), (29, 0), (31, 1)]:
        passing_time.now = 50.0 + moment
        assert read(auth) == token


@pytest.mark.parametrize("lifetime", [None, -3600, 0])
def test_a_token_whose_end_is_unknown_or_past_lasts_until_it_is_refused(serve, open_base, lifetime):
    """An end in the past is a wrong clock: the server has only just issued it."""
    server = TokenServer(serve, lifetime=lifetime)
    auth = open_base(server)
    assert [read(auth) for _ in range(5)] == [0] * 5
    server.refused.add(server.issued[0])
    assert [read(auth) for _ in range(5)] == [1] * 5
    assert len(server.issued) == 2


def test_a_refused_token_is_replaced_once_for_all_threads(serve, open_base):
    server = TokenServer(serve)
    auth = open_base(server)
    auth.access()
    server.refused.add(server.issued[0])
    barrier = threading.Barrier(8)

    def together(_):
        barrier.wait()
        return read(auth)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(together, range(8))) == [1] * 8
    assert len(server.issued) == 2


@pytest.mark.parametrize("permission", ["r", "rw", None])
def test_a_fresh_token_that_is_refused_is_a_missing_permission(serve, open_base, permission):
    server = TokenServer(serve)
    server.permission = permission
    server.refuses_all_writes = True
    auth = open_base(server)
    with pytest.raises(PermissionDenied, match="invalid token") as caught:
        read(auth, "POST")
    assert ("only permits reading" in str(caught.value)) == (permission == "r")
    assert (caught.value.hint is not None) == (permission == "r")
    assert len(server.issued) == 2
    assert read(auth) == 1


def test_a_revoked_api_token_is_said_to_be_that(serve, open_base):
    server = TokenServer(serve)
    auth = open_base(server)
    read(auth)
    server.revoked = True
    server.refused.add(server.issued[0])
    with pytest.raises(AuthenticationError, match=r"Permission denied.*Check api_token"):
        read(auth)
    assert len(server.issued) == 1
    with pytest.raises(AuthenticationError, match=r"Permission denied.*Check api_token"):
        open_base(server).access()


# -- answers --------------------------------------------------------------------------------------

OLD_TOKEN = jwt(exp=1569226171, dtable_uuid="b1caeb61ce8f48b9aecfd46d4298c62d", permission="r")


def parsed(answer, server_time):
    decoded = decode_access(json.dumps(answer).encode())
    return BaseAccess.parse(decoded, server_time=server_time)


def test_the_answer_of_2019():
    access = parsed(
        {
            "access_token": OLD_TOKEN,
            "dtable_uuid": "b1caeb61ce8f48b9aecfd46d4298c62d",
            "dtable_server": "https://cloud.seatable.io/dtable-server/",
            "dtable_socket": "https://cloud.seatable.io/",
        },
        server_time=datetime.fromtimestamp(1569226171 - 3600, timezone.utc),
    )
    assert access == BaseAccess(
        token=OLD_TOKEN,
        uuid="b1caeb61ce8f48b9aecfd46d4298c62d",
        dtable_server="/dtable-server",
        permission="r",
        lifetime=3600,
    )


def test_the_answer_of_2023_whose_token_cannot_be_read():
    access = parsed(
        {
            "app_name": "my first api token",
            "access_token": "eyJ0eXAi.eyJleHAiOjE2ODA0NDcxMTQsamX0YWJsVZ80dWlk.huQz07",
            "dtable_uuid": "fb3f1d72-b28f-3af8-a29d-d78c57a88b90",
            "dtable_server": "https://cloud.seatable.io/dtable-server/",
            "dtable_socket": "https://cloud.seatable.io/",
            "dtable_db": "https://elsewhere.example/dtable-db/",
            "workspace_id": 234,
            "dtable_name": "My Base",
        },
        server_time=None,
    )
    assert (access.name, access.workspace_id, access.uses_gateway) == ("My Base", 234, None)
    assert (access.dtable_server, access.dtable_db) == ("/dtable-server", "/dtable-db")
    assert access.permission is None
    assert access.lifetime is None


def test_the_answer_of_today():
    access = parsed(
        {
            "access_token": OLD_TOKEN,
            "app_name": "x",
            "dtable_name": "My Base",
            "dtable_server": "https://cloud.seatable.io/api-gateway/",
            "dtable_uuid": "fb3f1d72-b28f-3af8-a29d-d78c57a88b90",
            "use_api_gateway": True,
            "workspace_id": 234,
        },
        server_time=None,
    )
    assert access.uses_gateway
    assert access.dtable_db == ""
    assert OLD_TOKEN not in repr(access)


def test_an_api_token_does_not_show_itself():
    assert "api-token" not in repr(ApiToken("api-token"))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        None,
        "pong",
        {"access_token": OLD_TOKEN},
        {"dtable_uuid": "u"},
        {"access_token": None, "dtable_uuid": "u"},
        {"access_token": "", "dtable_uuid": "u"},
        {"access_token": "t", "dtable_uuid": None},
        {"access_token": "two\nlines", "dtable_uuid": "u"},
    ],
)
def test_an_answer_without_a_token_is_a_server_that_is_no_seatable(serve, open_base, answer):
    with pytest.raises(ServerUnavailable, match=r"check that http.* is a SeaTable server"):
        open_base(serve(Reply(body=answer))).access()


def test_a_login_page_is_no_token(serve, open_base):
    with pytest.raises(ServerUnavailable, match="an HTML page"):
        open_base(serve(Reply(200, PAGE, HTML))).access()


@given(st.one_of(st.text(max_size=60), st.binary(max_size=40).map(lambda b: b.hex())))
def test_no_token_is_too_strange_to_have_no_claims(token):
    assert isinstance(_claims(token), dict)


@given(
    st.dictionaries(
        st.sampled_from(["exp", "permission", "x"]),
        st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.text(max_size=5)),
    )
)
def test_any_claims_make_an_access(claims):
    answer = {"access_token": jwt(**claims), "dtable_uuid": "u"}
    access = parsed(answer, server_time=None)
    assert access.lifetime is None or access.lifetime > 0
    assert access.permission in {"r", "rw", None} or access.permission == claims["permission"]


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tokén", "\x00"])
def test_an_api_token_that_is_none_is_said_to_be_that(token):
    with pytest.raises(AuthenticationError, match="api_token") as caught:
        BaseAuth(ApiToken(token), Transport("http://127.0.0.1:9")).access()
    assert token not in str(caught.value)
