"""Every way to a base: an API token, an account token, a login; on every generation of servers."""

from __future__ import annotations

import functools
import itertools
import logging
from typing import Any

import pytest

from seatable_client import connection
from seatable_client.connection import Server, connect
from seatable_client.errors import (
    AuthenticationError,
    ConfigError,
    NotFound,
    SeaTableError,
    ServerUnavailable,
)
from seatable_client.http.client import Transport
from seatable_client.settings import CREDENTIAL_SETTINGS
from seatable_sandbox import Fault, Sandbox
from tests.client.scripted_server import HTML, PAGE, Reply

LOGIN = {"username": "demo@example.com", "password": "demo"}
PLACE = {"workspace_id": 1, "base_name": "Shop"}
GENERATIONS = {
    "gateway": "API gateway",
    "cloud-5.0": "API gateway",
    "v1": "dtable-server v1",
    "v1-2020": "dtable-server v1",
}


@pytest.fixture(scope="module", params=GENERATIONS)
def sandbox(request):
    with Sandbox(request.param) as running:
        yield running


@pytest.fixture
def base(sandbox):
    made = sandbox.create_base("Shop")
    sandbox.calls.clear()
    return made


@pytest.fixture
def no_waits(monkeypatch):
    monkeypatch.setattr(connection, "Transport", functools.partial(Transport, first_wait=0.0))


def ways(sandbox, base):
    return {
        "api_token": {"api_token": base.api_token},
        "account_token": {"account_token": sandbox.account_token, **PLACE},
        "login": {**LOGIN, **PLACE},
    }


def paths(sandbox):
    return [call.path for call in sandbox.calls]


@pytest.mark.parametrize("way", ["api_token", "account_token", "login"])
def test_every_way_opens_the_same_base(sandbox, base, way):
    found = connect({"server_url": sandbox.url, **ways(sandbox, base)[way]}).base
    access = found.auth.access()
    assert access.uuid == base.uuid
    assert GENERATIONS[sandbox.profile.name] in found.generation
    assert found.permission == "rw"
    if way != "api_token":
        assert (found.name, access.workspace_id) == ("Shop", 1)
    assert found.metadata().tables == ()
    assert paths(sandbox).count("/api2/auth-token/") == (way == "login")


@pytest.mark.usefixtures("base")
def test_base_tokens_of_an_account_are_renewed_and_the_login_is_not_repeated(sandbox):
    found = connect({"server_url": sandbox.url, **LOGIN, **PLACE}).base
    sandbox.expire_tokens()
    assert found.metadata().tables == ()
    assert paths(sandbox).count("/api2/auth-token/") == 1
    assert paths(sandbox).count("/api/v2.1/workspace/1/dtable/Shop/access-token/") == 2


@pytest.mark.usefixtures("base")
def test_bases_of_one_account_share_its_login_and_count_their_own_calls(sandbox):
    sandbox.create_base("Other", workspace_id=2)
    server = Server({"server_url": sandbox.url})
    settings = [{**LOGIN, **PLACE}, {**LOGIN, "workspace_id": 2, "base_name": "Other"}]
    bases = [server.open(server.credential(config)).base for config in settings]
    assert paths(sandbox).count("/api2/auth-token/") == 1
    assert [base.name for base in bases] == ["Shop", "Other"]
    for base in bases:
        base.metadata()
        assert f"{base.name!r}: " in base.costs()
        assert "metadata 1" in base.costs()
        assert "access-token 1" in base.costs()
    assert "auth-token 1" in bases[0].costs()
    assert "auth-token 1" not in bases[1].costs()


def test_names_of_bases_are_quoted_in_addresses(sandbox):
    name = " Ärger & Söhne? #1 %20 "
    made = sandbox.create_base(name)
    settings = {"account_token": sandbox.account_token, "workspace_id": 1, "base_name": name}
    assert connect({"server_url": sandbox.url, **settings}).base.auth.access().uuid == made.uuid


