"""Every way to open the base that is loaded into, on servers of every generation."""

import pytest
from singer_sdk.exceptions import ConfigValidationError

from seatable_sandbox import Sandbox
from tests.target.singer import record, schema, state

PEOPLE = schema("people", {"id": "integer"}, ["id"])
LOGIN = {"username": "demo@example.com", "password": "demo", "otp": "123456"}


@pytest.fixture(scope="module", params=["gateway", "v1", "v1-2020", "cloud-5.0"])
def server(request):
    with Sandbox(request.param, otp="123456") as sandbox:
        yield sandbox


@pytest.mark.parametrize("way", ["account_token", "login"])
def test_an_account_opens_the_base(make, server, way):
    base = make(server)
    credential = LOGIN if way == "login" else {"account_token": server.account_token}
    place = {"workspace_id": 1, "base_name": base.base.name}
    states = base.load(PEOPLE, record("people", id=1), state({"n": 1}), api_token="",
                       **credential, **place)  # fmt: skip
    assert states == [{"n": 1}]
    assert base.rows("people") == [{"id": 1}]


def test_no_secret_shows(make, server, caplog):
    base = make(server)
    place = {"workspace_id": 1, "base_name": base.base.name}
    wrong = {"username": "demo@example.com", "password": "wr0ng-one", "otp": "765432"}
    sentence = base.fails(caplog, PEOPLE, record("people", id=1), api_token="", **wrong, **place)
    assert "Check username and password, and otp" in sentence
    assert "wr0ng-one" not in caplog.text
    assert "765432" not in caplog.text


def test_two_ways_are_too_many(make, server, caplog):
    base = make(server)
    sentence = base.fails(caplog, PEOPLE, record("people", id=1), account_token="a" * 40)
    assert "api_token and account_token are set; set one of" in sentence


def test_a_secret_of_the_wrong_type_is_refused_without_quoting_it(make, server):
    with pytest.raises(ConfigValidationError) as refused:
        make(server).target(account_token=123456789123)
    assert "123456789123" not in " ".join(refused.value.errors)
    assert "account_token" in " ".join(refused.value.errors)