def test_an_account_lists_each_of_its_bases_once(sandbox, base):
    base.star()
    sandbox.create_base("Other", workspace_id=2)
    server = Server({"server_url": sandbox.url})
    account = server.account({"account_token": sandbox.account_token})
    assert account is not None
    found = [(entry.workspace_id, entry.name) for entry in server.bases(account)]
    assert found.count((1, "Shop")) == found.count((2, "Other")) == 1
    server.bases(account)
    assert "workspaces 1" in server.costs()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "api_token is not set"),
        ({"api_token": " "}, "api_token is not set"),
        ({**PLACE}, "api_token is not set"),
        ({"api_token": "a", "account_token": "b"}, "api_token and account_token are set"),
        ({"api_token": "a", **LOGIN}, "api_token and username are set"),
        ({"account_token": "a", **LOGIN, **PLACE}, "account_token and username are set"),
        ({"api_token": "a", "otp": "123456"}, "api_token and username are set"),
        ({"username": "u", **PLACE}, "password is not set"),
        ({"password": "p", **PLACE}, "username is not set"),
        ({"otp": "123456", **PLACE}, "username is not set"),
        ({"account_token": "a"}, "workspace_id and base_name must be set"),
        ({"account_token": "a", "base_name": "B"}, "workspace_id must be set"),
        ({**LOGIN, "workspace_id": 1}, "base_name must be set"),
        ({**LOGIN, "workspace_id": 1, "base_name": " "}, "base_name must be set"),
        ({"api_token": "a", "base_name": "B"}, "base_name goes with account_token or username"),
        ({"api_token": "a", "workspace_id": 1}, "workspace_id goes with account_token"),
    ],
)
def test_settings_that_are_not_one_way(settings, sentence):
    with pytest.raises(ConfigError) as caught:
        connect({"server_url": "http://127.0.0.1:1", **settings})
    assert sentence in str(caught.value)


def test_where_a_token_comes_from_is_said_in_the_words_of_the_menu():
    assert "menu, Advanced, API Token." in CREDENTIAL_SETTINGS["api_token"]["description"]
    for settings in ({}, {"api_token": "two words"}):
        with pytest.raises(SeaTableError, match="menu, Advanced, API Token"):
            connect(settings)


def test_every_secret_setting_is_marked():
    secrets = {name for name, setting in CREDENTIAL_SETTINGS.items() if setting.get("secret")}
    assert secrets == {"api_token", "account_token", "password", "otp"}


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize(
    ("settings", "error", "advice"),
    [
        (
            {**LOGIN, "password": "wrong", **PLACE},
            AuthenticationError,
            "Check username and password",
        ),
        ({"account_token": "0" * 40, **PLACE}, AuthenticationError, "Check account_token"),
        ({"account_token": "with space", **PLACE}, AuthenticationError, "account_token has"),
        ({**LOGIN, "workspace_id": 1, "base_name": "No"}, NotFound, "Check workspace_id and base_"),
        ({**LOGIN, "workspace_id": 9, "base_name": "Shop"}, NotFound, "Check workspace_id"),
        ({**LOGIN, "workspace_id": 1, "base_name": "Shop "}, NotFound, "ends with a space"),
    ],
)
def test_what_the_server_does_not_accept_is_said_with_advice(sandbox, settings, error, advice):
    with pytest.raises(error) as caught:
        connect({"server_url": sandbox.url, **settings})
    assert advice in str(caught.value)


def test_two_factor_authentication():
    with Sandbox(otp="123456") as sandbox:
        sandbox.create_base("Shop")
        settings = {"server_url": sandbox.url, **LOGIN, **PLACE}
        for otp in (None, "654321"):
            with pytest.raises(AuthenticationError, match="otp"):
                connect({**settings, "otp": otp})
        assert connect({**settings, "otp": " 123456 "}).base.name == "Shop"


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize("kind", ["status", "html", "reset_after", "cut"])
def test_a_login_that_fails_in_passing_is_repeated(kind):
    with Sandbox() as sandbox:
        sandbox.create_base("Shop")
        sandbox.inject(Fault(kind, path="/auth-token/", times=2, status=502))
        assert connect({"server_url": sandbox.url, **LOGIN, **PLACE}).base.name == "Shop"


@pytest.mark.usefixtures("no_waits")
def test_no_secret_is_said(serve, caplog):
    """Not even by a server that repeats what it was sent."""
    caplog.set_level(logging.DEBUG)
    secrets = {"password": "s3cret Passw0rd!", "otp": "918273"}

    def echo(request):
        return Reply(400, {"error_msg": f"{request.body!r} {dict(request.headers)!r}"})

    refused: list[dict[str, Any]] = [
        {"username": "u@example.org", **secrets, **PLACE},
        {"account_token": "5f2c0d6e9ab14c7f8e3d21ab90cd34ef56a7b8c9", **PLACE},
    ]
    url = serve(echo).url
    said = []
    for settings in refused:
        with pytest.raises(Exception, match="Could not") as caught:
            connect({"server_url": url, **settings})
        said += [str(caught.value), repr(caught.value), repr(settings.keys())]
    said += [record.getMessage() + (record.exc_text or "") for record in caplog.records]
    for secret in (*secrets.values(), "s3cret+Passw0rd%21", refused[1]["account_token"]):
        assert secret not in "\n".join(said)
    assert "***" in "\n".join(said)


# -- which generation, from servers that do not tell it with a base token -------------------------


class Untold:
    """Answers of a server that says nothing with a base token, and what there is on it."""

    def __init__(self, version, *, gateway):
        self.version, self.gateway, self.asked = version, gateway, []

    def __call__(self, request):
        self.asked.append(request.path)
        if request.path.endswith("/access-token/"):
            return Reply(200, {"access_token": "t", "dtable_uuid": "u"})
        if request.path == "/server-info/" and self.version is not None:
            return Reply(200, {"version": self.version, "edition": "enterprise edition"})
        if request.path == "/api-gateway/api/v2/ping/" and self.gateway:
            return Reply(200, {"ret": "pong"})
        return Reply(404, PAGE, HTML)


@pytest.mark.parametrize(
    ("version", "gateway", "generation", "asked"),
    [
        ("6.1.8", True, "API gateway", 3),
        ("4.4.0", True, "API gateway", 3),
        ("4.4.0", False, "dtable-server v1 with SQL", 3),
        ("3.4.8", False, "dtable-server v1 with SQL", 2),
        ("2.3.1", False, "dtable-server v1", 2),
        ("1.4.0", False, "dtable-server v1", 2),
        (None, True, "API gateway", 3),
        (None, False, "dtable-server v1", 3),
        ("developer", True, "API gateway", 3),
    ],
)
def test_the_generation_is_found_out_without_words_of_it(
    serve, version, gateway, generation, asked
):
    server = Untold(version, gateway=gateway)
    found = connect({"server_url": serve(server).url, "account_token": "a", **PLACE}).base
    assert found.generation == generation
    assert len(server.asked) == asked


@pytest.mark.parametrize("answer", [{"workspace_list": []}, {"workspace_list": [{}]}])
def test_a_list_of_workspaces_without_bases(serve, answer):
    server = Server({"server_url": serve(Reply(200, answer)).url})
    account = server.account({"account_token": "a"})
    assert account is not None
    assert server.bases(account) == []


@pytest.mark.parametrize(
    "answer",
    [[], {}, {"workspace_list": None}, {"workspace_list": [{"table_list": [{"name": "One"}]}]}],
)
def test_an_answer_that_is_no_list_of_workspaces_is_not_an_account_without_bases(serve, answer):
    server = Server({"server_url": serve(Reply(200, answer)).url})
    server.transport.first_wait = 0.0
    account = server.account({"account_token": "a"})
    assert account is not None
    with pytest.raises(ServerUnavailable, match="list the bases that the account sees"):
        server.bases(account)


def test_shared_bases_and_spellings_of_a_uuid(serve):
    number = itertools.count(1)

    def entry(uuid, name, workspace=7):
        return {"id": next(number), "workspace_id": workspace, "uuid": uuid, "name": name}

    answer = {
        "workspace_list": [
            {"id": "", "type": "starred", "table_list": [entry("AB-1", "One")]},
            {"id": "", "type": "shared", "table_list": [], "shared_table_list": [entry("c", "S")]},
            {"id": 7, "type": "personal", "table_list": [entry("ab1", "One"), entry("d", "Two")]},
        ]
    }
    server = Server({"server_url": serve(Reply(200, answer)).url})
    account = server.account({"account_token": "a"})
    assert account is not None
    found = server.bases(account)
    assert [entry.name for entry in found] == ["One", "S", "Two"]
